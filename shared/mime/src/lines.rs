//! Lines of raw bytes: where they end, and the removal of folds (RFC 5322 §2.2.3). Knows neither
//! fields nor parts.

use std::borrow::Cow;

use memchr::memchr;

/// The line at `at`: the end of its text and the beginning of the next line. LF ends a line; a CR
/// before it belongs to the end.
pub(crate) fn line(bytes: &[u8], at: usize) -> (usize, usize) {
    match memchr(b'\n', &bytes[at..]) {
        Some(i) if i > 0 && bytes[at + i - 1] == b'\r' => (at + i - 1, at + i + 1),
        Some(i) => (at + i, at + i + 1),
        None => (bytes.len(), bytes.len()),
    }
}

/// `WSP = SP / HTAB`
pub(crate) fn is_wsp(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// Removes the line ends from a value and trims it; a TAB of a fold becomes a space.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if !value.iter().any(|b| matches!(b, b'\r' | b'\n')) {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut after_end = false;
    for &b in value {
        match b {
            b'\r' | b'\n' => after_end = true,
            b'\t' if after_end => {
                out.push(b' ');
                after_end = false;
            }
            _ => {
                out.push(b);
                after_end = false;
            }
        }
    }
    Cow::Owned(out)
}

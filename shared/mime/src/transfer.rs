//! Decodes content transfer encodings: base64, quoted-printable (RFC 2045 §6) and the obsolete
//! x-uuencode. Tolerant: invalid input is skipped or kept, nothing is refused. Encoding is in
//! `build`.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;

use crate::uu;

/// The transfer encoding of a part's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// `7bit`, `8bit`, `binary` and unknown encodings: the bytes unchanged.
    #[default]
    Identity,
    /// `quoted-printable`
    QuotedPrintable,
    /// `base64`
    Base64,
    /// `x-uuencode`
    Uuencode,
}

impl Encoding {
    /// By the value of Content-Transfer-Encoding, in any case.
    pub fn of(value: &[u8]) -> Encoding {
        let name = value.trim_ascii();
        let name = &name[..name
            .iter()
            .position(|b| matches!(b, b';' | b'(' | b' ' | b'\t' | b'\r'))
            .unwrap_or(name.len())];
        let is = |n: &str| name.eq_ignore_ascii_case(n.as_bytes());
        if is("base64") {
            Encoding::Base64
        } else if is("quoted-printable") {
            Encoding::QuotedPrintable
        } else if is("x-uuencode") || is("uuencode") || is("x-uue") {
            Encoding::Uuencode
        } else {
            Encoding::Identity
        }
    }

    /// Decodes a body.
    pub fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Encoding::Identity => Cow::Borrowed(body),
            Encoding::QuotedPrintable => Cow::Owned(quoted_printable(body)),
            Encoding::Base64 => Cow::Owned(base64(body)),
            Encoding::Uuencode => {
                Cow::Owned(uu::decode_only(body).unwrap_or_else(|| body.to_vec()))
            }
        }
    }

    /// The size of the decoded body, computed without decoding where possible.
    pub fn decoded_len(self, body: &[u8]) -> usize {
        match self {
            Encoding::Identity => body.len(),
            Encoding::Base64 => base64_len(body),
            _ => self.decode(body).len(),
        }
    }
}

/// base64 (RFC 2045 §6.8): characters outside the alphabet are ignored; padding ends a group, and
/// another text may follow it.
pub(crate) fn base64(text: &[u8]) -> Vec<u8> {
    // `mail-parser` takes this byte for the end of the text, and returns nothing for most others
    // outside the alphabet.
    const ENDS_TEXT: u8 = 0xff;
    if memchr::memchr(ENDS_TEXT, text).is_none()
        && let Some(bytes) = base64_decode(text)
    {
        return bytes;
    }
    let known: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| is_base64_digit(*b) || *b == b'=')
        .collect();
    base64_decode(&known).unwrap_or_default()
}

fn is_base64_digit(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')
}

// Exact where padding occurs only at the end, as in all but malformed texts.
fn base64_len(text: &[u8]) -> usize {
    let digits = text.iter().filter(|b| is_base64_digit(**b)).count();
    digits / 4 * 3 + [0, 0, 1, 2][digits % 4]
}

/// quoted-printable (RFC 2045 §6.7): white space at line ends is dropped, an invalid `=` is kept.
pub(crate) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
        let (line, tail) = rest.split_at(end);
        rest = tail;
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let ending: &[u8] = if body.len() == line.len() {
            b""
        } else if body.ends_with(b"\r") {
            b"\r\n"
        } else {
            b"\n"
        };
        let has_end = !ending.is_empty();
        let body = if has_end { body.trim_ascii_end() } else { body };
        match body.strip_suffix(b"=") {
            // A soft line break; also at the very end of the text.
            Some(soft) if has_end || tail.is_empty() => decode_qp_line(soft, &mut out),
            _ => {
                decode_qp_line(body, &mut out);
                out.extend_from_slice(ending);
            }
        }
    }
    out
}

fn decode_qp_line(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(i) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..i]);
        rest = &rest[i..];
        match rest {
            [_, h, l, tail @ ..] if h.is_ascii_hexdigit() && l.is_ascii_hexdigit() => {
                out.push(hex(*h) << 4 | hex(*l));
                rest = tail;
            }
            _ => {
                out.push(b'=');
                rest = &rest[1..];
            }
        }
    }
    out.extend_from_slice(rest);
}

/// The `Q` encoding of RFC 2047 §4.2: as quoted-printable, with `_` for the space and no lines.
pub(crate) fn q_encoding(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    decode_qp_line(text, &mut out);
    // `=5F` encodes an underscore itself, so only literal underscores become spaces.
    if memchr::memchr(b'_', text).is_some() {
        out.clear();
        for piece in text.split_inclusive(|b| *b == b'_') {
            let (body, underscore) = piece
                .strip_suffix(b"_")
                .map_or((piece, false), |b| (b, true));
            decode_qp_line(body, &mut out);
            if underscore {
                out.push(b' ');
            }
        }
    }
    out
}

/// `%XX` of RFC 2231 §4 (as in URLs); an invalid `%` is kept.
pub(crate) fn percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [b, tail @ ..] = rest {
        match rest {
            [b'%', h, l, after @ ..] if h.is_ascii_hexdigit() && l.is_ascii_hexdigit() => {
                out.push(hex(*h) << 4 | hex(*l));
                rest = after;
            }
            _ => {
                out.push(*b);
                rest = tail;
            }
        }
    }
    out
}

fn hex(b: u8) -> u8 {
    match b {
        b'0'..=b'9' => b - b'0',
        b'a'..=b'f' => b - b'a' + 10,
        _ => b.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64_with_noise_and_padding_in_the_middle() {
        for (text, expected) in [
            ("SGVsbG8=", "Hello"),
            ("SGVs\r\nbG8=\r\n", "Hello"),
            ("SGV*sbG8", "Hello"),
            ("SG\u{ff}VsbG8", "Hello"),
            ("SGVsbG8=SGVsbG8=", "HelloHello"),
            ("", ""),
            ("=", ""),
            ("S", ""),
        ] {
            assert_eq!(base64(text.as_bytes()), expected.as_bytes(), "{text}");
        }
        assert_eq!(base64(b"SGVs\xffbG8="), b"Hello");
        assert_eq!(Encoding::Base64.decoded_len(b"SGVs\r\nbG8=\r\n"), 5);
    }

    #[test]
    fn decodes_quoted_printable_and_keeps_invalid_parts() {
        for (text, expected) in [
            ("foo  \r\nbar=\r\n", "foo\r\nbar"),
            ("foo =\r\n=01", "foo \u{1}"),
            ("a=  \nb", "ab"),
            ("=66=6f=6F", "foo"),
            ("foo=", "foo"),
            ("foo=Ax=xy", "foo=Ax=xy"),
            ("\r\n\n", "\r\n\n"),
            ("end \t", "end \t"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&quoted_printable(text.as_bytes())),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn q_encoding_distinguishes_underscore_and_space() {
        assert_eq!(q_encoding(b"a_b=5Fc"), b"a b_c");
    }

    #[test]
    fn finds_encodings_by_name() {
        assert_eq!(Encoding::of(b" BASE64 "), Encoding::Base64);
        assert_eq!(
            Encoding::of(b"Quoted-Printable (yes)"),
            Encoding::QuotedPrintable
        );
        assert_eq!(Encoding::of(b"x-who-knows"), Encoding::Identity);
    }
}

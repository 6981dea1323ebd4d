//! Single byte ranges (RFC 9110 §14). Multiple ranges and other units are answered with the whole
//! content.

use std::ops::Range;

/// The result of a Range field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestedRange {
    /// The whole content.
    Whole,
    /// This range.
    Part(Range<u64>),
    /// Unsatisfiable: 416.
    Unsatisfiable,
}

/// `ranges-specifier = "bytes=" ( first-pos "-" [ last-pos ] / "-" suffix-length )`
pub(super) fn read(field: Option<&str>, len: u64) -> RequestedRange {
    let Some((first, last)) = field
        .and_then(|f| f.trim().strip_prefix("bytes="))
        .and_then(|s| s.split_once('-'))
    else {
        return RequestedRange::Whole;
    };
    let number = |text: &str| {
        text.trim()
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.trim().parse::<u64>().ok())
            .flatten()
    };
    let range = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(suffix) => len.saturating_sub(suffix)..len,
            None => return RequestedRange::Whole,
        },
        (first, "") => match number(first) {
            Some(first) => first..len,
            None => return RequestedRange::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(len),
            _ => return RequestedRange::Whole,
        },
    };
    if range.start < range.end {
        RequestedRange::Part(range)
    } else {
        RequestedRange::Unsatisfiable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_single_ranges_only() {
        for (field, expected) in [
            (None, RequestedRange::Whole),
            (Some("bytes=0-0"), RequestedRange::Part(0..1)),
            (Some("bytes=2-"), RequestedRange::Part(2..10)),
            (Some("bytes=-3"), RequestedRange::Part(7..10)),
            (Some("bytes=-99"), RequestedRange::Part(0..10)),
            (Some("bytes=5-99"), RequestedRange::Part(5..10)),
            (Some("bytes=9-9"), RequestedRange::Part(9..10)),
            (Some("bytes=10-"), RequestedRange::Unsatisfiable),
            (Some("bytes=-0"), RequestedRange::Unsatisfiable),
            (Some("bytes=0-1,3-4"), RequestedRange::Whole),
            (Some("bytes=5-2"), RequestedRange::Whole),
            (Some("lines=1-2"), RequestedRange::Whole),
            (Some("bytes=99999999999999999999-"), RequestedRange::Whole),
        ] {
            assert_eq!(read(field, 10), expected, "{field:?}");
        }
        assert_eq!(read(Some("bytes=0-"), 0), RequestedRange::Unsatisfiable);
    }
}

//! One range of a content (RFC 9110 §14). Several ranges, and units other than bytes, are answered
//! with the whole.

use std::ops::Range;

/// What a Range field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// This part.
    Part(Range<u64>),
    /// What is not there: 416.
    Outside,
}

/// `ranges-specifier = "bytes=" ( first-pos "-" [ last-pos ] / "-" suffix-length )`
pub(super) fn read(field: Option<&str>, len: u64) -> Wanted {
    let Some((first, last)) = field
        .and_then(|f| f.trim().strip_prefix("bytes="))
        .and_then(|s| s.split_once('-'))
    else {
        return Wanted::Whole;
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
            None => return Wanted::Whole,
        },
        (first, "") => match number(first) {
            Some(first) => first..len,
            None => return Wanted::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(len),
            _ => return Wanted::Whole,
        },
    };
    if range.start < range.end {
        Wanted::Part(range)
    } else {
        Wanted::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_range_and_answers_the_rest_with_the_whole() {
        for (field, expected) in [
            (None, Wanted::Whole),
            (Some("bytes=0-0"), Wanted::Part(0..1)),
            (Some("bytes=2-"), Wanted::Part(2..10)),
            (Some("bytes=-3"), Wanted::Part(7..10)),
            (Some("bytes=-99"), Wanted::Part(0..10)),
            (Some("bytes=5-99"), Wanted::Part(5..10)),
            (Some("bytes=9-9"), Wanted::Part(9..10)),
            (Some("bytes=10-"), Wanted::Outside),
            (Some("bytes=-0"), Wanted::Outside),
            (Some("bytes=0-1,3-4"), Wanted::Whole),
            (Some("bytes=5-2"), Wanted::Whole),
            (Some("lines=1-2"), Wanted::Whole),
            (Some("bytes=99999999999999999999-"), Wanted::Whole),
        ] {
            assert_eq!(read(field, 10), expected, "{field:?}");
        }
        assert_eq!(read(Some("bytes=0-"), 0), Wanted::Outside);
    }
}

//! Header fields as bytes: their ranges, names and raw values, and the end of the header (RFC 5322
//! §2.2). Does not interpret them: decoding is in `word`, addresses in `address`.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use crate::lines::{is_wsp, line, unfold};
use crate::word;

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as written: `Subject`.
    pub name: &'a str,
    /// What follows the colon, folds included, without the final line end.
    pub value: &'a [u8],
    /// The range of the whole field in the given bytes, including its final line end.
    pub range: Range<usize>,
}

impl Field<'_> {
    /// True where the field has that name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value on one line, not decoded: line ends removed and trimmed (RFC 5322 §2.2.3).
    pub fn unfolded(&self) -> Cow<'_, [u8]> {
        unfold(self.value)
    }

    /// The value for a reader: unfolded, encoded words decoded (RFC 2047), the charset of raw 8-bit
    /// text guessed.
    pub fn text(&self) -> String {
        word::decode(self.value)
    }
}

/// The fields of one header, in order. Lines that are not fields are skipped.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    header: &'a [u8],
    at: usize,
}

/// The fields of a message (or of a header alone).
pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields::of_header(&message[..header_end(message)])
}

/// The first field of that name, in any case.
pub fn find<'a>(message: &'a [u8], name: &str) -> Option<Field<'a>> {
    fields(message).find(|f| f.is(name))
}

/// The number of fields of that name.
pub fn count(message: &[u8], name: &str) -> usize {
    fields(message).filter(|f| f.is(name)).count()
}

/// The number of Received fields, for loop detection (RFC 5321 §6.3).
pub fn count_received(message: &[u8]) -> usize {
    count(message, "Received")
}

impl<'a> Fields<'a> {
    /// The fields of bytes that are a header only; stops at the empty line.
    pub(crate) fn of_header(header: &'a [u8]) -> Fields<'a> {
        Fields { header, at: 0 }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        while self.at < self.header.len() {
            let start = self.at;
            let (mut end, mut next) = line(self.header, start);
            if end == start {
                self.at = self.header.len();
                return None;
            }
            self.at = next;
            let Some(colon) = field_colon(&self.header[start..end]) else {
                continue;
            };
            while next < self.header.len() && is_wsp(self.header[next]) {
                (end, next) = line(self.header, next);
            }
            self.at = next;
            let name = self.header[start..start + colon].trim_ascii_end();
            let Ok(name) = std::str::from_utf8(name) else {
                continue;
            };
            return Some(Field {
                name,
                value: &self.header[start + colon + 1..end],
                range: start..next,
            });
        }
        None
    }
}

/// The offset of the body: after the first empty line. A message that does not begin with a field
/// has no header, and is all body; without an empty line the header ends at the first line that is
/// not a field.
pub fn header_end(message: &[u8]) -> usize {
    let mut scan = HeaderScan::default();
    let mut at = 0;
    while at < message.len() {
        let (end, next) = line(message, at);
        if let Some(body) = scan.line(&message[at..end], at, next) {
            return body;
        }
        at = next;
    }
    scan.finish(message.len())
}

/// Finds the end of a header line by line; shared with the part scanner, which also looks for
/// delimiters.
#[derive(Default)]
pub(crate) struct HeaderScan {
    seen: bool,
    stray: Option<usize>,
}

impl HeaderScan {
    /// Takes the line at `at`; returns the offset of the body once it is known.
    pub(crate) fn line(&mut self, line: &[u8], at: usize, next: usize) -> Option<usize> {
        if line.is_empty() {
            return Some(next);
        }
        if is_wsp(line[0]) && self.seen {
            return None;
        }
        if field_colon(line).is_some() {
            self.seen = true;
        } else if !self.seen && !line.starts_with(b"From ") && !line.starts_with(b">From ") {
            // No header; but a From_ line of an mbox may precede one.
            return Some(at);
        } else if self.seen {
            self.stray.get_or_insert(at);
        }
        None
    }

    /// The input ended before an empty line.
    pub(crate) fn finish(&self, end: usize) -> usize {
        self.stray.unwrap_or(end)
    }
}

/// `field-name = 1*ftext`, `ftext = %d33-57 / %d59-126` (RFC 5322 §3.6.8), spaces allowed before
/// the colon (§4.5.3). Returns the offset of the colon.
fn field_colon(line: &[u8]) -> Option<usize> {
    let colon = memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| matches!(b, 33..=126))).then_some(colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &[(&str, &str)], body: &str) {
        let got: Vec<_> = fields(message.as_bytes())
            .map(|f| (f.name.to_owned(), f.text()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(got, expected, "{message:?}");
        assert_eq!(
            &message[header_end(message.as_bytes())..],
            body,
            "{message:?}"
        );
    }

    #[test]
    fn reads_fields_with_either_line_end_and_unfolds_them() {
        check(
            "A: 1\r\nB : 2\r\n  3\r\n\t4\r\n\r\nbody",
            &[("A", "1"), ("B", "2 3 4")],
            "body",
        );
        check("A: 1\nB: 2\n\nbody\n", &[("A", "1"), ("B", "2")], "body\n");
        check("\r\nbody", &[], "body");
        check("", &[], "");
    }

    #[test]
    fn text_without_fields_is_all_body() {
        check("hello there\r\nA: 1\r\n", &[], "hello there\r\nA: 1\r\n");
    }

    #[test]
    fn stray_line_ends_a_header_without_an_empty_line() {
        check(
            "A: 1\nstray\nB: 2\n\nbody",
            &[("A", "1"), ("B", "2")],
            "body",
        );
        check(
            "A: 1\nthis is the body\nreally",
            &[("A", "1")],
            "this is the body\nreally",
        );
    }

    #[test]
    fn skips_an_mbox_line() {
        check("From a@b Sat Nov 21\nA: 1\n\nbody", &[("A", "1")], "body");
    }

    #[test]
    fn ranges_cover_whole_fields() {
        let m = b"A: 1\r\nB: 2\r\n 3\r\n\r\nbody";
        let ranges: Vec<_> = fields(m).map(|f| f.range).collect();
        assert_eq!(ranges, [0..6, 6..16]);
        assert_eq!(
            count_received(b"Received: a\r\nreceived: b\r\nX: c\r\n\r\nReceived: d\r\n"),
            2
        );
    }
}

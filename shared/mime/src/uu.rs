//! uuencoded files inside plain text (`begin 644 name` … `end`): finds, lists and decodes them.
//! yEnc and similar formats stay text.

use std::ops::Range;

use crate::lines;

/// The most files found in one text.
pub const FILES_MAX: usize = 100;

/// A file found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: Vec<u8>,
    /// Its lines, from `begin` through `end`.
    pub(crate) range: Range<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// The uuencoded files of a text. A `begin` without an `end` is ordinary text.
pub(crate) fn files(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    // After one `begin` without `end` there is no `end` further on either, so the search stays
    // linear.
    while let (true, Some(start)) = (found.len() < FILES_MAX, find_begin(text, at)) {
        let (begin_end, mut line_start) = lines::line(text, start);
        let name = text[start..begin_end]
            .splitn(3, |b| *b == b' ')
            .nth(2)
            .unwrap_or_default()
            .trim_ascii()
            .to_vec();
        let mut bytes = Vec::new();
        let file = loop {
            if line_start >= text.len() {
                break None;
            }
            let (end, next) = lines::line(text, line_start);
            let line = &text[line_start..end];
            if line.trim_ascii_end() == b"end" {
                break Some(next);
            }
            if !decode_line(line, &mut bytes) {
                break None;
            }
            line_start = next;
        };
        match file {
            Some(end) => {
                found.push(Found {
                    name,
                    range: start..end,
                    bytes,
                });
                at = end;
            }
            None => at = line_start.max(begin_end),
        }
    }
    found
}

/// The content of the first file: for a part whose transfer encoding is x-uuencode.
pub(crate) fn decode_only(body: &[u8]) -> Option<Vec<u8>> {
    files(body).into_iter().next().map(|f| f.bytes)
}

/// `begin` SP 3*4 octal digits SP name, at the beginning of a line.
fn find_begin(text: &[u8], from: usize) -> Option<usize> {
    for i in memchr::memmem::find_iter(&text[from..], b"begin ") {
        let i = from + i;
        let rest = &text[i + 6..];
        let digits = rest
            .iter()
            .take(5)
            .take_while(|b| matches!(b, b'0'..=b'7'))
            .count();
        if (i == 0 || text[i - 1] == b'\n')
            && (3..=4).contains(&digits)
            && rest.get(digits) == Some(&b' ')
        {
            return Some(i);
        }
    }
    None
}

// The first character is the number of bytes of the line; four characters encode three bytes. False
// for other lines.
fn decode_line(line: &[u8], out: &mut Vec<u8>) -> bool {
    let line = line.trim_ascii_end();
    let Some((&first, data)) = line.split_first() else {
        return true;
    };
    if !(b' '..=b'`').contains(&first) || !data.iter().all(|b| (b' '..=b'`').contains(b)) {
        return false;
    }
    let value = |b: u8| u32::from(b.wrapping_sub(b' ') & 63);
    let count = value(first) as usize;
    // Trailing spaces may have been lost in transit: they mean zero.
    if data.len() > count.div_ceil(3) * 4 + 1 {
        return false;
    }
    let mut left = count;
    for group in 0..count.div_ceil(3) {
        let digit = |i: usize| data.get(group * 4 + i).map_or(0, |b| value(*b));
        let word = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
        let take = left.min(3);
        out.extend_from_slice(&word.to_be_bytes()[1..=take]);
        left -= take;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_file_between_lines_of_text() {
        let text = b"See:\r\nbegin 644 hello.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n";
        let found = files(text);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0].name[..], &found[0].bytes[..]),
            (&b"hello.txt"[..], &b"Cat"[..])
        );
        assert_eq!(&text[found[0].range.end..], b"bye\r\n");
    }

    #[test]
    fn begin_without_end_is_only_text() {
        assert!(files(b"begin 644 x\r\n#0V%T\r\n").is_empty());
        assert!(
            files(b"begin 644 to understand this sentence\r\nit is lower case\r\nend\r\n")
                .is_empty()
        );
        assert!(files("begin 644 x\n".repeat(10_000).as_bytes()).is_empty());
    }

    #[test]
    fn looks_for_a_hundred_files_and_not_one_more() {
        let one = "begin 644 a\n#0V%T\n`\nend\n";
        assert_eq!(files(one.repeat(FILES_MAX).as_bytes()).len(), FILES_MAX);
        assert_eq!(files(one.repeat(FILES_MAX + 1).as_bytes()).len(), FILES_MAX);
    }
}

//! Splits input into lines of bounded length, however it is fragmented. Does not know commands.

use std::mem;

use crate::limits::{AUTH_LINE_BYTES_MAX, LINE_BYTES_MAX};

/// A line without its end, or the report of one beyond the limit, which is discarded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FramedLine {
    Line(Vec<u8>),
    TooLong,
}

/// Input that was not taken yet. The driver reads only when nothing is left to do, so it holds
/// little more than one line.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    buffer: Vec<u8>,
    at: usize,
    /// The current line is beyond the limit: discarded up to its end.
    skipping: bool,
}

impl Framer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Discards everything that was not taken: input before a TLS handshake does not count after it
    /// (RFC 2595 §4).
    pub(crate) fn discard(&mut self) {
        *self = Framer::default();
    }

    /// The next line. LF ends it; a CR before that belongs to the end.
    pub(crate) fn line(&mut self, in_auth: bool) -> Option<FramedLine> {
        let bytes_max = if in_auth {
            AUTH_LINE_BYTES_MAX
        } else {
            LINE_BYTES_MAX
        };
        let rest = &self.buffer[self.at..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            if rest.len() >= bytes_max {
                self.skipping = true;
                self.buffer = Vec::new();
                self.at = 0;
            } else if rest.is_empty() {
                self.buffer = Vec::new();
                self.at = 0;
            }
            return None;
        };
        let too_long = mem::take(&mut self.skipping) || end + 1 > bytes_max;
        let line = &rest[..end];
        let cut = if too_long {
            FramedLine::TooLong
        } else {
            FramedLine::Line(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        };
        self.at += end + 1;
        Some(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<FramedLine> {
        let mut framer = Framer::default();
        let mut found = Vec::new();
        for piece in pieces {
            framer.push(piece);
            while let Some(cut) = framer.line(false) {
                found.push(cut);
            }
        }
        found
    }

    #[test]
    fn cuts_lines_with_either_end() {
        assert_eq!(
            lines(&[b"a\r\nb\nc", b"d\r", b"\n"]),
            [
                FramedLine::Line(b"a".to_vec()),
                FramedLine::Line(b"b".to_vec()),
                FramedLine::Line(b"cd".to_vec())
            ]
        );
    }

    #[test]
    fn enforces_the_line_limit_to_the_byte() {
        let line = |len: usize| [&vec![b'a'; len - 2][..], b"\r\n"].concat();
        assert_eq!(
            lines(&[&line(LINE_BYTES_MAX)]),
            [FramedLine::Line(vec![b'a'; LINE_BYTES_MAX - 2])]
        );
        assert_eq!(
            lines(&[&line(LINE_BYTES_MAX + 1), b"b\r\n"]),
            [FramedLine::TooLong, FramedLine::Line(b"b".to_vec())]
        );
        let whole = line(LINE_BYTES_MAX + 1);
        for cut in 0..whole.len() {
            assert_eq!(
                lines(&[&whole[..cut], &whole[cut..], b"b\r\n"]),
                [FramedLine::TooLong, FramedLine::Line(b"b".to_vec())]
            );
        }
    }

    #[test]
    fn endless_line_takes_no_memory() {
        let mut framer = Framer::default();
        for _ in 0..10_000 {
            framer.push(&[b'a'; 1000]);
            assert_eq!(framer.line(false), None);
            assert!(framer.buffer.len() < 2 * LINE_BYTES_MAX);
        }
    }
}

//! Decodes DATA: removes stuffed dots, finds the end of the message, and summarizes its content.
//! Does not reject anything: a bare CR or LF is reported in [`Summary::bare`], and the session
//! rejects.

use super::{CR, CRLF, LF};
use mail::BodyKind;
use memchr::{memchr, memchr2};

/// Properties of one message's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes without stuffed dots and without the final `.` line.
    pub bytes: u64,
    /// Lines, counted by their CRLF.
    pub lines: u64,
    /// The longest line in bytes without its CRLF; RFC 5322 §2.1.1 allows 998, but longer ones are
    /// accepted.
    pub longest_line: u64,
    /// A byte above 127 occurred (RFC 6152).
    pub eight_bit: bool,
    /// A NUL occurred.
    pub nul: bool,
    /// A CR without LF, or an LF without CR, occurred (RFC 5321 §2.3.8 forbids both; SMTP
    /// smuggling depends on them).
    pub bare: bool,
}

/// The longest line of text, in bytes without its CRLF (RFC 5322 §2.1.1).
const TEXT_LINE_BYTES_MAX: u64 = 998;

impl Summary {
    /// What the body is: text stays text even where it was declared as binary, and only a body that
    /// was declared as binary can be binary.
    pub fn body(&self, announced: BodyKind) -> BodyKind {
        let binary = self.bare || self.nul || self.longest_line > TEXT_LINE_BYTES_MAX;
        match announced {
            BodyKind::Binary if binary => BodyKind::Binary,
            _ if self.eight_bit => BodyKind::EightBit,
            _ => BodyKind::SevenBit,
        }
    }
}

/// The result of [`Unstuffer::feed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedResult {
    /// Bytes used; the next command follows them.
    pub used: usize,
    /// The message has ended (CRLF.CRLF).
    pub ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineState {
    /// At the start of a line.
    Start,
    /// After a dot at the start of a line; the dot is held back.
    Dot,
    /// After `.` CR at the start of a line; both are held back.
    DotCr,
    /// Inside a line.
    Line,
    /// After a CR inside a line.
    Cr,
}

/// The decoder of one message.
#[derive(Clone, Debug)]
pub struct Unstuffer {
    at: LineState,
    line_from: u64,
    seen: Summary,
}

impl Default for Unstuffer {
    fn default() -> Unstuffer {
        Unstuffer {
            at: LineState::Start,
            line_from: 0,
            seen: Summary::default(),
        }
    }
}

impl Unstuffer {
    /// The properties so far.
    pub fn summary(&self) -> Summary {
        self.seen
    }

    /// Decodes the next bytes and passes the content to `sink`, in order, as spans of `input`.
    /// Stops after CRLF.CRLF; only that ends the message (RFC 5321 §4.1.1.4). A dot that is
    /// followed by anything but CR is removed (§4.5.2).
    pub fn feed(&mut self, input: &[u8], mut sink: impl FnMut(&[u8])) -> FeedResult {
        // `from`: start of the bytes that are not yet passed to the sink.
        let (mut from, mut i) = (0, 0);
        while i < input.len() {
            match self.at {
                LineState::Start if input[i] == b'.' => {
                    self.give(&input[from..i], &mut sink);
                    i += 1;
                    from = i;
                    self.at = LineState::Dot;
                }
                LineState::Start => self.at = LineState::Line,
                LineState::Dot if input[i] == CR => {
                    i += 1;
                    from = i;
                    self.at = LineState::DotCr;
                }
                LineState::Dot => self.at = LineState::Line,
                LineState::DotCr if input[i] == LF => {
                    return FeedResult {
                        used: i + 1,
                        ended: true,
                    };
                }
                LineState::DotCr => {
                    self.seen.bare = true;
                    self.give(b"\r", &mut sink);
                    self.at = LineState::Line;
                }
                LineState::Line => match memchr2(CR, LF, &input[i..]) {
                    None => i = input.len(),
                    Some(n) => {
                        i += n + 1;
                        if input[i - 1] == CR {
                            self.at = LineState::Cr;
                        } else {
                            self.seen.bare = true;
                        }
                    }
                },
                LineState::Cr if input[i] == LF => {
                    i += 1;
                    self.line_ends_at(self.seen.bytes + (i - from) as u64);
                    self.at = LineState::Start;
                }
                LineState::Cr => {
                    self.seen.bare = true;
                    self.at = LineState::Line;
                }
            }
        }
        self.give(&input[from..], &mut sink);
        FeedResult {
            used: input.len(),
            ended: false,
        }
    }

    fn give(&mut self, span: &[u8], sink: &mut impl FnMut(&[u8])) {
        if span.is_empty() {
            return;
        }
        self.seen.bytes += span.len() as u64;
        self.seen.eight_bit |= !span.is_ascii();
        self.seen.nul |= memchr(0, span).is_some();
        sink(span);
    }

    fn line_ends_at(&mut self, bytes: u64) {
        let length = bytes - self.line_from - CRLF.len() as u64;
        self.seen.lines += 1;
        self.seen.longest_line = self.seen.longest_line.max(length);
        self.line_from = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Feeds `wire` in pieces of `size`; answers the message, whether it ended, the rest, and the
    // summary.
    fn read(wire: &[u8], size: usize) -> (Vec<u8>, bool, Vec<u8>, Summary) {
        let (mut reader, mut message, mut at) = (Unstuffer::default(), Vec::new(), 0);
        while at < wire.len() {
            let piece = &wire[at..wire.len().min(at + size)];
            let fed = reader.feed(piece, |span| message.extend_from_slice(span));
            at += fed.used;
            if fed.ended {
                return (message, true, wire[at..].to_vec(), reader.summary());
            }
        }
        (message, false, Vec::new(), reader.summary())
    }

    fn check(wire: &str, message: &str, ended: bool, left: &str, bare: bool) {
        for size in 1..=wire.len() {
            let (got, end, rest, seen) = read(wire.as_bytes(), size);
            assert_eq!(
                (String::from_utf8_lossy(&got).as_ref(), end),
                (message, ended),
                "{wire:?} in pieces of {size}"
            );
            assert_eq!(
                String::from_utf8_lossy(&rest),
                left,
                "{wire:?} in pieces of {size}"
            );
            assert_eq!(seen.bare, bare, "{wire:?} in pieces of {size}");
            assert_eq!(
                seen.bytes,
                message.len() as u64,
                "{wire:?} in pieces of {size}"
            );
        }
    }

    #[test]
    fn takes_stuffed_dots_away_and_ends_at_the_lone_dot() {
        check(".\r\n", "", true, "", false);
        check("\r\n.\r\n", "\r\n", true, "", false);
        check(
            "a\r\n..\r\n...b\r\n.c\r\n.\r\nQUIT\r\n",
            "a\r\n.\r\n..b\r\nc\r\n",
            true,
            "QUIT\r\n",
            false,
        );
        check("a.\r\n. \r\n.\r\n", "a.\r\n \r\n", true, "", false);
    }

    #[test]
    fn only_crlf_dot_crlf_ends_a_message() {
        for fake in [
            "\n.\n",
            "\r.\r",
            "\n.\r\n",
            "\r.\r\n",
            "\r\n.\n",
            "\r\n.\r",
            "\r\n.\r\r\n",
        ] {
            let wire = format!("a{fake}b\r\n.\r\n");
            let (_, ended, left, seen) = read(wire.as_bytes(), wire.len());
            assert!(ended && left.is_empty() && seen.bare, "{fake:?}");
        }
        check("a\r\r\n.\r\n", "a\r\r\n", true, "", true);
    }

    #[test]
    fn notes_length_of_lines_eight_bit_and_nul() {
        let wire = format!("{}\r\n\u{e9}\0\r\n.\r\n", "x".repeat(999));
        let (_, ended, _, seen) = read(wire.as_bytes(), 7);
        assert!(ended && seen.eight_bit && seen.nul && !seen.bare);
        assert_eq!((seen.longest_line, seen.lines), (999, 2));
    }
}

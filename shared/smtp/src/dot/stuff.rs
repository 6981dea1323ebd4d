//! Encodes DATA: doubles a dot at the start of a line, ends the message, and completes bare CR and
//! LF (RFC 5321 §2.3.8, §4.5.2). Changes nothing else; eight-bit bytes and NUL pass. For BDAT (RFC
//! 3030) the same without dots.

use super::{CR, CRLF, LF};
use memchr::memchr2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineState {
    Start,
    Line,
    /// A CR was written; its LF is due.
    Cr,
}

/// The encoder of one message.
#[derive(Clone, Debug)]
pub struct Stuffer {
    at: LineState,
    bytes: u64,
    dots: bool,
}

impl Default for Stuffer {
    fn default() -> Stuffer {
        Stuffer {
            at: LineState::Start,
            bytes: 0,
            dots: true,
        }
    }
}

impl Stuffer {
    /// For BDAT: completes line ends, but doubles no dot and adds none at the end.
    pub fn without_dots() -> Stuffer {
        Stuffer {
            dots: false,
            ..Stuffer::default()
        }
    }

    /// Bytes of the message so far, as they were given.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends the wire form of the next piece of the message to `out`. Every bare CR or LF becomes
    /// CRLF.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.bytes += input.len() as u64;
        out.reserve(input.len() + input.len() / 32);
        let (mut from, mut i) = (0, 0);
        while i < input.len() {
            match self.at {
                LineState::Start => {
                    if self.dots && input[i] == b'.' {
                        out.extend_from_slice(&input[from..i]);
                        out.push(b'.');
                        from = i;
                    }
                    self.at = LineState::Line;
                }
                LineState::Line => match memchr2(CR, LF, &input[i..]) {
                    None => i = input.len(),
                    Some(n) if input[i + n] == CR => {
                        i += n + 1;
                        self.at = LineState::Cr;
                    }
                    Some(n) => {
                        out.extend_from_slice(&input[from..i + n]);
                        out.push(CR);
                        from = i + n;
                        i += n + 1;
                        self.at = LineState::Start;
                    }
                },
                LineState::Cr if input[i] == LF => {
                    i += 1;
                    self.at = LineState::Start;
                }
                LineState::Cr => {
                    out.extend_from_slice(&input[from..i]);
                    out.push(LF);
                    from = i;
                    self.at = LineState::Start;
                }
            }
        }
        out.extend_from_slice(&input[from..]);
    }

    /// Appends the end of the message: a missing line end, and the lone dot of DATA.
    pub fn finish(self, out: &mut Vec<u8>) {
        match self.at {
            LineState::Start => {}
            LineState::Line => out.extend_from_slice(CRLF),
            LineState::Cr => out.push(LF),
        }
        if self.dots {
            out.extend_from_slice(b".\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, wire: &str) {
        for size in 1..=message.len().max(1) {
            let (mut writer, mut out) = (Stuffer::default(), Vec::new());
            for piece in message.as_bytes().chunks(size) {
                writer.feed(piece, &mut out);
            }
            writer.finish(&mut out);
            assert_eq!(
                String::from_utf8_lossy(&out),
                wire,
                "{message:?} in pieces of {size}"
            );
        }
    }

    #[test]
    fn doubles_dots_and_ends_with_a_lone_one() {
        check("", ".\r\n");
        check("a", "a\r\n.\r\n");
        check("a\r\n", "a\r\n.\r\n");
        check(".\r\n..a\r\n.", "..\r\n...a\r\n..\r\n.\r\n");
    }

    #[test]
    fn without_dots_only_line_ends_are_made_whole() {
        let (mut writer, mut out) = (Stuffer::without_dots(), Vec::new());
        for piece in b".a\n..\r.\r\n.b\r".chunks(1) {
            writer.feed(piece, &mut out);
        }
        writer.finish(&mut out);
        assert_eq!(out, b".a\r\n..\r\n.\r\n.b\r\n");
    }

    #[test]
    fn no_bare_line_end_goes_out() {
        check("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n");
        check("a\r.\rb\r", "a\r\n..\r\nb\r\n.\r\n");
        check("a\r\r\n.\r\r\nb", "a\r\n\r\n..\r\n\r\nb\r\n.\r\n");
    }
}

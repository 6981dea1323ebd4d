//! Parses replies (RFC 5321 §4.2): strict about code and form, lenient about line ends and unusual
//! characters, with limits.

use mail::{EnhancedCode, Reply};
use memchr::memchr;

/// The longest reply line in bytes; RFC 5321 §4.5.3.1.5 allows 512, real hosts send more.
pub(super) const LINE_BYTES_MAX: usize = 4096;
/// Lines of one reply.
pub(super) const LINES_MAX: usize = 256;

/// The input is not a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedReply;

/// Buffers input and cuts it into replies.
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    bytes: Vec<u8>,
    from: usize,
    unfinished: Option<Reply>,
}

impl ReplyReader {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.from > 0 {
            self.bytes.drain(..self.from);
            self.from = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn clear(&mut self) {
        *self = ReplyReader::default();
    }

    /// `Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP [ textstring ] ]
    /// CRLF`; a bare LF is accepted as a line end.
    pub(super) fn next(&mut self) -> Result<Option<Reply>, MalformedReply> {
        loop {
            let rest = &self.bytes[self.from..];
            let Some(lf) = memchr(b'\n', rest) else {
                return if rest.len() > LINE_BYTES_MAX {
                    Err(MalformedReply)
                } else {
                    Ok(None)
                };
            };
            let line = rest[..lf].strip_suffix(b"\r").unwrap_or(&rest[..lf]);
            let (code, last, enhanced, text) = parse(line).ok_or(MalformedReply)?;
            self.from += lf + 1;
            let reply = self.unfinished.get_or_insert(Reply {
                code,
                enhanced,
                lines: Vec::new(),
            });
            // RFC 5321 §4.2.1: the same code on every line.
            if reply.code != code || reply.lines.len() >= LINES_MAX {
                return Err(MalformedReply);
            }
            reply.lines.push(text);
            if last {
                return Ok(self.unfinished.take());
            }
        }
    }
}

/// `Reply-code = %x32-35 %x30-35 %x30-39`; a second digit above 5 occurs in practice. The enhanced
/// code (RFC 2034 §4) is cut from the text where its class fits the reply's.
fn parse(line: &[u8]) -> Option<(u16, bool, Option<EnhancedCode>, String)> {
    if line.len() > LINE_BYTES_MAX {
        return None;
    }
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !(b'2'..=b'5').contains(&digits[0]) {
        return None;
    }
    let code = digits.iter().fold(0, |n, d| n * 10 + u16::from(d - b'0'));
    let (last, text) = match rest.split_first() {
        None => (true, rest),
        Some((b' ', text)) => (true, text),
        Some((b'-', text)) => (false, text),
        Some(_) => return None,
    };
    // RFC 5321 §2.3.8: CR only as a part of CRLF.
    if text.contains(&b'\r') {
        return None;
    }
    let text: String = String::from_utf8_lossy(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let (word, tail) = text.split_once(' ').unwrap_or((&text, ""));
    match word.parse::<EnhancedCode>() {
        Ok(enhanced) if u16::from(enhanced.0) == code / 100 => {
            Some((code, last, Some(enhanced), tail.to_owned()))
        }
        _ => Some((code, last, None, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wire: &[u8], size: usize) -> Result<Vec<Reply>, MalformedReply> {
        let (mut replies, mut got) = (ReplyReader::default(), Vec::new());
        for piece in wire.chunks(size) {
            replies.push(piece);
            while let Some(reply) = replies.next()? {
                got.push(reply);
            }
        }
        Ok(got)
    }

    fn check(wire: &str, expected: Result<&[&str], MalformedReply>) {
        for size in 1..=wire.len().max(1) {
            let got = read(wire.as_bytes(), size)
                .map(|rs| rs.iter().map(Reply::to_string).collect::<Vec<_>>());
            assert_eq!(
                got,
                expected.map(|e| e.iter().map(|s| (*s).to_owned()).collect()),
                "{wire:?} in pieces of {size}"
            );
        }
    }

    #[test]
    fn reads_single_and_multiline_replies() {
        check("220 \r\n", Ok(&["220 "]));
        check("220\r\n250 2.1.0 Ok\n", Ok(&["220 ", "250 2.1.0 Ok"]));
        check(
            "550-5.1.1 no such\r\n550 5.1.1 user\r\n",
            Ok(&["550 5.1.1 no such user"]),
        );
        check("250 4.1.0 odd\r\n", Ok(&["250 4.1.0 odd"]));
        check("250-a\r\n250-b", Ok(&[]));
        check("250 a\u{7}b\r\n", Ok(&["250 a b"]));
    }

    #[test]
    fn rejects_malformed_replies() {
        for bad in [
            "22X OK\r\n",
            "200-a\r\n250 b\r\n",
            "100 x\r\n",
            "600 x\r\n",
            "2500 x\r\n",
            "ok\r\n",
            "\r\n",
            "250_x\r\n",
            "250 a\rb\r\n",
            "250-a\r250 b\r\n",
        ] {
            assert_eq!(read(bad.as_bytes(), 1), Err(MalformedReply), "{bad:?}");
        }
    }

    #[test]
    fn enforces_reply_limits() {
        let long = |n: usize| format!("250 {}\r\n", "x".repeat(n));
        assert!(read(long(LINE_BYTES_MAX - 5).as_bytes(), 100).is_ok());
        assert_eq!(
            read(long(LINE_BYTES_MAX).as_bytes(), 100),
            Err(MalformedReply)
        );
        let many = |n: usize| format!("{}250 x\r\n", "250-x\r\n".repeat(n));
        assert!(read(many(LINES_MAX - 1).as_bytes(), 100).is_ok());
        assert_eq!(read(many(LINES_MAX).as_bytes(), 100), Err(MalformedReply));
    }
}

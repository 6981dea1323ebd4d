//! Byte-stuffing of multi-line responses (RFC 1939 §3): a line that begins with a dot gets another;
//! CRLF "." CRLF ends the response. A NUL, which only binary messages have (RFC 3030), becomes `?`:
//! programs that drop it would read a line of a NUL and a dot as the end.

/// How many octets the response adds to a message with these last octets, beside stuffed dots: a
/// line end where it has none.
pub fn line_end_added(tail: &[u8]) -> u64 {
    if tail.is_empty() || tail.ends_with(b"\r\n") {
        0
    } else {
        2
    }
}

/// Stuffs a message that arrives in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stuffer {
    last: u8,
    before_last: u8,
}

impl Stuffer {
    pub(crate) fn new() -> Stuffer {
        // As at the beginning of a line.
        Stuffer {
            last: b'\n',
            before_last: b'\r',
        }
    }

    /// Appends a piece. A dot after a bare LF is stuffed too: some clients take that for a line
    /// end.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut rest = piece;
        while !rest.is_empty() {
            if self.last == b'\n' && rest[0] == b'.' {
                out.push(b'.');
            }
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1);
            let (line, tail) = rest.split_at(end);
            out.extend_from_slice(line);
            self.before_last = if line.len() > 1 {
                line[line.len() - 2]
            } else {
                self.last
            };
            self.last = line[line.len() - 1];
            rest = tail;
        }
        if memchr::memchr(0, piece).is_some() {
            for byte in out[start..].iter_mut().filter(|b| **b == 0) {
                *byte = b'?';
            }
        }
    }

    /// Ends the last line, where it has no end, and the response.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        if (self.before_last, self.last) != (b'\r', b'\n') {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        for cut in 0..=message.len() {
            let mut stuffer = Stuffer::new();
            let mut out = Vec::new();
            stuffer.push(&message.as_bytes()[..cut], &mut out);
            stuffer.push(&message.as_bytes()[cut..], &mut out);
            stuffer.finish(&mut out);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                expected,
                "{message:?} cut at {cut}"
            );
        }
    }

    #[test]
    fn doubles_dots_at_the_beginning_of_lines_only() {
        check(
            "a\r\n.b\r\n..c\r\nd.\r\n",
            "a\r\n..b\r\n...c\r\nd.\r\n.\r\n",
        );
        check(".\r\n", "..\r\n.\r\n");
        check("a\n.b\r\n", "a\n..b\r\n.\r\n");
    }

    #[test]
    fn a_nul_is_not_sent() {
        check("a\0\r\n\0.\r\n", "a?\r\n?.\r\n.\r\n");
    }

    #[test]
    fn sizes_count_the_line_end_that_is_added() {
        for message in ["", "a", "a\r\n", "a\n", "a\r", "\n"] {
            let mut stuffer = Stuffer::new();
            let mut out = Vec::new();
            stuffer.push(message.as_bytes(), &mut out);
            stuffer.finish(&mut out);
            let tail = &message.as_bytes()[message.len().saturating_sub(2)..];
            let size = message.len() as u64 + line_end_added(tail);
            assert_eq!(out.len() as u64, size + 3, "{message:?}");
        }
    }

    #[test]
    fn ends_an_open_line_and_an_empty_message() {
        check("", ".\r\n");
        check("a", "a\r\n.\r\n");
        check("a\n", "a\n\r\n.\r\n");
        check("a\r", "a\r\r\n.\r\n");
    }
}

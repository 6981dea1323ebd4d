//! Frames incoming bytes into command lines, with a length limit, before anything is parsed.

use memchr::memchr;
use std::ops::Range;

/// The next line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// Not yet complete.
    None,
    /// A line; the range is without its CRLF.
    Line(Range<usize>),
    /// A line ended by a bare LF, or with a CR inside it.
    BareEnd(Range<usize>),
    /// Longer than allowed; discarded up to its LF.
    TooLong,
}

/// The input buffer. Holds at most one partial line and the last reads.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    from: usize,
    /// No LF before this position.
    searched: usize,
    /// Within a line that is too long.
    skipping: bool,
}

impl Input {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.from > 0 {
            self.bytes.drain(..self.from);
            self.searched = self.searched.saturating_sub(self.from);
            self.from = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.from == self.bytes.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Input::default();
    }

    /// The unused input.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    /// Marks this many bytes of [`Input::rest`] as used.
    pub(super) fn consume(&mut self, count: usize) {
        self.from += count;
        self.searched = self.from;
        if self.is_empty() {
            self.bytes.clear();
            (self.from, self.searched) = (0, 0);
        }
    }

    /// Takes the buffer out, so that a handler can borrow a line of it; [`Input::restore`] returns
    /// it.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Returns the buffer.
    pub(super) fn restore(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
        self.consume(0);
    }

    /// The next line of at most `bytes_max` bytes with its CRLF. After a line that is too long,
    /// framing continues after its LF.
    pub(super) fn line(&mut self, bytes_max: usize) -> Framed {
        let search_from = self.searched.max(self.from);
        let Some(found) = memchr(b'\n', &self.bytes[search_from..]) else {
            self.searched = self.bytes.len();
            if self.skipping || self.bytes.len() - self.from > bytes_max {
                self.skipping = true;
                self.bytes.clear();
                (self.from, self.searched) = (0, 0);
            }
            return Framed::None;
        };
        let lf = search_from + found;
        let line = self.from..lf;
        self.from = lf + 1;
        self.searched = self.from;
        if std::mem::take(&mut self.skipping) || line.len() + 1 > bytes_max {
            return Framed::TooLong;
        }
        match self.bytes[line.clone()].strip_suffix(b"\r") {
            Some(text) if memchr(b'\r', text).is_none() => Framed::Line(line.start..line.end - 1),
            _ => Framed::BareEnd(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8], size: usize, bytes_max: usize) -> Vec<String> {
        let (mut reader, mut got) = (Input::default(), Vec::new());
        for piece in input.chunks(size) {
            reader.push(piece);
            loop {
                let framed = reader.line(bytes_max);
                let bytes = reader.take();
                let text =
                    |r: &Range<usize>| String::from_utf8_lossy(&bytes[r.clone()]).into_owned();
                let shown = match &framed {
                    Framed::None => None,
                    Framed::Line(r) => Some(text(r)),
                    Framed::BareEnd(r) => Some(format!("bare {:?}", text(r))),
                    Framed::TooLong => Some("too long".to_owned()),
                };
                reader.restore(bytes);
                let Some(shown) = shown else { break };
                got.push(shown);
            }
        }
        got
    }

    #[test]
    fn frames_lines_independent_of_splits() {
        let input = b"NOOP\r\nRSET\nA\rB\r\n\r\n0123456789\r\nQUIT\r\nrest";
        for size in 1..=input.len() {
            let got = lines(input, size, 10);
            assert_eq!(
                got,
                [
                    "NOOP",
                    "bare \"RSET\"",
                    "bare \"A\\rB\\r\"",
                    "",
                    "too long",
                    "QUIT"
                ],
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn accepts_a_line_at_the_limit_and_not_past_it() {
        assert_eq!(lines(b"12345678\r\n", 3, 10), ["12345678"]);
        assert_eq!(lines(b"123456789\r\nX\r\n", 3, 10), ["too long", "X"]);
    }

    #[test]
    fn discards_an_endless_line() {
        let mut input = Input::default();
        for _ in 0..1000 {
            input.push(&[b'x'; 1000]);
            assert_eq!(input.line(2048), Framed::None);
            assert!(input.rest().len() <= 3048);
        }
        input.push(b"\r\n");
        assert_eq!(input.line(2048), Framed::TooLong);
    }
}

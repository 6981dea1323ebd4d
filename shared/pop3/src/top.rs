//! How much of a message TOP returns: the header, the empty line, and a number of body lines (RFC
//! 1939 §7).

/// Counts lines of a message that is read in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineCounter {
    in_header: bool,
    lines_left: u32,
    /// The current line has a character other than CR.
    line_has_text: bool,
}

impl LineCounter {
    pub(crate) fn new(lines: u32) -> LineCounter {
        LineCounter {
            in_header: true,
            lines_left: lines,
            line_has_text: false,
        }
    }

    /// How many octets of the piece are part of the response, and whether it is complete.
    pub(crate) fn take(&mut self, piece: &[u8]) -> (usize, bool) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            self.line_has_text |= has_text(&piece[start..end]);
            let empty = !std::mem::take(&mut self.line_has_text);
            start = end + 1;
            if self.in_header {
                self.in_header = !empty;
            } else {
                self.lines_left -= 1;
            }
            if !self.in_header && self.lines_left == 0 {
                return (start, true);
            }
        }
        self.line_has_text |= has_text(&piece[start..]);
        (piece.len(), false)
    }
}

fn has_text(line: &[u8]) -> bool {
    line.iter().any(|b| *b != b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, lines: u32, expected: &str) {
        for cut in 0..=message.len() {
            let mut top = LineCounter::new(lines);
            let (first, done) = top.take(&message.as_bytes()[..cut]);
            let mut got = message[..first].to_owned();
            if !done {
                let (second, _) = top.take(&message.as_bytes()[cut..]);
                got.push_str(&message[cut..cut + second]);
            }
            assert_eq!(got, expected, "{message:?} {lines} cut at {cut}");
        }
    }

    #[test]
    fn returns_the_header_and_the_requested_lines() {
        let m = "A: b\r\nC: d\r\n\r\none\r\n\r\nthree\r\n";
        check(m, 0, "A: b\r\nC: d\r\n\r\n");
        check(m, 1, "A: b\r\nC: d\r\n\r\none\r\n");
        check(m, 2, "A: b\r\nC: d\r\n\r\none\r\n\r\n");
        check(m, 9, m);
        check("A: b\r\n", 5, "A: b\r\n");
        check("\r\nbody\r\n", 0, "\r\n");
        check("A: b\n\none\ntwo\n", 1, "A: b\n\none\n");
    }
}

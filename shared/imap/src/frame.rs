//! Splits the client's bytes into commands before parsing: lines, literals announced at the end of
//! a line (RFC 3501 §4.3, RFC 7888), lines of a dialogue (SASL, DONE), and the octets of an
//! appended message. Limits the size of everything. Does not decide whether a literal is accepted:
//! that is the session's decision.
//!
//! Failures: a line or command that is too long is discarded up to its end, with its
//! non-synchronizing literals; memory stays bounded.

use crate::limits;

/// A literal announced at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its length.
    pub bytes: u64,
    /// `{n}`: synchronizing, the client waits for `+` (RFC 3501 §7.5). `{n+}`: non-synchronizing
    /// (RFC 7888 §3).
    pub synchronizing: bool,
    /// Offset of the `{` in the command's text.
    pub at: usize,
}

/// What was split off the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing complete yet.
    More,
    /// [`Framer::take`] has a complete command, without its last line end.
    Command,
    /// The command continues with a literal: [`Framer::accept`], [`Framer::stream`] or
    /// [`Framer::refuse`] it.
    Literal(Literal),
    /// A line or the whole command is too long; its beginning is in [`Framer::text`]. The rest is
    /// discarded.
    TooLong,
}

#[derive(Debug, Default)]
enum Mode {
    #[default]
    Line,
    Literal(u64),
    SkipLine(Tail),
    SkipLiteral(u64),
    Stream(u64),
}

// The end of a discarded line: a literal may be announced there.
#[derive(Debug, Default)]
struct Tail(Vec<u8>);

const TAIL_BYTES_MAX: usize = 32;

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0
            .extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL_BYTES_MAX)..]);
        self.0.drain(..self.0.len().saturating_sub(TAIL_BYTES_MAX));
    }
}

/// The limits in force.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    line: usize,
    command: usize,
}

impl Bounds {
    /// Before login.
    pub const STRANGER: Bounds = Bounds {
        line: limits::LINE_BYTES_MAX_BEFORE_LOGIN,
        command: limits::COMMAND_BYTES_MAX_BEFORE_LOGIN,
    };
    /// After login.
    pub const USER: Bounds = Bounds {
        line: limits::LINE_BYTES_MAX,
        command: limits::COMMAND_BYTES_MAX,
    };
}

/// The input of one connection, and the command that is being assembled.
#[derive(Debug)]
pub struct Framer {
    input: Vec<u8>,
    read: usize,
    text: Vec<u8>,
    line_start: usize,
    mode: Mode,
    bounds: Bounds,
}

impl Default for Framer {
    fn default() -> Framer {
        Framer {
            input: Vec::new(),
            read: 0,
            text: Vec::new(),
            line_start: 0,
            mode: Mode::Line,
            bounds: Bounds::STRANGER,
        }
    }
}

impl Framer {
    /// Adds received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read == self.input.len() {
            self.input.clear();
            self.read = 0;
        } else if self.read > self.input.len() / 2 {
            self.input.drain(..self.read);
            self.read = 0;
        }
        self.input.extend_from_slice(bytes);
    }

    /// Changes the limits after login.
    pub fn set_bounds(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// Discards input that has not been read: what arrived before the TLS handshake may have been
    /// injected.
    pub fn discard(&mut self) {
        *self = Framer {
            bounds: self.bounds,
            ..Framer::default()
        };
    }

    /// Releases memory where nothing is pending.
    pub fn rest(&mut self) {
        if self.read == self.input.len() {
            self.read = 0;
            self.input.clear();
            if self.input.capacity() > limits::RESTING_BYTES_MAX {
                self.input = Vec::new();
            }
        }
        if self.text.is_empty() && self.text.capacity() > limits::RESTING_BYTES_MAX {
            self.text = Vec::new();
        }
    }

    /// The command so far.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The whole command, after [`Cut::Command`].
    pub fn take(&mut self) -> Vec<u8> {
        self.line_start = 0;
        std::mem::take(&mut self.text)
    }

    fn rest_of_input(&self) -> &[u8] {
        &self.input[self.read..]
    }

    /// Cuts the next piece of a command.
    pub fn cut(&mut self) -> Cut {
        loop {
            if self.rest_of_input().is_empty()
                && !matches!(self.mode, Mode::Literal(0) | Mode::SkipLiteral(0))
            {
                return Cut::More;
            }
            match &mut self.mode {
                Mode::Line => return self.next_line(),
                Mode::Literal(left) => {
                    let n = take_bytes(left, self.input.len() - self.read);
                    self.text
                        .extend_from_slice(&self.input[self.read..self.read + n]);
                    self.read += n;
                    if matches!(self.mode, Mode::Literal(0)) {
                        self.mode = Mode::Line;
                        self.line_start = self.text.len();
                    }
                }
                Mode::SkipLiteral(left) | Mode::Stream(left) => {
                    self.read += take_bytes(left, self.input.len() - self.read);
                    if matches!(self.mode, Mode::SkipLiteral(0) | Mode::Stream(0)) {
                        self.mode = Mode::SkipLine(Tail::default());
                    }
                }
                Mode::SkipLine(_) => self.skip_line(),
            }
        }
    }

    fn next_line(&mut self) -> Cut {
        let rest = &self.input[self.read..];
        let end = rest.iter().position(|&b| b == b'\n');
        let taken = end.map_or(rest.len(), |i| i + 1);
        let content = end.unwrap_or(taken);
        // A CR at the end belongs to the line end, also where it arrived in an earlier piece.
        let cr = match content {
            0 => self.text.len() > self.line_start && self.text.ends_with(b"\r"),
            n => rest[n - 1] == b'\r',
        };
        let line = self.text.len() - self.line_start + content - usize::from(cr);
        if line > self.bounds.line || self.text.len() + content > self.bounds.command {
            // Enough of it for the tag stays in `text`.
            let kept = limits::TAG_BYTES_MAX
                .saturating_sub(self.text.len())
                .min(content);
            self.text.extend_from_slice(&rest[..kept]);
            self.mode = Mode::SkipLine(Tail::default());
            return Cut::TooLong;
        }
        self.text.extend_from_slice(&rest[..taken]);
        self.read += taken;
        if end.is_none() {
            return Cut::More;
        }
        let line = trim_line_end(&self.text);
        match announced(&line[self.line_start.min(line.len())..]) {
            Some((length, synchronizing, braced)) => {
                let at = line.len() - braced;
                Cut::Literal(Literal {
                    bytes: length,
                    synchronizing,
                    at,
                })
            }
            None => {
                let len = line.len();
                self.text.truncate(len);
                Cut::Command
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.input[self.read..];
        let end = rest.iter().position(|&b| b == b'\n');
        let taken = end.map_or(rest.len(), |i| i + 1);
        if let Mode::SkipLine(tail) = &mut self.mode {
            tail.push(&rest[..taken]);
            if end.is_some() {
                self.mode = match announced(trim_line_end(&tail.0)) {
                    Some((length, false, _)) => Mode::SkipLiteral(length),
                    // No `+` will be sent, so the command ends here.
                    _ => Mode::Line,
                };
                self.line_start = 0;
            }
        }
        self.read += taken;
    }

    /// Includes the announced literal in the command's text.
    ///
    /// Returns false where the command would become too long; then [`Framer::refuse`] it.
    pub fn accept(&mut self, literal: Literal) -> bool {
        if literal.bytes > (self.bounds.command - self.text.len().min(self.bounds.command)) as u64 {
            return false;
        }
        self.mode = Mode::Literal(literal.bytes);
        true
    }

    /// Passes the announced literal on in pieces by [`Framer::chunk`]; the text is dropped.
    pub fn stream(&mut self, literal: Literal) {
        self.text = Vec::new();
        self.line_start = 0;
        self.mode = Mode::Stream(literal.bytes);
    }

    /// Refuses the announced literal. A non-synchronizing one is discarded with the rest of the
    /// command.
    pub fn refuse(&mut self, literal: Literal) {
        self.text.clear();
        self.line_start = 0;
        self.mode = if literal.synchronizing {
            Mode::Line
        } else {
            Mode::SkipLiteral(literal.bytes)
        };
    }

    /// The next piece of a streamed literal; `None` where no input is left or the literal is
    /// complete.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let Mode::Stream(left) = &mut self.mode else {
            return None;
        };
        let n = take_bytes(left, self.input.len() - self.read);
        if n == 0 {
            return None;
        }
        if self.read == 0 && n == self.input.len() {
            return Some(std::mem::take(&mut self.input));
        }
        let piece = self.input[self.read..self.read + n].to_vec();
        self.read += n;
        Some(piece)
    }

    /// True while octets of a streamed literal are missing; false ends the streaming.
    pub fn is_streaming(&mut self) -> bool {
        match self.mode {
            Mode::Stream(0) => {
                self.mode = Mode::Line;
                false
            }
            Mode::Stream(_) => true,
            _ => false,
        }
    }

    /// A line that is not a command: the client's answer to `+`. Without its line end; `None` where
    /// it is incomplete. `Some(Err(()))` where it was too long and has been discarded.
    pub fn line(&mut self) -> Option<Result<Vec<u8>, TooLong>> {
        while !self.rest_of_input().is_empty() {
            if !matches!(self.mode, Mode::Line) {
                match self.cut() {
                    Cut::More => return None,
                    _ => continue,
                }
            }
            let rest = self.rest_of_input();
            let end = rest.iter().position(|&b| b == b'\n');
            let taken = end.map_or(rest.len(), |i| i + 1);
            if self.text.len() + taken > self.bounds.line {
                self.text.clear();
                self.mode = Mode::SkipLine(Tail::default());
                return Some(Err(TooLong));
            }
            let piece = &self.input[self.read..self.read + taken];
            self.text.extend_from_slice(piece);
            self.read += taken;
            if end.is_some() {
                let len = trim_line_end(&self.text).len();
                self.text.truncate(len);
                return Some(Ok(self.take()));
            }
        }
        None
    }
}

/// A line exceeded its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

fn take_bytes(left: &mut u64, available: usize) -> usize {
    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(available);
    *left -= n as u64;
    n
}

// A bare LF ends a line too: people type commands by hand, and no second parser is involved that
// could see another line end.
fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// `literal = "{" number ["+"] "}" CRLF` at the end of a line (RFC 7888 §8): octets, synchronizing,
/// the length of the announcement.
fn announced(line: &[u8]) -> Option<(u64, bool, usize)> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|&b| b == b'{')?;
    let number = &inner[open + 1..];
    let (number, synchronizing) = match number.strip_suffix(b"+") {
        Some(n) => (n, false),
        None => (number, true),
    };
    if number.is_empty() || number.len() > 19 || !number.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length = number
        .iter()
        .fold(0u64, |n, d| n * 10 + u64::from(d - b'0'));
    Some((length, synchronizing, line.len() - open))
}

#[cfg(test)]
mod tests;

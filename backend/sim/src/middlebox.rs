//! A middlebox between two hosts that tampers with the traffic: it replaces text, such as the offer
//! of STARTTLS, answers an SMTP command in the host's place, or breaks the connection before a
//! reply passes. Replacing text has no effect on TLS traffic; answering does, because it simulates
//! a reply of the host itself.
//!
//! Failures: protocols other than SMTP pass unchanged. A line that spans several segments is
//! recognized; text to be replaced is searched in each segment separately.

use crate::link::{Break, Direction};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::executor::lock;

/// Maximum bytes of a line that are examined; a longer line passes unrecognized.
const LINE_BYTES_MAX: usize = 4 * 1024;
/// The name of the last BDAT chunk among the pending commands, which stands for both DATA and the
/// final dot (RFC 3030 §2).
const LAST_CHUNK: &str = "BDAT LAST";
/// Maximum number of pending commands that are remembered.
const PENDING_MAX: usize = 10_000;

/// How a middlebox changes the traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// Answers a command (`RCPT`; `.` is the end of the message, by a dot or by the last chunk).
    /// The host does not see the command, except for the end of a message, where only its reply is
    /// replaced. `DATA` also applies to the last chunk of a client that uses BDAT, because its
    /// reply is the only one for the whole message.
    Answer {
        /// The verb of the command, in upper case.
        command: String,
        /// The reply, with lines separated by LF.
        reply: String,
    },
    /// Breaks the connection before the reply to a command passes.
    Lose {
        /// The verb of the command, in upper case.
        command: String,
        /// How the connection breaks.
        how: Break,
    },
    /// Replaces text outside TLS.
    Rewrite {
        /// The direction.
        direction: Direction,
        /// The bytes to be replaced.
        find: Vec<u8>,
        /// The replacement.
        put: Vec<u8>,
    },
}

/// A kind of tampering, with where and how often it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Connections from this host; `None`: from any host.
    pub from: Option<String>,
    /// Connections to this host; `None`: to any host.
    pub to: Option<String>,
    /// Connections to this port; `None`: to any port.
    pub port: Option<u16>,
    /// The first match to which it applies, counted from 1 over all connections.
    pub nth: u32,
    /// How often it applies from then on.
    pub times: u32,
    /// The modification.
    pub what: Tampering,
}

struct Counted {
    rule: Rule,
    seen: u32,
}

/// All rules of the world, shared by all connections.
#[derive(Clone, Default)]
pub(crate) struct Rules(Arc<Mutex<Vec<Counted>>>);

impl Rules {
    pub(crate) fn add(&self, rule: Rule) {
        lock(&self.0).push(Counted { rule, seen: 0 });
    }

    /// Removes the rules for connections from one host to another.
    pub(crate) fn forget(&self, from: &str, to: &str) {
        lock(&self.0)
            .retain(|c| c.rule.from.as_deref() != Some(from) || c.rule.to.as_deref() != Some(to));
    }
}

/// The result of passing a segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Data that continues in the same direction.
    pub(crate) on: Vec<u8>,
    /// Data returned to the sender, as if the other side had answered.
    pub(crate) back: Vec<u8>,
    /// How the connection breaks afterwards, if it does.
    pub(crate) breaks: Option<Break>,
}

enum Pending {
    // A command that the host will answer.
    Theirs(String),
    // A reply of the middlebox.
    Ours(Vec<u8>),
}

enum Mode {
    Commands,
    // Message data, up to the line with the dot.
    Content,
    // BDAT: the remaining bytes of the chunk (RFC 3030 §2).
    Chunk(u64),
}

/// The middlebox of one connection.
pub(crate) struct Middlebox {
    rules: Rules,
    from: String,
    to: String,
    port: u16,
    mode: Mode,
    sealed: bool,
    greeted: bool,
    pending: VecDeque<Pending>,
    // The incomplete line of each direction, and how many bytes of the client's have already
    // passed.
    lines: [Vec<u8>; 2],
    gone: usize,
}

// RFC 8446 §5.1: alert and handshake records, as the Lab models them.
fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [21 | 22, 3, 3, ..])
}

impl Middlebox {
    pub(crate) fn new(rules: Rules, from: &str, to: &str, port: u16) -> Middlebox {
        Middlebox {
            rules,
            from: from.to_owned(),
            to: to.to_owned(),
            port,
            mode: Mode::Commands,
            sealed: false,
            greeted: false,
            pending: VecDeque::new(),
            lines: Default::default(),
            gone: 0,
        }
    }

    /// Passes a segment in a direction.
    pub(crate) fn pass(&mut self, direction: Direction, bytes: &[u8]) -> Passed {
        if is_record(bytes) {
            self.sealed = true;
            return Passed {
                on: bytes.to_vec(),
                ..Passed::default()
            };
        }
        let bytes = self.rewrite(direction, bytes);
        match direction {
            _ if !matches!(self.port, 25 | 465 | 587 | 2525) => Passed {
                on: bytes,
                ..Passed::default()
            },
            Direction::ToServer => self.pass_from_client(&bytes),
            Direction::ToClient => self.pass_from_server(&bytes),
        }
    }

    fn rewrite(&self, direction: Direction, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if self.sealed {
            return bytes;
        }
        for counted in lock(&self.rules.0)
            .iter_mut()
            .filter(|c| self.concerns(&c.rule))
        {
            let Counted {
                rule:
                    Rule {
                        nth,
                        times,
                        what:
                            Tampering::Rewrite {
                                direction: of,
                                find,
                                put,
                            },
                        ..
                    },
                seen,
            } = counted
            else {
                continue;
            };
            if *of != direction || find.is_empty() {
                continue;
            }
            let mut from = 0;
            while let Some(at) = bytes[from..].windows(find.len()).position(|w| w == find) {
                let at = from + at;
                *seen = seen.saturating_add(1);
                if !hits(*seen, *nth, *times) {
                    from = at + find.len();
                    continue;
                }
                bytes.splice(at..at + find.len(), put.iter().copied());
                from = at + put.len();
            }
        }
        bytes
    }

    fn concerns(&self, rule: &Rule) -> bool {
        let from = rule.from.as_ref().is_none_or(|name| *name == self.from);
        from && rule.to.as_ref().is_none_or(|name| *name == self.to)
            && rule.port.is_none_or(|port| port == self.port)
    }

    fn may_answer(&self) -> bool {
        lock(&self.rules.0)
            .iter()
            .any(|c| self.concerns(&c.rule) && matches!(c.rule.what, Tampering::Answer { .. }))
    }

    // The first rule that applies to a command; increments the counters of all matching rules.
    // `losing` selects the rules that lose a reply.
    fn matching_rule(&self, command: &str, losing: bool) -> Option<Tampering> {
        let mut matched = None;
        for Counted { rule, seen } in lock(&self.rules.0)
            .iter_mut()
            .filter(|c| self.concerns(&c.rule))
        {
            let named = match &rule.what {
                Tampering::Answer { command, .. } if !losing => command,
                Tampering::Lose { command, .. } if losing => command,
                _ => continue,
            };
            if named == command {
                *seen = seen.saturating_add(1);
                if matched.is_none() && hits(*seen, rule.nth, rule.times) {
                    matched = Some(rule.what.clone());
                }
            }
        }
        matched
    }

    fn pass_from_client(&mut self, bytes: &[u8]) -> Passed {
        let mut passed = Passed::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            if let Mode::Chunk(length) = &mut self.mode {
                let taken = usize::try_from(*length)
                    .unwrap_or(usize::MAX)
                    .min(rest.len());
                *length -= taken as u64;
                if *length == 0 {
                    self.mode = Mode::Commands;
                }
                passed.on.extend_from_slice(&rest[..taken]);
                rest = &rest[taken..];
                continue;
            }
            let end = rest
                .iter()
                .position(|b| *b == b'\n')
                .map_or(rest.len(), |at| at + 1);
            let (piece, after) = rest.split_at(end);
            rest = after;
            let whole = piece.ends_with(b"\n");
            let mut line = std::mem::take(&mut self.lines[0]);
            let gone = std::mem::take(&mut self.gone);
            line.extend_from_slice(piece);
            if !whole && line.len() <= LINE_BYTES_MAX {
                // A command that a rule may answer is held until it is complete.
                if !(matches!(self.mode, Mode::Commands) && gone == 0 && self.may_answer()) {
                    passed.on.extend_from_slice(&line[gone..]);
                    self.gone = line.len();
                }
                self.lines[0] = line;
                continue;
            }
            match self.mode {
                Mode::Content => {
                    passed.on.extend_from_slice(&line[gone..]);
                    if whole && line == b".\r\n" {
                        self.mode = Mode::Commands;
                        self.expect(Pending::Theirs(".".to_owned()));
                    } else if !whole {
                        // The line is too long to be the final dot.
                        (self.lines[0], self.gone) = (b"x".to_vec(), 1);
                    }
                }
                _ => self.command(&line, gone, &mut passed),
            }
        }
        passed
    }

    fn command(&mut self, line: &[u8], gone: usize, passed: &mut Passed) {
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        if verb == "BDAT" {
            self.mode = Mode::Chunk(words.next().and_then(|n| n.parse().ok()).unwrap_or(0));
            passed.on.extend_from_slice(&line[gone..]);
            // RFC 3030 §2: the last chunk ends the message as the dot does.
            let last = words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
            self.expect(Pending::Theirs(if last {
                LAST_CHUNK.to_owned()
            } else {
                verb
            }));
            return;
        }
        match self.matching_rule(&verb, false) {
            // Bytes that have passed cannot be taken back.
            Some(Tampering::Answer { reply, .. }) if gone == 0 => {
                let reply = lines(&reply);
                if self.pending.is_empty() {
                    passed.back.extend_from_slice(&reply);
                } else {
                    self.expect(Pending::Ours(reply));
                }
            }
            _ => {
                passed.on.extend_from_slice(&line[gone..]);
                self.expect(Pending::Theirs(verb));
            }
        }
    }

    fn expect(&mut self, pending: Pending) {
        if self.pending.len() < PENDING_MAX {
            self.pending.push_back(pending);
        }
    }

    fn pass_from_server(&mut self, bytes: &[u8]) -> Passed {
        let mut passed = Passed::default();
        let mut all = std::mem::take(&mut self.lines[1]);
        let passed_before = all.len();
        all.extend_from_slice(bytes);
        // The number of bytes of `all` that have passed, the start of the current reply, and the
        // read position.
        let (mut gone, mut begin, mut at) = (passed_before, 0, 0);
        while let Some(end) = all[at..]
            .iter()
            .position(|b| *b == b'\n')
            .map(|n| at + n + 1)
        {
            let last = all[at..end].get(3) != Some(&b'-');
            let code = all[at..end].get(..3).unwrap_or_default().to_vec();
            at = end;
            if !last {
                continue;
            }
            match self.filter_reply(&code) {
                Verdict::Pass => passed.on.extend_from_slice(&all[gone.min(end)..end]),
                // Bytes that have passed cannot be taken back.
                Verdict::Replace(reply) => passed.on.extend_from_slice(&reply),
                Verdict::Break(how) => {
                    passed.breaks = Some(how);
                    return passed;
                }
            }
            while let Some(Pending::Ours(reply)) = self.pending.front() {
                passed.on.extend_from_slice(reply);
                self.pending.pop_front();
            }
            (gone, begin) = (end.max(gone), end);
        }
        // An incomplete reply passes immediately.
        passed.on.extend_from_slice(&all[gone.max(begin)..]);
        self.lines[1] = all.split_off(begin.max(all.len().saturating_sub(LINE_BYTES_MAX)));
        passed
    }

    fn filter_reply(&mut self, code: &[u8]) -> Verdict {
        if !self.greeted {
            self.greeted = true;
            return Verdict::Pass;
        }
        let Some(Pending::Theirs(verb)) = self.pending.pop_front() else {
            return Verdict::Pass;
        };
        let names = names(&verb);
        if let Some(Tampering::Lose { how, .. }) =
            names.iter().find_map(|name| self.matching_rule(name, true))
        {
            return Verdict::Break(how);
        }
        if verb == "DATA" && code == b"354" {
            self.mode = Mode::Content;
        }
        // The host already has the message: only its reply is replaced.
        let ends = names.contains(&".");
        match ends
            .then(|| {
                names
                    .iter()
                    .find_map(|name| self.matching_rule(name, false))
            })
            .flatten()
        {
            Some(Tampering::Answer { reply, .. }) => Verdict::Replace(lines(&reply)),
            _ => Verdict::Pass,
        }
    }
}

enum Verdict {
    Pass,
    Replace(Vec<u8>),
    Break(Break),
}

// The names under which a rule can refer to a command.
fn names(verb: &str) -> Vec<&str> {
    if verb == LAST_CHUNK {
        vec![".", "DATA"]
    } else {
        vec![verb]
    }
}

fn hits(seen: u32, nth: u32, times: u32) -> bool {
    seen >= nth.max(1) && seen - nth.max(1) < times
}

fn lines(reply: &str) -> Vec<u8> {
    reply
        .lines()
        .flat_map(|line| [line.as_bytes(), b"\r\n"].concat())
        .collect()
}

#[cfg(test)]
mod tests;

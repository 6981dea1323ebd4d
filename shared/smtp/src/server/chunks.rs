//! BDAT (RFC 3030): the message in chunks of announced size. The bytes of a chunk are never read as
//! commands, even where BDAT is rejected: they are then received and discarded, so that no content
//! can be executed as a command.
//!
//! # Failures As DATA; a bare CR or LF is rejected unless the message was declared as binary. A
//! chunk out of sequence: 503, its bytes are discarded. With a malformed size the end of the chunk
//! is unknown: 501, and the connection is closed. After a rejected chunk that was not the last,
//! only RSET, EHLO and QUIT are accepted.

use super::config::Limits;
use super::input::Input;
use super::interface::{AbandonReason, Decision, Query, Resolved};
use super::replies;
use super::state::{
    ConnectionState, MailAccepted, Next, PendingDecision, RcptAccepted, Ready, State,
};
use super::verbs::Rule;
use crate::dot::Summary;
use mail::Reply;
use memchr::{memchr, memchr_iter};

/// A chunk larger than this many times the largest message closes the connection.
const ABSURD_FACTOR: u64 = 4;

/// `BDAT`'s argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub bytes: u64,
    pub last: bool,
}

impl Size {
    /// `chunk-size = 1*DIGIT`, `end-marker = "LAST"` (RFC 3030 §2).
    pub(super) fn parse(argument: &str) -> Option<Size> {
        let (digits, marker) = argument
            .split_once(' ')
            .map_or((argument, None), |(d, m)| (d, Some(m)));
        let good =
            !digits.is_empty() && digits.len() <= 19 && digits.bytes().all(|b| b.is_ascii_digit());
        let last = match marker {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("LAST") => true,
            Some(_) => return None,
        };
        good.then(|| digits.parse().ok())
            .flatten()
            .map(|length| Size {
                bytes: length,
                last,
            })
    }
}

/// The message so far.
pub(super) struct Chunks {
    ready: Ready,
    binary: bool,
    scan: Scan,
    /// Chunks received.
    pub count: usize,
    refusal: Option<(AbandonReason, Reply)>,
}

/// Inside a chunk.
pub(super) struct Chunk {
    left: u64,
    size: Size,
    purpose: Purpose,
}

enum Purpose {
    /// Part of the message.
    Take(Box<Chunks>),
    /// Discarded; then this state and reply follow.
    Skip(Box<State>, Reply),
}

/// BDAT in any state.
pub(super) fn bdat(
    rule: &Rule,
    state: State,
    argument: &str,
    connection: &ConnectionState,
) -> Next {
    let Some(size) = Size::parse(argument) else {
        return Next::close(replies::chunk_syntax());
    };
    if size.bytes
        > connection
            .config
            .limits
            .message_bytes_max
            .saturating_mul(ABSURD_FACTOR)
    {
        return Next::close(replies::too_big(connection.config.limits.message_bytes_max));
    }
    let Some(stage) = state.stage() else {
        return Next::go(state);
    };
    if let Err(reply) = rule.check(stage, connection) {
        return skip(size, state, reply);
    }
    match state {
        State::Rcpt(RcptAccepted {
            mail: MailAccepted { ready, binary, .. },
            ..
        }) => {
            let chunks = Box::new(Chunks {
                ready,
                binary,
                scan: Scan::default(),
                count: 0,
                refusal: None,
            });
            Next::query(PendingDecision::FirstChunk { chunks, size }, Query::Data)
        }
        State::Chunks(chunks) => chunks.take(size),
        other => skip(size, other, replies::broken_message()),
    }
}

fn skip(size: Size, back: State, reply: Reply) -> Next {
    Next::go(State::Chunk(Box::new(Chunk {
        left: size.bytes,
        size,
        purpose: Purpose::Skip(Box::new(back), reply),
    })))
}

impl Chunks {
    /// The role has decided about the start of the message.
    pub(super) fn begin(self: Box<Self>, size: Size, answer: Decision) -> Next {
        match answer.or(replies::accepted()) {
            Resolved::Accept(_) => self.take(size),
            Resolved::Reject(reply) => {
                let back = if size.last {
                    State::Ready(self.ready)
                } else {
                    State::Failed(self.ready)
                };
                skip(size, back, reply)
            }
            Resolved::Close(reply) => Next::close(reply),
        }
    }

    fn take(mut self: Box<Self>, size: Size) -> Next {
        self.count += 1;
        Next::go(State::Chunk(Box::new(Chunk {
            left: size.bytes,
            size,
            purpose: Purpose::Take(self),
        })))
    }

    pub(super) fn bytes(&self) -> u64 {
        self.scan.seen.bytes
    }

    pub(super) fn ready(&self) -> Ready {
        self.ready
    }

    // The chunk is complete.
    fn finish(mut self: Box<Self>, size: Size) -> Next {
        let ready = self.ready;
        if size.last && self.refusal.is_none() {
            self.scan.end();
            if self.scan.seen.bare && !self.binary {
                self.refusal = Some((AbandonReason::BareLineEnd, replies::bare_line_end()));
            }
        }
        match self.refusal {
            Some((why, reply)) => {
                let then = Box::new(if size.last {
                    State::Ready(ready)
                } else {
                    State::Failed(ready)
                });
                Next::query(
                    PendingDecision::Abandoned { then, reply },
                    Query::Abandoned(why),
                )
            }
            None if size.last => {
                Next::query(PendingDecision::End(ready), Query::End(self.scan.seen))
            }
            None => Next::reply(State::Chunks(self), replies::chunk_taken(size.bytes)),
        }
    }

    fn look(&mut self, bytes: &[u8], limits: &Limits) {
        self.scan.feed(bytes);
        if self.refusal.is_some() {
            return;
        }
        if self.scan.seen.bare && !self.binary {
            self.refusal = Some((AbandonReason::BareLineEnd, replies::bare_line_end()));
        } else if self.scan.seen.bytes > limits.message_bytes_max {
            self.refusal = Some((
                AbandonReason::TooBig,
                replies::too_big(limits.message_bytes_max),
            ));
        }
    }
}

/// The result of one piece of input; at the message's end its summary.
pub(super) struct Received {
    pub next: Next,
    pub ended: Option<Summary>,
}

impl Chunk {
    /// All of it was received.
    pub(super) fn is_whole(&self) -> bool {
        self.left == 0
    }

    pub(super) fn bytes(&self) -> u64 {
        match &self.purpose {
            Purpose::Take(chunks) => chunks.bytes(),
            // Discarded bytes count for the time limit too.
            Purpose::Skip(..) => self.size.bytes - self.left,
        }
    }

    /// Receives available input.
    pub(super) fn receive(
        mut self: Box<Self>,
        input: &mut Input,
        connection: &ConnectionState,
    ) -> Received {
        let rest = input.rest();
        let count = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(rest.len());
        let piece = &rest[..count];
        let query = match &mut self.purpose {
            Purpose::Take(chunks) => {
                chunks.look(piece, &connection.config.limits);
                (chunks.refusal.is_none() && count > 0).then(|| Query::Chunk(piece.to_vec()))
            }
            Purpose::Skip(..) => None,
        };
        input.consume(count);
        self.left -= count as u64;
        let ended = match &self.purpose {
            Purpose::Take(chunks) if self.left == 0 && self.size.last => Some(chunks.scan.seen),
            _ => None,
        };
        let next = match query {
            Some(query) => Next::query(PendingDecision::Piece(self), query),
            None => self.go_on(),
        };
        Received { next, ended }
    }

    /// The role has stored a piece, or rejects it.
    pub(super) fn piece_answered(mut self: Box<Self>, answer: Decision) -> Next {
        match answer {
            Decision::Close(reply) => return Next::close(reply),
            Decision::Reply(reply) if !reply.is_positive() => {
                if let Purpose::Take(chunks) = &mut self.purpose {
                    chunks.refusal = Some((AbandonReason::Refused, reply));
                }
            }
            _ => {}
        }
        self.go_on()
    }

    fn go_on(self: Box<Self>) -> Next {
        if self.left > 0 {
            return Next::go(State::Chunk(self));
        }
        match self.purpose {
            Purpose::Take(chunks) => chunks.finish(self.size),
            Purpose::Skip(back, reply) => Next::reply(*back, reply),
        }
    }
}

/// Summarizes the content as [`crate::Unstuffer`] does, but without dots.
#[derive(Clone, Debug, Default)]
struct Scan {
    seen: Summary,
    after_cr: bool,
    line: u64,
}

impl Scan {
    fn feed(&mut self, bytes: &[u8]) {
        self.seen.bytes += bytes.len() as u64;
        self.seen.eight_bit |= !bytes.is_ascii();
        self.seen.nul |= memchr(0, bytes).is_some();
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) {
                if rest[0] == b'\n' {
                    self.seen.lines += 1;
                    self.seen.longest_line = self.seen.longest_line.max(self.line);
                    self.line = 0;
                    rest = &rest[1..];
                    continue;
                }
                self.seen.bare = true;
                self.line += 1;
            }
            let cr = memchr(b'\r', rest);
            let text = &rest[..cr.unwrap_or(rest.len())];
            self.seen.bare |= memchr_iter(b'\n', text).next().is_some();
            self.line += text.len() as u64;
            self.after_cr = cr.is_some();
            rest = &rest[text.len() + usize::from(cr.is_some())..];
        }
    }

    // End of the message: a trailing CR is bare, and the last line may lack its end.
    fn end(&mut self) {
        if std::mem::take(&mut self.after_cr) {
            self.seen.bare = true;
            self.line += 1;
        }
        self.seen.longest_line = self.seen.longest_line.max(self.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_strictly() {
        let size = |length, last| {
            Some(Size {
                bytes: length,
                last,
            })
        };
        for (text, expected) in [
            ("0", size(0, false)),
            ("0 LAST", size(0, true)),
            ("86 last", size(86, true)),
            (
                "9999999999999999999",
                size(9_999_999_999_999_999_999, false),
            ),
            ("99999999999999999999", None),
            ("", None),
            ("LAST", None),
            ("-1", None),
            ("+1", None),
            ("1x", None),
            ("1 LAST x", None),
            ("1  LAST", None),
            ("0x10", None),
        ] {
            assert_eq!(Size::parse(text), expected, "{text:?}");
        }
    }

    fn check(message: &[u8], bare: bool, lines: u64, longest: u64) {
        for size in 1..=message.len().max(1) {
            let mut scan = Scan::default();
            message.chunks(size).for_each(|piece| scan.feed(piece));
            scan.end();
            let seen = scan.seen;
            assert_eq!(
                (seen.bare, seen.lines, seen.longest_line),
                (bare, lines, longest),
                "{message:?} in pieces of {size}"
            );
            assert_eq!(seen.bytes, message.len() as u64);
        }
    }

    #[test]
    fn sees_what_a_message_holds_wherever_it_is_cut() {
        check(b"", false, 0, 0);
        check(b"a\r\nbcd\r\n", false, 2, 3);
        check(b"a\r\n.\r\nb", false, 2, 1);
        check(b"a\nb\r\n", true, 1, 3);
        check(b"a\rb\r\n", true, 1, 3);
        check(b"a\r\r\n", true, 1, 2);
        check(b"a\r", true, 0, 2);
        check(b"\n", true, 0, 1);
    }
}

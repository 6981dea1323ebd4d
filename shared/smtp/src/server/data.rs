//! DATA (RFC 5321 §4.1.1.4): streams the message to the role, piece by piece.
//!
//! # Failures
//! A bare CR or LF (554 5.6.0), too many octets (552 5.3.4), a piece the role cannot keep (its own
//! reply): in each case the rest is read and thrown away, and the refusal is said at the end, when
//! the client listens. None of them is ever `Ask::End`.

use super::input::Input;
use super::says;
use super::state::{Next, RcptGiven, Ready, Standing, State, Waiting};
use super::words::{Answer, Ask, Decision, Why};
use crate::dot::{Summary, Unstuffer};
use mail::Reply;

/// A message is coming in.
pub(super) struct Receiving {
    ready: Ready,
    unstuffer: Unstuffer,
    refusal: Option<(Why, Reply)>,
}

impl RcptGiven {
    /// `data = "DATA" CRLF`
    pub(super) fn data(self) -> Next {
        // RFC 3030 §3: binary content has no lines that a dot could end.
        if self.mail.binary {
            return Next::say(State::Rcpt(self), says::binary_by_bdat());
        }
        Next::ask(Waiting::Data(self.mail.ready), Ask::Data)
    }
}

/// The role is ready for the message, or not.
pub(super) fn answered(ready: Ready, answer: Answer) -> Next {
    match answer.or(says::data_go()) {
        Decision::Yes(reply) => {
            let receiving = Receiving {
                ready,
                unstuffer: Unstuffer::default(),
                refusal: None,
            };
            Next::say(State::Data(Box::new(receiving)), reply)
        }
        Decision::No(reply) => Next::say(State::Ready(ready), reply),
        Decision::Close(reply) => Next::close(reply),
    }
}

impl Receiving {
    pub(super) fn summary(&self) -> Summary {
        self.unstuffer.summary()
    }

    /// Takes what has come in.
    pub(super) fn receive(mut self: Box<Self>, input: &mut Input, standing: &Standing) -> Received {
        let bytes = input.rest();
        let mut chunk = Vec::new();
        let fed = if self.refusal.is_none() {
            chunk.reserve_exact(bytes.len());
            self.unstuffer
                .feed(bytes, |span| chunk.extend_from_slice(span))
        } else {
            self.unstuffer.feed(bytes, |_| {})
        };
        input.consume(fed.used);
        let seen = self.unstuffer.summary();
        let bytes_max = standing.config.limits.message_bytes_max;
        if self.refusal.is_none() && seen.bare {
            self.refusal = Some((Why::BareLineEnd, says::bare_line_end()));
        } else if self.refusal.is_none() && seen.bytes > bytes_max {
            self.refusal = Some((Why::TooBig, says::too_big(bytes_max)));
        }
        let next = if self.refusal.is_none() && !chunk.is_empty() {
            Next::ask(
                Waiting::Chunk {
                    receiving: self,
                    ended: fed.ended,
                },
                Ask::Chunk(chunk),
            )
        } else {
            self.go_on(fed.ended)
        };
        Received {
            next,
            ended: fed.ended.then_some(seen),
        }
    }

    /// The role has taken a piece, or cannot.
    pub(super) fn chunk_answered(mut self: Box<Self>, ended: bool, answer: Answer) -> Next {
        match answer {
            Answer::Close(reply) => return Next::close(reply),
            Answer::Reply(reply) if !reply.is_positive() => {
                self.refusal = Some((Why::Refused, reply))
            }
            _ => {}
        }
        self.go_on(ended)
    }

    fn go_on(self: Box<Self>, ended: bool) -> Next {
        if !ended {
            return Next::go(State::Data(self));
        }
        let ready = self.ready;
        match self.refusal {
            Some((why, reply)) => Next::ask(
                Waiting::Abandoned {
                    then: Box::new(State::Ready(ready)),
                    reply,
                },
                Ask::Abandoned(why),
            ),
            None => Next::ask(Waiting::End(ready), Ask::End(self.unstuffer.summary())),
        }
    }
}

/// What one piece of input came to: the next step, and at the message's end what was seen in it.
pub(super) struct Received {
    pub next: Next,
    pub ended: Option<Summary>,
}

/// The role has taken responsibility for the message, or refused it.
pub(super) fn end_answered(ready: Ready, answer: Answer, standing: &mut Standing) -> Next {
    match answer.or(says::accepted()) {
        Decision::Yes(reply) => {
            standing.messages += 1;
            Next::say(State::Ready(ready), reply)
        }
        Decision::No(reply) => Next::say(State::Ready(ready), reply),
        Decision::Close(reply) => Next::close(reply),
    }
}

//! DATA (RFC 5321 §4.1.1.4): streams the message to the role, piece by piece.
//!
//! # Failures A bare CR or LF (554 5.6.0), too many bytes (552 5.3.4), a piece that the role
//! rejects (its reply): in each case the rest is read and discarded, and the reply is sent at the
//! end of the message. `Query::End` is then never asked.

use super::input::Input;
use super::interface::{AbandonReason, Decision, Query, Resolved};
use super::replies;
use super::state::{ConnectionState, Next, PendingDecision, RcptAccepted, Ready, State};
use crate::dot::{Summary, Unstuffer};
use mail::Reply;

/// A message in transfer.
pub(super) struct IncomingData {
    ready: Ready,
    unstuffer: Unstuffer,
    refusal: Option<(AbandonReason, Reply)>,
}

impl RcptAccepted {
    /// `data = "DATA" CRLF`
    pub(super) fn data(self) -> Next {
        // RFC 3030 §3: binary content has no lines that a dot could end.
        if self.mail.binary {
            return Next::reply(State::Rcpt(self), replies::binary_by_bdat());
        }
        Next::query(PendingDecision::Data(self.mail.ready), Query::Data)
    }
}

/// The role has decided about the start of the message.
pub(super) fn answered(ready: Ready, answer: Decision) -> Next {
    match answer.or(replies::data_go()) {
        Resolved::Accept(reply) => {
            let incoming = IncomingData {
                ready,
                unstuffer: Unstuffer::default(),
                refusal: None,
            };
            Next::reply(State::Data(Box::new(incoming)), reply)
        }
        Resolved::Reject(reply) => Next::reply(State::Ready(ready), reply),
        Resolved::Close(reply) => Next::close(reply),
    }
}

impl IncomingData {
    pub(super) fn summary(&self) -> Summary {
        self.unstuffer.summary()
    }

    /// Receives available input.
    pub(super) fn receive(
        mut self: Box<Self>,
        input: &mut Input,
        connection: &ConnectionState,
    ) -> Received {
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
        let bytes_max = connection.config.limits.message_bytes_max;
        if self.refusal.is_none() && seen.bare {
            self.refusal = Some((AbandonReason::BareLineEnd, replies::bare_line_end()));
        } else if self.refusal.is_none() && seen.bytes > bytes_max {
            self.refusal = Some((AbandonReason::TooBig, replies::too_big(bytes_max)));
        }
        let next = if self.refusal.is_none() && !chunk.is_empty() {
            Next::query(
                PendingDecision::Chunk {
                    incoming: self,
                    ended: fed.ended,
                },
                Query::Chunk(chunk),
            )
        } else {
            self.go_on(fed.ended)
        };
        Received {
            next,
            ended: fed.ended.then_some(seen),
        }
    }

    /// The role has stored a piece, or rejects it.
    pub(super) fn chunk_answered(mut self: Box<Self>, ended: bool, answer: Decision) -> Next {
        match answer {
            Decision::Close(reply) => return Next::close(reply),
            Decision::Reply(reply) if !reply.is_positive() => {
                self.refusal = Some((AbandonReason::Refused, reply));
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
            Some((why, reply)) => Next::query(
                PendingDecision::Abandoned {
                    then: Box::new(State::Ready(ready)),
                    reply,
                },
                Query::Abandoned(why),
            ),
            None => Next::query(
                PendingDecision::End(ready),
                Query::End(self.unstuffer.summary()),
            ),
        }
    }
}

/// The result of one piece of input; at the message's end its summary.
pub(super) struct Received {
    pub next: Next,
    pub ended: Option<Summary>,
}

/// The role has accepted the message, or rejects it.
pub(super) fn end_answered(
    ready: Ready,
    answer: Decision,
    connection: &mut ConnectionState,
) -> Next {
    match answer.or(replies::accepted()) {
        Resolved::Accept(reply) => {
            connection.messages += 1;
            Next::reply(State::Ready(ready), reply)
        }
        Resolved::Reject(reply) => Next::reply(State::Ready(ready), reply),
        Resolved::Close(reply) => Next::close(reply),
    }
}

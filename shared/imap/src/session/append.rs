//! APPEND (RFC 3501 §6.3.11): the message goes to the role in pieces as it arrives, and exists when
//! the role has confirmed it.

use super::{Job, Reply, Server, Work};
use crate::code::{Code, Refusal};
use crate::command::AppendHead;
use crate::frame::{Cut, Literal};
use crate::query::{Decision, Query};

/// The progress of an APPEND.
#[derive(Debug)]
pub(super) enum Appending {
    /// The role is asked whether it accepts the message.
    Announced(Literal),
    /// Pieces arrive.
    Body,
    /// The role stores a piece.
    Piece,
    /// The role refused a piece: the rest is discarded.
    Refused(Refusal),
    /// Only the line end is missing.
    Tail,
    /// The role makes the message durable.
    Keeping,
    /// The role discards the message, since the command was malformed.
    Forgetting,
}

impl Server {
    pub(super) fn append_announced(&mut self, job: Job, head: AppendHead, literal: Literal) {
        // RFC 7889 §4
        if literal.bytes > self.config.append_bytes_max {
            let text = format!(
                "Message exceeds the limit of {} bytes",
                self.config.append_bytes_max
            );
            return self.refuse_literal(literal, Some(job.tag), Reply::no(Code::TooBig, text));
        }
        self.ask(
            Query::Append(Box::new(head), literal.bytes),
            Work::Append(job, Appending::Announced(literal)),
        );
    }

    pub(super) fn append_answered(&mut self, job: Job, step: Appending, answer: Decision) {
        match (step, answer) {
            (Appending::Announced(literal), Decision::Done) => {
                self.framer.stream(literal);
                self.work = Work::Append(job, Appending::Body);
                if literal.synchronizing {
                    self.continuation("Ready for message data");
                }
            }
            (Appending::Announced(literal), Decision::Refused(refusal)) => {
                self.framer.refuse(literal);
                self.finish(job, refusal.into());
            }
            (Appending::Piece, Decision::Done) => self.work = Work::Append(job, Appending::Body),
            (Appending::Piece, Decision::Refused(refusal)) => {
                self.work = Work::Append(job, Appending::Refused(refusal));
            }
            (Appending::Keeping, Decision::Appended(validity, uid)) => {
                // RFC 4315 §3
                self.finish(
                    job,
                    Reply::ok_with(Code::AppendUid(validity, uid), "Message appended"),
                );
            }
            (Appending::Keeping, Decision::Refused(refusal)) => self.finish(job, refusal.into()),
            (Appending::Forgetting, _) => self.tagged(
                &job.tag,
                &Reply::bad("Expected end of line after the message"),
            ),
            (Appending::Announced(literal), _) => {
                self.framer.refuse(literal);
                self.unexpected_decision(job);
            }
            // The role failed in the middle of a message: the octets that follow must not be parsed
            // as commands.
            _ => self.send_bye(Some(Code::ServerBug), "Internal server error"),
        }
    }

    /// Takes input of an APPEND; false where there is none.
    pub(super) fn next_append(&mut self) -> bool {
        let Work::Append(job, step) = std::mem::replace(&mut self.work, Work::Ready) else {
            return false;
        };
        match step {
            Appending::Body => match self.framer.chunk() {
                Some(piece) => self.ask(
                    Query::AppendChunk(piece),
                    Work::Append(job, Appending::Piece),
                ),
                None => {
                    let streaming = self.framer.is_streaming();
                    self.work = Work::Append(
                        job,
                        if streaming {
                            Appending::Body
                        } else {
                            Appending::Tail
                        },
                    );
                    return !streaming;
                }
            },
            Appending::Refused(refusal) => {
                if self.framer.chunk().is_none() {
                    if self.framer.is_streaming() {
                        self.work = Work::Append(job, Appending::Refused(refusal));
                        return false;
                    }
                    match self.framer.cut() {
                        Cut::More => {
                            self.work = Work::Append(job, Appending::Refused(refusal));
                            return false;
                        }
                        Cut::Literal(literal) => self.framer.refuse(literal),
                        Cut::Command | Cut::TooLong => drop(self.framer.take()),
                    }
                    self.finish(job, refusal.into());
                } else {
                    self.work = Work::Append(job, Appending::Refused(refusal));
                }
            }
            Appending::Tail => match self.framer.cut() {
                Cut::More => {
                    self.work = Work::Append(job, Appending::Tail);
                    return false;
                }
                Cut::Command if self.framer.text().is_empty() => {
                    self.framer.take();
                    self.ask(Query::AppendEnd, Work::Append(job, Appending::Keeping));
                }
                cut => {
                    match cut {
                        Cut::Literal(literal) => self.framer.refuse(literal),
                        _ => drop(self.framer.take()),
                    }
                    self.ask(Query::AppendAbort, Work::Append(job, Appending::Forgetting));
                }
            },
            waiting => {
                self.work = Work::Append(job, waiting);
                return false;
            }
        }
        true
    }
}

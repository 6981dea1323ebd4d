//! A message's body by BDAT (RFC 3030): chunks of known size, several of them unanswered where
//! PIPELINING is offered, the last one marked. Also the end of a message, by BDAT or DATA: the
//! replies that are still due, and the result.

use super::{Client, PendingQuery, State};
use crate::client::interface::{LocalFailure, Phase, Query, RecipientResult};
use crate::client::transaction::Transaction;
use crate::dot::Stuffer;
use crate::trace;
use mail::Reply;
use mail::session::{Speaker, Step};

/// Size of one chunk; the last may be smaller.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that may be unanswered, where PIPELINING is offered.
const UNANSWERED_MAX: usize = 8;
/// Chunks of a message that its journey shows, besides the last one.
const SHOWN_MAX: usize = 4;

/// How the body is sent.
pub(super) enum BodyTransfer {
    /// DATA.
    Data(Stuffer),
    /// BDAT.
    Chunks(Chunks),
}

impl BodyTransfer {
    pub(super) fn of(transaction: &Transaction) -> BodyTransfer {
        if !transaction.is_chunked() {
            return BodyTransfer::Data(Stuffer::default());
        }
        let lines = (!transaction.is_binary()).then(Stuffer::without_dots);
        BodyTransfer::Chunks(Chunks {
            lines,
            buffered: Vec::new(),
            bytes: 0,
            sent: 0,
            unanswered: 0,
        })
    }
}

/// The chunks so far.
pub(super) struct Chunks {
    /// Completes line ends; none for a binary message (RFC 3030 §3).
    lines: Option<Stuffer>,
    buffered: Vec<u8>,
    bytes: u64,
    sent: usize,
    unanswered: usize,
}

/// Waiting for the message's last reply.
pub(super) struct PendingEnd {
    /// Replies due, the last one included.
    due: usize,
    /// The end was sent; otherwise a chunk was refused, and the rest is not sent.
    sent: bool,
    refused: Option<Reply>,
}

impl PendingEnd {
    /// After the final dot.
    pub(super) fn dot() -> PendingEnd {
        PendingEnd {
            due: 1,
            sent: true,
            refused: None,
        }
    }

    pub(super) fn is_sent(&self) -> bool {
        self.sent
    }

    pub(super) fn phase(&self) -> Phase {
        if self.sent { Phase::End } else { Phase::Data }
    }
}

impl Client {
    pub(super) fn chunk(
        &mut self,
        transaction: Box<Transaction>,
        mut chunks: Chunks,
        bytes: &[u8],
    ) {
        match &mut chunks.lines {
            Some(lines) => lines.feed(bytes, &mut chunks.buffered),
            None => chunks.buffered.extend_from_slice(bytes),
        }
        if chunks.buffered.len() >= CHUNK_BYTES {
            self.send_chunk(&mut chunks, false);
        }
        self.more(transaction, chunks);
    }

    // Asks for more of the message, unless too many chunks are unanswered.
    fn more(&mut self, transaction: Box<Transaction>, chunks: Chunks) {
        let max = if self.capabilities.pipelining {
            UNANSWERED_MAX
        } else {
            1
        };
        self.flush();
        if chunks.unanswered >= max {
            self.since = self.now;
            self.state = State::Chunks(transaction, BodyTransfer::Chunks(chunks));
        } else {
            self.state = State::PendingQuery(PendingQuery::Body(
                transaction,
                BodyTransfer::Chunks(chunks),
            ));
            self.steps.push_back(Step::Query(Query::Body));
        }
    }

    /// `bdat-cmd = "BDAT" SP chunk-size [SP end-marker] CR LF` (RFC 3030 §2).
    fn send_chunk(&mut self, chunks: &mut Chunks, last: bool) {
        let size = chunks.buffered.len();
        let line = format!("BDAT {size}{}", if last { " LAST" } else { "" });
        if last || chunks.sent < SHOWN_MAX {
            self.steps.push_back(Step::Trace(trace::line(
                Speaker::Client,
                line.as_str(),
                self.stage,
                "smtp.bdat",
            )));
        }
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self.out.append(&mut chunks.buffered);
        chunks.bytes += size as u64;
        chunks.sent += 1;
        chunks.unanswered += 1;
        self.stage = "bdat";
    }

    pub(super) fn last_chunk(&mut self, transaction: Box<Transaction>, mut chunks: Chunks) {
        if let Some(lines) = chunks.lines.take() {
            lines.finish(&mut chunks.buffered);
        }
        self.send_chunk(&mut chunks, true);
        let length = chunks.bytes.to_string();
        self.steps.push_back(Step::Trace(trace::line(
            Speaker::Client,
            length,
            self.stage,
            "smtp.message",
        )));
        self.flush();
        self.since = self.now;
        self.state = State::End(
            transaction,
            PendingEnd {
                due: chunks.unanswered,
                sent: true,
                refused: None,
            },
        );
    }

    /// A reply to a chunk that is not the last.
    pub(super) fn chunk_replied(
        &mut self,
        transaction: Box<Transaction>,
        transfer: BodyTransfer,
        reply: Reply,
    ) {
        let BodyTransfer::Chunks(mut chunks) = transfer else {
            return self.close();
        };
        chunks.unanswered -= 1;
        if reply.code / 100 == 2 {
            return self.more(transaction, chunks);
        }
        // RFC 3030 §2: after a refusal the message is lost until RSET; chunks already sent
        // are still answered.
        let end = PendingEnd {
            due: chunks.unanswered,
            sent: false,
            refused: Some(reply),
        };
        self.settle(transaction, end, None);
    }

    /// A reply while the last one is awaited.
    pub(super) fn end_replied(
        &mut self,
        transaction: Box<Transaction>,
        mut end: PendingEnd,
        reply: Reply,
    ) {
        end.due -= 1;
        let good = reply.code / 100 == 2;
        if !good && end.due > 0 {
            end.refused.get_or_insert(reply);
            return self.settle(transaction, end, None);
        }
        self.settle(transaction, end, Some(reply));
    }

    fn settle(&mut self, transaction: Box<Transaction>, end: PendingEnd, last: Option<Reply>) {
        if end.due > 0 {
            self.state = State::End(transaction, end);
            return;
        }
        self.stage = "hello";
        // RFC 3030 §2: a transaction that ended before its last chunk needs RSET.
        self.reset = end.refused.is_some();
        let result = match (end.refused, last) {
            (Some(refused), _) => RecipientResult::rejected(Phase::Data, refused),
            (None, Some(reply)) if reply.code / 100 == 2 => {
                RecipientResult::remote(Phase::End, reply)
            }
            (None, Some(reply)) => RecipientResult::rejected(Phase::End, reply),
            (None, None) => RecipientResult::local(Phase::End, LocalFailure::ConnectionLost),
        };
        self.report(*transaction, result);
    }
}

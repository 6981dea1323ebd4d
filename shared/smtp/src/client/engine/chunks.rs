//! A message's body by BDAT (RFC 3030): chunks of a known size, several under way at once where
//! PIPELINING is offered, the last one marked. And the message's end, whichever way it went: the
//! replies that are still due, and what they come to.

use super::{Asking, Client, State};
use crate::client::transaction::Transaction;
use crate::client::words::{Ask, Fate};
use crate::dot::Stuffer;
use crate::trace;
use mail::Reply;
use mail::session::{Speaker, Step};

/// Octets of one chunk; the last may have fewer.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks said without their replies, where PIPELINING is offered.
const UNDER_WAY_MAX: usize = 8;
/// So many chunks of a message are shown in its journey, and the last one.
const SHOWN_MAX: usize = 4;

/// How the body goes.
pub(super) enum Way {
    /// DATA.
    Dots(Stuffer),
    /// BDAT.
    Chunks(Chunks),
}

impl Way {
    pub(super) fn of(transaction: &Transaction) -> Way {
        if !transaction.is_chunked() {
            return Way::Dots(Stuffer::default());
        }
        let lines = (!transaction.is_binary()).then(Stuffer::without_dots);
        Way::Chunks(Chunks {
            lines,
            gathered: Vec::new(),
            bytes: 0,
            said: 0,
            under_way: 0,
        })
    }
}

/// The chunks so far.
pub(super) struct Chunks {
    /// Makes line ends whole; none for a binary message (RFC 3030 §3).
    lines: Option<Stuffer>,
    gathered: Vec<u8>,
    bytes: u64,
    said: usize,
    under_way: usize,
}

/// Waiting for the message's last reply.
pub(super) struct Ending {
    /// Replies due, that one included.
    due: usize,
    /// The end was said; otherwise a chunk was refused, and the rest is kept back.
    said: bool,
    refused: Option<Reply>,
}

impl Ending {
    /// After the final dot.
    pub(super) fn dot() -> Ending {
        Ending {
            due: 1,
            said: true,
            refused: None,
        }
    }

    pub(super) fn is_said(&self) -> bool {
        self.said
    }

    pub(super) fn at(&self) -> &'static str {
        if self.said { "end" } else { "data" }
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
            Some(lines) => lines.feed(bytes, &mut chunks.gathered),
            None => chunks.gathered.extend_from_slice(bytes),
        }
        if chunks.gathered.len() >= CHUNK_BYTES {
            self.say_chunk(&mut chunks, false);
        }
        self.more(transaction, chunks);
    }

    // Asks for more of the message, unless enough is under way.
    fn more(&mut self, transaction: Box<Transaction>, chunks: Chunks) {
        let max = if self.offers.pipelining {
            UNDER_WAY_MAX
        } else {
            1
        };
        self.flush();
        if chunks.under_way >= max {
            self.since = self.now;
            self.state = State::Chunks(transaction, Way::Chunks(chunks));
        } else {
            self.state = State::Asking(Asking::Body(transaction, Way::Chunks(chunks)));
            self.steps.push_back(Step::Ask(Ask::Body));
        }
    }

    /// `bdat-cmd = "BDAT" SP chunk-size [SP end-marker] CR LF` (RFC 3030 §2).
    fn say_chunk(&mut self, chunks: &mut Chunks, last: bool) {
        let size = chunks.gathered.len();
        let line = format!("BDAT {size}{}", if last { " LAST" } else { "" });
        if last || chunks.said < SHOWN_MAX {
            self.steps.push_back(Step::Trace(trace::line(
                Speaker::Client,
                line.as_str(),
                self.stage,
                "smtp.bdat",
            )));
        }
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self.out.append(&mut chunks.gathered);
        chunks.bytes += size as u64;
        chunks.said += 1;
        chunks.under_way += 1;
        self.stage = "bdat";
    }

    pub(super) fn last_chunk(&mut self, transaction: Box<Transaction>, mut chunks: Chunks) {
        if let Some(lines) = chunks.lines.take() {
            lines.finish(&mut chunks.gathered);
        }
        self.say_chunk(&mut chunks, true);
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
            Ending {
                due: chunks.under_way,
                said: true,
                refused: None,
            },
        );
    }

    /// A reply to a chunk that is not the last.
    pub(super) fn chunk_replied(&mut self, transaction: Box<Transaction>, way: Way, reply: Reply) {
        let Way::Chunks(mut chunks) = way else {
            return self.close();
        };
        chunks.under_way -= 1;
        if reply.code / 100 == 2 {
            return self.more(transaction, chunks);
        }
        // RFC 3030 §2: after a refusal all is lost until RSET; what is under way is still answered.
        let ending = Ending {
            due: chunks.under_way,
            said: false,
            refused: Some(reply),
        };
        self.settle(transaction, ending, None);
    }

    /// A reply while the end is waited for.
    pub(super) fn end_replied(
        &mut self,
        transaction: Box<Transaction>,
        mut ending: Ending,
        reply: Reply,
    ) {
        ending.due -= 1;
        let good = reply.code / 100 == 2;
        if !good && ending.due > 0 {
            ending.refused.get_or_insert(reply);
            return self.settle(transaction, ending, None);
        }
        self.settle(transaction, ending, Some(reply));
    }

    fn settle(&mut self, transaction: Box<Transaction>, ending: Ending, last: Option<Reply>) {
        if ending.due > 0 {
            self.state = State::End(transaction, ending);
            return;
        }
        self.stage = "hello";
        // RFC 3030 §2: a transaction that ended before its last chunk needs RSET.
        self.reset = ending.refused.is_some();
        let fate = match (ending.refused, last) {
            (Some(refused), _) => Fate::refused("data", refused),
            (None, Some(reply)) if reply.code / 100 == 2 => Fate::theirs("end", reply),
            (None, Some(reply)) => Fate::refused("end", reply),
            (None, None) => Fate::ours("end", super::lost_words("end")),
        };
        self.ask(
            Asking::Outcome { close: false },
            Ask::Outcome(transaction.outcome(fate)),
        );
    }
}

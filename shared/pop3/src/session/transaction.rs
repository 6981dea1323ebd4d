//! The TRANSACTION state (RFC 1939 §5) and the transition to UPDATE (§6): STAT, LIST, UIDL, DELE,
//! RSET, QUIT. DELE only marks messages; the role removes them at QUIT.

use super::reading::Listing;
use super::{Server, State, Transaction, Work};
use crate::query::{Decision, Message, Query};
use crate::reply::ErrorReply;

impl Transaction {
    /// The message with that number and its index; `None` where it does not exist or is marked as
    /// deleted.
    pub(super) fn find(&self, number: u32) -> Option<(usize, Message)> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let message = *self.maildrop.messages.get(index)?;
        (!self.deleted.contains(&index)).then_some((index, message))
    }

    /// The number of unmarked messages and their total size.
    fn count(&self) -> (usize, u64) {
        let bytes = |m: &Message| u64::from(m.bytes);
        let all: u64 = self.maildrop.messages.iter().map(bytes).sum();
        let gone: u64 = self
            .deleted
            .iter()
            .filter_map(|i| self.maildrop.messages.get(*i))
            .map(bytes)
            .sum();
        (
            self.maildrop.messages.len() - self.deleted.len(),
            all - gone,
        )
    }
}

impl Server {
    pub(super) fn transaction(&mut self) -> Option<&mut Transaction> {
        match &mut self.state {
            State::Transaction(transaction) => Some(transaction),
            _ => None,
        }
    }

    pub(super) fn no_such_message(&mut self) {
        self.error(&ErrorReply::text("No such message"));
    }

    pub(super) fn stat(&mut self) {
        let Some((messages, bytes)) = self.transaction().map(|t| t.count()) else {
            return;
        };
        // RFC 1939 §5: two numbers and no further text.
        self.ok(&format!("{messages} {bytes}"));
    }

    pub(super) fn list(&mut self, number: Option<u32>, listing: Listing) {
        let Some(transaction) = self.transaction() else {
            return;
        };
        let Some(number) = number else {
            let (messages, bytes) = transaction.count();
            return self.begin_listing(listing, messages, bytes);
        };
        match transaction.find(number) {
            Some((index, message)) => {
                let line = listing.line(transaction.maildrop.validity, index, message);
                self.ok(&line);
            }
            None => self.no_such_message(),
        }
    }

    pub(super) fn dele(&mut self, number: u32) {
        let Some(transaction) = self.transaction() else {
            return;
        };
        match transaction.find(number) {
            Some((index, _)) => {
                transaction.deleted.insert(index);
                self.ok("Marked for deletion");
            }
            None => self.no_such_message(),
        }
    }

    pub(super) fn rset(&mut self) {
        let Some(transaction) = self.transaction() else {
            return;
        };
        transaction.deleted.clear();
        let (messages, bytes) = transaction.count();
        self.ok(&format!(
            "Deletion marks removed; {messages} messages ({bytes} octets)"
        ));
    }

    pub(super) fn quit(&mut self) {
        let before = self.state.name();
        let Some(transaction) = self.transaction() else {
            self.output.ok("Logging out", before, before);
            return self.close();
        };
        let left = transaction.maildrop.messages.len() - transaction.deleted.len();
        let deleted: Vec<u32> = transaction
            .deleted
            .iter()
            .map(|i| transaction.maildrop.messages[*i].uid)
            .collect();
        self.state = State::Update;
        // Asked even where nothing is marked: the role releases the lock before the client gets the
        // reply.
        self.ask(Query::Update { deleted }, Work::Updating(left));
    }

    pub(super) fn updated(&mut self, left: usize, answer: Decision) {
        match answer {
            Decision::Done => self.output.ok(
                &format!("Logging out; messages left: {left}"),
                "transaction",
                "update",
            ),
            Decision::Refused(refusal) => {
                self.output.error(&refusal.into(), "transaction", "update");
            }
            Decision::Maildrop(_) | Decision::Bytes(_) => return self.unexpected_decision(),
        }
        self.close();
    }
}

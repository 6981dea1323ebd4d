//! Transfers one message: envelope, body and end. Extends the client's engine; the opening and the
//! timers are elsewhere.

use super::chunks::{BodyTransfer, PendingEnd};
use super::{Client, PendingQuery, SEND_BYTES, State};
use crate::client::interface::{
    Decision, LocalFailure, OutgoingMessage, Phase, Query, RecipientResult,
};
use crate::client::transaction::{Progress, Transaction};
use crate::dot::Stuffer;
use crate::trace;
use mail::Reply;
use mail::session::{Speaker, Step};

impl Client {
    pub(super) fn begin(&mut self, message: OutgoingMessage) {
        self.since = self.now;
        let mut refusal = Transaction::unsendable(&message, &self.capabilities);
        if message.recipients.is_empty() {
            refusal.get_or_insert(RecipientResult::local(
                Phase::Mail,
                LocalFailure::ConnectionLost,
            ));
        }
        let binary = message.body == mail::BodyKind::Binary;
        let chunking = self.capabilities.chunking && (self.config.chunking || binary);
        let mut transaction = Box::new(Transaction::new(
            message,
            self.reset,
            chunking,
            &self.capabilities,
        ));
        if let Some(refusal) = refusal {
            return self.report(*transaction, refusal);
        }
        // A reply that came without a command is 421, or noise that would be taken for the reply to
        // MAIL.
        match self.replies.next() {
            Ok(None) => {
                self.messages += 1;
                self.state = State::Envelope(transaction);
                self.send_envelope();
            }
            Ok(Some(reply)) if reply.code == 421 => {
                self.state = State::Envelope(transaction);
                self.reply(reply);
            }
            _ => {
                let failure = LocalFailure::UnsolicitedReply;
                transaction.set_undecided(RecipientResult::local(Phase::Mail, failure));
                self.state = State::Envelope(transaction);
                self.fail(
                    RecipientResult::local(Phase::Mail, LocalFailure::ConnectionLost),
                    true,
                );
            }
        }
    }

    /// Gives the role the results; recipients that have none get `rest`.
    pub(super) fn report(&mut self, transaction: Transaction, rest: RecipientResult) {
        self.ask(
            PendingQuery::Results { close: false },
            Query::Results(transaction.results(rest)),
        );
    }

    fn body(&mut self, transaction: Box<Transaction>, mut stuffer: Stuffer, bytes: &[u8]) {
        stuffer.feed(bytes, &mut self.out);
        if self.out.len() >= SEND_BYTES {
            self.flush();
        }
        self.state =
            State::PendingQuery(PendingQuery::Body(transaction, BodyTransfer::Data(stuffer)));
        self.steps.push_back(Step::Query(Query::Body));
    }

    fn finish_message(&mut self, transaction: Box<Transaction>, stuffer: Stuffer) {
        let bytes = stuffer.bytes().to_string();
        for (text, explain) in [(bytes.as_str(), "smtp.message"), (".", "smtp.dot")] {
            let line = trace::line(Speaker::Client, text, "data", explain);
            self.steps.push_back(Step::Trace(line));
        }
        stuffer.finish(&mut self.out);
        self.flush();
        self.since = self.now;
        self.state = State::End(transaction, PendingEnd::dot());
    }

    pub(super) fn envelope_replied(&mut self, mut transaction: Box<Transaction>, reply: Reply) {
        let phase = transaction
            .awaited()
            .map_or(Phase::Mail, |command| command.phase());
        if reply.code / 100 == 2 || reply.code == 354 {
            self.stage = phase.name();
        }
        match transaction.replied(reply) {
            Progress::Open => {
                self.state = State::Envelope(transaction);
                self.send_envelope();
            }
            Progress::SendBody => {
                let transfer = BodyTransfer::of(&transaction);
                self.ask(PendingQuery::Body(transaction, transfer), Query::Body);
            }
            Progress::SendNothing => self.finish_message(transaction, Stuffer::default()),
            Progress::NoRecipients => {
                self.reset = true;
                self.stage = "hello";
                self.report(
                    *transaction,
                    RecipientResult::local(phase, LocalFailure::ConnectionLost),
                );
            }
        }
    }

    // Sends as many commands of the envelope as may be outstanding now.
    fn send_envelope(&mut self) {
        let State::Envelope(mut transaction) = self.take_state() else {
            return;
        };
        while let Some((command, line)) = transaction.next(&self.capabilities) {
            self.send_line(&line, None, command.explain());
        }
        self.since = self.now;
        self.state = State::Envelope(transaction);
    }

    pub(super) fn body_decided(
        &mut self,
        transaction: Box<Transaction>,
        transfer: BodyTransfer,
        decision: Decision,
    ) {
        let ended = self.ended;
        match (decision, transfer) {
            (Decision::Body(bytes), BodyTransfer::Data(stuffer)) if !ended => {
                self.body(transaction, stuffer, &bytes);
            }
            (Decision::BodyEnd, BodyTransfer::Data(stuffer)) if !ended => {
                self.finish_message(transaction, stuffer);
            }
            (Decision::Body(bytes), BodyTransfer::Chunks(chunks)) if !ended => {
                self.chunk(transaction, chunks, &bytes);
            }
            (Decision::BodyEnd, BodyTransfer::Chunks(chunks)) if !ended => {
                self.last_chunk(transaction, chunks);
            }
            (_, transfer) => {
                // A part of a message must not look like a whole one: nothing more is sent, not
                // even the bytes that are buffered.
                self.out.clear();
                let failure = if ended {
                    LocalFailure::ConnectionLost
                } else {
                    LocalFailure::MessageUnreadable
                };
                self.state = State::PendingQuery(PendingQuery::Body(transaction, transfer));
                self.fail(RecipientResult::local(Phase::Data, failure), true);
            }
        }
    }
}

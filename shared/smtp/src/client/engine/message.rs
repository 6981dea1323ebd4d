//! A message's passing: its envelope, its body, its end. Extends the client's engine; the opening
//! and the time are not here.

use super::chunks::{Ending, Way};
use super::{Asking, Client, SEND_BYTES, State, lost_words};
use crate::client::transaction::{Standing, Transaction};
use crate::client::words::{Answer, Ask, Fate, OutgoingMessage};
use crate::dot::Stuffer;
use crate::trace;
use mail::Reply;
use mail::session::{Speaker, Step};

impl Client {
    pub(super) fn begin(&mut self, message: OutgoingMessage) {
        self.since = self.now;
        let refusal = Transaction::unsendable(&message, &self.offers);
        let nobody = message.recipients.is_empty();
        let binary = message.body == mail::BodyKind::Binary;
        let chunking = self.offers.chunking && (self.config.chunking || binary);
        let mut transaction = Box::new(Transaction::new(
            message,
            self.reset,
            chunking,
            &self.offers,
        ));
        if nobody || refusal.is_some() {
            let fate = Fate::ours("mail", refusal.unwrap_or_else(|| lost_words("mail")));
            return self.ask(
                Asking::Outcome { close: false },
                Ask::Outcome(transaction.outcome(fate)),
            );
        }
        // What was said while nothing was asked is 421, or noise that would be taken for a reply to
        // MAIL.
        match self.replies.next() {
            Ok(None) => {
                self.messages += 1;
                self.state = State::Envelope(transaction);
                self.fill();
            }
            Ok(Some(reply)) if reply.code == 421 => {
                self.state = State::Envelope(transaction);
                self.reply(reply);
            }
            _ => {
                transaction.all_undecided(Fate::ours(
                    "mail",
                    Reply::new(451, (4, 5, 0), "the other host spoke without being asked"),
                ));
                self.state = State::Envelope(transaction);
                self.over(Fate::ours("mail", lost_words("mail")), true);
            }
        }
    }

    fn body(&mut self, transaction: Box<Transaction>, mut stuffer: Stuffer, bytes: &[u8]) {
        stuffer.feed(bytes, &mut self.out);
        if self.out.len() >= SEND_BYTES {
            self.flush();
        }
        self.state = State::Asking(Asking::Body(transaction, Way::Dots(stuffer)));
        self.steps.push_back(Step::Ask(Ask::Body));
    }

    fn finish_message(&mut self, transaction: Box<Transaction>, stuffer: Stuffer) {
        let length = stuffer.bytes().to_string();
        self.steps.push_back(Step::Trace(trace::line(
            Speaker::Client,
            length,
            "data",
            "smtp.message",
        )));
        self.steps.push_back(Step::Trace(trace::line(
            Speaker::Client,
            ".",
            "data",
            "smtp.dot",
        )));
        stuffer.finish(&mut self.out);
        self.flush();
        self.since = self.now;
        self.state = State::End(transaction, Ending::dot());
    }

    pub(super) fn envelope_replied(&mut self, mut transaction: Box<Transaction>, reply: Reply) {
        let at = transaction.awaited().map_or("mail", |said| said.at());
        if reply.code / 100 == 2 || reply.code == 354 {
            self.stage = at;
        }
        match transaction.replied(reply) {
            Standing::Open => {
                self.state = State::Envelope(transaction);
                self.fill();
            }
            Standing::Send => {
                let way = Way::of(&transaction);
                self.ask(Asking::Body(transaction, way), Ask::Body);
            }
            Standing::SendNothing => self.finish_message(transaction, Stuffer::default()),
            Standing::Over => {
                self.reset = true;
                self.stage = "hello";
                let rest = Fate::ours(at, lost_words(at));
                self.ask(
                    Asking::Outcome { close: false },
                    Ask::Outcome(transaction.outcome(rest)),
                );
            }
        }
    }

    // Says as much of the envelope as may be said now.
    fn fill(&mut self) {
        let State::Envelope(mut transaction) = self.take_state() else {
            return;
        };
        while let Some((said, line)) = transaction.next(&self.offers) {
            self.say(&line, None, said.explain());
        }
        self.since = self.now;
        self.state = State::Envelope(transaction);
    }

    pub(super) fn body_answered(
        &mut self,
        transaction: Box<Transaction>,
        way: Way,
        answer: Answer,
    ) {
        let ended = self.ended;
        match (answer, way) {
            (Answer::Body(bytes), Way::Dots(stuffer)) if !ended => {
                self.body(transaction, stuffer, &bytes)
            }
            (Answer::BodyEnd, Way::Dots(stuffer)) if !ended => {
                self.finish_message(transaction, stuffer)
            }
            (Answer::Body(bytes), Way::Chunks(chunks)) if !ended => {
                self.chunk(transaction, chunks, &bytes)
            }
            (Answer::BodyEnd, Way::Chunks(chunks)) if !ended => {
                self.last_chunk(transaction, chunks)
            }
            (_, way) => {
                // Half a message must not look like a whole one: nothing more is sent, not even what
                // was gathered.
                self.out.clear();
                let words = if ended {
                    lost_words("data")
                } else {
                    Reply::new(451, (4, 3, 0), "the message could not be read")
                };
                self.state = State::Asking(Asking::Body(transaction, way));
                self.over(Fate::ours("data", words), true);
            }
        }
    }
}

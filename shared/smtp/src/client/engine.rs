//! The client session itself: says what the opening and the transaction want said, streams the
//! body, keeps the time.

mod chunks;
mod message;
mod open;

use super::config::Config;
use super::opening::{self, Opening, Say};
use super::reply::Replies;
use super::transaction::Transaction;
use super::words::{Answer, Ask, Fate, Notice, Offers};
use crate::trace;
use chunks::{Ending, Way};
use mail::session::{Session, Speaker, Step, TlsInfo};
use mail::{Reply, Time};
use sasl::client::Identity;
use std::collections::VecDeque;
use std::sync::Arc;

/// So many octets of a message are gathered before they are sent.
const SEND_BYTES: usize = 32 * 1024;

enum State {
    /// Not begun.
    New,
    Opening(Opening),
    Handshake,
    Asking(Asking),
    Envelope(Box<Transaction>),
    /// Enough chunks are under way.
    Chunks(Box<Transaction>, Way),
    /// The message's end is sent, or nothing more of it will be.
    End(Box<Transaction>, Ending),
    /// No message, perhaps another soon.
    Resting,
    Quit,
    Closed,
}

enum Asking {
    Tls,
    Next,
    Body(Box<Transaction>, Way),
    Outcome { close: bool },
    Failed { close: bool },
}

/// One outgoing conversation.
pub struct Client {
    state: State,
    stage: &'static str,
    config: Arc<Config>,
    in_tls: bool,
    verified: bool,
    identity: Option<Identity>,
    /// Messages begun on this connection.
    messages: u32,
    /// [`Notice::Ready`] came while nobody rested.
    woken: bool,
    offers: Offers,
    replies: Replies,
    ended: bool,
    shutdown: bool,
    /// A transaction was left open: RSET before the next.
    reset: bool,
    out: Vec<u8>,
    steps: VecDeque<Step<Ask>>,
    now: Time,
    since: Time,
}

impl Client {
    /// A session on a connection just made; `in_tls` where TLS began with it.
    pub fn new(config: Arc<Config>, in_tls: bool) -> Client {
        let identity = config.login.as_ref().map(|login| Identity {
            user: login.user.clone(),
            secret: login.secret.clone(),
            nonce: None,
            binding: None,
        });
        Client {
            state: State::New,
            stage: "connected",
            config,
            in_tls,
            verified: false,
            identity,
            messages: 0,
            woken: false,
            offers: Offers::default(),
            replies: Replies::default(),
            ended: false,
            shutdown: false,
            reset: false,
            out: Vec::new(),
            steps: VecDeque::new(),
            now: Time::default(),
            since: Time::default(),
        }
    }

    /// Fresh random bytes for this connection: without them SCRAM is not spoken.
    pub fn with_chance(mut self, rng: [u8; sasl::server::CHANCE_BYTES]) -> Client {
        if let Some(identity) = &mut self.identity {
            identity.nonce = Some(sasl::encode(&rng));
        }
        self
    }

    /// The handshake of a connection that began in TLS.
    pub fn with_tls(mut self, tls: &TlsInfo) -> Client {
        self.sealed(tls);
        self
    }

    fn sealed(&mut self, tls: &TlsInfo) {
        self.in_tls = true;
        self.verified = tls.verified;
        if let Some(identity) = &mut self.identity {
            identity.binding = tls.exporter.clone();
        }
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Closed)
    }

    fn say(&mut self, line: &str, shown: Option<String>, explain: &'static str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        let said = match shown {
            Some(shown) => trace::redacted(Speaker::Client, shown, self.stage, explain),
            None => trace::line(Speaker::Client, line, self.stage, explain),
        };
        self.steps.push_back(Step::Trace(said));
    }

    fn ask(&mut self, asking: Asking, ask: Ask) {
        self.flush();
        self.state = State::Asking(asking);
        self.steps.push_back(Step::Ask(ask));
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            self.steps
                .push_back(Step::Send(std::mem::take(&mut self.out)));
        }
    }

    fn close(&mut self) {
        self.flush();
        self.state = State::Closed;
        self.stage = "closed";
        self.replies.clear();
        self.steps.push_back(Step::Done);
    }

    // One reply, or nothing: then false.
    fn work(&mut self) -> bool {
        if matches!(self.state, State::New | State::Asking(_) | State::Closed) {
            return false;
        }
        if matches!(self.state, State::Handshake) {
            if self.ended {
                self.lost(lost_in_handshake());
            }
            return self.ended;
        }
        match self.replies.next() {
            Ok(Some(reply)) => self.reply(reply),
            // A connection that rests may be ended by either side.
            Ok(None) if self.ended && matches!(self.state, State::Resting) => self.close(),
            Ok(None) if self.ended => self.lost(Reply::new(
                451,
                (4, 4, 2),
                format!("the connection was lost at: {}", self.at()),
            )),
            Ok(None) => return false,
            Err(_) => {
                self.ended = true;
                self.lost(Reply::new(
                    451,
                    (4, 5, 0),
                    "what the other host sent is no SMTP reply",
                ));
            }
        }
        true
    }

    fn reply(&mut self, reply: Reply) {
        self.since = self.now;
        let traced = self.steps.len();
        let before = self.stage;
        self.steps.push_back(Step::Trace(trace::reply(
            &reply.to_wire(),
            reply.code,
            before,
            before,
        )));
        // RFC 5321 §3.8: 421 may come in place of any reply, and ends the conversation.
        if reply.code == 421 {
            let fate = Fate::theirs(self.at(), reply);
            self.over(fate, true);
        } else {
            self.replied(reply);
        }
        if let Some(Step::Trace(line)) = self.steps.get_mut(traced) {
            line.after = self.stage;
        }
    }

    fn replied(&mut self, reply: Reply) {
        match self.take_state() {
            State::Opening(opening) => self.opening_replied(opening, reply),
            State::Envelope(transaction) => self.envelope_replied(transaction, reply),
            State::Chunks(transaction, way) => self.chunk_replied(transaction, way, reply),
            State::End(transaction, ending) => self.end_replied(transaction, ending, reply),
            // The 221, whatever it says.
            _ => self.close(),
        }
    }

    // Where the conversation stands, for a fate.
    fn at(&self) -> &'static str {
        match &self.state {
            State::Opening(opening) => opening.at(),
            State::Handshake | State::Asking(Asking::Tls) => "tls",
            State::Envelope(transaction) => transaction.awaited().map_or("mail", |said| said.at()),
            State::Asking(Asking::Body(..)) | State::Chunks(..) => "data",
            State::End(_, ending) => ending.at(),
            _ => "mail",
        }
    }

    // The connection is of no more use.
    fn lost(&mut self, words: Reply) {
        let mut fate = Fate::ours(self.at(), words);
        // RFC 1047: the message may have been taken.
        fate.uncertain = matches!(&self.state, State::End(_, ending) if ending.is_said());
        self.over(fate, true);
    }

    // All that is undecided gets this fate.
    fn over(&mut self, fate: Fate, close: bool) {
        match self.take_state() {
            State::Opening(_) | State::Handshake => {
                self.stage = "closed";
                self.ask(Asking::Failed { close }, Ask::Failed(fate));
            }
            State::Envelope(transaction)
            | State::Chunks(transaction, _)
            | State::End(transaction, _)
            | State::Asking(Asking::Body(transaction, _)) => {
                self.stage = "closed";
                self.ask(
                    Asking::Outcome { close },
                    Ask::Outcome(transaction.outcome(fate)),
                );
            }
            _ => self.close(),
        }
    }

    fn answered(&mut self, asking: Asking, answer: Answer) {
        match (asking, answer) {
            (Asking::Tls, Answer::Go) => {
                let (
                    next,
                    Say {
                        line,
                        shown,
                        explain,
                    },
                ) = opening::ehlo(&self.config);
                self.say(&line, shown, explain);
                self.since = self.now;
                self.state = State::Opening(next);
            }
            (Asking::Next, Answer::Message(message)) => self.begin(message),
            (Asking::Next, Answer::Wait) if !std::mem::take(&mut self.woken) => {
                self.since = self.now;
                self.state = State::Resting;
            }
            (Asking::Next, Answer::Wait) => self.next_message(),
            (Asking::Next, Answer::Quit | Answer::Go) => self.quit(),
            (Asking::Body(transaction, way), answer) => {
                self.body_answered(transaction, way, answer)
            }
            (Asking::Outcome { close: false }, Answer::Go) => self.next_message(),
            (Asking::Failed { close: false }, Answer::Go) => self.quit(),
            _ => self.close(),
        }
    }
}

fn lost_words(at: &str) -> Reply {
    Reply::new(451, (4, 4, 2), format!("the connection was lost at: {at}"))
}

fn lost_in_handshake() -> Reply {
    Reply::new(450, (4, 7, 5), "the TLS handshake failed")
}

impl Session for Client {
    type Ask = Ask;
    type Answer = Answer;
    type Notice = Notice;

    fn start(&mut self, now: Time) {
        (self.now, self.since) = (now, now);
        self.state = State::Opening(Opening::Greeting);
    }

    fn receive(&mut self, bytes: &[u8], now: Time) {
        self.now = now;
        if !matches!(self.state, State::Handshake | State::Closed) {
            self.replies.push(bytes);
        }
    }

    fn closed(&mut self, now: Time) {
        self.now = now;
        self.ended = true;
    }

    fn answer(&mut self, answer: Answer, now: Time) {
        self.now = now;
        match self.take_state() {
            State::Asking(asking) => self.answered(asking, answer),
            other => self.state = other,
        }
    }

    fn notice(&mut self, notice: Notice, now: Time) {
        self.now = now;
        match notice {
            Notice::Shutdown => self.shutdown = true,
            Notice::Ready => self.woken = true,
        }
        if matches!(self.state, State::Resting) {
            self.woken = false;
            self.next_message();
        }
    }

    fn tls_started(&mut self, tls: TlsInfo, now: Time) {
        (self.now, self.since) = (now, now);
        if matches!(self.state, State::Handshake) {
            self.sealed(&tls);
            self.ask(Asking::Tls, Ask::TlsStarted(tls));
        }
    }

    fn deadline(&self) -> Option<Time> {
        let timeouts = &self.config.timeouts;
        let wait = match &self.state {
            State::Opening(Opening::Greeting) => timeouts.greeting,
            State::Opening(_) | State::Handshake => timeouts.hello,
            State::Envelope(transaction) => match transaction.awaited().map(|said| said.at()) {
                Some("rcpt") => timeouts.rcpt,
                Some("data") => timeouts.data,
                _ => timeouts.mail,
            },
            State::Chunks(..) | State::End(..) => timeouts.end,
            State::Resting => timeouts.rest,
            State::Quit => timeouts.quit,
            State::New | State::Asking(_) | State::Closed => return None,
        };
        Some(self.since + wait)
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            if matches!(self.state, State::Resting) {
                return self.quit();
            }
            self.ended = true;
            match self.state {
                State::Handshake => self.lost(lost_in_handshake()),
                _ => self.lost(Reply::new(
                    451,
                    (4, 4, 2),
                    format!("the other host did not answer in time at: {}", self.at()),
                )),
            }
        }
    }

    fn step(&mut self) -> Option<Step<Ask>> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            if self.work() {
                continue;
            }
            // A message's bytes are gathered while the role is asked for more.
            if !matches!(self.state, State::Asking(_)) {
                self.flush();
            }
            if self.steps.is_empty() {
                return None;
            }
        }
    }
}

//! The client session: sends the commands of the opening and of transactions, streams the body, and
//! enforces the timeouts.

mod chunks;
mod opening;
mod transfer;

use super::config::Config;
use super::handshake::{self, Command, Opening};
use super::interface::{
    Capabilities, Decision, LocalFailure, Notice, Phase, Query, RecipientResult,
};
use super::reply::ReplyReader;
use super::transaction::Transaction;
use crate::trace;
use chunks::{BodyTransfer, PendingEnd};
use mail::session::{Session, Speaker, Step, TlsInfo};
use mail::{Reply, Time};
use sasl::client::Identity;
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of a message that are buffered before they are sent.
const SEND_BYTES: usize = 32 * 1024;

enum State {
    /// Not started.
    New,
    Opening(Opening),
    Handshake,
    PendingQuery(PendingQuery),
    Envelope(Box<Transaction>),
    /// As many chunks as allowed are unanswered.
    Chunks(Box<Transaction>, BodyTransfer),
    /// The message's end is sent, or nothing more of it will be sent.
    End(Box<Transaction>, PendingEnd),
    /// No message; waiting for another.
    Idle,
    Quit,
    Closed,
}

enum PendingQuery {
    Tls,
    Next,
    Body(Box<Transaction>, BodyTransfer),
    Results { close: bool },
    Failed { close: bool },
}

/// One outgoing session.
pub struct Client {
    state: State,
    stage: &'static str,
    config: Arc<Config>,
    in_tls: bool,
    verified: bool,
    identity: Option<Identity>,
    /// Messages begun on this connection.
    messages: u32,
    /// [`Notice::Ready`] came while the connection was not idle.
    woken: bool,
    capabilities: Capabilities,
    replies: ReplyReader,
    ended: bool,
    shutdown: bool,
    /// A transaction was left open: RSET before the next.
    reset: bool,
    out: Vec<u8>,
    steps: VecDeque<Step<Query>>,
    now: Time,
    since: Time,
}

impl Client {
    /// A session on a new connection; `in_tls` where TLS began with it.
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
            capabilities: Capabilities::default(),
            replies: ReplyReader::default(),
            ended: false,
            shutdown: false,
            reset: false,
            out: Vec::new(),
            steps: VecDeque::new(),
            now: Time::default(),
            since: Time::default(),
        }
    }

    /// Fresh random bytes for this connection: without them SCRAM is not used.
    pub fn with_rng(mut self, rng: [u8; sasl::server::RANDOM_BYTES]) -> Client {
        if let Some(identity) = &mut self.identity {
            identity.nonce = Some(sasl::encode(&rng));
        }
        self
    }

    /// The handshake of a connection that began in TLS.
    pub fn with_tls(mut self, tls: &TlsInfo) -> Client {
        self.set_tls(tls);
        self
    }

    fn set_tls(&mut self, tls: &TlsInfo) {
        self.in_tls = true;
        self.verified = tls.verified;
        if let Some(identity) = &mut self.identity {
            identity.binding = tls.exporter.clone();
        }
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Closed)
    }

    fn send_line(&mut self, line: &str, shown: Option<String>, explain: &'static str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        let line = match shown {
            Some(shown) => trace::redacted(Speaker::Client, shown, self.stage, explain),
            None => trace::line(Speaker::Client, line, self.stage, explain),
        };
        self.steps.push_back(Step::Trace(line));
    }

    fn ask(&mut self, asking: PendingQuery, query: Query) {
        self.flush();
        self.state = State::PendingQuery(asking);
        self.steps.push_back(Step::Query(query));
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

    // Processes one reply; false where there is none.
    fn work(&mut self) -> bool {
        if matches!(
            self.state,
            State::New | State::PendingQuery(_) | State::Closed
        ) {
            return false;
        }
        if matches!(self.state, State::Handshake) {
            if self.ended {
                self.lost(LocalFailure::HandshakeFailed);
            }
            return self.ended;
        }
        match self.replies.next() {
            Ok(Some(reply)) => self.reply(reply),
            // An idle connection may be ended by either side.
            Ok(None) if self.ended && matches!(self.state, State::Idle) => self.close(),
            Ok(None) if self.ended => self.lost(LocalFailure::ConnectionLost),
            Ok(None) => return false,
            Err(_) => {
                self.ended = true;
                self.lost(LocalFailure::NotSmtp);
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
        // RFC 5321 §3.8: 421 may come in place of any reply, and ends the session.
        if reply.code == 421 {
            let result = RecipientResult::remote(self.phase(), reply);
            self.fail(result, true);
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
            State::Chunks(transaction, transfer) => {
                self.chunk_replied(transaction, transfer, reply);
            }
            State::End(transaction, end) => self.end_replied(transaction, end, reply),
            // The reply to QUIT, whatever it is.
            _ => self.close(),
        }
    }

    // The current phase, for a result.
    fn phase(&self) -> Phase {
        match &self.state {
            State::Opening(opening) => opening.phase(),
            State::Handshake | State::PendingQuery(PendingQuery::Tls) => Phase::Tls,
            State::Envelope(transaction) => transaction
                .awaited()
                .map_or(Phase::Mail, |command| command.phase()),
            State::PendingQuery(PendingQuery::Body(..)) | State::Chunks(..) => Phase::Data,
            State::End(_, end) => end.phase(),
            _ => Phase::Mail,
        }
    }

    // The connection cannot be used any more.
    fn lost(&mut self, failure: LocalFailure) {
        let mut result = RecipientResult::local(self.phase(), failure);
        // RFC 1047: the message may have been accepted.
        result.uncertain = matches!(&self.state, State::End(_, end) if end.is_sent());
        self.fail(result, true);
    }

    // Every undecided recipient gets this result.
    fn fail(&mut self, result: RecipientResult, close: bool) {
        match self.take_state() {
            State::Opening(_) | State::Handshake => {
                self.stage = "closed";
                self.ask(PendingQuery::Failed { close }, Query::Failed(result));
            }
            State::Envelope(transaction)
            | State::Chunks(transaction, _)
            | State::End(transaction, _)
            | State::PendingQuery(PendingQuery::Body(transaction, _)) => {
                self.stage = "closed";
                self.ask(
                    PendingQuery::Results { close },
                    Query::Results(transaction.results(result)),
                );
            }
            _ => self.close(),
        }
    }

    fn decided(&mut self, asking: PendingQuery, answer: Decision) {
        match (asking, answer) {
            (PendingQuery::Tls, Decision::Go) => {
                let (
                    next,
                    Command {
                        line,
                        shown,
                        explain,
                    },
                ) = handshake::ehlo(&self.config);
                self.send_line(&line, shown, explain);
                self.since = self.now;
                self.state = State::Opening(next);
            }
            (PendingQuery::Next, Decision::Message(message)) => self.begin(message),
            (PendingQuery::Next, Decision::Wait) if !std::mem::take(&mut self.woken) => {
                self.since = self.now;
                self.state = State::Idle;
            }
            (PendingQuery::Next, Decision::Wait) => self.next_message(),
            (PendingQuery::Next, Decision::Quit | Decision::Go) => self.quit(),
            (PendingQuery::Body(transaction, transfer), answer) => {
                self.body_decided(transaction, transfer, answer);
            }
            (PendingQuery::Results { close: false }, Decision::Go) => self.next_message(),
            (PendingQuery::Failed { close: false }, Decision::Go) => self.quit(),
            _ => self.close(),
        }
    }
}

impl Session for Client {
    type Query = Query;
    type Decision = Decision;
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

    fn answer(&mut self, answer: Decision, now: Time) {
        self.now = now;
        match self.take_state() {
            State::PendingQuery(asking) => self.decided(asking, answer),
            other => self.state = other,
        }
    }

    fn notice(&mut self, notice: Notice, now: Time) {
        self.now = now;
        match notice {
            Notice::Shutdown => self.shutdown = true,
            Notice::Ready => self.woken = true,
        }
        if matches!(self.state, State::Idle) {
            self.woken = false;
            self.next_message();
        }
    }

    fn tls_started(&mut self, tls: TlsInfo, now: Time) {
        (self.now, self.since) = (now, now);
        if matches!(self.state, State::Handshake) {
            self.set_tls(&tls);
            self.ask(PendingQuery::Tls, Query::TlsStarted(tls));
        }
    }

    fn deadline(&self) -> Option<Time> {
        let timeouts = &self.config.timeouts;
        let wait = match &self.state {
            State::Opening(Opening::Greeting) => timeouts.greeting,
            State::Opening(_) | State::Handshake => timeouts.hello,
            State::Envelope(transaction) => {
                match transaction.awaited().map(|command| command.phase()) {
                    Some(Phase::Rcpt) => timeouts.rcpt,
                    Some(Phase::Data) => timeouts.data,
                    _ => timeouts.mail,
                }
            }
            State::Chunks(..) | State::End(..) => timeouts.end,
            State::Idle => timeouts.rest,
            State::Quit => timeouts.quit,
            State::New | State::PendingQuery(_) | State::Closed => return None,
        };
        Some(self.since + wait)
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            if matches!(self.state, State::Idle) {
                return self.quit();
            }
            self.ended = true;
            self.lost(match self.state {
                State::Handshake => LocalFailure::HandshakeFailed,
                _ => LocalFailure::Timeout,
            });
        }
    }

    fn step(&mut self) -> Option<Step<Query>> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            if self.work() {
                continue;
            }
            // A message's bytes are buffered while the role is asked for more.
            if !matches!(self.state, State::PendingQuery(_)) {
                self.flush();
            }
            if self.steps.is_empty() {
                return None;
            }
        }
    }
}

//! The server session: passes lines to the commands and bytes to DATA, carries out what they
//! decide, and enforces the time limits. Contains no rules of single commands.

mod lines;

use super::commands;
use super::config::Config;
use super::input::{Framed, Input};
use super::interface::{Decision, Notice, Query};
use super::state::{ConnectionState, Next, PendingDecision, Stage, State};
use super::{chunks, data, hello, replies, tls};
use crate::trace;
use mail::session::{LineKind, Session, Speaker, Step, TlsInfo};
use mail::{Duration, Time};
use sasl::server::Rng;
use std::collections::VecDeque;
use std::sync::Arc;

/// One client's session.
pub struct Server {
    state: State,
    /// The last stage; unchanged while the role is asked.
    stage: Stage,
    connection: ConnectionState,
    input: Input,
    /// The peer will send nothing more.
    ended: bool,
    shutdown: bool,
    /// Replies not yet sent: those of a pipelined group are sent together (RFC 2920 §3.2).
    out: Vec<u8>,
    steps: VecDeque<Step<Query>>,
    /// The current reply may wait for others of its group.
    grouped: bool,
    errors: u32,
    idle_commands: u32,
    /// The current chunk is not traced: only the first chunks of a message and the last one are.
    quiet: bool,
    /// The previous line was AUTH: an unknown command may be a secret that was sent too early.
    after_auth: bool,
    since_connect: Time,
    since_line: Time,
    since_mail: Time,
}

impl Server {
    /// A session on a new connection; `in_tls` where TLS began with it (port 465, RFC 8314 §3.3).
    pub fn new(config: Arc<Config>, in_tls: bool) -> Server {
        let connection = ConnectionState {
            config,
            in_tls,
            authenticated: false,
            trusted: false,
            rng: None,
            binding: None,
            now: Time::default(),
            auth_failures: 0,
            messages: 0,
        };
        Server {
            state: State::Connected,
            stage: Stage::Connected,
            connection,
            input: Input::default(),
            ended: false,
            shutdown: false,
            out: Vec::new(),
            steps: VecDeque::new(),
            grouped: false,
            errors: 0,
            idle_commands: 0,
            quiet: false,
            after_auth: false,
            since_connect: Time::default(),
            since_line: Time::default(),
            since_mail: Time::default(),
        }
    }

    /// Random bytes that no other connection has: without them CRAM-MD5 and SCRAM are not offered.
    pub fn with_rng(mut self, seed: [u8; 32]) -> Server {
        self.connection.rng = Some(Rng::new(seed));
        self
    }

    /// The handshake of a connection that began in TLS, for logins that are bound to it.
    pub fn with_tls(mut self, tls: &TlsInfo) -> Server {
        self.connection.in_tls = true;
        self.connection.binding = tls.exporter.clone();
        self
    }

    /// The client comes from a network that may submit without TLS and without AUTH.
    pub fn trusted(mut self) -> Server {
        self.connection.trusted = true;
        self
    }

    fn waits_for_others(&self) -> bool {
        matches!(
            self.state,
            State::PendingDecision(_) | State::Handshake | State::Closed
        )
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Closed)
    }

    // Processes one command or one piece of a message; false where there is none.
    fn work(&mut self) -> bool {
        if self.shutdown {
            self.apply(Next::close(replies::shutdown(&self.connection.config.host)));
            return true;
        }
        if matches!(self.state, State::Data(_)) {
            return self.receive_message();
        }
        if matches!(self.state, State::Chunk(_)) {
            return self.receive_chunk();
        }
        match self
            .input
            .line(commands::line_bytes_max(&self.state, &self.connection))
        {
            Framed::None => return false,
            Framed::TooLong => self.reject_line("…".to_owned(), true),
            Framed::BareEnd(range) => {
                let bytes = self.input.take();
                let text = String::from_utf8_lossy(&bytes[range]).into_owned();
                self.input.restore(bytes);
                self.reject_line(text, false);
            }
            Framed::Line(range) => {
                let bytes = self.input.take();
                let line = &bytes[range];
                match std::str::from_utf8(line)
                    .ok()
                    .filter(|l| !l.bytes().any(|b| b.is_ascii_control()))
                {
                    Some(text) => self.command(text),
                    None => {
                        let text = String::from_utf8_lossy(line).into_owned();
                        self.reject_characters(text);
                    }
                }
                self.input.restore(bytes);
                if matches!(self.state, State::Handshake | State::Closed) {
                    // RFC 3207 §4.2: what was pipelined behind STARTTLS is never executed.
                    self.input.clear();
                }
            }
        }
        self.since_line = self.connection.now;
        true
    }

    fn receive_message(&mut self) -> bool {
        if self.input.is_empty() {
            return false;
        }
        let State::Data(incoming) = self.take_state() else {
            return false;
        };
        let received = incoming.receive(&mut self.input, &self.connection);
        self.since_line = self.connection.now;
        if let Some(summary) = received.ended {
            let stage = Stage::Data.name();
            self.steps.push_back(Step::Trace(trace::line(
                Speaker::Client,
                summary.bytes.to_string(),
                stage,
                "smtp.message",
            )));
            self.steps.push_back(Step::Trace(trace::line(
                Speaker::Client,
                ".",
                stage,
                "smtp.dot",
            )));
            self.grouped = true;
        }
        self.apply(received.next);
        true
    }

    fn receive_chunk(&mut self) -> bool {
        let State::Chunk(chunk) = self.take_state() else {
            return false;
        };
        if self.input.is_empty() && !chunk.is_whole() {
            self.state = State::Chunk(chunk);
            return false;
        }
        let chunks::Received { next, ended } = chunk.receive(&mut self.input, &self.connection);
        self.since_line = self.connection.now;
        if let Some(summary) = ended {
            self.steps.push_back(Step::Trace(trace::line(
                Speaker::Client,
                summary.bytes.to_string(),
                Stage::Bdat.name(),
                "smtp.message",
            )));
        }
        self.grouped = true;
        self.apply(next);
        true
    }

    // Carries out what a handler decided.
    fn apply(&mut self, mut next: Next) {
        let before = self.stage;
        if let Some(reply) = &next.reply {
            // Rejections of a message are not counted as protocol errors.
            if reply.code >= 500 && !matches!(before, Stage::Data | Stage::Bdat) {
                self.errors += 1;
                if self.errors > self.connection.config.limits.errors_max {
                    next = Next::close(replies::too_many("errors"));
                }
            }
        }
        let after = next.state.stage().unwrap_or(before);
        if let Some(reply) = &next.reply {
            let from = self.out.len();
            trace::write_reply(&mut self.out, reply);
            if !self.quiet {
                let mut line =
                    trace::reply(&self.out[from..], reply.code, before.name(), after.name());
                if before == Stage::Connected {
                    line.kind = LineKind::Greeting(reply.code);
                }
                self.steps.push_back(Step::Trace(line));
            }
        }
        // A chunk out of sequence has the time limit of a message too.
        let stray = after == Stage::Bdat && matches!(before, Stage::Greeted | Stage::Hello);
        if (after == Stage::Mail && before == Stage::Hello) || stray {
            self.since_mail = self.connection.now;
        }
        self.stage = after;
        self.state = next.state;
        if let Some(query) = next.query {
            self.steps.push_back(Step::Query(query));
        }
        match self.state {
            State::Handshake => {
                self.flush();
                self.input.clear();
                self.steps.push_back(Step::StartTls);
            }
            State::Closed => {
                self.flush();
                self.input.clear();
                self.steps.push_back(Step::Done);
            }
            // RFC 2920 §3.2: replies to the last command of a group are not held back.
            _ if next.reply.is_some() && !self.grouped => self.flush(),
            _ => {}
        }
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            self.steps
                .push_back(Step::Send(std::mem::take(&mut self.out)));
        }
    }

    // The time limit of the message, extended by the bytes received.
    fn message_deadline(&self) -> Option<Time> {
        let limits = &self.connection.config.limits;
        let length = match &self.state {
            State::Data(incoming) => incoming.summary().bytes,
            State::Chunk(chunk) => chunk.bytes(),
            State::Chunks(chunks) => chunks.bytes(),
            State::Mail(_) | State::Rcpt(_) | State::Failed(_) => 0,
            _ => return None,
        };
        let earned = Duration::from_secs(length / limits.data_bytes_per_second_min.max(1));
        Some(self.since_mail + limits.transaction_max + earned)
    }
}

impl Session for Server {
    type Query = Query;
    type Decision = Decision;
    type Notice = Notice;

    fn start(&mut self, now: Time) {
        (self.connection.now, self.since_connect, self.since_line) = (now, now, now);
        self.apply(Next::query(PendingDecision::Connected, Query::Connected));
    }

    fn receive(&mut self, bytes: &[u8], now: Time) {
        self.connection.now = now;
        if !matches!(self.state, State::Handshake | State::Closed) {
            self.input.push(bytes);
        }
    }

    fn closed(&mut self, now: Time) {
        self.connection.now = now;
        self.ended = true;
    }

    fn answer(&mut self, answer: Decision, now: Time) {
        (self.connection.now, self.since_line) = (now, now);
        let State::PendingDecision(waiting) = self.take_state() else {
            return;
        };
        let next = match waiting {
            PendingDecision::Connected => commands::connected(answer, &self.connection),
            PendingDecision::Hello { ready, name } => {
                hello::answered(ready, &name, answer, &self.connection)
            }
            PendingDecision::TlsStarted => tls::answered(answer),
            PendingDecision::Auth(pending) => pending.decided(answer, &mut self.connection),
            PendingDecision::Keys(pending) => pending.keys(answer, &mut self.connection),
            PendingDecision::Mail(given) => given.answered(answer),
            PendingDecision::Rcpt { mail, recipients } => mail.rcpt_answered(recipients, answer),
            PendingDecision::Data(ready) => data::answered(ready, answer),
            PendingDecision::Chunk { incoming, ended } => incoming.chunk_answered(ended, answer),
            PendingDecision::End(ready) => {
                self.idle_commands = 0;
                data::end_answered(ready, answer, &mut self.connection)
            }
            PendingDecision::FirstChunk { chunks, size } => chunks.begin(size, answer),
            PendingDecision::Piece(chunk) => chunk.piece_answered(answer),
            PendingDecision::Abandoned { then, reply } => Next::reply(*then, reply),
            PendingDecision::Verify(state) => commands::verified(*state, answer),
            PendingDecision::Expand(state) => commands::expanded(*state, answer),
        };
        self.apply(next);
    }

    fn notice(&mut self, notice: Notice, now: Time) {
        self.connection.now = now;
        match notice {
            Notice::Shutdown => self.shutdown = true,
        }
    }

    fn tls_started(&mut self, tls: TlsInfo, now: Time) {
        (self.connection.now, self.since_line) = (now, now);
        if matches!(self.state, State::Handshake) {
            self.input.clear();
            let next = tls::started(tls, &mut self.connection);
            self.apply(next);
        }
    }

    fn deadline(&self) -> Option<Time> {
        if matches!(self.state, State::PendingDecision(_) | State::Closed) {
            return None;
        }
        let limits = &self.connection.config.limits;
        let common =
            (self.since_line + limits.idle_max).min(self.since_connect + limits.session_max);
        Some(
            self.message_deadline()
                .map_or(common, |message| message.min(common)),
        )
    }

    fn tick(&mut self, now: Time) {
        self.connection.now = now;
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            // During the handshake no reply can be sent.
            let next = if matches!(self.state, State::Handshake) {
                Next::go(State::Closed)
            } else {
                Next::close(replies::too_slow())
            };
            self.apply(next);
        }
    }

    fn step(&mut self) -> Option<Step<Query>> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            if self.waits_for_others() {
                if self.ended && matches!(self.state, State::Handshake) {
                    self.apply(Next::go(State::Closed));
                    continue;
                }
                return None;
            }
            if self.work() {
                continue;
            }
            // RFC 2920 §3.2: nothing more to read, so nothing may be held back.
            self.flush();
            if self.ended && self.steps.is_empty() {
                self.apply(Next::go(State::Closed));
            }
            if self.steps.is_empty() {
                return None;
            }
        }
    }
}

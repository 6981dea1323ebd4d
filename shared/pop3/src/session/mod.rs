//! The session: its state, its current work, and the interface that `world::drive` runs. The
//! commands of each state are in files of their own.

mod authorization;
mod reading;
mod transaction;

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use mail::Time;
use mail::session::{Session, Step, TlsInfo};

use crate::command::{self, AllowedState, Command};
use crate::frame::{FramedLine, Framer};
use crate::limits;
use crate::output::Output;
use crate::query::{Decision, Maildrop, Notice, Query, Refusal};
use crate::reply::ErrorReply;
use reading::{Listing, Reading};

/// The configuration that the sessions of a listener share.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host's name, for the greeting.
    pub host: String,
    /// STLS is available.
    pub starttls: bool,
    /// Passwords are accepted without TLS: only for a loopback listener or a classroom.
    pub plaintext_login: bool,
    /// Commands and replies are reported as [`Step::Trace`].
    pub trace: bool,
}

/// The server's side of one POP3 connection.
#[derive(Debug)]
pub struct Server {
    config: Arc<Config>,
    deadline: Time,
    framer: Framer,
    state: State,
    work: Work,
    output: Output,
    tls: bool,
    /// The peer will send nothing more.
    ended: bool,
    /// The role wants the connection to end.
    bye: bool,
    errors: u32,
    login_failures: u32,
}

/// RFC 1939 §3.
#[derive(Debug)]
enum State {
    Authorization(Authorization),
    Transaction(Box<Transaction>),
    Update,
}

/// Before login; with the name of USER, where it was given.
#[derive(Debug, Default)]
struct Authorization {
    user: Option<String>,
}

/// After login: the maildrop as of then, and the messages marked as deleted.
#[derive(Debug)]
struct Transaction {
    maildrop: Maildrop,
    /// Indices into the maildrop's messages.
    deleted: BTreeSet<usize>,
}

/// The current work, and what it waits for: input or a decision.
#[derive(Debug)]
enum Work {
    /// Waits for a command.
    Ready,
    /// Waits for the client's SASL response.
    Sasl,
    /// Waits for the TLS handshake.
    Tls,
    /// Waits for the decision about a login.
    Login,
    /// Writes a listing in pieces.
    Listing(Box<Listing>),
    /// Waits for a piece of a message.
    Reading(Box<Reading>),
    /// Waits for the messages to be removed.
    Updating(usize),
    /// The session has ended.
    Over,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            State::Authorization(_) => "authorization",
            State::Transaction(_) => "transaction",
            State::Update => "update",
        }
    }
}

impl Server {
    /// A session on a new connection; `tls` for implicit TLS (port 995).
    pub fn new(config: Arc<Config>, tls: bool) -> Server {
        let output = Output {
            trace: config.trace,
            ..Output::default()
        };
        Server {
            config,
            deadline: Time::default(),
            framer: Framer::default(),
            state: State::Authorization(Authorization::default()),
            work: Work::Ready,
            output,
            tls,
            ended: false,
            bye: false,
            errors: 0,
            login_failures: 0,
        }
    }

    /// Lets the journey show passwords: for the Lab, whose users are fictitious.
    pub fn showing_secrets(mut self, shows: bool) -> Server {
        self.output.shows_secrets = shows;
        self
    }

    /// `authorization`, `transaction` or `update`.
    pub fn state(&self) -> &'static str {
        self.state.name()
    }

    fn ok(&mut self, text: &str) {
        let state = self.state.name();
        self.output.ok(text, state, state);
    }

    fn error(&mut self, error: &ErrorReply) {
        let state = self.state.name();
        self.output.error(error, state, state);
    }

    /// Answers and counts an error of the client.
    fn client_error(&mut self, text: impl Into<Cow<'static, str>>) {
        self.count_error(&ErrorReply::text(text));
    }

    fn count_error(&mut self, error: &ErrorReply) {
        self.errors += 1;
        if self.errors >= limits::ERRORS_MAX {
            self.error(&ErrorReply::text("Too many errors"));
            self.close();
        } else {
            self.error(error);
        }
    }

    /// Ends the session, because the role's decision does not match the query.
    fn unexpected_decision(&mut self) {
        self.error(&Refusal::Internal.into());
        self.close();
    }

    fn ask(&mut self, query: Query, work: Work) {
        self.output.flush();
        self.work = work;
        self.output.steps.push_back(Step::Query(query));
    }

    fn close(&mut self) {
        self.output.flush();
        self.work = Work::Over;
        self.output.steps.push_back(Step::Done);
    }

    fn is_asking(&self) -> bool {
        matches!(
            self.work,
            Work::Login | Work::Reading(_) | Work::Updating(_)
        )
    }

    // Takes one piece of input or of work; false where there is none.
    fn advance(&mut self) -> bool {
        match mem::replace(&mut self.work, Work::Ready) {
            Work::Listing(listing) => {
                self.continue_listing(listing);
                return true;
            }
            work => self.work = work,
        }
        if !matches!(self.work, Work::Ready | Work::Sasl) {
            return false;
        }
        if self.bye {
            self.close();
            return true;
        }
        if let Some(cut) = self.framer.line(matches!(self.work, Work::Sasl)) {
            self.line(cut);
            return true;
        }
        if self.ended {
            // A lost connection deletes nothing (RFC 1939 §6).
            self.close();
            return true;
        }
        false
    }

    fn line(&mut self, line: FramedLine) {
        let in_sasl = matches!(mem::replace(&mut self.work, Work::Ready), Work::Sasl);
        match line {
            FramedLine::Line(line) if in_sasl => self.sasl_response(&line),
            FramedLine::Line(line) => self.command(&line),
            FramedLine::TooLong => {
                let state = self.state.name();
                self.output.unknown(b"", true, state);
                self.client_error("Line too long");
            }
        }
    }

    // Known, allowed in this state, well-formed: in this order.
    fn command(&mut self, line: &[u8]) {
        let state = self.state.name();
        let before_login = matches!(self.state, State::Authorization(_));
        let Some((verb, arguments)) = command::find(line) else {
            self.output.unknown(line, before_login, state);
            return self.client_error("Unknown command");
        };
        self.output.command(line, verb, state);
        match verb.allowed_in {
            AllowedState::Authorization if !before_login => {
                return self.client_error(format!("{} is not allowed after login", verb.name));
            }
            AllowedState::Transaction if before_login => {
                return self.client_error(format!("{} requires login", verb.name));
            }
            _ => {}
        }
        match verb.parse(arguments) {
            Some(command) => self.execute(command),
            None => self.client_error(format!("Usage: {}", verb.usage)),
        }
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::Capa => self.capa(),
            Command::User(name) => self.user(name),
            Command::Pass(password) => self.pass(password),
            Command::Mechanisms => self.mechanisms(),
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial),
            Command::Stls => self.stls(),
            Command::Apop => {
                self.client_error(
                    "APOP is not supported; use USER and PASS or AUTH PLAIN over TLS",
                );
            }
            Command::Stat => self.stat(),
            Command::List(number) => self.list(number, Listing::sizes()),
            Command::Uidl(number) => self.list(number, Listing::unique_ids()),
            Command::Retr(number) => self.retr(number),
            Command::Top(number, lines) => self.top(number, lines),
            Command::Dele(number) => self.dele(number),
            Command::Noop => self.ok("No operation"),
            Command::Rset => self.rset(),
            Command::Quit => self.quit(),
        }
    }

    fn greet(&mut self) {
        // Without angle brackets, which would announce APOP (RFC 1939 §7).
        let line = format!("+OK {} Glasspost POP3 ready", self.config.host);
        let state = self.state.name();
        self.output.line(&line);
        self.output.server(line, "pop3.greeting", state, state);
    }
}

impl Session for Server {
    type Query = Query;
    type Decision = Decision;
    type Notice = Notice;

    fn start(&mut self, now: Time) {
        self.deadline = now + limits::IDLE_MAX;
        self.greet();
    }

    fn receive(&mut self, bytes: &[u8], now: Time) {
        self.deadline = now + limits::IDLE_MAX;
        if !matches!(self.work, Work::Over | Work::Tls) {
            self.framer.push(bytes);
        }
    }

    fn closed(&mut self, _now: Time) {
        self.ended = true;
    }

    fn answer(&mut self, answer: Decision, now: Time) {
        self.deadline = now + limits::IDLE_MAX;
        match mem::replace(&mut self.work, Work::Ready) {
            Work::Login => self.login_answered(answer),
            Work::Reading(reading) => self.take_piece(reading, answer),
            Work::Updating(left) => self.updated(left, answer),
            // There was no query.
            work => self.work = work,
        }
    }

    fn notice(&mut self, Notice::Bye: Notice, _now: Time) {
        self.bye = true;
    }

    fn tls_started(&mut self, _tls: TlsInfo, now: Time) {
        self.deadline = now + limits::IDLE_MAX;
        if matches!(self.work, Work::Tls) {
            self.tls = true;
            self.framer.discard();
            self.work = Work::Ready;
        }
    }

    fn deadline(&self) -> Option<Time> {
        (!self.is_asking() && !matches!(self.work, Work::Over)).then_some(self.deadline)
    }

    fn tick(&mut self, now: Time) {
        if !self.is_asking() && !matches!(self.work, Work::Over) && now >= self.deadline {
            // RFC 1939 §3: closed without a reply, and nothing is deleted.
            self.close();
        }
    }

    fn step(&mut self) -> Option<Step<Query>> {
        loop {
            if let Some(step) = self.output.steps.pop_front() {
                return Some(step);
            }
            if self.is_asking() {
                return None;
            }
            if !self.advance() {
                if self.output.out.is_empty() {
                    self.output.steps = VecDeque::new();
                    return None;
                }
                self.output.flush();
            }
        }
    }
}

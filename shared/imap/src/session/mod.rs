//! The session: its state, its current work, and the interface that `world::drive` runs. Each group
//! of commands has a file of its own.

mod append;
mod commands;
mod login;
mod mailboxes;
mod messages;
mod responses;
mod updates;

use crate::code::{Code, Fault, Refusal};
use crate::command::Tag;
use crate::frame::{Cut, Framer};
use crate::limits;
use crate::query::{Decision, Notice, Query};
use crate::verb::Verb;
use crate::view::View;
use mail::session::{Session, Step, TlsInfo};
use mail::{MailboxName, Time};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

/// The configuration that the sessions of a listener share.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host's name, for the greeting.
    pub host: String,
    /// The version in ID responses.
    pub version: String,
    /// STARTTLS is available.
    pub starttls: bool,
    /// Passwords are accepted without TLS: only for a loopback listener.
    pub plaintext_login: bool,
    /// The longest message that APPEND accepts, in octets.
    pub append_bytes_max: u64,
    /// Commands and replies are reported as [`Step::Trace`].
    pub trace: bool,
}

/// The server's side of one IMAP connection.
#[derive(Debug)]
pub struct Server {
    config: Arc<Config>,
    now: Time,
    deadline: Time,
    framer: Framer,
    state: State,
    work: Work,
    steps: VecDeque<Step<Query>>,
    out: Vec<u8>,
    asking: bool,
    tls: bool,
    // The peer will send nothing more.
    ended: bool,
    // The role reported a change that has not been queried yet.
    changed: bool,
    bye: Option<&'static str>,
    errors: u8,
    login_failures: u8,
    // Untagged lines of the current reply, for the journey.
    untagged_trace: String,
    shows_secrets: bool,
}

/// RFC 3501 §3.
#[derive(Debug)]
enum State {
    NotAuthenticated,
    Authenticated,
    Selected(Box<Selection>),
    Logout,
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            State::NotAuthenticated => "not-authenticated",
            State::Authenticated => "authenticated",
            State::Selected(_) => "selected",
            State::Logout => "logout",
        }
    }
}

#[derive(Debug)]
struct Selection {
    mailbox: MailboxName,
    view: View,
    read_only: bool,
}

/// A tagged command in progress.
#[derive(Debug)]
struct Job {
    tag: Tag,
    verb: &'static Verb,
}

/// The current work, and what it waits for: input or a decision.
#[derive(Debug)]
enum Work {
    /// Waits for a command.
    Ready,
    /// Waits for the client's SASL response.
    Sasl(Job),
    /// Waits for the TLS handshake.
    Tls,
    Login(Job),
    Select(Job, MailboxName, bool),
    Leave(Job),
    /// A command whose decision is Done or Refused.
    Plain(Job),
    Delete(Job, MailboxName),
    List(Job, Box<crate::list::Request>),
    Status(Job, Box<(MailboxName, Vec<crate::command::StatusItem>)>),
    Append(Job, append::Appending),
    Search(Job),
    Rows(Job, Box<messages::Rows>),
    Copy(Job, bool),
    /// Changes are queried; then the tagged reply follows.
    Finish(Job, Box<Reply>),
    /// Waits for DONE or changes.
    Idle(Job),
    /// Changes are queried in IDLE.
    IdleUpdates(Job),
    /// The session has ended.
    Closed,
}

/// The condition of a tagged reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Ok,
    No,
    Bad,
}

#[derive(Debug)]
struct Reply {
    condition: Condition,
    code: Option<Code>,
    text: Cow<'static, str>,
}

impl Reply {
    fn ok(text: impl Into<Cow<'static, str>>) -> Reply {
        Reply {
            condition: Condition::Ok,
            code: None,
            text: text.into(),
        }
    }

    fn ok_with(code: Code, text: impl Into<Cow<'static, str>>) -> Reply {
        Reply {
            condition: Condition::Ok,
            code: Some(code),
            text: text.into(),
        }
    }

    fn no(code: Code, text: impl Into<Cow<'static, str>>) -> Reply {
        Reply {
            condition: Condition::No,
            code: Some(code),
            text: text.into(),
        }
    }

    fn bad(text: impl Into<Cow<'static, str>>) -> Reply {
        Reply {
            condition: Condition::Bad,
            code: None,
            text: text.into(),
        }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        let (code, text) = refusal.reply();
        Reply::no(code, text)
    }
}

impl From<Fault> for Reply {
    fn from(fault: Fault) -> Reply {
        match fault {
            Fault::Bad(text) => Reply::bad(text),
            Fault::No(code, text) => Reply::no(code, text),
        }
    }
}

impl Server {
    /// A session on a new connection; `tls` for implicit TLS (port 993).
    pub fn new(config: Arc<Config>, tls: bool) -> Server {
        Server {
            config,
            now: Time::default(),
            deadline: Time::default(),
            framer: Framer::default(),
            state: State::NotAuthenticated,
            work: Work::Ready,
            steps: VecDeque::new(),
            out: Vec::new(),
            asking: false,
            tls,
            ended: false,
            changed: false,
            bye: None,
            errors: 0,
            login_failures: 0,
            untagged_trace: String::new(),
            shows_secrets: false,
        }
    }

    /// Lets the journey show passwords: for the Lab, whose users are fictitious.
    pub fn showing_secrets(mut self, shows: bool) -> Server {
        self.shows_secrets = shows;
        self
    }

    /// `not-authenticated`, `authenticated`, `selected` or `logout`.
    pub fn state(&self) -> &'static str {
        self.state.name()
    }

    /// True while the client waits in IDLE: the driver may suspend such a connection.
    pub fn is_idle(&self) -> bool {
        matches!(self.work, Work::Idle(_))
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            let bytes = std::mem::take(&mut self.out);
            self.steps.push_back(Step::Send(bytes));
        }
    }

    fn ask(&mut self, ask: Query, work: Work) {
        self.flush();
        self.asking = true;
        self.work = work;
        self.steps.push_back(Step::Query(ask));
    }

    fn selection(&self) -> Option<&Selection> {
        match &self.state {
            State::Selected(selection) => Some(selection),
            _ => None,
        }
    }

    fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Authenticated | State::Selected(_))
    }

    fn close(&mut self) {
        self.flush();
        self.work = Work::Closed;
        self.state = State::Logout;
        self.steps.push_back(Step::Done);
    }

    // Takes one piece of input; false where there is none.
    fn advance(&mut self) -> bool {
        if let (Some(text), Work::Ready | Work::Idle(_) | Work::Sasl(_)) =
            (self.bye.take_if(|_| !self.asking), &self.work)
        {
            self.send_bye(None, text);
            return true;
        }
        let moved = match &self.work {
            Work::Ready => self.next_command(),
            Work::Sasl(_) => self.next_sasl(),
            Work::Idle(_) => self.next_idle(),
            Work::Append(..) => self.next_append(),
            _ => return false,
        };
        if !moved && self.ended && !self.asking && !matches!(self.work, Work::Closed) {
            self.close();
            return true;
        }
        moved
    }

    fn next_command(&mut self) -> bool {
        match self.framer.cut() {
            Cut::More => return false,
            Cut::Command => {
                let text = self.framer.take();
                self.command(&text);
            }
            Cut::Literal(literal) => self.literal(literal),
            Cut::TooLong => {
                let text = self.framer.take();
                let tag = text.split(|&b| b == b' ').next().and_then(Tag::new);
                self.trace_too_long(&text);
                self.reject(tag, Reply::bad("Command line too long"));
            }
        }
        true
    }

    // Nothing to do: release memory.
    fn rest(&mut self) {
        self.framer.rest();
        if self.steps.capacity() > 8 {
            self.steps = VecDeque::new();
        }
        self.untagged_trace = String::new();
    }
}

impl Session for Server {
    type Query = Query;
    type Decision = Decision;
    type Notice = Notice;

    fn start(&mut self, now: Time) {
        self.now = now;
        self.deadline = now + limits::LOGIN_TIMEOUT;
        self.greet();
    }

    fn receive(&mut self, bytes: &[u8], now: Time) {
        self.now = now;
        // RFC 3501 §5.4: any command resets the timer.
        self.deadline = now
            + if self.is_authenticated() {
                limits::IDLE_TIMEOUT
            } else {
                limits::LOGIN_TIMEOUT
            };
        if !matches!(self.work, Work::Closed | Work::Tls) {
            self.framer.push(bytes);
        }
    }

    fn closed(&mut self, now: Time) {
        self.now = now;
        self.ended = true;
    }

    fn answer(&mut self, answer: Decision, now: Time) {
        self.now = now;
        self.asking = false;
        match std::mem::replace(&mut self.work, Work::Ready) {
            Work::Login(job) => self.login_answered(job, answer),
            Work::Select(job, mailbox, read_only) => {
                self.select_answered(job, mailbox, read_only, answer);
            }
            Work::Leave(job) => self.leave_answered(job, answer),
            Work::Plain(job) => self.plain_answered(job, answer),
            Work::Delete(job, mailbox) => self.delete_answered(job, &mailbox, answer),
            Work::List(job, request) => self.list_answered(job, &request, answer),
            Work::Status(job, asked) => self.status_answered(job, &asked.0, &asked.1, answer),
            Work::Append(job, step) => self.append_answered(job, step, answer),
            Work::Search(job) => self.search_answered(job, answer),
            Work::Rows(job, rows) => self.rows_answered(job, rows, answer),
            Work::Copy(job, moving) => self.copy_answered(job, moving, answer),
            Work::Finish(job, reply) => self.updates_answered(job, reply, answer),
            Work::IdleUpdates(job) => self.idle_answered(job, answer),
            // There was no query.
            work @ (Work::Ready | Work::Sasl(_) | Work::Tls | Work::Idle(_) | Work::Closed) => {
                self.work = work;
            }
        }
    }

    fn notice(&mut self, notice: Notice, now: Time) {
        self.now = now;
        match notice {
            Notice::Changed => self.changed = true,
            Notice::ShuttingDown => self.bye = Some("Server shutting down"),
        }
    }

    fn tls_started(&mut self, _tls: TlsInfo, now: Time) {
        self.now = now;
        self.tls = true;
        self.framer.discard();
        if matches!(self.work, Work::Tls) {
            self.work = Work::Ready;
        }
    }

    fn deadline(&self) -> Option<Time> {
        (!self.asking && !matches!(self.work, Work::Closed)).then_some(self.deadline)
    }

    fn tick(&mut self, now: Time) {
        self.now = now;
        if !self.asking && now >= self.deadline && !matches!(self.work, Work::Closed) {
            // RFC 3501 §5.4: autologout is announced.
            self.send_bye(None, "Autologout after inactivity");
        }
    }

    fn step(&mut self) -> Option<Step<Query>> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            if self.asking {
                return None;
            }
            if !self.advance() {
                if self.out.is_empty() {
                    self.rest();
                    return None;
                }
                self.flush();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_session_is_small() {
        assert!(size_of::<Server>() <= 1024, "{}", size_of::<Server>());
    }
}

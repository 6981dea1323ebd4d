//! Dispatches a command line: splits off the verb, checks the table of verbs, and calls the
//! handler.

use super::config::Kind;
use super::interface::{Decision, Query, Resolved};
use super::state::{ConnectionState, Next, PendingDecision, RcptAccepted, State};
use super::verbs::{Rule, Verb};
use super::{chunks, hello, help, replies, verbs};

/// A line as `command = verb [SP argument]`. Trailing white space is ignored (RFC 5321 §4.1.1).
pub(super) struct Command<'a> {
    pub rule: Option<&'static Rule>,
    pub argument: &'a str,
}

impl<'a> Command<'a> {
    pub(super) fn parse(line: &'a str) -> Command<'a> {
        let line = line.trim_end_matches(' ');
        let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
        Command {
            rule: verbs::find(word),
            argument,
        }
    }

    /// BDAT without LAST.
    pub(super) fn is_inner_chunk(&self) -> bool {
        self.rule.is_some_and(|rule| rule.verb == Verb::Bdat)
            && chunks::Size::parse(self.argument).is_some_and(|size| !size.last)
    }

    /// Checks the verb's row, then runs its handler.
    pub(super) fn run(&self, state: State, connection: &mut ConnectionState) -> Next {
        let Some(rule) = self.rule else {
            return Next::reply(state, replies::unknown());
        };
        // Its bytes follow in any case, so it has a handler of its own.
        if rule.verb == Verb::Bdat {
            return chunks::bdat(rule, state, self.argument, connection);
        }
        let Some(stage) = state.stage() else {
            return Next::go(state);
        };
        if let Err(reply) = rule.check(stage, connection) {
            return Next::reply(state, reply);
        }
        let bare = matches!(
            rule.verb,
            Verb::StartTls | Verb::Data | Verb::Rset | Verb::Quit
        );
        if bare && !self.argument.is_empty() {
            return Next::reply(state, replies::no_argument(rule.name));
        }
        self.handle(rule, state, connection)
    }

    fn handle(&self, rule: &Rule, state: State, connection: &mut ConnectionState) -> Next {
        let argument = self.argument;
        match (rule.verb, state) {
            (Verb::Mail, State::Ready(ready)) => ready.mail(argument, connection),
            (Verb::Rcpt, State::Mail(mail)) => mail.rcpt(0, argument, connection),
            (Verb::Rcpt, State::Rcpt(RcptAccepted { mail, recipients })) => {
                mail.rcpt(recipients, argument, connection)
            }
            (Verb::Data, State::Rcpt(given)) => given.data(),
            (Verb::Ehlo, state) => hello::hello(state, argument, true),
            (Verb::Helo, state) => hello::hello(state, argument, false),
            (Verb::StartTls, State::Ready(ready)) => ready.starttls(connection),
            (Verb::Auth, State::Ready(ready)) => ready.auth(argument, connection),
            (Verb::Rset, state) => hello::reset(state),
            (Verb::Noop, state) => Next::reply(state, replies::noop()),
            (Verb::Help, state) => Next::reply(state, help::help(argument, connection.config.kind)),
            (Verb::Vrfy, state) if argument.is_empty() => {
                Next::reply(state, replies::verify_syntax())
            }
            (Verb::Vrfy, state) => Next::query(
                PendingDecision::Verify(Box::new(state)),
                Query::Verify(argument.to_owned()),
            ),
            (Verb::Expn, state) if argument.is_empty() => {
                Next::reply(state, replies::expand_syntax())
            }
            (Verb::Expn, state) => Next::query(
                PendingDecision::Expand(Box::new(state)),
                Query::Expand(argument.to_owned()),
            ),
            (Verb::Quit, _) => Next::close(replies::quit(&connection.config.host)),
            (Verb::Unimplemented, state) => Next::reply(state, replies::not_implemented(rule.name)),
            (Verb::Foreign, _) => Next::close(replies::too_many("commands of another protocol")),
            // The table admits these verbs in these states only.
            (
                verb @ (Verb::Mail
                | Verb::Rcpt
                | Verb::Data
                | Verb::Bdat
                | Verb::StartTls
                | Verb::Auth),
                state,
            ) => {
                let stage = state.stage().unwrap_or(super::state::Stage::Closed);
                Next::reply(state, replies::out_of_sequence(verb, stage))
            }
        }
    }
}

/// The role has decided about the connection: greeted, or nothing but QUIT is accepted.
pub(super) fn connected(answer: Decision, connection: &ConnectionState) -> Next {
    match answer.or(replies::banner(&connection.config.host)) {
        Resolved::Accept(reply) => Next::reply(State::Greeted, reply),
        Resolved::Reject(reply) => Next::reply(State::Refused, reply),
        Resolved::Close(reply) => Next::close(reply),
    }
}

/// The role has decided about VRFY.
pub(super) fn verified(state: State, answer: Decision) -> Next {
    match answer.or(replies::cannot_verify()) {
        Resolved::Accept(reply) | Resolved::Reject(reply) => Next::reply(state, reply),
        Resolved::Close(reply) => Next::close(reply),
    }
}

/// The role has decided about EXPN.
pub(super) fn expanded(state: State, answer: Decision) -> Next {
    match answer {
        Decision::Reply(reply) => Next::reply(state, reply),
        Decision::Close(reply) => Next::close(reply),
        Decision::Go | Decision::Keys(_) => Next::reply(state, replies::no_expansion()),
    }
}

/// The longest line in this state; AUTH exchanges are allowed longer ones (RFC 4954 §4).
pub(super) fn line_bytes_max(state: &State, connection: &ConnectionState) -> usize {
    let limits = &connection.config.limits;
    let auth = connection.config.kind == Kind::Submission
        && connection.in_tls
        && !connection.authenticated;
    match state {
        State::Auth(_) => limits.auth_line_bytes_max,
        State::Ready(_) if auth => limits.auth_line_bytes_max,
        _ => limits.line_bytes_max,
    }
}

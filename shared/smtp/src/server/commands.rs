//! From a command line to its handler: splits the verb off, asks the table, then hands the argument
//! on. Decides nothing else.

use super::config::Kind;
use super::state::{Next, RcptGiven, Standing, State, Waiting};
use super::verbs::{Rule, Verb};
use super::words::{Answer, Ask, Decision};
use super::{chunks, hello, help, says, verbs};

/// A line as `command = verb [SP argument]`. Trailing white space is forgiven (RFC 5321 §4.1.1).
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
    pub(super) fn run(&self, state: State, standing: &mut Standing) -> Next {
        let Some(rule) = self.rule else {
            return Next::say(state, says::unknown());
        };
        // Its octets follow whatever the answer is: lawful or not is judged there.
        if rule.verb == Verb::Bdat {
            return chunks::bdat(rule, state, self.argument, standing);
        }
        let Some(stage) = state.stage() else {
            return Next::go(state);
        };
        if let Err(reply) = rule.check(stage, standing) {
            return Next::say(state, reply);
        }
        let bare = matches!(
            rule.verb,
            Verb::StartTls | Verb::Data | Verb::Rset | Verb::Quit
        );
        if bare && !self.argument.is_empty() {
            return Next::say(state, says::no_argument(rule.name));
        }
        self.handle(rule, state, standing)
    }

    fn handle(&self, rule: &Rule, state: State, standing: &mut Standing) -> Next {
        let argument = self.argument;
        match (rule.verb, state) {
            (Verb::Mail, State::Ready(ready)) => ready.mail(argument, standing),
            (Verb::Rcpt, State::Mail(mail)) => mail.rcpt(0, argument, standing),
            (Verb::Rcpt, State::Rcpt(RcptGiven { mail, recipients })) => {
                mail.rcpt(recipients, argument, standing)
            }
            (Verb::Data, State::Rcpt(given)) => given.data(),
            (Verb::Ehlo, state) => hello::hello(state, argument, true),
            (Verb::Helo, state) => hello::hello(state, argument, false),
            (Verb::StartTls, State::Ready(ready)) => ready.starttls(standing),
            (Verb::Auth, State::Ready(ready)) => ready.auth(argument, standing),
            (Verb::Rset, state) => hello::reset(state),
            (Verb::Noop, state) => Next::say(state, says::noop()),
            (Verb::Help, state) => Next::say(state, help::help(argument, standing.config.kind)),
            (Verb::Vrfy, state) if argument.is_empty() => Next::say(state, says::verify_syntax()),
            (Verb::Vrfy, state) => Next::ask(
                Waiting::Verify(Box::new(state)),
                Ask::Verify(argument.to_owned()),
            ),
            (Verb::Expn, state) if argument.is_empty() => Next::say(state, says::expand_syntax()),
            (Verb::Expn, state) => Next::ask(
                Waiting::Expand(Box::new(state)),
                Ask::Expand(argument.to_owned()),
            ),
            (Verb::Quit, _) => Next::close(says::quit(&standing.config.host)),
            (Verb::Absent, state) => Next::say(state, says::absent(rule.name)),
            (Verb::Foreign, _) => Next::close(says::too_many("words of another protocol")),
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
                Next::say(state, says::out_of_sequence(verb, stage))
            }
        }
    }
}

/// The role may let them speak, or leave them nothing but QUIT.
pub(super) fn connected(answer: Answer, standing: &Standing) -> Next {
    match answer.or(says::banner(&standing.config.host)) {
        Decision::Yes(reply) => Next::say(State::Greeted, reply),
        Decision::No(reply) => Next::say(State::Refused, reply),
        Decision::Close(reply) => Next::close(reply),
    }
}

/// VRFY has been looked at.
pub(super) fn verified(state: State, answer: Answer) -> Next {
    match answer.or(says::cannot_verify()) {
        Decision::Yes(reply) | Decision::No(reply) => Next::say(state, reply),
        Decision::Close(reply) => Next::close(reply),
    }
}

/// EXPN has been looked at.
pub(super) fn expanded(state: State, answer: Answer) -> Next {
    match answer {
        Answer::Reply(reply) => Next::say(state, reply),
        Answer::Close(reply) => Next::close(reply),
        Answer::Go | Answer::Keys(_) => Next::say(state, says::no_expansion()),
    }
}

/// Where no AUTH line may be longer than any other (RFC 4954 §4 gives the exchange more room).
pub(super) fn line_bytes_max(state: &State, standing: &Standing) -> usize {
    let limits = &standing.config.limits;
    let auth =
        standing.config.kind == Kind::Submission && standing.in_tls && !standing.authenticated;
    match state {
        State::Auth(_) => limits.auth_line_bytes_max,
        State::Ready(_) if auth => limits.auth_line_bytes_max,
        _ => limits.line_bytes_max,
    }
}

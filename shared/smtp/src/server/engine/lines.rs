//! Handles one line from the client: traced without its secrets, then passed to its command or
//! rejected. Extends the server's engine; time limits, framing and messages are elsewhere.

use super::Server;
use crate::server::commands::{self, Command};
use crate::server::replies;
use crate::server::state::{Next, Stage, State};
use crate::server::verbs::Verb;
use crate::trace;
use mail::Reply;
use mail::session::{LineKind, Speaker, Step};

/// Chunks of a message that its journey shows, besides the last one.
const CHUNKS_SHOWN_MAX: usize = 4;

impl Server {
    pub(super) fn command(&mut self, line: &str) {
        let stage = self.stage.name();
        if let State::Auth(_) = self.state {
            let open = line == "*" || self.connection.config.shows_secrets;
            let shown = if open { line } else { trace::REDACTED };
            let traced = trace::Line {
                redacted: !open,
                ..trace::line(Speaker::Client, shown, stage, "smtp.auth.response")
            };
            self.steps.push_back(Step::Trace(traced));
            let State::Auth(exchange) = self.take_state() else {
                return;
            };
            self.after_auth = true;
            let next = exchange.respond(line, &mut self.connection);
            return self.apply(next);
        }
        let command = Command::parse(line);
        self.quiet = matches!(&self.state, State::Chunks(chunks) if chunks.count >= CHUNKS_SHOWN_MAX)
            && command.is_inner_chunk();
        self.trace_command(line, &command);
        let Some(rule) = command.rule else {
            let state = self.take_state();
            let next = command.run(state, &mut self.connection);
            return self.apply(next);
        };
        if rule.idle {
            self.idle_commands += 1;
            if self.idle_commands > self.connection.config.limits.idle_commands_max {
                return self.apply(Next::close(replies::too_many("commands without a message")));
            }
        }
        let state = self.take_state();
        let next = command.run(state, &mut self.connection);
        self.grouped = rule.pipelined;
        self.apply(next);
    }

    fn trace_command(&mut self, line: &str, command: &Command<'_>) {
        if self.quiet {
            return;
        }
        let stage = self.stage.name();
        let after_auth = std::mem::take(&mut self.after_auth);
        let mut traced = match command.rule {
            Some(rule) if rule.verb == Verb::Auth => {
                self.after_auth = true;
                match command
                    .argument
                    .split_once(' ')
                    .filter(|_| !self.connection.config.shows_secrets)
                {
                    Some((mechanism, _)) => {
                        let shown = format!("AUTH {mechanism} {}", trace::REDACTED);
                        trace::redacted(Speaker::Client, shown, stage, rule.explain)
                    }
                    None => trace::line(Speaker::Client, line, stage, rule.explain),
                }
            }
            Some(rule) => trace::line(Speaker::Client, line, stage, rule.explain),
            None => self.unreadable(line, after_auth),
        };
        traced.kind = match command.rule.map(|rule| rule.verb) {
            // A nested MAIL is rejected and begins no message.
            Some(Verb::Mail) if self.stage == Stage::Hello => LineKind::BeginsMessage,
            Some(Verb::Ehlo | Verb::Helo | Verb::StartTls) => LineKind::ResetsSession,
            _ => LineKind::Other,
        };
        self.steps.push_back(Step::Trace(traced));
    }

    // A line that is not a command may be a misplaced secret: after AUTH, or where the word AUTH
    // occurs, it is redacted.
    fn unreadable(&self, text: &str, after_auth: bool) -> trace::Line {
        let stage = self.stage.name();
        let secret =
            after_auth || self.stage == Stage::Auth || text.to_ascii_uppercase().contains("AUTH");
        if secret && !self.connection.config.shows_secrets {
            trace::redacted(Speaker::Client, trace::REDACTED, stage, "smtp.unknown")
        } else {
            trace::line(Speaker::Client, trace::visible(text), stage, "smtp.unknown")
        }
    }

    pub(super) fn reject_line(&mut self, text: String, too_long: bool) {
        let limits = &self.connection.config.limits;
        let reply = match (&self.state, too_long) {
            (State::Auth(_), true) => replies::auth_line_too_long(limits.auth_line_bytes_max),
            (_, true) => {
                replies::line_too_long(commands::line_bytes_max(&self.state, &self.connection))
            }
            (_, false) => replies::bad_line_end(),
        };
        self.reject_unread(text, reply);
    }

    pub(super) fn reject_characters(&mut self, text: String) {
        self.reject_unread(text, replies::bad_characters());
    }

    fn reject_unread(&mut self, text: String, reply: Reply) {
        let after_auth = std::mem::take(&mut self.after_auth);
        let traced = self.unreadable(&text, after_auth);
        self.steps.push_back(Step::Trace(traced));
        let next = match self.take_state() {
            State::Auth(exchange) => exchange.give_up(reply),
            state => Next::reply(state, reply),
        };
        self.apply(next);
    }
}

//! The session before and between messages: carries out the steps of the opening, and asks for the
//! next message. Extends the client's engine; transferring a message is elsewhere.

use super::{Client, PendingQuery, State};
use crate::client::handshake::{Command, Opening, OpeningContext, OpeningStep};
use crate::client::interface::Query;
use mail::Reply;
use mail::session::Step;

impl Client {
    pub(super) fn opening_replied(&mut self, opening: Opening, reply: Reply) {
        let context = OpeningContext {
            config: &self.config,
            in_tls: self.in_tls,
            verified: self.verified,
            identity: self.identity.as_ref(),
        };
        match opening.replied(reply, &context) {
            OpeningStep::Send(
                next,
                Command {
                    line,
                    shown,
                    explain,
                },
            ) => {
                self.stage = match next {
                    Opening::Greeting => "connected",
                    Opening::Ehlo | Opening::Helo => "greeted",
                    Opening::Auth(..) | Opening::Cancelled if explain == "smtp.auth.response" => {
                        "auth"
                    }
                    Opening::StartTls(_) | Opening::Auth(..) | Opening::Cancelled => "hello",
                };
                self.send_line(&line, shown, explain);
                self.state = State::Opening(next);
            }
            OpeningStep::Handshake => {
                self.stage = "tls";
                self.flush();
                // RFC 3207 §5: replies sent before the handshake are discarded.
                self.replies.clear();
                self.state = State::Handshake;
                self.steps.push_back(Step::StartTls);
            }
            OpeningStep::Ready(capabilities) => {
                self.stage = "hello";
                self.capabilities = capabilities;
                self.next_message();
            }
            OpeningStep::Failed(result) => {
                self.ask(PendingQuery::Failed { close: false }, Query::Failed(result));
            }
        }
    }

    pub(super) fn next_message(&mut self) {
        // RFC 9422 §4.1: the remote host accepts no more messages on this connection.
        let full = self
            .capabilities
            .messages_max
            .is_some_and(|max| self.messages >= max);
        if self.shutdown || full {
            self.quit();
        } else if self.ended {
            self.close();
        } else {
            let capabilities = self.capabilities;
            self.ask(PendingQuery::Next, Query::Next(capabilities));
        }
    }

    pub(super) fn quit(&mut self) {
        self.send_line("QUIT", None, "smtp.quit");
        self.since = self.now;
        self.state = State::Quit;
    }
}

//! Up to readiness and between messages: what the opening's replies lead to, and whether there is a
//! next message. Extends the client's engine; what passes of a message is not here.

use super::{Asking, Client, State};
use crate::client::opening::{Known, Opening, Say, Then};
use crate::client::words::Ask;
use mail::Reply;
use mail::session::Step;

impl Client {
    pub(super) fn opening_replied(&mut self, opening: Opening, reply: Reply) {
        let known = Known {
            config: &self.config,
            in_tls: self.in_tls,
            verified: self.verified,
            identity: self.identity.as_ref(),
        };
        match opening.replied(reply, &known) {
            Then::Say(
                next,
                Say {
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
                self.say(&line, shown, explain);
                self.state = State::Opening(next);
            }
            Then::Handshake => {
                self.stage = "tls";
                self.flush();
                // RFC 3207 §5: replies sent ahead of the handshake are not believed.
                self.replies.clear();
                self.state = State::Handshake;
                self.steps.push_back(Step::StartTls);
            }
            Then::Ready(offers) => {
                self.stage = "hello";
                self.offers = offers;
                self.next_message();
            }
            Then::Failed(fate) => self.ask(Asking::Failed { close: false }, Ask::Failed(fate)),
        }
    }

    pub(super) fn next_message(&mut self) {
        // RFC 9422 §4.1: where the other host takes no more, it is not asked to.
        let full = self
            .offers
            .messages_max
            .is_some_and(|max| self.messages >= max);
        if self.shutdown || full {
            self.quit();
        } else if self.ended {
            self.close();
        } else {
            let offers = self.offers;
            self.ask(Asking::Next, Ask::Next(offers));
        }
    }

    pub(super) fn quit(&mut self) {
        self.say("QUIT", None, "smtp.quit");
        self.since = self.now;
        self.state = State::Quit;
    }
}

//! One SMTP dialogue as a reader may see it: the commands that name a hidden recipient are left out
//! together with their replies. Does not decide who is hidden.

use event::{Event, Kind};
use mail::session::Speaker;
use std::borrow::Cow;
use std::collections::VecDeque;

/// The commands that wait for a reply, and what was left out before.
#[derive(Default)]
pub(super) struct Dialogue {
    /// Replies come in the order of the commands, also of pipelined ones (RFC 2920 §3.1).
    waiting: VecDeque<Command>,
    /// A change of state by a reply that was left out: the lines that follow must not begin in a
    /// state that the reader has not seen.
    skipped: Option<Transition>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Hidden,
    Recipient,
    Other,
}

struct Transition {
    before: Cow<'static, str>,
    after: Cow<'static, str>,
}

impl Dialogue {
    /// Whether a line of the dialogue is shown; corrects its states. `names_hidden`: it names a
    /// hidden recipient.
    pub(super) fn shows(&mut self, event: &mut Event, names_hidden: bool) -> bool {
        let Kind::Line { speaker, text, .. } = &event.kind else {
            return true;
        };
        match speaker {
            Speaker::Client => {
                let Some(command) = command(&event.explain, names_hidden) else {
                    return true;
                };
                self.waiting.push_back(command);
                if command == Command::Hidden {
                    return false;
                }
                self.correct(event, false);
            }
            Speaker::Server => {
                let is_success = text.starts_with('2');
                // RFC 5321 §3.8: 421 ends the session, whatever it replies to.
                let ends = text.starts_with("421");
                let command = self.answered(event);
                if command == Some(Command::Hidden) && !ends {
                    self.skip(event);
                    return false;
                }
                self.correct(event, is_success && command == Some(Command::Recipient));
            }
        }
        true
    }

    // The command that a reply answers. The replies of a long envelope are not all recorded; the
    // one to the message itself answers no RCPT.
    fn answered(&mut self, reply: &Event) -> Option<Command> {
        if matches!(&*reply.before, "data" | "bdat") {
            self.waiting.clear();
        }
        self.waiting.pop_front()
    }

    fn skip(&mut self, reply: &Event) {
        if reply.before != reply.after {
            self.skipped = Some(Transition {
                before: reply.before.clone(),
                after: reply.after.clone(),
            });
        }
    }

    // `enters`: the event itself makes the transition that was left out.
    fn correct(&mut self, event: &mut Event, enters: bool) {
        let Some(skipped) = self.skipped.take().filter(|s| s.after == event.before) else {
            return;
        };
        event.before = skipped.before.clone();
        if event.after == skipped.after && !enters {
            event.after = skipped.before.clone();
            self.skipped = Some(skipped);
        }
    }
}

// `None`: the line is no command and has no reply of its own.
fn command(explain: &str, names_hidden: bool) -> Option<Command> {
    match explain {
        "smtp.message" => None,
        smtp if !smtp.starts_with("smtp.") => None,
        _ if names_hidden => Some(Command::Hidden),
        "smtp.rcpt" => Some(Command::Recipient),
        _ => Some(Command::Other),
    }
}

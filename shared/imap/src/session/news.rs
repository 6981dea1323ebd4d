//! What changed in the selected mailbox, told when it may be told: at the end of commands and
//! during IDLE (RFC 3501 §5.2, §7.4.1; RFC 2177).

use super::{Job, Reply, Server, State, Work};
use crate::ask::{Answer, Ask, Changes};
use crate::code::Code;
use crate::verb::News;
use crate::write;
use mail::session::Speaker;

impl Server {
    /// The news before a tagged reply came.
    pub(super) fn news_answered(&mut self, job: Job, reply: Box<Reply>, answer: Answer) {
        match answer {
            Answer::Changes(changes) => {
                let more = changes.more;
                self.say_changes(*changes, job.verb.news == News::All);
                if more {
                    return self.ask(Ask::Sync { pushing: false }, Work::Finish(job, reply));
                }
            }
            Answer::Gone => {
                self.tagged(&job.tag, &reply);
                return self.gone();
            }
            // The reply itself is true all the same.
            _ => {}
        }
        self.changed = false;
        self.tagged(&job.tag, &reply);
    }

    fn gone(&mut self) {
        if !matches!(self.work, Work::Over) {
            // RFC 2180 §3.3
            self.say_bye(
                Some(Code::NonExistent),
                "the selected mailbox was removed by another session",
            );
        }
    }

    fn say_changes(&mut self, changes: Changes, numbers_may_move: bool) {
        if let Some(keywords) = &changes.keywords {
            self.say_flags(keywords);
        }
        let State::Selected(selection) = &mut self.state else {
            return;
        };
        let view = &mut selection.view;
        let arrived = view.arrive(
            &changes.arrived.subtract(&changes.expunged),
            &changes.recent,
        );
        view.expunge(&changes.expunged);
        let told = if numbers_may_move && view.has_untold() {
            view.tell_expunged()
        } else {
            Vec::new()
        };
        let (count, recent) = (view.count(), view.recent().len());
        for number in told {
            self.untagged(|out| {
                write::number(out, u64::from(number));
                out.extend_from_slice(b" EXPUNGE");
            });
        }
        if arrived {
            self.untagged(|out| out.extend_from_slice(format!("{count} EXISTS").as_bytes()));
            self.untagged(|out| out.extend_from_slice(format!("{recent} RECENT").as_bytes()));
        }
        for (uid, flags) in &changes.flags {
            let State::Selected(selection) = &self.state else {
                return;
            };
            let Some(seq) = selection
                .view
                .seq(*uid)
                .filter(|_| !selection.view.is_gone(*uid))
            else {
                continue;
            };
            let recent = selection.view.recent().contains(*uid);
            self.untagged(|out| {
                write::number(out, u64::from(seq));
                out.extend_from_slice(b" FETCH (UID ");
                write::number(out, u64::from(*uid));
                out.extend_from_slice(b" FLAGS ");
                write::flags(out, flags, recent);
                out.push(b')');
            });
        }
    }

    pub(super) fn idle(&mut self, job: Job) {
        self.go_on("idling");
        // What changed before is told at once.
        self.changed = true;
        self.work = Work::Idle(job);
    }

    pub(super) fn next_idle(&mut self) -> bool {
        let Work::Idle(job) = std::mem::replace(&mut self.work, Work::Ready) else {
            return false;
        };
        if let Some(line) = self.framer.line() {
            match line {
                // RFC 2177 §3
                Ok(line) if line.eq_ignore_ascii_case(b"DONE") => {
                    self.trace(
                        Speaker::Client,
                        "DONE".into(),
                        false,
                        "imap.idle.done".into(),
                    );
                    self.finish(job, Reply::ok("no longer idling"));
                }
                Ok(line) => {
                    self.trace_command(&line, usize::MAX, "imap.unknown");
                    self.finish(job, Reply::bad("in IDLE only DONE is said"));
                }
                Err(_) => self.finish(job, Reply::bad("in IDLE only DONE is said")),
            }
            return true;
        }
        if self.changed && matches!(self.state, State::Selected(_)) {
            self.changed = false;
            self.ask(Ask::Sync { pushing: true }, Work::IdleNews(job));
            return true;
        }
        self.work = Work::Idle(job);
        false
    }

    pub(super) fn idle_answered(&mut self, job: Job, answer: Answer) {
        match answer {
            Answer::Changes(changes) => {
                self.changed |= changes.more;
                self.say_changes(*changes, true);
                self.tell_push();
            }
            Answer::Gone => return self.gone(),
            _ => {}
        }
        self.work = Work::Idle(job);
    }
}

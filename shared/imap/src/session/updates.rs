//! Changes of the selected mailbox, sent when the protocol allows: at the end of commands and
//! during IDLE (RFC 3501 §5.2, §7.4.1; RFC 2177).

use super::{Job, Reply, Server, State, Work};
use crate::code::Code;
use crate::query::{Changes, Decision, Query};
use crate::verb::UntaggedUpdates;
use crate::write;
use mail::session::Speaker;

impl Server {
    /// Takes the changes that are sent before a tagged reply.
    pub(super) fn updates_answered(&mut self, job: Job, reply: Box<Reply>, answer: Decision) {
        match answer {
            Decision::Changes(changes) => {
                let more = changes.more;
                self.send_changes(*changes, job.verb.updates == UntaggedUpdates::All);
                if more {
                    return self.ask(Query::Sync { pushing: false }, Work::Finish(job, reply));
                }
            }
            Decision::Gone => {
                self.tagged(&job.tag, &reply);
                return self.gone();
            }
            // The reply itself is valid all the same.
            _ => {}
        }
        self.changed = false;
        self.tagged(&job.tag, &reply);
    }

    fn gone(&mut self) {
        if !matches!(self.work, Work::Closed) {
            // RFC 2180 §3.3
            self.send_bye(
                Some(Code::NonExistent),
                "Selected mailbox was deleted by another session",
            );
        }
    }

    fn send_changes(&mut self, changes: Changes, numbers_may_move: bool) {
        if let Some(keywords) = &changes.keywords {
            self.send_flags(keywords);
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
        let expunged = if numbers_may_move && view.has_unreported() {
            view.report_expunged()
        } else {
            Vec::new()
        };
        let (count, recent) = (view.count(), view.recent().len());
        for number in expunged {
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
        self.continuation("idling");
        // Earlier changes are sent at once.
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
                    self.finish(job, Reply::ok("IDLE completed"));
                }
                Ok(line) => {
                    self.trace_command(&line, usize::MAX, "imap.unknown");
                    self.finish(job, Reply::bad("Expected DONE"));
                }
                Err(_) => self.finish(job, Reply::bad("Expected DONE")),
            }
            return true;
        }
        if self.changed && matches!(self.state, State::Selected(_)) {
            self.changed = false;
            self.ask(Query::Sync { pushing: true }, Work::IdleUpdates(job));
            return true;
        }
        self.work = Work::Idle(job);
        false
    }

    pub(super) fn idle_answered(&mut self, job: Job, answer: Decision) {
        match answer {
            Decision::Changes(changes) => {
                self.changed |= changes.more;
                self.send_changes(*changes, true);
                self.trace_push();
            }
            Decision::Gone => return self.gone(),
            _ => {}
        }
        self.work = Work::Idle(job);
    }
}

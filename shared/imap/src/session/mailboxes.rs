//! Commands on mailboxes: SELECT, EXAMINE, CLOSE, UNSELECT, DELETE, LIST, LSUB, STATUS, and those
//! whose result is only success or failure.

use super::{Job, Reply, Selection, Server, State, Work};
use crate::code::Code;
use crate::command::StatusItem;
use crate::list;
use crate::query::{Decision, Query, Selected};
use crate::view::View;
use crate::write;
use mail::MailboxName;

impl Server {
    pub(super) fn select(&mut self, job: Job, mailbox: MailboxName, read_only: bool) {
        // RFC 3501 §6.3.1: the previous mailbox is closed first, and stays closed if this one
        // cannot be selected.
        self.state = State::Authenticated;
        self.changed = false;
        self.ask(
            Query::Select {
                mailbox: mailbox.clone(),
                read_only,
            },
            Work::Select(job, mailbox, read_only),
        );
    }

    pub(super) fn select_answered(
        &mut self,
        job: Job,
        mailbox: MailboxName,
        read_only: bool,
        answer: Decision,
    ) {
        let selected = match answer {
            Decision::Selected(selected) => selected,
            Decision::Refused(refusal) => return self.tagged(&job.tag, &refusal.into()),
            _ => return self.unexpected_decision(job),
        };
        let Selected {
            uids,
            recent,
            uid_validity,
            uid_next,
            first_unseen,
            keywords,
            read_only: forced,
        } = *selected;
        let read_only = read_only || forced;
        let view = View::new(uids, recent);
        self.send_flags(&keywords);
        if read_only {
            self.untagged_ok("PERMANENTFLAGS ()", "No permanent flags permitted");
        } else {
            let mut list = String::from_utf8_lossy(&flag_names(&keywords)).into_owned();
            list.push_str(" \\*");
            self.untagged_ok(
                &format!("PERMANENTFLAGS ({list})"),
                "Flags and new keywords permitted",
            );
        }
        let (count, recent) = (view.count(), view.recent().len());
        self.untagged(|out| out.extend_from_slice(format!("{count} EXISTS").as_bytes()));
        self.untagged(|out| out.extend_from_slice(format!("{recent} RECENT").as_bytes()));
        if let Some(seq) = first_unseen.and_then(|uid| view.seq(uid)) {
            self.untagged_ok(&format!("UNSEEN {seq}"), "First unseen message");
        }
        self.untagged_ok(&format!("UIDVALIDITY {uid_validity}"), "UIDs valid");
        self.untagged_ok(&format!("UIDNEXT {uid_next}"), "Predicted next UID");
        self.state = State::Selected(Box::new(Selection {
            mailbox,
            view,
            read_only,
        }));
        let code = if read_only {
            Code::ReadOnly
        } else {
            Code::ReadWrite
        };
        self.tagged(&job.tag, &Reply::ok_with(code, "Mailbox selected"));
    }

    /// `* FLAGS (…)`: the flags in use.
    pub(super) fn send_flags(&mut self, keywords: &[String]) {
        let names = flag_names(keywords);
        self.untagged(|out| {
            out.extend_from_slice(b"FLAGS (");
            out.extend_from_slice(&names);
            out.push(b')');
        });
    }

    pub(super) fn leave(&mut self, job: Job, expunge: bool) {
        // RFC 3501 §6.4.2: no messages are removed if the mailbox was selected by EXAMINE.
        let expunge = expunge && self.selection().is_some_and(|s| !s.read_only);
        self.state = State::Authenticated;
        self.ask(Query::Leave { expunge }, Work::Leave(job));
    }

    pub(super) fn leave_answered(&mut self, job: Job, answer: Decision) {
        match answer {
            Decision::Done => self.tagged(&job.tag, &Reply::ok("Mailbox closed")),
            Decision::Refused(refusal) => self.tagged(&job.tag, &refusal.into()),
            _ => self.unexpected_decision(job),
        }
    }

    pub(super) fn plain_answered(&mut self, job: Job, answer: Decision) {
        match answer {
            Decision::Done => {
                let text = format!("{} completed", job.verb.name);
                self.finish(job, Reply::ok(text));
            }
            Decision::Refused(refusal) => self.finish(job, refusal.into()),
            _ => self.unexpected_decision(job),
        }
    }

    pub(super) fn delete_answered(&mut self, job: Job, mailbox: &MailboxName, answer: Decision) {
        let own = matches!(answer, Decision::Done)
            && self.selection().is_some_and(|s| s.mailbox == *mailbox);
        if own {
            self.state = State::Authenticated;
            self.untagged_ok("CLOSED", "Previous mailbox is now closed");
        }
        self.plain_answered(job, answer);
    }

    pub(super) fn list(&mut self, job: Job, request: list::Request) {
        self.ask(Query::Mailboxes, Work::List(job, Box::new(request)));
    }

    pub(super) fn list_answered(&mut self, job: Job, request: &list::Request, answer: Decision) {
        match answer {
            Decision::Mailboxes(mailboxes) => {
                let start = self.out.len();
                list::respond(request, &mailboxes, &mut self.out);
                self.trace_untagged(start);
                self.finish(job, Reply::ok("Completed"));
            }
            Decision::Refused(refusal) => self.finish(job, refusal.into()),
            _ => self.unexpected_decision(job),
        }
    }

    /// `status-response = "STATUS" SP mailbox SP "(" [status-att-list] ")"`
    pub(super) fn status_answered(
        &mut self,
        job: Job,
        mailbox: &MailboxName,
        items: &[StatusItem],
        answer: Decision,
    ) {
        let status = match answer {
            Decision::Status(status) => status,
            Decision::Refused(refusal) => return self.finish(job, refusal.into()),
            _ => return self.unexpected_decision(job),
        };
        let append_limit = self.config.append_bytes_max;
        self.untagged(|out| {
            out.extend_from_slice(b"STATUS ");
            write::mailbox(out, mailbox.as_str());
            out.extend_from_slice(b" (");
            for (i, item) in items.iter().enumerate() {
                let (name, value) = match item {
                    StatusItem::Messages => ("MESSAGES", u64::from(status.messages)),
                    StatusItem::Recent => ("RECENT", u64::from(status.recent)),
                    StatusItem::UidNext => ("UIDNEXT", u64::from(status.uid_next)),
                    StatusItem::UidValidity => ("UIDVALIDITY", u64::from(status.uid_validity)),
                    StatusItem::Unseen => ("UNSEEN", u64::from(status.unseen)),
                    StatusItem::AppendLimit => ("APPENDLIMIT", append_limit),
                };
                if i > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(name.as_bytes());
                out.push(b' ');
                write::number(out, value);
            }
            out.push(b')');
        });
        self.finish(job, Reply::ok("STATUS completed"));
    }
}

fn flag_names(keywords: &[String]) -> Vec<u8> {
    let mut names = b"\\Answered \\Flagged \\Deleted \\Seen \\Draft".to_vec();
    for keyword in keywords {
        names.push(b' ');
        names.extend_from_slice(keyword.as_bytes());
    }
    names
}

//! Commands on messages: FETCH and STORE in pages, SEARCH, COPY, MOVE, EXPUNGE. Translates between
//! message numbers and UIDs.

use super::{Job, Reply, Selection, Server, State, Work};
use crate::code::Code;
use crate::command::{Change, Item};
use crate::fetch::{Items, Page};
use crate::limits;
use crate::query::{Decision, Query};
use crate::search::{Key, Numbers};
use crate::set::{SequenceSet, UidSet};
use crate::view::{NoSuchNumber, Target, View};
use crate::write;
use mail::MailboxName;
use mail::session::Step;
use std::sync::Arc;

/// A FETCH or STORE in progress: the message numbers that are still to be requested.
#[derive(Debug)]
pub(super) struct Rows {
    numbers: UidSet,
    // The next number to request is in this range, or at its beginning.
    range: usize,
    next: u32,
    asked: usize,
    open: bool,
    change: Option<Arc<Change>>,
    traced: String,
    written: u32,
}

impl Rows {
    // Up to a page of messages; none at the end.
    fn targets(&mut self, view: &View, out: &mut Vec<Target>) {
        while out.len() < limits::PAGE_MESSAGES_MAX {
            let Some(&(first, last)) = self.numbers.ranges().get(self.range) else {
                return;
            };
            let from = first.max(self.next);
            let to =
                last.min(from.saturating_add((limits::PAGE_MESSAGES_MAX - out.len()) as u32 - 1));
            view.targets(from, to, out);
            self.next = to + 1;
            if to == last {
                self.range += 1;
            }
        }
    }
}

impl From<NoSuchNumber> for Reply {
    fn from(e: NoSuchNumber) -> Reply {
        Reply::bad(format!("No message with sequence number {}", e.0))
    }
}

impl Server {
    // The messages of a command's set, by number or by UID.
    fn numbers(&self, job: &Job, set: &SequenceSet) -> Result<UidSet, Reply> {
        let Some(Selection { view, .. }) = self.selection() else {
            return Err(Reply::bad("No mailbox is selected"));
        };
        if job.verb.by_uid {
            Ok(view.by_uid(set))
        } else {
            Ok(view.by_number(set)?)
        }
    }

    fn writable(&self) -> Result<(), Reply> {
        match self.selection() {
            Some(s) if s.read_only => Err(Reply::no(Code::ReadOnly, "Mailbox is read-only")),
            _ => Ok(()),
        }
    }

    pub(super) fn fetch(&mut self, job: Job, set: &SequenceSet, items: Vec<Item>) {
        let numbers = match self.numbers(&job, set) {
            Ok(numbers) => numbers,
            Err(reply) => return self.tagged(&job.tag, &reply),
        };
        let reads = items
            .iter()
            .any(|i| matches!(i, Item::Section(s) if !s.peek));
        let mark_seen = reads && self.writable().is_ok();
        let items = Items {
            items,
            mark_seen,
            by_uid: job.verb.by_uid,
        };
        self.begin_rows(job, numbers, items, None);
    }

    pub(super) fn store(&mut self, job: Job, set: &SequenceSet, change: Change) {
        let numbers = match self.writable().and_then(|()| self.numbers(&job, set)) {
            Ok(numbers) => numbers,
            Err(reply) => return self.tagged(&job.tag, &reply),
        };
        let mut items = Vec::with_capacity(2);
        if job.verb.by_uid {
            items.push(Item::Uid);
        }
        items.push(Item::Flags);
        let items = Items {
            items,
            mark_seen: false,
            by_uid: job.verb.by_uid,
        };
        self.begin_rows(job, numbers, items, Some(Arc::new(change)));
    }

    fn begin_rows(&mut self, job: Job, numbers: UidSet, items: Items, change: Option<Arc<Change>>) {
        let page = Page::new(Arc::new(items), self.config.trace);
        let rows = Rows {
            numbers,
            range: 0,
            next: 1,
            asked: 0,
            open: false,
            change,
            traced: String::new(),
            written: 0,
        };
        self.ask_rows(job, Box::new(rows), page);
    }

    // Refills the page where it is done, and requests its rows; ends the command where no message
    // is left.
    fn ask_rows(&mut self, job: Job, mut rows: Box<Rows>, mut page: Page) {
        if page.targets().is_empty() && !page.is_open() {
            if let State::Selected(selection) = &self.state {
                page.refill(|out| rows.targets(&selection.view, out));
            }
            if page.targets().is_empty() {
                return self.end_rows(job, *rows, page);
            }
        }
        rows.asked = page.targets().len();
        rows.open = page.is_open();
        let ask = match &rows.change {
            Some(change) => Query::Store(page, Arc::clone(change)),
            None => Query::Fetch(page),
        };
        self.ask(ask, Work::Rows(job, rows));
    }

    pub(super) fn rows_answered(&mut self, job: Job, mut rows: Box<Rows>, answer: Decision) {
        let mut page = match answer {
            Decision::Page(page) => page,
            // An incomplete literal has been sent: a response now would be taken for a part of it.
            _ if rows.open => return self.close(),
            Decision::Refused(refusal) => return self.finish(job, refusal.into()),
            _ => return self.unexpected_decision(job),
        };
        if let Some(keywords) = page.take_keywords() {
            // RFC 3501 §7.2.6: FLAGS before the first row with a new keyword.
            self.send_flags(&keywords);
        }
        let bytes = page.take_rows();
        if bytes.is_empty() && page.targets().len() == rows.asked {
            // No progress: it would be requested forever.
            return if page.is_open() {
                self.close();
            } else {
                self.unexpected_decision(job);
            };
        }
        rows.written += (rows.asked - page.targets().len()) as u32;
        if !bytes.is_empty() {
            self.flush();
            self.steps.push_back(Step::Send(bytes));
        }
        self.ask_rows(job, rows, page);
    }

    fn end_rows(&mut self, job: Job, mut rows: Rows, mut page: Page) {
        if let Some(traced) = page.take_traced() {
            rows.traced.push_str(&traced.text);
            if rows.written > u32::from(limits::TRACED_ROWS_MAX) {
                rows.traced
                    .push_str(&format!("… {} in all\n", rows.written));
            }
            self.untagged_trace.push_str(&rows.traced);
        }
        // RFC 5530 §3: another session expunged messages that are still in this view. The command
        // did what it could. By UID they are skipped without a word (RFC 3501 §6.4.8).
        let reply = if page.has_lost() && !job.verb.by_uid {
            Reply::ok_with(Code::ExpungeIssued, "Some messages have been expunged")
        } else {
            Reply::ok("Completed")
        };
        self.finish(job, reply);
    }

    pub(super) fn search(&mut self, job: Job, key: Key<Numbers>) {
        let Some(Selection { view, .. }) = self.selection() else {
            return self.unexpected_decision(job);
        };
        let last = view.count();
        let key = key.map_sets(&|numbers| match numbers {
            // A number past the end matches no message; in SEARCH that is not an error.
            Numbers::Sequence(set) => {
                let all = UidSet::from_ranges(set.ranges(last).collect());
                view.uids_of(&all.intersect(&UidSet::range(1, last)))
            }
            Numbers::Uid(set) => view.uids_of(&view.by_uid(&set)),
            Numbers::Recent => view.recent().clone(),
        });
        self.ask(Query::Search(key), Work::Search(job));
    }

    pub(super) fn search_answered(&mut self, job: Job, answer: Decision) {
        let found = match answer {
            Decision::Found(uids) => uids,
            Decision::Refused(refusal) => return self.finish(job, refusal.into()),
            _ => return self.unexpected_decision(job),
        };
        // Only messages in the client's view are returned.
        let numbers = self.selection().map(|Selection { view, .. }| {
            if job.verb.by_uid {
                view.uids().intersect(&found)
            } else {
                view.seqs_of(&found)
            }
        });
        let numbers = numbers.unwrap_or_default();
        self.untagged(|out| {
            out.extend_from_slice(b"SEARCH");
            for n in numbers.iter() {
                out.push(b' ');
                write::number(out, u64::from(n));
            }
        });
        let text = format!("SEARCH completed; {} found", numbers.len());
        self.finish(job, Reply::ok(text));
    }

    pub(super) fn copy(&mut self, job: Job, set: &SequenceSet, to: MailboxName, moving: bool) {
        let writable = if moving { self.writable() } else { Ok(()) };
        let numbers = match writable.and_then(|()| self.numbers(&job, set)) {
            Ok(numbers) => numbers,
            Err(reply) => return self.tagged(&job.tag, &reply),
        };
        let uids = self
            .selection()
            .map(|s| s.view.uids_of(&numbers))
            .unwrap_or_default();
        if uids.is_empty() {
            return self.finish(job, Reply::ok("No messages specified"));
        }
        self.ask(Query::Copy { uids, to, moving }, Work::Copy(job, moving));
    }

    pub(super) fn copy_answered(&mut self, job: Job, moving: bool, answer: Decision) {
        match answer {
            Decision::Copied(_, from, _) if from.is_empty() => {
                let by_uid = job.verb.by_uid;
                let gone = "Messages have been expunged";
                self.finish(
                    job,
                    if by_uid {
                        Reply::ok(gone)
                    } else {
                        Reply::no(Code::ExpungeIssued, gone)
                    },
                );
            }
            Decision::Copied(validity, from, to) if moving => {
                // RFC 6851 §4.3: COPYUID in an untagged OK before the EXPUNGEs.
                self.untagged_ok(&Code::CopyUid(validity, from, to).to_string(), "Moved");
                self.finish(job, Reply::ok("Moved"));
            }
            Decision::Copied(validity, from, to) => {
                // RFC 4315 §3
                self.finish(
                    job,
                    Reply::ok_with(Code::CopyUid(validity, from, to), "Copied"),
                );
            }
            Decision::Refused(refusal) => self.finish(job, refusal.into()),
            _ => self.unexpected_decision(job),
        }
    }

    pub(super) fn expunge(&mut self, job: Job, set: Option<&SequenceSet>) {
        if let Err(reply) = self.writable() {
            return self.tagged(&job.tag, &reply);
        }
        let uids = match (set, self.selection()) {
            (Some(set), Some(Selection { view, .. })) => Some(view.uids_of(&view.by_uid(set))),
            _ => None,
        };
        self.ask(Query::Expunge(uids), Work::Plain(job));
    }
}

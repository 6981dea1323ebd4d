//! Windows of a folder's list, and the changes since a known state.

use super::{Answer, Error, OpenFolder, Session};
use mail::display::visible;
use mail::flags::DRAFT;
use mail::{MailboxId, SpecialUse};
use mime::{NameAddr, Summary};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Entry, Fault, Mailbox, OutlineView, Store};
use wire::{Changed, Contact, Problem, Response, Row, Window};

/// Rows per response.
pub const ROWS_MAX: u32 = 200;
/// Changes reported one by one; beyond this number the tab fetches its window again.
pub const CHANGES_MAX: usize = 500;

impl Session {
    pub(super) async fn list(&mut self, folder: MailboxId, offset: u32, count: u32) -> Answer {
        let mailbox = self.mailbox(folder).await?;
        match &self.open {
            // The tab already shows this folder: pending changes are sent before the window, so
            // that its state holds for all rows.
            Some(open) if open.mailbox.id == folder => self.catch_up_open().await?,
            _ => self.open = None,
        }
        let (total, state, entries) = mailbox.read(|s| {
            let end = s.entries.len().saturating_sub(offset as usize);
            let start = end.saturating_sub(count.min(ROWS_MAX) as usize);
            (
                s.entries.len() as u32,
                s.modseq,
                s.entries[start..end]
                    .iter()
                    .rev()
                    .cloned()
                    .collect::<Vec<_>>(),
            )
        });
        let rows = self.rows(&mailbox, &entries).await?;
        if self.open.is_none() {
            self.open = Some(OpenFolder { mailbox, state });
        }
        Ok(Response::Window(Window {
            total,
            offset,
            state,
            rows,
        }))
    }

    pub(super) async fn since(&mut self, folder: MailboxId, state: u64) -> Answer {
        let mailbox = self.mailbox(folder).await?;
        let changed = self.difference(&mailbox, state, CHANGES_MAX).await?;
        // The reconnected tab continues with this folder.
        let state = changed
            .as_ref()
            .map_or_else(|| mailbox.read(|s| s.modseq), |c| c.state);
        self.open = Some(OpenFolder { mailbox, state });
        Ok(Response::Changes(changed))
    }

    /// Returns the changes of a folder since a state; `None` if there are more than `changes_max`
    /// or the state is too old.
    pub(super) async fn difference(
        &self,
        mailbox: &Arc<Mailbox>,
        since: u64,
        changes_max: usize,
    ) -> Result<Option<Changed>, Error> {
        let (difference, total, unread) =
            mailbox.read(|s| (s.since(since), s.entries.len() as u32, s.unseen));
        let Some(difference) = difference
            .filter(|d| d.modseq >= since && d.changed.len() + d.vanished.len() <= changes_max)
        else {
            return Ok(None);
        };
        let rows = self.rows(mailbox, &difference.changed).await?;
        let gone = difference
            .vanished
            .iter()
            .map(|uid| mailbox.message_id(*uid))
            .collect();
        Ok(Some(Changed {
            folder: mailbox.id,
            total,
            unread,
            state: difference.modseq,
            rows,
            gone,
        }))
    }

    /// Returns the rows of messages in their order; messages deleted meanwhile are omitted.
    pub(super) async fn rows(
        &self,
        mailbox: &Mailbox,
        entries: &[Entry],
    ) -> Result<Vec<Row>, Fault> {
        let addressed = matches!(
            self.special(mailbox.id),
            Some(SpecialUse::Sent | SpecialUse::Drafts)
        );
        let outlines = outlines_of(self.mua.store(), mailbox, entries).await?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(outline) = outlines.get(&entry.uid) else {
                continue;
            };
            rows.push(row(
                mailbox,
                entry,
                OutlineView::read(outline)?.summary()?,
                addressed,
            ));
        }
        Ok(rows)
    }
}

/// Reads the outlines of messages, by range where they are adjacent.
pub(super) async fn outlines_of(
    store: &Store,
    mailbox: &Mailbox,
    entries: &[Entry],
) -> Result<HashMap<u32, Vec<u8>>, Fault> {
    let uids = entries.iter().map(|e| e.uid);
    let (Some(first), Some(last)) = (uids.clone().min(), uids.clone().max()) else {
        return Ok(HashMap::new());
    };
    let between = mailbox.read(|s| {
        s.entries.partition_point(|e| e.uid <= last) - s.entries.partition_point(|e| e.uid < first)
    });
    if between <= entries.len() * 2 {
        return Ok(store
            .outlines(mailbox, first, last, between + entries.len())
            .await?
            .into_iter()
            .collect());
    }
    let mut outlines = HashMap::with_capacity(entries.len());
    for uid in uids {
        if let Some(outline) = store.outline(mailbox, uid).await? {
            outlines.insert(uid, outline);
        }
    }
    Ok(outlines)
}

/// Builds a row. `addressed`: in Sent and Drafts the first recipient is shown instead of the
/// author, and so it is for a draft in any folder; nobody if there is none.
pub(super) fn row(mailbox: &Mailbox, entry: &Entry, summary: Summary, addressed: bool) -> Row {
    let flags = entry.all_flags();
    let who = if addressed || flags.has(DRAFT) {
        summary.to.first().or(summary.cc.first())
    } else {
        summary.from.first()
    };
    Row {
        id: mailbox.message_id(entry.uid),
        folder: mailbox.id,
        uid: entry.uid,
        who: who.map(contact).unwrap_or_default(),
        date: entry.date,
        bytes: entry.bytes,
        attachments: summary.attachments,
        flags,
        subject: visible(&summary.subject).into_owned(),
        preview: visible(&summary.preview).into_owned(),
    }
}

/// A mailbox for display. An address is foreign text too: one with invisible characters is not
/// valid anyway.
pub(crate) fn contact(of: &NameAddr) -> Contact {
    Contact {
        name: visible(&of.name).into_owned(),
        address: visible(&of.address).into_owned(),
    }
}

impl Session {
    /// Queues the pending changes of the open folder as a notification before the next reply.
    async fn catch_up_open(&mut self) -> Result<(), Error> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        if open.mailbox.read(|s| s.modseq) == open.state {
            return Ok(());
        }
        match self
            .difference(&open.mailbox.clone(), open.state, CHANGES_MAX)
            .await?
        {
            Some(changed) => {
                if let Some(open) = &mut self.open {
                    open.state = changed.state;
                }
                self.outbox.push_back(wire::Notification::Folder(changed));
                Ok(())
            }
            // Too many changes: the following window has another total and the tab fetches the rest
            // again.
            None => {
                self.open = None;
                Ok(())
            }
        }
    }

    /// The error for a missing folder or message.
    pub(super) fn not_found() -> Error {
        Error::Problem(Problem::Gone)
    }
}

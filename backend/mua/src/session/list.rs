//! Windows of a folder's list, and what changed in it since.

use super::{Answered, Open, Session, Trouble};
use mail::{MailboxId, SpecialUse};
use mime::{NameAddr, Summary};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Entry, Fault, Mailbox, OutlineView, Store};
use wire::{Changed, Contact, Problem, Response, Row, Window};

/// The most rows of one answer.
pub const ROWS_MAX: u32 = 200;
/// The most changes that are told one by one; beyond, the tab asks anew.
pub const CHANGES_MAX: usize = 500;

impl Session {
    pub(super) async fn list(&mut self, folder: MailboxId, offset: u32, count: u32) -> Answered {
        let mailbox = self.mailbox(folder).await?;
        match &self.open {
            // The tab has rows of this folder: what it was not told yet comes before the window, so
            // that its state is true of all of them.
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
            self.open = Some(Open {
                mailbox,
                told: state,
            });
        }
        Ok(Response::Window(Window {
            total,
            offset,
            state,
            rows,
        }))
    }

    pub(super) async fn since(&mut self, folder: MailboxId, state: u64) -> Answered {
        let mailbox = self.mailbox(folder).await?;
        let changed = self.difference(&mailbox, state, CHANGES_MAX).await?;
        // A tab that comes back goes on with this folder.
        let told = changed
            .as_ref()
            .map_or_else(|| mailbox.read(|s| s.modseq), |c| c.state);
        self.open = Some(Open { mailbox, told });
        Ok(Response::Changes(changed))
    }

    /// What happened in a folder since; `None` where it is more than `changes_max`, or no longer
    /// known.
    pub(super) async fn difference(
        &self,
        mailbox: &Arc<Mailbox>,
        since: u64,
        changes_max: usize,
    ) -> Result<Option<Changed>, Trouble> {
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

    /// Rows of messages, in their order; those that have gone meanwhile are left out.
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

/// The outlines of messages, read together where they lie together.
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

/// `addressed`: a folder of one's own messages, where the receiver says more than the author.
pub(super) fn row(mailbox: &Mailbox, entry: &Entry, summary: Summary, addressed: bool) -> Row {
    let receiver = || summary.to.first().or(summary.cc.first());
    let who = if addressed {
        receiver().or(summary.from.first())
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
        flags: entry.all_flags(),
        subject: summary.subject,
        preview: summary.preview,
    }
}

pub(crate) fn contact(of: &NameAddr) -> Contact {
    Contact {
        name: of.name.clone(),
        address: of.address.clone(),
    }
}

impl Session {
    /// Tells what the tab was not told of its open folder, before the next answer.
    async fn catch_up_open(&mut self) -> Result<(), Trouble> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        if open.mailbox.read(|s| s.modseq) == open.told {
            return Ok(());
        }
        match self
            .difference(&open.mailbox.clone(), open.told, CHANGES_MAX)
            .await?
        {
            Some(changed) => {
                if let Some(open) = &mut self.open {
                    open.told = changed.state;
                }
                self.outbox.push_back(wire::Notification::Folder(changed));
                Ok(())
            }
            // Too much to tell: the window that follows has another total, and the tab asks for the
            // rest anew.
            None => {
                self.open = None;
                Ok(())
            }
        }
    }

    /// The problem of a folder or message that is not there.
    pub(super) fn gone() -> Trouble {
        Trouble::Problem(Problem::Gone)
    }
}

//! Windows of a folder's list, and the changes since a known state.

use super::{Answer, Error, MESSAGES_MAX, OpenFolder, Session};
use mail::display::visible;
use mail::flags::DRAFT;
use mail::{MailboxId, SpecialUse, StoredMessageId};
use mime::{NameAddr, Summary};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Entry, Fault, Mailbox, OutlineView, Store};
use wire::{Changed, Contact, ListOrder, Problem, Response, Row, Span, Window};

/// Rows per response.
pub const ROWS_MAX: u32 = 200;
/// Changes since a state that are reported one by one; beyond this number the tab fetches its
/// window again.
pub const CHANGES_MAX: usize = 500;
/// Changed rows in one notification; beyond this number the tab fetches its window again.
pub const NOTIFICATION_ROWS_MAX: usize = 200;

impl Session {
    pub(super) async fn list(
        &mut self,
        folder: MailboxId,
        offset: u32,
        count: u32,
        order: ListOrder,
    ) -> Answer {
        let mailbox = self.mailbox(folder).await?;
        match &self.open {
            // The tab already shows this folder: pending changes are sent before the window, so
            // that its state holds for all rows.
            Some(open) if open.mailbox.id == folder => self.catch_up_open().await?,
            _ => self.open = None,
        }
        let count = count.min(ROWS_MAX);
        let addressed = self.is_addressed(folder);
        let part = (offset as usize, count as usize);
        let page = self
            .mua
            .list_indexes()
            .page(self.mua.store(), &mailbox, (order, addressed), part)
            .await?;
        let rows = self.rows(&mailbox, &page.entries, order).await?;
        let state = self.open.as_ref().map_or(page.state, |open| open.state);
        self.open = Some(OpenFolder {
            mailbox,
            state,
            order,
        });
        Ok(Response::Window(Window {
            total: page.total,
            offset,
            state: page.state,
            rows,
            notes: Vec::new(),
        }))
    }

    /// All messages of a folder.
    pub(super) async fn select_folder(&mut self, folder: MailboxId) -> Answer {
        let mailbox = self.mailbox(folder).await?;
        let ids = mailbox.read(|s| {
            let ids = s.entries.iter().map(|e| mailbox.message_id(e.uid));
            ids.take(MESSAGES_MAX).collect::<Vec<_>>()
        });
        Ok(Response::Selected {
            messages: spans(&ids),
            complete: true,
        })
    }

    /// Whether the rows of a folder show recipients.
    fn is_addressed(&self, folder: MailboxId) -> bool {
        matches!(
            self.special(folder),
            Some(SpecialUse::Sent | SpecialUse::Drafts)
        )
    }

    pub(super) async fn since(
        &mut self,
        folder: MailboxId,
        state: u64,
        order: ListOrder,
    ) -> Answer {
        let mailbox = self.mailbox(folder).await?;
        let changed = self
            .difference(&mailbox, (state, order), CHANGES_MAX)
            .await?;
        // The reconnected tab continues with this folder.
        let state = changed
            .as_ref()
            .map_or_else(|| mailbox.read(|s| s.modseq), |c| c.state);
        self.open = Some(OpenFolder {
            mailbox,
            state,
            order,
        });
        Ok(Response::Changes(changed))
    }

    /// Returns the changes of a folder since a state; `None` if there are more than `changes_max`
    /// or the state is too old.
    pub(super) async fn difference(
        &self,
        mailbox: &Arc<Mailbox>,
        (since, order): (u64, ListOrder),
        changes_max: usize,
    ) -> Result<Option<Changed>, Error> {
        let (difference, total, unread) =
            mailbox.read(|s| (s.since(since), s.entries.len() as u32, s.unseen));
        let Some(difference) = difference
            .filter(|d| d.modseq >= since && d.changed.len() + d.vanished.len() <= changes_max)
        else {
            return Ok(None);
        };
        let rows = self.rows(mailbox, &difference.changed, order).await?;
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
            many: false,
        }))
    }

    /// The notification of a folder's changes since a state: with rows unless they are many.
    pub(super) async fn changes(
        &self,
        mailbox: &Arc<Mailbox>,
        (since, order): (u64, ListOrder),
    ) -> Result<Changed, Error> {
        let few = mailbox.read(|s| {
            let changes = s.since(since).filter(|d| d.modseq >= since);
            changes.is_some_and(|d| d.changed.len() <= NOTIFICATION_ROWS_MAX)
        });
        if few && let Some(changed) = self.difference(mailbox, (since, order), usize::MAX).await? {
            return Ok(changed);
        }
        Ok(mailbox.read(|s| Changed {
            folder: mailbox.id,
            total: s.entries.len() as u32,
            unread: s.unseen,
            state: s.modseq,
            many: true,
            ..Changed::default()
        }))
    }

    /// Returns the rows of messages in their order; messages deleted meanwhile are omitted.
    pub(super) async fn rows(
        &self,
        mailbox: &Mailbox,
        entries: &[Entry],
        order: ListOrder,
    ) -> Result<Vec<Row>, Fault> {
        let addressed = self.is_addressed(mailbox.id);
        let outlines = outlines_of(self.mua.store(), mailbox, entries).await?;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(outline) = outlines.get(&entry.uid) else {
                continue;
            };
            let summary = OutlineView::read(outline)?.summary()?;
            let sort = sort_text(entry, &summary, order, addressed);
            rows.push(Row {
                sort,
                ..row(mailbox, entry, summary, addressed)
            });
        }
        Ok(rows)
    }
}

/// Reads the outlines of messages, by range where they are adjacent.
pub(crate) async fn outlines_of(
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

/// The person whom a row shows: the author. With `addressed`, as in Sent and Drafts and for a draft
/// in any folder, the first recipient; nobody if there is none.
fn shown_person(summary: &Summary, addressed: bool) -> Option<&NameAddr> {
    if addressed {
        summary.to.first().or(summary.cc.first())
    } else {
        summary.from.first()
    }
}

/// The text by which a message is sorted; empty in orders that compare numbers.
pub(crate) fn sort_text(
    entry: &Entry,
    summary: &Summary,
    order: ListOrder,
    addressed: bool,
) -> String {
    match order {
        ListOrder::Newest | ListOrder::Oldest | ListOrder::Size => String::new(),
        ListOrder::Subject => mime::subject_key(&visible(&summary.subject)),
        ListOrder::Sender => shown_person(summary, addressed || entry.flags & DRAFT != 0)
            .map(contact)
            .map(|who| mime::name_key(&who.name, &who.address))
            .unwrap_or_default(),
    }
}

/// The spans of ascending ids.
pub(super) fn spans(ids: &[StoredMessageId]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for id in ids {
        match spans.last_mut() {
            Some(span) if span.first.0 + u64::from(span.count) == id.0 => span.count += 1,
            _ => spans.push(Span {
                first: *id,
                count: 1,
            }),
        }
    }
    spans
}

/// Builds a row.
pub(super) fn row(mailbox: &Mailbox, entry: &Entry, summary: Summary, addressed: bool) -> Row {
    let flags = entry.all_flags();
    let who = shown_person(&summary, addressed || flags.has(DRAFT));
    Row {
        id: mailbox.message_id(entry.uid),
        folder: mailbox.id,
        uid: entry.uid,
        who: who.map(contact).unwrap_or_default(),
        date: entry.date,
        bytes: entry.bytes,
        attachments: summary.attachments,
        sort: String::new(),
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
        let since = (open.state, open.order);
        let changed = self.changes(&open.mailbox.clone(), since).await?;
        if let Some(open) = &mut self.open {
            open.state = changed.state;
        }
        self.outbox.push_back(wire::Notification::Folder(changed));
        Ok(())
    }

    /// The error for a missing folder or message.
    pub(super) fn not_found() -> Error {
        Error::Problem(Problem::Gone)
    }
}

//! FETCH and STORE: rows from the mailbox in memory, envelopes and structures as rendered at
//! delivery. Content is read in `sections`.

use super::{Role, refuse};
use imap::fetch::{Page, Row};
use imap::view::Target;
use imap::{Decision, Item, Refusal, StoreMode};
use mail::{Flags, flags};
use std::collections::VecDeque;
use std::sync::Arc;
use store::{Entry, FlagChange, Mailbox, MailboxState, OutlineView};

// Outlines read at once; each has a few hundred octets.
const OUTLINES: usize = 128;
// UIDs no further apart than this are read by one scan.
const GAP_MAX: u32 = 16;

/// What must be read to write a row.
#[derive(Clone, Copy, Debug, Default)]
struct Needs {
    outline: bool,
    content: bool,
}

impl Needs {
    fn of(items: &[Item]) -> Needs {
        let mut needs = Needs::default();
        for item in items {
            match item {
                Item::Envelope | Item::Body | Item::BodyStructure => needs.outline = true,
                Item::Section(_) => needs.content = true,
                Item::Flags | Item::Uid | Item::InternalDate | Item::Size => {}
            }
        }
        needs
    }
}

/// Finds messages in ascending order of UID; in most cases the next entry matches.
#[derive(Default)]
pub(super) struct Walk(usize);

impl Walk {
    pub(super) fn find<'s>(&mut self, state: &'s MailboxState, uid: u32) -> Option<&'s Entry> {
        if state.entries.get(self.0).is_none_or(|e| e.uid != uid) {
            self.0 = state.position(uid)?;
        }
        let entry = &state.entries[self.0];
        self.0 += 1;
        Some(entry)
    }
}

impl Role {
    pub(super) async fn fetch(&mut self, mut page: Page) -> Result<Decision, Refusal> {
        let mailbox = Arc::clone(&self.selected()?.mailbox);
        let needs = Needs::of(&page.items().items);
        if needs.content {
            let rows = self.content_rows(&mailbox, &mut page).await;
            if rows.is_err() || page.targets().is_empty() {
                self.ahead = VecDeque::new();
            }
            rows?;
            return Ok(Decision::Page(page));
        }
        if !needs.outline {
            mailbox.read(|state| {
                let mut walk = Walk::default();
                while let (Some(target), false) = (page.targets().first().copied(), page.is_full())
                {
                    plain_row(&mut page, walk.find(state, target.uid), None);
                }
            });
            return Ok(Decision::Page(page));
        }
        while !page.is_full() && !page.targets().is_empty() {
            let targets: Vec<Target> = page.targets().iter().take(OUTLINES).copied().collect();
            let outlines = self.outlines(&mailbox, &targets).await?;
            mailbox.read(|state| outline_rows(&mut page, state, &targets, &outlines));
        }
        Ok(Decision::Page(page))
    }

    // Reads the outlines of messages in ascending order of UID, adjacent ones by one scan. Other
    // messages in between and missing ones are skipped.
    pub(super) async fn outlines(
        &mut self,
        mailbox: &Mailbox,
        targets: &[Target],
    ) -> Result<Vec<(u32, Vec<u8>)>, Refusal> {
        let mut all = Vec::with_capacity(targets.len());
        for run in targets.chunk_by(|a, b| b.uid - a.uid <= GAP_MAX) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            let count = (last.uid - first.uid) as usize + 1;
            all.extend(
                self.store()
                    .outlines(mailbox, first.uid, last.uid, count)
                    .await
                    .map_err(refuse)?,
            );
        }
        Ok(all)
    }

    pub(super) async fn change(
        &mut self,
        mut page: Page,
        change: &imap::Change,
    ) -> Result<Decision, Refusal> {
        let store = self.store().clone();
        let selected = self.selected()?;
        let mailbox = Arc::clone(&selected.mailbox);
        let uids: Vec<u32> = page.targets().iter().map(|t| t.uid).collect();
        let known = selected.known;
        // Messages changed by another session of which the client is not notified yet: their flags
        // are sent even after a silent STORE.
        let news = |s: &MailboxState| {
            uids.iter()
                .copied()
                .filter(|uid| s.entry(*uid).is_some_and(|e| e.modseq > known))
                .collect::<Vec<_>>()
        };
        let news = if change.silent {
            mailbox.read(news)
        } else {
            Vec::new()
        };
        let flags = change.flags.clone();
        let how = match change.mode {
            StoreMode::Replace => FlagChange::Set(flags),
            StoreMode::Add => FlagChange::Add(flags),
            StoreMode::Remove => FlagChange::Remove(flags),
        };
        let changed = store
            .change_flags(&mailbox, &uids, &how)
            .await
            .map_err(refuse)?;
        let added = match &how {
            FlagChange::Remove(_) => &Flags::default(),
            FlagChange::Set(flags) | FlagChange::Add(flags) => flags,
        };
        if selected.learn(added) {
            page.announce_keywords(selected.keywords.clone());
        }
        let own = &mut selected.own;
        mailbox.read(|state| {
            // One write has one modification sequence: a message with a higher one was changed
            // again since.
            let written = changed
                .iter()
                .filter_map(|uid| Some(state.entry(*uid)?.modseq))
                .min();
            let mut walk = Walk::default();
            while let (Some(target), false) = (page.targets().first().copied(), page.is_full()) {
                let Some(entry) = walk.find(state, target.uid) else {
                    page.lose();
                    continue;
                };
                if !change.silent {
                    own.push((entry.uid, entry.modseq));
                    plain_row(&mut page, Some(entry), None);
                } else {
                    if Some(entry.modseq) == written && news.binary_search(&entry.uid).is_err() {
                        own.push((entry.uid, entry.modseq));
                    }
                    page.pass();
                }
            }
        });
        Ok(Decision::Page(page))
    }

    /// Sets `\Seen` on messages that are fetched, several at once; the rows that follow report the
    /// change.
    pub(super) async fn mark_seen(
        &mut self,
        mailbox: &Arc<Mailbox>,
        targets: &[Target],
    ) -> Result<(), Refusal> {
        let unseen: Vec<u32> = mailbox.read(|s| {
            let unseen = |t: &&Target| s.entry(t.uid).is_some_and(Entry::unseen);
            targets.iter().filter(unseen).map(|t| t.uid).collect()
        });
        if unseen.is_empty() {
            return Ok(());
        }
        let store = self.store().clone();
        let changed = store
            .change_flags(mailbox, &unseen, &FlagChange::Add(Flags::of(flags::SEEN)))
            .await
            .map_err(refuse)?;
        let own = &mut self.selected()?.own;
        mailbox.read(|s| {
            own.extend(
                changed
                    .iter()
                    .filter_map(|uid| Some((*uid, s.entry(*uid)?.modseq))),
            );
        });
        Ok(())
    }
}

fn outline_rows(
    page: &mut Page,
    state: &MailboxState,
    targets: &[Target],
    outlines: &[(u32, Vec<u8>)],
) {
    let mut walk = Walk::default();
    let mut rest = outlines.iter().peekable();
    for target in targets {
        while rest.next_if(|(uid, _)| *uid < target.uid).is_some() {}
        let row = rest.next_if(|(uid, _)| *uid == target.uid);
        let outline = row.and_then(|(uid, row)| {
            let read = OutlineView::read(row);
            if let Err(fault) = &read {
                tracing::error!(uid, %fault, "cannot read an outline");
            }
            read.ok()
        });
        let entry = walk.find(state, target.uid).filter(|_| outline.is_some());
        plain_row(page, entry, outline.as_ref());
    }
}

// Returns the next message's row, or that it is gone.
fn plain_row(page: &mut Page, entry: Option<&Entry>, outline: Option<&OutlineView<'_>>) {
    let Some(entry) = entry else {
        return page.lose();
    };
    let items = Arc::clone(page.items());
    let Some(mut row) = page.row() else { return };
    for item in &items.items {
        plain_item(&mut row, item, entry, outline);
    }
    row.end();
}

/// Writes an item that needs no content.
pub(super) fn plain_item(
    row: &mut Row<'_>,
    item: &Item,
    entry: &Entry,
    outline: Option<&OutlineView<'_>>,
) {
    match (item, outline) {
        (Item::Flags, _) if entry.keywords.is_none() => row.flags(&Flags::of(entry.flags)),
        (Item::Flags, _) => row.flags(&entry.all_flags()),
        (Item::Uid, _) => row.uid(),
        (Item::InternalDate, _) => row.internal_date(entry.date),
        (Item::Size, _) => row.size(entry.bytes),
        (Item::Envelope, Some(o)) => row.envelope(o.envelope),
        (Item::Body, Some(o)) => row.body(o.body),
        (Item::BodyStructure, Some(o)) => row.body_structure(o.body_structure),
        (Item::Envelope | Item::Body | Item::BodyStructure | Item::Section(_), _) => {}
    }
}

//! The list of messages that is open, as far as it is known: a place for each of up to 100,000 rows,
//! of which only those that were looked at are filled. Says which windows to ask for; takes windows
//! and news; shows what the user did before the server confirms it.

use mail::{Flags, MailboxId, StoredMessageId};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use wire::{Changed, Request, Row, Window};

/// Rows asked for at a time; windows begin at multiples of it.
pub const WINDOW_ROWS: u32 = 50;
/// The most filled rows that are kept; beyond, those farthest from the eye are forgotten.
pub const ROWS_KEPT_MAX: usize = 2_000;

/// Where the rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder.
    Folder(MailboxId),
    /// A search, in one folder or in all.
    Search {
        /// As typed.
        query: String,
        /// Only here.
        folder: Option<MailboxId>,
    },
}

/// The open list.
#[derive(Clone, Debug)]
pub struct Rows {
    source: Source,
    state: u64,
    slots: Vec<Option<Arc<Row>>>,
    filled: BTreeSet<StoredMessageId>,
    /// Offsets of windows that were asked for and have not come.
    asked: Vec<u32>,
    /// Messages that the user moved away and the server still has to confirm.
    leaving: BTreeSet<StoredMessageId>,
    /// A window has come at least once.
    known: bool,
    /// Rows may stand at wrong places: the next window replaces everything.
    stale: bool,
}

impl Rows {
    /// A list of which nothing is known yet.
    pub fn new(source: Source) -> Rows {
        Rows {
            source,
            state: 0,
            slots: Vec::new(),
            filled: BTreeSet::new(),
            asked: Vec::new(),
            leaving: BTreeSet::new(),
            known: false,
            stale: false,
        }
    }

    /// Where the rows come from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The folder, where the list is one.
    pub fn folder(&self) -> Option<MailboxId> {
        match self.source {
            Source::Folder(id) => Some(id),
            Source::Search { .. } => None,
        }
    }

    /// The folder's state, for [`Request::Since`]; none where there is nothing to compare.
    pub fn since(&self) -> Option<Request> {
        let folder = self.folder()?;
        (self.known && !self.stale && self.state > 0).then_some(Request::Since {
            folder,
            state: self.state,
        })
    }

    /// Rows in the whole list.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The list is known to hold nothing.
    pub fn is_empty(&self) -> bool {
        self.known && self.slots.is_empty()
    }

    /// At least one window has come.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// The row at a place, if it was fetched.
    pub fn get(&self, index: usize) -> Option<&Arc<Row>> {
        self.slots.get(index)?.as_ref()
    }

    /// Where a message stands, if its row was fetched.
    pub fn index_of(&self, id: StoredMessageId) -> Option<usize> {
        if !self.filled.contains(&id) {
            return None;
        }
        self.slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|row| row.id == id))
    }

    /// A message's row.
    pub fn row(&self, id: StoredMessageId) -> Option<&Arc<Row>> {
        self.get(self.index_of(id)?)
    }

    /// The fetched messages of a range of places.
    pub fn ids(&self, range: Range<usize>) -> impl Iterator<Item = StoredMessageId> + '_ {
        let end = range.end.min(self.slots.len());
        self.slots[range.start.min(end)..end]
            .iter()
            .flatten()
            .map(|row| row.id)
    }

    /// The message `step` places further down (or up, where negative), if it was fetched.
    pub fn neighbour(&self, id: StoredMessageId, step: isize) -> Option<StoredMessageId> {
        let index = self.index_of(id)?.checked_add_signed(step)?;
        self.get(index).map(|row| row.id)
    }

    /// What to ask for so that these places can be shown. Remembers what was asked, so that nothing
    /// is asked twice.
    pub fn want(&mut self, range: Range<usize>) -> Vec<Request> {
        let end = if self.known {
            range.end.min(self.slots.len()).max(1)
        } else {
            1
        };
        let first = (range.start.min(end - 1) as u32) / WINDOW_ROWS;
        let last = (end as u32 - 1) / WINDOW_ROWS;
        let mut asks = Vec::new();
        for offset in (first..=last).map(|page| page * WINDOW_ROWS) {
            if !self.asked.contains(&offset) && self.lacks(offset) {
                self.asked.push(offset);
                asks.push(self.ask(offset));
            }
        }
        asks
    }

    fn lacks(&self, offset: u32) -> bool {
        let from = offset as usize;
        let to = (from + WINDOW_ROWS as usize).min(self.slots.len());
        !self.known || self.stale || self.slots[from.min(to)..to].iter().any(Option::is_none)
    }

    fn ask(&self, offset: u32) -> Request {
        match &self.source {
            Source::Folder(folder) => Request::List {
                folder: *folder,
                offset,
                count: WINDOW_ROWS,
            },
            Source::Search { query, folder } => Request::Search {
                query: query.clone(),
                folder: *folder,
                offset,
                count: WINDOW_ROWS,
            },
        }
    }

    /// A window could not be fetched: it may be asked for again.
    pub fn failed(&mut self, offset: u32) {
        self.asked.retain(|asked| *asked != offset);
    }

    /// Everything asked for is lost (the connection broke): it may be asked for again.
    pub fn lost(&mut self) {
        self.asked.clear();
    }

    /// Rows may stand at wrong places: what is shown stays until the next window comes.
    pub fn mark_stale(&mut self) {
        self.stale = true;
        self.asked.clear();
    }

    /// Takes a window.
    pub fn put(&mut self, window: Window) {
        self.asked.retain(|asked| *asked != window.offset);
        let total = window.total as usize;
        let moved = window.rows.iter().enumerate().any(|(i, row)| {
            self.filled.contains(&row.id)
                && self
                    .slots
                    .get(window.offset as usize + i)
                    .is_none_or(|s| s.as_ref().is_none_or(|r| r.id != row.id))
        });
        if !self.known || self.stale || self.slots.len() != total || moved {
            self.slots = vec![None; total];
            self.filled.clear();
            self.leaving.clear();
            self.state = window.state;
            (self.known, self.stale) = (true, false);
        }
        for (slot, row) in self
            .slots
            .iter_mut()
            .skip(window.offset as usize)
            .zip(window.rows)
        {
            if let Some(old) = slot.take() {
                self.filled.remove(&old.id);
            }
            self.filled.insert(row.id);
            *slot = Some(Arc::new(row));
        }
    }

    /// Takes news of a folder. A search takes only what became of rows that it shows.
    pub fn news(&mut self, changed: &Changed) {
        let open = self.folder() == Some(changed.folder);
        if !self.known
            || (open && changed.state <= self.state)
            || (!open && self.folder().is_some())
        {
            return;
        }
        for id in &changed.gone {
            self.leaving.remove(id);
            self.take_out(*id);
        }
        for row in &changed.rows {
            if self.leaving.contains(&row.id) {
                continue;
            }
            match self.index_of(row.id) {
                Some(index) => self.slots[index] = Some(Arc::new(row.clone())),
                None if open => self.insert(row),
                None => {}
            }
        }
        if open {
            self.state = changed.state;
            if self.slots.len() + self.leaving.len() != changed.total as usize {
                self.mark_stale();
            }
        }
    }

    // A new row stands by its UID, highest first. Where its neighbours are not known, a place is
    // made that is fetched when it is seen.
    fn insert(&mut self, row: &Row) {
        let older = self
            .slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|r| r.uid < row.uid));
        let at = older.unwrap_or(self.slots.len());
        let certain = at == 0 || self.slots[at - 1].is_some();
        if certain
            && (older.is_some()
                || self.slots.is_empty()
                || self.slots.last().is_some_and(Option::is_some))
        {
            self.slots.insert(at, Some(Arc::new(row.clone())));
            self.filled.insert(row.id);
        } else {
            self.slots.insert(at, None);
        }
    }

    fn take_out(&mut self, id: StoredMessageId) -> bool {
        let Some(index) = self.index_of(id) else {
            return false;
        };
        self.slots.remove(index);
        self.filled.remove(&id);
        true
    }

    /// The user moved messages away: they leave at once. Answers the message that now stands where
    /// the first of them stood.
    pub fn leave(&mut self, ids: &[StoredMessageId]) -> Option<StoredMessageId> {
        let first = ids.iter().filter_map(|id| self.index_of(*id)).min();
        for id in ids {
            if self.take_out(*id) && self.folder().is_some() {
                self.leaving.insert(*id);
            }
        }
        let at = first?.min(self.slots.len().checked_sub(1)?);
        self.get(at).map(|row| row.id)
    }

    /// The move was refused: the list is fetched again.
    pub fn stay(&mut self, ids: &[StoredMessageId]) {
        for id in ids {
            self.leaving.remove(id);
        }
        self.mark_stale();
    }

    /// The user set or cleared flags: shown at once.
    pub fn flag(&mut self, ids: &[StoredMessageId], add: &[&str], remove: &[&str]) {
        for id in ids {
            if let Some(index) = self.index_of(*id)
                && let Some(row) = self.slots[index].as_mut()
            {
                let row = Arc::make_mut(row);
                row.flags = changed_flags(&row.flags, add, remove);
            }
        }
    }

    /// Forgets the rows farthest from where the eye is, so that scrolling through everything needs
    /// no more memory than a part.
    pub fn forget_far(&mut self, centre: usize) {
        if self.filled.len() <= ROWS_KEPT_MAX {
            return;
        }
        let near = centre.saturating_sub(ROWS_KEPT_MAX / 4)..centre + ROWS_KEPT_MAX / 4;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if !near.contains(&index)
                && let Some(row) = slot.take()
            {
                self.filled.remove(&row.id);
            }
        }
    }
}

/// Flags after some were set and some cleared.
pub fn changed_flags(flags: &Flags, add: &[&str], remove: &[&str]) -> Flags {
    let of = |names: &[&str]| {
        let mut flags = Flags::default();
        for name in names {
            flags.add(name);
        }
        flags
    };
    flags.without(&of(remove)).union(&of(add))
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;

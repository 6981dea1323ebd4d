//! The open list, as far as it is loaded: an index of up to 100,000 rows of which only viewed
//! windows are filled. Decides which windows to request, applies windows and changes, and shows the
//! user's actions before the server confirms them.

use crate::state::days;
use crate::state::order::place;
use mail::{Flags, MailboxId, StoredMessageId};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use wire::{Changed, ListOrder, Request, Row, SearchNote, Window};

/// Rows per request; windows start at multiples of it.
pub const WINDOW_ROWS: u32 = 50;
/// Number of loaded rows to keep; beyond it the rows farthest from the viewport are dropped.
pub const ROWS_KEPT_MAX: usize = 2_000;

/// The source of the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder.
    Folder(MailboxId),
    /// A search in one folder or all.
    Search {
        /// The query as typed.
        query: String,
        /// The only folder to search.
        folder: Option<MailboxId>,
    },
}

/// The open list.
#[derive(Clone, Debug)]
pub struct Rows {
    source: Source,
    order: ListOrder,
    notes: Vec<SearchNote>,
    state: u64,
    slots: Vec<Option<Arc<Row>>>,
    filled: BTreeSet<StoredMessageId>,
    /// Offsets of requested windows.
    asked: Vec<u32>,
    /// Messages moved away by the user, not confirmed yet.
    leaving: BTreeSet<StoredMessageId>,
    /// Whether at least one window was loaded.
    known: bool,
    /// Whether rows may be at wrong positions, so that the next window replaces everything.
    stale: bool,
}

impl Rows {
    /// A list that is not loaded yet. A search is always newest first.
    pub fn new(source: Source, order: ListOrder) -> Rows {
        let order = match source {
            Source::Folder(_) => order,
            Source::Search { .. } => ListOrder::Newest,
        };
        Rows {
            source,
            order,
            notes: Vec::new(),
            state: 0,
            slots: Vec::new(),
            filled: BTreeSet::new(),
            asked: Vec::new(),
            leaving: BTreeSet::new(),
            known: false,
            stale: false,
        }
    }

    /// The source of the rows.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The order of the rows.
    pub fn order(&self) -> ListOrder {
        self.order
    }

    /// Parts of the query that the search did not understand.
    pub fn notes(&self) -> &[SearchNote] {
        &self.notes
    }

    /// The request that selects all messages of the list.
    pub fn select_all(&self) -> Request {
        match &self.source {
            Source::Folder(folder) => Request::SelectFolder { folder: *folder },
            Source::Search { query, folder } => Request::SelectFound {
                query: query.clone(),
                folder: *folder,
                days: days::of_query(query),
            },
        }
    }

    /// The number of loaded rows.
    pub fn loaded(&self) -> usize {
        self.filled.len()
    }

    /// Whether a message's row is loaded.
    pub fn has(&self, id: StoredMessageId) -> bool {
        self.filled.contains(&id)
    }

    /// The folder, unless the list is a search.
    pub fn folder(&self) -> Option<MailboxId> {
        match self.source {
            Source::Folder(id) => Some(id),
            Source::Search { .. } => None,
        }
    }

    /// The request for changes since the known state; `None` if there is nothing to compare.
    pub fn since(&self) -> Option<Request> {
        let folder = self.folder()?;
        (self.known && !self.stale && self.state > 0).then_some(Request::Since {
            folder,
            state: self.state,
            order: self.order,
        })
    }

    /// Number of rows in the whole list.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether the list is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.known && self.slots.is_empty()
    }

    /// Whether at least one window was loaded.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// The row at an index, if loaded.
    pub fn get(&self, index: usize) -> Option<&Arc<Row>> {
        self.slots.get(index)?.as_ref()
    }

    /// The index of a message, if loaded.
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

    /// The loaded messages in a range.
    pub fn ids(&self, range: Range<usize>) -> impl Iterator<Item = StoredMessageId> + '_ {
        let end = range.end.min(self.slots.len());
        self.slots[range.start.min(end)..end]
            .iter()
            .flatten()
            .map(|row| row.id)
    }

    /// The message `step` rows below (above if negative), if loaded.
    pub fn neighbour(&self, id: StoredMessageId, step: isize) -> Option<StoredMessageId> {
        let index = self.index_of(id)?.checked_add_signed(step)?;
        self.get(index).map(|row| row.id)
    }

    /// The requests needed to show a range. Each window is requested only once.
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
                order: self.order,
            },
            Source::Search { query, folder } => Request::Search {
                query: query.clone(),
                folder: *folder,
                offset,
                count: WINDOW_ROWS,
                days: days::of_query(query),
            },
        }
    }

    /// Records that a request failed, so that it can be repeated.
    pub fn failed(&mut self, offset: u32) {
        self.asked.retain(|asked| *asked != offset);
    }

    /// Records that the connection was lost, so that all requests can be repeated.
    pub fn lost(&mut self) {
        self.asked.clear();
    }

    /// Marks rows as outdated; they stay visible until the next window arrives.
    pub fn mark_stale(&mut self) {
        self.stale = true;
        self.asked.clear();
    }

    /// Applies a window.
    pub fn put(&mut self, window: Window) {
        self.asked.retain(|asked| *asked != window.offset);
        let total = window.total as usize;
        self.notes = window.notes;
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

    /// Applies changes of a folder. A search updates only rows that it shows.
    pub fn apply(&mut self, changed: &Changed) {
        let open = self.folder() == Some(changed.folder);
        if !self.known
            || (open && changed.state <= self.state)
            || (!open && self.folder().is_some())
        {
            return;
        }
        for id in &changed.gone {
            self.leaving.remove(id);
        }
        self.take_out(&changed.gone);
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
            if changed.many || self.slots.len() + self.leaving.len() != changed.total as usize {
                self.mark_stale();
            }
        }
    }

    // Inserts a new row at its position in the order. Between rows that are not loaded, a
    // placeholder is inserted.
    fn insert(&mut self, row: &Row) {
        let own = place(row, self.order);
        let older = self
            .slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|r| place(r, self.order) > own));
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

    // Removes the loaded rows of messages in one pass.
    fn take_out(&mut self, ids: &[StoredMessageId]) {
        let mut gone: BTreeSet<StoredMessageId> = BTreeSet::new();
        gone.extend(ids.iter().filter(|id| self.filled.remove(id)));
        if !gone.is_empty() {
            self.slots
                .retain(|slot| slot.as_ref().is_none_or(|row| !gone.contains(&row.id)));
        }
    }

    /// Removes messages that the user moved. Returns the message that takes the position of the
    /// first.
    pub fn leave(&mut self, ids: &[StoredMessageId]) -> Option<StoredMessageId> {
        let mut chosen = BTreeSet::new();
        chosen.extend(ids);
        let is_chosen =
            |slot: &Option<Arc<Row>>| slot.as_ref().is_some_and(|row| chosen.contains(&row.id));
        let first = self.slots.iter().position(is_chosen);
        let mut leaving: Vec<StoredMessageId> = ids
            .iter()
            .copied()
            .filter(|id| self.filled.contains(id))
            .collect();
        self.take_out(ids);
        // All messages of the list are removed, including those not loaded.
        if self.filled.is_empty() && chosen.len() - leaving.len() >= self.slots.len() {
            leaving = chosen.iter().copied().collect();
            self.slots.clear();
        }
        if self.folder().is_some() {
            self.leaving.extend(leaving);
        }
        let at = first?.min(self.slots.len().checked_sub(1)?);
        self.get(at).map(|row| row.id)
    }

    /// Reloads the list after a failed move.
    pub fn stay(&mut self, ids: &[StoredMessageId]) {
        for id in ids {
            self.leaving.remove(id);
        }
        self.mark_stale();
    }

    /// Changes flags before the server confirms.
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

    /// Drops the rows farthest from the viewport to bound the memory.
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

/// Applies a flag change.
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

//! The selected messages and the cursor of a list, by message rather than by position, so that
//! changes do not shift them.

use mail::StoredMessageId;
use std::collections::BTreeSet;

/// The selection and the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    chosen: BTreeSet<StoredMessageId>,
    /// The anchor of a range selection.
    anchor: Option<StoredMessageId>,
    /// The row with the focus.
    pub cursor: Option<StoredMessageId>,
}

impl Selection {
    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// Number of selected messages.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether all selected messages satisfy a condition.
    pub fn all(&self, is: impl Fn(StoredMessageId) -> bool) -> bool {
        self.chosen.iter().all(|id| is(*id))
    }

    /// Whether a message is selected.
    pub fn has(&self, id: StoredMessageId) -> bool {
        self.chosen.contains(&id)
    }

    /// The anchor of a range selection: the row selected last, else the cursor.
    pub fn anchor(&self) -> Option<StoredMessageId> {
        self.anchor.or(self.cursor)
    }

    /// Selects or deselects a message.
    pub fn toggle(&mut self, id: StoredMessageId) {
        if !self.chosen.remove(&id) {
            self.chosen.insert(id);
        }
        self.anchor = Some(id);
        self.cursor = Some(id);
    }

    /// Selects a range; the anchor stays.
    pub fn extend(&mut self, ids: impl IntoIterator<Item = StoredMessageId>, to: StoredMessageId) {
        self.chosen.extend(ids);
        self.cursor = Some(to);
    }

    /// Selects these messages only; the cursor stays.
    pub fn set_all(&mut self, ids: impl IntoIterator<Item = StoredMessageId>) {
        self.chosen.clear();
        self.chosen.extend(ids);
        self.anchor = None;
    }

    /// Clears the selection; the cursor stays.
    pub fn clear(&mut self) {
        self.chosen.clear();
        self.anchor = None;
    }

    /// The targets of an action: the selected messages, else the given one (the open message or the
    /// cursor).
    pub fn targets(&self, otherwise: Option<StoredMessageId>) -> Vec<StoredMessageId> {
        if self.chosen.is_empty() {
            otherwise.into_iter().collect()
        } else {
            self.chosen.iter().copied().collect()
        }
    }

    /// Deselects messages that were removed from the list, and moves the cursor to `next` if it was
    /// on one of them.
    pub fn left(&mut self, ids: &[StoredMessageId], next: Option<StoredMessageId>) {
        for id in ids {
            self.chosen.remove(id);
        }
        if self.anchor.is_some_and(|id| ids.contains(&id)) {
            self.anchor = None;
        }
        if self.cursor.is_none_or(|id| ids.contains(&id)) {
            self.cursor = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: StoredMessageId = StoredMessageId(1);
    const B: StoredMessageId = StoredMessageId(2);
    const C: StoredMessageId = StoredMessageId(3);

    #[test]
    fn targets_are_the_selection_or_the_current_message() {
        let mut s = Selection::default();
        assert_eq!(s.targets(Some(A)), [A]);
        s.toggle(B);
        s.toggle(C);
        assert_eq!(s.targets(Some(A)), [B, C]);
        s.toggle(B);
        assert_eq!((s.targets(None), s.anchor()), (vec![C], Some(B)));
    }

    #[test]
    fn cursor_moves_on_when_its_row_is_removed() {
        let mut s = Selection {
            cursor: Some(A),
            ..Selection::default()
        };
        s.left(&[A], Some(B));
        assert_eq!(s.cursor, Some(B));
        s.left(&[A], Some(C));
        assert_eq!(s.cursor, Some(B));
    }

    #[test]
    fn range_selection_keeps_its_anchor() {
        let mut s = Selection::default();
        s.toggle(A);
        s.extend([A, B, C], C);
        assert_eq!((s.len(), s.anchor(), s.cursor), (3, Some(A), Some(C)));
    }
}

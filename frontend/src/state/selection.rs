//! Which messages of the list are chosen for a bulk action, and where the cursor stands. By message,
//! not by place: news does not shift it.

use mail::StoredMessageId;
use std::collections::BTreeSet;

/// The selection and the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    chosen: BTreeSet<StoredMessageId>,
    /// From where shift extends.
    anchor: Option<StoredMessageId>,
    /// The row that has the keyboard's attention.
    pub cursor: Option<StoredMessageId>,
}

impl Selection {
    /// Nothing is chosen.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// How many are chosen.
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether a message is chosen.
    pub fn has(&self, id: StoredMessageId) -> bool {
        self.chosen.contains(&id)
    }

    /// From where shift extends: the row chosen last, else the cursor.
    pub fn anchor(&self) -> Option<StoredMessageId> {
        self.anchor.or(self.cursor)
    }

    /// Chooses a message, or no longer.
    pub fn toggle(&mut self, id: StoredMessageId) {
        if !self.chosen.remove(&id) {
            self.chosen.insert(id);
        }
        self.anchor = Some(id);
        self.cursor = Some(id);
    }

    /// Chooses all of these (a range from the anchor); the anchor stays.
    pub fn extend(&mut self, ids: impl IntoIterator<Item = StoredMessageId>, to: StoredMessageId) {
        self.chosen.extend(ids);
        self.cursor = Some(to);
    }

    /// Chooses nothing any more; the cursor stays.
    pub fn clear(&mut self) {
        self.chosen.clear();
        self.anchor = None;
    }

    /// What an action is for: the chosen messages, else the one given (the open message or the
    /// cursor).
    pub fn targets(&self, otherwise: Option<StoredMessageId>) -> Vec<StoredMessageId> {
        if self.chosen.is_empty() {
            otherwise.into_iter().collect()
        } else {
            self.chosen.iter().copied().collect()
        }
    }

    /// Messages left the list: they are chosen no more, and the cursor goes to `next` if it stood on
    /// one of them.
    pub fn left(&mut self, ids: &[StoredMessageId], next: Option<StoredMessageId>) {
        self.chosen.retain(|id| !ids.contains(id));
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
    fn an_action_is_for_the_chosen_messages_or_else_for_the_one_at_hand() {
        let mut s = Selection::default();
        assert_eq!(s.targets(Some(A)), [A]);
        s.toggle(B);
        s.toggle(C);
        assert_eq!(s.targets(Some(A)), [B, C]);
        s.toggle(B);
        assert_eq!((s.targets(None), s.anchor()), (vec![C], Some(B)));
    }

    #[test]
    fn the_cursor_goes_on_to_the_next_row_when_its_own_leaves() {
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
    fn a_range_keeps_its_anchor() {
        let mut s = Selection::default();
        s.toggle(A);
        s.extend([A, B, C], C);
        assert_eq!((s.len(), s.anchor(), s.cursor), (3, Some(A), Some(C)));
    }
}

//! Where messages were moved, as long as this store is open: a message being written can refer to
//! another one that was moved in the meantime. Holds the newest moves only.

use crate::{Store, lock};
use mail::StoredMessageId;
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

/// The number of moves remembered.
const MOVES_MAX: usize = 4096;

/// The longest chain of moves that is followed.
const CHAIN_MAX: usize = 16;

#[derive(Default)]
pub(crate) struct Moves(Mutex<Known>);

#[derive(Default)]
struct Known {
    targets: HashMap<StoredMessageId, StoredMessageId>,
    /// The keys of `targets`, oldest first.
    order: VecDeque<StoredMessageId>,
}

impl Moves {
    pub(crate) fn record(&self, from: StoredMessageId, to: StoredMessageId) {
        let mut known = lock(&self.0);
        if known.targets.insert(from, to).is_none() {
            known.order.push_back(from);
        }
        if known.order.len() > MOVES_MAX
            && let Some(oldest) = known.order.pop_front()
        {
            known.targets.remove(&oldest);
        }
    }
}

impl Store {
    /// Where a message was moved, from folder to folder; `None` if no move of it is known.
    pub fn moved_to(&self, id: StoredMessageId) -> Option<StoredMessageId> {
        let known = lock(&self.moves().0);
        let mut found = None;
        for _ in 0..CHAIN_MAX {
            match known.targets.get(&found.unwrap_or(id)) {
                Some(next) => found = Some(*next),
                None => break,
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_moves_are_remembered() {
        let moves = Moves::default();
        for n in 0..MOVES_MAX as u64 + 2 {
            moves.record(StoredMessageId(n), StoredMessageId(n + 100_000));
        }
        let known = lock(&moves.0);
        assert_eq!(
            (known.targets.len(), known.order.len()),
            (MOVES_MAX, MOVES_MAX)
        );
        assert!(!known.targets.contains_key(&StoredMessageId(1)));
        assert!(known.targets.contains_key(&StoredMessageId(2)));
    }
}

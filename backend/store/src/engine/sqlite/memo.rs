//! Rows of the directory that were read a moment ago: every message asks for the same domain,
//! address and account. What this process writes is known at once; what another one writes (the
//! command line), after [`KNOWN_FOR`]. Only [`get_lately`](super::super::Engine::get_lately) reads
//! it.

use super::super::{Batch, Change, Key, Space, Value};
use mail::Duration;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;
use world::lock;

/// How long a row is believed without being looked at again.
pub(super) const KNOWN_FOR: Duration = Duration::from_millis(50);
// Rows that are remembered; when there are more, it begins anew.
const ROWS_MAX: usize = 4096;

/// What is remembered.
#[derive(Default)]
pub(super) struct Memo(Mutex<State>);

#[derive(Default)]
struct State {
    rows: HashMap<Key, (Option<Value>, Instant)>,
    /// How often something of the directory was written.
    writes: u64,
}

/// What the memo says of a row.
pub(super) enum Known {
    /// It is so.
    Row(Option<Value>),
    /// Look; and say how many writes there were before.
    Unknown(u64),
}

impl Memo {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut lock(&self.0))
    }

    /// A row, where it is known.
    pub(super) fn get(&self, key: &[u8], now: Instant) -> Known {
        self.with(|state| match state.rows.get(key) {
            Some((row, read)) if now.saturating_duration_since(*read) < KNOWN_FOR => {
                Known::Row(row.clone())
            }
            _ => Known::Unknown(state.writes),
        })
    }

    /// Remembers a row that was read, unless something was written meanwhile.
    pub(super) fn keep(&self, key: &[u8], row: Option<&Value>, now: Instant, writes: u64) {
        self.with(|state| {
            if state.writes != writes {
                return;
            }
            if state.rows.len() >= ROWS_MAX {
                state.rows.clear();
            }
            state.rows.insert(key.to_vec(), (row.cloned(), now));
        });
    }

    /// Forgets what these batches wrote: once they are in the file, and before anybody is told.
    pub(super) fn forget(&self, batches: &[Batch]) {
        let changes = batches.iter().flat_map(|batch| &batch.changes);
        for change in changes {
            match change {
                Change::Put(Space::Directory, key, _) | Change::Delete(Space::Directory, key) => {
                    self.with(|state| {
                        state.writes += 1;
                        state.rows.remove(key);
                    })
                }
                Change::DeleteRange(Space::Directory, ..) => self.with(|state| {
                    state.writes += 1;
                    state.rows.clear();
                }),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the engine's own clock")]
mod tests {
    use super::*;

    fn known(memo: &Memo, key: &[u8], now: Instant) -> Option<Option<Value>> {
        match memo.get(key, now) {
            Known::Row(row) => Some(row),
            Known::Unknown(_) => None,
        }
    }

    #[test]
    fn a_row_is_believed_for_a_moment_and_not_after_it_was_written() {
        let (memo, now) = (Memo::default(), Instant::now());
        memo.keep(b"a", Some(&vec![1]), now, 0);
        memo.keep(b"b", None, now, 0);
        assert_eq!(
            [
                known(&memo, b"a", now),
                known(&memo, b"b", now),
                known(&memo, b"c", now)
            ],
            [Some(Some(vec![1])), Some(None), None]
        );
        assert_eq!(
            known(&memo, b"a", now + KNOWN_FOR),
            None,
            "a moment is over"
        );
        let mut batch = Batch::default();
        batch.put(Space::Directory, b"a".to_vec(), vec![2]);
        batch.put(Space::Messages, b"b".to_vec(), vec![2]);
        memo.forget(&[batch]);
        assert_eq!(
            [known(&memo, b"a", now), known(&memo, b"b", now)],
            [None, Some(None)],
            "another space is another row"
        );
        memo.keep(b"a", Some(&vec![1]), now, 0);
        assert_eq!(known(&memo, b"a", now), None, "read before it was written");
    }

    #[test]
    fn many_rows_are_not_too_many() {
        let (memo, now) = (Memo::default(), Instant::now());
        for number in 0..ROWS_MAX {
            memo.keep(&number.to_be_bytes(), None, now, 0);
        }
        assert_eq!(memo.with(|state| state.rows.len()), ROWS_MAX);
        memo.keep(b"one more", None, now, 0);
        assert_eq!(memo.with(|state| state.rows.len()), 1);
    }
}

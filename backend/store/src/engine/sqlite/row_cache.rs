//! A cache of directory rows: every message asks for the same domain, address and account. Writes
//! of this process invalidate it at once; those of another process (the command line) are seen
//! after [`FRESH_FOR`]. Only [`Engine::get_cached`](super::super::Engine::get_cached) reads it.

use super::super::{Batch, Change, Key, Keyspace, Value};
use mail::Duration;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;
use world::lock;

/// How long a row is used without being read again.
pub(super) const FRESH_FOR: Duration = Duration::from_millis(50);
// The most rows; the cache is emptied when there are more.
const ROWS_MAX: usize = 4096;

/// The cache.
#[derive(Default)]
pub(super) struct RowCache(Mutex<State>);

#[derive(Default)]
struct State {
    rows: HashMap<Key, (Option<Value>, Instant)>,
    /// The number of writes to the directory.
    writes: u64,
}

/// The result of a lookup.
pub(super) enum Lookup {
    /// The row, or that there is none.
    Hit(Option<Value>),
    /// The row must be read and passed to [`RowCache::insert`] with this number of writes.
    Miss(u64),
}

impl RowCache {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut lock(&self.0))
    }

    /// Looks a row up.
    pub(super) fn get(&self, key: &[u8], now: Instant) -> Lookup {
        self.with(|state| match state.rows.get(key) {
            Some((row, read)) if now.saturating_duration_since(*read) < FRESH_FOR => {
                Lookup::Hit(row.clone())
            }
            _ => Lookup::Miss(state.writes),
        })
    }

    /// Inserts a row that was read, unless the directory was written since the lookup.
    pub(super) fn insert(&self, key: &[u8], row: Option<&Value>, now: Instant, writes: u64) {
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

    /// Removes the rows that these batches changed: after the commit and before its callbacks.
    pub(super) fn invalidate(&self, batches: &[Batch]) {
        let changes = batches.iter().flat_map(|batch| &batch.changes);
        for change in changes {
            match change {
                Change::Put(Keyspace::Directory, key, _)
                | Change::Delete(Keyspace::Directory, key) => self.with(|state| {
                    state.writes += 1;
                    state.rows.remove(key);
                }),
                Change::DeleteRange(Keyspace::Directory, ..) => self.with(|state| {
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

    fn cached(cache: &RowCache, key: &[u8], now: Instant) -> Option<Option<Value>> {
        match cache.get(key, now) {
            Lookup::Hit(row) => Some(row),
            Lookup::Miss(_) => None,
        }
    }

    #[test]
    fn a_row_is_fresh_for_a_moment_and_not_after_a_write() {
        let (cache, now) = (RowCache::default(), Instant::now());
        cache.insert(b"a", Some(&vec![1]), now, 0);
        cache.insert(b"b", None, now, 0);
        assert_eq!(
            [
                cached(&cache, b"a", now),
                cached(&cache, b"b", now),
                cached(&cache, b"c", now)
            ],
            [Some(Some(vec![1])), Some(None), None]
        );
        assert_eq!(
            cached(&cache, b"a", now + FRESH_FOR),
            None,
            "no longer fresh"
        );
        let mut batch = Batch::default();
        batch.put(Keyspace::Directory, b"a".to_vec(), vec![2]);
        batch.put(Keyspace::Messages, b"b".to_vec(), vec![2]);
        cache.invalidate(&[batch]);
        assert_eq!(
            [cached(&cache, b"a", now), cached(&cache, b"b", now)],
            [None, Some(None)],
            "another space is another row"
        );
        cache.insert(b"a", Some(&vec![1]), now, 0);
        assert_eq!(
            cached(&cache, b"a", now),
            None,
            "read before it was written"
        );
    }

    #[test]
    fn is_emptied_at_the_limit() {
        let (cache, now) = (RowCache::default(), Instant::now());
        for number in 0..ROWS_MAX {
            cache.insert(&number.to_be_bytes(), None, now, 0);
        }
        assert_eq!(cache.with(|state| state.rows.len()), ROWS_MAX);
        cache.insert(b"one more", None, now, 0);
        assert_eq!(cache.with(|state| state.rows.len()), 1);
    }
}

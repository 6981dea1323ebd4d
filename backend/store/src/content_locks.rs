//! Locks for reference counts of contents: one write at a time per content, until it is durable, so
//! that no two writes count from the same number. Writes about different contents do not wait for
//! each other.

use crate::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedMutexGuard;

// A content's kind and number, as in its counter's key.
type Key = (u8, u64);

/// The contents whose reference counts are being changed.
#[derive(Clone, Default)]
pub(crate) struct ContentLocks(Arc<Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>>);

/// Holds the locks of some contents.
pub(crate) struct ContentGuard {
    locks: ContentLocks,
    keys: Vec<Key>,
    guards: Vec<OwnedMutexGuard<()>>,
}

impl ContentLocks {
    /// Locks contents one after the other. `keys` must ascend, so that two writes do not deadlock.
    pub(crate) async fn lock(&self, keys: impl IntoIterator<Item = Key>) -> ContentGuard {
        let mut held = ContentGuard {
            locks: self.clone(),
            keys: Vec::new(),
            guards: Vec::new(),
        };
        for key in keys {
            debug_assert!(
                held.keys.last().is_none_or(|last| *last < key),
                "keys must ascend"
            );
            let content = lock(&self.0).entry(key).or_default().clone();
            held.keys.push(key);
            held.guards.push(content.lock_owned().await);
        }
        held
    }
}

impl Drop for ContentGuard {
    fn drop(&mut self) {
        self.guards.clear();
        let mut all = lock(&self.locks.0);
        for key in &self.keys {
            // The only reference is the table's: the lock is neither held nor waited for.
            if all
                .get(key)
                .is_some_and(|content| Arc::strong_count(content) == 1)
            {
                all.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    fn is_ready(future: impl Future<Output = ContentGuard>) -> bool {
        pin!(future)
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[tokio::test]
    async fn locks_contents_independently_of_each_other() {
        let locks = ContentLocks::default();
        let held = locks.lock([(0, 1), (0, 2)]).await;
        assert!(!is_ready(locks.lock([(0, 2)])) && !is_ready(locks.lock([(0, 1), (1, 7)])));
        assert!(
            is_ready(locks.lock([(1, 2), (1, 3)])),
            "a file is not a row of the same number"
        );
        drop(held);
        assert!(is_ready(locks.lock([(0, 1), (0, 2)])));
        assert!(
            lock(&locks.0).is_empty(),
            "locks that are not held are removed"
        );
    }
}

//! Who counts a content's owners: one write at a time for each content, until it is durable, so
//! that two never count from the same number. Writes about different contents do not wait for each
//! other.

use crate::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedMutexGuard;

// A content's kind and number, as in its counter's key.
type Key = (u8, u64);

/// The contents whose owners are being counted.
#[derive(Clone, Default)]
pub(crate) struct Sharing(Arc<Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>>);

/// The right to count the owners of some contents.
pub(crate) struct Held {
    sharing: Sharing,
    keys: Vec<Key>,
    guards: Vec<OwnedMutexGuard<()>>,
}

impl Sharing {
    /// Waits for its turn at each of them. `keys` ascend, so that two who want the same ones never
    /// wait for each other.
    pub(crate) async fn hold(&self, keys: impl IntoIterator<Item = Key>) -> Held {
        let mut held = Held {
            sharing: self.clone(),
            keys: Vec::new(),
            guards: Vec::new(),
        };
        for key in keys {
            debug_assert!(held.keys.last().is_none_or(|last| *last < key), "in order");
            let turn = lock(&self.0).entry(key).or_default().clone();
            held.keys.push(key);
            held.guards.push(turn.lock_owned().await);
        }
        held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.guards.clear();
        let mut all = lock(&self.sharing.0);
        for key in &self.keys {
            // One is the table's own: nobody holds it or waits for it.
            if all
                .get(key)
                .is_some_and(|turn| Arc::strong_count(turn) == 1)
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

    fn is_ready(future: impl Future<Output = Held>) -> bool {
        pin!(future)
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    }

    #[tokio::test]
    async fn one_content_is_one_writes_at_a_time_and_others_are_free() {
        let sharing = Sharing::default();
        let held = sharing.hold([(0, 1), (0, 2)]).await;
        assert!(!is_ready(sharing.hold([(0, 2)])) && !is_ready(sharing.hold([(0, 1), (1, 7)])));
        assert!(
            is_ready(sharing.hold([(1, 2), (1, 3)])),
            "a file is not a row of the same number"
        );
        drop(held);
        assert!(is_ready(sharing.hold([(0, 1), (0, 2)])));
        assert!(
            lock(&sharing.0).is_empty(),
            "nothing is kept of what nobody holds"
        );
    }
}

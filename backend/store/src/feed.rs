//! The change feed: wakes the watchers of an account and tells which mailboxes changed, so
//! that a watcher re-reads only those. Within one process; the changes themselves are read from the
//! mailboxes ([`crate::Mailbox::read`]).
//!
//! Failures: none. A watcher that is slow loses nothing: changes of one mailbox are merged until it
//! looks.

use crate::{Store, lock};
use mail::{AccountId, MailboxId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What changed in an account since its watcher looked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Mailboxes were created, renamed or removed.
    pub folders: bool,
    /// Mailboxes with new, changed or removed messages, in ascending order.
    pub mailboxes: Vec<MailboxId>,
}

/// Watches one account. Made by [`Store::watch_account`].
pub struct AccountWatch {
    feed: Arc<AccountFeed>,
    wake: watch::Receiver<u64>,
    seen: u64,
}

impl AccountWatch {
    /// Waits for a change. May be dropped and called again; nothing is lost.
    pub async fn changed(&mut self) -> AccountChange {
        loop {
            if self.wake.changed().await.is_err() {
                // The feed holds the sender, so this does not happen.
                std::future::pending::<()>().await;
            }
            let (change, latest) = self.feed.since(self.seen);
            self.seen = latest;
            if change != AccountChange::default() {
                return change;
            }
        }
    }
}

/// The feeds of all watched accounts of a store.
#[derive(Default)]
pub(crate) struct Feeds(Mutex<HashMap<AccountId, Arc<AccountFeed>>>);

struct AccountFeed {
    wake: watch::Sender<u64>,
    changes: Mutex<Changes>,
}

// The sequence numbers of the latest changes.
#[derive(Default)]
struct Changes {
    latest: u64,
    folders: u64,
    mailboxes: HashMap<MailboxId, u64>,
}

impl AccountFeed {
    fn since(&self, seen: u64) -> (AccountChange, u64) {
        let changes = lock(&self.changes);
        let mut mailboxes: Vec<MailboxId> = changes
            .mailboxes
            .iter()
            .filter(|(_, at)| **at > seen)
            .map(|(id, _)| *id)
            .collect();
        mailboxes.sort_unstable();
        let change = AccountChange {
            folders: changes.folders > seen,
            mailboxes,
        };
        (change, changes.latest)
    }

    fn publish(&self, mailbox: Option<MailboxId>) {
        let mut changes = lock(&self.changes);
        changes.latest += 1;
        let latest = changes.latest;
        match mailbox {
            Some(id) => drop(changes.mailboxes.insert(id, latest)),
            None => changes.folders = latest,
        }
        drop(changes);
        self.wake.send_replace(latest);
    }
}

impl Feeds {
    fn watch(&self, account: AccountId) -> AccountWatch {
        let mut feeds = lock(&self.0);
        let feed = feeds.entry(account).or_insert_with(|| {
            Arc::new(AccountFeed {
                wake: watch::channel(0).0,
                changes: Mutex::default(),
            })
        });
        let (wake, feed) = (feed.wake.subscribe(), feed.clone());
        let seen = lock(&feed.changes).latest;
        AccountWatch { feed, wake, seen }
    }

    fn publish(&self, account: AccountId, mailbox: Option<MailboxId>) {
        let mut feeds = lock(&self.0);
        if let Some(feed) = feeds.get(&account) {
            if feed.wake.receiver_count() == 0 {
                feeds.remove(&account);
            } else {
                feed.publish(mailbox);
            }
        }
    }
}

impl Store {
    /// Watches an account from now on: its mailboxes and the messages in them.
    pub fn watch_account(&self, account: AccountId) -> AccountWatch {
        self.0.feeds.watch(account)
    }

    // Called in the engine's order, after a batch is durable.
    pub(crate) fn mailbox_changed(&self, account: AccountId, mailbox: MailboxId) {
        self.0.feeds.publish(account, Some(mailbox));
    }

    pub(crate) fn folders_changed(&self, account: AccountId) {
        self.0.feeds.publish(account, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    // The result of a future that is ready at once.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn mailboxes(ids: &[u64]) -> Option<AccountChange> {
        Some(AccountChange {
            folders: false,
            mailboxes: ids.iter().copied().map(MailboxId).collect(),
        })
    }

    #[test]
    fn wakes_only_watchers_of_the_account_with_changed_mailboxes_only() {
        let feeds = Feeds::default();
        let (alice, bob) = (AccountId(1), AccountId(2));
        feeds.publish(alice, Some(MailboxId(9)));
        let (mut one, mut two, mut other) =
            (feeds.watch(alice), feeds.watch(alice), feeds.watch(bob));
        assert_eq!(now(one.changed()), None, "earlier changes are not reported");
        feeds.publish(alice, Some(MailboxId(3)));
        feeds.publish(alice, Some(MailboxId(2)));
        feeds.publish(alice, Some(MailboxId(3)));
        assert_eq!(now(one.changed()), mailboxes(&[2, 3]));
        assert_eq!(now(one.changed()), None);
        feeds.publish(alice, None);
        assert_eq!(
            now(one.changed()),
            Some(AccountChange {
                folders: true,
                mailboxes: vec![]
            })
        );
        assert_eq!(
            now(two.changed()),
            Some(AccountChange {
                folders: true,
                mailboxes: vec![MailboxId(2), MailboxId(3)]
            }),
            "changes are merged until the watcher looks"
        );
        assert_eq!(now(other.changed()), None);
    }

    #[test]
    fn drops_the_feed_of_an_account_without_watchers() {
        let feeds = Feeds::default();
        drop(feeds.watch(AccountId(1)));
        feeds.publish(AccountId(1), None);
        assert!(lock(&feeds.0).is_empty());
    }
}

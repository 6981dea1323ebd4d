//! The maildrop's lock (RFC 1939 §4): one POP3 session at a time for each account, so that no two
//! delete from different lists. IMAP and delivery do not wait for it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use mail::AccountId;
use world::lock;

/// Which maildrops are held.
#[derive(Clone, Default)]
pub(super) struct Locks(Arc<Mutex<HashSet<AccountId>>>);

/// A lock; free again when dropped.
pub(super) struct Held {
    locks: Locks,
    account: AccountId,
}

impl Locks {
    /// The lock of an account's maildrop, unless another holds it.
    pub(super) fn hold(&self, account: AccountId) -> Option<Held> {
        let mut held = lock(&self.0);
        held.insert(account).then(|| Held {
            locks: self.clone(),
            account,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.locks.0).remove(&self.account);
    }
}

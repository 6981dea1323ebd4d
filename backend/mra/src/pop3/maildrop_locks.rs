//! The maildrop's lock (RFC 1939 §4): one POP3 session at a time for each account, so that no two
//! delete from different lists. IMAP and delivery do not wait for it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use mail::AccountId;
use world::lock;

/// Which maildrops are held.
#[derive(Clone, Default)]
pub(super) struct MaildropLocks(Arc<Mutex<HashSet<AccountId>>>);

/// A lock; free again when dropped.
pub(super) struct MaildropLock {
    locks: MaildropLocks,
    account: AccountId,
}

impl MaildropLocks {
    /// The lock of an account's maildrop, unless another holds it.
    pub(super) fn hold(&self, account: AccountId) -> Option<MaildropLock> {
        let mut held = lock(&self.0);
        held.insert(account).then(|| MaildropLock {
            locks: self.clone(),
            account,
        })
    }
}

impl Drop for MaildropLock {
    fn drop(&mut self) {
        lock(&self.locks.0).remove(&self.account);
    }
}

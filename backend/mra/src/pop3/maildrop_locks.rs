//! The maildrop lock (RFC 1939 §4): one POP3 session at a time for each account, so that no two
//! delete from different lists. IMAP and delivery do not wait for it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use mail::AccountId;
use world::lock;

/// The locked maildrops.
#[derive(Clone, Default)]
pub(super) struct MaildropLocks(Arc<Mutex<HashSet<AccountId>>>);

/// A maildrop's lock; dropping it releases it.
pub(super) struct MaildropLock {
    locks: MaildropLocks,
    account: AccountId,
}

impl MaildropLocks {
    /// Locks an account's maildrop; `None` where another session holds it.
    pub(super) fn try_lock(&self, account: AccountId) -> Option<MaildropLock> {
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

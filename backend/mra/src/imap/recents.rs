//! Which messages are `\Recent` (RFC 3501 §2.3.2): those that no session has been notified of. Kept
//! in memory and in the store, so that a restart makes nothing recent again.
//!
//! Failures: where the store cannot write, the number in memory holds until the next restart.

use mail::MailboxId;
use std::collections::HashMap;
use std::sync::Mutex;
use store::{Fault, Store};
use world::lock;

/// The first recent UID of each mailbox that was selected since the start.
#[derive(Default)]
pub(super) struct Recents(Mutex<HashMap<MailboxId, u32>>);

impl Recents {
    /// The first UID that is recent.
    pub(super) async fn first(&self, store: &Store, id: MailboxId) -> Result<u32, Fault> {
        let known = lock(&self.0).get(&id).copied();
        match known {
            Some(first) => Ok(first),
            None => store.first_recent(id).await,
        }
    }

    /// Returns the first UID that is recent for a session; with `take`, only messages from `next`
    /// on are recent from now on.
    pub(super) async fn claim(
        &self,
        store: &Store,
        id: MailboxId,
        next: u32,
        take: bool,
    ) -> Result<u32, Fault> {
        let stored = self.first(store, id).await?;
        let first = {
            let mut table = lock(&self.0);
            let known = table.entry(id).or_insert(stored);
            let first = *known;
            if take {
                *known = next.max(first);
            }
            first
        };
        if take
            && next > first
            && let Err(fault) = store.set_first_recent(id, next).await
        {
            tracing::debug!(%fault, "the recent messages of a mailbox are not kept");
        }
        Ok(first)
    }
}

//! Accounts, mailboxes, messages, the queue's spool, journeys and the change feed: written once
//! over a small ordered key-value store with engines (memory, SQLite). Decides nothing: who may do
//! what is the roles' business.
//!
//! Failures: every write is one batch that is durable when the call returns `Ok`, or has not
//! happened. [`Fault::Full`] means a full disk; the role answers 452 4.3.1 (SMTP) or NO [LIMIT]
//! (IMAP) and goes on. A broken row is logged with what it is and told as [`Fault::Broken`].
//!
//! Architecture invariant: only this crate's engines know SQL; everything above speaks of mail.

pub mod engine;

mod account;
mod alias;
mod blob;
mod content;
mod folder;
mod greylist;
mod journey;
mod keys;
mod message;
mod password;
mod progress;
mod report;
mod rows;
mod secrets;
mod sending;
mod sharing;
mod signing;
mod spool;
mod tx;
mod view;
mod web;

pub use account::{Account, AccountError, NewAccount, ResolvedAddress};
pub use alias::{ALIAS_DEPTH_MAX, ALIAS_TARGETS_MAX, Alias, AliasName, Target};
#[cfg(not(target_arch = "wasm32"))]
pub use blob::files::Files;
pub use blob::{BlobRef, Blobs, Content, INLINE_BYTES_MAX, memory::MemoryBlobs};
pub use content::Writer;
pub use engine::Fault;
pub use folder::{Folder, FolderError};
pub use greylist::{GreylistTimes, Greylisted};
pub use journey::{Follower, Journeys, Keeping, Writing, unpack as unpack_journey};
pub use message::{FlagChange, Message};
pub use password::{PasswordCost, PasswordHash, SCRAM_ITERATIONS_MIN};
pub use report::ReceivedReport;
pub use rows::{Counters, OutlineRow, OutlineView};
pub use secrets::{APP_PASSWORDS_MAX, AccountSecrets, AppPassword, scram_keys};
pub use signing::{SigningKey, SigningState};
pub use spool::{Lease, SpoolRow};
pub use tx::{Delivery, Placed, Tx};
pub use view::{Difference, Entry, Mailbox, State, VANISHED_MAX, split_message_id};
pub use web::{SessionKey, Upload, WebSession};
pub(crate) use world::lock;

use engine::{Batch, Engine, Space};
use mail::{AccountId, MailboxId};
use sharing::Sharing;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{OnceCell, watch};

/// One host's store. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    blobs: Arc<dyn Blobs>,
    // Contents and messages get the number of this opening in their high half: no number comes
    // twice, and none is written down.
    numbers: AtomicU64,
    open: Mutex<HashMap<MailboxId, Arc<OnceCell<Arc<Mailbox>>>>>,
    // An account's INBOX is the same as long as there is the account; no other account ever has
    // its number.
    inboxes: Mutex<HashMap<AccountId, MailboxId>>,
    // Accounts as their rows said when they were taken apart last.
    parsed: Mutex<HashMap<AccountId, (engine::Value, Account)>>,
    accounts: Mutex<HashMap<AccountId, watch::Sender<u64>>>,
    journeys: Journeys,
    sharing: Sharing,
    // Held by whoever makes accounts, domains or mailboxes.
    directory: tokio::sync::Mutex<()>,
    cost: PasswordCost,
}

/// How many mailboxes that nobody uses are kept open.
const OPEN_MAX: usize = 1024;

impl Store {
    /// Opens a store over an engine.
    ///
    /// # Errors
    /// Where the engine fails.
    pub async fn open(
        engine: Arc<dyn Engine>,
        blobs: Arc<dyn Blobs>,
        cost: PasswordCost,
    ) -> Result<Store, Fault> {
        let opening = next_opening(engine.as_ref()).await?;
        Ok(Store(Arc::new(Inner {
            journeys: Journeys::new(engine.clone(), opening),
            engine,
            blobs,
            numbers: AtomicU64::new(opening << 32),
            open: Mutex::default(),
            inboxes: Mutex::default(),
            parsed: Mutex::default(),
            accounts: Mutex::default(),
            sharing: Sharing::default(),
            directory: tokio::sync::Mutex::default(),
            cost,
        })))
    }

    /// A store in memory, for the Lab and for tests.
    ///
    /// # Errors
    /// None that a fresh memory has.
    pub async fn in_memory(cost: PasswordCost) -> Result<Store, Fault> {
        Store::open(
            Arc::new(engine::memory::Memory::default()),
            Arc::new(MemoryBlobs::default()),
            cost,
        )
        .await
    }

    pub(crate) fn engine(&self) -> &Arc<dyn Engine> {
        &self.0.engine
    }

    pub(crate) fn blobs(&self) -> &Arc<dyn Blobs> {
        &self.0.blobs
    }

    pub(crate) fn sharing(&self) -> &Sharing {
        &self.0.sharing
    }

    /// The cost of new password hashes and SCRAM keys.
    pub fn password_cost(&self) -> PasswordCost {
        self.0.cost
    }

    /// Events of messages.
    pub fn journeys(&self) -> &Journeys {
        &self.0.journeys
    }

    /// A number that no other content, message or upload of this store has.
    pub fn next_number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells of every change in an account from now on: in any mailbox, or of its mailboxes. The
    /// value only counts.
    pub fn watch_account(&self, account: AccountId) -> watch::Receiver<u64> {
        lock(&self.0.accounts)
            .entry(account)
            .or_insert_with(|| watch::channel(0).0)
            .subscribe()
    }

    // Called in the engine's order, after a batch is durable.
    pub(crate) fn published(&self, accounts: impl Iterator<Item = AccountId>) {
        let mut last = None;
        for account in accounts {
            if last != Some(account) {
                self.wake_account(account);
            }
            last = Some(account);
        }
    }

    pub(crate) fn wake_account(&self, account: AccountId) {
        let mut watched = lock(&self.0.accounts);
        if let Some(sender) = watched.get(&account) {
            if sender.receiver_count() == 0 {
                watched.remove(&account);
            } else {
                sender.send_modify(|n| *n += 1);
            }
        }
    }

    // The cell of a mailbox; whoever comes first fills it. Unused ones are let go when there are
    // many.
    pub(crate) fn cell(&self, id: MailboxId) -> Arc<OnceCell<Arc<Mailbox>>> {
        let mut open = lock(&self.0.open);
        if open.len() > OPEN_MAX {
            open.retain(|_, cell| {
                Arc::strong_count(cell) > 1 || cell.get().is_some_and(|m| Arc::strong_count(m) > 1)
            });
        }
        open.entry(id).or_default().clone()
    }

    pub(crate) fn forget(&self, id: MailboxId) {
        lock(&self.0.open).remove(&id);
    }
}

// Each opening has a number of its own, also of two processes that open at the same time.
async fn next_opening(engine: &dyn Engine) -> Result<u64, Fault> {
    let key = keys::counter("openings");
    loop {
        let former = engine.get(Space::Directory, &key).await?;
        let opening = former
            .as_deref()
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes)
            + 1;
        let mut batch = Batch::default();
        batch.asserts.push((Space::Directory, key.clone(), former));
        batch.put(
            Space::Directory,
            key.clone(),
            opening.to_be_bytes().to_vec(),
        );
        match engine::commit(engine, batch).await {
            Err(Fault::Conflict) => {}
            done => return done.map(|()| opening),
        }
    }
}

#[cfg(test)]
mod tests;

//! Accounts, mailboxes, messages, the queue's spool, journeys and the change feed, written once
//! over a small ordered key-value store with engines (memory, SQLite). Stores and makes no
//! decisions: logins are checked by `login`, permissions by the roles.
//!
//! Failures: every write is one batch that is durable when the call returns `Ok`, or has not
//! happened. [`Fault::Full`] means a full disk, or for new mail that no more than the reserve
//! ([`Space`]) is left; the role answers 452 4.3.1 (SMTP) or NO `[LIMIT]` (IMAP) and goes on. A row
//! that cannot be read is [`Fault::Broken`].
//!
//! Architecture invariant: only this crate's engines contain SQL.

pub mod engine;

mod account;
mod alias;
mod blob;
mod content;
mod content_locks;
mod directory;
mod domain;
mod entry;
mod feed;
mod folder;
mod greylist;
mod idn;
mod journey;
mod keys;
mod mailbox;
mod message;
mod moves;
mod password;
mod progress;
mod recent;
mod report;
mod resolve;
mod rows;
mod secrets;
mod sending;
mod signing;
mod space;
mod spool;
mod tx;
mod web;

pub use account::{Account, NewAccount, PreparedAccount};
pub use alias::{ALIAS_DEPTH_MAX, ALIAS_TARGETS_MAX, Alias, AliasName, Target};
#[cfg(not(target_arch = "wasm32"))]
pub use blob::files::Files;
pub use blob::{BlobRef, Blobs, Content, INLINE_BYTES_MAX, memory::MemoryBlobs};
pub use content::{OpenContent, Writer};
pub use directory::AccountError;
#[cfg(not(target_arch = "wasm32"))]
pub use engine::volume::{Ballast, DataVolume};
pub use engine::{Fault, Volume, VolumeSpace};
pub use entry::Entry;
pub use feed::{AccountChange, AccountWatch};
pub use folder::{Folder, FolderError};
pub use greylist::{GreylistStatus, GreylistTimes};
pub use journey::{JourneyFollower, JourneyWrites, Journeys, Retention, unpack as unpack_journey};
pub use mailbox::{Mailbox, MailboxChanges, MailboxState, VANISHED_MAX, split_message_id};
pub use message::{FlagChange, Message, MessageReader};
pub use password::{PasswordCost, PasswordHash, SCRAM_ITERATIONS_MIN};
pub use report::ReceivedReport;
pub use resolve::ResolvedAddress;
pub use rows::{Counters, OutlineRow, OutlineView};
pub use secrets::{APP_PASSWORDS_MAX, AccountSecrets, AppPassword, scram_keys};
pub use signing::{SigningKey, SigningState};
pub use space::Space;
pub use spool::{Lease, SpoolRow};
pub use tx::{AppendedMessage, Delivery, Tx};
pub use web::{SessionKey, Upload, WebSession};
pub(crate) use world::lock;

use content_locks::ContentLocks;
use engine::{Batch, Engine, Keyspace};
use feed::Feeds;
use mail::{AccountId, MailboxId};
use moves::Moves;
use space::Form;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

/// One host's store. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    blobs: Arc<dyn Blobs>,
    // The next number for a content or message: the number of this opening in the high half, so
    // that numbers are unique without being stored.
    numbers: AtomicU64,
    open: Mutex<HashMap<MailboxId, Arc<OnceCell<Arc<Mailbox>>>>>,
    // An account's INBOX never changes, and account numbers are not reused.
    inboxes: Mutex<HashMap<AccountId, MailboxId>>,
    // Recently parsed accounts, with the rows from which they were parsed.
    parsed: Mutex<HashMap<AccountId, (engine::Value, Account)>>,
    feeds: Feeds,
    journeys: Journeys,
    content_locks: ContentLocks,
    moves: Moves,
    space: Arc<Space>,
    // Held while accounts, domains or mailboxes are changed.
    directory: tokio::sync::Mutex<()>,
    cost: PasswordCost,
}

/// The number of open mailboxes above which unused ones are closed.
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
        Store::open_within(engine, blobs, cost, Space::unlimited()).await
    }

    /// Opens a store that leaves a reserve of its disk free.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_within(
        engine: Arc<dyn Engine>,
        blobs: Arc<dyn Blobs>,
        cost: PasswordCost,
        space: Space,
    ) -> Result<Store, Fault> {
        let space = Arc::new(space);
        let opening = next_opening(engine.as_ref()).await?;
        Ok(Store(Arc::new(Inner {
            journeys: Journeys::new(engine.clone(), space.clone(), opening),
            engine,
            blobs,
            numbers: AtomicU64::new(opening << 32),
            open: Mutex::default(),
            inboxes: Mutex::default(),
            parsed: Mutex::default(),
            feeds: Feeds::default(),
            content_locks: ContentLocks::default(),
            moves: Moves::default(),
            space,
            directory: tokio::sync::Mutex::default(),
            cost,
        })))
    }

    /// A store in memory, for the Lab and for tests.
    ///
    /// # Errors
    /// As [`Store::open`].
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

    pub(crate) fn content_locks(&self) -> &ContentLocks {
        &self.0.content_locks
    }

    pub(crate) fn moves(&self) -> &Moves {
        &self.0.moves
    }

    /// Whether new mail may be stored: a role asks before a client transfers it.
    ///
    /// # Errors
    /// [`Fault::Full`] when the free space is below the reserve.
    pub fn check_space(&self) -> Result<(), Fault> {
        self.0.space.check(Form::Row, || self.engine().file_space())
    }

    /// As [`Store::check_space`] for a content that becomes a file.
    pub(crate) fn check_file_space(&self) -> Result<(), Fault> {
        self.0
            .space
            .check(Form::File, || self.engine().file_space())
    }

    /// The cost of new password hashes and SCRAM keys.
    pub fn password_cost(&self) -> PasswordCost {
        self.0.cost
    }

    /// The events of messages.
    pub fn journeys(&self) -> &Journeys {
        &self.0.journeys
    }

    /// A number that is unique among the contents, messages and uploads of this store.
    pub fn next_number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed)
    }

    // The cell of a mailbox, which the first caller fills. Closes unused mailboxes when many are
    // open.
    pub(crate) fn cell(&self, id: MailboxId) -> Arc<OnceCell<Arc<Mailbox>>> {
        let mut open = lock(&self.0.open);
        if open.len() > OPEN_MAX {
            open.retain(|_, cell| {
                Arc::strong_count(cell) > 1 || cell.get().is_some_and(|m| Arc::strong_count(m) > 1)
            });
        }
        open.entry(id).or_default().clone()
    }

    pub(crate) fn close_mailbox(&self, id: MailboxId) {
        lock(&self.0.open).remove(&id);
    }
}

// The number of this opening, unique also when two processes open the store at the same time.
async fn next_opening(engine: &dyn Engine) -> Result<u64, Fault> {
    let key = keys::counter("openings");
    loop {
        let former = engine.get(Keyspace::Directory, &key).await?;
        let opening = former
            .as_deref()
            .and_then(|v| v.try_into().ok())
            .map_or(0, u64::from_be_bytes)
            + 1;
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Keyspace::Directory, key.clone(), former));
        batch.put(
            Keyspace::Directory,
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

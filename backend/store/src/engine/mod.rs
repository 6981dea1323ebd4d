//! The interface between the mailbox logic and storage: a small ordered key-value store with
//! atomic, durable batches. Engines do not interpret rows.
//!
//! Architecture invariant: all mailbox logic is written once, above this trait; every engine passes
//! one suite (`conformance`).
//!
//! Failures: [`Fault::Full`] when the disk is full (the peer is answered 452 4.3.1 and nothing is
//! lost), [`Fault::Conflict`] when an assertion of the batch does not hold, [`Fault::Broken`] for
//! anything else, logged where it occurs. Nothing of a failed batch is written.

pub mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub mod sqlite;
#[cfg(not(target_arch = "wasm32"))]
pub mod volume;

#[cfg(test)]
mod conformance;

use std::fmt;
use world::BoxFuture;

/// A keyspace: a table of rows of one kind, ordered by key. The discriminants are part of the
/// storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Keyspace {
    /// Accounts, addresses, domains, aliases, web sessions and settings of the store.
    Directory,
    /// Mailboxes of accounts.
    Mailboxes,
    /// Counters of mailboxes.
    Counters,
    /// Messages: flags, date, size and the place of the content.
    Messages,
    /// What was parsed from each message at delivery.
    Outlines,
    /// Contents of small messages.
    Contents,
    /// Events that were written with their messages.
    Journeys,
    /// Messages in the queue.
    Spool,
    /// When each message of the queue is due.
    Due,
    /// Further state of the queue: administrators' commands, MTA-STS policies of other domains,
    /// counters for TLS and DMARC reports.
    Sending,
    /// Bundles: events of many messages that were written together.
    Bundles,
    /// The bundles with events of a journey, except those of the second in which it began and of
    /// the next.
    Bundled,
}

impl Keyspace {
    /// All keyspaces, in order of their discriminants.
    pub const ALL: [Keyspace; 12] = [
        Keyspace::Directory,
        Keyspace::Mailboxes,
        Keyspace::Counters,
        Keyspace::Messages,
        Keyspace::Outlines,
        Keyspace::Contents,
        Keyspace::Journeys,
        Keyspace::Spool,
        Keyspace::Due,
        Keyspace::Sending,
        Keyspace::Bundles,
        Keyspace::Bundled,
    ];

    /// Whether rows have kibibytes rather than bytes; an engine may store them differently.
    pub fn is_large(self) -> bool {
        matches!(
            self,
            Keyspace::Contents
                | Keyspace::Journeys
                | Keyspace::Outlines
                | Keyspace::Spool
                | Keyspace::Bundles
        )
    }

    /// The width of the keys in bytes where all are big-endian numbers of one width below 2^63 - 1;
    /// an engine may store them as integers.
    pub fn number_bytes(self) -> Option<usize> {
        match self {
            Keyspace::Contents | Keyspace::Spool | Keyspace::Bundles => Some(8),
            // A mailbox's number and a UID.
            Keyspace::Outlines => Some(12),
            _ => None,
        }
    }
}

/// A row's key.
pub type Key = Vec<u8>;
/// A row's value.
pub type Value = Vec<u8>;

/// Changes that are written together or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows that must have the given value (`None`: be absent), or nothing is written.
    pub asserts: Vec<(Keyspace, Key, Option<Value>)>,
    /// The changes, applied in order.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug)]
pub enum Change {
    /// Writes a row.
    Put(Keyspace, Key, Value),
    /// Removes a row, if there is one.
    Delete(Keyspace, Key),
    /// Removes all rows from the first key up to, but excluding, the second.
    DeleteRange(Keyspace, Key, Key),
}

impl Change {
    /// The keyspace that it concerns.
    pub fn space(&self) -> Keyspace {
        match self {
            Change::Put(space, ..) | Change::Delete(space, _) | Change::DeleteRange(space, ..) => {
                *space
            }
        }
    }
}

impl Batch {
    /// Adds a row.
    pub fn put(&mut self, space: Keyspace, key: Key, value: Value) {
        self.changes.push(Change::Put(space, key, value));
    }

    /// Removes a row.
    pub fn delete(&mut self, space: Keyspace, key: Key) {
        self.changes.push(Change::Delete(space, key));
    }

    /// Removes all rows that begin with `prefix`.
    pub fn delete_prefix(&mut self, space: Keyspace, prefix: &[u8]) {
        self.changes.push(Change::DeleteRange(
            space,
            prefix.to_vec(),
            after_prefix(prefix),
        ));
    }

    /// Asserts that a row is absent.
    pub fn assert_absent(&mut self, space: Keyspace, key: Key) {
        self.asserts.push((space, key, None));
    }
}

/// The first key after all keys that begin with `prefix`.
pub fn after_prefix(prefix: &[u8]) -> Key {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    vec![u8::MAX; 64]
}

/// The space of an engine's own files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSpace {
    /// Free space within them, which rows use again; in bytes.
    pub reusable_bytes: u64,
    /// By how much they will grow for what is written already; in bytes.
    pub unwritten_bytes: u64,
}

/// The space on a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeSpace {
    /// What can still be written, in bytes.
    pub free_bytes: u64,
    /// Its size in bytes.
    pub total_bytes: u64,
}

/// The disk under a store.
pub trait Volume: Send + Sync {
    /// Its space; `None` where it cannot be found.
    fn space(&self) -> Option<VolumeSpace>;

    /// There is room beyond the reserve: what was given up for a full disk is taken back.
    fn restore(&self, _reserve_bytes: u64) {}
}

/// A failure of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No space is left on the disk.
    Full,
    /// An assertion did not hold.
    Conflict,
    /// The engine failed, or a row cannot be read; details for the log.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Full => f.write_str("the disk is full"),
            Fault::Conflict => f.write_str("the data was changed concurrently"),
            Fault::Broken(why) => write!(f, "store failure: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// Called when the batch is durable or has failed, in the order of submission. Must be quick.
pub type OnCommit = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// The rows of a scan.
pub type Rows = Vec<(Key, Value)>;

/// An ordered key-value store.
pub trait Engine: Send + Sync {
    /// Reads a row.
    fn get<'a>(
        &'a self,
        space: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>>;

    /// Reads a row, possibly from a cache: a write through this engine is seen at once, a write of
    /// another process after a moment. For rows that every message needs; not for rows that are
    /// read to be rewritten.
    fn get_cached<'a>(
        &'a self,
        space: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        self.get(space, key)
    }

    /// Reads at most `limit` rows from `from` up to, but excluding, `to`, in order.
    fn scan<'a>(
        &'a self,
        space: Keyspace,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>>;

    /// Queues a batch. Batches are written in the order of these calls, many of them in one commit,
    /// after which `on_commit` is called. Quick, so that the caller may hold locks; it must call
    /// [`Engine::flush`] or [`Engine::flush_soon`] after releasing them.
    fn submit(&self, batch: Batch, on_commit: OnCommit);

    /// What its own files take and hold free.
    fn file_space(&self) -> FileSpace {
        FileSpace::default()
    }

    /// Has queued batches written now, on the caller's thread or another.
    fn flush(&self) {}

    /// Has queued batches written with the next urgent one, or after a moment.
    fn flush_soon(&self) {
        self.flush();
    }
}

/// Submits a batch and waits until it is durable.
///
/// # Errors
/// As the engine says.
pub async fn commit(engine: &dyn Engine, batch: Batch) -> Result<(), Fault> {
    submit_and_wait(engine, batch, |engine| engine.flush()).await
}

/// Submits a batch without urgency and waits until it is durable.
///
/// # Errors
/// As the engine says.
pub async fn commit_soon(engine: &dyn Engine, batch: Batch) -> Result<(), Fault> {
    submit_and_wait(engine, batch, |engine| engine.flush_soon()).await
}

async fn submit_and_wait(
    engine: &dyn Engine,
    batch: Batch,
    flush: fn(&dyn Engine),
) -> Result<(), Fault> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    engine.submit(batch, Box::new(move |result| drop(sender.send(result))));
    flush(engine);
    receiver
        .await
        .unwrap_or_else(|_| Err(Fault::Broken("the store is closed".into())))
}

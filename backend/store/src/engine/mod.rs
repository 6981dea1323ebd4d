//! The seam below the mailbox logic: a small ordered key-value store with atomic, durable batches.
//! Engines know nothing of mail.
//!
//! Architecture invariant: all mailbox logic is written once, above this trait; every engine passes
//! one suite (`conformance`).
//!
//! Failures: [`Fault::Full`] when the disk is full (the peer hears 452 4.3.1 and nothing is lost),
//! [`Fault::Broken`] for anything else, logged where it occurs; [`Fault::Conflict`] when an
//! assertion of the batch does not hold, and then nothing of the batch is done.

pub mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub mod sqlite;

#[cfg(test)]
mod conformance;

use std::fmt;
use world::BoxFuture;

/// The tables. Keys are ordered within one; each holds one kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// Accounts, addresses, domains, settings of the store.
    Directory,
    /// Mailboxes of accounts.
    Mailboxes,
    /// Counters of mailboxes.
    Counters,
    /// Messages: flags and where the content lies.
    Messages,
    /// What was read from each message at delivery.
    Outlines,
    /// Content of small messages.
    Contents,
    /// Events that were written with their messages.
    Journeys,
    /// Messages for which the queue answers.
    Spool,
    /// When each is due.
    Due,
    /// What sending keeps beside its messages: orders by hand, other domains' policies, tallies for
    /// reports.
    Sending,
    /// Events of many messages that were written together.
    Bundles,
    /// Which bundles hold something of a message, but for those of the second in which it came and
    /// of the next.
    Bundled,
}

impl Space {
    /// All of them.
    pub const ALL: [Space; 12] = [
        Space::Directory,
        Space::Mailboxes,
        Space::Counters,
        Space::Messages,
        Space::Outlines,
        Space::Contents,
        Space::Journeys,
        Space::Spool,
        Space::Due,
        Space::Sending,
        Space::Bundles,
        Space::Bundled,
    ];

    /// Rows of KiB rather than of bytes: an engine may lay them out otherwise.
    pub fn is_large(self) -> bool {
        matches!(
            self,
            Space::Contents | Space::Journeys | Space::Outlines | Space::Spool | Space::Bundles
        )
    }

    /// How many octets its keys have, where they are numbers: big-endian, all of one width, and
    /// below 2^63 - 1. An engine may keep them as such.
    pub fn number_bytes(self) -> Option<usize> {
        match self {
            Space::Contents | Space::Spool | Space::Bundles => Some(8),
            // A mailbox's number and a UID.
            Space::Outlines => Some(12),
            _ => None,
        }
    }
}

/// A row's key.
pub type Key = Vec<u8>;
/// A row's value.
pub type Value = Vec<u8>;

/// Changes that happen together or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    /// These rows must be as given (`None`: absent), or nothing is done.
    pub asserts: Vec<(Space, Key, Option<Value>)>,
    /// In their order.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug)]
pub enum Change {
    /// Writes a row.
    Put(Space, Key, Value),
    /// Removes a row; absent is fine.
    Delete(Space, Key),
    /// Removes all rows from the first key up to, not including, the second.
    DeleteRange(Space, Key, Key),
}

impl Batch {
    /// Adds a row.
    pub fn put(&mut self, space: Space, key: Key, value: Value) {
        self.changes.push(Change::Put(space, key, value));
    }

    /// Removes a row.
    pub fn delete(&mut self, space: Space, key: Key) {
        self.changes.push(Change::Delete(space, key));
    }

    /// Removes all rows that begin with `prefix`.
    pub fn delete_prefix(&mut self, space: Space, prefix: &[u8]) {
        self.changes.push(Change::DeleteRange(
            space,
            prefix.to_vec(),
            after_prefix(prefix),
        ));
    }

    /// Demands that a row is absent.
    pub fn assert_absent(&mut self, space: Space, key: Key) {
        self.asserts.push((space, key, None));
    }
}

/// The first key behind all that begin with `prefix`.
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

/// Why the store could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No space is left.
    Full,
    /// An assertion did not hold.
    Conflict,
    /// The engine failed; its words.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Full => f.write_str("no space is left"),
            Fault::Conflict => f.write_str("somebody else changed it first"),
            Fault::Broken(why) => write!(f, "the store failed: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// Called once the batch is durable or has failed; in the order in which batches were submitted.
/// Must be quick.
pub type Done = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// Rows found by a scan.
pub type Rows = Vec<(Key, Value)>;

/// An ordered key-value store.
pub trait Engine: Send + Sync {
    /// One row.
    fn get<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>>;

    /// One row, as it was at most a moment ago where another process wrote it since; what was
    /// written through this engine is known at once. For what every message asks for; never for
    /// a row that is read to be written anew.
    fn get_lately<'a>(
        &'a self,
        space: Space,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        self.get(space, key)
    }

    /// At most `limit` rows from `from` up to, not including, `to`, in order.
    fn scan<'a>(
        &'a self,
        space: Space,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>>;

    /// Hands in a batch. Batches take effect in the order of these calls, many of them in one
    /// durable write; `done` hears of it. Quick, so that locks may be held; whoever submits
    /// calls [`Engine::write`] when he has let them go.
    fn submit(&self, batch: Batch, done: Done);

    /// Sees that what was handed in is written: by this very call, or by somebody who is at it
    /// already.
    fn write(&self) {}

    /// The same for what nobody waits for: it may go with the next write that is in a hurry, or
    /// after a moment.
    fn write_soon(&self) {
        self.write();
    }
}

/// Submits and waits until it is durable.
///
/// # Errors
/// As the engine says.
pub async fn commit(engine: &dyn Engine, batch: Batch) -> Result<(), Fault> {
    durable(engine, batch, |engine| engine.write()).await
}

/// The same, in no hurry.
///
/// # Errors
/// As the engine says.
pub async fn commit_soon(engine: &dyn Engine, batch: Batch) -> Result<(), Fault> {
    durable(engine, batch, |engine| engine.write_soon()).await
}

async fn durable(engine: &dyn Engine, batch: Batch, hasten: fn(&dyn Engine)) -> Result<(), Fault> {
    let (tell, told) = tokio::sync::oneshot::channel();
    engine.submit(batch, Box::new(move |result| drop(tell.send(result))));
    hasten(engine);
    told.await
        .unwrap_or_else(|_| Err(Fault::Broken("the store has ended".into())))
}

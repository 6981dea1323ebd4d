//! A host's disk: rows and contents in memory that survive a crash of the host. It can be made
//! full, or given a capacity. Every event and message is passed to the Lab's tape when its write
//! becomes durable.

use crate::messages::AcceptedMessages;
use crate::tape::Tape;
use store::engine::memory::Memory;
use store::engine::{Batch, Change, Engine, Keyspace, OnCommit, Rows, Value};
use store::{Fault, MemoryBlobs, Volume, VolumeSpace};
use world::BoxFuture;

/// The disk of a host.
pub struct Disk {
    rows: Memory,
    contents: MemoryBlobs,
    tape: Tape,
    messages: AcceptedMessages,
}

impl Disk {
    /// Creates an empty disk.
    pub fn new(tape: Tape, messages: AcceptedMessages) -> Disk {
        Disk {
            rows: Memory::default(),
            contents: MemoryBlobs::default(),
            tape,
            messages,
        }
    }

    /// Makes every write fail as on a full disk, or stops doing so.
    pub fn set_full(&self, full: bool) {
        self.rows.set_full(full);
    }

    /// Limits the bytes that can be stored, like the size of a real disk; 0 removes the limit.
    pub fn set_capacity(&self, bytes: u64) {
        self.rows.set_capacity(bytes);
    }

    /// The store of large contents.
    pub fn contents(&self) -> MemoryBlobs {
        self.contents.clone()
    }
}

impl Volume for Disk {
    fn space(&self) -> Option<VolumeSpace> {
        let rows = self.rows.space()?;
        let contents = self.contents.used_bytes();
        Some(VolumeSpace {
            free_bytes: rows.free_bytes.saturating_sub(contents),
            ..rows
        })
    }
}

impl Engine for Disk {
    fn get<'a>(
        &'a self,
        space: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        self.rows.get(space, key)
    }

    fn scan<'a>(
        &'a self,
        space: Keyspace,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>> {
        self.rows.scan(space, from, to, limit)
    }

    fn submit(&self, batch: Batch, on_commit: OnCommit) {
        let (mut accepted, mut contents) = (Vec::new(), Vec::new());
        for change in &batch.changes {
            match change {
                Change::Put(Keyspace::Journeys, _, events) => {
                    accepted.extend(store::unpack_journey(events).unwrap_or_default());
                }
                Change::Put(Keyspace::Contents, _, content) => contents.push(content.clone()),
                _ => {}
            }
        }
        let (tape, messages) = (self.tape.clone(), self.messages.clone());
        self.rows.submit(
            batch,
            Box::new(move |result| {
                if result.is_ok() {
                    messages.accepted(&accepted, contents);
                    tape.extend(accepted);
                }
                on_commit(result);
            }),
        );
    }
}

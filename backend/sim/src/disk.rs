//! A host's disk: rows and contents in memory that outlive the host's crash. It can be full, and it
//! tells the Lab's tape of every event and every message that is written, at the moment in which it
//! becomes durable.

use crate::messages::RunMessages;
use crate::tape::Tape;
use store::engine::memory::Memory;
use store::engine::{Batch, Change, Engine, Keyspace, OnCommit, Rows, Value};
use store::{Fault, MemoryBlobs};
use world::BoxFuture;

/// One host's disk.
pub struct Disk {
    rows: Memory,
    contents: MemoryBlobs,
    tape: Tape,
    messages: RunMessages,
}

impl Disk {
    /// An empty one.
    pub fn new(tape: Tape, messages: RunMessages) -> Disk {
        Disk {
            rows: Memory::default(),
            contents: MemoryBlobs::default(),
            tape,
            messages,
        }
    }

    /// From now on every write fails as on a full disk; `false` ends it.
    pub fn set_full(&self, full: bool) {
        self.rows.set_full(full);
    }

    /// Large contents.
    pub fn contents(&self) -> MemoryBlobs {
        self.contents.clone()
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
        let (mut told, mut contents) = (Vec::new(), Vec::new());
        for change in &batch.changes {
            match change {
                Change::Put(Keyspace::Journeys, _, events) => {
                    told.extend(store::unpack_journey(events).unwrap_or_default())
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
                    messages.accepted(&told, contents);
                    tape.extend(told);
                }
                on_commit(result);
            }),
        );
    }
}

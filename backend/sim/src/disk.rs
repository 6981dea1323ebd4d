//! A host's disk: rows and contents in memory that outlive the host's crash. It can be full, and it tells the Lab's tape of every event
//! that is written, at the moment in which it becomes durable.

use crate::tape::Tape;
use store::engine::memory::Memory;
use store::engine::{Batch, Change, Done, Engine, Rows, Space, Value};
use store::{Fault, MemoryBlobs};
use world::BoxFuture;

/// One host's disk.
pub struct Disk {
    rows: Memory,
    contents: MemoryBlobs,
    tape: Tape,
}

impl Disk {
    /// An empty one.
    pub fn new(tape: Tape) -> Disk {
        Disk { rows: Memory::default(), contents: MemoryBlobs::default(), tape }
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
    fn get<'a>(&'a self, space: Space, key: &'a [u8]) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        self.rows.get(space, key)
    }

    fn scan<'a>(&'a self, space: Space, from: &'a [u8], to: &'a [u8], limit: usize) -> BoxFuture<'a, Result<Rows, Fault>> {
        self.rows.scan(space, from, to, limit)
    }

    fn submit(&self, batch: Batch, done: Done) {
        let mut told = Vec::new();
        for change in &batch.changes {
            if let Change::Put(Space::Journeys, _, events) = change {
                told.extend(store::unpack_journey(events).unwrap_or_default());
            }
        }
        let tape = self.tape.clone();
        self.rows.submit(
            batch,
            Box::new(move |result| {
                if result.is_ok() {
                    tape.extend(told);
                }
                done(result);
            }),
        );
    }
}

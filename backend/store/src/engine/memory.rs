//! The engine of the Lab and of tests: ordered maps in memory. Durable for as long as it lives.

use super::{Batch, Change, Engine, Fault, Key, Keyspace, OnCommit, Rows, Value};
use std::collections::BTreeMap;
use std::sync::Mutex;
use world::{BoxFuture, lock};

/// Rows in memory.
#[derive(Default)]
pub struct Memory {
    tables: Mutex<BTreeMap<Keyspace, BTreeMap<Key, Value>>>,
    full: std::sync::atomic::AtomicBool,
}

impl Memory {
    /// Has every batch fail with [`Fault::Full`], as on a full disk, until called with `false`.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, std::sync::atomic::Ordering::Relaxed);
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Keyspace, BTreeMap<Key, Value>>) -> T) -> T {
        work(&mut lock(&self.tables))
    }

    fn apply(&self, batch: Batch) -> Result<(), Fault> {
        if self.full.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(Fault::Full);
        }
        self.with(|tables| {
            let holds = |(space, key, value): &(Keyspace, Key, Option<Value>)| {
                tables.get(space).and_then(|t| t.get(key)) == value.as_ref()
            };
            if !batch.asserts.iter().all(holds) {
                return Err(Fault::Conflict);
            }
            for change in batch.changes {
                match change {
                    Change::Put(space, key, value) => {
                        tables.entry(space).or_default().insert(key, value);
                    }
                    Change::Delete(space, key) => {
                        tables.entry(space).or_default().remove(&key);
                    }
                    Change::DeleteRange(space, from, to) => {
                        let table = tables.entry(space).or_default();
                        let keys: Vec<Key> = if from < to {
                            table.range(from..to).map(|(k, _)| k.clone()).collect()
                        } else {
                            Vec::new()
                        };
                        for key in keys {
                            table.remove(&key);
                        }
                    }
                }
            }
            Ok(())
        })
    }
}

impl Engine for Memory {
    fn get<'a>(
        &'a self,
        space: Keyspace,
        key: &'a [u8],
    ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
        Box::pin(std::future::ready(Ok(
            self.with(|t| t.get(&space).and_then(|t| t.get(key)).cloned())
        )))
    }

    fn scan<'a>(
        &'a self,
        space: Keyspace,
        from: &'a [u8],
        to: &'a [u8],
        limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Fault>> {
        let rows = self.with(|t| match t.get(&space) {
            Some(table) if from < to => {
                let range = table.range::<[u8], _>((
                    std::ops::Bound::Included(from),
                    std::ops::Bound::Excluded(to),
                ));
                range
                    .take(limit)
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect()
            }
            _ => Vec::new(),
        });
        Box::pin(std::future::ready(Ok(rows)))
    }

    fn submit(&self, batch: Batch, on_commit: OnCommit) {
        on_commit(self.apply(batch));
    }
}

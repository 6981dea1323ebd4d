//! The engine of the Lab and of tests: ordered maps in memory. Durable for as long as it lives.

use super::{
    Batch, Change, Engine, Fault, Key, Keyspace, OnCommit, Rows, Value, Volume, VolumeSpace,
};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use world::{BoxFuture, lock};

/// Rows in memory.
#[derive(Default)]
pub struct Memory {
    tables: Mutex<BTreeMap<Keyspace, BTreeMap<Key, Value>>>,
    full: AtomicBool,
    /// The size of all keys and values, in bytes.
    used_bytes: AtomicU64,
    /// The most that they may have; 0 for no limit.
    capacity_bytes: AtomicU64,
}

impl Memory {
    /// Has every batch fail with [`Fault::Full`], as on a full disk, until called with `false`.
    pub fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    /// Limits the size of all rows: a batch that would exceed it fails with [`Fault::Full`]. 0 ends
    /// the limit.
    pub fn set_capacity(&self, bytes: u64) {
        self.capacity_bytes.store(bytes, Ordering::Relaxed);
    }

    /// The size of all rows, in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Keyspace, BTreeMap<Key, Value>>) -> T) -> T {
        work(&mut lock(&self.tables))
    }

    fn apply(&self, batch: Batch) -> Result<(), Fault> {
        if self.full.load(Ordering::Relaxed) {
            return Err(Fault::Full);
        }
        self.with(|tables| {
            let holds = |(space, key, value): &(Keyspace, Key, Option<Value>)| {
                tables.get(space).and_then(|t| t.get(key)) == value.as_ref()
            };
            if !batch.asserts.iter().all(holds) {
                return Err(Fault::Conflict);
            }
            let mut used = self.used_bytes();
            // Room is needed before the batch frees any.
            let capacity = self.capacity_bytes.load(Ordering::Relaxed);
            if capacity > 0 {
                let needed: u64 = batch.changes.iter().map(|c| growth(tables, c)).sum();
                if needed > 0 && used + needed > capacity {
                    return Err(Fault::Full);
                }
            }
            for change in batch.changes {
                used += added_bytes(&change);
                used -= removed_bytes(tables.entry(change.space()).or_default(), change);
            }
            self.used_bytes.store(used, Ordering::Relaxed);
            Ok(())
        })
    }
}

// The size of what a change writes.
fn added_bytes(change: &Change) -> u64 {
    match change {
        Change::Put(_, key, value) => size(key, value),
        Change::Delete(..) | Change::DeleteRange(..) => 0,
    }
}

// By how much a row grows, in bytes.
fn growth(tables: &BTreeMap<Keyspace, BTreeMap<Key, Value>>, change: &Change) -> u64 {
    let Change::Put(space, key, _) = change else {
        return 0;
    };
    let former = tables.get(space).and_then(|table| table.get(key));
    added_bytes(change).saturating_sub(former.map_or(0, |former| size(key, former)))
}

// Applies a change, and returns the size of the rows that it replaces or removes.
fn removed_bytes(table: &mut BTreeMap<Key, Value>, change: Change) -> u64 {
    match change {
        Change::Put(_, key, value) => {
            let length = key.len() as u64;
            let former = table.insert(key, value);
            former.map_or(0, |former| length + former.len() as u64)
        }
        Change::Delete(_, key) => table.remove(&key).map_or(0, |former| size(&key, &former)),
        Change::DeleteRange(_, from, to) => {
            let keys: Vec<Key> = if from < to {
                table.range(from..to).map(|(k, _)| k.clone()).collect()
            } else {
                Vec::new()
            };
            let removed = keys
                .iter()
                .filter_map(|key| Some(size(key, &table.remove(key)?)));
            removed.sum()
        }
    }
}

fn size(key: &Key, value: &Value) -> u64 {
    (key.len() + value.len()) as u64
}

/// Where a capacity is set.
impl Volume for Memory {
    fn space(&self) -> Option<VolumeSpace> {
        let total_bytes = self.capacity_bytes.load(Ordering::Relaxed);
        (total_bytes > 0).then(|| VolumeSpace {
            free_bytes: total_bytes.saturating_sub(self.used_bytes()),
            total_bytes,
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

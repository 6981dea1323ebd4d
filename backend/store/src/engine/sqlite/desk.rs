//! What waits to be written, and the one connection that writes: in groups by a thread for that, or
//! by whoever hands in, where that is swifter.

use super::fold::{self, Folder};
use super::key::{Place, place};
use super::memo::Memo;
use super::table::words;
use super::{fault, get, lock, within};
use crate::engine::{Batch, Change, Done, Fault};
use mail::Duration;
use rusqlite::{Connection, params};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// What waits to be written, and the one connection that writes.
pub(super) struct Desk {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    pub(super) directory: Memo,
    pub(super) connection: Mutex<Connection>,
    pub(super) folder: Folder,
    /// How long a group took to be durable, the last ones weighing most; microseconds.
    pace_micros: AtomicU64,
    /// How many came together last.
    crowd: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    batches: VecDeque<(Batch, Done)>,
    /// How many of them are in a hurry.
    urgent: usize,
    /// The thread looks again by itself within [`PATIENCE`].
    watched: bool,
    /// Something in no hurry came since it looked last.
    patient: bool,
    ended: bool,
}

impl Waiting {
    fn take(&mut self, most: usize) -> Vec<(Batch, Done)> {
        let count = self.batches.len().min(most);
        // What is left over may be in a hurry.
        self.urgent = self.batches.len() - count;
        self.batches.drain(..count).collect()
    }
}

// How long what is in no hurry waits for company.
const PATIENCE: Duration = Duration::from_millis(2);
// How many batches one durable write may carry: bounds how long the first of them waits.
const GROUP_MAX: usize = 512;
// And how many where it is handed in: one in a hurry and its company.
const GROUP_HERE_MAX: usize = 8;
// A lone batch is written where it is handed in, without a change of threads, while the disk needs
// no longer than this.
const SWIFT_MICROS: u64 = 1000;

impl Desk {
    pub(super) fn new(writer: Connection) -> Desk {
        Desk {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            directory: Memo::default(),
            connection: Mutex::new(writer),
            folder: Folder::default(),
            pace_micros: AtomicU64::new(SWIFT_MICROS),
            crowd: AtomicUsize::new(0),
        }
    }

    pub(super) fn submit(&self, batch: Batch, done: Done) {
        lock(&self.waiting).batches.push_back((batch, done));
    }

    /// What waits is in a hurry.
    pub(super) fn write(&self) {
        if !self.write_here() {
            self.arrived.notify_one();
        }
    }

    /// What waits is in no hurry.
    pub(super) fn write_soon(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.patient = true;
        if !std::mem::replace(&mut waiting.watched, true) {
            self.arrived.notify_one();
        }
    }

    /// What waits is written, and no more of it; the threads end.
    pub(super) fn end(&self) {
        lock(&self.waiting).ended = true;
        self.arrived.notify_one();
        self.folder.end();
    }

    /// The writing thread's life.
    pub(super) fn work(&self) {
        while self.wait() {
            let connection = lock(&self.connection);
            // Read only now: what came while somebody else wrote goes along.
            let (urgent, group) = {
                let mut waiting = lock(&self.waiting);
                (waiting.urgent, waiting.take(GROUP_MAX))
            };
            if !group.is_empty() {
                self.write_and_tell(&connection, group, urgent);
            }
        }
        let _ = lock(&self.connection).pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    // Until there is something to write; false once there will never be.
    fn wait(&self) -> bool {
        let mut waiting = lock(&self.waiting);
        loop {
            match (waiting.batches.is_empty(), waiting.ended) {
                (false, true) => return true,
                (true, true) => return false,
                (false, false) if waiting.urgent > 0 => return true,
                (true, false) => waiting.urgent = 0,
                (false, false) => {}
            }
            if !waiting.watched {
                // Whoever hands in what is in no hurry says so afterwards.
                waiting = self
                    .arrived
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let before = std::mem::take(&mut waiting.patient);
            let (after, slept) = self
                .arrived
                .wait_timeout(waiting, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            waiting = after;
            if slept.timed_out() {
                // Nothing came for a while: from now on it must be called.
                waiting.watched = before || waiting.patient;
                if !waiting.batches.is_empty() {
                    return true;
                }
            }
        }
    }

    // True where all that waited has been written by this call: a single batch that is in a hurry,
    // on a swift disk, while nobody else writes.
    fn write_here(&self) -> bool {
        lock(&self.waiting).urgent += 1;
        if self.pace_micros.load(Ordering::Relaxed) > SWIFT_MICROS
            || self.crowd.load(Ordering::Relaxed) > 1
        {
            return false;
        }
        let Ok(connection) = self.connection.try_lock() else {
            return false;
        };
        let group = {
            let mut waiting = lock(&self.waiting);
            match (waiting.batches.len(), waiting.urgent) {
                (0, _) => return true,
                (1..=GROUP_HERE_MAX, ..=1) => waiting.take(GROUP_HERE_MAX),
                _ => return false,
            }
        };
        self.write_and_tell(&connection, group, 1);
        drop(connection);
        let waiting = lock(&self.waiting);
        waiting.batches.is_empty() || waiting.urgent == 0
    }

    // Told while the connection is held: the next group is not heard of before this one.
    #[expect(
        clippy::disallowed_methods,
        reason = "how swift the disk is, only the system's clock can say"
    )]
    fn write_and_tell(&self, connection: &Connection, group: Vec<(Batch, Done)>, urgent: usize) {
        let begun = Instant::now();
        self.crowd.store(urgent, Ordering::Relaxed);
        let (batches, dones): (Vec<Batch>, Vec<Done>) = group.into_iter().unzip();
        let written = write_group(connection, &batches);
        self.folder.grown_to(fold::pages());
        let taken = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let pace = self.pace_micros.load(Ordering::Relaxed);
        self.pace_micros.store(
            (pace.saturating_mul(7).saturating_add(taken)) / 8,
            Ordering::Relaxed,
        );
        self.directory.forget(&batches);
        match written {
            Ok(results) => dones
                .into_iter()
                .zip(results)
                .for_each(|(done, result)| done(result)),
            Err(e) => {
                tracing::error!(error = %e, batches = batches.len(), "the store could not write");
                dones.into_iter().for_each(|done| done(Err(e.clone())));
            }
        }
    }
}

fn write_group(
    connection: &Connection,
    batches: &[Batch],
) -> Result<Vec<Result<(), Fault>>, Fault> {
    within(connection, || {
        let mut results = Vec::with_capacity(batches.len());
        for batch in batches {
            if !asserts_hold(connection, batch)? {
                results.push(Err(Fault::Conflict));
                continue;
            }
            // A change that fails (a full disk) fails the whole group.
            for change in &batch.changes {
                apply(connection, change)?;
            }
            results.push(Ok(()));
        }
        Ok(results)
    })
}

fn asserts_hold(connection: &Connection, batch: &Batch) -> Result<bool, Fault> {
    for (space, key, expected) in &batch.asserts {
        if get(connection, *space, place(*space, key)?).map_err(fault)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(connection: &Connection, change: &Change) -> Result<usize, Fault> {
    let done = match change {
        Change::Put(space, key, value) => {
            let place = place(*space, key)?;
            connection
                .prepare_cached(&words(*space).put)
                .and_then(|mut s| s.execute(params![place, value]))
        }
        Change::Delete(space, key) => {
            let Some(place) = Place::of(*space, key) else {
                return Ok(0);
            };
            connection
                .prepare_cached(&words(*space).delete)
                .and_then(|mut s| s.execute([place]))
        }
        Change::DeleteRange(space, from, to) => {
            let (from, to) = (Place::from(*space, from), Place::from(*space, to));
            connection
                .prepare_cached(&words(*space).delete_range)
                .and_then(|mut s| s.execute(params![from, to]))
        }
    };
    done.map_err(fault)
}

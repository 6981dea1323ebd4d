//! Group commit: the queue of submitted batches and the one connection that writes them.
//!
//! Batches are written in the order of submission. A commit is one transaction with one sync, and
//! carries every batch that was submitted while the previous commit was being made durable, up to
//! [`GROUP_MAX`]. Two callers write:
//! - the committer thread ([`Committer::run`]), which takes whole groups;
//! - the caller of [`Committer::flush`], when its batch is the only urgent one and the disk is fast
//!   (an average commit of at most [`FAST_COMMIT_MICROS`]). This saves two thread switches.
//!
//! A batch is *urgent* when somebody waits for it ([`Committer::flush`]), otherwise *deferred*
//! ([`Committer::flush_soon`]): it goes with the next urgent one, or after [`DEFER_MAX`].
//!
//! # States of the committer thread
//!
//! ```text
//!            flush_soon                       flush_soon
//!   Parked ─────────────▶ Polling{true} ◀────────────────── Polling{false}
//!     ▲                        │                                 ▲   │
//!     │                        └──────────── tick ───────────────┘   │
//!     └──────────────────── tick without a deferred batch ───────────┘
//!   any state ── close ──▶ Closing ── queue is empty ──▶ the thread ends
//! ```
//!
//! - *Parked*: sleeps until [`Committer::flush`] or [`Committer::flush_soon`] wakes it.
//! - *Polling*: looks at the queue every [`DEFER_MAX`] by itself, so that a deferred batch needs no
//!   wake-up. `deferred` tells whether one was submitted since the last tick; a tick at which none
//!   was since the last but one parks the thread.
//! - *Closing*: writes what is queued, checkpoints the log and ends. No state follows it.
//!
//! In every state an urgent batch is written at once.
//!
//! Failures: a batch whose assertions do not hold fails alone with [`Fault::Conflict`]; any other
//! failure (a full disk) rolls the whole group back, fails each of its batches and is logged; a
//! full disk once, until a commit succeeds, and only after the ballast was given up.

use super::checkpoint::{self, Checkpointer};
use super::key::{RowKey, row_key};
use super::row_cache::RowCache;
use super::table::statements;
use super::{get, in_transaction, store_fault};
use crate::engine::volume::Ballast;
use crate::engine::{Batch, Change, Fault, OnCommit};
use mail::Duration;
use rusqlite::{Connection, params};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use world::lock;

/// The longest time that a deferred batch waits for others.
const DEFER_MAX: Duration = Duration::from_millis(2);
/// The most batches of one commit by the thread: bounds how long the first of them waits.
const GROUP_MAX: usize = 512;
/// The most batches of one commit by a caller of [`Committer::flush`]: an urgent one and the
/// deferred ones before it.
const CALLER_GROUP_MAX: usize = 8;
/// The longest average commit at which callers write by themselves.
const FAST_COMMIT_MICROS: u64 = 1000;

/// The writing half of the engine; see the module's documentation.
pub(super) struct Committer {
    queue: Mutex<Queue>,
    wake: Condvar,
    pub(super) directory: RowCache,
    pub(super) connection: Mutex<Connection>,
    pub(super) checkpointer: Checkpointer,
    pub(super) ballast: Mutex<Option<Arc<Ballast>>>,
    /// A full disk was logged, and nothing was written since.
    is_full: AtomicBool,
    /// A moving average of how long a commit takes.
    commit_micros: AtomicU64,
    /// The number of urgent batches in the last commit.
    last_urgent: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    batches: VecDeque<(Batch, OnCommit)>,
    /// How many of them are urgent, at most.
    urgent: usize,
    thread: ThreadState,
}

/// The state of the committer thread; see the module's documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ThreadState {
    #[default]
    Parked,
    Polling {
        deferred: bool,
    },
    Closing,
}

impl ThreadState {
    /// A deferred batch was submitted. Returns the next state and whether to wake the thread.
    fn on_deferred(self) -> (ThreadState, bool) {
        match self {
            ThreadState::Parked => (ThreadState::Polling { deferred: true }, true),
            ThreadState::Polling { .. } => (ThreadState::Polling { deferred: true }, false),
            ThreadState::Closing => (ThreadState::Closing, false),
        }
    }

    /// A poll begins. Returns the state during the poll and whether a deferred batch was submitted
    /// before it.
    fn begin_tick(self) -> (ThreadState, bool) {
        match self {
            ThreadState::Polling { deferred } => {
                (ThreadState::Polling { deferred: false }, deferred)
            }
            other => (other, false),
        }
    }

    /// A poll ended without a wake-up; `before` is what [`ThreadState::begin_tick`] returned.
    fn end_tick(self, before: bool) -> ThreadState {
        match self {
            ThreadState::Polling { deferred: false } if !before => ThreadState::Parked,
            other => other,
        }
    }
}

impl Queue {
    fn take(&mut self, most: usize) -> Vec<(Batch, OnCommit)> {
        let count = self.batches.len().min(most);
        // Those that remain may be urgent.
        self.urgent = self.batches.len() - count;
        self.batches.drain(..count).collect()
    }
}

impl Committer {
    pub(super) fn new(connection: Connection) -> Committer {
        Committer {
            queue: Mutex::default(),
            wake: Condvar::new(),
            directory: RowCache::default(),
            connection: Mutex::new(connection),
            checkpointer: Checkpointer::default(),
            ballast: Mutex::default(),
            is_full: AtomicBool::new(false),
            commit_micros: AtomicU64::new(FAST_COMMIT_MICROS),
            last_urgent: AtomicUsize::new(0),
        }
    }

    /// Queues a batch. A flush must follow.
    pub(super) fn submit(&self, batch: Batch, on_commit: OnCommit) {
        lock(&self.queue).batches.push_back((batch, on_commit));
    }

    /// Has the queued batches written now, by this call or by the thread.
    pub(super) fn flush(&self) {
        if !self.commit_here() {
            self.wake.notify_one();
        }
    }

    /// Has the queued batches written within [`DEFER_MAX`].
    pub(super) fn flush_soon(&self) {
        let mut queue = lock(&self.queue);
        let (next, wake) = queue.thread.on_deferred();
        queue.thread = next;
        if wake {
            self.wake.notify_one();
        }
    }

    /// Has the queued batches written and ends the threads.
    pub(super) fn close(&self) {
        lock(&self.queue).thread = ThreadState::Closing;
        self.wake.notify_one();
        self.checkpointer.close();
    }

    /// The committer thread: writes groups until [`Committer::close`].
    pub(super) fn run(&self) {
        while self.wait() {
            let connection = lock(&self.connection);
            // Taken with the connection held: what came while somebody else wrote goes along.
            let (urgent, group) = {
                let mut queue = lock(&self.queue);
                (queue.urgent, queue.take(GROUP_MAX))
            };
            if !group.is_empty() {
                self.commit_group(&connection, group, urgent);
            }
        }
        let _ = lock(&self.connection).pragma_update(None, "wal_checkpoint", "TRUNCATE");
    }

    /// Whether the thread waits to be woken.
    #[cfg(test)]
    pub(super) fn is_parked(&self) -> bool {
        lock(&self.queue).thread == ThreadState::Parked
    }

    // Blocks until there is a group to write; false when the thread is to end.
    fn wait(&self) -> bool {
        let mut queue = lock(&self.queue);
        loop {
            if queue.batches.is_empty() {
                queue.urgent = 0;
            } else if queue.urgent > 0 {
                return true;
            }
            match queue.thread {
                ThreadState::Closing => return !queue.batches.is_empty(),
                ThreadState::Parked => {
                    queue = self
                        .wake
                        .wait(queue)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                ThreadState::Polling { .. } => {
                    let (during, before) = queue.thread.begin_tick();
                    queue.thread = during;
                    let (after, slept) = self
                        .wake
                        .wait_timeout(queue, DEFER_MAX)
                        .unwrap_or_else(PoisonError::into_inner);
                    queue = after;
                    if slept.timed_out() {
                        queue.thread = queue.thread.end_tick(before);
                        if !queue.batches.is_empty() {
                            return true;
                        }
                    }
                }
            }
        }
    }

    // Writes the queue on the caller's thread where that is faster. True if everything urgent has
    // been written, so that the thread need not be woken.
    fn commit_here(&self) -> bool {
        lock(&self.queue).urgent += 1;
        if self.commit_micros.load(Ordering::Relaxed) > FAST_COMMIT_MICROS
            || self.last_urgent.load(Ordering::Relaxed) > 1
        {
            return false;
        }
        let Ok(connection) = self.connection.try_lock() else {
            return false;
        };
        let group = {
            let mut queue = lock(&self.queue);
            match (queue.batches.len(), queue.urgent) {
                (0, _) => return true,
                (1..=CALLER_GROUP_MAX, ..=1) => queue.take(CALLER_GROUP_MAX),
                _ => return false,
            }
        };
        self.commit_group(&connection, group, 1);
        drop(connection);
        let queue = lock(&self.queue);
        queue.batches.is_empty() || queue.urgent == 0
    }

    // Callbacks run while the connection is held, so that they run in the order of the groups.
    #[expect(
        clippy::disallowed_methods,
        reason = "only the system's clock measures how fast the disk is"
    )]
    fn commit_group(&self, connection: &Connection, group: Vec<(Batch, OnCommit)>, urgent: usize) {
        let begun = Instant::now();
        self.last_urgent.store(urgent, Ordering::Relaxed);
        let (batches, callbacks): (Vec<Batch>, Vec<OnCommit>) = group.into_iter().unzip();
        let mut written = write_group(connection, &batches);
        if written == Err(Fault::Full) && self.release_ballast() {
            written = write_group(connection, &batches);
        }
        self.checkpointer.log_grew_to(checkpoint::take_log_pages());
        let taken = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let average = self.commit_micros.load(Ordering::Relaxed);
        self.commit_micros.store(
            (average.saturating_mul(7).saturating_add(taken)) / 8,
            Ordering::Relaxed,
        );
        self.directory.invalidate(&batches);
        match written {
            Ok(results) => {
                self.is_full.store(false, Ordering::Relaxed);
                callbacks
                    .into_iter()
                    .zip(results)
                    .for_each(|(on_commit, result)| on_commit(result));
            }
            Err(error) => {
                if error != Fault::Full || !self.is_full.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, batches = batches.len(), "commit failed");
                }
                callbacks
                    .into_iter()
                    .for_each(|on_commit| on_commit(Err(error.clone())));
            }
        }
    }
}

impl Committer {
    fn release_ballast(&self) -> bool {
        let released = lock(&self.ballast).as_ref().is_some_and(|b| b.release());
        if released {
            tracing::warn!("disk full: the reserve file is removed, so that room can be made");
        }
        released
    }
}

fn write_group(
    connection: &Connection,
    batches: &[Batch],
) -> Result<Vec<Result<(), Fault>>, Fault> {
    in_transaction(connection, || {
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
        if get(connection, *space, row_key(*space, key)?).map_err(store_fault)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(connection: &Connection, change: &Change) -> Result<usize, Fault> {
    let done = match change {
        Change::Put(space, key, value) => {
            let key = row_key(*space, key)?;
            connection
                .prepare_cached(&statements(*space).put)
                .and_then(|mut s| s.execute(params![key, value]))
        }
        Change::Delete(space, key) => {
            let Some(key) = RowKey::of(*space, key) else {
                return Ok(0);
            };
            connection
                .prepare_cached(&statements(*space).delete)
                .and_then(|mut s| s.execute([key]))
        }
        Change::DeleteRange(space, from, to) => {
            let (from, to) = (RowKey::from(*space, from), RowKey::from(*space, to));
            connection
                .prepare_cached(&statements(*space).delete_range)
                .and_then(|mut s| s.execute(params![from, to]))
        }
    };
    done.map_err(store_fault)
}

#[cfg(test)]
mod tests;

//! Checkpoints the write-ahead log on a thread of its own, for a server that writes for long.
//! SQLite's automatic checkpoint runs within the commit that makes the log too long, and one
//! message in some hundred would wait for all of it. Here most of the log is copied while messages
//! are written, and only what came meanwhile with the writer held, so that the log restarts.
//!
//! Failures: pages that cannot be copied now (no space, or a reader of an older state) stay in the
//! log, which is durable; the checkpoint is tried again when the log has grown. A log that has
//! become far too long all the same is checkpointed by the writer.

use rusqlite::Connection;
use std::cell::Cell;
use std::sync::{Condvar, Mutex, PoisonError};
use world::lock;

/// The length of the log at which a checkpoint is due.
pub(super) const CHECKPOINT_PAGES: u32 = 3000;
// How much longer the log must be before an incomplete checkpoint is tried again.
const RETRY_PAGES: u32 = 250;
// The length at which the writer makes the checkpoint.
const WRITER_CHECKPOINT_PAGES: u32 = 16_000;

thread_local! {
    // The length of the log after this thread's last commit.
    static LOG_PAGES: Cell<u32> = const { Cell::new(0) };
}

/// Replaces the automatic checkpoint of a connection by recording the length of the log, to be read
/// by [`take_log_pages`].
pub(super) fn record_log_pages(connection: &Connection) {
    connection.wal_hook(Some(|log, pages| {
        let pages = u32::try_from(pages).unwrap_or_default();
        LOG_PAGES.set(pages);
        if pages >= WRITER_CHECKPOINT_PAGES {
            // The commit stands whether this succeeds or not.
            let _ = log.checkpoint();
        }
        Ok(())
    }));
}

/// The length of the log in pages after the commit that this thread just made; 0 where it was not
/// recorded.
pub(super) fn take_log_pages() -> u32 {
    LOG_PAGES.take()
}

/// Decides when a checkpoint is due and makes it.
#[derive(Default)]
pub(super) struct Checkpointer {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    log_pages: u32,
    /// The length of the log at which the next checkpoint is due.
    due_pages: u32,
    closed: bool,
}

impl Default for State {
    fn default() -> State {
        State {
            log_pages: 0,
            due_pages: CHECKPOINT_PAGES,
            closed: false,
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.log_pages >= self.due_pages
    }

    fn log_grew_to(&mut self, pages: u32) {
        if pages < self.log_pages {
            // The log restarted.
            self.due_pages = CHECKPOINT_PAGES;
        }
        self.log_pages = pages;
    }
}

impl Checkpointer {
    /// Notes the length of the log after a commit; 0 is ignored.
    pub(super) fn log_grew_to(&self, pages: u32) {
        if pages == 0 {
            return;
        }
        let mut state = lock(&self.state);
        let before = state.is_due();
        state.log_grew_to(pages);
        if state.is_due() && !before {
            self.changed.notify_one();
        }
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_one();
    }

    /// The checkpoint thread: uses `own` for the checkpoint and holds `writer` for the end of it.
    pub(super) fn run(&self, own: &Connection, writer: &Mutex<Connection>) {
        while self.wait() {
            let most = checkpoint(own);
            let writer = lock(writer);
            let rest = checkpoint(own);
            drop(writer);
            if let Err(error) = most.and(rest) {
                tracing::warn!(%error, "checkpoint incomplete; will retry");
            }
            let mut state = lock(&self.state);
            state.due_pages = state.log_pages + RETRY_PAGES;
        }
    }

    // Blocks until a checkpoint is due; false when the thread is to end.
    fn wait(&self) -> bool {
        let state = lock(&self.state);
        let state = self
            .changed
            .wait_while(state, |state| !state.closed && !state.is_due())
            .unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }
}

// Copies what no reader needs in the log any more, without waiting for readers.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_due_at_the_threshold_and_again_when_the_log_has_grown() {
        let mut state = State::default();
        let check = |state: &mut State, pages: u32, expected: bool| {
            state.log_grew_to(pages);
            assert_eq!(state.is_due(), expected, "{pages}");
        };
        check(&mut state, CHECKPOINT_PAGES - 1, false);
        check(&mut state, CHECKPOINT_PAGES, true);
        state.due_pages = CHECKPOINT_PAGES + RETRY_PAGES;
        check(&mut state, CHECKPOINT_PAGES + RETRY_PAGES - 1, false);
        check(&mut state, CHECKPOINT_PAGES + RETRY_PAGES, true);
        check(&mut state, 7, false);
        check(&mut state, CHECKPOINT_PAGES, true);
    }
}

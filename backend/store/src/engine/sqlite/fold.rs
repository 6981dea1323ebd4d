//! Folds the log into the database beside the writing, for a server that writes for long. SQLite
//! itself would do it in the very commit that makes the log too long, and one message in some
//! hundred would wait for all of it. Here a thread of its own does most of it while messages are
//! written, and only what came meanwhile with the writer held, so that the log begins anew.
//!
//! Failures: what cannot be folded now (no space, somebody still reads an older state) stays in the
//! log, which is durable; it is tried again when the log has grown. A log that has become far too
//! long all the same is folded by the writer.

use super::lock;
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::{Condvar, Mutex, PoisonError};

/// The log is folded from so many pages on.
pub(super) const FOLD_PAGES: u32 = 3000;
// Tried again after so many more, where something was left.
const AGAIN_PAGES: u32 = 250;
// From here on the writer does it.
const TOO_MANY_PAGES: u32 = 16_000;

thread_local! {
    // How long the log was after this thread's last commit.
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// From now on this connection's commits do not fold the log, but say how long it is ([`pages`]).
pub(super) fn only_count(connection: &Connection) {
    connection.wal_hook(Some(|log, pages| {
        let pages = u32::try_from(pages).unwrap_or_default();
        PAGES.set(pages);
        if pages >= TOO_MANY_PAGES {
            // The commit is done whether this succeeds or not.
            let _ = log.checkpoint();
        }
        Ok(())
    }));
}

/// The log's length in pages after the commit that this thread just made; 0 where that did not
/// count.
pub(super) fn pages() -> u32 {
    PAGES.take()
}

/// When to fold.
#[derive(Default)]
pub(super) struct Folder {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    pages: u32,
    /// From how many pages on there is something to do.
    from: u32,
    ended: bool,
}

impl Default for State {
    fn default() -> State {
        State {
            pages: 0,
            from: FOLD_PAGES,
            ended: false,
        }
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.pages >= self.from
    }

    fn grown_to(&mut self, pages: u32) {
        if pages < self.pages {
            // It began anew.
            self.from = FOLD_PAGES;
        }
        self.pages = pages;
    }
}

impl Folder {
    /// A commit made the log so long.
    pub(super) fn grown_to(&self, pages: u32) {
        if pages == 0 {
            return;
        }
        let mut state = lock(&self.state);
        let before = state.is_due();
        state.grown_to(pages);
        if state.is_due() && !before {
            self.changed.notify_one();
        }
    }

    /// No more of it.
    pub(super) fn end(&self) {
        lock(&self.state).ended = true;
        self.changed.notify_one();
    }

    /// A thread's life: `beside` folds, `writer` is held for the end of it.
    pub(super) fn work(&self, beside: &Connection, writer: &Mutex<Connection>) {
        while self.wait() {
            let most = fold(beside);
            let writing = lock(writer);
            let rest = fold(beside);
            drop(writing);
            if let Err(error) = most.and(rest) {
                tracing::warn!(%error, "the store's log could not be folded into the database yet");
            }
            let mut state = lock(&self.state);
            state.from = state.pages + AGAIN_PAGES;
        }
    }

    // Until there is something to do; false once there will never be.
    fn wait(&self) -> bool {
        let state = lock(&self.state);
        let state = self
            .changed
            .wait_while(state, |state| !state.ended && !state.is_due())
            .unwrap_or_else(PoisonError::into_inner);
        !state.ended
    }
}

// Whatever nobody needs in the log any more; waits for nobody.
fn fold(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_from_its_length_on_and_again_when_it_has_grown() {
        let mut state = State::default();
        let check = |state: &mut State, pages: u32, expected: bool| {
            state.grown_to(pages);
            assert_eq!(state.is_due(), expected, "{pages}");
        };
        check(&mut state, FOLD_PAGES - 1, false);
        check(&mut state, FOLD_PAGES, true);
        state.from = FOLD_PAGES + AGAIN_PAGES;
        check(&mut state, FOLD_PAGES + AGAIN_PAGES - 1, false);
        check(&mut state, FOLD_PAGES + AGAIN_PAGES, true);
        check(&mut state, 7, false);
        check(&mut state, FOLD_PAGES, true);
    }
}

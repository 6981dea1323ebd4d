//! When the thread parks, wakes and ends.

use super::*;
use ThreadState::{Closing, Parked, Polling};

#[test]
fn a_deferred_batch_wakes_a_parked_thread_only() {
    for (state, next, wake) in [
        (Parked, Polling { deferred: true }, true),
        (
            Polling { deferred: false },
            Polling { deferred: true },
            false,
        ),
        (
            Polling { deferred: true },
            Polling { deferred: true },
            false,
        ),
        (Closing, Closing, false),
    ] {
        assert_eq!(state.on_deferred(), (next, wake), "{state:?}");
    }
}

#[test]
fn parks_after_a_tick_without_deferred_batches() {
    let (mut state, _) = Parked.on_deferred();
    let (during, before) = state.begin_tick();
    assert_eq!((during, before), (Polling { deferred: false }, true));
    state = during.end_tick(before);
    assert_eq!(state, Polling { deferred: false });
    let (during, before) = state.begin_tick();
    assert_eq!(during.end_tick(before), Parked);
    // One that is submitted during the tick keeps the thread polling.
    let (during, _) = during.on_deferred();
    assert_eq!(during.end_tick(before), Polling { deferred: true });
}

#[test]
fn closing_is_final() {
    assert_eq!(Closing.begin_tick(), (Closing, false));
    assert_eq!(Closing.end_tick(false), Closing);
}

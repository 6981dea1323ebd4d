//! Calls under way: their numbers, which may be said again on a new connection, and which must not be (a letter must not be sent twice).
//! Knows nothing of the socket: what to transmit is handed out, what was answered is handed in.

use std::collections::{BTreeMap, VecDeque};
use wire::{Ask, Call};

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    OnTheWire,
}

/// The calls of one tab. `W` is whoever waits for the answer.
#[derive(Debug)]
pub struct Calls<W> {
    next: u32,
    pending: BTreeMap<u32, (Ask, W, Stage)>,
    queue: VecDeque<u32>,
}

impl<W> Default for Calls<W> {
    fn default() -> Calls<W> {
        Calls { next: 0, pending: BTreeMap::new(), queue: VecDeque::new() }
    }
}

impl<W> Calls<W> {
    /// Takes a call; it is transmitted when [`Calls::transmit`] is next asked.
    pub fn add(&mut self, ask: Ask, waiter: W) -> u32 {
        self.next += 1;
        self.pending.insert(self.next, (ask, waiter, Stage::Waiting));
        self.queue.push_back(self.next);
        self.next
    }

    /// The next call to put on the wire.
    pub fn transmit(&mut self) -> Option<Call> {
        let id = self.queue.pop_front()?;
        let (ask, _, stage) = self.pending.get_mut(&id)?;
        *stage = Stage::OnTheWire;
        Some(Call { id, ask: ask.clone() })
    }

    /// An answer came: who waits for it.
    pub fn answered(&mut self, id: u32) -> Option<W> {
        self.pending.remove(&id).map(|(_, waiter, _)| waiter)
    }

    /// The connection broke. What may be said again is queued again, in its order; the others are given back, for they may have been heard.
    pub fn broken(&mut self) -> Vec<W> {
        let doubtful: Vec<u32> =
            self.pending.iter().filter(|(_, (ask, _, stage))| *stage == Stage::OnTheWire && !may_repeat(ask)).map(|(id, _)| *id).collect();
        let given_back = doubtful.iter().filter_map(|id| self.answered(*id)).collect();
        for (_, _, stage) in self.pending.values_mut() {
            *stage = Stage::Waiting;
        }
        self.queue = self.pending.keys().copied().collect();
        given_back
    }

    /// The session is over: everyone who waits.
    pub fn abandon(&mut self) -> Vec<W> {
        self.queue.clear();
        std::mem::take(&mut self.pending).into_values().map(|(_, waiter, _)| waiter).collect()
    }
}

/// A call that has the same effect said twice as said once. `Send`, `Save` and the work on folders have not.
fn may_repeat(ask: &Ask) -> bool {
    !matches!(
        ask,
        Ask::Hello { .. }
            | Ask::Send { .. }
            | Ask::Save { .. }
            | Ask::CreateFolder { .. }
            | Ask::RenameFolder { .. }
            | Ask::RemoveFolder { .. }
            | Ask::Ping
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(calls: &mut Calls<&'static str>) -> Vec<u32> {
        std::iter::from_fn(|| calls.transmit()).map(|call| call.id).collect()
    }

    fn send() -> Ask {
        Ask::Send { draft: wire::Draft::default() }
    }

    #[test]
    fn a_letter_on_the_wire_is_not_sent_twice_but_one_still_queued_is_kept() {
        let mut calls = Calls::default();
        calls.add(Ask::Folders, "folders");
        calls.add(send(), "first");
        assert_eq!(drain(&mut calls), [1, 2]);
        calls.add(send(), "second");
        assert_eq!(calls.broken(), ["first"]);
        assert_eq!(drain(&mut calls), [1, 3]);
        assert_eq!(calls.answered(3), Some("second"));
        assert_eq!(calls.answered(3), None);
    }

    #[test]
    fn calls_keep_their_order_over_a_reconnection() {
        let mut calls = Calls::default();
        for name in ["a", "b", "c"] {
            calls.add(Ask::Folders, name);
        }
        assert_eq!(calls.transmit().map(|c| c.id), Some(1));
        assert!(calls.broken().is_empty());
        assert_eq!(drain(&mut calls), [1, 2, 3]);
        assert_eq!(calls.abandon(), ["a", "b", "c"]);
    }
}

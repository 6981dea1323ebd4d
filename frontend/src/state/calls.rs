//! Pending calls: their IDs, and which are repeated on a new connection (a message must not be sent
//! twice). Independent of the socket: yields calls to transmit and takes replies.

use std::collections::VecDeque;
use wire::{Call, Request};

/// The stage of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    OnTheWire,
}

#[derive(Debug)]
struct Pending<W> {
    id: u32,
    request: Request,
    waiter: W,
    stage: Stage,
}

/// The pending calls of a tab. `W` is the waiter of a reply.
#[derive(Debug)]
pub struct Calls<W> {
    next: u32,
    /// In order; only a few at a time.
    pending: Vec<Pending<W>>,
    queue: VecDeque<u32>,
}

impl<W> Default for Calls<W> {
    fn default() -> Calls<W> {
        Calls {
            next: 0,
            pending: Vec::new(),
            queue: VecDeque::new(),
        }
    }
}

impl<W> Calls<W> {
    /// Adds a call, to be returned by [`Calls::transmit`].
    pub fn add(&mut self, request: Request, waiter: W) -> u32 {
        self.next += 1;
        self.pending.push(Pending {
            id: self.next,
            request,
            waiter,
            stage: Stage::Waiting,
        });
        self.queue.push_back(self.next);
        self.next
    }

    /// The next call to transmit.
    pub fn transmit(&mut self) -> Option<Call> {
        let id = self.queue.pop_front()?;
        let pending = self.pending.iter_mut().find(|pending| pending.id == id)?;
        pending.stage = Stage::OnTheWire;
        Some(Call {
            id,
            request: pending.request.clone(),
        })
    }

    /// A reply arrived; returns its waiter.
    pub fn answered(&mut self, id: u32) -> Option<W> {
        let at = self.pending.iter().position(|pending| pending.id == id)?;
        Some(self.pending.remove(at).waiter)
    }

    /// The connection was lost. Repeatable calls are queued again in order; returns the waiters of
    /// the others, which the server may have processed.
    pub fn broken(&mut self) -> Vec<W> {
        let doubtful = |pending: &Pending<W>| {
            pending.stage == Stage::OnTheWire && !may_repeat(&pending.request)
        };
        let doubtful: Vec<u32> = self
            .pending
            .iter()
            .filter(|pending| doubtful(pending))
            .map(|pending| pending.id)
            .collect();
        let given_back = doubtful
            .iter()
            .filter_map(|id| self.answered(*id))
            .collect();
        for pending in &mut self.pending {
            pending.stage = Stage::Waiting;
        }
        self.queue = self.pending.iter().map(|pending| pending.id).collect();
        given_back
    }

    /// The session has ended; returns all waiters.
    pub fn abandon(&mut self) -> Vec<W> {
        self.queue.clear();
        std::mem::take(&mut self.pending)
            .into_iter()
            .map(|pending| pending.waiter)
            .collect()
    }
}

/// Whether repeating a call has no further effect. True for `Save` and `Discard`, since a draft has
/// a key. False for `Send`, about which the user is asked, and for folder operations.
fn may_repeat(request: &Request) -> bool {
    !matches!(
        request,
        Request::Hello { .. }
            | Request::Send { .. }
            | Request::CreateFolder { .. }
            | Request::RenameFolder { .. }
            | Request::RemoveFolder { .. }
            | Request::Ping
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(calls: &mut Calls<&'static str>) -> Vec<u32> {
        std::iter::from_fn(|| calls.transmit())
            .map(|call| call.id)
            .collect()
    }

    fn send() -> Request {
        Request::Send {
            draft: wire::Draft::default(),
        }
    }

    #[test]
    fn repeats_queued_but_not_transmitted_sends() {
        let mut calls = Calls::default();
        calls.add(Request::Folders, "folders");
        calls.add(send(), "first");
        assert_eq!(drain(&mut calls), [1, 2]);
        calls.add(send(), "second");
        assert_eq!(calls.broken(), ["first"]);
        assert_eq!(drain(&mut calls), [1, 3]);
        assert_eq!(calls.answered(3), Some("second"));
        assert_eq!(calls.answered(3), None);
    }

    #[test]
    fn repeats_saves() {
        let mut calls = Calls::default();
        let draft = wire::Draft::default();
        calls.add(Request::Save { draft }, "save");
        assert_eq!(drain(&mut calls), [1]);
        assert!(calls.broken().is_empty());
        assert_eq!(drain(&mut calls), [1]);
    }

    #[test]
    fn keeps_call_order_across_reconnection() {
        let mut calls = Calls::default();
        for name in ["a", "b", "c"] {
            calls.add(Request::Folders, name);
        }
        assert_eq!(calls.transmit().map(|c| c.id), Some(1));
        assert!(calls.broken().is_empty());
        assert_eq!(drain(&mut calls), [1, 2, 3]);
        assert_eq!(calls.abandon(), ["a", "b", "c"]);
    }
}

//! Straight from the door to the way out: a letter that has just been accepted is tried while it is still at hand. It is leased in the very write
//! that accepts it, so that a crash loses nothing and nobody else tries it meanwhile. Older letters keep places of their own (see `run`).

use crate::Queue;
use crate::deliver::Body;
use crate::entry::Entry;
use crate::run::STORE_PAUSE;
use mail::LetterId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::Turn;
use tokio::sync::OwnedSemaphorePermit;

/// Letters tried so at the same time; whoever comes when all are taken waits in the spool for its turn.
pub(crate) const PLACES: usize = 50;

/// A letter that goes straight on.
pub(crate) struct Straight {
    pub(crate) turn: Turn,
    pub(crate) entry: Entry,
    /// A small one's content.
    pub(crate) at_hand: Option<Arc<[u8]>>,
    /// Taken when its attempt begins.
    pub(crate) place: Option<Place>,
}

// Whoever handed it over went away while it was being made durable (a browser's session that ended, say), or it could not be. Nobody else tries
// a leased letter, so that the spool is asked what became of it: where it lies there, it is tried from there.
impl Drop for Straight {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        let (queue, turn) = (place.queue.clone(), self.turn);
        queue.0.world.clone().tasks.spawn(Box::pin(async move {
            queue.0.world.sleep(STORE_PAUSE).await;
            let ended = queue.try_from_spool(turn).await;
            queue.note_fault(turn.id, ended).await;
            drop(place);
            queue.0.woken.notify_one();
        }));
    }
}

/// The right to be tried at once. Dropped, the letter is nobody's any more.
pub(crate) struct Place {
    queue: Queue,
    letter: LetterId,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.unclaim(self.letter);
        self.queue.0.ended.notify_one();
    }
}

impl Queue {
    // None where the queue is not run here, is about to stop, or has its hands full.
    pub(crate) fn place_straight(&self, letter: LetterId) -> Option<Place> {
        if !self.0.running.load(Ordering::Relaxed) {
            return None;
        }
        let permit = self.0.straight.clone().try_acquire_owned().ok()?;
        self.claim(letter);
        let place = Place { queue: self.clone(), letter, _permit: permit };
        // Claimed first: who stops looks at the claims after he has said so.
        (!self.0.stopping.load(Ordering::SeqCst)).then_some(place)
    }

    /// Tries a letter that is durable now.
    pub(crate) fn begin_straight(&self, mut straight: Straight) {
        let (queue, place) = (self.clone(), straight.place.take());
        self.0.world.tasks.spawn(Box::pin(async move {
            let Straight { turn, entry, at_hand, .. } = &straight;
            let body = Body { at_hand: at_hand.as_ref(), ..Body::kept(entry.blob) };
            let ended = queue.try_once(*turn, entry, body, true).await;
            queue.note_fault(turn.id, ended).await;
            drop(place);
            // What is left of it may be the next that is due.
            queue.0.woken.notify_one();
        }));
    }
}

//! Straight from the door to the way out: a message that has just been accepted is tried while it is
//! still at hand. It is leased in the very write that accepts it, so that a crash loses nothing and
//! nobody else tries it meanwhile. Older messages keep places of their own (see `run`).

use crate::Queue;
use crate::deliver::Body;
use crate::entry::Entry;
use crate::run::STORE_PAUSE;
use mail::QueueId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::Lease;
use tokio::sync::OwnedSemaphorePermit;

/// Messages tried so at the same time; whoever comes when all are taken waits in the spool for its
/// turn.
pub(crate) const PLACES: usize = 50;

/// A message that goes straight on.
pub(crate) struct Straight {
    pub(crate) turn: Lease,
    pub(crate) entry: Entry,
    /// A small one's content.
    pub(crate) at_hand: Option<Arc<[u8]>>,
    /// Taken when its attempt begins.
    pub(crate) place: Option<Place>,
}

// Whoever handed it over went away while it was being made durable (a browser's session that ended,
// say), or it could not be. Nobody else tries a leased message, so that the spool is asked what
// became of it: where it lies there, it is tried from there.
impl Drop for Straight {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else {
            return;
        };
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

/// The right to be tried at once. Dropped, the message is nobody's any more.
pub(crate) struct Place {
    queue: Queue,
    message: QueueId,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.unclaim(self.message);
        self.queue.0.ended.notify_one();
    }
}

impl Queue {
    // None where the queue is not run here, is about to stop, or has its hands full.
    pub(crate) fn place_straight(&self, message: QueueId) -> Option<Place> {
        if !self.0.running.load(Ordering::Relaxed) {
            return None;
        }
        let permit = self.0.straight.clone().try_acquire_owned().ok()?;
        self.claim(message);
        let place = Place {
            queue: self.clone(),
            message,
            _permit: permit,
        };
        // Claimed first: who stops looks at the claims after he has said so.
        (!self.0.stopping.load(Ordering::SeqCst)).then_some(place)
    }

    /// Tries a message that is durable now.
    pub(crate) fn begin_straight(&self, mut straight: Straight) {
        let (queue, place) = (self.clone(), straight.place.take());
        self.0.world.tasks.spawn(Box::pin(async move {
            let Straight {
                turn,
                entry,
                at_hand,
                ..
            } = &straight;
            let body = Body {
                at_hand: at_hand.as_ref(),
                ..Body::kept(entry.blob)
            };
            let ended = queue.try_once(*turn, entry, body, true).await;
            queue.note_fault(turn.id, ended).await;
            drop(place);
            // What is left of it may be the next that is due.
            queue.0.woken.notify_one();
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Job, NewMessage, Outcome, Retry, Transport};
    use event::Role;
    use mail::{Envelope, Host, Reply};
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, AtomicUsize};
    use std::task::{Context, Waker};
    use store::engine::{Batch, Done, Engine, Rows, Space, Value, memory::Memory};
    use store::{Content, Fault, MemoryBlobs, PasswordCost, Store, Tx};
    use world::{BoxFuture, Tasks, World};

    // Writes at once; while it is late, nobody hears of it.
    #[derive(Default)]
    struct Late(Memory, AtomicBool, Mutex<Vec<Done>>);

    impl Engine for Late {
        fn get<'a>(
            &'a self,
            space: Space,
            key: &'a [u8],
        ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
            self.0.get(space, key)
        }

        fn scan<'a>(
            &'a self,
            space: Space,
            from: &'a [u8],
            to: &'a [u8],
            limit: usize,
        ) -> BoxFuture<'a, Result<Rows, Fault>> {
            self.0.scan(space, from, to, limit)
        }

        fn submit(&self, batch: Batch, done: Done) {
            if self.1.load(Ordering::Relaxed) {
                self.2.lock().unwrap().push(done);
                self.0.submit(batch, Box::new(|_| {}));
            } else {
                self.0.submit(batch, done);
            }
        }
    }

    #[derive(Default)]
    struct Kept(Mutex<Vec<BoxFuture<'static, ()>>>);

    impl Tasks for Kept {
        fn spawn(&self, task: BoxFuture<'static, ()>) {
            self.0.lock().unwrap().push(task);
        }
    }

    #[derive(Default)]
    struct Away(AtomicUsize);

    impl Transport for Away {
        fn takes<'a>(&'a self, _host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
            Box::pin(std::future::ready(Ok(true)))
        }

        fn at_once(&self) -> bool {
            false
        }

        fn deliver<'a>(&'a self, job: &'a Job<'a>, _tx: &'a mut Tx) -> BoxFuture<'a, Vec<Outcome>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let taken = Outcome::Relayed {
                host: "mx.b.test".into(),
                reply: Reply::new(250, (2, 0, 0), "taken"),
                notifies: false,
            };
            Box::pin(std::future::ready(vec![taken; job.recipients.len()]))
        }
    }

    #[tokio::test]
    async fn a_message_whose_bringer_goes_away_in_the_moment_of_acceptance_goes_once_all_the_same()
    {
        let (engine, tasks, way) = (
            Arc::new(Late::default()),
            Arc::new(Kept::default()),
            Arc::new(Away::default()),
        );
        let store = Store::open(
            engine.clone(),
            Arc::new(MemoryBlobs::default()),
            PasswordCost::NONE,
        )
        .await
        .unwrap();
        let world = World {
            tasks: tasks.clone(),
            ..world::still::world()
        };
        let queue = Queue::new(
            world,
            store.clone(),
            "mx.a.test",
            Retry::default(),
            vec![way.clone()],
        );
        queue.0.running.store(true, Ordering::Relaxed);
        let message = NewMessage {
            journey: queue.new_journey(),
            span: queue.0.world.span(),
            role: Role::Msa,
            envelope: Envelope::new(None, ["bob@b.test".parse().unwrap()]),
            prefix: String::new(),
            content: Content::Small(b"Subject: x\r\n\r\nx\r\n".to_vec()),
            account: None,
            events: Vec::new(),
        };
        engine.1.store(true, Ordering::Relaxed);
        {
            let accepting = pin!(queue.accept(message));
            assert!(
                accepting
                    .poll(&mut Context::from_waker(Waker::noop()))
                    .is_pending(),
                "it is not heard of yet"
            );
        }
        engine.1.store(false, Ordering::Relaxed);
        let begun: Vec<_> = std::mem::take(&mut *tasks.0.lock().unwrap());
        for task in begun {
            task.await;
        }
        assert_eq!(way.0.load(Ordering::Relaxed), 1);
        assert!(store.spool_after(None, 10).await.unwrap().is_empty());
        assert!(
            queue.0.claimed.lock().unwrap().is_empty(),
            "and nobody holds it any more"
        );
    }
}

//! The attempt right after acceptance, while the content of a small message is still in memory. The
//! message is stored with a lease in the transaction that accepts it, so that a crash loses nothing
//! and no other process attempts it meanwhile.

use crate::handle::Queue;
use crate::insert::LeasedMessage;
use crate::limits::STORE_PAUSE;
use crate::transport::QueuedContent;

/// An attempt that begins once the message is durable.
pub(crate) struct ImmediateAttempt {
    queue: Queue,
    // Taken when the attempt begins.
    leased: Option<Box<LeasedMessage>>,
}

impl ImmediateAttempt {
    pub(crate) fn new(queue: Queue, leased: Box<LeasedMessage>) -> ImmediateAttempt {
        ImmediateAttempt {
            queue,
            leased: Some(leased),
        }
    }

    /// Begins the attempt in a task of its own.
    pub(crate) fn begin(mut self) {
        let Some(leased) = self.leased.take() else {
            return;
        };
        let queue = self.queue.clone();
        self.queue.0.world.tasks.spawn(Box::pin(async move {
            let LeasedMessage {
                lease,
                message,
                content,
                permit,
            } = *leased;
            let body = QueuedContent {
                cached: content.as_ref(),
                ..QueuedContent::stored(message.blob)
            };
            let ended = queue.attempt_all(lease, &message, body, true).await;
            queue.log_fault(lease.id, ended).await;
            drop(permit);
            // What remains of it may be the next message that is due.
            queue.wake();
        }));
    }
}

/// The acceptance was cancelled during the commit, or the commit failed. No other task attempts a
/// leased message, so the spool is read later: if the message is there, it is attempted.
impl Drop for ImmediateAttempt {
    fn drop(&mut self) {
        let Some(leased) = self.leased.take() else {
            return;
        };
        let LeasedMessage { lease, permit, .. } = *leased;
        let queue = self.queue.clone();
        self.queue.0.world.tasks.spawn(Box::pin(async move {
            queue.0.world.sleep(STORE_PAUSE).await;
            let ended = queue.attempt_spooled(lease).await;
            queue.log_fault(lease.id, ended).await;
            drop(permit);
            queue.wake();
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::counting_transport::CountingTransport;
    use crate::{NewMessage, Queue, Retry};
    use event::Role;
    use mail::Envelope;
    use std::future::Future;
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Waker};
    use store::engine::{Batch, Engine, Keyspace, OnCommit, Rows, Value, memory::Memory};
    use store::{Content, Fault, MemoryBlobs, PasswordCost, Store};
    use world::{BoxFuture, Tasks, World};

    // Commits at once; while the flag is set, it does not report so.
    #[derive(Default)]
    struct LateEngine(Memory, AtomicBool, Mutex<Vec<OnCommit>>);

    impl Engine for LateEngine {
        fn get<'a>(
            &'a self,
            space: Keyspace,
            key: &'a [u8],
        ) -> BoxFuture<'a, Result<Option<Value>, Fault>> {
            self.0.get(space, key)
        }

        fn scan<'a>(
            &'a self,
            space: Keyspace,
            from: &'a [u8],
            to: &'a [u8],
            limit: usize,
        ) -> BoxFuture<'a, Result<Rows, Fault>> {
            self.0.scan(space, from, to, limit)
        }

        fn submit(&self, batch: Batch, done: OnCommit) {
            if self.1.load(Ordering::Relaxed) {
                self.2.lock().unwrap().push(done);
                self.0.submit(batch, Box::new(|_| {}));
            } else {
                self.0.submit(batch, done);
            }
        }
    }

    #[derive(Default)]
    struct HeldTasks(Mutex<Vec<BoxFuture<'static, ()>>>);

    impl Tasks for HeldTasks {
        fn spawn(&self, task: BoxFuture<'static, ()>) {
            self.0.lock().unwrap().push(task);
        }
    }

    #[tokio::test]
    async fn attempts_once_when_the_caller_is_cancelled_during_the_commit() {
        let (engine, tasks, transport) = (
            Arc::new(LateEngine::default()),
            Arc::new(HeldTasks::default()),
            Arc::new(CountingTransport::default()),
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
            vec![transport.clone()],
        );
        queue.0.claims.start();
        let message = NewMessage {
            journey: queue.new_journey(),
            span: queue.0.world.span(),
            role: Role::Msa,
            envelope: Envelope::new(None, ["bob@b.test".parse().unwrap()]),
            prefix: String::new(),
            header: Vec::new(),
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
                "the commit has not been reported yet"
            );
        }
        engine.1.store(false, Ordering::Relaxed);
        let begun: Vec<_> = std::mem::take(&mut *tasks.0.lock().unwrap());
        for task in begun {
            task.await;
        }
        assert_eq!(transport.transfers(), 1);
        assert!(store.spool_after(None, 10).await.unwrap().is_empty());
        assert!(queue.0.claims.is_empty(), "the claim has ended");
    }
}

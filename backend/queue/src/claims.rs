//! The messages that this process is attempting now. Knows nothing of the store: a claim keeps two
//! tasks of one process apart, a lease keeps processes apart.

use crate::limits::IMMEDIATE_ATTEMPTS_MAX;
use mail::QueueId;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use world::lock;

/// The claimed messages of one queue, and whether it is running.
pub(crate) struct Claims {
    claimed: Mutex<HashSet<QueueId>>,
    immediate: Arc<Semaphore>,
    /// [`Queue::run`](crate::Queue::run) has been called.
    running: AtomicBool,
    /// No further attempt begins.
    stopping: AtomicBool,
    ended: Notify,
}

/// A claimed message; dropping it ends the claim.
pub(crate) struct Claim {
    claims: Arc<Claims>,
    message: QueueId,
}

/// Permits one attempt right after acceptance; dropping it ends the claim.
pub(crate) struct AttemptPermit {
    _claim: Claim,
    _permit: OwnedSemaphorePermit,
}

impl Claims {
    pub(crate) fn new() -> Arc<Claims> {
        Arc::new(Claims {
            claimed: Mutex::default(),
            immediate: Arc::new(Semaphore::new(IMMEDIATE_ATTEMPTS_MAX)),
            running: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            ended: Notify::new(),
        })
    }

    /// Claims a message; `None` where it is claimed already.
    pub(crate) fn claim(self: &Arc<Claims>, message: QueueId) -> Option<Claim> {
        lock(&self.claimed).insert(message).then(|| Claim {
            claims: self.clone(),
            message,
        })
    }

    /// A permit for a new message; `None` where the queue does not run in this process, is
    /// stopping, or has given out all permits.
    pub(crate) fn immediate(self: &Arc<Claims>, message: QueueId) -> Option<AttemptPermit> {
        if !self.running.load(Ordering::Relaxed) {
            return None;
        }
        let permit = AttemptPermit {
            _permit: self.immediate.clone().try_acquire_owned().ok()?,
            _claim: self.claim(message)?,
        };
        // After the claim: `stop` reads the claims after it has set the flag.
        (!self.stopping.load(Ordering::SeqCst)).then_some(permit)
    }

    pub(crate) fn start(&self) {
        self.running.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Lets no further immediate attempt begin.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.claimed).is_empty()
    }

    /// Waits until no message is claimed.
    pub(crate) async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.claims.claimed).remove(&self.message);
        self.claims.ended.notify_one();
    }
}

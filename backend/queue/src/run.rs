//! The queue's main loop: leases what is due, attempts it, and waits for the next message. Many
//! messages are attempted at the same time, each in a task of its own; of the others only their due
//! times are read, a few hundred at a time, however many there are.
//!
//! Failures: after a failure of the store the loop pauses.

use crate::claims::Claim;
use crate::handle::Queue;
use crate::limits::{ATTEMPTS_MAX, LEASE, STORE_PAUSE};
use crate::queued_message::QueuedMessage;
use mail::{Duration, Time};
use std::sync::Arc;
use store::{Fault, Lease};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

// Due times read in one turn.
const DUE_MAX: usize = 200;
// A turn costs a read and a write of the store. While most permits are taken it waits a moment for
// others to become free, so that one turn begins several attempts.
const GATHER_BELOW: usize = ATTEMPTS_MAX / 4;
const GATHER_PAUSE: Duration = Duration::from_millis(5);

// What the loop does after a turn.
enum Next {
    Again,
    Wait(Option<Time>),
}

impl Queue {
    /// Attempts messages as they become due, until [`Queue::stop`].
    pub async fn run(&self) {
        let permits = Arc::new(Semaphore::new(ATTEMPTS_MAX));
        self.0.claims.start();
        while !self.0.claims.is_stopping() {
            let next = match self.begin_due(&permits).await {
                Ok(next) => next,
                Err(fault) => {
                    tracing::error!(error = %fault, "cannot read the queue");
                    Next::Wait(Some(self.0.world.now() + STORE_PAUSE))
                }
            };
            let woken = self.0.woken.notified();
            match next {
                Next::Again => {}
                Next::Wait(None) => woken.await,
                Next::Wait(Some(at)) => {
                    let sleep = self.0.world.clock.sleep_until(at);
                    tokio::select! {
                        biased;
                        () = woken => {}
                        () = sleep => {}
                    }
                }
            }
        }
    }

    /// Ends the leases of a former process of this host, so that its messages are due again. To be
    /// called before [`Queue::run`], and only where no other process works on the store. Returns
    /// the number of messages.
    ///
    /// # Errors
    /// As the store.
    pub async fn take_back(&self) -> Result<usize, Fault> {
        let due = |row: &[u8]| QueuedMessage::from_row(row).ok().map(|message| message.due);
        let now = self.0.world.now();
        self.0.store.release_stale_leases(now, due).await
    }

    /// Begins no further attempt, and returns when those under way have ended: interrupting one
    /// could duplicate a message.
    pub async fn stop(&self) {
        self.0.claims.stop();
        self.0.woken.notify_one();
        self.0.claims.all_ended().await;
    }

    async fn begin_due(&self, permits: &Arc<Semaphore>) -> Result<Next, Fault> {
        if permits.available_permits() == 0 {
            // The end of an attempt wakes the loop.
            return Ok(Next::Wait(None));
        }
        if permits.available_permits() < GATHER_BELOW {
            self.0.world.sleep(GATHER_PAUSE).await;
        }
        let free = permits.available_permits();
        let now = self.0.world.now();
        let (due, next) = self.0.store.due(now, DUE_MAX).await?;
        if self.0.claims.is_stopping() {
            return Ok(Next::Wait(None));
        }
        let (claims, leases): (Vec<Claim>, Vec<Lease>) = due
            .iter()
            .filter_map(|lease| Some((self.0.claims.claim(lease.id)?, *lease)))
            .take(free)
            .unzip();
        if leases.is_empty() {
            return Ok(Next::Wait(if due.len() == DUE_MAX { None } else { next }));
        }
        let leased = self.0.store.lease(&leases, now + LEASE).await?;
        for (claim, wanted) in claims.into_iter().zip(leases) {
            if let Some(lease) = leased.iter().find(|leased| leased.id == wanted.id) {
                self.begin(*lease, claim, permits.clone().try_acquire_owned().ok());
            }
        }
        Ok(Next::Again)
    }

    fn begin(&self, lease: Lease, claim: Claim, permit: Option<OwnedSemaphorePermit>) {
        let queue = self.clone();
        self.0.world.tasks.spawn(Box::pin(async move {
            let ended = queue.attempt_spooled(lease).await;
            queue.log_fault(lease.id, ended).await;
            drop(claim);
            drop(permit);
            queue.wake();
        }));
    }
}

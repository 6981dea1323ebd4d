//! The queue at work: leases what is due, tries it, waits for the next. Many messages at a time,
//! each by one task; of the others only their turns are looked at, a few hundred at a time, however
//! many wait.
//!
//! Failures: a store that fails is left alone for a moment; an attempt whose outcome cannot be
//! written down is not made again, its outcome is kept until it can (a relayed message must not go
//! out twice because a disk is full).

use crate::Queue;
use crate::accept::by_host;
use crate::deliver::{Body, Outcome};
use crate::entry::Entry;
use crate::order::Order;
use crate::settle::{Settled, Settling};
use mail::{Duration, Host, QueueId, Recipient, Reply, Time};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use store::{Fault, Lease, Tx};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Messages tried at the same time.
pub const ATTEMPTS_MAX: usize = 100;
/// How long a message is this process's alone. Longer than any attempt.
pub const LEASE: Duration = Duration::from_secs(30 * 60);
/// How long one attempt for one host may take.
pub const ATTEMPT_MAX: Duration = Duration::from_secs(25 * 60);
// Turns looked at in one round.
const ROUND: usize = 200;
// A round costs the store a look and a write. While most places are taken it waits so long for
// others to become free, so that one round begins many messages.
const GATHERED: usize = ATTEMPTS_MAX / 4;
const GATHERING: Duration = Duration::from_millis(5);
// How long a failing store is left alone.
pub(crate) const STORE_PAUSE: Duration = Duration::from_secs(5);

// What the loop does after a round.
enum Then {
    Again,
    Wait(Option<Time>),
}

impl Queue {
    /// Tries messages as they become due. Runs as long as the host.
    pub async fn run(&self) {
        let places = Arc::new(Semaphore::new(ATTEMPTS_MAX));
        self.0.running.store(true, Ordering::Relaxed);
        while !self.0.stopping.load(Ordering::Relaxed) {
            let then = match self.round(&places).await {
                Ok(then) => then,
                Err(fault) => {
                    tracing::error!(error = %fault, "the queue cannot be read");
                    Then::Wait(Some(self.0.world.now() + STORE_PAUSE))
                }
            };
            let woken = self.0.woken.notified();
            match then {
                Then::Again => {}
                Then::Wait(None) => woken.await,
                Then::Wait(Some(at)) => {
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

    /// Takes back what a former process of this host was trying when it ended: it is due again.
    /// Before [`Queue::run`], and only where nobody else works on the store. Answers how many.
    ///
    /// # Errors
    /// As the store.
    pub async fn take_back(&self) -> Result<usize, Fault> {
        let due_of = |row: &[u8]| Entry::from_row(row).ok().map(|entry| entry.due);
        self.0
            .store
            .take_back_leases(self.0.world.now(), due_of)
            .await
    }

    /// Looks at the queue at once: a message was released or retried by hand.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// Begins nothing new, and ends when what is under way has ended: a message that is being handed
    /// over is not cut off, which could double it.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        self.0.woken.notify_one();
        loop {
            let ended = self.0.ended.notified();
            if self
                .0
                .claimed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
            {
                return;
            }
            ended.await;
        }
    }

    async fn round(&self, places: &Arc<Semaphore>) -> Result<Then, Fault> {
        if places.available_permits() == 0 {
            // The end of an attempt wakes us.
            return Ok(Then::Wait(None));
        }
        if places.available_permits() < GATHERED {
            self.0.world.sleep(GATHERING).await;
        }
        let free = places.available_permits();
        let now = self.0.world.now();
        let (due, next) = self.0.store.due(now, ROUND).await?;
        if self.0.stopping.load(Ordering::Relaxed) {
            return Ok(Then::Wait(None));
        }
        let begun: Vec<Lease> = due
            .iter()
            .filter(|turn| self.claim(turn.id))
            .take(free)
            .copied()
            .collect();
        if begun.is_empty() {
            return Ok(Then::Wait(if due.len() == ROUND { None } else { next }));
        }
        let leased = self
            .0
            .store
            .lease(&begun, now + LEASE)
            .await
            .inspect_err(|_| begun.iter().for_each(|turn| self.unclaim(turn.id)))?;
        for turn in begun {
            match leased.iter().find(|leased| leased.id == turn.id) {
                Some(leased) => self.begin(*leased, places.clone().try_acquire_owned().ok()),
                None => self.unclaim(turn.id),
            }
        }
        Ok(Then::Again)
    }

    pub(crate) fn claim(&self, id: QueueId) -> bool {
        self.0
            .claimed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id)
    }

    pub(crate) fn unclaim(&self, id: QueueId) {
        self.0
            .claimed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    fn begin(&self, turn: Lease, place: Option<OwnedSemaphorePermit>) {
        let queue = self.clone();
        self.0.world.tasks.spawn(Box::pin(async move {
            queue
                .note_fault(turn.id, queue.try_from_spool(turn).await)
                .await;
            queue.unclaim(turn.id);
            drop(place);
            queue.0.woken.notify_one();
            queue.0.ended.notify_one();
        }));
    }

    pub(crate) async fn note_fault(&self, message: QueueId, ended: Result<(), Fault>) {
        if let Err(fault) = ended {
            tracing::error!(%message, error = %fault, "an attempt could not be made; it will be made again");
            self.0.world.sleep(STORE_PAUSE).await;
        }
    }

    pub(crate) async fn try_from_spool(&self, turn: Lease) -> Result<(), Fault> {
        let Some(row) = self.0.store.spooled(turn.id).await? else {
            return Ok(());
        };
        let entry = Entry::from_row(&row.row)?;
        self.try_once(turn, &entry, Body::kept(entry.blob), false)
            .await
    }

    /// One attempt for whoever waits, until what became of it is written down. `new`: nobody can
    /// have given an order yet.
    pub(crate) async fn try_once(
        &self,
        turn: Lease,
        entry: &Entry,
        body: Body<'_>,
        new: bool,
    ) -> Result<(), Fault> {
        // What goes out into the world is asked for once; what happens within the write is made
        // again with it.
        let mut abroad: Vec<(Host, Vec<Outcome>)> = Vec::new();
        let mut looks_for_orders = !new;
        loop {
            let ended = self
                .try_and_settle(turn, entry, body, looks_for_orders, &mut abroad)
                .await;
            looks_for_orders = true;
            match ended {
                Ok(()) => return Ok(()),
                // Somebody gave an order meanwhile: it is read again. Or the turn is no longer
                // ours: then it is not ours to settle.
                Err(Fault::Conflict) if self.0.store.has_turn(&turn).await? => {}
                Err(Fault::Conflict) => {
                    tracing::warn!(message = %turn.id, "the lease of a message ended during its attempt");
                    return Ok(());
                }
                Err(fault) => {
                    tracing::error!(message = %turn.id, error = %fault, "what became of a message cannot be written down yet");
                    self.0.world.sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    async fn try_and_settle(
        &self,
        turn: Lease,
        entry: &Entry,
        body: Body<'_>,
        looks_for_orders: bool,
        abroad: &mut Vec<(Host, Vec<Outcome>)>,
    ) -> Result<(), Fault> {
        let mut entry = entry.clone();
        let row = if looks_for_orders {
            self.0.store.order(turn.id).await?
        } else {
            None
        };
        let order = row.as_deref().and_then(Order::from_row);
        let mut tx = self.0.store.begin();
        tx.expect_order(turn.id, row.clone());
        if row.is_some() {
            tx.order(turn.id, None);
        }
        let mut settled = Settled::default();
        for (host, recipients) in by_host(&entry.envelope.recipients) {
            let known = abroad
                .iter()
                .find(|(known, _)| *known == host)
                .map(|(_, outcomes)| outcomes.clone());
            match (known, &order) {
                (Some(outcomes), _) => settled.add(recipients, outcomes),
                (None, Some(Order::Hold | Order::Drop { .. })) => settled.wait(recipients),
                (None, _) => {
                    let (outcomes, keep) = self
                        .try_host(&mut tx, &entry, body, &host, &recipients)
                        .await?;
                    if keep {
                        abroad.push((host, outcomes.clone()));
                    }
                    settled.add(recipients, outcomes);
                }
            }
        }
        // An order that came during the attempt is seen by the next round of this loop.
        self.settle(
            &mut tx,
            &mut entry,
            settled,
            Settling {
                turn: Some(turn),
                lease: None,
                fresh: None,
                order,
            },
        )
        .await?;
        tx.commit_soon().await?;
        Ok(())
    }

    // The outcomes, and whether they hold even if the write fails.
    async fn try_host(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        body: Body<'_>,
        host: &Host,
        recipients: &[Recipient],
    ) -> Result<(Vec<Outcome>, bool), Fault> {
        let all = |outcome: Outcome| recipients.iter().map(|_| outcome.clone()).collect();
        let Some(way) = self.way(host).await? else {
            let reply = Reply::new(550, (5, 4, 4), format!("no way leads to {host}"));
            return Ok((all(Outcome::Failed(reply, None)), true));
        };
        let attempt = self.attempt(tx, entry, &way, host, recipients, body);
        let outcomes = self
            .0
            .world
            .within(ATTEMPT_MAX, attempt)
            .await
            .unwrap_or_else(|| {
                let reply = Reply::new(
                    451,
                    (4, 4, 2),
                    "the attempt took too long and was broken off",
                );
                all(Outcome::Deferred(reply, None))
            });
        Ok((outcomes, !way.at_once()))
    }
}

//! The queue at work: takes what is due, tries it, waits for the next. Many letters at a time, each by one task.

use crate::Queue;
use crate::accept::by_host;
use crate::deliver::Outcome;
use crate::entry::Entry;
use crate::settle::Settled;
use mail::{Duration, LetterId, Reply, Time};
use std::sync::{Arc, PoisonError};
use store::Fault;
use tokio::sync::Semaphore;

/// Letters tried at the same time.
pub const ATTEMPTS_MAX: usize = 50;
// Letters looked at in one round.
const ROUND: usize = 200;
// How long a failing store is left alone.
const STORE_PAUSE: Duration = Duration::from_secs(5);

impl Queue {
    /// Tries letters as they become due. Runs as long as the host.
    pub async fn run(&self) {
        let places = Arc::new(Semaphore::new(ATTEMPTS_MAX));
        loop {
            let now = self.0.world.now();
            let next = match self.0.store.due(now, ROUND).await {
                Ok((due, next)) => {
                    let mut begun = 0;
                    for (at, id) in &due {
                        if self.claim(*id) {
                            begun += 1;
                            self.begin(*id, *at, places.clone()).await;
                        }
                    }
                    // A full round of letters that are all being tried: their ends wake us.
                    if due.len() == ROUND && begun > 0 { Some(now) } else { next }
                }
                Err(fault) => {
                    tracing::error!(error = %fault, "the queue cannot be read");
                    Some(now + STORE_PAUSE)
                }
            };
            let woken = self.0.woken.notified();
            match next {
                Some(at) => {
                    let sleep = self.0.world.clock.sleep_until(at);
                    tokio::select! {
                        biased;
                        () = woken => {}
                        () = sleep => {}
                    }
                }
                None => woken.await,
            }
        }
    }

    /// Looks at the queue at once: a letter was released or retried by hand.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    fn claim(&self, id: LetterId) -> bool {
        self.0.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    async fn begin(&self, id: LetterId, due: Time, places: Arc<Semaphore>) {
        let Ok(place) = places.acquire_owned().await else { return };
        let queue = self.clone();
        self.0.world.tasks.spawn(Box::pin(async move {
            if let Err(fault) = queue.try_once(id, due).await {
                tracing::error!(letter = %id, error = %fault, "an attempt could not be settled; it will be made again");
                queue.0.world.sleep(STORE_PAUSE).await;
            }
            queue.0.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            drop(place);
            queue.0.woken.notify_one();
        }));
    }

    async fn try_once(&self, id: LetterId, due: Time) -> Result<(), Fault> {
        let Some(row) = self.0.store.spooled(id).await? else { return Ok(()) };
        let mut entry = Entry::from_row(&row.row)?;
        if entry.due != due {
            return Ok(());
        }
        let mut tx = self.0.store.begin();
        let mut settled = Settled::default();
        for (host, recipients) in by_host(&entry.envelope.recipients) {
            let outcomes = match self.way(&host).await? {
                Some(way) => self.attempt(&mut tx, &entry, &way, &host, &recipients, None).await,
                None => {
                    let reply = Reply::new(550, (5, 4, 4), format!("no way leads to {host}"));
                    recipients.iter().map(|_| Outcome::Failed(reply.clone(), None)).collect()
                }
            };
            settled.add(recipients, outcomes);
        }
        self.settle(&mut tx, &mut entry, settled, Some(due), None).await?;
        tx.commit().await?;
        Ok(())
    }
}

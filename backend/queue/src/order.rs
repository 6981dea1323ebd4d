//! Orders by hand: hold, release, retry, drop; safe beside a running server. A message that nobody
//! tries just now is changed at once, and only if it is still as it was read; one that is being
//! tried gets an order row, which whoever tries it obeys when it settles the attempt.

use crate::Queue;
use crate::entry::Entry;
use event::{Kind, Role, Verdict};
use mail::QueueId;
use serde::{Deserialize, Serialize};
use store::{Fault, Lease, SpoolRow};

/// What somebody who looks after the host wants with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Keep it and do not try it.
    Hold,
    /// No longer on hold: due now.
    Release,
    /// Due now.
    Retry,
    /// Take it out of the queue.
    Drop {
        /// Tell the sender by a notice that it was not delivered.
        notice: bool,
    },
}

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is so.
    Done,
    /// The message is being tried just now; the order holds when that ends.
    AfterAttempt,
    /// The server does it when it next looks at its queue, or when it is next started.
    Soon,
    /// It was so already, or the order does not fit: a message on hold is not retried, one that is
    /// not held is not released.
    Unfit,
    /// There is no such message.
    NotThere,
}

/// How a message stands just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// For its next turn.
    Waiting,
    /// On hold by hand.
    Held,
    /// Somebody tries it, or did when the server ended.
    Trying,
}

// How often a message may change under our hands before we give up.
const TRIES_MAX: u32 = 20;

impl Order {
    pub(crate) fn to_row(self) -> Vec<u8> {
        serde_json::to_vec(&self).unwrap_or_default()
    }

    pub(crate) fn from_row(row: &[u8]) -> Option<Order> {
        serde_json::from_slice(row).ok()
    }

    /// The check's name in the journey.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Order::Hold => "queue-hold",
            Order::Release => "queue-release",
            Order::Retry => "queue-retry",
            Order::Drop { .. } => "queue-drop",
        }
    }
}

impl Queue {
    /// How a message stands.
    ///
    /// # Errors
    /// As the store.
    pub async fn standing(&self, entry: &Entry) -> Result<Standing, Fault> {
        let turn = Lease {
            at: entry.due,
            id: entry.id,
            owner: None,
        };
        Ok(match entry.held {
            true => Standing::Held,
            false if self.0.store.has_turn(&turn).await? => Standing::Waiting,
            false => Standing::Trying,
        })
    }

    /// Gives an order for a message. Works from any process that has opened the store.
    ///
    /// # Errors
    /// As the store; `Conflict` where the message keeps changing.
    pub async fn order(&self, id: QueueId, order: Order) -> Result<Ordered, Fault> {
        for _ in 0..TRIES_MAX {
            let Some(row) = self.0.store.spooled(id).await? else {
                return Ok(Ordered::NotThere);
            };
            match self.order_once(row, order).await {
                Err(Fault::Conflict) => {}
                other => return other,
            }
        }
        Err(Fault::Conflict)
    }

    async fn order_once(&self, row: SpoolRow, order: Order) -> Result<Ordered, Fault> {
        let store = &self.0.store;
        let mut entry = Entry::from_row(&row.row)?;
        let turn = Lease {
            at: entry.due,
            id: row.id,
            owner: None,
        };
        let free = !entry.held && store.has_turn(&turn).await?;
        let fits = match order {
            Order::Hold | Order::Retry => !entry.held,
            Order::Release => entry.held,
            Order::Drop { .. } => true,
        };
        if !fits {
            return Ok(Ordered::Unfit);
        }
        let mut tx = store.begin();
        tx.expect_spooled(row.id, row.row);
        tx.queue_changed();
        if !free && !entry.held {
            // It is being tried, or was when its server ended: whoever has it, or takes it next,
            // obeys.
            tx.order(row.id, Some(order.to_row()));
            tx.commit().await?;
            return Ok(Ordered::AfterAttempt);
        }
        let now = self.0.world.now();
        let was = free.then_some(&turn);
        let done = match order {
            Order::Hold => {
                entry.held = true;
                tx.spool(entry.id, was, None, entry.to_row());
                Ordered::Done
            }
            Order::Release | Order::Retry => {
                (entry.held, entry.due) = (false, now);
                tx.spool(entry.id, was, Some(now), entry.to_row());
                Ordered::Done
            }
            Order::Drop { .. } => {
                // Done by the server, which also writes the notice.
                (entry.held, entry.due) = (false, now);
                tx.order(entry.id, Some(order.to_row()));
                tx.spool(entry.id, was, Some(now), entry.to_row());
                Ordered::Soon
            }
        };
        if done == Ordered::Done {
            tx.tell([self.order_told(&entry, order)]);
        }
        tx.commit().await?;
        self.wake();
        Ok(done)
    }

    pub(crate) fn order_told(&self, entry: &Entry, order: Order) -> event::Event {
        let kind = Kind::Check {
            name: order.name().to_owned(),
            verdict: Verdict::Neutral,
            why: "by hand".to_owned(),
        };
        self.event(
            entry.journey,
            entry.span,
            None,
            Role::Mta,
            self.0.world.now(),
            kind,
        )
    }
}

//! What becomes of a message after an attempt: recipients that are done leave, those that failed are
//! told to the sender, the others wait for the next attempt. Invariant: each accepted recipient is,
//! at every durable moment, exactly one of delivered, relayed, told of in a notice, or waiting.

use crate::Queue;
use crate::bounce::Success;
use crate::deliver::Outcome;
use crate::entry::Entry;
use crate::order::Order;
use event::{Kind, Role};
use mail::{Duration, Recipient, Reply, Time};
use store::{Content, Fault, Lease, Tx};

/// When a waiting message is tried again, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Before the second attempt.
    pub first: Duration,
    /// No interval is longer.
    pub longest: Duration,
    /// After this the sender is told that it takes long; once.
    pub warn_after: Duration,
    /// After this the message is given up (RFC 5321 §4.5.4.1: at least 4–5 days).
    pub give_up_after: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(4 * 3600),
            warn_after: Duration::from_secs(4 * 3600),
            give_up_after: Duration::from_secs(5 * 86_400),
        }
    }
}

impl Retry {
    /// The interval after the n-th attempt: doubled each time, up to the longest.
    pub fn interval(&self, attempts: u32) -> Duration {
        let factor = 1u32
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// The outcomes of one round, recipient by recipient.
#[derive(Default)]
pub(crate) struct Settled {
    delivered: Vec<Recipient>,
    relayed: Vec<Relayed>,
    deferred: Vec<(Recipient, Reply)>,
    failed: Vec<(Recipient, Reply, Option<String>)>,
    busy: Vec<Recipient>,
    untried: Vec<Recipient>,
}

struct Relayed {
    recipient: Recipient,
    host: String,
    reply: Reply,
    notifies: bool,
}

/// What else settling needs to know.
pub(crate) struct Settling<'a> {
    /// The leased turn, where the message lies in the spool already.
    pub(crate) turn: Option<Lease>,
    /// A message that is new in the spool is leased from the first: it is tried as soon as it is
    /// durable.
    pub(crate) lease: Option<Lease>,
    /// The content, while it is being accepted.
    pub(crate) fresh: Option<&'a Content>,
    /// What was ordered by hand meanwhile.
    pub(crate) order: Option<Order>,
}

impl Settled {
    pub(crate) fn add(&mut self, recipients: Vec<Recipient>, outcomes: Vec<Outcome>) {
        for (recipient, outcome) in recipients.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Delivered => self.delivered.push(recipient),
                Outcome::Relayed {
                    host,
                    reply,
                    notifies,
                } => self.relayed.push(Relayed {
                    recipient,
                    host,
                    reply,
                    notifies,
                }),
                Outcome::Deferred(reply, _) => self.deferred.push((recipient, reply)),
                Outcome::Failed(reply, host) => self.failed.push((recipient, reply, host)),
                Outcome::Busy => self.busy.push(recipient),
            }
        }
    }

    pub(crate) fn wait(&mut self, recipients: Vec<Recipient>) {
        self.untried.extend(recipients);
    }

    pub(crate) fn some_wait(&self) -> bool {
        !self.deferred.is_empty() || !self.untried.is_empty() || !self.busy.is_empty()
    }

    /// Nothing became of anybody yet: all of it is still to be tried.
    pub(crate) fn only_untried(&self) -> bool {
        !self.untried.is_empty()
            && self.delivered.is_empty()
            && self.relayed.is_empty()
            && self.deferred.is_empty()
            && self.failed.is_empty()
            && self.busy.is_empty()
    }

    /// Something of it, or a notice about it, goes to the spool: the queue must look.
    pub(crate) fn concerns_the_queue(&self) -> bool {
        self.some_wait() || !self.failed.is_empty() || !self.successes().is_empty()
    }

    // Who has waited too long waits no more: the last words become the final ones.
    fn give_up(&mut self) {
        for (recipient, reply) in self.deferred.drain(..) {
            self.failed.push((recipient, reply, None));
        }
        for recipient in self.busy.drain(..) {
            // RFC 3463 X.4.5: system congestion
            self.failed.push((
                recipient,
                Reply::new(451, (4, 4, 5), "the way to the other host was never free"),
                None,
            ));
        }
    }

    // Taken out by hand: everybody who waits.
    fn drop_all(&mut self) -> Vec<Recipient> {
        let deferred = std::mem::take(&mut self.deferred)
            .into_iter()
            .map(|(r, _)| r);
        deferred
            .chain(self.busy.drain(..))
            .chain(self.untried.drain(..))
            .collect()
    }

    // Those of whom the sender wants to hear that all went well, and how well (RFC 3461 §5.2).
    fn successes(&self) -> Vec<Success> {
        let wanted = |r: &Recipient| r.notify.is_some_and(|n| n.success);
        let here = self
            .delivered
            .iter()
            .filter(|r| wanted(r))
            .map(|r| Success {
                recipient: r.clone(),
                relayed_to: None,
            });
        let abroad = self
            .relayed
            .iter()
            .filter(|r| wanted(&r.recipient) && !r.notifies);
        let abroad = abroad.map(|r| Success {
            recipient: r.recipient.clone(),
            relayed_to: Some((r.host.clone(), r.reply.clone())),
        });
        here.chain(abroad).collect()
    }
}

// How soon a message comes again whose destination was busy; up to five times as long, by chance.
const BUSY_PAUSE: Duration = Duration::from_secs(60);

impl Queue {
    /// Puts what follows from the outcomes into the write.
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        entry: &mut Entry,
        mut settled: Settled,
        settling: Settling<'_>,
    ) -> Result<(), Fault> {
        let Settling {
            turn,
            lease,
            fresh,
            order,
        } = settling;
        let now = self.0.world.now();
        let tried = !(settled.deferred.is_empty()
            && settled.failed.is_empty()
            && settled.relayed.is_empty()
            && settled.delivered.is_empty());
        if (turn.is_some() && tried) || !settled.deferred.is_empty() {
            entry.attempts += 1;
        }
        self.obey(tx, entry, &mut settled, order);
        if now.since(entry.begun()) >= self.0.retry.give_up_after {
            settled.give_up();
        }
        let late = !settled.deferred.is_empty()
            && !entry.warned
            && now.since(entry.begun()) >= self.0.retry.warn_after;
        entry.warned |= late;
        entry.due = self.next_turn(entry, &settled, order, now);
        self.tell(tx, entry, &settled, now);
        if !settled.failed.is_empty() {
            self.bounce(tx, entry, &settled.failed, fresh).await?;
        }
        if late {
            self.warn(tx, entry, &settled.deferred).await?;
        }
        let successes = settled.successes();
        if !successes.is_empty() {
            self.confirm(tx, entry, &successes, fresh).await?;
        }
        for (recipient, reply) in &settled.deferred {
            entry
                .last
                .insert(recipient.address.to_string(), reply.clone());
        }
        let waiting = settled
            .deferred
            .into_iter()
            .map(|(r, _)| r)
            .chain(settled.busy)
            .chain(settled.untried);
        entry.envelope.recipients = waiting.collect();
        keep_or_remove(tx, entry, turn, lease);
        Ok(())
    }

    // Carries out what was ordered while the message was being tried.
    fn obey(&self, tx: &mut Tx, entry: &mut Entry, settled: &mut Settled, order: Option<Order>) {
        let Some(order) = order else { return };
        tx.tell([self.order_told(entry, order)]);
        match order {
            Order::Hold => entry.held = settled.some_wait(),
            Order::Release | Order::Retry => {}
            Order::Drop { notice } => {
                for mut recipient in settled.drop_all() {
                    if !notice {
                        recipient.notify = Some(mail::Notify::NEVER);
                    }
                    settled.failed.push((
                        recipient,
                        Reply::new(550, (5, 7, 0), "taken out of the queue by hand"),
                        None,
                    ));
                }
            }
        }
    }

    fn next_turn(&self, entry: &Entry, settled: &Settled, order: Option<Order>, now: Time) -> Time {
        let mut turns = Vec::new();
        if !settled.untried.is_empty() || order == Some(Order::Retry) {
            turns.push(entry.begun().max(now));
        }
        if !settled.deferred.is_empty() {
            turns.push(self.next_attempt(entry, now));
        }
        if !settled.busy.is_empty() {
            let spread = u64::try_from(BUSY_PAUSE.as_micros() * 4).unwrap_or(u64::MAX);
            turns.push(now + BUSY_PAUSE + Duration::from_micros(self.0.world.rng.below(spread)));
        }
        turns.into_iter().min().unwrap_or(now)
    }

    fn next_attempt(&self, entry: &Entry, now: Time) -> Time {
        let interval = self.0.retry.interval(entry.attempts);
        // A tenth up or down, so that messages that waited together do not come together.
        let span = u64::try_from(interval.as_micros() / 5).unwrap_or(u64::MAX);
        let jitter = self.0.world.rng.below(span.max(1));
        let next = now + interval - Duration::from_micros(span / 2) + Duration::from_micros(jitter);
        // Nobody is told late that it takes long, or that it is given up, only because no attempt
        // was due.
        let word = if entry.warned {
            self.0.retry.give_up_after
        } else {
            self.0.retry.warn_after
        };
        next.min(entry.begun() + word.min(self.0.retry.give_up_after))
            .max(now + Duration::from_secs(1))
    }

    fn tell(&self, tx: &mut Tx, entry: &Entry, settled: &Settled, now: Time) {
        let event = |kind| self.event(entry.journey, entry.span, None, Role::Mta, now, kind);
        for Relayed {
            recipient,
            host,
            reply,
            ..
        } in &settled.relayed
        {
            let (recipient, host, reply) =
                (recipient.address.to_string(), host.clone(), reply.clone());
            tracing::info!(message = %entry.id, journey = %entry.journey, %recipient, %host, %reply, "relayed");
            tx.tell([event(Kind::Relayed {
                recipient,
                host,
                reply,
            })]);
        }
        for (recipient, reply) in &settled.deferred {
            let recipient = recipient.address.to_string();
            tracing::info!(message = %entry.id, journey = %entry.journey, %recipient, %reply, "deferred");
            tx.tell([event(Kind::Deferred {
                recipient,
                reply: reply.clone(),
                next: entry.due,
            })]);
        }
    }
}

fn keep_or_remove(tx: &mut Tx, entry: &Entry, turn: Option<Lease>, lease: Option<Lease>) {
    let due = (!entry.held).then_some(entry.due);
    match (entry.envelope.recipients.is_empty(), turn) {
        (false, None) => {
            tx.hold(entry.blob);
            match lease {
                Some(lease) => tx.spool_leased(&lease, entry.to_row()),
                None => tx.spool(entry.id, None, due, entry.to_row()),
            }
        }
        (false, Some(was)) => tx.spool(entry.id, Some(&was), due, entry.to_row()),
        (true, Some(was)) => {
            tx.unspool(entry.id, Some(&was));
            tx.release(entry.blob);
        }
        (true, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_double_up_to_the_longest_and_never_overflow() {
        let retry = Retry::default();
        let minutes = |n| retry.interval(n).as_secs() / 60;
        assert_eq!(
            [1, 2, 3, 7, 8, 9, 200].map(minutes),
            [1, 2, 4, 64, 128, 240, 240]
        );
    }
}

//! What becomes of a letter after an attempt: recipients that are done leave, those that failed are told to the sender, the others wait
//! for the next attempt. Invariant: each accepted recipient is, at every durable moment, exactly one of delivered, relayed, told of in a notice, or waiting.

use crate::Queue;
use crate::deliver::Outcome;
use crate::entry::Entry;
use event::{Kind, Role};
use mail::{Duration, Recipient, Reply, Time};
use store::{Content, Fault, Tx};

/// When a waiting letter is tried again, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Before the second attempt.
    pub first: Duration,
    /// No interval is longer.
    pub longest: Duration,
    /// After this the sender is told that it takes long; once.
    pub warn_after: Duration,
    /// After this the letter is given up (RFC 5321 §4.5.4.1: at least 4–5 days).
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
        let factor = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// The outcomes of one round, recipient by recipient.
#[derive(Default)]
pub(crate) struct Settled {
    relayed: Vec<(Recipient, String, Reply)>,
    deferred: Vec<(Recipient, Reply)>,
    failed: Vec<(Recipient, Reply, Option<String>)>,
    untried: Vec<Recipient>,
}

impl Settled {
    pub(crate) fn add(&mut self, recipients: Vec<Recipient>, outcomes: Vec<Outcome>) {
        for (recipient, outcome) in recipients.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Delivered => {}
                Outcome::Relayed { host, reply } => self.relayed.push((recipient, host, reply)),
                Outcome::Deferred(reply, _) => self.deferred.push((recipient, reply)),
                Outcome::Failed(reply, host) => self.failed.push((recipient, reply, host)),
            }
        }
    }

    pub(crate) fn wait(&mut self, recipients: Vec<Recipient>) {
        self.untried.extend(recipients);
    }

    pub(crate) fn some_wait(&self) -> bool {
        !self.deferred.is_empty() || !self.untried.is_empty()
    }
}

impl Queue {
    /// Puts what follows from the outcomes into the write. `was_due` is set where the letter lies in the spool already.
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        entry: &mut Entry,
        mut settled: Settled,
        was_due: Option<Time>,
        fresh: Option<&Content>,
    ) -> Result<(), Fault> {
        let now = self.0.world.now();
        if was_due.is_some() || !settled.deferred.is_empty() {
            entry.attempts += 1;
        }
        self.give_up_the_old(entry, &mut settled, now);
        let late = !settled.deferred.is_empty() && !entry.warned && now.since(entry.arrived) >= self.0.retry.warn_after;
        entry.warned |= late;
        entry.due = if settled.untried.is_empty() { self.next_attempt(entry, now) } else { now };
        self.tell(tx, entry, &settled, now);
        if !settled.failed.is_empty() {
            self.bounce(tx, entry, &settled.failed, fresh).await?;
        }
        if late {
            self.warn(tx, entry, &settled.deferred).await?;
        }
        for (recipient, reply) in &settled.deferred {
            entry.last.insert(recipient.address.to_string(), reply.clone());
        }
        entry.envelope.recipients = settled.deferred.into_iter().map(|(r, _)| r).chain(settled.untried).collect();
        self.keep_or_remove(tx, entry, was_due).await
    }

    // Who has waited too long waits no more: the last words become the final ones.
    fn give_up_the_old(&self, entry: &Entry, settled: &mut Settled, now: Time) {
        if now.since(entry.arrived) >= self.0.retry.give_up_after {
            for (recipient, reply) in settled.deferred.drain(..) {
                settled.failed.push((recipient, reply, None));
            }
        }
    }

    fn next_attempt(&self, entry: &Entry, now: Time) -> Time {
        let interval = self.0.retry.interval(entry.attempts);
        // A tenth up or down, so that letters that waited together do not come together.
        let span = u64::try_from(interval.as_micros() / 5).unwrap_or(u64::MAX);
        let jitter = self.0.world.chance.below(span.max(1));
        let next = now + interval - Duration::from_micros(span / 2) + Duration::from_micros(jitter);
        // Nobody is told late that it takes long, or that it is given up, only because no attempt was due.
        let word = if entry.warned { self.0.retry.give_up_after } else { self.0.retry.warn_after };
        next.min(entry.arrived + word.min(self.0.retry.give_up_after)).max(now + Duration::from_secs(1))
    }

    fn tell(&self, tx: &mut Tx, entry: &Entry, settled: &Settled, now: Time) {
        let event = |kind| self.event(entry.journey, entry.span, None, Role::Mta, now, kind);
        for (recipient, host, reply) in &settled.relayed {
            let (recipient, host, reply) = (recipient.address.to_string(), host.clone(), reply.clone());
            tracing::info!(letter = %entry.id, journey = %entry.journey, %recipient, %host, %reply, "relayed");
            tx.tell([event(Kind::Relayed { recipient, host, reply })]);
        }
        for (recipient, reply) in &settled.deferred {
            let recipient = recipient.address.to_string();
            tracing::info!(letter = %entry.id, journey = %entry.journey, %recipient, %reply, "deferred");
            tx.tell([event(Kind::Deferred { recipient, reply: reply.clone(), next: entry.due })]);
        }
    }

    async fn keep_or_remove(&self, tx: &mut Tx, entry: &Entry, was_due: Option<Time>) -> Result<(), Fault> {
        match (entry.envelope.recipients.is_empty(), was_due) {
            (false, None) => {
                tx.hold(entry.blob);
                tx.spool(entry.id, None, entry.due, entry.to_row());
            }
            (false, Some(was)) => tx.spool(entry.id, Some(was), entry.due, entry.to_row()),
            (true, Some(was)) => {
                tx.unspool(entry.id, was);
                tx.release(entry.blob).await?;
            }
            (true, None) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_double_up_to_the_longest_and_never_overflow() {
        let retry = Retry::default();
        let minutes = |n| retry.interval(n).as_secs() / 60;
        assert_eq!([1, 2, 3, 7, 8, 9, 200].map(minutes), [1, 2, 4, 64, 128, 240, 240]);
    }
}

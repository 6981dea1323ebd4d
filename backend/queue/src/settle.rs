//! Settles a round of attempts in a write: finished recipients leave the message, failures are
//! reported to the sender, the others wait for the next attempt. Invariant: at every durable moment
//! each accepted recipient is exactly one of delivered, relayed, reported in a notice, or waiting.
//!
//! Notices are returned rather than accepted here: they are messages like any other, and the caller
//! inserts them into the same write.

use crate::command::QueueCommand;
use crate::handle::Queue;
use crate::new_message::NewMessage;
use crate::outcomes::{DeferredRecipient, Outcomes, RelayedRecipient};
use crate::queued_message::QueuedMessage;
use event::catalogue::delivery::QueueReason;
use event::{Diagnostic, Kind, Role};
use mail::{Duration, Notify, Time};
use store::{Content, Fault, Lease, Tx};

/// The state of the message at the time of settling.
#[derive(Default)]
pub(crate) struct SettleContext<'a> {
    /// The lease under which it was attempted; `None` for a new message.
    pub(crate) held: Option<Lease>,
    /// The lease to store a new message with, where it gets an immediate attempt.
    pub(crate) initial: Option<Lease>,
    /// The content of a new message.
    pub(crate) content: Option<&'a Content>,
    /// A command that was given meanwhile.
    pub(crate) command: Option<QueueCommand>,
}

// Delay before the next attempt when the destination was busy; a random delay of up to four times
// as much is added.
const BUSY_PAUSE: Duration = Duration::from_secs(60);

impl Queue {
    /// Adds the consequences of `outcomes` to the transaction. Returns notices to be inserted into
    /// it.
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        message: &mut QueuedMessage,
        mut outcomes: Outcomes,
        context: SettleContext<'_>,
    ) -> Result<Vec<NewMessage>, Fault> {
        let now = self.0.world.now();
        if (context.held.is_some() && outcomes.any_tried()) || !outcomes.deferred.is_empty() {
            message.attempts += 1;
        }
        if let Some(command) = context.command {
            self.apply(tx, message, &mut outcomes, command);
        }
        let age = now.since(message.begun());
        if age >= self.0.retry.give_up_after {
            outcomes.give_up();
        }
        let is_late =
            !outcomes.deferred.is_empty() && !message.warned && age >= self.0.retry.warn_after;
        message.warned |= is_late;
        message.due = self.next_due(message, &outcomes, context.command, now);
        self.record(tx, message, &outcomes, now);
        let notices = self
            .notices(tx, message, &outcomes, is_late, context.content)
            .await?;
        for one in &outcomes.deferred {
            let address = one.recipient.address.to_string();
            message.last.insert(address, one.diagnostic.clone());
        }
        message.envelope.recipients = outcomes.take_waiting();
        store_or_remove(tx, message, context.held, context.initial);
        Ok(notices)
    }

    // Carries out a command that was given during the attempt.
    fn apply(
        &self,
        tx: &mut Tx,
        message: &mut QueuedMessage,
        outcomes: &mut Outcomes,
        command: QueueCommand,
    ) {
        tx.record([self.command_event(message, command)]);
        match command {
            QueueCommand::Hold => message.held = outcomes.any_waiting(),
            QueueCommand::Release | QueueCommand::Retry => {}
            QueueCommand::Drop { notice } => {
                let mut dropped = outcomes.take_waiting();
                if !notice {
                    dropped
                        .iter_mut()
                        .for_each(|recipient| recipient.notify = Some(Notify::NEVER));
                }
                let removed = Diagnostic::own(550, (5, 7, 0), QueueReason::Removed);
                outcomes.fail(dropped, &removed);
            }
        }
    }

    async fn notices(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        outcomes: &Outcomes,
        is_late: bool,
        content: Option<&Content>,
    ) -> Result<Vec<NewMessage>, Fault> {
        let mut notices = Vec::new();
        if !outcomes.failed.is_empty() {
            notices.extend(self.bounce(tx, message, &outcomes.failed, content).await?);
        }
        if is_late {
            notices.extend(self.delay_notice(message, &outcomes.deferred).await?);
        }
        let successes = outcomes.successes();
        if !successes.is_empty() {
            notices.extend(self.success_notice(message, &successes, content).await?);
        }
        Ok(notices)
    }

    fn next_due(
        &self,
        message: &QueuedMessage,
        outcomes: &Outcomes,
        command: Option<QueueCommand>,
        now: Time,
    ) -> Time {
        let mut due = Vec::new();
        if !outcomes.untried.is_empty() || command == Some(QueueCommand::Retry) {
            due.push(message.begun().max(now));
        }
        if !outcomes.deferred.is_empty() {
            due.push(self.next_attempt(message, now));
        }
        if !outcomes.busy.is_empty() {
            let spread = u64::try_from(BUSY_PAUSE.as_micros() * 4).unwrap_or(u64::MAX);
            due.push(now + BUSY_PAUSE + Duration::from_micros(self.0.world.rng.below(spread)));
        }
        due.into_iter().min().unwrap_or(now)
    }

    fn next_attempt(&self, message: &QueuedMessage, now: Time) -> Time {
        let interval = self.0.retry.interval(message.attempts);
        // A tenth more or less, so that messages that waited together do not return together.
        let span = u64::try_from(interval.as_micros() / 5).unwrap_or(u64::MAX);
        let jitter = self.0.world.rng.below(span.max(1));
        let next = now + interval - Duration::from_micros(span / 2) + Duration::from_micros(jitter);
        // Not later than the next notice is due.
        let notice_after = if message.warned {
            self.0.retry.give_up_after
        } else {
            self.0.retry.warn_after.min(self.0.retry.give_up_after)
        };
        next.min(message.begun() + notice_after)
            .max(now + Duration::from_secs(1))
    }

    // Logs and records relayed and deferred recipients. Deliveries are recorded by the transport,
    // failures with their notice.
    fn record(&self, tx: &mut Tx, message: &QueuedMessage, outcomes: &Outcomes, now: Time) {
        let (id, journey) = (message.id, message.journey);
        let event = |kind| self.event(journey, message.span, None, Role::Mta, now, kind);
        for relayed in &outcomes.relayed {
            let RelayedRecipient { host, reply, .. } = relayed;
            let recipient = relayed.recipient.address.to_string();
            tracing::info!(message = %id, %journey, %recipient, %host, %reply, "relayed");
            tx.record([event(Kind::Relayed {
                recipient,
                host: host.clone(),
                reply: reply.clone(),
            })]);
        }
        for DeferredRecipient {
            recipient,
            diagnostic: Diagnostic { reply, cause },
        } in &outcomes.deferred
        {
            let recipient = recipient.address.to_string();
            tracing::info!(message = %id, %journey, %recipient, %reply, "deferred");
            tx.record([event(Kind::Deferred {
                recipient,
                reply: reply.clone(),
                cause: cause.clone(),
                next: message.due,
            })]);
        }
    }
}

fn store_or_remove(
    tx: &mut Tx,
    message: &QueuedMessage,
    held: Option<Lease>,
    initial: Option<Lease>,
) {
    let due = (!message.held).then_some(message.due);
    match (message.envelope.recipients.is_empty(), held) {
        (false, None) => {
            tx.add_ref(message.blob);
            match initial {
                Some(lease) => tx.spool_leased(&lease, message.to_row()),
                None => tx.spool(message.id, None, due, message.to_row()),
            }
        }
        (false, Some(was)) => tx.spool(message.id, Some(&was), due, message.to_row()),
        (true, Some(was)) => {
            tx.unspool(message.id, Some(&was));
            tx.release(message.blob);
        }
        (true, None) => {}
    }
}

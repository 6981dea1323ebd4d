//! Carries out an administrator's commands: hold, release, retry, drop; safe beside a running
//! server. A message that is not being attempted is changed at once, and only if its row is still
//! as it was read. For one that is, a command row is stored, and the process that holds its lease
//! carries the command out when it settles the attempt.

use crate::command::{CommandResult, QueueCommand, QueueStatus};
use crate::handle::Queue;
use crate::queued_message::QueuedMessage;
use event::catalogue::delivery::QueueReason;
use event::{Kind, Role, Verdict};
use mail::QueueId;
use store::{Fault, Lease, SpoolRow};

// How often a command is repeated because the message's row changed meanwhile.
const TRIES_MAX: u32 = 20;

impl Queue {
    /// The state of a message.
    ///
    /// # Errors
    /// As the store.
    pub async fn status(&self, message: &QueuedMessage) -> Result<QueueStatus, Fault> {
        Ok(match message.held {
            true => QueueStatus::Held,
            false
                if self
                    .0
                    .store
                    .is_current_lease(&ownerless_lease(message))
                    .await? =>
            {
                QueueStatus::Waiting
            }
            false => QueueStatus::Active,
        })
    }

    /// Carries out a command for a message. Works from any process that has opened the store.
    ///
    /// # Errors
    /// As the store; `Conflict` where the message keeps changing.
    pub async fn command(
        &self,
        id: QueueId,
        command: QueueCommand,
    ) -> Result<CommandResult, Fault> {
        for _ in 0..TRIES_MAX {
            let Some(row) = self.0.store.spooled(id).await? else {
                return Ok(CommandResult::NotFound);
            };
            match self.try_command(row, command).await {
                Err(Fault::Conflict) => {}
                other => return other,
            }
        }
        Err(Fault::Conflict)
    }

    async fn try_command(
        &self,
        row: SpoolRow,
        command: QueueCommand,
    ) -> Result<CommandResult, Fault> {
        let store = &self.0.store;
        let mut message = QueuedMessage::from_row(&row.row)?;
        let lease = ownerless_lease(&message);
        let free = !message.held && store.is_current_lease(&lease).await?;
        let applicable = match command {
            QueueCommand::Hold | QueueCommand::Retry => !message.held,
            QueueCommand::Release => message.held,
            QueueCommand::Drop { .. } => true,
        };
        if !applicable {
            return Ok(CommandResult::NotApplicable);
        }
        let mut tx = store.begin();
        tx.expect_spooled(row.id, row.row);
        tx.queue_changed();
        if !free && !message.held {
            // It is being attempted, or was when its server ended: the present or the next holder
            // of the lease carries the command out.
            tx.order(row.id, Some(command.to_row()));
            tx.commit().await?;
            return Ok(CommandResult::AfterAttempt);
        }
        let now = self.0.world.now();
        let was = free.then_some(&lease);
        let result = match command {
            QueueCommand::Hold => {
                message.held = true;
                tx.spool(message.id, was, None, message.to_row());
                CommandResult::Done
            }
            QueueCommand::Release | QueueCommand::Retry => {
                (message.held, message.due) = (false, now);
                tx.spool(message.id, was, Some(now), message.to_row());
                CommandResult::Done
            }
            QueueCommand::Drop { .. } => {
                // Left to the server, which also writes the notice.
                (message.held, message.due) = (false, now);
                tx.order(message.id, Some(command.to_row()));
                tx.spool(message.id, was, Some(now), message.to_row());
                CommandResult::Soon
            }
        };
        if result == CommandResult::Done {
            tx.record([self.command_event(&message, command)]);
        }
        tx.commit().await?;
        self.wake();
        Ok(result)
    }

    /// The event of a command that was carried out.
    pub(crate) fn command_event(
        &self,
        message: &QueuedMessage,
        command: QueueCommand,
    ) -> event::Event {
        let kind = Kind::Check {
            check: command.check_name().into(),
            verdict: Verdict::Neutral,
            reason: QueueReason::ByOperator.into(),
            proof: Vec::new(),
        };
        let now = self.0.world.now();
        self.event(message.journey, message.span, None, Role::Mta, now, kind)
    }
}

// The lease row of a message that no process is attempting. While it is current, the message
// waits.
fn ownerless_lease(message: &QueuedMessage) -> Lease {
    Lease {
        at: message.due,
        id: message.id,
        owner: None,
    }
}

//! A round of attempts for a leased message: each waiting recipient once, until the outcomes are
//! stored.
//!
//! Failures: where the outcomes cannot be stored, the attempts are not repeated; their outcomes are
//! kept in memory until they can be (a relayed message must not be sent twice because a disk is
//! full).

use crate::attempt::{by_host, no_transport};
use crate::command::QueueCommand;
use crate::handle::Queue;
use crate::limits::{ATTEMPT_MAX, STORE_PAUSE};
use crate::nul::contains_nul;
use crate::outcomes::Outcomes;
use crate::queued_message::QueuedMessage;
use crate::settle::SettleContext;
use crate::transport::{DeliveryOutcome, QueuedContent};
use event::Diagnostic;
use event::catalogue::delivery::QueueReason;
use mail::{Host, QueueId, Recipient};
use store::{Fault, Lease, Tx};

// Outcomes that are valid even if the write fails: those of attempts outside of it.
type External = Vec<(Host, Vec<DeliveryOutcome>)>;

impl Queue {
    /// Makes a round for a message in the spool.
    pub(crate) async fn attempt_spooled(&self, lease: Lease) -> Result<(), Fault> {
        let Some(row) = self.0.store.spooled(lease.id).await? else {
            return Ok(());
        };
        let mut message = QueuedMessage::from_row(&row.row)?;
        let content = QueuedContent::stored(message.blob);
        self.look_for_nul(&mut message, content).await;
        self.attempt_all(lease, &message, content, false).await
    }

    /// Makes a round and repeats storing its outcomes until that succeeds. `is_new`: there can be
    /// no command for the message yet.
    pub(crate) async fn attempt_all(
        &self,
        lease: Lease,
        message: &QueuedMessage,
        body: QueuedContent<'_>,
        is_new: bool,
    ) -> Result<(), Fault> {
        // External attempts are made once; local deliveries are repeated with the write.
        let mut external = External::new();
        let mut reads_command = !is_new;
        loop {
            let ended = self
                .attempt_and_settle(lease, message, body, reads_command, &mut external)
                .await;
            reads_command = true;
            match ended {
                Ok(()) => return Ok(()),
                // A command was given meanwhile, which the next turn of the loop reads; or the
                // lease has ended, and the message is no longer ours to settle.
                Err(Fault::Conflict) if self.0.store.is_current_lease(&lease).await? => {}
                Err(Fault::Conflict) => {
                    tracing::warn!(message = %lease.id, "the lease of a message ended during its attempt");
                    return Ok(());
                }
                Err(fault) => {
                    tracing::error!(message = %lease.id, error = %fault, "cannot store the outcome of an attempt yet");
                    self.0.world.sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    /// Logs that a round could not be made, and pauses.
    pub(crate) async fn log_fault(&self, message: QueueId, ended: Result<(), Fault>) {
        if let Err(fault) = ended {
            tracing::error!(%message, error = %fault, "cannot attempt a message; it will be attempted again");
            self.0.world.sleep(STORE_PAUSE).await;
        }
    }

    async fn attempt_and_settle(
        &self,
        lease: Lease,
        message: &QueuedMessage,
        body: QueuedContent<'_>,
        reads_command: bool,
        external: &mut External,
    ) -> Result<(), Fault> {
        let mut message = message.clone();
        let row = if reads_command {
            self.0.store.order(lease.id).await?
        } else {
            None
        };
        let command = row.as_deref().and_then(QueueCommand::from_row);
        let mut tx = self.0.store.begin();
        // A command that is given during the attempts makes the commit fail with a conflict.
        tx.expect_order(lease.id, row.clone());
        if row.is_some() {
            tx.order(lease.id, None);
        }
        let mut outcomes = Outcomes::default();
        for (host, recipients) in by_host(&message.envelope.recipients) {
            let known = external.iter().find(|(known, _)| *known == host);
            match (known, &command) {
                (Some((_, known)), _) => outcomes.add(recipients, known.clone()),
                (None, Some(QueueCommand::Hold | QueueCommand::Drop { .. })) => {
                    outcomes.add_untried(recipients);
                }
                (None, _) => {
                    let (made, is_external) = self
                        .attempt_host(&mut tx, &message, body, &host, &recipients)
                        .await?;
                    if is_external {
                        external.push((host, made.clone()));
                    }
                    outcomes.add(recipients, made);
                }
            }
        }
        let context = SettleContext {
            held: Some(lease),
            command,
            ..SettleContext::default()
        };
        let notices = self
            .settle(&mut tx, &mut message, outcomes, context)
            .await?;
        self.insert_notices(&mut tx, notices).await?;
        tx.commit_soon().await?;
        Ok(())
    }

    // Returns the outcomes, and whether they are valid even if the write fails.
    async fn attempt_host(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        body: QueuedContent<'_>,
        host: &Host,
        recipients: &[Recipient],
    ) -> Result<(Vec<DeliveryOutcome>, bool), Fault> {
        let all = |outcome: DeliveryOutcome| vec![outcome; recipients.len()];
        if message.has_nul == Some(true) {
            return Ok((all(DeliveryOutcome::Failed(contains_nul(), None)), true));
        }
        let Some(transport) = self.transport(host).await? else {
            return Ok((all(DeliveryOutcome::Failed(no_transport(host), None)), true));
        };
        let attempt = self.attempt(tx, message, &transport, host, recipients, body);
        let outcomes = self.0.world.within(ATTEMPT_MAX, attempt).await;
        let outcomes = outcomes.unwrap_or_else(|| {
            let own = Diagnostic::own(451, (4, 4, 2), QueueReason::AttemptTimeout);
            all(DeliveryOutcome::Deferred(own, None))
        });
        Ok((outcomes, !transport.delivers_on_accept()))
    }
}

//! Accepts messages: each is made durable, with its local deliveries, in one transaction.

use crate::handle::Queue;
use crate::immediate::ImmediateAttempt;
use crate::insert::InsertedMessage;
use crate::new_message::{Accepted, NewMessage, Refusal};

impl Queue {
    /// Takes responsibility for a message. When this returns `Ok`, the message survives a power
    /// failure and is in the mailbox of every recipient on this host.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the message is kept then.
    pub async fn accept(&self, message: NewMessage) -> Result<Accepted, Refusal> {
        let mut tx = self.0.store.begin();
        let content = message.content_handle();
        let InsertedMessage {
            accepted,
            is_queued,
            leased,
        } = self.insert(&mut tx, message).await.map_err(|fault| {
            tracing::error!(error = %fault, "cannot accept a message");
            self.0.store.discard(&content);
            fault
        })?;
        // Created before the commit: if this future is cancelled, its `Drop` still schedules the
        // message.
        let immediate = leased.map(|leased| ImmediateAttempt::new(self.clone(), leased));
        tx.commit()
            .await
            .inspect_err(|_| self.0.store.discard(&content))?;
        tracing::info!(message = %accepted.message, journey = %accepted.journey, "accepted");
        match immediate {
            Some(immediate) => immediate.begin(),
            None if is_queued => self.wake(),
            None => {}
        }
        Ok(accepted)
    }
}

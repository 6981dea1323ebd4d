//! Which messages no IMAP session has been told of (`\Recent`, RFC 3501 §2.3.2): one number per
//! mailbox, which outlives a restart. Which session is told decides the retrieval agent.

use crate::engine::{self, Batch, Fault, Keyspace};
use crate::{Store, keys};
use mail::MailboxId;

impl Store {
    /// The first UID of a mailbox that is recent; 1 where no session has selected it yet.
    ///
    /// # Errors
    /// As the engine.
    pub async fn first_recent(&self, mailbox: MailboxId) -> Result<u32, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Directory, &keys::first_recent(mailbox))
            .await?;
        Ok(row
            .and_then(|row| row.try_into().ok())
            .map_or(1, u32::from_be_bytes))
    }

    /// Messages below this UID are no longer recent.
    ///
    /// # Errors
    /// As the engine.
    pub async fn set_first_recent(&self, mailbox: MailboxId, uid: u32) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(
            Keyspace::Directory,
            keys::first_recent(mailbox),
            uid.to_be_bytes().to_vec(),
        );
        engine::commit(self.engine().as_ref(), batch).await
    }
}

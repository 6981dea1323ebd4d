//! APPEND: stores a message of the client. Its pieces go to the store as they arrive; the message
//! exists once it is durable.

use super::{Role, refuse};
use imap::{AppendHead, Decision, Refusal};
use mail::{Flags, Time};
use std::sync::Arc;
use store::{Delivery, Mailbox, OutlineRow, Writer};

/// A message that is being received.
pub(super) struct Appending {
    mailbox: Arc<Mailbox>,
    flags: Flags,
    date: Time,
    writer: Writer,
}

impl Role {
    pub(super) async fn append(
        &mut self,
        head: AppendHead,
        bytes: u64,
    ) -> Result<Decision, Refusal> {
        if bytes == 0 {
            return Err(Refusal::EmptyMessage);
        }
        let mailbox = self.target(&head.mailbox).await?;
        self.within_quota(bytes).await?;
        // RFC 3501 §6.3.11: without a date it is the current one.
        let date = head.date.unwrap_or_else(|| self.now());
        let writer = self.store().writer();
        self.append = Some(Box::new(Appending {
            mailbox,
            flags: head.flags,
            date,
            writer,
        }));
        Ok(Decision::Done)
    }

    pub(super) fn append_chunk(&mut self, piece: &[u8]) -> Result<Decision, Refusal> {
        let appending = self.append.as_mut().ok_or(Refusal::Internal)?;
        // RFC 3501 §9: CHAR8 is any octet but NUL. There is no literal8 here (RFC 3516).
        if piece.contains(&0) {
            self.append = None;
            return Err(Refusal::ContainsNul);
        }
        if let Err(fault) = appending.writer.write(piece) {
            self.append = None;
            return Err(refuse(fault));
        }
        Ok(Decision::Done)
    }

    pub(super) async fn append_end(&mut self) -> Result<Decision, Refusal> {
        let Appending {
            mailbox,
            flags,
            date,
            writer,
        } = *self.append.take().ok_or(Refusal::Internal)?;
        let store = self.store();
        let content = writer.finish().await.map_err(refuse)?;
        let kept = async {
            let outline = OutlineRow::of(&store.bytes_of(&content).await?, 0);
            let mut tx = store.begin();
            let blob = tx.content(&content);
            let bytes = content.bytes();
            let delivery = Delivery {
                mailbox: mailbox.clone(),
                blob,
                bytes,
                outline: Arc::new(outline),
                flags,
                date,
                journey: None,
                event: None,
            };
            tx.deliver(delivery);
            tx.commit().await
        };
        let placed = match kept.await {
            Ok(placed) => placed,
            Err(fault) => {
                store.discard(&content);
                return Err(refuse(fault));
            }
        };
        let placed = placed.first().ok_or(Refusal::Internal)?;
        Ok(Decision::Appended(mailbox.uid_validity, placed.uid))
    }
}

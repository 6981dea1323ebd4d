//! Messages of earlier versions, which were queued with whatever they hold. A NUL is permitted in
//! binary content only (RFC 5322 §2.1, RFC 3030 §3): other hosts reject it, drop it or end the
//! message there. A message with one fails before its first attempt.
//!
//! Failures: where the content cannot be read, the attempt is made, and fails for that reason.

use crate::handle::Queue;
use crate::queued_message::QueuedMessage;
use crate::transport::QueuedContent;
use event::Diagnostic;
use event::catalogue::inbound::Rejection;
use mail::BodyKind;
use store::Fault;

/// How much of a message is looked at once, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

impl Queue {
    /// Looks for a NUL in a message that has not been checked yet.
    pub(crate) async fn look_for_nul(
        &self,
        message: &mut QueuedMessage,
        content: QueuedContent<'_>,
    ) {
        if message.has_nul.is_some() {
            return;
        }
        let is_binary = message.envelope.body == BodyKind::Binary;
        message.has_nul = match is_binary {
            true => Some(false),
            false => self.holds_nul(content).await.ok(),
        };
    }

    async fn holds_nul(&self, content: QueuedContent<'_>) -> Result<bool, Fault> {
        let mut offset = 0;
        loop {
            let piece = content.read(&self.0.store, offset, PIECE_BYTES).await?;
            if piece.is_empty() {
                return Ok(false);
            }
            if memchr::memchr(0, &piece).is_some() {
                return Ok(true);
            }
            offset += piece.len() as u64;
        }
    }
}

/// The failure of a message with a NUL.
pub(crate) fn contains_nul() -> Diagnostic {
    Diagnostic::own(554, (5, 6, 0), Rejection::ContainsNul)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting_transport::CountingTransport;
    use crate::{Retry, Transport};
    use event::{Event, Kind, Reason};
    use mail::{Envelope, JourneyId, SpanId};
    use std::sync::Arc;
    use store::{Content, PasswordCost, Store};

    /// The spool, the events and the number of transfers after one round for a message that an
    /// earlier version queued.
    async fn after_a_round(
        content: &[u8],
        body: BodyKind,
    ) -> (Vec<QueuedMessage>, Vec<Event>, usize, Store) {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let (world, transport) = (
            world::still::world(),
            Arc::new(CountingTransport::default()),
        );
        let (host, transports) = ("mx.a.test", vec![transport.clone() as Arc<dyn Transport>]);
        let queue = Queue::new(world, store.clone(), host, Retry::default(), transports);
        let mut tx = store.begin();
        let now = queue.0.world.now();
        let mut envelope =
            Envelope::new("alice@a.test".parse().ok(), ["bob@b.test".parse().unwrap()]);
        envelope.body = body;
        let message = QueuedMessage {
            id: store.next_message(),
            journey: JourneyId(0xabc),
            span: SpanId(1),
            envelope,
            prefix: "Received: x\r\n".into(),
            blob: tx.content(&Content::Small(content.to_vec())),
            bytes: content.len() as u64 + 13,
            arrived: now,
            attempts: 0,
            due: now,
            account: None,
            last: Default::default(),
            warned: false,
            held: false,
            has_nul: None,
        };
        let row = message.to_row();
        assert!(
            !String::from_utf8_lossy(&row).contains("has_nul"),
            "an old row"
        );
        tx.add_ref(message.blob);
        tx.spool(message.id, None, Some(now), row);
        tx.commit().await.unwrap();
        let (due, _) = store.due(now, 10).await.unwrap();
        let leased = store.lease(&due, now + crate::LEASE).await.unwrap();
        queue.attempt_spooled(leased[0]).await.unwrap();
        let rows = store.spool_after(None, 10).await.unwrap();
        let left = rows
            .iter()
            .map(|row| QueuedMessage::from_row(&row.row).unwrap())
            .collect();
        let events = store.journeys().read(JourneyId(0xabc)).await.unwrap();
        (left, events, transport.transfers(), store)
    }

    #[tokio::test]
    async fn a_nul_in_a_message_of_an_earlier_version_is_a_failure_with_its_reason() {
        let content = b"From: alice@a.test\r\nX: a\0b\r\n\r\nbefore\0after\r\n";
        let (left, events, transfers, store) = after_a_round(content, BodyKind::SevenBit).await;
        assert_eq!(transfers, 0);
        let bounced = events.iter().find_map(|e| match &e.kind {
            Kind::Bounced { reply, cause, .. } => Some((reply.clone(), cause.clone())),
            _ => None,
        });
        let (reply, cause) = bounced.unwrap();
        assert_eq!(
            reply.to_string(),
            "554 5.6.0 the message contains a NUL character"
        );
        assert_eq!(cause, Some(Reason::Rejection(Rejection::ContainsNul)));
        // Only the notice is left, which returns the header and holds no NUL itself.
        let [notice] = &left[..] else {
            panic!("{left:?}")
        };
        assert_eq!(notice.envelope.sender, None);
        let text = store.read_content(notice.blob, 0, 1_000_000).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("\r\nX: a b\r\n") && !text.contains("before"),
            "{text}"
        );
        assert!(!text.contains('\0') && text.contains("NUL"), "{text}");
    }

    #[tokio::test]
    async fn other_messages_of_earlier_versions_are_transferred() {
        for (content, body) in [
            (&b"Subject: x\r\n\r\nx\r\n"[..], BodyKind::SevenBit),
            // As it was announced (RFC 3030 §3).
            (b"Subject: x\r\n\r\n\0\r\n", BodyKind::Binary),
        ] {
            let (left, _, transfers, _) = after_a_round(content, body).await;
            assert_eq!((left.len(), transfers), (0, 1));
        }
    }
}

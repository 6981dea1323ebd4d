//! The mail delivery agent: chooses the mailbox for a message to a local user and puts it there,
//! within the write that accepts the message. Recipients are checked at RCPT already, and again
//! here, since they may have changed.
//!
//! Failures: no such user → 550 5.1.1, reported to the sender by a notice; mailbox full → 452
//! 4.2.2, retried; a failing store → 451 4.3.0, retried.

use event::catalogue::delivery::QueueReason;
use event::{Diagnostic, Kind, Role};
use mail::{Address, Flags, Host, Recipient, SpecialUse};
use queue::{DeliveryAttempt, DeliveryOutcome, Transport};
use std::sync::Arc;
use store::{Delivery, Fault, Mailbox, OutlineRow, Store, Tx};
use world::{BoxFuture, World};

/// Delivers to the mailboxes of one host.
pub struct Mda {
    world: World,
    store: Store,
    host: String,
}

impl Mda {
    /// Creates the role; `host` is the name in events.
    pub fn new(world: World, store: Store, host: impl Into<String>) -> Mda {
        Mda {
            world,
            store,
            host: host.into(),
        }
    }

    async fn deliver_one(
        &self,
        attempt: &DeliveryAttempt<'_>,
        recipient: &Recipient,
        content: &[u8],
        tx: &mut Tx,
    ) -> DeliveryOutcome {
        let (mailbox, name) = match self.choose(&recipient.address, attempt).await {
            Ok(Ok(chosen)) => chosen,
            Ok(Err(outcome)) => return outcome,
            Err(fault) => return DeliveryOutcome::deferred_by_store(&fault),
        };
        let prefix = trace_fields(attempt, &recipient.address);
        let message = [prefix.as_slice(), content].concat();
        let event = attempt.event(
            &self.host,
            &self.world.sequence,
            Role::Mda,
            // The store fills in the UID when it is assigned.
            Kind::Delivered {
                recipient: recipient.address.to_string(),
                mailbox: name,
                uid: 0,
            },
        );
        let delivery = Delivery {
            mailbox,
            blob: attempt.content.blob,
            bytes: message.len() as u64,
            outline: Arc::new(OutlineRow::of(&message, prefix.len())),
            flags: Flags::default(),
            date: attempt.now,
            journey: Some(attempt.journey),
            event: Some(event),
        };
        if attempt.content.incoming.is_some() {
            tx.deliver(delivery);
            return DeliveryOutcome::Delivered;
        }
        tx.deliver_shared(delivery);
        DeliveryOutcome::Delivered
    }

    async fn choose(
        &self,
        address: &Address,
        attempt: &DeliveryAttempt<'_>,
    ) -> Result<Result<(Arc<Mailbox>, String), DeliveryOutcome>, Fault> {
        let Some(owner) = self.store.resolve_address(address).await? else {
            let address = address.to_string();
            let own = Diagnostic::own(550, (5, 1, 1), QueueReason::NoMailbox { address });
            return Ok(Err(DeliveryOutcome::Failed(own, None)));
        };
        if let Some(quota) = owner.account.quota_bytes
            && self
                .store
                .used_bytes(owner.account.id)
                .await?
                .saturating_add(attempt.bytes)
                > quota
        {
            let address = address.to_string();
            let own = Diagnostic::own(452, (4, 2, 2), QueueReason::MailboxFull { address });
            return Ok(Err(DeliveryOutcome::Deferred(own, None)));
        }
        let account = owner.account.id;
        if attempt.envelope.junk
            && let Some(folder) = self.store.folder_for(account, SpecialUse::Junk).await?
        {
            let name = folder.name.to_string();
            return Ok(Ok((self.store.open_mailbox(account, &folder).await?, name)));
        }
        // Without a Junk mailbox the message goes to INBOX.
        Ok(Ok((self.store.inbox(account).await?, "INBOX".to_owned())))
    }
}

// The fields of final delivery, before all others: Return-Path (RFC 5321 §4.4) and Delivered-To
// (RFC 9228), for loop detection.
fn trace_fields(attempt: &DeliveryAttempt<'_>, recipient: &Address) -> Vec<u8> {
    let mut prefix = format!(
        "Return-Path: {}\r\nDelivered-To: {recipient}\r\n",
        attempt.envelope.reverse_path()
    )
    .into_bytes();
    prefix.extend_from_slice(attempt.prefix);
    prefix
}

impl Transport for Mda {
    fn handles<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move {
            match host {
                Host::Domain(domain) => self.store.is_local(domain).await,
                Host::Literal(_) => Ok(false),
            }
        })
    }

    fn delivers_on_accept(&self) -> bool {
        true
    }

    fn deliver<'a>(
        &'a self,
        attempt: &'a DeliveryAttempt<'a>,
        tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        Box::pin(async move {
            let bytes = usize::try_from(attempt.bytes).unwrap_or(usize::MAX);
            let content = match attempt.content.read(&self.store, 0, bytes).await {
                Ok(content) => content,
                Err(fault) => {
                    return attempt
                        .recipients
                        .iter()
                        .map(|_| DeliveryOutcome::deferred_by_store(&fault))
                        .collect();
                }
            };
            let mut outcomes = Vec::with_capacity(attempt.recipients.len());
            for recipient in attempt.recipients {
                outcomes.push(self.deliver_one(attempt, recipient, &content, tx).await);
            }
            outcomes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::{Envelope, Secret, Time};
    use queue::{NewMessage, Queue, Retry};
    use store::{Content, NewAccount, PasswordCost};
    use world::still;

    async fn host() -> (Store, Queue) {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store.add_domain(&"a.test".parse().unwrap()).await.unwrap();
        for name in ["alice", "bob"] {
            let address = format!("{name}@a.test").parse().unwrap();
            store
                .add_account(
                    NewAccount {
                        address,
                        name: name.into(),
                        password: Secret::new("x"),
                    },
                    [0; 16],
                    Time(1),
                )
                .await
                .unwrap();
        }
        let world = still::world();
        let mda = Arc::new(Mda::new(world.clone(), store.clone(), "mx.a.test"));
        let queue = Queue::new(
            world,
            store.clone(),
            "mx.a.test",
            Retry::default(),
            vec![mda],
        );
        (store, queue)
    }

    fn message(queue: &Queue, to: &[&str]) -> NewMessage {
        NewMessage {
            journey: queue.new_journey(),
            span: mail::SpanId(1),
            role: Role::Mta,
            envelope: Envelope::new(
                Some("eve@b.test".parse().unwrap()),
                to.iter().map(|a| a.parse().unwrap()),
            ),
            prefix: "Received: from b.test\r\n\tby mx.a.test\r\n".into(),
            header: Vec::new(),
            content: Content::Small(b"Subject: x\r\n\r\nhello\r\n".to_vec()),
            account: None,
            events: Vec::new(),
        }
    }

    async fn texts(store: &Store, name: &str) -> Vec<String> {
        let account = store
            .resolve_address(&format!("{name}@a.test").parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .account;
        let inbox = store.inbox(account.id).await.unwrap();
        let mut all = Vec::new();
        for uid in inbox.read(|s| s.entries.iter().map(|e| e.uid).collect::<Vec<_>>()) {
            all.push(
                String::from_utf8(store.read_message(&inbox, uid).await.unwrap().unwrap()).unwrap(),
            );
        }
        all
    }

    #[tokio::test]
    async fn each_recipient_gets_own_trace_fields() {
        let (store, queue) = host().await;
        let message = message(&queue, &["alice@a.test", "Bob+x@a.test"]);
        let journey = message.journey;
        queue.accept(message).await.unwrap();
        for (name, to) in [("alice", "alice@a.test"), ("bob", "Bob+x@a.test")] {
            let expected = format!(
                "Return-Path: <eve@b.test>\r\nDelivered-To: {to}\r\nReceived: from b.test\r\n\tby mx.a.test\r\nSubject: x\r\n\r\nhello\r\n"
            );
            assert_eq!(texts(&store, name).await, [expected]);
        }
        let events = store.journeys().read(journey).await.unwrap();
        let uids: Vec<u32> = events
            .iter()
            .filter_map(|e| {
                if let Kind::Delivered { uid, .. } = e.kind {
                    Some(uid)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(uids, [1, 1], "the journey tells the places that were given");
        assert!(store.spool_after(None, 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn unknown_recipient_is_bounced_and_the_others_are_delivered() {
        let (store, queue) = host().await;
        let mut message = message(&queue, &["nobody@a.test", "alice@a.test"]);
        message.envelope.sender = Some("bob@a.test".parse().unwrap());
        queue.accept(message).await.unwrap();
        assert_eq!(texts(&store, "alice").await.len(), 1);
        let notice = texts(&store, "bob").await.remove(0);
        assert!(notice.starts_with("Return-Path: <>\r\n"), "{notice}");
        for part in [
            "multipart/report",
            "Status: 5.1.1",
            "Final-Recipient: rfc822; nobody@a.test",
            "Subject: x",
        ] {
            assert!(notice.contains(part), "{part} in {notice}");
        }
    }

    #[tokio::test]
    async fn files_junk_in_the_junk_mailbox() {
        let (store, queue) = host().await;
        let mut message = message(&queue, &["alice@a.test"]);
        message.envelope.junk = true;
        let journey = message.journey;
        queue.accept(message).await.unwrap();
        assert!(texts(&store, "alice").await.is_empty());
        let events = store.journeys().read(journey).await.unwrap();
        assert!(
            events.iter().any(
                |e| matches!(&e.kind, Kind::Delivered { mailbox, uid: 1, .. } if mailbox == "Junk")
            ),
            "{events:?}"
        );
    }

    #[tokio::test]
    async fn alias_delivers_locally_forwards_the_rest_and_detects_loops() {
        let (store, queue) = host().await;
        let targets = ["alice@a.test", "bob@a.test", "carol@c.test"].map(|t| t.parse().unwrap());
        store
            .add_targets(&"team@a.test".parse().unwrap(), &targets)
            .await
            .unwrap();
        queue
            .accept(message(&queue, &["Team@a.test"]))
            .await
            .unwrap();
        let at_bob = texts(&store, "bob").await.remove(0);
        let begins = "Return-Path: <eve@b.test>\r\nDelivered-To: bob@a.test\r\nDelivered-To: Team@a.test\r\nReceived: ";
        assert!(at_bob.starts_with(begins), "{at_bob}");
        assert_eq!(texts(&store, "alice").await.len(), 1);
        // No transport takes c.test: the notice to eve, who is not local either, fails at once.
        let mut again = message(&queue, &["team@a.test"]);
        again.envelope.sender = Some("bob@a.test".parse().unwrap());
        again.content =
            Content::Small(b"Delivered-To: team@a.test\r\nSubject: x\r\n\r\nhello\r\n".to_vec());
        queue.accept(again).await.unwrap();
        assert_eq!(texts(&store, "alice").await.len(), 1, "it loops");
        assert!(texts(&store, "bob").await[1].contains("Status: 5.4.6"));
        // With other recipients: one copy each, without the alias.
        queue
            .accept(message(&queue, &["alice@a.test", "team@a.test"]))
            .await
            .unwrap();
        assert_eq!(texts(&store, "alice").await.len(), 2);
        assert!(
            !texts(&store, "alice").await[1].contains("Delivered-To: team"),
            "{:?}",
            texts(&store, "alice").await
        );
    }

    #[tokio::test]
    async fn full_mailbox_defers_and_a_notice_causes_no_notice() {
        let (store, queue) = host().await;
        let account = store
            .resolve_address(&"alice@a.test".parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .account;
        store.set_quota(account.id, Some(10)).await.unwrap();
        queue
            .accept(message(&queue, &["alice@a.test"]))
            .await
            .unwrap();
        let waiting = store.spool_after(None, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        let entry = queue::QueuedMessage::from_row(&waiting[0].row).unwrap();
        assert_eq!(
            (
                entry.attempts,
                entry.last.values().next().unwrap().reply.code
            ),
            (1, 452)
        );
        let mut from_nobody = message(&queue, &["nobody@a.test"]);
        from_nobody.envelope.sender = None;
        queue.accept(from_nobody).await.unwrap();
        assert_eq!(
            store.spool_after(None, 10).await.unwrap().len(),
            1,
            "no notice about a notice"
        );
    }
}

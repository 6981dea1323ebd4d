//! Adds a message to a transaction: expands aliases, delivers to the mailboxes of this host, and
//! stores the rest in the spool. Does not commit the transaction.

use crate::aliases::Expansion;
use crate::attempt::{by_host, no_transport};
use crate::claims::AttemptPermit;
use crate::handle::Queue;
use crate::header_lines::{HEADER_BYTES_MAX, header_lines};
use crate::limits::LEASE;
use crate::new_message::{Accepted, NewMessage};
use crate::outcomes::Outcomes;
use crate::queued_message::QueuedMessage;
use crate::settle::SettleContext;
use crate::transport::QueuedContent;
use event::catalogue::delivery::QueueReason;
use event::{Diagnostic, Kind, Role, Verdict};
use mail::{QueueId, Recipient, Time};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{BlobRef, Content, Fault, Lease, Tx};

/// A message that is part of a write.
pub(crate) struct InsertedMessage {
    pub(crate) accepted: Accepted,
    /// Part of it, or a notice about it, is in the spool.
    pub(crate) is_queued: bool,
    /// It is leased for an immediate attempt.
    pub(crate) leased: Option<Box<LeasedMessage>>,
}

/// A new message that is stored with a lease of this process, to be attempted once it is durable.
pub(crate) struct LeasedMessage {
    pub(crate) lease: Lease,
    pub(crate) message: QueuedMessage,
    /// The content of a small message.
    pub(crate) content: Option<Arc<[u8]>>,
    pub(crate) permit: AttemptPermit,
}

impl Queue {
    /// Inserts the only message of a transaction, and leases it for an immediate attempt if
    /// possible.
    pub(crate) async fn insert(
        &self,
        tx: &mut Tx,
        message: NewMessage,
    ) -> Result<InsertedMessage, Fault> {
        let (inserted, notices) = self.insert_one(tx, message, true).await?;
        self.insert_notices(tx, notices).await?;
        Ok(inserted)
    }

    /// Inserts notices. They have the null reverse-path, so they cause no further ones.
    pub(crate) async fn insert_notices(
        &self,
        tx: &mut Tx,
        notices: Vec<NewMessage>,
    ) -> Result<(), Fault> {
        for notice in notices {
            let (_, further) = self.insert_one(tx, notice, false).await?;
            debug_assert!(further.is_empty(), "a notice caused a notice");
        }
        Ok(())
    }

    async fn insert_one(
        &self,
        tx: &mut Tx,
        new: NewMessage,
        may_lease: bool,
    ) -> Result<(InsertedMessage, Vec<NewMessage>), Fault> {
        let now = self.0.world.now();
        let id = self.0.store.next_message();
        let blob = tx.content(&new.content);
        let header = match new.header.is_empty() {
            true => self.header(&new.content, blob).await,
            false => new.header,
        };
        let Expansion {
            envelope,
            prefix: delivered_to,
            looping,
            expanded,
        } = self.expand_aliases(new.envelope, &header).await?;
        let mut prefix = new.prefix;
        prefix.insert_str(0, &delivered_to);
        let mut message = QueuedMessage {
            id,
            journey: new.journey,
            span: new.span,
            envelope,
            bytes: prefix.len() as u64 + new.content.bytes(),
            prefix,
            blob,
            arrived: now,
            attempts: 0,
            due: now,
            account: new.account,
            last: BTreeMap::new(),
            warned: false,
            held: false,
            has_nul: Some(false),
        };
        tx.record(new.events);
        self.record_acceptance(tx, &message, new.role, &looping, expanded, &header);
        let mut outcomes = Outcomes::default();
        if !looping.is_empty() {
            outcomes.fail(looping, &alias_loop());
        }
        self.attempt_local(tx, &message, &new.content, &mut outcomes)
            .await?;
        let is_queued = outcomes.needs_queue();
        let permit = (may_lease && message.begun() <= now && outcomes.all_untried())
            .then(|| self.0.claims.immediate(id))
            .flatten();
        let leased = permit.map(|permit| (permit, self.initial_lease(id, now)));
        let context = SettleContext {
            initial: leased.as_ref().map(|(_, lease)| *lease),
            content: Some(&new.content),
            ..SettleContext::default()
        };
        let notices = self.settle(tx, &mut message, outcomes, context).await?;
        let accepted = Accepted {
            message: id,
            journey: message.journey,
        };
        let leased = leased.map(|(permit, lease)| {
            Box::new(LeasedMessage {
                lease,
                message,
                content: match new.content {
                    Content::Small(bytes) => Some(bytes.into()),
                    Content::Large { .. } => None,
                },
                permit,
            })
        });
        let inserted = InsertedMessage {
            accepted,
            is_queued,
            leased,
        };
        Ok((inserted, notices))
    }

    // The header, for alias loops and the journey; empty where it cannot be read, since neither is
    // worth refusing a message.
    async fn header(&self, content: &Content, blob: BlobRef) -> Vec<u8> {
        QueuedContent::incoming(blob, content)
            .read(&self.0.store, 0, HEADER_BYTES_MAX)
            .await
            .unwrap_or_default()
    }

    fn record_acceptance(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        role: Role,
        looping: &[Recipient],
        expanded: Vec<QueueReason>,
        header: &[u8],
    ) {
        let event = |kind| {
            let (journey, span) = (message.journey, message.span);
            self.event(journey, span, None, role, message.arrived, kind)
        };
        tx.record(expanded.into_iter().map(|reason| {
            event(Kind::Check {
                check: "alias".into(),
                verdict: Verdict::Pass,
                reason: reason.into(),
                proof: Vec::new(),
            })
        }));
        let envelope = &message.envelope;
        let recipients = envelope.recipients.iter().chain(looping);
        tx.record([event(Kind::Accepted {
            message: message.id.0,
            sender: envelope
                .sender
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            recipients: recipients.map(|r| r.address.to_string()).collect(),
            bytes: message.bytes,
            added: header_lines(&message.prefix, header),
        })]);
    }

    // Delivers to the recipients on this host within the write; the others stay untried.
    async fn attempt_local(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        content: &Content,
        outcomes: &mut Outcomes,
    ) -> Result<(), Fault> {
        for (host, recipients) in by_host(&message.envelope.recipients) {
            match self.transport(&host).await? {
                // RFC 4865 §4: held for its release time here, also for local mailboxes.
                Some(_) if message.begun() > message.arrived => outcomes.add_untried(recipients),
                Some(transport) if transport.delivers_on_accept() => {
                    let body = QueuedContent::incoming(message.blob, content);
                    let made = self
                        .attempt(tx, message, &transport, &host, &recipients, body)
                        .await;
                    outcomes.add(recipients, made);
                }
                Some(_) => outcomes.add_untried(recipients),
                None => outcomes.fail(recipients, &no_transport(&host)),
            }
        }
        Ok(())
    }

    fn initial_lease(&self, id: QueueId, now: Time) -> Lease {
        Lease {
            at: now + LEASE,
            id,
            owner: Some(self.0.store.opening()),
        }
    }
}

fn alias_loop() -> Diagnostic {
    Diagnostic::own(554, (5, 4, 6), QueueReason::AliasLoop)
}

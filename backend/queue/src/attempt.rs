//! One attempt for the recipients of one host.

use crate::handle::Queue;
use crate::queued_message::QueuedMessage;
use crate::transport::{DeliveryAttempt, DeliveryOutcome, QueuedContent, Transport};
use event::catalogue::delivery::{QueueReason, RouteReason};
use event::{Diagnostic, Kind, Role};
use mail::{Host, Recipient};
use std::sync::Arc;
use store::{Fault, Tx};

impl Queue {
    /// The transport for a host; `None` where none takes it, which only a wrong configuration
    /// causes.
    pub(crate) async fn transport(&self, host: &Host) -> Result<Option<Arc<dyn Transport>>, Fault> {
        for transport in &self.0.transports {
            if transport.handles(host).await? {
                return Ok(Some(transport.clone()));
            }
        }
        Ok(None)
    }

    /// Makes an attempt and records its begin. Returns one outcome for each recipient.
    pub(crate) async fn attempt(
        &self,
        tx: &mut Tx,
        message: &QueuedMessage,
        transport: &Arc<dyn Transport>,
        host: &Host,
        recipients: &[Recipient],
        body: QueuedContent<'_>,
    ) -> Vec<DeliveryOutcome> {
        let (now, span) = (self.0.world.now(), self.0.world.span());
        let number = message.attempts + 1;
        let kind = Kind::Attempt {
            number,
            domain: host.to_string(),
            recipients: recipients.iter().map(|r| r.address.to_string()).collect(),
        };
        let (journey, parent) = (message.journey, message.span);
        let begun = self.event(journey, span, Some(parent), Role::Mta, now, kind);
        if body.incoming.is_some() {
            tx.record([begun]);
        } else {
            // Outside of the write: an attempt may take minutes, and a watcher sees it begin.
            event::Sink::emit(self.0.store.journeys(), begun);
        }
        let attempt = DeliveryAttempt {
            message: message.id,
            journey,
            parent,
            span,
            number,
            envelope: &message.envelope,
            recipients,
            prefix: message.prefix.as_bytes(),
            content: body,
            bytes: message.bytes,
            arrived: message.arrived,
            now,
        };
        let mut outcomes = transport.deliver(&attempt, tx).await;
        // Too few outcomes are a bug of the transport; the message waits rather than being lost.
        if outcomes.len() < recipients.len() {
            let missing = Diagnostic::own(451, (4, 3, 0), QueueReason::NoResult);
            outcomes.resize(recipients.len(), DeliveryOutcome::Deferred(missing, None));
        }
        outcomes.truncate(recipients.len());
        outcomes
    }
}

/// The failure of recipients whose host no transport takes.
pub(crate) fn no_transport(host: &Host) -> Diagnostic {
    let host = host.to_string();
    Diagnostic::own(550, (5, 4, 4), RouteReason::NoTransport { host })
}

/// Groups recipients by host, hosts in their order of appearance.
pub(crate) fn by_host(recipients: &[Recipient]) -> Vec<(Host, Vec<Recipient>)> {
    let mut groups: Vec<(Host, Vec<Recipient>)> = Vec::new();
    for recipient in recipients {
        match groups
            .iter_mut()
            .find(|(host, _)| host == recipient.address.host())
        {
            Some((_, group)) => group.push(recipient.clone()),
            None => groups.push((recipient.address.host().clone(), vec![recipient.clone()])),
        }
    }
    groups
}

//! The outcomes of one round of attempts, sorted by kind.

use crate::transport::DeliveryOutcome;
use event::Diagnostic;
use event::catalogue::delivery::QueueReason;
use mail::{Recipient, Reply};

/// Every waiting recipient of a message, by the outcome of its attempt.
#[derive(Default)]
pub(crate) struct Outcomes {
    pub(crate) delivered: Vec<Recipient>,
    pub(crate) relayed: Vec<RelayedRecipient>,
    pub(crate) deferred: Vec<DeferredRecipient>,
    pub(crate) failed: Vec<FailedRecipient>,
    pub(crate) busy: Vec<Recipient>,
    pub(crate) untried: Vec<Recipient>,
}

/// A recipient for which another host took responsibility.
pub(crate) struct RelayedRecipient {
    pub(crate) recipient: Recipient,
    pub(crate) host: String,
    pub(crate) reply: Reply,
    /// That host notifies the sender itself.
    pub(crate) notifies: bool,
}

/// A recipient that waits for another attempt.
pub(crate) struct DeferredRecipient {
    pub(crate) recipient: Recipient,
    pub(crate) diagnostic: Diagnostic,
}

/// A recipient that will not get the message.
pub(crate) struct FailedRecipient {
    pub(crate) recipient: Recipient,
    pub(crate) diagnostic: Diagnostic,
    /// The host that replied, where one did.
    pub(crate) host: Option<String>,
    /// The diagnostic is of a temporary failure that lasted until the message was given up.
    pub(crate) expired: bool,
}

/// A recipient of whose success the sender wants to be notified.
pub(crate) struct Success {
    pub(crate) recipient: Recipient,
    /// The next host and its reply, where that host sends no DSN; `None` for a local mailbox.
    pub(crate) relayed_to: Option<(String, Reply)>,
}

impl Outcomes {
    /// Adds the outcomes of one host's recipients, in the same order.
    pub(crate) fn add(&mut self, recipients: Vec<Recipient>, outcomes: Vec<DeliveryOutcome>) {
        for (recipient, outcome) in recipients.into_iter().zip(outcomes) {
            match outcome {
                DeliveryOutcome::Delivered => self.delivered.push(recipient),
                DeliveryOutcome::Relayed {
                    host,
                    reply,
                    notifies,
                } => self.relayed.push(RelayedRecipient {
                    recipient,
                    host,
                    reply,
                    notifies,
                }),
                DeliveryOutcome::Deferred(diagnostic, _) => self.deferred.push(DeferredRecipient {
                    recipient,
                    diagnostic,
                }),
                DeliveryOutcome::Failed(diagnostic, host) => self.failed.push(FailedRecipient {
                    recipient,
                    diagnostic,
                    host,
                    expired: false,
                }),
                DeliveryOutcome::Busy => self.busy.push(recipient),
            }
        }
    }

    /// Adds the same failure of this host's own for several recipients.
    pub(crate) fn fail(&mut self, recipients: Vec<Recipient>, diagnostic: &Diagnostic) {
        let failed = |recipient| FailedRecipient {
            recipient,
            diagnostic: diagnostic.clone(),
            host: None,
            expired: false,
        };
        self.failed.extend(recipients.into_iter().map(failed));
    }

    /// Adds recipients for which nothing was tried yet.
    pub(crate) fn add_untried(&mut self, recipients: Vec<Recipient>) {
        self.untried.extend(recipients);
    }

    /// True where a recipient stays in the queue.
    pub(crate) fn any_waiting(&self) -> bool {
        !self.deferred.is_empty() || !self.untried.is_empty() || !self.busy.is_empty()
    }

    /// True where an attempt was made, for any recipient.
    pub(crate) fn any_tried(&self) -> bool {
        !(self.deferred.is_empty()
            && self.failed.is_empty()
            && self.relayed.is_empty()
            && self.delivered.is_empty())
    }

    /// True where there are recipients, and nothing was tried for any of them.
    pub(crate) fn all_untried(&self) -> bool {
        !self.untried.is_empty() && self.busy.is_empty() && !self.any_tried()
    }

    /// True where a part of the message, or a notice about it, goes to the spool.
    pub(crate) fn needs_queue(&self) -> bool {
        self.any_waiting() || !self.failed.is_empty() || !self.successes().is_empty()
    }

    /// Turns temporary failures into final ones, with their last diagnostics.
    pub(crate) fn give_up(&mut self) {
        let deferred = self.deferred.drain(..);
        let deferred = deferred.map(|one| (one.recipient, one.diagnostic));
        // RFC 3463 X.4.5: system congestion
        let busy = self.busy.drain(..).map(|recipient| {
            let own = Diagnostic::own(451, (4, 4, 5), QueueReason::DestinationBusy);
            (recipient, own)
        });
        let expired = deferred.chain(busy);
        self.failed
            .extend(expired.map(|(recipient, diagnostic)| FailedRecipient {
                recipient,
                diagnostic,
                host: None,
                expired: true,
            }));
    }

    /// Takes out every waiting recipient.
    pub(crate) fn take_waiting(&mut self) -> Vec<Recipient> {
        let deferred = std::mem::take(&mut self.deferred).into_iter();
        deferred
            .map(|one| one.recipient)
            .chain(self.busy.drain(..))
            .chain(self.untried.drain(..))
            .collect()
    }

    /// The successes of which the sender wants to be notified by this host (RFC 3461 §5.2).
    pub(crate) fn successes(&self) -> Vec<Success> {
        let wanted = |r: &Recipient| r.notify.is_some_and(|n| n.success);
        let delivered = self.delivered.iter().filter(|r| wanted(r));
        let delivered = delivered.map(|r| Success {
            recipient: r.clone(),
            relayed_to: None,
        });
        let relayed = self.relayed.iter();
        let relayed = relayed.filter(|r| wanted(&r.recipient) && !r.notifies);
        let relayed = relayed.map(|r| Success {
            recipient: r.recipient.clone(),
            relayed_to: Some((r.host.clone(), r.reply.clone())),
        });
        delivered.chain(relayed).collect()
    }
}

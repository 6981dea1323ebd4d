//! Results of one attempt, per recipient: which are final, and which another host may still
//! improve. Does not connect to anything.

use super::routing_error::RoutingError;
use event::Diagnostic;
use event::catalogue::delivery::{SmtpStage, TransportReason};
use mail::{EnhancedCode, Recipient, ReplyClass};
use queue::DeliveryOutcome;
use smtp::client::{LocalFailure, Phase, RecipientResult, ResultClass};

/// The recipients of an attempt with their results so far.
pub(super) struct Results(Vec<Slot>);

struct Slot {
    recipient: Recipient,
    /// Final.
    outcome: Option<DeliveryOutcome>,
    /// The latest result that another host may improve.
    provisional: Option<Provisional>,
}

#[derive(Clone)]
struct Provisional {
    outcome: DeliveryOutcome,
    /// Refused only as one recipient too many of this copy.
    too_many: bool,
}

impl Results {
    pub(super) fn new(recipients: &[Recipient]) -> Results {
        let slot = |recipient: &Recipient| Slot {
            recipient: recipient.clone(),
            outcome: None,
            provisional: None,
        };
        Results(recipients.iter().map(slot).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// No recipient is left that another host could improve.
    pub(super) fn are_final(&self) -> bool {
        self.0.iter().all(|slot| slot.outcome.is_some())
    }

    /// Indices of the recipients that have no final result.
    pub(super) fn pending(&self) -> Vec<usize> {
        let pending = |i: &usize| self.0[*i].outcome.is_none();
        (0..self.0.len()).filter(pending).collect()
    }

    pub(super) fn recipients(&self, indices: &[usize]) -> Vec<Recipient> {
        let recipient = |i: &usize| self.0[*i].recipient.clone();
        indices.iter().map(recipient).collect()
    }

    /// Pending recipients that were refused only as too many of one copy.
    pub(super) fn too_many(&self) -> usize {
        let too_many = |slot: &&Slot| {
            slot.outcome.is_none() && slot.provisional.as_ref().is_some_and(|p| p.too_many)
        };
        self.0.iter().filter(too_many).count()
    }

    /// A host could not be offered the message. A later host's result replaces this one; a
    /// temporary failure is not replaced by a permanent one.
    pub(super) fn host_failed(&mut self, diagnostic: Diagnostic) {
        self.set_provisional(outcome(diagnostic, None));
    }

    /// As [`Results::host_failed`], for an error of routing.
    pub(super) fn routing_failed(&mut self, error: &RoutingError) {
        self.host_failed(error.diagnostic());
    }

    /// The conversation with a host failed before the message was offered.
    pub(super) fn conversation_failed(&mut self, host: &str, result: RecipientResult) {
        let host = result.is_remote().then(|| host.to_owned());
        self.set_provisional(outcome(diagnostic(result), host));
    }

    fn set_provisional(&mut self, outcome: DeliveryOutcome) {
        for slot in self.0.iter_mut().filter(|slot| slot.outcome.is_none()) {
            let temporary = slot
                .provisional
                .as_ref()
                .is_some_and(|p| matches!(p.outcome, DeliveryOutcome::Deferred(..)));
            if !(temporary && matches!(outcome, DeliveryOutcome::Failed(..))) {
                slot.provisional = Some(Provisional {
                    outcome: outcome.clone(),
                    too_many: false,
                });
            }
        }
    }

    /// The message was offered: one result for each of `indices`. `dsn`: the host notifies senders
    /// itself.
    pub(super) fn record(
        &mut self,
        host: &str,
        indices: &[usize],
        results: Vec<RecipientResult>,
        dsn: bool,
    ) {
        for (i, result) in indices.iter().zip(results) {
            let slot = &mut self.0[*i];
            let provisional = another_host_may_improve(&result);
            let too_many = result.class == ResultClass::TooManyRecipients && result.is_temporary();
            let outcome = if result.is_accepted() {
                DeliveryOutcome::Relayed {
                    host: host.to_owned(),
                    reply: result.reply,
                    notifies: dsn,
                }
            } else {
                let host = result.is_remote().then(|| host.to_owned());
                outcome(diagnostic(result), host)
            };
            if provisional {
                slot.provisional = Some(Provisional { outcome, too_many });
            } else {
                slot.outcome = Some(outcome);
            }
        }
    }

    /// One outcome for each recipient, in their order; `untried` where no host gave any result.
    pub(super) fn into_outcomes(self, untried: &DeliveryOutcome) -> Vec<DeliveryOutcome> {
        let provisional = |slot: Slot| slot.provisional.map(|p| p.outcome);
        self.0
            .into_iter()
            .map(|mut slot| slot.outcome.take().or_else(|| provisional(slot)))
            .map(|outcome| outcome.unwrap_or_else(|| untried.clone()))
            .collect()
    }
}

/// A host that closes the connection, or replies 421, has not decided about the recipient: the next
/// host may accept it (RFC 5321 §5.1). Not so once the message was sent: it may have been accepted.
/// One recipient too many goes with the next copy; another host may offer REQUIRETLS.
fn another_host_may_improve(result: &RecipientResult) -> bool {
    use ResultClass::{ServiceUnavailable, TooManyRecipients};
    let undecided =
        !result.is_remote() || matches!(result.class, ServiceUnavailable | TooManyRecipients);
    (result.is_temporary() && !result.uncertain && undecided)
        || result.failure == Some(LocalFailure::RequireTlsMissing)
}

fn outcome(diagnostic: Diagnostic, host: Option<String>) -> DeliveryOutcome {
    if diagnostic.reply.class() == ReplyClass::Transient {
        DeliveryOutcome::Deferred(diagnostic, host)
    } else {
        DeliveryOutcome::Failed(diagnostic, host)
    }
}

/// The remote reply, or this host's own with its reason.
fn diagnostic(result: RecipientResult) -> Diagnostic {
    match result.failure {
        None => Diagnostic::from(result.reply),
        Some(failure) => {
            let (code, EnhancedCode(class, subject, detail)) = failure.codes();
            let reason = transport_reason(failure, result.phase);
            Diagnostic::own(code, (class, subject, detail), reason)
        }
    }
}

fn transport_reason(failure: LocalFailure, phase: Phase) -> TransportReason {
    match failure {
        LocalFailure::ConnectionLost => TransportReason::ConnectionLostAt {
            stage: stage(phase),
        },
        LocalFailure::Timeout => TransportReason::TimeoutAt {
            stage: stage(phase),
        },
        LocalFailure::NotSmtp => TransportReason::NotSmtp,
        LocalFailure::UnexpectedReply(text) => TransportReason::UnexpectedReply { text },
        LocalFailure::UnsolicitedReply => TransportReason::UnsolicitedReply,
        LocalFailure::StartTlsMissing => TransportReason::TlsNotOffered,
        LocalFailure::HandshakeFailed => TransportReason::HandshakeFailedUnknown,
        LocalFailure::LoginWithoutTls => TransportReason::LoginWithoutTls,
        LocalFailure::NoLoginMechanism => TransportReason::NoLoginMechanism,
        LocalFailure::ServerNotAuthenticated => TransportReason::ServerNotAuthenticated,
        LocalFailure::MessageUnreadable => TransportReason::MessageUnreadable,
        LocalFailure::TooManyRecipients => TransportReason::TooManyRecipients,
        LocalFailure::RequireTlsMissing => TransportReason::RequireTlsNotOffered,
        LocalFailure::ExtensionMissing(extension) => TransportReason::ExtensionNotOffered {
            extension: extension.keyword().to_owned(),
        },
        LocalFailure::TooLarge => TransportReason::TooLarge,
    }
}

fn stage(phase: Phase) -> SmtpStage {
    match phase {
        Phase::Greeting => SmtpStage::Greeting,
        Phase::Hello => SmtpStage::Ehlo,
        Phase::Tls => SmtpStage::StartTls,
        Phase::Auth => SmtpStage::Auth,
        Phase::Mail => SmtpStage::Mail,
        Phase::Rcpt => SmtpStage::Rcpt,
        Phase::Data => SmtpStage::Data,
        Phase::End => SmtpStage::EndOfData,
    }
}

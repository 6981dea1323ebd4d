//! The per-recipient fields of a notice (RFC 3464 §2.3).

use crate::outcomes::{DeferredRecipient, FailedRecipient, Success};
use mail::{EnhancedCode, Recipient, Reply, Time};
use mime::build::{Action, RecipientReport};

/// `Action: failed`
pub(crate) fn failed(failed: &FailedRecipient, now: Time) -> RecipientReport {
    let reply = &failed.diagnostic.reply;
    RecipientReport {
        action: Action::Failed,
        status: match status(reply) {
            // 5.4.7 delivery time expired: a temporary failure that lasted too long.
            EnhancedCode(4, ..) => EnhancedCode(5, 4, 7),
            other => other,
        },
        remote_mta: failed.host.clone(),
        diagnostic: Some(reply.to_string()),
        ..recipient_report(&failed.recipient, now)
    }
}

/// `Action: delayed`
pub(crate) fn delayed(delayed: &DeferredRecipient, now: Time, until: Time) -> RecipientReport {
    let reply = &delayed.diagnostic.reply;
    RecipientReport {
        action: Action::Delayed,
        status: status(reply),
        diagnostic: Some(reply.to_string()),
        will_retry_until: Some(until),
        ..recipient_report(&delayed.recipient, now)
    }
}

/// `Action: delivered`, or `relayed` to a host without DSN, after which nobody reports the delivery
/// itself (RFC 3461 §5.2.2).
pub(crate) fn succeeded(success: &Success, now: Time) -> RecipientReport {
    let report = recipient_report(&success.recipient, now);
    match &success.relayed_to {
        Some((host, reply)) => RecipientReport {
            action: Action::Relayed,
            status: status(reply),
            remote_mta: Some(host.clone()),
            diagnostic: Some(reply.to_string()),
            ..report
        },
        None => report,
    }
}

// The report of a recipient that has the message: 2.1.5 destination address valid.
fn recipient_report(recipient: &Recipient, now: Time) -> RecipientReport {
    RecipientReport {
        original: recipient.original.clone(),
        address: recipient.address.to_string(),
        action: Action::Delivered,
        status: EnhancedCode(2, 1, 5),
        remote_mta: None,
        diagnostic: None,
        last_attempt: Some(now),
        will_retry_until: None,
    }
}

// RFC 3464 §2.3.4 requires a status also where the reply has no enhanced code: X.0.0.
fn status(reply: &Reply) -> EnhancedCode {
    let class = (reply.code / 100) as u8;
    reply.enhanced.unwrap_or(EnhancedCode(class, 0, 0))
}

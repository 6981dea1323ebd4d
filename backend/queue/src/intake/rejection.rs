//! [`Rejection`]: a command or message that a role rejects, with the SMTP reply. Every code of such
//! a reply is assigned here; the texts are in `event::catalogue`.

use crate::Refusal;
use event::catalogue::delivery::QueueReason;
pub use event::catalogue::inbound::Rejection as RejectionKind;
use event::catalogue::inbound::{PolicyReason, RateUnit};
use event::{Check, Locale, Localize, Reason};
use limits::{RateExceeded, RateMetric};
use mail::Reply;
use store::Fault;

/// Why a role rejects a command or message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// What happened.
    pub kind: Box<RejectionKind>,
    /// The reply to the client.
    pub reply: Reply,
    /// The check that failed.
    pub check: Check,
    /// What decided it, for the journey.
    pub reason: Box<Reason>,
    /// The connection ends with the reply.
    pub close: bool,
}

/// What a rate limit rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateStage {
    /// The connection: 421 4.7.0, and the connection ends.
    Connection,
    /// A message: 450 4.7.1.
    Message,
    /// A recipient: 452 4.5.3 (RFC 5321 §4.5.3.1.10).
    Recipient,
}

impl Rejection {
    /// A rejection with the usual reply of its kind.
    pub fn new(kind: RejectionKind, check: Check, reason: impl Into<Reason>) -> Rejection {
        let (code, enhanced) = codes(&kind);
        Rejection {
            reply: Reply::new(code, enhanced, kind.sentence(Locale::English)),
            kind: Box::new(kind),
            check,
            reason: Box::new(reason.into()),
            close: false,
        }
    }

    /// A rejection because of a failed check of the inbound policy. RFC 7372 §3.3 has a status code
    /// of its own for reverse DNS.
    pub fn by_policy(check: Check, reason: Reason) -> Rejection {
        let kind = RejectionKind::Refused {
            reason: Box::new(reason.clone()),
        };
        let mut rejection = Rejection::new(kind, check, reason);
        if rejection.check == Check::Ptr {
            rejection.reply.enhanced = Some(mail::EnhancedCode(5, 7, 25));
        }
        rejection
    }

    /// A rate limit is exceeded.
    pub fn rate_limited(stage: RateStage, exceeded: &RateExceeded) -> Rejection {
        let unit = rate_unit(exceeded.metric);
        let kind = RejectionKind::RateLimited {
            unit: unit.clone(),
            seconds: exceeded.retry_after.as_secs().max(1),
        };
        let reason = PolicyReason::RateExceeded {
            limit: exceeded.rate.count,
            unit,
            seconds: exceeded.rate.per.as_secs(),
            subject: exceeded.subject.to_string(),
        };
        let mut rejection = Rejection::new(kind, Check::Rate, reason);
        let (code, enhanced) = match stage {
            RateStage::Connection => (421, (4, 7, 0)),
            RateStage::Message => (450, (4, 7, 1)),
            RateStage::Recipient => (452, (4, 5, 3)),
        };
        let text = rejection.kind.sentence(Locale::English);
        rejection.reply = Reply::new(code, enhanced, text);
        rejection.close = stage == RateStage::Connection;
        rejection
    }

    /// The same in place of the greeting: 554 (RFC 5321 §3.1).
    #[must_use]
    pub fn at_connect(mut self) -> Rejection {
        self.reply.code = 554;
        self
    }
}

/// The store cannot look something up: 452 4.3.1 where the disk is full, else 451 4.3.0.
impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Rejection {
        let (kind, reason) = match fault {
            Fault::Full => (RejectionKind::NoSpace, QueueReason::SpaceExhausted),
            Fault::Conflict => (RejectionKind::StoreFailure, QueueReason::Conflict),
            Fault::Broken(text) => (
                RejectionKind::StoreFailure,
                QueueReason::StoreError { text },
            ),
        };
        Rejection::new(kind, Check::Recipient, Reason::from(reason))
    }
}

/// The queue cannot accept the message.
impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Rejection {
        let kind = match refusal.full {
            true => RejectionKind::NoSpace,
            false => RejectionKind::StoreFailure,
        };
        Rejection::new(kind, Check::Size, Reason::None)
    }
}

fn rate_unit(metric: RateMetric) -> RateUnit {
    match metric {
        RateMetric::Connections => RateUnit::Connections,
        RateMetric::Messages => RateUnit::Messages,
        RateMetric::Recipients => RateUnit::Recipients,
        RateMetric::UnknownRecipients => RateUnit::UnknownRecipients,
        RateMetric::Errors => RateUnit::Errors,
        RateMetric::Bytes => RateUnit::Bytes,
    }
}

// RFC 5321 §4.2.3, RFC 3463, RFC 7372
fn codes(kind: &RejectionKind) -> (u16, (u8, u16, u16)) {
    use RejectionKind as K;
    match kind {
        K::Refused { .. } | K::Denied | K::DeniedWithText { .. } => (550, (5, 7, 1)),
        K::EarlyTalker => (554, (5, 5, 1)),
        K::Greylisted { .. } => (451, (4, 7, 1)),
        K::RateLimited { .. } => (450, (4, 7, 1)),
        K::NoSuchMailbox { .. } | K::BadRecipient { .. } | K::NoDomainHere => (550, (5, 1, 1)),
        K::MailboxTooSmall { .. } => (552, (5, 2, 2)),
        K::MailboxFull { .. } => (452, (4, 2, 2)),
        K::TooManyHops | K::AliasLoop => (554, (5, 4, 6)),
        K::RelayDenied { .. } | K::SourceRouteDenied | K::LocalOnly { .. } => (550, (5, 7, 1)),
        K::BounceRecipients => (550, (5, 5, 3)),
        K::NotYourAddress { .. } | K::ConsoleSender { .. } | K::NetworkSender { .. } => {
            (553, (5, 7, 1))
        }
        K::NoSpace => (452, (4, 3, 1)),
        K::StoreFailure => (451, (4, 3, 0)),
        K::SpfFail { .. } | K::SpfFailExplained { .. } => (550, (5, 7, 23)),
        K::DmarcReject { .. } => (550, (5, 7, 1)),
        K::NullRecipient => (501, (5, 1, 3)),
        K::AddressLiteral => (550, (5, 1, 2)),
        K::HeaderTooLarge { .. } | K::MessageTooLarge { .. } => (552, (5, 3, 4)),
        K::TooManyRecipients { .. } => (452, (4, 5, 3)),
        K::NoRecipients => (554, (5, 5, 1)),
        K::SenderWithoutDomain => (553, (5, 1, 7)),
        // RFC 3463 §3.7: the content cannot be carried on.
        K::ContainsNul => (554, (5, 6, 0)),
        K::NotYourAuthor { .. } => (550, (5, 7, 1)),
        // RFC 3463 §3.7: conversion is required, and not possible or prohibited.
        K::LineTooLong { .. } => (554, (5, 6, 2)),
    }
}

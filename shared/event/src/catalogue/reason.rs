//! [`Reason`]: the reason of a check's result, of a failed connection, of a delay or of a bounce.

use super::authentication::{
    ArcReason, AuthResult, DkimReason, DmarcReason, SigningReason, SpfIdentity, SpfReason,
};
use super::catalogue;
use super::codec::Coded;
use super::delivery::{QueueReason, RouteReason, SecurityReason, TransportReason};
use super::inbound::{HeloReason, ListReason, PolicyReason, PtrReason, Rejection};
use super::network::NetworkError;
use super::submission::SubmissionReason;
use crate::locale::{Locale, Localize};

catalogue! {
    /// A reason. Each area has an enum of its own, which converts with `into()`.
    pub enum Reason {
        // Nothing more to say.
        None = "" / "";
        // What the check is about, and no more: an address, a domain, a host.
        Subject { name: String } = "{name}" / "{name}";
        // A text of an earlier version, shown as it was written.
        Legacy { text: String } = "{text}" / "{text}";
        Network(reason: NetworkError) = "{reason}" / "{reason}";
        Ptr(reason: PtrReason) = "{reason}" / "{reason}";
        Helo(reason: HeloReason) = "{reason}" / "{reason}";
        List(reason: ListReason) = "{reason}" / "{reason}";
        Policy(reason: PolicyReason) = "{reason}" / "{reason}";
        Weighed { reason: Box<Reason>, points: i32 } = "{reason} ({points:+} points)" / "{reason}（{points:+} 分）";
        Rejection(reason: Rejection) = "{reason}" / "{reason}";
        Submission(reason: SubmissionReason) = "{reason}" / "{reason}";
        Route(reason: RouteReason) = "{reason}" / "{reason}";
        Transport(reason: TransportReason) = "{reason}" / "{reason}";
        Security(reason: SecurityReason) = "{reason}" / "{reason}";
        Queue(reason: QueueReason) = "{reason}" / "{reason}";
        Spf { identity: SpfIdentity, domain: String, result: AuthResult, reason: SpfReason } = "{identity} {domain}: {result} – {reason}" / "{identity} {domain}：{result}，{reason}";
        Dkim { domain: String, result: AuthResult, reason: DkimReason } = "{domain}: {result} – {reason}" / "{domain}：{result}，{reason}";
        DkimUnsigned = "none – the message is not signed" / "none，邮件没有签名";
        Signing(reason: SigningReason) = "{reason}" / "{reason}";
        Dmarc { domain: String, result: AuthResult, reason: DmarcReason } = "{domain}: {result} – {reason}" / "{domain}：{result}，{reason}";
        DmarcNotEvaluated { reason: DmarcReason } = "permerror – {reason}" / "permerror，{reason}";
        Arc { result: AuthResult, reason: ArcReason } = "{result} – {reason}" / "{result}，{reason}";
    }
}

impl Reason {
    /// Only the subject of a check: an address, a domain, a host.
    pub fn subject(name: impl ToString) -> Reason {
        Reason::Subject {
            name: name.to_string(),
        }
    }

    /// A text of an earlier version.
    pub fn legacy(text: impl Into<String>) -> Reason {
        Reason::Legacy { text: text.into() }
    }

    /// Calls `edit` for every text in the reason, to redact it.
    pub fn edit_texts(&mut self, mut edit: impl FnMut(&mut String)) {
        Coded::edit_texts(self, &mut edit);
    }

    /// Whether there is nothing to show.
    pub fn is_none(&self) -> bool {
        matches!(self, Reason::None)
    }

    /// The English sentence: for logs, SMTP replies, the command line.
    pub fn english(&self) -> String {
        self.sentence(Locale::English)
    }
}

macro_rules! areas {
    ($($variant:ident: $area:ty),+ $(,)?) => {
        $(impl From<$area> for Reason {
            fn from(reason: $area) -> Reason {
                Reason::$variant(reason)
            }
        })+
    };
}

areas!(
    Network: NetworkError,
    Ptr: PtrReason,
    Helo: HeloReason,
    List: ListReason,
    Policy: PolicyReason,
    Rejection: Rejection,
    Submission: SubmissionReason,
    Route: RouteReason,
    Transport: TransportReason,
    Security: SecurityReason,
    Queue: QueueReason,
    Signing: SigningReason,
);

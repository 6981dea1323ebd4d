//! What happened, to which message, where: the one list that everyone reads. The server records
//! these events for real mail, the Lab for simulated mail, and the player knows nothing else. Pure:
//! who keeps them is `store`, who shows them is `frontend`.
//!
//! Events are sent as JSON with short names, and stored in a compact form around the same; unknown
//! fields are ignored and missing ones defaulted, so that an old journey can always be read.

mod kind;

mod check;
mod locale;

pub mod catalogue;
mod diagnostic;

mod compact;
mod legacy;

mod record;

pub use catalogue::proof::{Flip, ProofFact, ProofStep, TermOutcome};
pub use catalogue::reason::Reason;
pub use check::Check;
pub use compact::{Unreadable, append_compact, from_compact, to_compact};
pub use diagnostic::{Diagnostic, describe_reply};
pub use kind::{Kind, Party, Protocol, Role, Verdict};
pub use locale::{Locale, Localize, Localized};
pub use record::{Recorder, Sequence, Sink};

use mail::{JourneyId, SpanId, Time};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One step that a person would want to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the clock of the host where it happened; microseconds since the epoch.
    #[serde(rename = "t")]
    pub at: Time,
    /// Orders events of one host within the same microsecond.
    #[serde(rename = "n")]
    pub seq: u64,
    /// Which message; none while nothing has been said of one yet.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<JourneyId>,
    /// Which connection or attempt.
    #[serde(rename = "s")]
    pub span: SpanId,
    /// What caused it: the delivery attempt of a connection, the connection of a message.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanId>,
    /// The name of the host that recorded it: `mx.glasspost.test`.
    #[serde(rename = "h")]
    pub host: Cow<'static, str>,
    /// In which role it acted.
    #[serde(rename = "r")]
    pub role: Role,
    /// The session's state before, in the protocol's own words; empty where there is none.
    #[serde(rename = "b", default, skip_serializing_if = "str::is_empty")]
    pub before: Cow<'static, str>,
    /// The state after.
    #[serde(rename = "a", default, skip_serializing_if = "str::is_empty")]
    pub after: Cow<'static, str>,
    /// Key of the explanation in `static/explain`: `smtp.rcpt`, `smtp.reply.250`,
    /// `queue.accepted`.
    #[serde(rename = "x")]
    pub explain: Cow<'static, str>,
    /// Somebody else's word only (a foreign Received line): drawn dashed.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// What happened.
    #[serde(rename = "k")]
    pub kind: Kind,
}

impl Event {
    /// The order of a journey: by time, then by sequence number.
    pub fn order(&self) -> (Time, u64) {
        (self.at, self.seq)
    }
}

/// A journey's events as JSON: an array. Never fails: every event is plain data.
pub fn to_json(events: &[Event]) -> Vec<u8> {
    serde_json::to_vec(events).unwrap_or_else(|_| b"[]".to_vec())
}

/// Reads [`to_json`]'s form.
///
/// # Errors
/// Where the bytes are no JSON of this form.
pub fn from_json(bytes: &[u8]) -> Result<Vec<Event>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

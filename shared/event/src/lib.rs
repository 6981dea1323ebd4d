//! Events: what happened to which message on which host. The server records them for real mail, the
//! Lab for simulated mail, and the player shows nothing else. `store` stores them, and `frontend`
//! displays them.
//!
//! Events are sent as JSON with short names, and stored in a compact form. Unknown fields are
//! ignored and missing ones have defaults, so that old journeys stay readable.

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
pub use compact::{CompactError, append_compact, from_compact, to_compact};
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
    /// When it happened, by the clock of the host; microseconds since the epoch.
    #[serde(rename = "t")]
    pub at: Time,
    /// Orders the events of one host within a microsecond.
    #[serde(rename = "n")]
    pub seq: u64,
    /// The message; `None` before one has begun.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<JourneyId>,
    /// The connection or attempt.
    #[serde(rename = "s")]
    pub span: SpanId,
    /// The span that caused it: the attempt that opened a connection, the connection of a message.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<SpanId>,
    /// The name of the host that recorded it: `mx.glasspost.test`.
    #[serde(rename = "h")]
    pub host: Cow<'static, str>,
    /// The role in which the host acted.
    #[serde(rename = "r")]
    pub role: Role,
    /// The state of the session before, in the terms of its protocol; empty where there is none.
    #[serde(rename = "b", default, skip_serializing_if = "str::is_empty")]
    pub before: Cow<'static, str>,
    /// The state after.
    #[serde(rename = "a", default, skip_serializing_if = "str::is_empty")]
    pub after: Cow<'static, str>,
    /// The key of its explanation in `static/explain`: `smtp.rcpt`, `smtp.reply.250`,
    /// `queue.accepted`.
    #[serde(rename = "x")]
    pub explain: Cow<'static, str>,
    /// Only stated by another host (its Received field), not observed here.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
    /// What happened.
    #[serde(rename = "k")]
    pub kind: Kind,
}

impl Event {
    /// The order of events in a journey: by time, then by sequence number.
    pub fn order(&self) -> (Time, u64) {
        (self.at, self.seq)
    }
}

/// Writes events as a JSON array.
pub fn to_json(events: &[Event]) -> Vec<u8> {
    serde_json::to_vec(events).unwrap_or_else(|_| b"[]".to_vec())
}

/// Reads the form of [`to_json`].
///
/// # Errors
/// Where the bytes are not JSON of this form.
pub fn from_json(bytes: &[u8]) -> Result<Vec<Event>, serde_json::Error> {
    serde_json::from_slice(bytes)
}

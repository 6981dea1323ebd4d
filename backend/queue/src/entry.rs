//! A message as the spool keeps it.

use mail::{AccountId, Envelope, JourneyId, QueueId, Reply, SpanId, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::BlobRef;

/// A message in the spool. `envelope.recipients` holds only those who are still waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub id: QueueId,
    /// Its journey.
    pub journey: JourneyId,
    /// The connection that brought it.
    pub span: SpanId,
    /// Sender, and the recipients who wait.
    pub envelope: Envelope,
    /// Fields that this host put before the content.
    pub prefix: String,
    /// Where the content lies.
    #[serde(with = "blob")]
    pub blob: BlobRef,
    /// Octets of prefix and content.
    #[serde(alias = "octets")]
    pub bytes: u64,
    /// When it came.
    pub arrived: Time,
    /// Attempts made.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Time,
    /// Who submitted it.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The last words about each recipient's address.
    #[serde(default)]
    pub last: BTreeMap<String, Reply>,
    /// The sender has been told that it takes long.
    #[serde(default)]
    pub warned: bool,
    /// On hold by hand: it has no turn until it is released.
    #[serde(default)]
    pub held: bool,
}

mod blob {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use store::BlobRef;

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Form {
        Row(u64),
        File(u64),
    }

    pub(super) fn serialize<S: Serializer>(blob: &BlobRef, s: S) -> Result<S::Ok, S::Error> {
        match blob {
            BlobRef::Row(id) => Form::Row(*id),
            BlobRef::File(id) => Form::File(*id),
        }
        .serialize(s)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<BlobRef, D::Error> {
        Ok(match Form::deserialize(d)? {
            Form::Row(id) => BlobRef::Row(id),
            Form::File(id) => BlobRef::File(id),
        })
    }
}

impl Entry {
    /// Since when it could have gone: from here waiting is counted.
    pub fn begun(&self) -> Time {
        self.envelope
            .hold_until
            .map_or(self.arrived, |until| until.max(self.arrived))
    }

    /// The row's form.
    pub fn to_row(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads [`Entry::to_row`].
    ///
    /// # Errors
    /// Where the row is of another form.
    pub fn from_row(row: &[u8]) -> Result<Entry, store::Fault> {
        serde_json::from_slice(row).map_err(|e| {
            store::Fault::Broken(format!("a message of the queue cannot be read: {e}"))
        })
    }
}

//! A message as the spool stores it.

use event::Diagnostic;
use mail::{AccountId, Envelope, JourneyId, QueueId, SpanId, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::BlobRef;

/// A message in the spool. `envelope.recipients` holds only those that are still waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedMessage {
    /// Its number in the queue.
    pub id: QueueId,
    /// Its journey.
    pub journey: JourneyId,
    /// The connection that brought it.
    pub span: SpanId,
    /// Sender, and the recipients that are waiting.
    pub envelope: Envelope,
    /// Header fields that this host put before the content.
    pub prefix: String,
    /// Where the content is stored.
    #[serde(with = "blob")]
    pub blob: BlobRef,
    /// Size of prefix and content together.
    #[serde(alias = "octets")]
    pub bytes: u64,
    /// When it was accepted.
    pub arrived: Time,
    /// Attempts made.
    pub attempts: u32,
    /// Time of the next attempt.
    pub due: Time,
    /// The submitting account.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The diagnostic of the last attempt for each recipient's address: a remote reply, or this
    /// host's own reason.
    #[serde(default)]
    pub last: BTreeMap<String, Diagnostic>,
    /// A delay notice has been sent.
    #[serde(default)]
    pub warned: bool,
    /// On hold by an administrator: not attempted until released.
    #[serde(default)]
    pub held: bool,
    /// Whether it holds a NUL and is not binary. `None` if not checked yet: in rows of versions
    /// that accepted such messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_nul: Option<bool>,
}

impl QueuedMessage {
    /// The earliest time at which it could have been sent. Its age is counted from here.
    pub fn begun(&self) -> Time {
        self.envelope
            .hold_until
            .map_or(self.arrived, |until| until.max(self.arrived))
    }

    /// Serializes to the spool's row.
    pub fn to_row(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a row written by [`QueuedMessage::to_row`], of this version or an older one.
    ///
    /// # Errors
    /// [`store::Fault::Broken`] for another form.
    pub fn from_row(row: &[u8]) -> Result<QueuedMessage, store::Fault> {
        serde_json::from_slice(row).map_err(|error| {
            store::Fault::Broken(format!("a message of the queue cannot be read: {error}"))
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use mail::Reply;

    // A row as version 0.1 wrote it.
    const OLD_ROW: &str = r#"{
        "id": 7, "journey": "6921a1b200000001", "span": "00000000000000ab",
        "envelope": {
            "sender": "alice@a.test",
            "recipients": [{"address": "bob@b.test", "original": "rfc822;team@a.test"}],
            "body": "EightBit"
        },
        "prefix": "Received: x\r\n", "blob": {"file": 12}, "octets": 4711,
        "arrived": 1764000000000000, "attempts": 2, "due": 1764000120000000,
        "account": 3,
        "last": {"bob@b.test": {"code": 451, "enhanced": "4.7.1", "lines": ["greylisted"]}},
        "warned": false, "held": false
    }"#;

    #[test]
    fn reads_rows_of_the_previous_version() {
        let message = QueuedMessage::from_row(OLD_ROW.as_bytes()).unwrap();
        assert_eq!((message.bytes, message.attempts), (4711, 2));
        assert_eq!((message.blob, message.has_nul), (BlobRef::File(12), None));
        assert_eq!(
            message.last["bob@b.test"],
            Diagnostic::from(Reply::new(451, (4, 7, 1), "greylisted"))
        );
        assert_eq!(QueuedMessage::from_row(&message.to_row()).unwrap(), message);
    }
}

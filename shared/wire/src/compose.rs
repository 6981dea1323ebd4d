//! Writing a message.

use crate::Contact;
use mail::{JourneyId, StoredMessageId};
use serde::{Deserialize, Serialize};

/// A file that was uploaded and waits to become an attachment; kept for a day. Unguessable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(pub String);

/// The answer to an upload, and an attachment of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its number.
    pub id: UploadId,
    /// File name.
    pub name: String,
    /// `application/pdf`
    pub media_type: String,
    /// Size in octets.
    pub bytes: u64,
}

/// A message being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Names this message through all its versions: 16 to 64 letters and digits that the browser
    /// drew by lot, the left side of its Message-ID. An answer that was lost on the way then
    /// makes no second draft and no second message. Empty: the server draws one.
    #[serde(default)]
    pub key: String,
    /// The stored draft that this replaces (and that sending removes).
    #[serde(default)]
    pub stored: Option<StoredMessageId>,
    /// One of the identities; empty means the first.
    #[serde(default)]
    pub from: String,
    /// Recipients as typed, already split.
    #[serde(default)]
    pub to: Vec<Contact>,
    /// Copies.
    #[serde(default)]
    pub cc: Vec<Contact>,
    /// Hidden copies: only in the envelope.
    #[serde(default)]
    pub bcc: Vec<Contact>,
    /// Subject.
    #[serde(default)]
    pub subject: String,
    /// The text, plain, LF line ends.
    #[serde(default)]
    pub text: String,
    /// Attachments that were uploaded.
    #[serde(default)]
    pub attachments: Vec<Uploaded>,
    /// Attachments of a stored message to take along (forwarding): message and part path.
    #[serde(default)]
    pub forwarded: Vec<(StoredMessageId, String)>,
    /// The message that this answers; it gets `\Answered`.
    #[serde(default)]
    pub answers: Option<StoredMessageId>,
    /// The message that this forwards; it gets `$Forwarded`.
    #[serde(default)]
    pub forwards: Option<StoredMessageId>,
    /// References for the header, oldest first, without brackets; the last is In-Reply-To.
    #[serde(default)]
    pub references: Vec<String>,
}

/// The message is durable in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// To follow it.
    pub journey: JourneyId,
    /// Its copy in the Sent folder.
    pub id: Option<StoredMessageId>,
}

/// The draft is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSaved {
    /// Its new number.
    pub id: StoredMessageId,
}

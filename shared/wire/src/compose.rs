//! Drafts, uploads and sending.

use crate::{Attachment, Contact};
use mail::{JourneyId, StoredMessageId};
use serde::{Deserialize, Serialize};

/// The id of an uploaded file that is not attached to a sent message yet; unguessable. Uploads
/// expire after a day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(pub String);

/// An uploaded file: the response to an upload, and an attachment of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Its id.
    pub id: UploadId,
    /// File name.
    pub name: String,
    /// `application/pdf`
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A message being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Identifies the message across all its versions: 16 to 64 random letters and digits, chosen
    /// by the browser when the message is begun and used as the left side of the Message-ID. It
    /// makes `Save` and `Send` idempotent when a response was lost. If empty, the server chooses
    /// one.
    #[serde(default)]
    pub key: String,
    /// The compose window that wrote this version: random letters and digits. A version in Drafts
    /// from the same window is replaced even if the tab missed the response to its `Save`.
    #[serde(default)]
    pub window: String,
    /// The stored version that this one was edited from. It is replaced by `Save` and deleted by
    /// `Send`; if Drafts holds a different version of another window, both are refused with
    /// [`crate::Problem::DraftConflict`].
    #[serde(default)]
    pub stored: Option<StoredMessageId>,
    /// The sender address, one of [`crate::Welcome::identities`]; empty for the default.
    #[serde(default)]
    pub from: String,
    /// To, as typed, one entry per recipient.
    #[serde(default)]
    pub to: Vec<Contact>,
    /// Cc.
    #[serde(default)]
    pub cc: Vec<Contact>,
    /// Bcc: in the envelope only.
    #[serde(default)]
    pub bcc: Vec<Contact>,
    /// Subject.
    #[serde(default)]
    pub subject: String,
    /// The plain text, with LF line ends.
    #[serde(default)]
    pub text: String,
    /// Uploaded attachments.
    #[serde(default)]
    pub attachments: Vec<Uploaded>,
    /// Attachments of stored messages to forward: message and part path.
    #[serde(default)]
    pub forwarded: Vec<(StoredMessageId, String)>,
    /// The message replied to; it is flagged `\Answered` on sending.
    #[serde(default)]
    pub answers: Option<StoredMessageId>,
    /// The message forwarded; it is flagged `$Forwarded` on sending.
    #[serde(default)]
    pub forwards: Option<StoredMessageId>,
    /// The original of a forward that keeps its formatting; it follows `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// Set by the server for a stored draft with formatting that `text` does not have; saving or
    /// sending drops it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub loses_formatting: bool,
    /// The language of the interface as a tag (`zh-CN`): in Content-Language it says in which
    /// language the sender reads notices about the message. Empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// The References field, oldest first, without angle brackets; the last is In-Reply-To.
    #[serde(default)]
    pub references: Vec<String>,
}

/// A message that is forwarded with its HTML and the pictures in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// The message.
    pub message: StoredMessageId,
    /// Its text, for the plain version.
    pub text: String,
    /// The pictures that its HTML shows.
    #[serde(default)]
    pub pictures: Vec<Attachment>,
}

/// The result of `Send`: the message is durable in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its journey, for `FollowSent`.
    pub journey: JourneyId,
    /// Its copy in the Sent folder.
    pub id: Option<StoredMessageId>,
}

/// The result of `Save`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSaved {
    /// The id of the new version.
    pub id: StoredMessageId,
}

/// The version of a draft in Drafts, compared with the one that a compose window knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DraftStatus {
    /// The window knows the newest version.
    Current,
    /// Another window or another mail program saved this version.
    Changed(Box<Draft>),
    /// The message was sent; its copy in Sent.
    Sent(StoredMessageId),
    /// The draft was deleted, or it was never saved.
    Gone,
}

//! Rows of a message list, and the open message.

use mail::{JourneyId, MailboxId, StoredMessageId, Time};
use serde::{Deserialize, Serialize};

use crate::list::SearchNote;
use crate::notes::{Authentication, DeliveryReport, Invitation, Warning};

/// A window of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Number of messages in the whole list.
    pub total: u32,
    /// Index of the first row in `rows`.
    pub offset: u32,
    /// The folder's state, for [`crate::Request::Since`]; 0 for a search.
    pub state: u64,
    /// The rows, in the order of the list.
    pub rows: Vec<Row>,
    /// What a search did not understand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<SearchNote>,
}

/// One message in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The stored message's id.
    pub id: StoredMessageId,
    /// Its folder.
    pub folder: MailboxId,
    /// Its UID in the folder.
    pub uid: u32,
    /// The first From address; in Sent and Drafts, and of any draft, the first recipient of To and
    /// Cc. Empty if there is none.
    pub who: Contact,
    /// The decoded subject; empty if there is none.
    pub subject: String,
    /// The beginning of the text.
    pub preview: String,
    /// When the message arrived here (INTERNALDATE): the date that lists and searches go by.
    pub date: Time,
    /// Size in bytes.
    pub bytes: u64,
    /// Number of attachments.
    #[serde(default)]
    pub attachments: u32,
    /// The text by which the list is sorted, where it is sorted by one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sort: String,
    /// `\Seen`, `\Flagged`, `\Answered`, `\Draft`, keywords.
    #[serde(default)]
    pub flags: mail::Flags,
}

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The display name; may be empty.
    #[serde(default)]
    pub name: String,
    /// The address; may be empty in malformed messages.
    #[serde(default)]
    pub address: String,
}

/// An open message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// Its row in the list.
    pub row: Row,
    /// From; usually one.
    pub from: Vec<Contact>,
    /// To.
    pub to: Vec<Contact>,
    /// Cc.
    #[serde(default)]
    pub cc: Vec<Contact>,
    /// Reply-To, if it differs from From.
    #[serde(default)]
    pub reply_to: Vec<Contact>,
    /// The Date header field.
    #[serde(default)]
    pub sent: Option<Time>,
    /// Message-ID without angle brackets.
    #[serde(default)]
    pub message_id: String,
    /// The References field of a reply: References and Message-ID of this message, oldest first,
    /// without angle brackets.
    #[serde(default)]
    pub references: Vec<String>,
    /// The decoded text, from a text part or converted from the HTML. Used for quoting, and for
    /// display if there is no HTML.
    pub text: String,
    /// Whether `text` is only the beginning, since the whole is too long.
    #[serde(default)]
    pub text_is_cut: bool,
    /// Whether there is an HTML body that shows something at `/api/message/{id}/html`. Without it
    /// and without text the message has only its attachments.
    pub has_html: bool,
    /// Whether the HTML references remote content (blocked until the user allows it).
    #[serde(default)]
    pub has_remote: bool,
    /// Attachments, without inline images shown by the HTML.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The inline pictures that the HTML shows.
    #[serde(default)]
    pub pictures: Vec<Attachment>,
    /// All header fields in order: name and decoded value.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The journey, if known.
    #[serde(default)]
    pub journey: Option<JourneyId>,
    /// The roles the message passed with the time of each, oldest first.
    #[serde(default)]
    pub stations: Vec<(event::Role, Time)>,
    /// Sender, where it is not the author (RFC 5322 §3.6.2).
    #[serde(default)]
    pub sender: Option<Contact>,
    /// The addresses in From, Reply-To, To and Cc whose mail goes to this account and nobody else,
    /// as they are written there: its own ones, with subaddresses, and aliases.
    #[serde(default)]
    pub own: Vec<String>,
    /// The Bcc recipients of a message that the reader wrote.
    #[serde(default)]
    pub bcc: Vec<Contact>,
    /// The reader is not named in To or Cc and received the message as a Bcc recipient, whom the
    /// others do not know of.
    #[serde(default)]
    pub blind_copy: bool,
    /// What the reader is warned of.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// What the checks of its origin found; empty where nothing is known of them.
    #[serde(default)]
    pub authentication: Vec<Authentication>,
    /// The event of a calendar part.
    #[serde(default)]
    pub invitation: Option<Invitation>,
    /// For a delivery report: the reader's own message that it is about, while that is there.
    #[serde(default)]
    pub report: Option<DeliveryReport>,
}

/// An attachment, served at `/api/message/{id}/part/{path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Path in the part tree: `2`, `1.3`.
    pub path: String,
    /// File name, decoded, without directories; may be empty.
    pub name: String,
    /// `image/png`
    pub media_type: String,
    /// Decoded size in bytes.
    pub bytes: u64,
}

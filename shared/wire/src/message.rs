//! Rows of a list and the message that is open.

use mail::{JourneyId, MailboxId, StoredMessageId, Time};
use serde::{Deserialize, Serialize};

/// A window of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Messages in the whole list.
    pub total: u32,
    /// Index of the first row here.
    pub offset: u32,
    /// The folder's state; for [`crate::Ask::Since`]. 0 for a search.
    pub state: u64,
    /// The rows, newest first.
    pub rows: Vec<Row>,
}

/// One message in a list. Highest UID first within a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The message's number.
    pub id: StoredMessageId,
    /// In which folder it lies.
    pub folder: MailboxId,
    /// Its UID there.
    pub uid: u32,
    /// From, or in Sent and Drafts: the first To.
    pub who: Contact,
    /// Decoded; empty where there is none.
    pub subject: String,
    /// The first words of the text.
    pub preview: String,
    /// When it came here.
    pub date: Time,
    /// The message's size in octets.
    pub bytes: u64,
    /// How many attachments.
    #[serde(default)]
    pub attachments: u32,
    /// `\Seen`, `\Flagged`, `\Answered`, `\Draft`, keywords.
    #[serde(default)]
    pub flags: mail::Flags,
}

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Display name, may be empty.
    #[serde(default)]
    pub name: String,
    /// Address, may be empty in broken messages.
    #[serde(default)]
    pub address: String,
}

/// The message that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageView {
    /// The row as in the list.
    pub row: Row,
    /// From; usually one.
    pub from: Vec<Contact>,
    /// To.
    pub to: Vec<Contact>,
    /// Cc.
    #[serde(default)]
    pub cc: Vec<Contact>,
    /// Reply-To, where it differs from From.
    #[serde(default)]
    pub reply_to: Vec<Contact>,
    /// The Date field.
    #[serde(default)]
    pub sent: Option<Time>,
    /// Message-ID without brackets.
    #[serde(default)]
    pub message_id: String,
    /// For a reply: References and Message-ID of this message, without brackets, oldest first.
    #[serde(default)]
    pub references: Vec<String>,
    /// The text, decoded: of a text part, or made from the HTML. For quoting and for showing where
    /// there is no HTML.
    pub text: String,
    /// There is an HTML body at `/api/message/{id}/html`.
    pub has_html: bool,
    /// The HTML wants to load something from elsewhere (blocked until asked for).
    #[serde(default)]
    pub has_remote: bool,
    /// Attachments, inline images left out that the HTML shows.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// All header fields in their order: name and decoded value.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The message's journey, where it is known.
    #[serde(default)]
    pub journey: Option<JourneyId>,
    /// The roles it passed with the time of each, oldest first, for the strip above the message.
    #[serde(default)]
    pub stations: Vec<(event::Role, Time)>,
}

/// An attachment, to be fetched at `/api/message/{id}/part/{path}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its place in the part tree: `2`, `1.3`.
    pub path: String,
    /// File name, decoded and without folders; may be empty.
    pub name: String,
    /// `image/png`
    pub media_type: String,
    /// Decoded size in octets.
    pub bytes: u64,
}

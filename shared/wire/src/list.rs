//! Lists: the order of their rows, spans of messages, notes on a search, and deleted folders.

use mail::{MailboxId, StoredMessageId, Time};
use serde::{Deserialize, Serialize};

/// The order of a folder's list. Messages that are equal in it are listed newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListOrder {
    /// By INTERNALDATE, newest first.
    #[default]
    Newest,
    /// By INTERNALDATE, oldest first.
    Oldest,
    /// By the name or address that the row shows.
    Sender,
    /// By subject, without the prefixes of replies and forwards.
    Subject,
    /// By size, largest first.
    Size,
}

impl ListOrder {
    /// All orders, as a menu shows them.
    pub const ALL: [ListOrder; 5] = [
        ListOrder::Newest,
        ListOrder::Oldest,
        ListOrder::Sender,
        ListOrder::Subject,
        ListOrder::Size,
    ];

    /// Whether this is the default.
    pub fn is_newest(&self) -> bool {
        *self == ListOrder::Newest
    }
}

/// Messages of a folder with adjacent UIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first message.
    pub first: StoredMessageId,
    /// The number of messages; their ids are consecutive.
    pub count: u32,
}

impl Span {
    /// The messages.
    pub fn ids(self) -> impl Iterator<Item = StoredMessageId> {
        (0..u64::from(self.count)).map(move |n| StoredMessageId(self.first.0 + n))
    }
}

/// The beginning of a day in the reader's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Midnight {
    /// The day as the query writes it: `2026-11-28`
    pub day: String,
    /// When it begins.
    pub at: Time,
}

/// What the search did not understand. A filter was searched for as a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchNote {
    /// There is no such filter: its name without the colon.
    UnknownFilter(String),
    /// The filter cannot have this value: `before:soon`
    BadValue {
        /// The filter's name.
        filter: String,
        /// The value as typed.
        value: String,
    },
    /// `in:` names a folder that the account does not have.
    NoSuchFolder(String),
    /// The query has more terms than are searched: the limit.
    TooManyTerms(u32),
}

/// A deleted folder: its messages are in Trash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedFolder {
    /// Its full name.
    pub name: String,
    /// Its former id.
    pub folder: MailboxId,
    /// Its messages, under their ids in Trash.
    pub messages: Vec<StoredMessageId>,
}

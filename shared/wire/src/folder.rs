//! Folders as shown in the browser.

use mail::{MailboxId, SpecialUse};
use serde::{Deserialize, Serialize};

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its id; unchanged by a rename.
    pub id: MailboxId,
    /// Full name with `/` between levels. The browser shows special folders by `kind`, translated.
    pub name: String,
    /// Its purpose.
    pub kind: FolderKind,
    /// Number of messages.
    pub total: u32,
    /// Number of unread messages.
    pub unread: u32,
}

/// The purpose of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderKind {
    /// INBOX.
    Inbox,
    /// A special-use folder (RFC 6154).
    Special(SpecialUse),
    /// Created by the user.
    Own,
}

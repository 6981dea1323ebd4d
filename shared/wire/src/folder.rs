//! Folders as the browser shows them.

use mail::{MailboxId, SpecialUse};
use serde::{Deserialize, Serialize};

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its number, which survives renaming.
    pub id: MailboxId,
    /// Full name with `/` between levels; special ones are shown by their kind in the reader's
    /// language.
    pub name: String,
    /// What it is for.
    pub kind: FolderKind,
    /// Messages in it.
    pub total: u32,
    /// Unread ones.
    pub unread: u32,
}

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderKind {
    /// INBOX.
    Inbox,
    /// One of the special uses of RFC 6154.
    Special(SpecialUse),
    /// Made by the user.
    Own,
}

//! Reasons why a call failed, with their parameters; the browser makes the sentence from its own
//! catalogue.

use crate::Draft;
use mail::StoredMessageId;
use serde::{Deserialize, Serialize};

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Problem {
    /// Not signed in, or the session has ended.
    SignIn,
    /// Wrong address or password.
    Credentials,
    /// Too many attempts: retry after this many seconds.
    TooManyAttempts(u32),
    /// The message or folder no longer exists.
    Gone,
    /// A message that the draft refers to was deleted: its formatting or attachments cannot be
    /// forwarded. Nothing was stored or sent.
    OriginalGone,
    /// An address is not well formed: the address as typed.
    Address(String),
    /// The account may not send from this address.
    Sender(String),
    /// Recipients cannot be used, in the order of the draft; never empty. The message was not sent
    /// to anyone.
    Recipients(Vec<RejectedRecipient>),
    /// The message has no recipient.
    NoRecipient,
    /// The message was rejected as a whole: the SMTP reply.
    Rejected(String),
    /// Larger than allowed: the limit in bytes.
    TooLarge(u64),
    /// The folder name cannot be used.
    FolderName(FolderNameProblem),
    /// A folder of this name exists.
    Exists,
    /// The operation is not allowed on this folder (INBOX, special folders).
    Protected,
    /// The mailbox is full.
    Quota,
    /// Drafts holds a version of this draft that the tab does not know: that version. Nothing was
    /// stored, sent or deleted.
    DraftConflict(Box<Draft>),
    /// The message of this draft was sent already, from another window or before it was edited
    /// further: its copy in Sent. Nothing was stored or sent.
    AlreadySent(StoredMessageId),
    /// The request could not be parsed: the tab and the server have different versions.
    Malformed,
    /// The server failed: the number under which it logged the fault.
    Server(String),
}

/// A recipient that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRecipient {
    /// The recipient's address.
    pub address: String,
    /// Why not.
    pub reason: RecipientProblem,
}

/// Why a recipient cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecipientProblem {
    /// The address is local and does not exist.
    NotFound,
    /// The recipient is rejected for another reason: the SMTP reply.
    Rejected(String),
}

/// Why a folder name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderNameProblem {
    /// The name, or one level of it, is empty.
    Empty,
    /// The name is too long or has too many levels.
    TooLong,
    /// The name contains control characters, wildcards or a relative level (`.`, `..`).
    Character,
    /// A folder cannot be moved into itself.
    InsideItself,
    /// The account has too many folders.
    TooManyFolders,
}

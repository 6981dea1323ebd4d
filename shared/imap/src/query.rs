//! The interface between the session, which parses, and its role, which decides: queries, decisions
//! and notices.
//!
//! Message numbers do not cross it: the session keeps the view ([`crate::view`]) and uses UIDs.
//! Changes of the selected mailbox are queried, not pushed: [`Notice::Changed`] only wakes an IDLE;
//! before each command ends the session sends [`Query::Sync`], and the role answers with the
//! changes since the last time. So a slow client holds no queue in memory.

use crate::code::Refusal;
use crate::command::{AppendHead, Change, StatusItem};
use crate::fetch::Page;
use crate::list::Mailbox;
use crate::search::Key;
use crate::set::UidSet;
use mail::{Flags, MailboxName, Secret};
use std::sync::Arc;

/// A query to the role. Unless noted otherwise it is answered by [`Decision::Done`] or
/// [`Decision::Refused`].
#[derive(Debug)]
pub enum Query {
    /// Check a login. Answered by `LoggedIn` or `Refused`; the role delays failed attempts.
    Login {
        /// The user name.
        user: String,
        /// The password.
        password: Secret,
        /// The authorization identity, where it differs (RFC 4616 authzid).
        acting_as: Option<String>,
    },
    /// Select a mailbox. Answered by `Selected` or `Refused`. The previously selected mailbox is
    /// closed in either case (RFC 3501 §6.3.1).
    Select {
        /// The mailbox.
        mailbox: MailboxName,
        /// EXAMINE: `\Recent` is not cleared, nothing is changed.
        read_only: bool,
    },
    /// Close the selected mailbox; with `expunge`, remove the messages with `\Deleted` first
    /// (CLOSE).
    Leave {
        /// Remove messages with `\Deleted`.
        expunge: bool,
    },
    /// Changes of the selected mailbox since `Selected` or the last `Changes`. Answered by
    /// `Changes`, `Gone` or `Refused`.
    Sync {
        /// The client waits in IDLE: the changes are sent to it at once.
        pushing: bool,
    },
    /// Create a mailbox.
    Create(MailboxName),
    /// Delete a mailbox.
    Delete(MailboxName),
    /// Rename a mailbox and its children; INBOX as in RFC 3501 §6.3.5.
    Rename(MailboxName, MailboxName),
    /// Subscribe (true) or unsubscribe.
    Subscribe(MailboxName, bool),
    /// All mailboxes and subscriptions. Answered by `Mailboxes` or `Refused`.
    Mailboxes,
    /// Counts of a mailbox. Answered by `Status` or `Refused`.
    Status(MailboxName, Vec<StatusItem>),
    /// A message of this size follows in pieces.
    Append(Box<AppendHead>, u64),
    /// A piece of it.
    AppendChunk(Vec<u8>),
    /// The message is complete: make it durable. Answered by `Appended` or `Refused`.
    AppendEnd,
    /// The message is incomplete: discard it. Answered by `Done`.
    AppendAbort,
    /// Expunge messages with `\Deleted`: all, or those of the set. The next `Sync` reports them.
    Expunge(Option<UidSet>),
    /// Search the selected mailbox. Answered by `Found` or `Refused`.
    Search(Key),
    /// Write rows. Answered by `Page` or `Refused`.
    Fetch(Page),
    /// Change flags of the page's messages, writing rows with the new ones unless silent. Answered
    /// by `Page` or `Refused`. The next `Sync` does not report these changes again.
    Store(Page, Arc<Change>),
    /// Copy messages, all or none. Answered by `Copied` or `Refused`.
    Copy {
        /// The messages.
        uids: UidSet,
        /// The target mailbox.
        to: MailboxName,
        /// Remove them here (RFC 6851); the next `Sync` reports that.
        moving: bool,
    },
}

/// The role's decision.
#[derive(Debug)]
pub enum Decision {
    /// Done.
    Done,
    /// Refused, with the reason.
    Refused(Refusal),
    /// The login succeeded.
    LoggedIn,
    /// The mailbox is selected.
    Selected(Box<Selected>),
    /// The changes.
    Changes(Box<Changes>),
    /// The selected mailbox was deleted.
    Gone,
    /// All mailboxes and subscriptions, in any order.
    Mailboxes(Vec<Mailbox>),
    /// Counts.
    Status(Status),
    /// Appended: UIDVALIDITY and UID.
    Appended(u32, u32),
    /// The UIDs of the messages found.
    Found(UidSet),
    /// The page, as far as it is filled.
    Page(Page),
    /// UIDVALIDITY of the target, UIDs here, UIDs there, in the same order. Empty where no message
    /// existed any more.
    Copied(u32, UidSet, UidSet),
}

/// A mailbox at SELECT.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The messages.
    pub uids: UidSet,
    /// The `\Recent` messages; SELECT clears the flag for other sessions (RFC 3501 §2.3.2).
    pub recent: UidSet,
    /// UIDVALIDITY
    pub uid_validity: u32,
    /// UIDNEXT
    pub uid_next: u32,
    /// The UID of the first message without `\Seen`.
    pub first_unseen: Option<u32>,
    /// Keywords in use.
    pub keywords: Vec<String>,
    /// Read-only, also after SELECT.
    pub read_only: bool,
}

/// Changes of the selected mailbox.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New messages.
    pub arrived: UidSet,
    /// Those of them that are `\Recent` in this session.
    pub recent: UidSet,
    /// Expunged messages.
    pub expunged: UidSet,
    /// New flags of messages, by UID.
    pub flags: Vec<(u32, Flags)>,
    /// All keywords in use, where one was added.
    pub keywords: Option<Vec<String>>,
    /// There are further changes: query again.
    pub more: bool,
}

/// Counts of a mailbox; counts that were not requested may be zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    /// The number of messages.
    pub messages: u32,
    /// The number of `\Recent` messages.
    pub recent: u32,
    /// The next UID.
    pub uid_next: u32,
    /// The unique identifier validity.
    pub uid_validity: u32,
    /// The number of messages without `\Seen`.
    pub unseen: u32,
}

/// A notice of the role.
#[derive(Debug)]
pub enum Notice {
    /// The selected mailbox changed, possibly by this session itself.
    Changed,
    /// The server shuts down: the connection ends with BYE.
    ShuttingDown,
}

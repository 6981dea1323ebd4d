//! The wall between parsing and deciding: what the session asks its role, what the role answers,
//! what the role reports on its own.
//!
//! Message numbers never cross it: the session keeps the view ([`crate::view`]) and speaks of UIDs,
//! the role knows nothing of numbers. UntaggedUpdates of the selected mailbox are fetched, not pushed:
//! [`Notice::Changed`] only wakes an IDLE; before each command ends the session asks [`Query::Sync`],
//! and the role answers what changed since the last time. So a slow client holds no queue in
//! memory.

use crate::code::Refusal;
use crate::command::{AppendHead, Change, StatusItem};
use crate::fetch::Page;
use crate::list::Mailbox;
use crate::search::Key;
use crate::set::UidSet;
use mail::{Flags, MailboxName, Secret};
use std::sync::Arc;

/// A question to the role. Unless said otherwise the answer is [`Decision::Done`] or [`Decision::Refused`].
#[derive(Debug)]
pub enum Query {
    /// May this user in? Answered by `LoggedIn` or `No`; the role makes the guesser wait.
    Login {
        /// Who signs in.
        user: String,
        /// The password.
        password: Secret,
        /// As whom, where that is someone else (RFC 4616 authzid).
        acting_as: Option<String>,
    },
    /// Open a mailbox. Answered by `Selected` or `No`. A mailbox selected before is left, whatever
    /// the answer (RFC 3501 §6.3.1).
    Select {
        /// Which.
        mailbox: MailboxName,
        /// EXAMINE: `\Recent` is not taken, nothing is changed.
        read_only: bool,
    },
    /// Leave the selected mailbox; with `expunge`, remove the messages with `\Deleted` first
    /// (CLOSE).
    Leave {
        /// Remove what is marked.
        expunge: bool,
    },
    /// What changed in the selected mailbox since `Selected` or the last `Changes`? Answered by
    /// `Changes`, `Gone` or `No`.
    Sync {
        /// The client waits in IDLE: what is answered is pushed to it at once.
        pushing: bool,
    },
    /// Make a mailbox.
    Create(MailboxName),
    /// Remove a mailbox.
    Delete(MailboxName),
    /// Rename a mailbox, with those below; INBOX as RFC 3501 §6.3.5 says.
    Rename(MailboxName, MailboxName),
    /// Subscribe (true) or unsubscribe.
    Subscribe(MailboxName, bool),
    /// All mailboxes and subscriptions. Answered by `Mailboxes` or `No`.
    Mailboxes,
    /// Counts of a mailbox. Answered by `Status` or `No`.
    Status(MailboxName, Vec<StatusItem>),
    /// A message of so many octets comes in pieces.
    Append(Box<AppendHead>, u64),
    /// A piece of it.
    AppendChunk(Vec<u8>),
    /// It is whole: keep it durably. Answered by `Appended` or `No`.
    AppendEnd,
    /// It will never be whole: forget it. Answered by `Done`.
    AppendAbort,
    /// Remove messages with `\Deleted`: all, or those of the set. What went is told at the next
    /// `Sync`.
    Expunge(Option<UidSet>),
    /// Which messages of the selected mailbox fit? Answered by `Found` or `No`.
    Search(Key),
    /// Write rows. Answered by `Page` or `No`.
    Fetch(Page),
    /// Change flags of the page's messages, writing rows with the new ones unless silent. Answered
    /// by `Page` or `No`. What this changed is not told again at the next `Sync`.
    Store(Page, Arc<Change>),
    /// Copy messages, all or none. Answered by `Copied` or `No`.
    Copy {
        /// Which.
        uids: UidSet,
        /// Where to.
        to: MailboxName,
        /// Take them away here (RFC 6851); what went is told at the next `Sync`.
        moving: bool,
    },
}

/// The role's answer.
#[derive(Debug)]
pub enum Decision {
    /// Done.
    Done,
    /// No, and why.
    Refused(Refusal),
    /// Signed in.
    LoggedIn,
    /// The mailbox is open.
    Selected(Box<Selected>),
    /// What changed.
    Changes(Box<Changes>),
    /// The selected mailbox was removed.
    Gone,
    /// All mailboxes and subscriptions, in any order.
    Mailboxes(Vec<Mailbox>),
    /// Counts.
    Status(Status),
    /// Kept: UIDVALIDITY and UID.
    Appended(u32, u32),
    /// The UIDs that fit.
    Found(UidSet),
    /// The page, as far as it is filled.
    Page(Page),
    /// UIDVALIDITY of the target, UIDs here, UIDs there, in the same order. Empty where no message
    /// was there any more.
    Copied(u32, UidSet, UidSet),
}

/// A mailbox at SELECT.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// The messages.
    pub uids: UidSet,
    /// Those that no session was told of before; for SELECT they are this session's now (RFC 3501
    /// §2.3.2 `\Recent`).
    pub recent: UidSet,
    /// UIDVALIDITY
    pub uid_validity: u32,
    /// UIDNEXT
    pub uid_next: u32,
    /// The UID of the first message without `\Seen`.
    pub first_unseen: Option<u32>,
    /// Keywords in use.
    pub keywords: Vec<String>,
    /// Nothing may be changed, also where SELECT was said.
    pub read_only: bool,
}

/// What changed in the selected mailbox.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// New messages.
    pub arrived: UidSet,
    /// Those of them that are `\Recent` in this session.
    pub recent: UidSet,
    /// Messages that are gone.
    pub expunged: UidSet,
    /// New flags of messages, by UID.
    pub flags: Vec<(u32, Flags)>,
    /// Keywords in use, where a new one came.
    pub keywords: Option<Vec<String>>,
    /// There is more: ask again.
    pub more: bool,
}

/// Counts of a mailbox; what was not asked for may be zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status {
    /// How many messages.
    pub messages: u32,
    /// How many `\Recent`.
    pub recent: u32,
    /// The next UID.
    pub uid_next: u32,
    /// The unique identifier validity.
    pub uid_validity: u32,
    /// How many without `\Seen`.
    pub unseen: u32,
}

/// What the role reports on its own.
#[derive(Debug)]
pub enum Notice {
    /// The selected mailbox changed, perhaps by this session itself.
    Changed,
    /// The connection must end: shutdown, account removed. The text is shown to the user.
    Bye(String),
}

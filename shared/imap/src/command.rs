//! The commands of IMAP4rev1 and of the supported extensions, as types: the output of the parser.

use crate::list;
use crate::search::{Key, Numbers};
use crate::section::SectionItem;
use crate::set::SequenceSet;
use mail::{Flags, MailboxName, Secret, Time};

/// `tag`: the client's name for a command; 1 to 128 octets of ASTRING-CHAR without `+`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(Box<str>);

impl Tag {
    /// Validates the octets.
    pub fn new(bytes: &[u8]) -> Option<Tag> {
        let good = !bytes.is_empty()
            && bytes.len() <= crate::limits::TAG_BYTES_MAX
            && bytes
                .iter()
                .all(|&b| crate::write::is_astring_char(b) && b != b'+');
        good.then(|| Tag(String::from_utf8_lossy(bytes).into()))
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A STATUS item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusItem {
    /// The number of messages.
    Messages,
    /// The number of `\Recent` messages.
    Recent,
    /// The next UID.
    UidNext,
    /// The unique identifier validity.
    UidValidity,
    /// The number of messages without `\Seen`.
    Unseen,
    /// The longest message that APPEND takes (RFC 7889 §3.2).
    AppendLimit,
}

/// A FETCH item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `FLAGS`
    Flags,
    /// `UID`
    Uid,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822.SIZE`
    Size,
    /// `ENVELOPE`
    Envelope,
    /// `BODY`
    Body,
    /// `BODYSTRUCTURE`
    BodyStructure,
    /// `BODY[…]` and its variants.
    Section(Box<SectionItem>),
}

/// How STORE changes flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreMode {
    /// `FLAGS`
    Replace,
    /// `+FLAGS`
    Add,
    /// `-FLAGS`
    Remove,
}

/// The arguments of STORE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The mode.
    pub mode: StoreMode,
    /// The flags.
    pub flags: Flags,
    /// `.SILENT`: the new flags are not to be returned.
    pub silent: bool,
}

/// The arguments of APPEND before the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendHead {
    /// The target mailbox.
    pub mailbox: MailboxName,
    /// The flags.
    pub flags: Flags,
    /// INTERNALDATE, where given.
    pub date: Option<Time>,
}

/// A parsed command. Whether it is allowed in the session's state is checked elsewhere
/// (`crate::verb`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// RFC 3501 §6.1.1
    Capability,
    /// RFC 3501 §6.1.2
    Noop,
    /// RFC 3501 §6.1.3
    Logout,
    /// RFC 2971: the client's identification.
    Id(Vec<(String, Option<String>)>),
    /// RFC 3501 §6.2.1
    StartTls,
    /// RFC 3501 §6.2.2, RFC 4959: mechanism and initial response as sent.
    Authenticate(String, Option<Secret>),
    /// RFC 3501 §6.2.3
    Login(String, Secret),
    /// RFC 5161: the extensions to enable.
    Enable(Vec<String>),
    /// SELECT (RFC 3501 §6.3.1) or EXAMINE.
    Select {
        /// Which mailbox.
        mailbox: MailboxName,
        /// EXAMINE.
        read_only: bool,
    },
    /// RFC 3501 §6.3.3
    Create(MailboxName),
    /// RFC 3501 §6.3.4
    Delete(MailboxName),
    /// RFC 3501 §6.3.5: from, to.
    Rename(MailboxName, MailboxName),
    /// RFC 3501 §6.3.6
    Subscribe(MailboxName),
    /// RFC 3501 §6.3.7
    Unsubscribe(MailboxName),
    /// LIST and LSUB (RFC 3501 §6.3.8, §6.3.9, RFC 5258 syntax).
    List(list::Request),
    /// RFC 2342
    Namespace,
    /// RFC 3501 §6.3.10
    Status(MailboxName, Vec<StatusItem>),
    /// RFC 2177
    Idle,
    /// RFC 3501 §6.4.1
    Check,
    /// RFC 3501 §6.4.2
    Close,
    /// RFC 3691
    Unselect,
    /// RFC 3501 §6.4.3, or with a set RFC 4315 §2.1.
    Expunge(Option<SequenceSet>),
    /// RFC 3501 §6.4.4
    Search(Key<Numbers>),
    /// RFC 3501 §6.4.5
    Fetch(SequenceSet, Vec<Item>),
    /// RFC 3501 §6.4.6
    Store(SequenceSet, Change),
    /// RFC 3501 §6.4.7
    Copy(SequenceSet, MailboxName),
    /// RFC 6851
    Move(SequenceSet, MailboxName),
}

//! The interface between the session, which parses, and its role, which decides: queries, decisions
//! and notices.
//!
//! Message numbers do not cross it: the session keeps the list of the maildrop as of the login (RFC
//! 1939 §5), the role knows UIDs. The maildrop's lock belongs to the role: taken before it answers
//! a login with `Maildrop`, released with the answer to `Update` or when the role is dropped.

use mail::{Duration, Secret};

/// A query to the role.
#[derive(Debug)]
pub enum Query {
    /// Check a login. Answered by `Maildrop`, which is locked then, or `Refused`; the role delays
    /// failed attempts.
    Login {
        /// The user name.
        user: String,
        /// The password.
        password: Secret,
        /// The authorization identity, where it differs (RFC 4616 authzid).
        acting_as: Option<String>,
    },
    /// Read a piece of a message with CRLF line ends, not stuffed. Answered by `Bytes` or
    /// `Refused`.
    Read {
        /// The message.
        uid: u32,
        /// Offset of the piece.
        offset: u64,
        /// The largest size of the piece; it is smaller only at the message's end.
        bytes_max: u32,
        /// True for RETR, which reads the whole message; false for TOP.
        whole: bool,
    },
    /// QUIT: remove these messages permanently, then release the lock (RFC 1939 §6). Answered by
    /// `Done` or `Refused`.
    Update {
        /// The messages; may be empty.
        deleted: Vec<u32>,
    },
}

/// The role's decision.
#[derive(Debug)]
pub enum Decision {
    /// The login succeeded: the maildrop, locked for this session.
    Maildrop(Maildrop),
    /// A piece of a message; empty after its end.
    Bytes(Vec<u8>),
    /// Done.
    Done,
    /// Refused, with the reason.
    Refused(Refusal),
}

/// The messages of a maildrop as of the login, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maildrop {
    /// The prefix of unique-ids, so that no id is reused for another message: IMAP's UIDVALIDITY.
    pub validity: u32,
    /// The messages.
    pub messages: Vec<Message>,
}

/// One message of a maildrop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its UID in the mailbox.
    pub uid: u32,
    /// Its size in octets, line ends counted as CRLF (RFC 1939 §11).
    pub bytes: u32,
}

/// Why the role refuses. The session makes the reply with its response code and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong user name or password; does not tell whether the account exists.
    InvalidCredentials,
    /// Too many failed logins: another attempt is possible after this time.
    Throttled(Duration),
    /// The account may not act as the authorization identity (RFC 4616 authzid).
    ProxyNotPermitted,
    /// Another session has locked the maildrop (RFC 1939 §4).
    Locked,
    /// Another session has removed the message.
    MessageRemoved,
    /// The messages marked as deleted could not be removed; all of them are still there.
    NotUpdated,
    /// The server has failed.
    Internal,
}

/// A notice of the role.
#[derive(Debug)]
pub enum Notice {
    /// The connection must end: shutdown, account removed. POP3 has no message for that; nothing is
    /// deleted.
    Bye,
}

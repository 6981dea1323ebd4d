//! The wall between reading and deciding: what the session asks its role, what the role answers,
//! what the role reports on its own.
//!
//! Message numbers never cross it: the session keeps the list of the maildrop as it was at login
//! (RFC 1939 §5), the role knows UIDs. The maildrop's lock is the role's: taken before it answers a
//! login with `Maildrop`, given back with the answer to `Update`, or when the role is dropped.

use std::borrow::Cow;

use mail::Secret;

/// A question to the role.
#[derive(Debug)]
pub enum Query {
    /// May this user in? Answered by `Maildrop`, its lock taken, or `No`; the role makes the
    /// guesser wait.
    Login {
        /// Who signs in.
        user: String,
        /// The password.
        password: Secret,
        /// As whom, where that is someone else (RFC 4616 authzid).
        acting_as: Option<String>,
    },
    /// A piece of a message, CRLF line ends, not stuffed. Answered by `Bytes` or `No`.
    Read {
        /// Which message.
        uid: u32,
        /// From where.
        offset: u64,
        /// At most so many octets; fewer only at the message's end.
        bytes_max: u32,
        /// RETR: its reader takes all of it. Otherwise TOP: he looks at its beginning.
        whole: bool,
    },
    /// QUIT: remove these messages for ever, then give the lock back (RFC 1939 §6). Answered by
    /// `Done` or `No`.
    Update {
        /// Which; perhaps none.
        deleted: Vec<u32>,
    },
}

/// The role's answer.
#[derive(Debug)]
pub enum Decision {
    /// Signed in: the maildrop, now locked for this session.
    Maildrop(Maildrop),
    /// A piece of a message; empty behind its end.
    Bytes(Vec<u8>),
    /// Done.
    Done,
    /// No, and why.
    Refused(Refusal),
}

/// The messages of a maildrop as they are at login, in the order in which they are numbered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maildrop {
    /// Stands before each UID in a unique-id, so that it is never given to another message: IMAP's
    /// UIDVALIDITY.
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

/// Why not: a response code, where one fits, and a sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Said in brackets before the text.
    pub code: Option<Code>,
    /// Without line ends.
    pub text: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with a code.
    pub fn new(code: Code, text: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal {
            code: Some(code),
            text: text.into(),
        }
    }
}

/// Response codes (RFC 2449 §8.1, RFC 3206).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Another session holds the maildrop.
    InUse,
    /// Signed in again too soon.
    LoginDelay,
    /// The user's name or password.
    Auth,
    /// A fault of ours that will pass.
    SysTemp,
    /// A state of ours that someone must change.
    SysPerm,
}

impl Code {
    /// As it is said: `IN-USE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InUse => "IN-USE",
            Code::LoginDelay => "LOGIN-DELAY",
            Code::Auth => "AUTH",
            Code::SysTemp => "SYS/TEMP",
            Code::SysPerm => "SYS/PERM",
        }
    }

    /// The key of the explanation of an error with this code.
    pub(crate) fn explain(self) -> &'static str {
        match self {
            Code::InUse => "pop3.reply.in-use",
            Code::LoginDelay => "pop3.reply.login-delay",
            Code::Auth => "pop3.reply.auth",
            Code::SysTemp => "pop3.reply.sys-temp",
            Code::SysPerm => "pop3.reply.sys-perm",
        }
    }
}

/// What the role reports on its own.
#[derive(Debug)]
pub enum Notice {
    /// The connection must end: shutdown, account removed. POP3 has no words for it; nothing is
    /// deleted.
    Bye,
}

//! Response codes (RFC 3501 §7.1, RFC 4315, RFC 5530, RFC 7889) and the refusals of a role
//! with their codes and texts.

use crate::set::UidSet;
use mail::Duration;
use std::borrow::Cow;
use std::fmt;

/// `resp-text-code`: the machine-readable part of a response, in brackets before the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text must be shown to the user.
    Alert,
    /// The mailbox exists already.
    AlreadyExists,
    /// UIDVALIDITY and UID of the appended message (RFC 4315 §3).
    AppendUid(u32, u32),
    /// Wrong user name or password.
    AuthenticationFailed,
    /// The authorization identity is not permitted.
    AuthorizationFailed,
    /// The charset of SEARCH is not supported; the supported ones are listed.
    BadCharset,
    /// The operation can never succeed.
    Cannot,
    /// The server's capabilities.
    Capability(String),
    /// The previously selected mailbox is closed.
    Closed,
    /// UIDVALIDITY of the target, UIDs there and here (RFC 4315 §3).
    CopyUid(u32, UidSet, UidSet),
    /// Another session has expunged messages.
    ExpungeIssued,
    /// Something is in use and cannot be changed now.
    InUse,
    /// A limit of the server.
    Limit,
    /// The mailbox does not exist.
    NonExistent,
    /// The account lacks the right.
    NoPermission,
    /// The quota would be exceeded.
    OverQuota,
    /// Permitted under TLS only.
    PrivacyRequired,
    /// The mailbox is selected read-only.
    ReadOnly,
    /// The mailbox is selected read-write.
    ReadWrite,
    /// An internal error of the server.
    ServerBug,
    /// Too long (RFC 7889 §4).
    TooBig,
    /// The target mailbox may be created.
    TryCreate,
    /// A part of the server is temporarily unavailable.
    Unavailable,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Code::AppendUid(validity, uid) => return write!(f, "APPENDUID {validity} {uid}"),
            Code::Capability(list) => return write!(f, "CAPABILITY {list}"),
            Code::CopyUid(validity, from, to) => {
                return write!(f, "COPYUID {validity} {from} {to}");
            }
            _ => {}
        }
        f.write_str(match self {
            Code::Alert => "ALERT",
            Code::AlreadyExists => "ALREADYEXISTS",
            Code::AuthenticationFailed => "AUTHENTICATIONFAILED",
            Code::AuthorizationFailed => "AUTHORIZATIONFAILED",
            Code::BadCharset => "BADCHARSET (US-ASCII UTF-8)",
            Code::Cannot => "CANNOT",
            Code::Closed => "CLOSED",
            Code::ExpungeIssued => "EXPUNGEISSUED",
            Code::InUse => "INUSE",
            Code::Limit => "LIMIT",
            Code::NonExistent => "NONEXISTENT",
            Code::NoPermission => "NOPERM",
            Code::OverQuota => "OVERQUOTA",
            Code::PrivacyRequired => "PRIVACYREQUIRED",
            Code::ReadOnly => "READ-ONLY",
            Code::ReadWrite => "READ-WRITE",
            Code::ServerBug => "SERVERBUG",
            Code::TooBig => "TOOBIG",
            Code::TryCreate => "TRYCREATE",
            _ => "UNAVAILABLE",
        })
    }
}

/// Why a role refuses. The session makes the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong user name or password; does not tell whether the account exists.
    InvalidCredentials,
    /// Too many failed logins: another attempt is possible after this time.
    Throttled(Duration),
    /// The account may not act as the authorization identity (RFC 4616 authzid).
    ProxyNotPermitted,
    /// The mailbox to be created exists already.
    MailboxExists,
    /// The mailbox does not exist.
    NoSuchMailbox,
    /// The target of APPEND, COPY or MOVE does not exist (RFC 3501 §6.3.11).
    NoTargetMailbox,
    /// INBOX and special-use mailboxes cannot be changed in this way.
    ProtectedMailbox,
    /// A mailbox cannot be moved below itself.
    BelowItself,
    /// Too many mailboxes, or nested too deeply.
    TooManyMailboxes,
    /// APPEND of an empty message.
    EmptyMessage,
    /// APPEND of a message with a NUL.
    ContainsNul,
    /// The message does not fit into the quota.
    OverQuota {
        /// Bytes used.
        used: u64,
        /// Bytes allowed.
        quota: u64,
    },
    /// The disk is full; nothing was changed.
    DiskFull,
    /// Another session has made a conflicting change.
    ChangedConcurrently,
    /// The server has failed.
    Internal,
}

impl Refusal {
    /// The response code and the text of the reply. The texts of all refusals are made here.
    pub(crate) fn reply(self) -> (Code, Cow<'static, str>) {
        let (code, text) = match self {
            Refusal::InvalidCredentials => {
                (Code::AuthenticationFailed, "Invalid user name or password")
            }
            Refusal::Throttled(time) => {
                let minutes = time.as_secs() / 60 + 1;
                let text = format!("Too many failed logins; try again in {minutes} minutes");
                return (Code::AuthenticationFailed, text.into());
            }
            Refusal::ProxyNotPermitted => (
                Code::AuthorizationFailed,
                "Proxy authorization is not permitted",
            ),
            Refusal::MailboxExists => (Code::AlreadyExists, "Mailbox already exists"),
            Refusal::NoSuchMailbox => (Code::NonExistent, "Mailbox does not exist"),
            Refusal::NoTargetMailbox => {
                (Code::TryCreate, "Mailbox does not exist; create it first")
            }
            Refusal::ProtectedMailbox => (
                Code::Cannot,
                "INBOX and special-use mailboxes cannot be changed",
            ),
            Refusal::BelowItself => (Code::Cannot, "Cannot move a mailbox below itself"),
            Refusal::TooManyMailboxes => (Code::Limit, "Too many mailboxes, or nested too deeply"),
            Refusal::EmptyMessage => (Code::Cannot, "Cannot append an empty message"),
            Refusal::ContainsNul => (Code::Cannot, "The message contains a NUL character"),
            Refusal::OverQuota { used, quota } => {
                let text = format!("Quota exceeded: {used} of {quota} bytes used");
                return (Code::OverQuota, text.into());
            }
            Refusal::DiskFull => (Code::Limit, "Server disk full; nothing was changed"),
            Refusal::ChangedConcurrently => (
                Code::InUse,
                "Changed concurrently by another session; try again",
            ),
            Refusal::Internal => (Code::ServerBug, "Internal server error; see the server log"),
        };
        (code, text.into())
    }
}

/// Why the parser could not turn a line into a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A syntax error: BAD.
    Bad(&'static str),
    /// Well-formed, but not possible: NO.
    No(Code, &'static str),
}

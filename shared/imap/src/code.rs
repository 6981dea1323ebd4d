//! Response codes (RFC 3501 §7.1, RFC 4315, RFC 5530, RFC 7889) and refusals of a role. Does not
//! decide which code applies.

use crate::set::UidSet;
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

/// A refusal: a code, where one applies, and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The response code.
    pub code: Option<Code>,
    /// The text for the user.
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

/// Why the parser could not turn a line into a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A syntax error: BAD.
    Bad(&'static str),
    /// Well-formed, but not possible: NO.
    No(Code, &'static str),
}

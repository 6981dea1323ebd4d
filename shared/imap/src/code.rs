//! Response codes (RFC 3501 §7.1, RFC 4315, RFC 5530, RFC 7889) and the refusals that a role gives.
//! Does not decide which applies.

use crate::set::UidSet;
use std::borrow::Cow;
use std::fmt;

/// `resp-text-code`: what a program may act on, in brackets before the text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The text must be shown to the user.
    Alert,
    /// The mailbox exists already.
    AlreadyExists,
    /// UIDVALIDITY and UID of the appended message (RFC 4315 §3).
    AppendUid(u32, u32),
    /// The name or the password is wrong; which of them is not said.
    AuthenticationFailed,
    /// Who signed in may not act for whom he named.
    AuthorizationFailed,
    /// The charset of SEARCH is not known; those that are.
    BadCharset,
    /// The operation can never succeed.
    Cannot,
    /// What the server can do.
    Capability(String),
    /// The selected mailbox is selected no more.
    Closed,
    /// UIDVALIDITY of the target, UIDs there and here (RFC 4315 §3).
    CopyUid(u32, UidSet, UidSet),
    /// Someone else removed messages of the mailbox.
    ExpungeIssued,
    /// Something is in use and cannot be changed now.
    InUse,
    /// A limit of the server.
    Limit,
    /// There is no such mailbox.
    NonExistent,
    /// The account lacks the right.
    NoPermission,
    /// The quota would be passed.
    OverQuota,
    /// Only under TLS.
    PrivacyRequired,
    /// The mailbox is selected for reading only.
    ReadOnly,
    /// The mailbox is selected for reading and writing.
    ReadWrite,
    /// A fault of the server.
    ServerBug,
    /// Too long (RFC 7889 §4).
    TooBig,
    /// The target mailbox may be created.
    TryCreate,
    /// A part of the server does not work just now.
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

/// A role's no: a code where one fits, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: Option<Code>,
    /// For people.
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

/// Whose fault a line was that the parser could not turn into a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client broke the grammar: BAD.
    Bad(&'static str),
    /// The grammar is kept but no such thing can be: NO.
    No(Code, &'static str),
}

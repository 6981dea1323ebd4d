//! Error replies: response codes (RFC 2449 §8, RFC 3206) and the texts for the role's refusals. All
//! texts of refusals are made here.

use std::borrow::Cow;

use crate::query::Refusal;

/// Response codes (RFC 2449 §8.1, RFC 3206).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Another session has locked the maildrop.
    InUse,
    /// The login came too soon after the previous one.
    LoginDelay,
    /// Wrong user name or password.
    Auth,
    /// A temporary failure of the server.
    SysTemp,
    /// A permanent failure of the server.
    SysPerm,
}

impl Code {
    /// The code on the wire: `IN-USE`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Code::InUse => "IN-USE",
            Code::LoginDelay => "LOGIN-DELAY",
            Code::Auth => "AUTH",
            Code::SysTemp => "SYS/TEMP",
            Code::SysPerm => "SYS/PERM",
        }
    }

    /// The explanation key of an error with this code.
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

/// `-ERR`: a response code, where one applies, and a text for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorReply {
    /// Written in brackets before the text.
    pub(crate) code: Option<Code>,
    /// Without line ends.
    pub(crate) text: Cow<'static, str>,
}

impl ErrorReply {
    /// An error with a code.
    pub(crate) fn new(code: Code, text: impl Into<Cow<'static, str>>) -> ErrorReply {
        ErrorReply {
            code: Some(code),
            text: text.into(),
        }
    }

    /// An error without a code.
    pub(crate) fn text(text: impl Into<Cow<'static, str>>) -> ErrorReply {
        ErrorReply {
            code: None,
            text: text.into(),
        }
    }
}

impl From<Refusal> for ErrorReply {
    fn from(refusal: Refusal) -> ErrorReply {
        match refusal {
            Refusal::InvalidCredentials => {
                ErrorReply::new(Code::Auth, "Invalid user name or password")
            }
            Refusal::Throttled(time) => ErrorReply::new(
                Code::LoginDelay,
                format!(
                    "Too many failed logins; try again in {} minutes",
                    time.as_secs() / 60 + 1
                ),
            ),
            Refusal::ProxyNotPermitted => {
                ErrorReply::new(Code::Auth, "Proxy authorization is not permitted")
            }
            Refusal::Locked => {
                ErrorReply::new(Code::InUse, "Maildrop is locked by another session")
            }
            Refusal::MessageRemoved => ErrorReply::text("Message was removed by another session"),
            Refusal::NotUpdated => ErrorReply::new(
                Code::SysTemp,
                "Cannot remove the messages; all of them are still there",
            ),
            Refusal::Internal => {
                ErrorReply::new(Code::SysTemp, "Internal server error; see the server log")
            }
        }
    }
}

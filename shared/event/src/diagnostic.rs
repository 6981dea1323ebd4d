//! [`Diagnostic`]: the reply with which a delivery ended, of another host, or of this host with its
//! typed cause.

use crate::Reason;
use crate::catalogue::status_meaning;
use crate::locale::{Locale, Localize};
use mail::Reply;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A reply, and the cause where this host made it. Stored like a reply, so that replies stored by
/// earlier versions are read as diagnostics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The codes and the text.
    #[serde(flatten)]
    pub reply: Reply,
    /// The cause of this host's own reply, whose text is its English sentence; `None` for a reply
    /// of another host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Reason>,
}

impl Diagnostic {
    /// A reply of this host's own.
    pub fn own(code: u16, enhanced: (u8, u16, u16), cause: impl Into<Reason>) -> Diagnostic {
        let cause = cause.into();
        Diagnostic {
            reply: Reply::new(code, enhanced, cause.english()),
            cause: Some(cause),
        }
    }
}

/// Another host's reply.
impl From<Reply> for Diagnostic {
    fn from(reply: Reply) -> Diagnostic {
        Diagnostic { reply, cause: None }
    }
}

impl Localize for Diagnostic {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_reply(&self.reply, self.cause.as_ref(), locale, f)
    }
}

/// A reply in the reader's language: the codes, then the cause, or the quoted text of another host
/// with the meaning of its enhanced status code.
pub fn describe_reply(reply: &Reply, cause: Option<&Reason>, locale: Locale) -> String {
    struct LocalizedReply<'a>(&'a Reply, Option<&'a Reason>);

    impl Localize for LocalizedReply<'_> {
        fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_reply(self.0, self.1, locale, f)
        }
    }

    LocalizedReply(reply, cause).sentence(locale)
}

fn write_reply(
    reply: &Reply,
    cause: Option<&Reason>,
    locale: Locale,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if locale == Locale::English {
        return fmt::Display::fmt(reply, f);
    }
    write!(f, "{:03}", reply.code)?;
    if let Some(enhanced) = reply.enhanced {
        write!(f, " {enhanced}")?;
    }
    if let Some(cause) = cause {
        return write!(f, " {}", cause.in_locale(locale));
    }
    let text = reply.lines.join(" ");
    if !text.is_empty() {
        write!(f, " “{text}”")?;
    }
    // A success needs no explanation.
    match reply.enhanced.and_then(|code| status_meaning(code, locale)) {
        Some(meaning) if reply.code >= 400 => write!(f, "（{meaning}）"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::delivery::{RouteReason, TransportReason};
    use crate::catalogue::network::NetworkError;

    #[test]
    fn own_reply_is_translated_and_foreign_reply_is_quoted() {
        let own = Diagnostic::own(
            451,
            (4, 4, 1),
            TransportReason::Unreachable {
                peer: "mail.b.test".into(),
                error: NetworkError::TimedOut,
            },
        );
        assert_eq!(
            own.sentence(Locale::English),
            "451 4.4.1 cannot connect to mail.b.test: timed out"
        );
        assert_eq!(
            own.sentence(Locale::Chinese),
            "451 4.4.1 无法连接 mail.b.test：超时"
        );
        let foreign = Diagnostic::from(Reply::new(550, (5, 1, 1), "who?"));
        assert_eq!(
            foreign.sentence(Locale::Chinese),
            "550 5.1.1 “who?”（没有这个邮箱）"
        );
        assert_eq!(foreign.sentence(Locale::English), "550 5.1.1 who?");
    }

    #[test]
    fn stored_reply_of_an_earlier_version_is_read() {
        let reply = Reply::new(451, (4, 4, 1), "later");
        let stored = serde_json::to_string(&reply).unwrap();
        assert_eq!(
            serde_json::from_str::<Diagnostic>(&stored).unwrap(),
            Diagnostic::from(reply)
        );
        let own = Diagnostic::own(550, (5, 4, 6), RouteReason::NoDomain);
        let stored = serde_json::to_string(&own).unwrap();
        assert_eq!(serde_json::from_str::<Diagnostic>(&stored).unwrap(), own);
    }
}

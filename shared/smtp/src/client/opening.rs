//! From the greeting to readiness: EHLO, HELO for those who know no other, STARTTLS, AUTH. Each state says what the next reply means.

use super::config::{Config, Login, TlsPolicy};
use super::words::{Fate, Offers};
use crate::{sasl, trace};
use mail::Reply;

/// Waiting for a reply of the opening.
#[derive(Debug)]
pub(super) enum Opening {
    /// For the 220.
    Greeting,
    /// To EHLO.
    Ehlo { in_tls: bool },
    /// To HELO.
    Helo { in_tls: bool },
    /// To STARTTLS.
    StartTls(Offers),
    /// To the last line of AUTH.
    AuthEnd(Offers),
    /// To AUTH LOGIN: the name is wanted.
    LoginName(Offers),
    /// The password is wanted.
    LoginSecret(Offers),
}

/// A line to say.
#[derive(Debug)]
pub(super) struct Say {
    pub line: String,
    /// What the journey shows of it, where that is less.
    pub shown: Option<String>,
    pub explain: &'static str,
}

/// What a reply leads to.
#[derive(Debug)]
pub(super) enum Then {
    Say(Opening, Say),
    Handshake,
    Ready(Offers),
    Failed(Fate),
}

impl Say {
    fn plain(line: impl Into<String>, explain: &'static str) -> Say {
        Say { line: line.into(), shown: None, explain }
    }

    fn secret(line: String, shown: &str) -> Say {
        Say { line, shown: Some(shown.to_owned()), explain: "smtp.auth.response" }
    }
}

/// EHLO, at the start and again in TLS (RFC 3207 §4.2).
pub(super) fn ehlo(config: &Config, in_tls: bool) -> (Opening, Say) {
    (Opening::Ehlo { in_tls }, Say::plain(format!("EHLO {}", config.name), "smtp.ehlo"))
}

impl Opening {
    /// What the state is called in the journey, and in a [`Fate`].
    pub(super) fn at(&self) -> &'static str {
        match self {
            Opening::Greeting => "greeting",
            Opening::Ehlo { .. } | Opening::Helo { .. } => "hello",
            Opening::StartTls(_) => "tls",
            Opening::AuthEnd(_) | Opening::LoginName(_) | Opening::LoginSecret(_) => "auth",
        }
    }

    /// The reply that was waited for. 421 never comes here.
    pub(super) fn replied(self, reply: Reply, config: &Config, in_tls: bool) -> Then {
        let at = self.at();
        let good = reply.code / 100 == 2;
        match self {
            Opening::Greeting if good => {
                let (opening, say) = ehlo(config, in_tls);
                Then::Say(opening, say)
            }
            Opening::Ehlo { in_tls } if good => after_hello(Offers::read(&reply, in_tls), config),
            // RFC 5321 §3.2: a host that does not know EHLO is asked in the older way.
            Opening::Ehlo { in_tls } if reply.code / 100 == 5 => {
                Then::Say(Opening::Helo { in_tls }, Say::plain(format!("HELO {}", config.name), "smtp.helo"))
            }
            Opening::Helo { in_tls } if good => after_hello(Offers { in_tls, ..Offers::default() }, config),
            Opening::StartTls(_) if good => Then::Handshake,
            Opening::StartTls(offers) if config.tls == TlsPolicy::IfOffered => login(offers, config),
            Opening::AuthEnd(offers) if good => Then::Ready(offers),
            Opening::LoginName(offers) if reply.code == 334 => match &config.login {
                Some(Login { user, .. }) => {
                    Then::Say(Opening::LoginSecret(offers), Say::secret(sasl::encode(user.as_bytes()), trace::REDACTED))
                }
                None => Then::Failed(Fate::refused(at, reply)),
            },
            Opening::LoginSecret(offers) if reply.code == 334 => match &config.login {
                Some(Login { secret, .. }) => {
                    Then::Say(Opening::AuthEnd(offers), Say::secret(sasl::encode(secret.reveal()), trace::REDACTED))
                }
                None => Then::Failed(Fate::refused(at, reply)),
            },
            _ => Then::Failed(Fate::refused(at, reply)),
        }
    }
}

fn after_hello(offers: Offers, config: &Config) -> Then {
    if offers.in_tls || config.tls == TlsPolicy::Never {
        return login(offers, config);
    }
    if offers.starttls {
        return Then::Say(Opening::StartTls(offers), Say::plain("STARTTLS", "smtp.starttls"));
    }
    if config.tls == TlsPolicy::Required {
        let reply = Reply::new(450, (4, 7, 10), "TLS is required, and the other host does not offer it");
        return Then::Failed(Fate::ours("tls", reply));
    }
    login(offers, config)
}

fn login(offers: Offers, config: &Config) -> Then {
    let Some(Login { user, secret }) = &config.login else {
        return Then::Ready(offers);
    };
    if !offers.in_tls {
        let reply = Reply::new(454, (4, 7, 11), "the login is not said without TLS");
        return Then::Failed(Fate::ours("auth", reply));
    }
    if offers.auth_plain {
        let line = format!("AUTH PLAIN {}", sasl::encode(&sasl::plain_message(user, secret)));
        let shown = Some(format!("AUTH PLAIN {}", trace::REDACTED));
        return Then::Say(Opening::AuthEnd(offers), Say { line, shown, explain: "smtp.auth" });
    }
    if offers.auth_login {
        return Then::Say(Opening::LoginName(offers), Say::plain("AUTH LOGIN", "smtp.auth"));
    }
    let reply = Reply::new(454, (4, 7, 0), "the other host offers no login that is spoken here");
    Then::Failed(Fate::ours("auth", reply))
}

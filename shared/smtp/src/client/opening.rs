//! From the greeting to readiness: EHLO, HELO for those who know no other, STARTTLS, AUTH. Each
//! state says what the next reply means.

use super::config::{Config, TlsPolicy};
use super::words::{Fate, Offers};
use crate::trace;
use mail::Reply;
use sasl::client::{Exchange, Identity};

/// What is known of the connection while it opens.
pub(super) struct Known<'a> {
    pub config: &'a Config,
    pub in_tls: bool,
    pub verified: bool,
    /// Who signs in, where somebody does.
    pub identity: Option<&'a Identity>,
}

/// Waiting for a reply of the opening.
#[derive(Debug)]
pub(super) enum Opening {
    /// For the 220.
    Greeting,
    /// To EHLO.
    Ehlo,
    /// To HELO.
    Helo,
    /// To STARTTLS.
    StartTls(Offers),
    /// To AUTH, or to a response.
    Auth(Offers, Box<Exchange>),
    /// To the `*` that gives an exchange up.
    Cancelled,
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
        Say {
            line: line.into(),
            shown: None,
            explain,
        }
    }
}

/// EHLO, at the start and again in TLS (RFC 3207 §4.2).
pub(super) fn ehlo(config: &Config) -> (Opening, Say) {
    (
        Opening::Ehlo,
        Say::plain(format!("EHLO {}", config.name), "smtp.ehlo"),
    )
}

impl Opening {
    /// What the state is called in a [`Fate`].
    pub(super) fn at(&self) -> &'static str {
        match self {
            Opening::Greeting => "greeting",
            Opening::Ehlo | Opening::Helo => "hello",
            Opening::StartTls(_) => "tls",
            Opening::Auth(..) | Opening::Cancelled => "auth",
        }
    }

    /// The reply that was waited for. 421 never comes here.
    pub(super) fn replied(self, reply: Reply, known: &Known<'_>) -> Then {
        let at = self.at();
        let good = reply.code / 100 == 2;
        let Known {
            config,
            in_tls,
            verified,
            ..
        } = *known;
        match self {
            Opening::Greeting if good => {
                let (opening, say) = ehlo(config);
                Then::Say(opening, say)
            }
            Opening::Ehlo if good => after_hello(Offers::read(&reply, in_tls, verified), known),
            // RFC 5321 §3.2: a host that does not know EHLO is asked in the older way.
            Opening::Ehlo if reply.code / 100 == 5 => Then::Say(
                Opening::Helo,
                Say::plain(format!("HELO {}", config.name), "smtp.helo"),
            ),
            Opening::Helo if good => after_hello(
                Offers {
                    in_tls,
                    verified,
                    ..Offers::default()
                },
                known,
            ),
            Opening::StartTls(_) if good => Then::Handshake,
            Opening::StartTls(offers) if config.tls == TlsPolicy::IfOffered => login(offers, known),
            Opening::Auth(offers, exchange) if good && exchange.may_succeed() => {
                Then::Ready(offers)
            }
            Opening::Auth(..) if good => Then::Failed(impostor()),
            Opening::Auth(offers, exchange) if reply.code == 334 => {
                challenged(offers, *exchange, &reply, known)
            }
            Opening::Cancelled => Then::Failed(impostor()),
            _ => Then::Failed(Fate::refused(at, reply)),
        }
    }
}

fn after_hello(offers: Offers, known: &Known<'_>) -> Then {
    let config = known.config;
    if offers.in_tls || config.tls == TlsPolicy::Never {
        return login(offers, known);
    }
    if offers.starttls {
        return Then::Say(
            Opening::StartTls(offers),
            Say::plain("STARTTLS", "smtp.starttls"),
        );
    }
    if config.tls == TlsPolicy::Required {
        let reply = Reply::new(
            450,
            (4, 7, 10),
            "TLS is required, and the other host does not offer it",
        );
        return Then::Failed(Fate::ours("tls", reply));
    }
    login(offers, known)
}

fn login(offers: Offers, known: &Known<'_>) -> Then {
    let Some(identity) = known.identity else {
        return Then::Ready(offers);
    };
    if !offers.in_tls {
        let reply = Reply::new(454, (4, 7, 11), "the login is not said without TLS");
        return Then::Failed(Fate::ours("auth", reply));
    }
    let Some(mechanism) = sasl::client::best(offers.auth, identity) else {
        let reply = Reply::new(
            454,
            (4, 7, 0),
            "the other host offers no login that is spoken here",
        );
        return Then::Failed(Fate::ours("auth", reply));
    };
    let (exchange, initial) = Exchange::begin(mechanism, identity);
    let say = match initial {
        Some(initial) => {
            let line = format!("AUTH {mechanism} {}", sasl::encode(&initial));
            Say {
                line,
                shown: Some(format!("AUTH {mechanism} {}", trace::REDACTED)),
                explain: "smtp.auth",
            }
        }
        None => Say::plain(format!("AUTH {mechanism}"), "smtp.auth"),
    };
    Then::Say(Opening::Auth(offers, Box::new(exchange)), say)
}

// 334: the challenge in base64 (RFC 4954 §4).
fn challenged(offers: Offers, exchange: Exchange, reply: &Reply, known: &Known<'_>) -> Then {
    let challenge = reply
        .lines
        .first()
        .and_then(|line| sasl::decode(line.trim()));
    let answered = challenge
        .zip(known.identity)
        .and_then(|(challenge, who)| exchange.challenge(&challenge, who));
    match answered {
        Some((next, response)) => {
            let say = Say {
                line: sasl::encode(&response),
                shown: Some(trace::REDACTED.to_owned()),
                explain: "smtp.auth.response",
            };
            Then::Say(Opening::Auth(offers, Box::new(next)), say)
        }
        None => Then::Say(Opening::Cancelled, Say::plain("*", "smtp.auth.response")),
    }
}

fn impostor() -> Fate {
    Fate::ours(
        "auth",
        Reply::new(
            454,
            (4, 7, 0),
            "the other host could not prove that it knows the password",
        ),
    )
}

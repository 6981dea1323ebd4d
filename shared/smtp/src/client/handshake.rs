//! Opens the session: greeting, EHLO or HELO, STARTTLS, AUTH. Each state interprets the next reply.

use super::config::{Config, TlsPolicy};
use super::interface::{Capabilities, LocalFailure, Phase, RecipientResult};
use crate::trace;
use mail::Reply;
use sasl::client::{Exchange, Identity};

/// The connection while its session opens.
pub(super) struct OpeningContext<'a> {
    pub config: &'a Config,
    pub in_tls: bool,
    pub verified: bool,
    /// The login, where one is configured.
    pub identity: Option<&'a Identity>,
}

/// The reply that is awaited.
#[derive(Debug)]
pub(super) enum Opening {
    /// The 220.
    Greeting,
    /// To EHLO.
    Ehlo,
    /// To HELO.
    Helo,
    /// To STARTTLS.
    StartTls(Capabilities),
    /// To AUTH, or to a response.
    Auth(Capabilities, Box<Exchange>),
    /// To the `*` that cancels an exchange.
    Cancelled,
}

/// A line to send.
#[derive(Debug)]
pub(super) struct Command {
    pub line: String,
    /// What the journey shows, where that is less.
    pub shown: Option<String>,
    pub explain: &'static str,
}

/// The step that a reply leads to.
#[derive(Debug)]
pub(super) enum OpeningStep {
    Send(Opening, Command),
    Handshake,
    Ready(Capabilities),
    Failed(RecipientResult),
}

impl Command {
    fn plain(line: impl Into<String>, explain: &'static str) -> Command {
        Command {
            line: line.into(),
            shown: None,
            explain,
        }
    }
}

/// EHLO, at the start and again in TLS (RFC 3207 §4.2).
pub(super) fn ehlo(config: &Config) -> (Opening, Command) {
    (
        Opening::Ehlo,
        Command::plain(format!("EHLO {}", config.name), "smtp.ehlo"),
    )
}

impl Opening {
    /// The phase in a [`RecipientResult`].
    pub(super) fn phase(&self) -> Phase {
        match self {
            Opening::Greeting => Phase::Greeting,
            Opening::Ehlo | Opening::Helo => Phase::Hello,
            Opening::StartTls(_) => Phase::Tls,
            Opening::Auth(..) | Opening::Cancelled => Phase::Auth,
        }
    }

    /// Interprets the awaited reply. 421 is handled before.
    pub(super) fn replied(self, reply: Reply, context: &OpeningContext<'_>) -> OpeningStep {
        let phase = self.phase();
        let good = reply.code / 100 == 2;
        let OpeningContext {
            config,
            in_tls,
            verified,
            ..
        } = *context;
        match self {
            Opening::Greeting if good => {
                let (opening, command) = ehlo(config);
                OpeningStep::Send(opening, command)
            }
            Opening::Ehlo if good => {
                after_hello(Capabilities::read(&reply, in_tls, verified), context)
            }
            // RFC 5321 §3.2: a host that does not know EHLO is greeted with HELO.
            Opening::Ehlo if reply.code / 100 == 5 => OpeningStep::Send(
                Opening::Helo,
                Command::plain(format!("HELO {}", config.name), "smtp.helo"),
            ),
            Opening::Helo if good => after_hello(
                Capabilities {
                    in_tls,
                    verified,
                    ..Capabilities::default()
                },
                context,
            ),
            Opening::StartTls(_) if good => OpeningStep::Handshake,
            Opening::StartTls(capabilities) if config.tls == TlsPolicy::IfOffered => {
                login(capabilities, context)
            }
            Opening::Auth(capabilities, exchange) if good && exchange.may_succeed() => {
                OpeningStep::Ready(capabilities)
            }
            Opening::Auth(..) if good => OpeningStep::Failed(server_not_proven()),
            Opening::Auth(capabilities, exchange) if reply.code == 334 => {
                challenged(capabilities, *exchange, &reply, context)
            }
            Opening::Cancelled => OpeningStep::Failed(server_not_proven()),
            _ => OpeningStep::Failed(RecipientResult::rejected(phase, reply)),
        }
    }
}

fn after_hello(capabilities: Capabilities, context: &OpeningContext<'_>) -> OpeningStep {
    let config = context.config;
    if capabilities.in_tls || config.tls == TlsPolicy::Never {
        return login(capabilities, context);
    }
    if capabilities.starttls {
        return OpeningStep::Send(
            Opening::StartTls(capabilities),
            Command::plain("STARTTLS", "smtp.starttls"),
        );
    }
    if config.tls == TlsPolicy::Required {
        let failure = LocalFailure::StartTlsMissing;
        return OpeningStep::Failed(RecipientResult::local(Phase::Tls, failure));
    }
    login(capabilities, context)
}

fn login(capabilities: Capabilities, context: &OpeningContext<'_>) -> OpeningStep {
    let Some(identity) = context.identity else {
        return OpeningStep::Ready(capabilities);
    };
    if !capabilities.in_tls {
        return OpeningStep::Failed(login_failed(LocalFailure::LoginWithoutTls));
    }
    let Some(mechanism) = sasl::client::best(capabilities.auth, identity) else {
        return OpeningStep::Failed(login_failed(LocalFailure::NoLoginMechanism));
    };
    let (exchange, initial) = Exchange::begin(mechanism, identity);
    let command = match initial {
        Some(initial) => {
            let line = format!("AUTH {mechanism} {}", sasl::encode(&initial));
            Command {
                line,
                shown: Some(format!("AUTH {mechanism} {}", trace::REDACTED)),
                explain: "smtp.auth",
            }
        }
        None => Command::plain(format!("AUTH {mechanism}"), "smtp.auth"),
    };
    OpeningStep::Send(Opening::Auth(capabilities, Box::new(exchange)), command)
}

// 334: the challenge in base64 (RFC 4954 §4).
fn challenged(
    capabilities: Capabilities,
    exchange: Exchange,
    reply: &Reply,
    context: &OpeningContext<'_>,
) -> OpeningStep {
    let challenge = reply
        .lines
        .first()
        .and_then(|line| sasl::decode(line.trim()));
    let answered = challenge
        .zip(context.identity)
        .and_then(|(challenge, who)| exchange.challenge(&challenge, who));
    match answered {
        Some((next, response)) => {
            let command = Command {
                line: sasl::encode(&response),
                shown: Some(trace::REDACTED.to_owned()),
                explain: "smtp.auth.response",
            };
            OpeningStep::Send(Opening::Auth(capabilities, Box::new(next)), command)
        }
        None => OpeningStep::Send(
            Opening::Cancelled,
            Command::plain("*", "smtp.auth.response"),
        ),
    }
}

fn server_not_proven() -> RecipientResult {
    login_failed(LocalFailure::ServerNotAuthenticated)
}

fn login_failed(failure: LocalFailure) -> RecipientResult {
    RecipientResult::local(Phase::Auth, failure)
}

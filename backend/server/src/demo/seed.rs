//! The demonstration's first messages: brought over loopback by our own SMTP client, as anybody
//! would bring them.

mod messages;

use crate::demo::DOMAIN;
use crate::serve::Running;
use mail::session::{Line, TlsInfo};
use mail::{Address, BodyKind, Duration, Host, Path, Recipient, Secret};
use messages::{MESSAGES, Seed};
use smtp::client::{Answer, Ask, Client, Config, Fate, Login, Notice, OutgoingMessage, TlsPolicy};
use std::sync::Arc;
use world::{Decide, End, Side, TlsCheck, drive};

/// Brings all messages; each is durable when this returns.
///
/// # Errors
/// With the message that was refused.
pub(crate) async fn bring_messages(
    running: &Running,
    people: &[(String, String)],
) -> Result<(), String> {
    for seed in MESSAGES {
        bring(running, people, seed)
            .await
            .map_err(|e| format!("the message {}: {e}", seed.name))?;
        // Seconds apart would be nicer still, but nobody wants to wait: the order is what counts.
        running.world().sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn bring(running: &Running, people: &[(String, String)], seed: &Seed) -> Result<(), String> {
    let world = running.world();
    let from: Address = seed.from.parse().map_err(|e| format!("{e}"))?;
    let user = people
        .iter()
        .find(|(name, _)| seed.from == format!("{name}@{DOMAIN}"));
    let (service, name) = if user.is_some() {
        ("submission", "laptop.glasspost.test")
    } else {
        ("smtp", seed.helo)
    };
    let address = running.address(service).ok_or("nothing listens for it")?;
    let mut config = Config::new(Host::new(name).map_err(|e| e.to_string())?);
    config.tls = if user.is_some() {
        TlsPolicy::Required
    } else {
        TlsPolicy::IfOffered
    };
    config.login = user.map(|(_, password)| Login {
        user: seed.from.to_owned(),
        secret: Secret::new(password.as_str()),
    });
    let date = world.now() - Duration::from_secs(seed.hours_ago * 3600);
    let text = seed.text.replace("{date}", &date.rfc5322());
    let body = text
        .replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into_bytes();
    let recipients: Result<Vec<Address>, _> = seed.to.iter().map(|a| a.parse()).collect();
    let recipients = recipients
        .map_err(|e| format!("{e}"))?
        .into_iter()
        .map(Recipient::new)
        .collect();
    let kind = if body.is_ascii() {
        BodyKind::SevenBit
    } else {
        BodyKind::EightBit
    };
    let message = OutgoingMessage {
        bytes: Some(body.len() as u64),
        body: kind,
        ..OutgoingMessage::new(Path::Address(from), recipients)
    };
    let connection = world
        .network
        .connect(address)
        .await
        .map_err(|e| e.to_string())?;
    let mut role = Bringing {
        message: Some(message),
        body: Some(body),
        refused: None,
    };
    let mut session = Client::new(Arc::new(config), false);
    let side = Side::Client("localhost".to_owned(), TlsCheck::Opportunistic);
    if let End::Lost(e) = drive(world, connection, &mut session, &mut role, side).await {
        return Err(e.to_string());
    }
    role.refused.map_or(Ok(()), Err)
}

struct Bringing {
    message: Option<OutgoingMessage>,
    body: Option<Vec<u8>>,
    refused: Option<String>,
}

impl Bringing {
    fn note(&mut self, fate: &Fate) {
        if !fate.reply.is_positive() {
            self.refused = Some(fate.reply.to_string());
        }
    }
}

impl Decide<Client> for Bringing {
    async fn decide(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::TlsStarted(TlsInfo { .. }) => Answer::Go,
            Ask::Next(_) => self.message.take().map_or(Answer::Quit, Answer::Message),
            Ask::Body => self.body.take().map_or(Answer::BodyEnd, Answer::Body),
            Ask::Outcome(fates) => {
                fates.iter().for_each(|fate| self.note(fate));
                Answer::Go
            }
            Ask::Failed(fate) => {
                self.note(&fate);
                Answer::Go
            }
        }
    }

    async fn notice(&mut self) -> Notice {
        std::future::pending().await
    }

    fn saw(&mut self, line: Line) {
        tracing::debug!(speaker = ?line.speaker, text = line.text, "bringing a message");
    }
}

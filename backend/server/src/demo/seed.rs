//! Sends the sample messages of the demonstration over loopback with the project's own SMTP client.

mod messages;

use crate::demo::DOMAIN;
use crate::serve::RunningHost;
use mail::session::{Line, TlsInfo};
use mail::{Address, BodyKind, Duration, Host, Path, Recipient, Secret};
use messages::{MESSAGES, Seed};
use smtp::client::{
    Client, Config, Decision, Login, Notice, OutgoingMessage, Query, RecipientResult, TlsPolicy,
};
use std::sync::Arc;
use world::{Decide, End, Side, TlsCheck, drive};

/// Sends all sample messages; each is accepted and durable when this returns.
///
/// # Errors
/// Names the message that was rejected.
pub(crate) async fn send_messages(
    running: &RunningHost,
    accounts: &[(String, String)],
) -> Result<(), String> {
    for seed in MESSAGES {
        send(running, accounts, seed)
            .await
            .map_err(|e| format!("sample message {}: {e}", seed.name))?;
        // Keeps the messages in order.
        running.world().sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn send(
    running: &RunningHost,
    accounts: &[(String, String)],
    seed: &Seed,
) -> Result<(), String> {
    let world = running.world();
    let from: Address = seed.from.parse().map_err(|e| format!("{e}"))?;
    let user = accounts
        .iter()
        .find(|(name, _)| seed.from == format!("{name}@{DOMAIN}"));
    let (service, name) = if user.is_some() {
        ("submission", "laptop.glasspost.test")
    } else {
        ("smtp", seed.helo)
    };
    let address = running
        .address(service)
        .ok_or_else(|| format!("{service} is not enabled"))?;
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
    let mut role = Sender {
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

struct Sender {
    message: Option<OutgoingMessage>,
    body: Option<Vec<u8>>,
    refused: Option<String>,
}

impl Sender {
    fn note(&mut self, fate: &RecipientResult) {
        if !fate.reply.is_positive() {
            self.refused = Some(fate.reply.to_string());
        }
    }
}

impl Decide<Client> for Sender {
    async fn decide(&mut self, ask: Query) -> Decision {
        match ask {
            Query::TlsStarted(TlsInfo { .. }) => Decision::Go,
            Query::Next(_) => self
                .message
                .take()
                .map_or(Decision::Quit, Decision::Message),
            Query::Body => self.body.take().map_or(Decision::BodyEnd, Decision::Body),
            Query::Results(fates) => {
                fates.iter().for_each(|fate| self.note(fate));
                Decision::Go
            }
            Query::Failed(fate) => {
                self.note(&fate);
                Decision::Go
            }
        }
    }

    async fn notice(&mut self) -> Notice {
        std::future::pending().await
    }

    fn trace(&mut self, line: Line) {
        tracing::debug!(speaker = ?line.speaker, text = line.text, "sending a sample message");
    }
}

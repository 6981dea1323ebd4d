//! A client that connects to port 25 of a host without authentication or TLS.

use crate::submission_client::{Person, Submitted};
use mail::session::Session;
use mail::{Address, BodyKind, Host, Path, Recipient, Reply};
use smtp::client::{Client, Config, OutgoingMessage, TlsPolicy};
use std::net::SocketAddr;
use std::sync::Arc;
use world::{End, Side, TlsCheck, World, drive};

/// Sends one message to port 25 of `to`, an IP address, and returns the last reply.
pub async fn send_unauthenticated(
    world: World,
    to: &str,
    hello: &str,
    sender: &str,
    recipient: &str,
    message: String,
) -> Reply {
    let to = SocketAddr::new(to.parse().expect("an address"), 25);
    let lost = || Reply::new(451, (4, 4, 2), "the connection was lost");
    let Ok(connection) = world.network.connect(to).await else {
        return lost();
    };
    let name = Host::Domain(hello.parse().expect("a domain"));
    let mut session = Client::new(
        Arc::new(Config {
            tls: TlsPolicy::Never,
            login: None,
            ..Config::new(name)
        }),
        false,
    );
    let from = sender.parse::<Address>().map_or(Path::Null, Path::Address);
    let recipients = vec![Recipient::new(recipient.parse().expect("an address"))];
    let envelope = OutgoingMessage {
        bytes: Some(message.len() as u64),
        body: BodyKind::SevenBit,
        ..OutgoingMessage::new(from, recipients)
    };
    let mut person = Person {
        envelope: Some(envelope),
        body: Some(message.into_bytes()),
        fates: Vec::new(),
    };
    let side = Side::Client("mx.b.test".into(), TlsCheck::Opportunistic);
    if let End::Lost(_) = drive(&world, connection, &mut session, &mut person, side).await {
        session.closed(world.now());
    }
    let Submitted(mut replies) = Submitted(person.fates.into_iter().map(|f| f.reply).collect());
    replies.pop().unwrap_or_else(lost)
}

//! The actions of users in a scenario: submitting a message with a mail program, or typing a
//! dialogue.
//!
//! Failures: a connection that cannot be opened becomes an event; a mail program whose message is
//! rejected gives up, as the server's events show.

use super::script_recorder;
use crate::script::{Act, perform};
use mail::session::Session;
use mail::{Address, BodyKind, Host, Path, Recipient, Secret, Service};
use smtp::client::{Client, Config, Decision, Login, OutgoingMessage, Query, TlsPolicy};
use std::net::SocketAddr;
use std::sync::Arc;
use world::{Connection, Decide, End, Side, TlsCheck, World, drive};

/// A message for a mail program to submit.
pub(super) struct Submission {
    pub server_name: String,
    pub server: SocketAddr,
    pub client_name: String,
    /// Whether the program uses SCRAM; otherwise it uses the simplest mechanism, which is easiest
    /// to read in the dialogue.
    pub scram: bool,
    pub login: Option<(String, String)>,
    pub sender: String,
    pub recipients: Vec<String>,
    pub message: String,
}

// Size of the SCRAM nonce in bytes.
const SCRAM_NONCE_BYTES: usize = 24;

/// Submits a message. The server's events show the result.
pub(super) async fn submit(world: World, submission: Submission) {
    let Some(mut connection) = open(
        &world,
        &submission.client_name,
        &submission.server_name,
        submission.server,
    )
    .await
    else {
        return;
    };
    // RFC 8314 §3.3: TLS from the first byte.
    if submission.server.port() == Service::Submissions.port() {
        match seal(&world, connection, &submission.server_name).await {
            Some(sealed) => connection = sealed,
            None => return,
        }
    }
    let in_tls = connection.tls.is_some();
    let Ok(name) = submission.client_name.parse() else {
        return;
    };
    let login = submission.login.map(|(user, password)| Login {
        user,
        secret: Secret::new(password.into_bytes()),
    });
    let tls = match (in_tls, &login) {
        (true, _) => TlsPolicy::Never,
        // A password is never sent in the clear.
        (false, Some(_)) => TlsPolicy::Required,
        (false, None) => TlsPolicy::IfOffered,
    };
    let mut session = Client::new(
        Arc::new(Config {
            tls,
            login,
            ..Config::new(Host::Domain(name))
        }),
        in_tls,
    );
    if submission.scram {
        let mut nonce = [0; SCRAM_NONCE_BYTES];
        world.rng.fill(&mut nonce);
        session = session.with_rng(nonce);
    }
    let recipients = submission
        .recipients
        .iter()
        .filter_map(|r| r.parse::<Address>().ok())
        .map(Recipient::new)
        .collect();
    let body = if submission.message.is_ascii() {
        BodyKind::SevenBit
    } else {
        BodyKind::EightBit
    };
    let sender = submission
        .sender
        .parse::<Address>()
        .map_or(Path::Null, Path::Address);
    let message = OutgoingMessage {
        bytes: Some(submission.message.len() as u64),
        body,
        ..OutgoingMessage::new(sender, recipients)
    };
    let mut program = Program {
        message: Some(message),
        body: Some(submission.message.into_bytes()),
    };
    let side = Side::Client(submission.server_name, TlsCheck::Required);
    if let End::Lost(_) = drive(&world, connection, &mut session, &mut program, side).await {
        session.closed(world.now());
    }
}

struct Program {
    message: Option<OutgoingMessage>,
    body: Option<Vec<u8>>,
}

impl Decide<Client> for Program {
    async fn decide(&mut self, ask: Query) -> Decision {
        match ask {
            Query::Next(_) => self
                .message
                .take()
                .map_or(Decision::Quit, Decision::Message),
            Query::Body => self.body.take().map_or(Decision::BodyEnd, Decision::Body),
            _ => Decision::Go,
        }
    }
}

/// Types a dialogue on a connection.
pub(super) async fn type_lines(
    world: World,
    on: String,
    server_name: String,
    at: SocketAddr,
    tls: bool,
    acts: Vec<Act>,
) {
    let Some(connection) = open(&world, &on, &server_name, at).await else {
        return;
    };
    let connection = if tls {
        seal(&world, connection, &server_name).await
    } else {
        Some(connection)
    };
    if let Some(connection) = connection {
        perform(&world, connection, &acts).await;
    }
}

// Only the client knows of a connection that cannot be opened, so the client records it.
async fn open(world: &World, on: &str, server_name: &str, at: SocketAddr) -> Option<Connection> {
    match world.network.connect(at).await {
        Ok(connection) => Some(connection),
        Err(why) => {
            script_recorder::unreachable(
                world,
                on,
                format!("{server_name} [{}]:{}", at.ip(), at.port()),
                &why,
            );
            None
        }
    }
}

async fn seal(world: &World, connection: Connection, server_name: &str) -> Option<Connection> {
    let Connection {
        stream,
        local,
        remote,
        ..
    } = connection;
    let (stream, tls) = world
        .tls
        .connect(stream, server_name, TlsCheck::Required)
        .await
        .ok()?;
    Some(Connection {
        stream,
        local,
        remote,
        tls: Some(tls),
    })
}

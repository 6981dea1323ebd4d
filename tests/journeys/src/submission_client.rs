//! A user's mail program that submits mail: an SMTP client session with authentication, in modelled
//! TLS.

use mail::session::Session;
use mail::{Address, BodyKind, Host, Path, Recipient, Reply, Secret};
use node::Service;
use smtp::client::{
    Client, Config, Decision, Login, OutgoingMessage, Query, RecipientResult, TlsPolicy,
};
use std::net::SocketAddr;
use std::sync::Arc;
use world::{Connection, Decide, End, Side, TlsCheck, World, drive};

/// The result of a submission: the last reply for each recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted(pub Vec<Reply>);

impl Submitted {
    /// Whether every recipient was accepted.
    pub fn all_accepted(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(Reply::is_positive)
    }
}

/// Signs in and submits a message; an empty `sender` is the null reverse-path. Uses port 587 with
/// STARTTLS, or port 465.
pub async fn submit(
    world: World,
    service: Service,
    login: &str,
    sender: &str,
    recipients: &[&str],
    message: String,
) -> Submitted {
    let server: SocketAddr = "192.0.2.25:0".parse().expect("an address");
    let at = SocketAddr::new(server.ip(), service.port());
    let lost = |why: &str| {
        Submitted(vec![
            Reply::new(451, (4, 4, 2), why.to_owned());
            recipients.len()
        ])
    };
    let Ok(mut connection) = world.network.connect(at).await else {
        return lost("no connection");
    };
    if service.implicit_tls() {
        let Connection {
            stream,
            local,
            remote,
            ..
        } = connection;
        let Ok((stream, tls)) = world
            .tls
            .connect(stream, "mx.a.test", TlsCheck::Required)
            .await
        else {
            return lost("no handshake");
        };
        connection = Connection {
            stream,
            local,
            remote,
            tls: Some(tls),
        };
    }
    let in_tls = connection.tls.is_some();
    let tls = if in_tls {
        TlsPolicy::Never
    } else {
        TlsPolicy::Required
    };
    let login = Some(Login {
        user: login.to_owned(),
        secret: Secret::new(crate::PASSWORD),
    });
    let name = Host::Domain("laptop.a.test".parse().expect("a domain"));
    let mut session = Client::new(
        Arc::new(Config {
            tls,
            login,
            ..Config::new(name)
        }),
        in_tls,
    );
    let to = recipients
        .iter()
        .map(|r| Recipient::new(r.parse().expect("an address")))
        .collect();
    let from = sender.parse::<Address>().map_or(Path::Null, Path::Address);
    let body = if message.is_ascii() {
        BodyKind::SevenBit
    } else {
        BodyKind::EightBit
    };
    let envelope = OutgoingMessage {
        bytes: Some(message.len() as u64),
        body,
        ..OutgoingMessage::new(from, to)
    };
    let mut person = Person {
        envelope: Some(envelope),
        body: Some(message.into_bytes()),
        fates: Vec::new(),
    };
    let side = Side::Client("mx.a.test".into(), TlsCheck::Required);
    if let End::Lost(_) = drive(&world, connection, &mut session, &mut person, side).await {
        session.closed(world.now());
    }
    match person.fates.len() {
        0 => lost("the connection was lost"),
        1 => Submitted(
            recipients
                .iter()
                .map(|_| person.fates[0].reply.clone())
                .collect(),
        ),
        _ => Submitted(person.fates.into_iter().map(|f| f.reply).collect()),
    }
}

pub(crate) struct Person {
    pub(crate) envelope: Option<OutgoingMessage>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) fates: Vec<RecipientResult>,
}

impl Decide<Client> for Person {
    async fn decide(&mut self, ask: Query) -> Decision {
        match ask {
            Query::TlsStarted(_) => Decision::Go,
            Query::Next(_) => self
                .envelope
                .take()
                .map_or(Decision::Quit, Decision::Message),
            Query::Body => self.body.take().map_or(Decision::BodyEnd, Decision::Body),
            Query::Results(fates) => {
                self.fates = fates;
                Decision::Go
            }
            Query::Failed(fate) => {
                self.fates = vec![fate];
                Decision::Go
            }
        }
    }
}

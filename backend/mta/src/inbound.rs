//! Inbound transfer: the role behind `smtp::server` on port 25, for mail from other hosts. A
//! recipient is looked up at RCPT; a message is durable, and delivered to its mailboxes, before its
//! 250.
//!
//! Failures: a domain of another host 550 5.7.1; an unknown mailbox 550 5.1.1; a full mailbox 452
//! 4.2.2, one with a too small quota 552 5.2.2; a loop 554 5.4.6; a full disk 452 4.3.1; a failing
//! store 451 4.3.0; rejections of the policy, see [`crate::policy`]. In each case nothing is
//! stored, and the other host notifies the sender.

mod recipient;
mod replies;
mod reports;
mod session;
mod verdict;

use crate::policy::{self, ClientScreening, InboundPolicy, PolicyEngine};
use crate::srs::Srs;
use event::{Party, Protocol, Recorder, Role, Sink};
use limits::RateLimiter;
use queue::Queue;
use queue::intake::SessionRecorder;
use session::InboundSession;
use smtp::server::Server;
use std::sync::{Arc, Mutex};
use store::{Account, Store};
use tokio::sync::watch;
use world::{Connection, End, Side, World, drive};

/// Configuration of inbound transfer.
#[derive(Clone)]
pub struct InboundConfig {
    /// Configuration of its sessions, of kind transfer; contains the host's name.
    pub smtp: Arc<smtp::server::Config>,
    /// Which clients are accepted.
    pub policy: InboundPolicy,
    /// Counts by the limits of the policy, together with the other users of the limiter.
    pub rates: RateLimiter,
    /// Which authentication methods are verified, and what follows.
    pub authentication: auth::Policies,
    /// Send DMARC aggregate reports (RFC 9990).
    pub dmarc_reports: bool,
    /// Accepts bounces to addresses that this host rewrote.
    pub srs: Option<Srs>,
}

impl InboundConfig {
    /// The default policy; no authentication, reports or address rewriting.
    pub fn new(smtp: Arc<smtp::server::Config>) -> InboundConfig {
        InboundConfig::with_policy(smtp, InboundPolicy::default())
    }

    /// As [`InboundConfig::new`], with a policy.
    pub fn with_policy(smtp: Arc<smtp::server::Config>, policy: InboundPolicy) -> InboundConfig {
        InboundConfig {
            smtp,
            rates: RateLimiter::new(policy.rates.clone()),
            policy,
            authentication: unverified(),
            dmarc_reports: false,
            srs: None,
        }
    }
}

/// Inbound transfer of one host. Clones share it.
#[derive(Clone)]
pub struct Inbound(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    queue: Queue,
    smtp: Arc<smtp::server::Config>,
    sink: Arc<dyn Sink>,
    policy: Arc<PolicyEngine>,
    authentication: auth::Policies,
    dmarc_reports: bool,
    tallies: Mutex<auth::report::Tallies>,
    srs: Option<Srs>,
}

impl Inbound {
    /// The role with its complete configuration.
    pub fn new(world: World, store: Store, queue: Queue, config: InboundConfig) -> Inbound {
        let InboundConfig {
            smtp,
            policy,
            rates,
            authentication,
            dmarc_reports,
            srs,
        } = config;
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        let host = smtp.host.clone();
        let policy = PolicyEngine::new(world.clone(), store.clone(), host, policy, rates);
        Inbound(Arc::new(Inner {
            world,
            store,
            queue,
            smtp,
            sink,
            policy,
            authentication,
            dmarc_reports,
            tallies: Mutex::default(),
            srs,
        }))
    }

    /// Serves one connection to its end. Ends in order when `shutdown` becomes true.
    pub async fn serve(&self, connection: Connection, shutdown: watch::Receiver<bool>) {
        self.serve_client(connection, shutdown, None).await;
    }

    /// Serves a user of this host in the Lab's console: the sender is one of the user's addresses
    /// or `<>`, and the address of the browser is not trusted.
    pub async fn serve_console(
        &self,
        connection: Connection,
        shutdown: watch::Receiver<bool>,
        user: Account,
    ) {
        self.serve_client(connection, shutdown, Some(user)).await;
    }

    async fn serve_client(
        &self,
        mut connection: Connection,
        shutdown: watch::Receiver<bool>,
        console_user: Option<Account>,
    ) {
        let world = &self.0.world;
        let begun = world.now();
        let mut recorder = self.recorder();
        let party = |address: std::net::SocketAddr, name: Option<String>| Party {
            role: Role::Mta,
            address: address.to_string(),
            name,
        };
        recorder.connected(
            Protocol::Smtp,
            party(connection.remote, None),
            party(connection.local, Some(self.0.smtp.host.to_string())),
            connection.tls.as_ref(),
        );
        let mut session = Server::new(self.0.smtp.clone(), connection.tls.is_some());
        let remote = connection.remote;
        let early = match self.0.policy.greet_pause(remote.ip()) {
            Some(pause) if connection.tls.is_none() => {
                policy::wait_before_greeting(world, &mut connection, pause).await
            }
            _ => None,
        };
        let policy = self.0.policy.clone();
        let screening = ClientScreening::new(policy, remote.ip(), connection.local.ip());
        let mut role = InboundSession::new(
            self.clone(),
            recorder,
            &connection,
            screening,
            early,
            shutdown,
        )
        .for_console_user(console_user);
        let end = drive(world, connection, &mut session, &mut role, Side::Server).await;
        if let End::Lost(error) = end {
            tracing::debug!(%remote, %error, "inbound connection lost");
        }
        role.closed(world.now().since(begun));
    }

    fn recorder(&self) -> SessionRecorder {
        let world = &self.0.world;
        let recorder = Recorder::new(
            self.0.smtp.host.to_string(),
            Role::Mta,
            world.span(),
            None,
            world.sequence.clone(),
            self.0.sink.clone(),
        );
        SessionRecorder::new(world.clone(), recorder)
    }
}

// Nothing is verified unless it is configured.
fn unverified() -> auth::Policies {
    use auth::Mode::Off;
    auth::Policies {
        spf: Off,
        dkim: Off,
        dmarc: Off,
        arc: Off,
        trusted_sealers: Vec::new(),
    }
}

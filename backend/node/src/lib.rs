//! One mail host: the roles with one world and one store. This is the only place where roles are
//! wired together; the server runs one node in the real world, the Lab runs many in virtual ones.
//!
//! # Failures
//! A connection over the limit is rejected in its protocol and closed; in a flood it is closed
//! without a reply. A failed TLS handshake is logged and the connection closed. A listener that
//! cannot accept (no file descriptors left) tries again after 100 ms.

mod connection_limits;
mod console;
mod service;

pub mod settings;
mod submission;

pub use mta::policy;
pub use service::Service;

/// Types of the configuration of delivery to other hosts.
pub mod outbound {
    pub use mta::srs::Srs;
    pub use mta::{OutboundConfig, Relay, RelayTls, TlsReports};
    pub use smtp::client::Login;
}

pub use msa::SenderIdentity;
pub use submission::SubmissionConfig;

/// Types of the configuration of authentication.
pub mod login {
    pub use login::Introspection;
    pub use sasl::{Mechanism, Mechanisms};
    pub use store::SCRAM_ITERATIONS_MIN;
}

/// Types of the configuration of rate limits.
pub mod rate {
    pub use limits::{Rate, RateLimits};
}

use ::login::Authenticator;
use connection_limits::{ConnectionLimits, ConnectionPermit};
use limits::{RateLimiter, RateMetric};
use mail::{Domain, Duration};
use mda::Mda;
use mra::imap::Imap;
use mra::pop3::Pop3;
use msa::Msa;
use mta::policy::InboundPolicy;
use mta::{Inbound, InboundConfig, Outbound, OutboundConfig};
use mua::Mua;
use queue::{Queue, Retry};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{JourneyWrites, Retention, Store};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use world::{Connection, HANDSHAKE_MAX, World};

/// Configuration of a host.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Host name, as MX records name it.
    pub host: Domain,
    /// Largest message, in bytes.
    pub message_bytes_max: u64,
    /// Most recipients of one message.
    pub recipients_max: u32,
    /// Most concurrent connections.
    pub connections_max: u32,
    /// Most concurrent connections from one address to one service.
    pub connections_per_address_max: u32,
    /// IMAP and POP3 accept passwords without TLS.
    pub plaintext_login: bool,
    /// Which clients may deliver mail on port 25, and the rate limits.
    pub inbound: InboundPolicy,
    /// Retry intervals of the queue.
    pub retry: Retry,
    /// Delivery to other hosts.
    pub outbound: OutboundConfig,
    /// How long journeys are kept.
    pub journeys: Retention,
    /// When events are written.
    pub journeys_written: JourneyWrites,
    /// Authentication of messages from other hosts: SPF, DKIM, DMARC, ARC.
    pub auth: auth::Policies,
    /// Send daily DMARC aggregate reports (RFC 9990).
    pub dmarc_reports: bool,
    /// How users submit messages.
    pub submission: SubmissionConfig,
    /// In a demonstration: addresses that the webmail suggests as recipients.
    pub demo_addresses: Vec<String>,
    /// Record passwords in journeys. Only for the Lab, whose accounts are fictitious; a server's
    /// configuration file cannot set it.
    pub shows_secrets: bool,
}

impl NodeConfig {
    /// The default configuration.
    pub fn new(host: Domain) -> NodeConfig {
        NodeConfig {
            outbound: OutboundConfig::new(host.clone()),
            host,
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 1000,
            connections_max: 20_000,
            connections_per_address_max: 200,
            plaintext_login: false,
            inbound: InboundPolicy::default(),
            retry: Retry::default(),
            journeys: Retention::default(),
            journeys_written: JourneyWrites::Deferred,
            auth: auth::Policies::default(),
            dmarc_reports: false,
            submission: SubmissionConfig::default(),
            demo_addresses: Vec::new(),
            shows_secrets: false,
        }
    }
}

// Time limit for writing a rejection and for closing the connection.
const REJECTION_WAIT_MAX: Duration = Duration::from_secs(5);

/// A mail host. Clones share it.
#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    queue: Queue,
    outbound: Outbound,
    inbound: Inbound,
    dmarc_reports: bool,
    msa: Msa,
    imap: Imap,
    imap_config: Arc<imap::Config>,
    pop3: Pop3,
    logins: Authenticator,
    mua: Mua,
    connections: Arc<ConnectionLimits>,
    rates: RateLimiter,
    closing: watch::Sender<bool>,
}

impl Node {
    /// Wires the roles of a host together. Nothing runs yet.
    pub fn new(world: World, store: Store, config: NodeConfig) -> Node {
        let host = config.host.to_string();
        store
            .journeys()
            .configure(config.journeys, config.journeys_written);
        let logins =
            Authenticator::with_tokens(store.clone(), world.clone(), config.submission.tokens());
        let mda = Arc::new(Mda::new(world.clone(), store.clone(), host.as_str()));
        let srs = config.outbound.srs.clone();
        let outbound = Outbound::new(world.clone(), store.clone(), config.outbound);
        let transports: Vec<Arc<dyn queue::Transport>> = vec![mda, Arc::new(outbound.clone())];
        let queue = Queue::new(
            world.clone(),
            store.clone(),
            host.as_str(),
            config.retry,
            transports,
        );
        let smtp = |kind| {
            let mut smtp = smtp::server::Config::new(kind, config.host.clone(), true);
            smtp.limits.message_bytes_max = config.message_bytes_max;
            smtp.limits.recipients_max = config.recipients_max;
            smtp.shows_secrets = config.shows_secrets;
            config.submission.apply(&mut smtp);
            Arc::new(smtp)
        };
        // Shared by transfer and submission: an address has one allowance.
        let rates = RateLimiter::new(config.inbound.rates.clone());
        let inbound_config = InboundConfig {
            smtp: smtp(smtp::server::Kind::Transfer),
            policy: config.inbound,
            rates: rates.clone(),
            authentication: config.auth.clone(),
            dmarc_reports: config.dmarc_reports,
            srs,
        };
        let inbound = Inbound::new(world.clone(), store.clone(), queue.clone(), inbound_config);
        let submission_config = msa::Config {
            smtp: smtp(smtp::server::Kind::Submission),
            authenticator: logins.clone(),
            rates: rates.clone(),
            trusted_networks: config.submission.networks.clone(),
            sender_identity: config.submission.sender_identity,
            local_recipients_only: false,
        };
        let msa = Msa::new(
            world.clone(),
            store.clone(),
            queue.clone(),
            submission_config,
        );
        let imap = Imap::new(world.clone(), store.clone(), logins.clone(), host.as_str())
            .showing_secrets(config.shows_secrets);
        let imap_config = Arc::new(imap::Config {
            host: host.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            starttls: true,
            plaintext_login: config.plaintext_login,
            append_bytes_max: config.message_bytes_max,
            trace: true,
        });
        let pop3 = Pop3::new(
            world.clone(),
            store.clone(),
            logins.clone(),
            &host,
            config.plaintext_login,
        )
        .showing_secrets(config.shows_secrets);
        let closing = watch::channel(false).0;
        let mua = Mua::new(mua::Config {
            world: world.clone(),
            store: store.clone(),
            msa: msa.clone(),
            logins: logins.clone(),
            host,
            message_bytes_max: config.message_bytes_max,
            demo_addresses: config.demo_addresses,
            shutdown: closing.subscribe(),
        });
        let connections =
            ConnectionLimits::new(config.connections_max, config.connections_per_address_max);
        Node(Arc::new(Inner {
            world,
            store,
            queue,
            outbound,
            inbound,
            dmarc_reports: config.dmarc_reports,
            msa,
            imap,
            imap_config,
            pop3,
            logins,
            mua,
            connections,
            rates,
            closing,
        }))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The world.
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// The queue.
    pub fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// The webmail's server half.
    pub fn mua(&self) -> &Mua {
        &self.0.mua
    }

    /// Becomes true when the host shuts down.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// Starts the background tasks: the queue, reports, and the writing and expiry of events.
    pub fn start(&self) {
        if self.0.dmarc_reports {
            let inbound = self.0.inbound.clone();
            self.0
                .world
                .tasks
                .spawn(Box::pin(async move { inbound.report().await }));
        }
        let queue = self.0.queue.clone();
        self.0
            .world
            .tasks
            .spawn(Box::pin(async move { queue.run().await }));
        let (outbound, queue) = (self.0.outbound.clone(), self.0.queue.clone());
        self.0
            .world
            .tasks
            .spawn(Box::pin(async move { outbound.run_reports(&queue).await }));
        let (journeys, world) = (self.0.store.journeys().clone(), self.0.world.clone());
        self.0
            .world
            .tasks
            .spawn(Box::pin(async move { journeys.run(&world).await }));
        let (journeys, world) = (self.0.store.journeys().clone(), self.0.world.clone());
        self.0
            .world
            .tasks
            .spawn(Box::pin(async move { journeys.run_expiry(&world).await }));
    }

    /// Listens on an address and serves each connection in a task of its own. Returns the bound
    /// address.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn listen(&self, service: Service, at: SocketAddr) -> io::Result<SocketAddr> {
        let mut listener = self.0.world.network.listen(at).await?;
        let bound = listener.local();
        let node = self.clone();
        let mut closing = self.closing();
        self.0.world.tasks.spawn(Box::pin(async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    _ = closing.wait_for(|closed| *closed) => return,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok(connection) => node.accept(service, connection),
                    Err(error) => {
                        tracing::warn!(service = service.name(), %error, "cannot accept a connection");
                        node.0.world.sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        }));
        Ok(bound)
    }

    fn accept(&self, service: Service, connection: Connection) {
        let permit = self.admit(service, &connection);
        let node = self.clone();
        self.0.world.tasks.spawn(match permit {
            Some(permit) => Box::pin(async move { node.serve(service, connection, permit).await }),
            None => match self.0.connections.reject() {
                Some(rejection) => Box::pin(async move {
                    node.reject(service, connection).await;
                    drop(rejection);
                }),
                None => return,
            },
        });
    }

    fn admit(&self, service: Service, connection: &Connection) -> Option<ConnectionPermit> {
        let address = connection.remote.ip();
        let over_rate = !service::limits_own_rate(service)
            && self
                .0
                .rates
                .acquire(RateMetric::Connections, address, 1, self.0.world.now())
                .is_err();
        if over_rate {
            None
        } else {
            self.0.connections.take(service, address)
        }
    }

    // With implicit TLS a reply would need a handshake, which is the very load to avoid.
    async fn reject(&self, service: Service, mut connection: Connection) {
        tracing::info!(service = service.name(), remote = %connection.remote, "too many connections");
        if !service.implicit_tls() {
            let reply = service::too_many_connections_reply(service);
            let written = connection.stream.write_all(reply);
            let _ = self.0.world.within(REJECTION_WAIT_MAX, written).await;
        }
        let _ = self
            .0
            .world
            .within(REJECTION_WAIT_MAX, connection.stream.shutdown())
            .await;
    }

    async fn serve(&self, service: Service, connection: Connection, _permit: ConnectionPermit) {
        let connection = if service.implicit_tls() {
            match self.handshake(service, connection).await {
                Some(connection) => connection,
                None => return,
            }
        } else {
            connection
        };
        let closing = self.closing();
        match service {
            Service::Smtp => self.0.inbound.serve(connection, closing).await,
            Service::Submission | Service::Submissions => {
                self.0.msa.serve(connection, closing).await;
            }
            Service::Imap | Service::Imaps => {
                self.0
                    .imap
                    .serve(connection, self.0.imap_config.clone(), closing)
                    .await;
            }
            Service::Pop3 | Service::Pop3s => self.0.pop3.serve(connection, closing).await,
        }
    }

    async fn handshake(&self, service: Service, connection: Connection) -> Option<Connection> {
        let Connection {
            stream,
            local,
            remote,
            ..
        } = connection;
        match self
            .0
            .world
            .within(HANDSHAKE_MAX, self.0.world.tls.accept(stream))
            .await
        {
            Some(Ok((stream, tls))) => Some(Connection {
                stream,
                local,
                remote,
                tls: Some(tls),
            }),
            Some(Err(error)) => {
                tracing::debug!(service = service.name(), %remote, %error, "TLS handshake failed");
                None
            }
            None => None,
        }
    }

    /// Shuts down: accepts no new connections, asks all sessions to end, waits for them at most
    /// `timeout`, then writes the remaining events.
    pub async fn close(&self, timeout: Duration) {
        self.0.closing.send_replace(true);
        let ended = async {
            self.0.queue.stop().await;
            self.0.connections.wait_until_idle().await;
        };
        if self.0.world.within(timeout, ended).await.is_none() {
            tracing::warn!("some sessions did not end in time");
        }
        if let Err(error) = self.0.store.journeys().flush().await {
            tracing::warn!(%error, "cannot write the last events");
        }
    }
}

//! One mail host: the roles over one world and one store. The only place where they are wired
//! together; the server runs one node in the real world, the Lab many in virtual ones.
//!
//! Failures: a connection too many hears so in its protocol's words and is closed, in a flood
//! without a word; a handshake that fails is logged and closed; a listener that cannot accept (no
//! file descriptors left) tries again after a moment.

mod connections;
mod console;
mod service;

pub mod settings;
mod submission;

pub use mta::door;
pub use service::Service;

/// What sending's configuration speaks of.
pub mod outbound {
    pub use mta::srs::Srs;
    pub use mta::{OutboundConfig, Relay, RelayTls, TlsReports};
    pub use smtp::client::Login;
}

pub use submission::SubmissionConfig;

/// What a login's configuration speaks of.
pub mod login {
    pub use login::Introspection;
    pub use sasl::{Mechanism, Mechanisms};
    pub use store::SCRAM_ITERATIONS_MIN;
}

/// How often who may do what, for whoever reads a configuration.
pub mod rate {
    pub use limits::{Rate, RateLimits};
    pub use store::GreylistTimes;
}

use ::login::Authenticator;
use connections::{Place, Places};
use limits::{RateLimiter, RateMetric};
use mail::{Domain, Duration};
use mda::Mda;
use mra::imap::Imap;
use mra::pop3::Pop3;
use msa::Msa;
use mta::door::InboundPolicy;
use mta::{Inbound, Outbound, OutboundConfig};
use mua::Mua;
use queue::{Queue, Retry};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Keeping, Store, Writing};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use world::{Connection, HANDSHAKE_MAX, World};

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Its name, as MX records have it.
    pub host: Domain,
    /// The largest message, in octets.
    pub message_bytes_max: u64,
    /// Recipients of one message.
    pub recipients_max: u32,
    /// Connections at once.
    pub connections_max: u32,
    /// Connections at once from one address to one service.
    pub connections_per_address_max: u32,
    /// IMAP and POP3 take passwords without TLS.
    pub plaintext_login: bool,
    /// Who may come in at port 25, and how often who may do what.
    pub door: InboundPolicy,
    /// How the queue waits.
    pub retry: Retry,
    /// How this host sends.
    pub outbound: OutboundConfig,
    /// For how long it remembers how messages came and went.
    pub journeys: Keeping,
    /// When the events of a write are written.
    pub journeys_written: Writing,
    /// What is verified of mail from other hosts, and what is done about it.
    pub auth: auth::Policies,
    /// Once a day the domains that want it are told what came in their name (RFC 9990).
    pub dmarc_reports: bool,
    /// How users prove who they are, and what they may.
    pub submission: SubmissionConfig,
    /// For a demonstration: addresses that the webmail offers to write to.
    pub demo_addresses: Vec<String>,
    /// Journeys show passwords: only for the Lab, whose people are made up. No configuration of a
    /// server can say so.
    pub shows_secrets: bool,
}

impl NodeConfig {
    /// The usual settings.
    pub fn new(host: Domain) -> NodeConfig {
        NodeConfig {
            outbound: OutboundConfig::new(host.clone()),
            host,
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 1000,
            connections_max: 20_000,
            connections_per_address_max: 200,
            plaintext_login: false,
            door: InboundPolicy::default(),
            retry: Retry::default(),
            journeys: Keeping::default(),
            journeys_written: Writing::Soon,
            auth: auth::Policies::default(),
            dmarc_reports: false,
            submission: SubmissionConfig::default(),
            demo_addresses: Vec::new(),
            shows_secrets: false,
        }
    }
}

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
    imap_speaks: Arc<imap::Config>,
    pop3: Pop3,
    logins: Authenticator,
    mua: Mua,
    places: Arc<Places>,
    rates: RateLimiter,
    closing: watch::Sender<bool>,
}

impl Node {
    /// Wires a host together. Nothing runs yet.
    pub fn new(world: World, store: Store, config: NodeConfig) -> Node {
        let host = config.host.to_string();
        store
            .journeys()
            .keep(config.journeys, config.journeys_written);
        let logins =
            Authenticator::with_tokens(store.clone(), world.clone(), config.submission.tokens());
        let mda = Arc::new(Mda::new(world.clone(), store.clone(), host.as_str()));
        let srs = config.outbound.srs.clone();
        let outbound = Outbound::new(world.clone(), store.clone(), config.outbound);
        let ways: Vec<Arc<dyn queue::Transport>> = vec![mda, Arc::new(outbound.clone())];
        let queue = Queue::new(
            world.clone(),
            store.clone(),
            host.as_str(),
            config.retry,
            ways,
        );
        let smtp = |kind| {
            let mut smtp = smtp::server::Config::new(kind, config.host.clone(), true);
            smtp.limits.message_bytes_max = config.message_bytes_max;
            smtp.limits.recipients_max = config.recipients_max;
            smtp.shows_secrets = config.shows_secrets;
            config.submission.apply(&mut smtp);
            Arc::new(smtp)
        };
        // Strangers and users are counted in one place: an address has one allowance.
        let rates = RateLimiter::new(config.door.rates.clone());
        let transfer = smtp(smtp::server::Kind::Transfer);
        let inbound = Inbound::guarded(
            world.clone(),
            store.clone(),
            queue.clone(),
            transfer,
            config.door,
            rates.clone(),
        )
        .judging(config.auth.clone(), config.dmarc_reports)
        .rewriting(srs);
        let submission = smtp(smtp::server::Kind::Submission);
        let msa = Msa::limited(
            world.clone(),
            store.clone(),
            logins.clone(),
            queue.clone(),
            submission,
            rates.clone(),
        )
        .trusting(config.submission.networks.clone());
        let imap = Imap::new(world.clone(), store.clone(), logins.clone(), host.as_str())
            .showing_secrets(config.shows_secrets);
        let imap_speaks = Arc::new(imap::Config {
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
        let places = Places::new(config.connections_max, config.connections_per_address_max);
        Node(Arc::new(Inner {
            world,
            store,
            queue,
            outbound,
            inbound,
            dmarc_reports: config.dmarc_reports,
            msa,
            imap,
            imap_speaks,
            pop3,
            logins,
            mua,
            places,
            rates,
            closing,
        }))
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Its world.
    pub fn world(&self) -> &World {
        &self.0.world
    }

    /// Its queue.
    pub fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// The webmail's server half.
    pub fn mua(&self) -> &Mua {
        &self.0.mua
    }

    /// Becomes true when the host stops.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.0.closing.subscribe()
    }

    /// Starts what runs beside the connections: the queue, and the writing of events.
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
        self.0.world.tasks.spawn(Box::pin(
            async move { journeys.run_forgetting(&world).await },
        ));
    }

    /// Listens, and serves each connection beside; answers where.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
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
                    Ok(connection) => node.take(service, connection),
                    Err(error) => {
                        tracing::warn!(service = service.name(), %error, "a connection could not be taken");
                        node.0.world.sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        }));
        Ok(bound)
    }

    fn take(&self, service: Service, connection: Connection) {
        let place = self.place(service, &connection);
        let node = self.clone();
        self.0.world.tasks.spawn(match place {
            Some(place) => Box::pin(async move { node.serve(service, connection, place).await }),
            None => match self.0.places.turn_away() {
                Some(turned_away) => Box::pin(async move {
                    node.turn_away(service, connection).await;
                    drop(turned_away);
                }),
                // A flood: nobody is left to say so.
                None => return,
            },
        });
    }

    fn place(&self, service: Service, connection: &Connection) -> Option<Place> {
        let address = connection.remote.ip();
        let often = !service::counts_itself(service)
            && self
                .0
                .rates
                .acquire(RateMetric::Connections, address, 1, self.0.world.now())
                .is_err();
        if often {
            None
        } else {
            self.0.places.take(service, address)
        }
    }

    // In TLS nobody can be told without a handshake, which is just the work that is too much now.
    async fn turn_away(&self, service: Service, mut connection: Connection) {
        tracing::info!(service = service.name(), remote = %connection.remote, "too many connections");
        if !service.implicit_tls() {
            let said = connection.stream.write_all(service::busy(service));
            let _ = self.0.world.within(Duration::from_secs(5), said).await;
        }
        let _ = self
            .0
            .world
            .within(Duration::from_secs(5), connection.stream.shutdown())
            .await;
    }

    async fn serve(&self, service: Service, connection: Connection, _place: Place) {
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
                self.0.msa.serve(connection, closing).await
            }
            Service::Imap | Service::Imaps => {
                self.0
                    .imap
                    .serve(connection, self.0.imap_speaks.clone(), closing)
                    .await
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
                tracing::debug!(service = service.name(), %remote, %error, "a handshake failed");
                None
            }
            None => None,
        }
    }

    /// Stops in order: no new connections, every conversation told, at most `patience` for their
    /// ends; then what was recorded is written.
    pub async fn close(&self, patience: Duration) {
        self.0.closing.send_replace(true);
        let ends = async {
            self.0.queue.stop().await;
            self.0.places.all_free().await;
        };
        if self.0.world.within(patience, ends).await.is_none() {
            tracing::warn!("some conversations did not end in time");
        }
        if let Err(error) = self.0.store.journeys().flush().await {
            tracing::warn!(%error, "the last events could not be written");
        }
    }
}

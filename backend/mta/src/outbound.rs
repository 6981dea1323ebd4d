//! The queue's way to foreign domains: asks DNS who takes the mail (RFC 5321 §5.1), calls those hosts in their order, speaks
//! `smtp::client`, and tells what became of each recipient. When to try again is the queue's.
//!
//! Failures, each for one recipient: no such domain 5.1.2, null MX 5.1.10, no host for the domain 5.4.4, the way leads back here 5.4.6:
//! never again. DNS fails 4.4.3, no host answers 4.4.1, the connection is lost 4.4.2: later. Else the other host's own reply.

mod route;

mod attempt;

mod sending;

use event::{Recorder, Role, Sink};
use mail::{Domain, Duration, Host, Reply, SpanId};
use queue::{Deliver, Job, Outcome};
use route::Route;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Fault, Store, Tx};
use world::{BoxFuture, World};

/// How this host sends.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// This host's name: what EHLO says, and what an MX must not be.
    pub host: Domain,
    /// The port of other hosts: 25, but for closed networks.
    pub port: u16,
    /// Where this host listens itself for mail: a way that leads there is a loop.
    pub own: Vec<SocketAddr>,
    /// How `smtp::client` speaks.
    pub smtp: smtp::client::Config,
    /// How long to wait for a connection.
    pub connect_max: Duration,
    /// Addresses called in one attempt.
    pub addresses_max: usize,
}

impl OutboundConfig {
    /// Port 25, TLS where it is offered, the timeouts of RFC 5321.
    pub fn new(host: Domain) -> OutboundConfig {
        let smtp = smtp::client::Config::new(Host::Domain(host.clone()));
        OutboundConfig { host, port: 25, own: Vec::new(), smtp, connect_max: Duration::from_secs(30), addresses_max: 8 }
    }
}

/// One host's way out. Clones share it.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    config: OutboundConfig,
    /// The same without STARTTLS, for hosts whose handshake fails (RFC 7435: opportunistic).
    sealed: Arc<smtp::client::Config>,
    plain: Arc<smtp::client::Config>,
    sink: Arc<dyn Sink>,
}

impl Outbound {
    /// The way out.
    pub fn new(world: World, store: Store, config: OutboundConfig) -> Outbound {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        let sealed = Arc::new(config.smtp.clone());
        let plain = Arc::new(smtp::client::Config { tls: smtp::client::TlsPolicy::Never, ..config.smtp.clone() });
        Outbound(Arc::new(Inner { world, store, config, sealed, plain, sink }))
    }

    // What is recorded goes to the letter's journey at once: whoever follows it sees the dialogue as it is spoken.
    fn recorder(&self, job: &Job<'_>, span: SpanId, parent: SpanId) -> Recorder {
        let host = self.0.config.host.to_string();
        let mut recorder = Recorder::new(host, Role::Mta, span, Some(parent), self.0.world.sequence.clone(), self.0.sink.clone());
        recorder.bind(job.journey);
        recorder
    }

    async fn send(&self, job: &Job<'_>) -> Vec<Outcome> {
        let mut recorder = self.recorder(job, job.span, job.parent);
        let Some(domain) = job.recipients.first().and_then(|r| r.address.domain()) else {
            return all(job, &Reply::new(550, (5, 1, 2), "the address has no domain"), false);
        };
        match self.route(domain, &mut recorder).await {
            Ok(route) => self.try_hosts(job, route, &mut recorder).await,
            Err(reply) => all(job, &reply, reply.code / 100 == 4),
        }
    }

    async fn try_hosts(&self, job: &Job<'_>, route: Route, recorder: &mut Recorder) -> Vec<Outcome> {
        let mut attempt = match attempt::Attempt::begin(self, job).await {
            Ok(attempt) => attempt,
            Err(fault) => return job.recipients.iter().map(|_| Outcome::fault(&fault)).collect(),
        };
        let mut called = 0;
        for name in &route.hosts {
            if attempt.is_over() {
                break;
            }
            let addresses = match self.addresses(name, recorder).await {
                Ok(addresses) => addresses,
                Err(reply) => {
                    attempt.unreachable(name.as_str(), reply);
                    continue;
                }
            };
            for address in addresses {
                if attempt.is_over() || called >= self.0.config.addresses_max {
                    return attempt.outcomes();
                }
                called += 1;
                attempt.call(name, SocketAddr::new(address, self.0.config.port)).await;
            }
        }
        attempt.outcomes()
    }
}

/// The same outcome for all.
fn all(job: &Job<'_>, reply: &Reply, again: bool) -> Vec<Outcome> {
    let one = || if again { Outcome::Deferred(reply.clone(), None) } else { Outcome::Failed(reply.clone(), None) };
    job.recipients.iter().map(|_| one()).collect()
}

impl Deliver for Outbound {
    fn takes<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move {
            match host {
                Host::Domain(domain) => Ok(!self.0.store.is_local(domain).await?),
                Host::Literal(_) => Ok(false),
            }
        })
    }

    fn at_once(&self) -> bool {
        false
    }

    fn deliver<'a>(&'a self, job: &'a Job<'a>, _tx: &'a mut Tx) -> BoxFuture<'a, Vec<Outcome>> {
        Box::pin(self.send(job))
    }
}

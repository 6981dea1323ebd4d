//! The queue's way to foreign domains: asks DNS who takes the mail (RFC 5321 §5.1), or takes the
//! fixed way of a relay; finds out what must be proven (DANE, MTA-STS); calls those hosts in their
//! order, speaks `smtp::client`, and tells what became of each recipient. Connections are used
//! again for further messages, and each destination has only so many. When to try again is the
//! queue's.
//!
//! Failures, each for one recipient: no such domain 5.1.2, null MX 5.1.10, no host for the domain
//! 5.4.4, the way leads back here 5.4.6, REQUIRETLS cannot be had 5.7.30: never again. DNS fails
//! 4.4.3, no host answers 4.4.1, the connection is lost 4.4.2, the host does not fit the policy or
//! TLS fails where it must not 4.7.5, 4.7.10: later. Else the other host's own reply.

mod sts;

mod relay;

mod lane;

mod route;

mod policy;

mod guard;

mod conversation;

mod attempt;

mod tally;

mod tls_report;

pub use lane::{JAM, PATIENCE};
pub use policy::FETCH_PAUSE;
pub use relay::{Relay, RelayTls};
pub use tls_report::TlsReports;

use crate::srs::Srs;
use attempt::{Attempt, Target, guard_of};
use event::{Recorder, Role, Sink, Verdict};
use guard::Guard;
use lane::{Lanes, Place};
use mail::{Domain, Duration, Host, Path, Reply, SpanId, Time};
use queue::{Job, Outcome, Transport};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use store::{Fault, Store, Tx};
use tally::{Session, Tallies};
use world::{BoxFuture, World};

/// How this host sends.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// This host's name: what EHLO says, and what an MX must not be.
    pub host: Domain,
    /// The port of other hosts: 25, but for closed networks.
    pub port: u16,
    /// Where policies are fetched: 443, but for closed networks.
    pub https_port: u16,
    /// Where this host listens itself for mail: a way that leads there is a loop.
    pub own: Vec<SocketAddr>,
    /// How `smtp::client` speaks.
    pub smtp: smtp::client::Config,
    /// How long to wait for a connection.
    pub connect_max: Duration,
    /// Addresses called in one attempt.
    pub addresses_max: usize,
    /// Fixed ways in place of MX.
    pub relays: Vec<Relay>,
    /// Connections to one destination at once.
    pub connections_per_destination_max: u32,
    /// Messages to one destination in a minute; none: as they come.
    pub messages_per_minute_max: Option<u32>,
    /// Messages on one connection.
    pub messages_per_connection_max: u32,
    /// Ask for MTA-STS policies and obey them.
    pub sts: bool,
    /// Use TLSA records from signed zones.
    pub dane: bool,
    /// Count for TLS reports and send them.
    pub tls_reports: Option<TlsReports>,
    /// Rewrites the senders of mail that is only passed on.
    pub srs: Option<Srs>,
}

impl OutboundConfig {
    /// Port 25, TLS where it is offered or demanded, the timeouts of RFC 5321.
    pub fn new(host: Domain) -> OutboundConfig {
        let mut smtp = smtp::client::Config::new(Host::Domain(host.clone()));
        smtp.timeouts.rest = CONNECTION_REST;
        OutboundConfig {
            host,
            port: 25,
            https_port: 443,
            own: Vec::new(),
            smtp,
            connect_max: Duration::from_secs(30),
            addresses_max: 8,
            relays: Vec::new(),
            connections_per_destination_max: 10,
            messages_per_minute_max: None,
            messages_per_connection_max: 100,
            sts: true,
            dane: true,
            tls_reports: None,
            srs: None,
        }
    }
}

// How long a connection waits for another message: long enough for a batch, short enough to be no
// burden.
const CONNECTION_REST: Duration = Duration::from_secs(3);

/// One host's way out. Clones share it.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    config: OutboundConfig,
    lanes: Lanes,
    /// When a policy could not be fetched.
    failed: Mutex<HashMap<Domain, Time>>,
    tallies: Tallies,
    sink: Arc<dyn Sink>,
}

impl Outbound {
    /// The way out.
    pub fn new(world: World, store: Store, config: OutboundConfig) -> Outbound {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        let lanes = Lanes::new(
            config.connections_per_destination_max,
            config.messages_per_minute_max,
        );
        Outbound(Arc::new(Inner {
            world,
            store,
            config,
            lanes,
            failed: Mutex::default(),
            tallies: Tallies::default(),
            sink,
        }))
    }

    // What is recorded goes to the message's journey at once: whoever follows it sees the dialogue
    // as it is spoken.
    fn recorder(&self, job: &Job<'_>, span: SpanId, parent: SpanId) -> Recorder {
        let host = self.0.config.host.to_string();
        let mut recorder = Recorder::new(
            host,
            Role::Mta,
            span,
            Some(parent),
            self.0.world.sequence.clone(),
            self.0.sink.clone(),
        );
        recorder.bind(job.journey);
        recorder
    }

    // RFC 5321 §3.9.2 and SRS: what somebody else sent and we only pass on bears our own domain, so
    // that SPF holds and bounces find home.
    async fn reverse_path(&self, job: &Job<'_>) -> Result<Path, Fault> {
        let (Some(sender), Some(srs)) = (&job.envelope.sender, &self.0.config.srs) else {
            return Ok(job.envelope.reverse_path());
        };
        let foreign = match sender.domain() {
            Some(domain) => !self.0.store.is_local(domain).await?,
            None => true,
        };
        let forwarded = foreign
            .then(|| srs.forward(sender, self.0.world.now()))
            .flatten();
        Ok(Path::Address(forwarded.unwrap_or_else(|| sender.clone())))
    }

    // Whether anybody is told of it.
    fn count(&self, domain: &Domain, session: &Session<'_>) -> bool {
        if self.0.config.tls_reports.is_some() {
            self.0.tallies.count(self.0.world.now(), domain, session);
        }
        self.0.config.tls_reports.is_some()
    }

    async fn send(&self, job: &Job<'_>) -> Vec<Outcome> {
        let mut recorder = self.recorder(job, job.span, job.parent);
        let Some(domain) = job.recipients.first().and_then(|r| r.address.domain()) else {
            let reply = Reply::new(550, (5, 1, 2), "the address has no domain");
            return job
                .recipients
                .iter()
                .map(|_| Outcome::Failed(reply.clone(), None))
                .collect();
        };
        let relay = relay::choose(&self.0.config.relays, domain);
        let destination =
            relay.map_or_else(|| domain.to_string(), |r| format!("{}:{}", r.host, r.port));
        let lane = self.0.lanes.lane(&destination);
        let mut attempt = match Attempt::begin(self, job, domain, lane.clone()).await {
            Ok(attempt) => attempt,
            Err(fault) => {
                return job
                    .recipients
                    .iter()
                    .map(|_| Outcome::fault(&fault))
                    .collect();
            }
        };
        let mut place = lane.enter(&self.0.world, attempt.is_alone()).await;
        if let Place::Resting(link) = place {
            attempt.over(link).await;
            if attempt.is_over() {
                return attempt.outcomes();
            }
            place = lane.enter(&self.0.world, true).await;
        }
        let Place::Free(place) = place else {
            self.told(
                &mut recorder,
                "destination-busy",
                Verdict::Neutral,
                destination,
            );
            return attempt.outcomes_when_busy();
        };
        attempt.has_place(place);
        match relay {
            Some(relay) => self.try_relay(attempt, relay, &mut recorder).await,
            None => self.try_hosts(attempt, domain, &mut recorder).await,
        }
    }

    async fn try_hosts(
        &self,
        mut attempt: Attempt<'_>,
        domain: &Domain,
        recorder: &mut Recorder,
    ) -> Vec<Outcome> {
        let route = match self.route(domain, recorder).await {
            Ok(route) => route,
            Err(reply) => {
                attempt.unreachable(domain.as_str(), reply);
                return attempt.outcomes();
            }
        };
        let require_tls = attempt.requires_tls();
        let mut called = 0;
        for name in &route.hosts {
            if attempt.is_over() {
                break;
            }
            let reached = match self.addresses(name, self.0.config.port, recorder).await {
                Ok(reached) => reached,
                Err(reply) => {
                    attempt.unreachable(name.as_str(), reply);
                    continue;
                }
            };
            let guard = match attempt.despite_tls() {
                true => Ok(Guard::opportunistic()),
                false => {
                    self.guard(&route, name, &reached, require_tls, recorder)
                        .await
                }
            };
            let mut guard = match guard {
                Ok(guard) => guard,
                Err(reply) => {
                    attempt.unreachable(name.as_str(), reply);
                    continue;
                }
            };
            guard.fault = guard.fault.or(route.policy_fault);
            for address in reached.addresses {
                if attempt.is_over() || called >= self.0.config.addresses_max {
                    return attempt.outcomes();
                }
                called += 1;
                let at = SocketAddr::new(address, self.0.config.port);
                let target = Target {
                    name: name.as_str(),
                    at,
                    guard: &guard,
                    login: None,
                    implicit_tls: false,
                };
                attempt.call(&target, recorder).await;
            }
        }
        attempt.outcomes()
    }

    async fn try_relay(
        &self,
        mut attempt: Attempt<'_>,
        relay: &Relay,
        recorder: &mut Recorder,
    ) -> Vec<Outcome> {
        let name = match &relay.host {
            Host::Domain(host) => host.to_string(),
            Host::Literal(address) => address.to_string(),
        };
        self.told(
            recorder,
            "smart-host",
            Verdict::Pass,
            format!("{name}:{}", relay.port),
        );
        let addresses = match &relay.host {
            Host::Literal(address) => vec![*address],
            Host::Domain(host) => match self.addresses(host, relay.port, recorder).await {
                Ok(reached) => reached.addresses,
                Err(reply) => {
                    // The relay is ours to mend: nobody's message comes back because of it.
                    let reply = Reply {
                        code: 451,
                        enhanced: reply.enhanced.map(|e| mail::EnhancedCode(4, e.1, e.2)),
                        ..reply
                    };
                    attempt.unreachable(&name, reply);
                    Vec::new()
                }
            },
        };
        let guard = guard_of(relay.tls);
        for address in addresses.into_iter().take(self.0.config.addresses_max) {
            if attempt.is_over() {
                break;
            }
            let at = SocketAddr::new(address, relay.port);
            let implicit_tls = relay.tls == RelayTls::Implicit;
            attempt
                .call(
                    &Target {
                        name: &name,
                        at,
                        guard: &guard,
                        login: relay.login.as_ref(),
                        implicit_tls,
                    },
                    recorder,
                )
                .await;
        }
        attempt.outcomes()
    }
}

impl Transport for Outbound {
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

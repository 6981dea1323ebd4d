//! Outbound transfer: the queue's transport for foreign domains. Looks up which hosts accept the
//! mail of a domain (RFC 5321 §5.1) or takes a configured relay, determines what must be proven
//! (DANE, MTA-STS), connects to the hosts in order, runs `smtp::client`, and reports one outcome
//! per recipient. Connections are pooled per destination. When to retry is decided by the queue.
//!
//! Failures, each for one recipient. Permanent: no such domain 5.1.2, null MX 5.1.10, no host for
//! the domain 5.4.4, the route leads back here 5.4.6, REQUIRETLS cannot be met 5.7.30. Temporary:
//! DNS fails 4.4.3, no host answers 4.4.1, the connection is lost 4.4.2, the host does not fit the
//! policy or TLS fails where it is required 4.7.5, 4.7.10. Otherwise the remote host's own reply.

mod relay;
mod route;
mod routing_error;

mod sts;
mod sts_policy;
mod tls_requirement;

mod attempt;
mod connect;
mod pool;
mod results;
mod session;
mod transaction;

mod tally;
mod tls_report;

pub use pool::{CONNECTION_WAIT_MAX, DESTINATION_BACKOFF};
pub use relay::{Relay, RelayTls};
pub use sts_policy::STS_FETCH_RETRY;
pub use tls_report::TlsReports;

use crate::srs::Srs;
use attempt::Attempt;
use connect::Target;
use event::catalogue::delivery::RouteReason;
use event::{Check, Kind, Reason, Recorder, Role, Sink, Verdict};
use mail::{Domain, Duration, Host, Path, SpanId, Time};
use pool::{Acquired, DestinationPools};
use queue::{DeliveryAttempt, DeliveryOutcome, Transport};
use routing_error::RoutingError;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use store::{Fault, Store, Tx};
use tally::{SessionResult, Tallies};
use tls_requirement::TlsRequirement;
use world::{BoxFuture, World};

/// Configuration of outbound transfer.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// This host's name: the EHLO argument, and a name that an MX must not have.
    pub host: Domain,
    /// The port of other hosts: 25, except in closed networks.
    pub port: u16,
    /// The port from which MTA-STS policies are fetched: 443, except in closed networks.
    pub https_port: u16,
    /// Addresses on which this host accepts mail; a route to one of them is a loop.
    pub own: Vec<SocketAddr>,
    /// Configuration of `smtp::client`.
    pub smtp: smtp::client::Config,
    /// How long to wait for a connection.
    pub connect_max: Duration,
    /// Maximum number of addresses tried per attempt.
    pub addresses_max: usize,
    /// Configured routes that replace MX lookups.
    pub relays: Vec<Relay>,
    /// Simultaneous connections to one destination.
    pub connections_per_destination_max: u32,
    /// Messages to one destination per minute; none: unlimited.
    pub messages_per_minute_max: Option<u32>,
    /// Messages on one connection.
    pub messages_per_connection_max: u32,
    /// Look up MTA-STS policies and obey them.
    pub sts: bool,
    /// Use TLSA records from signed zones.
    pub dane: bool,
    /// Count sessions for TLS reports and send them.
    pub tls_reports: Option<TlsReports>,
    /// Rewrites the senders of forwarded mail.
    pub srs: Option<Srs>,
}

impl OutboundConfig {
    /// Port 25, TLS where it is offered or demanded, the timeouts of RFC 5321.
    pub fn new(host: Domain) -> OutboundConfig {
        let mut smtp = smtp::client::Config::new(Host::Domain(host.clone()));
        smtp.timeouts.rest = CONNECTION_IDLE_MAX;
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

// How long a connection stays idle for another message: long enough for a batch, short enough not
// to burden the remote host.
const CONNECTION_IDLE_MAX: Duration = Duration::from_secs(3);

/// Outbound transfer of one host. Clones share it.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    config: OutboundConfig,
    pools: DestinationPools,
    /// When fetching a domain's MTA-STS policy last failed.
    sts_failures: Mutex<HashMap<Domain, Time>>,
    tallies: Tallies,
    sink: Arc<dyn Sink>,
}

impl Outbound {
    /// Creates the transport.
    pub fn new(world: World, store: Store, config: OutboundConfig) -> Outbound {
        let sink: Arc<dyn Sink> = Arc::new(store.journeys().clone());
        let pools = DestinationPools::new(
            config.connections_per_destination_max,
            config.messages_per_minute_max,
        );
        Outbound(Arc::new(Inner {
            world,
            store,
            config,
            pools,
            sts_failures: Mutex::default(),
            tallies: Tallies::default(),
            sink,
        }))
    }

    // Events go to the message's journey at once, so that a follower sees the dialogue live.
    fn recorder(&self, delivery: &DeliveryAttempt<'_>, span: SpanId, parent: SpanId) -> Recorder {
        let mut recorder = Recorder::new(
            self.0.config.host.to_string(),
            Role::Mta,
            span,
            Some(parent),
            self.0.world.sequence.clone(),
            self.0.sink.clone(),
        );
        recorder.bind(delivery.journey);
        recorder
    }

    fn check(
        &self,
        recorder: &mut Recorder,
        check: Check,
        verdict: Verdict,
        reason: impl Into<Reason>,
    ) {
        let kind = Kind::Check {
            check,
            verdict,
            reason: reason.into(),
            proof: Vec::new(),
        };
        recorder.emit(self.0.world.now(), kind);
    }

    // RFC 5321 §3.9.2 and SRS: forwarded mail carries our own domain as its sender, so that SPF
    // passes and bounces return.
    async fn reverse_path(&self, delivery: &DeliveryAttempt<'_>) -> Result<Path, Fault> {
        let (Some(sender), Some(srs)) = (&delivery.envelope.sender, &self.0.config.srs) else {
            return Ok(delivery.envelope.reverse_path());
        };
        let foreign = match sender.domain() {
            Some(domain) => !self.0.store.is_local(domain).await?,
            None => true,
        };
        let rewritten = foreign
            .then(|| srs.forward(sender, self.0.world.now()))
            .flatten();
        Ok(Path::Address(rewritten.unwrap_or_else(|| sender.clone())))
    }

    // True where the session is counted for a report.
    fn count(&self, domain: &Domain, session: &SessionResult<'_>) -> bool {
        let counted = self.0.config.tls_reports.is_some();
        if counted {
            self.0.tallies.count(self.0.world.now(), domain, session);
        }
        counted
    }

    async fn send(&self, delivery: &DeliveryAttempt<'_>) -> Vec<DeliveryOutcome> {
        let mut recorder = self.recorder(delivery, delivery.span, delivery.parent);
        let for_all = |outcome: DeliveryOutcome| vec![outcome; delivery.recipients.len()];
        let Some(domain) = delivery.recipients.first().and_then(|r| r.address.domain()) else {
            return for_all(DeliveryOutcome::Failed(
                RoutingError::from(RouteReason::NoDomain).diagnostic(),
                None,
            ));
        };
        let relay = relay::choose(&self.0.config.relays, domain);
        let destination =
            relay.map_or_else(|| domain.to_string(), |r| format!("{}:{}", r.host, r.port));
        let pool = self.0.pools.pool(&destination);
        let mut attempt = match Attempt::begin(self, delivery, domain, pool.clone()).await {
            Ok(attempt) => attempt,
            Err(fault) => return for_all(DeliveryOutcome::deferred_by_store(&fault)),
        };
        let mut acquired = pool
            .acquire(&self.0.world, attempt.needs_own_connection())
            .await;
        if let Acquired::Idle(connection) = acquired {
            attempt.transfer_on_idle(connection).await;
            if attempt.is_finished() {
                return attempt.outcomes();
            }
            acquired = pool.acquire(&self.0.world, true).await;
        }
        let Acquired::Permit(permit) = acquired else {
            let reason = RouteReason::DestinationBusy { destination };
            self.check(
                &mut recorder,
                Check::DestinationBusy,
                Verdict::Neutral,
                reason,
            );
            return attempt.outcomes_when_busy();
        };
        attempt.set_permit(permit);
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
    ) -> Vec<DeliveryOutcome> {
        let route = match self.route(domain, recorder).await {
            Ok(route) => route,
            Err(error) => {
                attempt.routing_failed(&error);
                return attempt.outcomes();
            }
        };
        let mut called = 0;
        for name in &route.hosts {
            if attempt.is_finished() {
                break;
            }
            let addresses = match self.addresses(name, self.0.config.port, recorder).await {
                Ok(addresses) => addresses,
                Err(error) => {
                    attempt.routing_failed(&error);
                    continue;
                }
            };
            let requirement = match attempt.ignores_tls_failures() {
                true => Ok(TlsRequirement::opportunistic()),
                false => {
                    let require_tls = attempt.requires_tls();
                    self.tls_requirement(&route, name, &addresses, require_tls, recorder)
                        .await
                }
            };
            let mut requirement = match requirement {
                Ok(requirement) => requirement,
                Err(error) => {
                    attempt.routing_failed(&error);
                    continue;
                }
            };
            requirement.fault = requirement.fault.or(route.policy_fault);
            for address in addresses.addresses {
                if attempt.is_finished() || called >= self.0.config.addresses_max {
                    return attempt.outcomes();
                }
                called += 1;
                let target = Target {
                    name: name.as_str(),
                    at: SocketAddr::new(address, self.0.config.port),
                    requirement: &requirement,
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
    ) -> Vec<DeliveryOutcome> {
        let name = match &relay.host {
            Host::Domain(host) => host.to_string(),
            Host::Literal(address) => address.to_string(),
        };
        let reason = RouteReason::SmartHost {
            host: format!("{name}:{}", relay.port),
        };
        self.check(recorder, Check::SmartHost, Verdict::Pass, reason);
        let addresses = match &relay.host {
            Host::Literal(address) => vec![*address],
            Host::Domain(host) => match self.addresses(host, relay.port, recorder).await {
                Ok(found) => found.addresses,
                Err(error) => {
                    attempt.host_failed(error.relay_diagnostic());
                    Vec::new()
                }
            },
        };
        let requirement = TlsRequirement::of_relay(relay.tls);
        for address in addresses.into_iter().take(self.0.config.addresses_max) {
            if attempt.is_finished() {
                break;
            }
            let target = Target {
                name: &name,
                at: SocketAddr::new(address, relay.port),
                requirement: &requirement,
                login: relay.login.as_ref(),
                implicit_tls: relay.tls == RelayTls::Implicit,
            };
            attempt.call(&target, recorder).await;
        }
        attempt.outcomes()
    }
}

impl Transport for Outbound {
    fn handles<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async move {
            match host {
                Host::Domain(domain) => Ok(!self.0.store.is_local(domain).await?),
                Host::Literal(_) => Ok(false),
            }
        })
    }

    fn delivers_on_accept(&self) -> bool {
        false
    }

    fn deliver<'a>(
        &'a self,
        delivery: &'a DeliveryAttempt<'a>,
        _tx: &'a mut Tx,
    ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
        Box::pin(self.send(delivery))
    }
}

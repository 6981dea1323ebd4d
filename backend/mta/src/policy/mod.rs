//! Inbound policy of port 25: decides about the client before the message is looked at. Allow and
//! deny lists, rate limits, client names (PTR, HELO), DNS lists, greylisting and a tarpit; the
//! results of the checks add up to a score. Does not know which recipients exist, and does not look
//! into messages.
//!
//! Cheap checks come first. Nothing that waits for DNS delays the greeting: questions are sent when
//! the client connects, greets and names a sender, and are awaited when it names a recipient that
//! exists. Trusted networks (this host itself) are not checked; a client on the allow list is not
//! scored; a client on the deny list is rejected whatever else speaks for it.
//!
//! Failures: DNS that does not answer decides nothing. If the store fails, greylisting lets the
//! message pass. Rejections: by a list, a check or the score 550 5.7.1 (554 5.7.1 in place of the
//! greeting), rate limits 421 4.7.0, 450 4.7.1 or 452 4.5.3, greylisting 451 4.7.1.

mod config;
mod lists;

mod finding;

mod client_names;
mod dns_cache;
mod dnsbl;

mod early_talker;
mod screening;

pub use config::{
    AnswerRange, AnswerRangeError, Checks, DEFAULT_POINTS, DnsList, InboundPolicy, ListKind,
    Tarpit, Weight, WeightError,
};
pub use finding::Score;
pub use lists::{ClientPattern, DomainSource, ListEntry, PatternError};
pub use store::GreylistTimes;

pub(crate) use early_talker::wait_before_greeting;
pub(crate) use screening::ClientScreening;

use limits::RateLimiter;
use mail::{Domain, Duration, Network};
use std::net::IpAddr;
use std::sync::Arc;
use store::Store;
use world::World;

/// The policy of one host with what its checks need; shared by its connections.
pub(crate) struct PolicyEngine {
    world: World,
    store: Store,
    /// This host's name.
    host: Domain,
    config: InboundPolicy,
    rates: RateLimiter,
    dns: dns_cache::DnsCache,
}

impl PolicyEngine {
    pub(crate) fn new(
        world: World,
        store: Store,
        host: Domain,
        config: InboundPolicy,
        rates: RateLimiter,
    ) -> Arc<PolicyEngine> {
        let dns = dns_cache::DnsCache::new(world.clone(), config.dns_wait);
        Arc::new(PolicyEngine {
            world,
            store,
            host,
            config,
            rates,
            dns,
        })
    }

    /// How long to wait before the greeting; none for trusted and allowed clients.
    pub(crate) fn greet_pause(&self, remote: IpAddr) -> Option<Duration> {
        let config = &self.config;
        let allowed = lists::by_address(&config.allow, &[], remote) != lists::ListMatch::None;
        let checked = !self.trusts(remote)
            && !allowed
            && !config.greet_pause.is_zero()
            && config.checks.early_talker != Weight::Off;
        checked.then_some(config.greet_pause)
    }

    /// The network that permits a client to relay to other hosts.
    pub(crate) fn relay_network(&self, client: IpAddr) -> Option<Network> {
        let networks = &self.config.relay;
        networks.iter().find(|n| n.contains(client)).copied()
    }

    /// More Received fields than this are a loop.
    pub(crate) fn hops_max(&self) -> usize {
        self.config.hops_max
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.config.trusted.iter().any(|n| n.contains(address))
    }
}

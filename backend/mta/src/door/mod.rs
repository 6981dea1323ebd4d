//! The door of port 25: who may come in at all, before anyone looks at the message. Lists of whom to
//! let through and whom to refuse, rates, names (PTR, HELO), lists in DNS, greylisting, a tarpit;
//! what they find adds up to a score. Does not know which recipients exist, and does not look into
//! messages.
//!
//! What is cheap comes first. Nothing that waits for DNS delays the greeting: questions go out when
//! the client connects, says hello and names a sender, and are waited for when it names a recipient
//! who exists. Trusted networks (this host itself) pass unseen; who is let through by a list is not
//! weighed; who is refused by a list is refused whatever else speaks for it.
//!
//! Failures: DNS that does not answer decides nothing. A store that fails lets the message through
//! the greylist. Refusals: a list, a check or the score 550 5.7.1 (554 5.7.1 in the greeting), too
//! often 421 4.7.0, 450 4.7.1 or 452 4.5.3, greylisted 451 4.7.1.

mod config;
mod entry;

mod finding;

mod dns;
mod dnsbl;
mod names;

mod early;
mod visit;

pub use config::{Answers, Checks, DnsList, InboundPolicy, ListKind, POINTS_USUAL, Tarpit, Weigh};
pub use entry::{Entry, Part, Whom};
pub use finding::Score;

pub(crate) use early::listen;
pub(crate) use visit::Visit;

use limits::RateLimiter;
use mail::{Domain, Network, Reply};
use std::net::IpAddr;
use std::sync::Arc;
use store::Store;
use world::World;

/// A refusal, the check that made it, and what decided it.
pub(crate) struct No {
    pub reply: Reply,
    pub check: &'static str,
    pub why: String,
    /// The connection ends with it.
    pub close: bool,
}

impl No {
    pub(crate) fn new(check: &'static str, reply: Reply, why: impl ToString) -> No {
        No {
            reply,
            check,
            why: why.to_string(),
            close: false,
        }
    }

    fn closing(check: &'static str, reply: Reply, why: impl ToString) -> No {
        No {
            close: true,
            ..No::new(check, reply, why)
        }
    }
}

/// One host's door; shared by its connections.
pub(crate) struct Door {
    world: World,
    store: Store,
    /// Our own name.
    host: Domain,
    config: InboundPolicy,
    rates: RateLimiter,
    dns: dns::Dns,
}

impl Door {
    pub(crate) fn new(
        world: World,
        store: Store,
        host: Domain,
        config: InboundPolicy,
        rates: RateLimiter,
    ) -> Arc<Door> {
        let dns = dns::Dns::new(world.clone(), config.dns_wait);
        Arc::new(Door {
            world,
            store,
            host,
            config,
            rates,
            dns,
        })
    }

    /// How long to listen before the greeting.
    pub(crate) fn greet_pause(&self, remote: IpAddr) -> Option<mail::Duration> {
        let stranger = !self.trusts(remote)
            && entry::by_address(&self.config.allow, &[], remote) == entry::Listed::Neither;
        (stranger
            && !self.config.greet_pause.is_zero()
            && self.config.checks.early_talker != Weigh::Off)
            .then_some(self.config.greet_pause)
    }

    /// The network by which a client may have mail passed on to other hosts.
    pub(crate) fn relays(&self, client: IpAddr) -> Option<Network> {
        self.config
            .relay
            .iter()
            .find(|n| n.contains(client))
            .copied()
    }

    /// More Received lines than this is a loop.
    pub(crate) fn hops_max(&self) -> usize {
        self.config.hops_max
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.config.trusted.iter().any(|n| n.contains(address))
    }
}

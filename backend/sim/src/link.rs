//! What lies between two hosts: how long it takes, how much it carries, what it loses, and how it
//! breaks.

use mail::Duration;
use std::collections::BTreeSet;

/// One way between two hosts, as it is now; may be changed while it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// From one end to the other.
    pub latency: Duration,
    /// Octets a second; `None`: as many as one likes.
    pub bytes_per_second: Option<u64>,
    /// Of a thousand segments so many are lost; like TCP, each is sent again a little later, so
    /// that loss is seen as delay.
    pub lost_per_mille: u16,
    /// Nothing passes: what was sent waits and arrives when this ends.
    pub held: bool,
    /// Nothing passes, and nothing waits: segments vanish.
    pub severed: bool,
    /// No new connection to these ports passes: its segments vanish (as where a provider blocks
    /// port 25).
    pub blocked_ports: BTreeSet<u16>,
}

impl Default for Link {
    fn default() -> Link {
        Link {
            latency: Duration::from_millis(20),
            bytes_per_second: None,
            lost_per_mille: 0,
            held: false,
            severed: false,
            blocked_ports: BTreeSet::new(),
        }
    }
}

impl Link {
    /// With this latency.
    pub fn slow(latency: Duration) -> Link {
        Link {
            latency,
            ..Link::default()
        }
    }
}

/// Which of a connection's two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// What the side says that opened the connection.
    ToServer,
    /// What the side says that listened.
    ToClient,
}

impl Direction {
    pub(crate) fn index(self) -> usize {
        match self {
            Direction::ToServer => 0,
            Direction::ToClient => 1,
        }
    }
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Both ends are told (RST).
    Reset,
    /// Nobody is told: from now on nothing passes in either direction.
    Silent,
    /// Nobody is told: from now on nothing passes in the direction that was counted; the other
    /// still works.
    OneWay,
}

/// A connection that will break: once so many octets have passed in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Connections from this host; `None`: from any.
    pub from: Option<String>,
    /// Connections to this host; `None`: to any.
    pub to: Option<String>,
    /// Connections to this port; `None`: to any.
    pub port: Option<u16>,
    /// Where octets are counted.
    pub direction: Direction,
    /// So many still pass.
    pub after_bytes: u64,
    /// What happens then.
    pub how: Break,
    /// How many connections it hits, the next ones first.
    pub connections: u32,
}

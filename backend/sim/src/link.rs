//! Links between two hosts: latency, bandwidth, loss and breaks.

use mail::Duration;
use std::collections::BTreeSet;

/// One direction of a link; can be changed while it is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The one-way latency.
    pub latency: Duration,
    /// Bytes per second; `None`: unlimited.
    pub bytes_per_second: Option<u64>,
    /// The share of lost segments, per thousand. Each is retransmitted a little later, as by TCP,
    /// so that loss appears as delay.
    pub lost_per_mille: u16,
    /// Whether segments are held; they arrive when the hold ends.
    pub held: bool,
    /// Whether all segments are lost.
    pub severed: bool,
    /// Ports to which new connections get no answer, as with a provider that blocks port 25.
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
    /// A link with this latency.
    pub fn slow(latency: Duration) -> Link {
        Link {
            latency,
            ..Link::default()
        }
    }
}

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client, which opened the connection.
    ToServer,
    /// From the server, which listened.
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
    /// Both ends receive a reset (RST).
    Reset,
    /// Silently: no data passes in either direction.
    Silent,
    /// Silently in the counted direction; the other direction still works.
    OneWay,
}

/// Breaks connections after a number of bytes in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Connections from this host; `None`: from any host.
    pub from: Option<String>,
    /// Connections to this host; `None`: to any host.
    pub to: Option<String>,
    /// Connections to this port; `None`: to any port.
    pub port: Option<u16>,
    /// The direction in which bytes are counted.
    pub direction: Direction,
    /// Number of bytes that still pass.
    pub after_bytes: u64,
    /// How the connection breaks.
    pub how: Break,
    /// How many connections break, starting with the next.
    pub connections: u32,
}

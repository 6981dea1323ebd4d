//! The amount of data on each connection. Does not keep the bytes; `capture` does.

use crate::link::Direction;
use mail::Time;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The traffic of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// When it was opened.
    pub opened: Time,
    /// The client's address.
    pub client: SocketAddr,
    /// The server's address.
    pub server: SocketAddr,
    /// Bytes sent by the client and by the server.
    pub written: [u64; 2],
    /// Bytes of these that the other side has read.
    pub read: [u64; 2],
}

impl Traffic {
    /// The number of bytes sent in a direction.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.written[direction.index()]
    }
}

/// The counters of one connection; written and read bytes by side, the client first.
pub(crate) struct Counters {
    pub(crate) opened: Time,
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
    pub(crate) written: [AtomicU64; 2],
    pub(crate) read: [AtomicU64; 2],
}

impl Counters {
    /// The traffic so far.
    pub(crate) fn traffic(&self) -> Traffic {
        let load = |n: &[AtomicU64; 2]| n.each_ref().map(|n| n.load(Ordering::Relaxed));
        Traffic {
            opened: self.opened,
            client: self.client,
            server: self.server,
            written: load(&self.written),
            read: load(&self.read),
        }
    }
}

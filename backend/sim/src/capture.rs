//! Captures the network's traffic between the hosts: SYN segments, data in both directions, FIN and
//! RST, DNS questions and answers. Records only on request. Does not write packet files;
//! `api::pcapng` does.
//!
//! Failures: beyond [`CAPTURE_BYTES_MAX`] nothing more is recorded, and the capture is marked as
//! incomplete.

use crate::executor::lock;
use crate::link::Direction;
use mail::Time;
use mail::dns::{Answer, Failure, Question};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

/// Maximum data bytes of all connections together.
pub const CAPTURE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Maximum number of recorded pieces.
pub const CAPTURE_PIECES_MAX: usize = 200_000;

/// A piece of traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedPiece {
    /// When it was sent.
    pub at: Time,
    /// What was sent.
    pub what: CapturedKind,
}

/// The kinds of traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapturedKind {
    /// An opening segment (SYN) that was refused or never answered.
    Tried {
        /// The client's address.
        client: SocketAddr,
        /// The server's address.
        server: SocketAddr,
        /// When the server refused.
        refused: Option<Time>,
    },
    /// A connection was opened.
    Opened {
        /// The number of the connection, which later pieces refer to.
        connection: usize,
        /// The client's address.
        client: SocketAddr,
        /// The server's address.
        server: SocketAddr,
        /// When the SYN arrived at the server.
        taken: Time,
        /// When the SYN-ACK arrived at the client.
        known: Time,
    },
    /// Data.
    Data {
        /// The connection.
        connection: usize,
        /// The direction.
        direction: Direction,
        /// The bytes, as they were transmitted.
        bytes: Vec<u8>,
        /// When they arrived.
        arrived: Time,
    },
    /// The end of one direction (FIN).
    Ended {
        /// The connection.
        connection: usize,
        /// The direction.
        direction: Direction,
        /// When the FIN arrived.
        arrived: Time,
    },
    /// The connection was reset (RST).
    Reset {
        /// The connection.
        connection: usize,
        /// The direction.
        direction: Direction,
    },
    /// A host of the connection left the network: no more data arrives.
    Silenced {
        /// The connection.
        connection: usize,
    },
    /// A DNS question.
    Asked {
        /// The client's address.
        host: IpAddr,
        /// The question.
        question: Question,
        /// The answer and the time of its arrival; `None` if there was none.
        answer: Option<(Time, Result<Answer, Failure>)>,
    },
}

#[derive(Default)]
struct Inner {
    on: bool,
    connections: usize,
    bytes: usize,
    full: bool,
    pieces: Vec<CapturedPiece>,
}

/// Records traffic. Clones share the record.
#[derive(Clone, Default)]
pub struct Capture(Arc<Mutex<Inner>>);

impl Capture {
    /// Starts recording.
    pub fn start(&self) {
        lock(&self.0).on = true;
    }

    /// The pieces so far, unordered, and whether they are complete.
    pub fn pieces(&self) -> (Vec<CapturedPiece>, bool) {
        let inner = lock(&self.0);
        (inner.pieces.clone(), !inner.full)
    }

    /// Allocates a number for a new connection.
    pub(crate) fn next_connection(&self) -> usize {
        let mut inner = lock(&self.0);
        inner.connections += 1;
        inner.connections - 1
    }

    pub(crate) fn record(&self, at: Time, what: impl FnOnce() -> CapturedKind) {
        let mut inner = lock(&self.0);
        if !inner.on || inner.full {
            return;
        }
        let what = what();
        if let CapturedKind::Data { bytes, .. } = &what {
            inner.bytes += bytes.len();
        }
        inner.full = inner.bytes > CAPTURE_BYTES_MAX || inner.pieces.len() >= CAPTURE_PIECES_MAX;
        if !inner.full {
            inner.pieces.push(CapturedPiece { at, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(bytes: usize) -> CapturedKind {
        CapturedKind::Data {
            connection: 0,
            direction: Direction::ToServer,
            bytes: vec![0; bytes],
            arrived: Time(0),
        }
    }

    #[test]
    fn captures_only_on_request_and_up_to_its_limit() {
        let capture = Capture::default();
        capture.record(Time(0), || data(1));
        assert_eq!(capture.pieces(), (vec![], true));
        capture.start();
        capture.record(Time(0), || data(CAPTURE_BYTES_MAX));
        assert_eq!((capture.pieces().0.len(), capture.pieces().1), (1, true));
        capture.record(Time(0), || data(1));
        assert_eq!((capture.pieces().0.len(), capture.pieces().1), (1, false));
    }

    #[test]
    fn limits_the_number_of_pieces() {
        let capture = Capture::default();
        capture.start();
        (0..CAPTURE_PIECES_MAX).for_each(|_| capture.record(Time(0), || data(0)));
        assert!(capture.pieces().1);
        capture.record(Time(0), || data(0));
        assert_eq!(
            (capture.pieces().0.len(), capture.pieces().1),
            (CAPTURE_PIECES_MAX, false)
        );
    }
}

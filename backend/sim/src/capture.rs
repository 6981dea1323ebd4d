//! What the network carried, as somebody would see it who listens between the hosts: opening
//! segments, octets in both directions, ends and resets, questions to DNS and their answers. Kept
//! only when it is asked for. What becomes of it (a file of packets) is the desk's business.
//!
//! Failures: beyond [`CAPTURE_BYTES_MAX`] nothing more is kept, and that is told.

use crate::executor::lock;
use crate::link::Direction;
use mail::Time;
use mail::dns::{Answer, Failure, Question};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

/// Octets that are kept of all connections together.
pub const CAPTURE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Things that are kept.
pub const CAPTURE_PIECES_MAX: usize = 200_000;

/// Something that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passing {
    /// When it was sent.
    pub at: Time,
    /// What.
    pub what: What,
}

/// What passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An opening segment (SYN) that opened nothing; refused at that time, or never answered.
    Tried {
        /// Who.
        client: SocketAddr,
        /// Whom.
        server: SocketAddr,
        /// When the server said no.
        refused: Option<Time>,
    },
    /// A connection came about.
    Opened {
        /// Its number; what follows refers to it.
        talk: usize,
        /// Who.
        client: SocketAddr,
        /// Whom.
        server: SocketAddr,
        /// When the opening segment arrived.
        taken: Time,
        /// When the client heard of it.
        known: Time,
    },
    /// Octets.
    Said {
        /// On this connection.
        talk: usize,
        /// Whither.
        direction: Direction,
        /// As they passed.
        bytes: Vec<u8>,
        /// When they arrived.
        arrived: Time,
    },
    /// Nothing more will be said in this direction (FIN).
    Ended {
        /// On this connection.
        talk: usize,
        /// Whither.
        direction: Direction,
        /// When that arrived.
        arrived: Time,
    },
    /// The connection was broken off (RST).
    Reset {
        /// This connection.
        talk: usize,
        /// Whither.
        direction: Direction,
    },
    /// One of its hosts went off the network: nothing arrives any more.
    Silenced {
        /// This connection.
        talk: usize,
    },
    /// DNS was asked.
    Asked {
        /// By whom.
        host: IpAddr,
        /// What.
        question: Question,
        /// When the answer came, and which; without it none did.
        answer: Option<(Time, Result<Answer, Failure>)>,
    },
}

#[derive(Default)]
struct Inner {
    on: bool,
    talks: usize,
    bytes: usize,
    full: bool,
    pieces: Vec<Passing>,
}

/// Keeps what passes. Clones are the same one.
#[derive(Clone, Default)]
pub struct Capture(Arc<Mutex<Inner>>);

impl Capture {
    /// From now on it listens.
    pub fn start(&self) {
        lock(&self.0).on = true;
    }

    /// What passed so far, in no particular order, and whether that is all.
    pub fn pieces(&self) -> (Vec<Passing>, bool) {
        let inner = lock(&self.0);
        (inner.pieces.clone(), !inner.full)
    }

    /// A number for a new connection.
    pub(crate) fn talk(&self) -> usize {
        let mut inner = lock(&self.0);
        inner.talks += 1;
        inner.talks - 1
    }

    pub(crate) fn saw(&self, at: Time, what: impl FnOnce() -> What) {
        let mut inner = lock(&self.0);
        if !inner.on || inner.full {
            return;
        }
        let what = what();
        if let What::Said { bytes, .. } = &what {
            inner.bytes += bytes.len();
        }
        inner.full = inner.bytes > CAPTURE_BYTES_MAX || inner.pieces.len() >= CAPTURE_PIECES_MAX;
        if !inner.full {
            inner.pieces.push(Passing { at, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: usize) -> What {
        What::Said {
            talk: 0,
            direction: Direction::ToServer,
            bytes: vec![0; bytes],
            arrived: Time(0),
        }
    }

    #[test]
    fn nothing_is_kept_unasked_and_at_the_limit_all_is_and_one_byte_past_it_no_more() {
        let capture = Capture::default();
        capture.saw(Time(0), || said(1));
        assert_eq!(capture.pieces(), (vec![], true));
        capture.start();
        capture.saw(Time(0), || said(CAPTURE_BYTES_MAX));
        assert_eq!((capture.pieces().0.len(), capture.pieces().1), (1, true));
        capture.saw(Time(0), || said(1));
        assert_eq!((capture.pieces().0.len(), capture.pieces().1), (1, false));
    }

    #[test]
    fn small_pieces_are_bounded_by_their_number() {
        let capture = Capture::default();
        capture.start();
        (0..CAPTURE_PIECES_MAX).for_each(|_| capture.saw(Time(0), || said(0)));
        assert!(capture.pieces().1);
        capture.saw(Time(0), || said(0));
        assert_eq!(
            (capture.pieces().0.len(), capture.pieces().1),
            (CAPTURE_PIECES_MAX, false)
        );
    }
}

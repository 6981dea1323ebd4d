//! A simulator of many mail hosts: virtual time that jumps from event to event, seeded randomness,
//! links with latency and faults, zones as DNS, modelled TLS, disks in memory. The mail roles run
//! unchanged; the same seed gives the same events, byte for byte. Opens no sockets, starts no
//! threads and reads no clock, so it runs in a browser tab as well as on the server.
//!
//! Architecture invariant: the simulator never reaches the real network. Hosts have names in
//! `.test` and `.example` and addresses in the documentation ranges; all others are rejected.

mod executor;

mod clock;
mod rng;

mod capture;
mod link;
mod middlebox;
mod net;
mod traffic;
mod wire;

mod dns;
mod tls;

mod disk;
mod messages;
mod tape;

mod lab;
mod script;

mod text;

pub mod error;

mod diagnose;

pub mod scenario;

pub mod api;

pub use capture::{CAPTURE_BYTES_MAX, CAPTURE_PIECES_MAX, Capture, CapturedKind, CapturedPiece};
pub use clock::{HostClock, START, Skew};
pub use disk::Disk;
pub use dns::DNS_TIMEOUT;
pub use executor::{Executor, Group, Idle, Overrun, POLLS_PER_INSTANT_MAX, Sleep, Stuck};
pub use lab::{Lab, LabError};
pub use link::{Break, Cut, Direction, Link};
pub use messages::{
    AcceptedMessage, AcceptedMessages, MESSAGE_KEPT_BYTES_MAX, MESSAGES_KEPT_BYTES_MAX,
};
pub use middlebox::{Rule, Tampering};
pub use net::SYN_TRIES;
pub use rng::Seeded;
pub use script::{Act, listen, perform};
pub use tape::{Tape, fingerprint};
pub use tls::{CIPHER_MODELLED, Certificate};
pub use traffic::Traffic;
pub use wire::WINDOW_BYTES;

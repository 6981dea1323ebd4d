//! Many hosts in a virtual world: one clock that jumps from wake to wake, seeded chance, links with
//! latency and faults, zones as DNS, modelled TLS, disks in memory. The roles run here unchanged;
//! the same seed gives the same events, byte for byte. Opens no sockets, starts no threads and asks
//! no clock, so it runs in a browser's tab as it does in the server.
//!
//! Architecture invariant: nothing here leads to the real network: hosts are named in `.test` and
//! `.example` and have addresses of the documentation ranges, and whatever else is asked for is
//! refused.

mod executor;

mod clock;
mod rng;

mod capture;
mod link;
mod middlebox;
mod net;
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

pub use capture::{CAPTURE_BYTES_MAX, CAPTURE_PIECES_MAX, Capture, Passing, What};
pub use clock::{HostClock, Skew};
pub use disk::Disk;
pub use dns::DNS_TIMEOUT;
pub use executor::{Executor, Group, Idle, Overrun, POLLS_PER_INSTANT_MAX, Sleep, Stuck};
pub use lab::{Lab, LabError, START};
pub use link::{Break, Cut, Direction, Link};
pub use messages::{MESSAGE_KEPT_BYTES_MAX, MESSAGES_KEPT_BYTES_MAX, RunMessage, RunMessages};
pub use middlebox::{Rule, Tampering};
pub use net::{SYN_TRIES, Traffic};
pub use rng::Seeded;
pub use script::{Act, listen, perform};
pub use tape::{Tape, fingerprint};
pub use tls::{CIPHER_MODELLED, Certificate};
pub use wire::WINDOW_BYTES;

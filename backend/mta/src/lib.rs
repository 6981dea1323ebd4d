//! Transfer (RFC 5321): [`Inbound`] takes mail from other hosts on port 25 for our own domains,
//! [`Outbound`] is the queue's way to foreign ones. The two never call each other; between them
//! stands the queue.

pub mod door;

mod inbound;

mod outbound;

pub mod srs;

pub use inbound::Inbound;
pub use outbound::{
    FETCH_PAUSE, JAM, Outbound, OutboundConfig, PATIENCE, Relay, RelayTls, TlsReports,
};

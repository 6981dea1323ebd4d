//! Mail transfer (RFC 5321): [`Inbound`] accepts mail from other hosts on port 25 for this host's
//! domains, [`Outbound`] is the queue's transport for foreign domains. They never call each other:
//! the queue is between them.

pub mod policy;

mod inbound;

mod outbound;

pub mod srs;

pub use inbound::{Inbound, InboundConfig};
pub use outbound::{
    CONNECTION_WAIT_MAX, DESTINATION_BACKOFF, Outbound, OutboundConfig, Relay, RelayTls,
    STS_FETCH_RETRY, TlsReports,
};

//! SMTP (RFC 5321) as two sans-IO sessions: [`server`] for port 25 and submission, [`client`] for
//! outbound transfer. Each is a [`mail::session::Session`]: bytes and the time go in, steps come
//! out. They frame, parse, and enforce the order and the limits of the protocol; whether a sender,
//! a recipient or a message is accepted is decided by the role (`msa`, `mta`). Does not open
//! connections, look anything up or store a message.

pub mod client;
pub mod received;
pub mod server;

mod dot;
mod trace;
mod xtext;

pub use dot::{FeedResult, Stuffer, Summary, Unstuffer};
pub use sasl::{Credentials, Proof};

//! SMTP (RFC 5321) as two conversations without input or output of their own: [`server`] for port
//! 25 and submission, [`client`] for passing mail on. Each is a [`mail::session::Session`]: bytes
//! and the time go in, steps come out. They read, frame, keep the order of the protocol and hold
//! its limits; *whether* a sender, a recipient or a message is welcome is asked of the role (`msa`,
//! `mta`). Does not open connections, look anything up or keep a message.

pub mod client;
pub mod received;
pub mod server;

mod dot;
mod trace;
mod xtext;

pub use dot::{Fed, Stuffer, Summary, Unstuffer};
pub use sasl::{Credentials, Proof};

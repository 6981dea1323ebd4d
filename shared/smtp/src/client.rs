//! The client side of SMTP: one connection to one host, for any number of messages. It sends the
//! commands, reads the replies, streams the message, and reports a result for each recipient. Which
//! host to call and when to retry is decided by the role.
//!
//! After [`Query::Results`] comes [`Query::Next`] again. A role that pools connections answers it
//! with the next message, or with [`Decision::Wait`] and later [`Notice::Ready`]; RSET is sent where
//! a transaction was left open. SCRAM needs [`Client::with_rng`]; the handshake of a connection that
//! began in TLS is given by [`Client::with_tls`].
//!
//! # Failures
//! - The remote host rejects: its reply is the recipient's [`RecipientResult`]; 421 ends the
//!   conversation and applies to all undecided recipients.
//! - It cannot accept the message as it is (8BITMIME, SMTPUTF8, SIZE): 5.6.3, 5.6.7, 5.3.4; nothing
//!   is sent.
//! - It offers no REQUIRETLS, or is not proven: 5.7.30; nothing is sent (RFC 8689 §4.2.1).
//! - The connection is lost, or no reply comes in time: 4.4.2; after the message's end also
//!   `uncertain` (RFC 1047).
//! - It sends something that is not a reply: 4.5.0, and the connection is closed.
//! - TLS is required and not offered: 4.7.10; the handshake fails: 4.7.5. The login fails: the
//!   host's reply.

mod config;
mod interface;

mod reply;

mod capabilities;

mod transaction;

mod handshake;

mod engine;

pub use config::{Config, Login, Timeouts, TlsPolicy};
pub use engine::Client;
pub use interface::{
    Capabilities, Decision, LocalFailure, MissingExtension, Notice, OutgoingMessage, Phase, Query,
    RecipientResult, ResultClass,
};

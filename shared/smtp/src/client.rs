//! The client's side of SMTP: one connection to one host, over which any number of messages pass. It
//! says the commands, reads the replies, streams the message, and tells the role what became of each
//! recipient. Whom to call and when to try again is the role's.
//!
//! One connection, many messages: after [`Ask::Outcome`] comes [`Ask::Next`] again. A role that
//! keeps connections answers it with the next message, or with [`Answer::Wait`] and later
//! [`Notice::Ready`]; RSET is said by itself where a transaction was left open. SCRAM needs
//! [`Client::with_chance`]; a connection that began in TLS tells its handshake by
//! [`Client::with_tls`].
//!
//! # Failures
//! - The other host refuses: its own reply is the recipient's [`Fate`]; 421 ends the conversation
//!   and counts for all undecided.
//! - It cannot take the message as it is (8BITMIME, SMTPUTF8, SIZE): 5.6.3, 5.6.7, 5.3.4, without
//!   sending.
//! - It promises no REQUIRETLS, or cannot be proven: 5.7.30, without sending (RFC 8689 §4.2.1).
//! - The connection is lost, or no reply comes in time: 4.4.2; after the message's end also
//!   `uncertain` (RFC 1047).
//! - What comes is no reply: 4.5.0 and the connection is closed.
//! - TLS is required and cannot be had: 4.7.10; a handshake that fails: 4.7.5. The login fails: the
//!   host's reply.

mod config;
mod words;

mod reply;

mod offers;

mod transaction;

mod opening;

mod engine;

pub use config::{Config, Login, Timeouts, TlsPolicy};
pub use engine::Client;
pub use words::{Answer, Ask, Fate, Notice, Offers, OutgoingMessage};

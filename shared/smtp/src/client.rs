//! The client side of SMTP: one connection to one host, for any number of messages. It sends the
//! commands, reads the replies, streams the message, and reports a result for each recipient. Which
//! host to call and when to retry is decided by the role.
//!
//! After [`Query::Results`] comes [`Query::Next`] again. A role that pools connections answers it
//! with the next message, or with [`Decision::Wait`] and later [`Notice::Ready`]; RSET is sent
//! where a transaction was left open. SCRAM needs [`Client::with_rng`]; the handshake of a
//! connection that began in TLS is given by [`Client::with_tls`].
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
//!
//! # Example
//! ```
//! use mail::session::{Session, Step};
//! use mail::{Host, Path, Recipient, Time};
//! use smtp::client::{Client, Config, Decision, OutgoingMessage, Query};
//! use std::sync::Arc;
//!
//! let sender = Path::Address("alice@a.test".parse()?);
//! let recipient = Recipient::new("bob@b.test".parse()?);
//! let mut message = Some(OutgoingMessage::new(sender, vec![recipient]));
//! let mut body = Some(b"Subject: Hello\r\n\r\nHello, Bob.\r\n".to_vec());
//! let mut results = Vec::new();
//! let mut session = Client::new(Arc::new(Config::new(Host::new("mx.a.test")?)), false);
//! session.start(Time(0));
//! for reply in ["220 mx.b.test", "250 mx.b.test", "250 ok", "250 ok", "354 go", "250 ok"] {
//!     session.receive(format!("{reply}\r\n").as_bytes(), Time(0));
//!     while let Some(step) = session.step() {
//!         let Step::Query(query) = step else { continue };
//!         let decision = match query {
//!             Query::Next(_) => message.take().map_or(Decision::Quit, Decision::Message),
//!             Query::Body => body.take().map_or(Decision::BodyEnd, Decision::Body),
//!             Query::Results(all) => {
//!                 results = all;
//!                 Decision::Go
//!             }
//!             _ => Decision::Go,
//!         };
//!         session.answer(decision, Time(0));
//!     }
//! }
//! assert!(results[0].is_accepted());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

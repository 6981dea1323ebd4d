//! The server side of SMTP: one session for port 25 and for submission, distinguished by [`Kind`].
//! It frames and parses commands and enforces their order; every decision about mail is a [`Query`]
//! to the role.
//!
//! # Failures
//! - The client breaks the protocol: 500, 501, 503, 504, 555, and the connection continues until
//!   `errors_max` (421 4.7.0).
//! - The client is slow: 421 4.4.2. It exceeds a limit: 452 4.5.3, 552 5.3.4, 421 4.7.0.
//! - The role rejects, or lacks resources: the role's reply.
//! - The program stops: 421 4.3.2.
//!
//! The client closes without QUIT: complete commands already received are still answered, an
//! incomplete message is discarded.
//!
//! # Example
//! ```
//! use mail::session::{Session, Step};
//! use mail::{Path, Time};
//! use smtp::server::{Config, Decision, Kind, Query, Server};
//! use std::sync::Arc;
//!
//! let config = Config::new(Kind::Transfer, "mx.b.test".parse()?, false);
//! let mut session = Server::new(Arc::new(config), false);
//! session.start(Time(0));
//! let (mut sent, mut senders) = (String::new(), Vec::new());
//! for command in ["", "EHLO a.test\r\n", "MAIL FROM:<alice@a.test>\r\n"] {
//!     session.receive(command.as_bytes(), Time(0));
//!     while let Some(step) = session.step() {
//!         match step {
//!             Step::Send(bytes) => sent += std::str::from_utf8(&bytes)?,
//!             Step::Query(query) => {
//!                 if let Query::Mail { sender, .. } = query {
//!                     senders.push(sender);
//!                 }
//!                 session.answer(Decision::Go, Time(0));
//!             }
//!             _ => {}
//!         }
//!     }
//! }
//! assert!(sent.starts_with("220 mx.b.test ") && sent.contains("\r\n250 2.1.0 "));
//! assert_eq!(senders, [Path::Address("alice@a.test".parse()?)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod interface;

mod verbs;

mod state;

mod commands;

mod hello;

mod tls;

mod auth;

mod envelope;

mod data;

mod chunks;

mod help;

mod parameters;

mod replies;

mod input;

mod engine;

pub use config::{Config, Kind, Limits};
pub use engine::Server;
pub use interface::{
    AbandonReason, Decision, Hello, MailParameters, Notice, Query, RcptParameters,
};

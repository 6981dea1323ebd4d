//! The server side of SMTP: one session for port 25 and for submission, distinguished by [`Kind`]. It
//! frames and parses commands and enforces their order; every decision about mail is a [`Query`] to
//! the role.
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

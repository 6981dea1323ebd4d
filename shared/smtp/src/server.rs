//! The server's side of SMTP: one session for port 25 and for submission, told apart by [`Kind`].
//! It frames, parses and keeps the order; every decision about mail is an [`Ask`] to the role.
//!
//! # Failures
//! - The peer breaks the protocol: 500, 501, 503, 504, 555 and the connection goes on, until
//!   `errors_max` (421 4.7.0).
//! - The peer is slow: 421 4.4.2. It asks too much: 452 4.5.3, 552 5.3.4, 421 4.7.0.
//! - Policy refuses, or we are short of something: the role's own reply.
//! - The program stops: 421 4.3.2.
//!
//! The peer closes without QUIT: whole commands already received are still answered, an unfinished
//! message is forgotten.

mod config;
mod words;

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

mod says;

mod input;

mod engine;

pub use config::{Config, Kind, Limits};
pub use engine::Server;
pub use words::{Answer, Ask, Hello, MailParameters, Notice, RcptParameters, Why};

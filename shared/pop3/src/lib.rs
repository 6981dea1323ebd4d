//! POP3 (RFC 1939): the server's side as a sans-IO session ([`mail::session::Session`]). Reads
//! commands, tracks the three states, numbers the messages, stuffs dots and counts octets; logins
//! and the content of the maildrop are decided by the role ([`query`]). With CAPA (RFC 2449), STLS
//! (RFC 2595), AUTH PLAIN (RFC 5034), UIDL, TOP, pipelining and response codes (RFC 2449 §8, RFC
//! 3206). Does not open connections, check passwords or store mail.
//!
//! Failures: an invalid command is answered `-ERR` and counted, and too many of them end the
//! connection; a refusal of the role is answered with the text that
//! [`Refusal`] has in `reply`; a role that fails in the middle of
//! a message ends the connection, since a reply could not be told from the message. However a
//! connection ends, nothing is deleted without QUIT.

pub mod limits;
pub mod query;

mod command;
mod dot_stuffing;
mod frame;
mod output;
mod reply;
mod session;
mod top;

pub use dot_stuffing::line_end_added;
pub use query::{Decision, Maildrop, Message, Notice, Query, Refusal};
pub use session::{Config, Server};

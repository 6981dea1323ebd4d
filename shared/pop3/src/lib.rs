//! POP3 (RFC 1939) as a conversation without input or output of its own: the server's side, a
//! [`mail::session::Session`]. It reads commands, keeps the order of the three states, numbers the
//! messages, stuffs the dots and counts the octets; *who* may in and what the maildrop holds is
//! asked of the role ([`query`]). With CAPA (RFC 2449), STLS (RFC 2595), AUTH PLAIN (RFC 5034), UIDL,
//! TOP, pipelining and response codes (RFC 2449 §8, RFC 3206). Does not open connections, check
//! passwords or store mail.
//!
//! Failures: what the client breaks is answered `-ERR` and counted, too much of it ends the
//! connection; what the role refuses is answered with its words; a role that fails in the middle of
//! a message ends the connection, since no reply could be told from the message. However a
//! connection ends, nothing is deleted unless QUIT was said.

pub mod limits;
pub mod query;

mod command;
mod dot_stuffing;
mod frame;
mod output;
mod session;
mod top;

pub use query::{Code, Decision, Maildrop, Message, Notice, Query, Refusal};
pub use session::{Config, Server};

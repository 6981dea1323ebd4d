//! IMAP4rev1 (RFC 3501) as a sans-IO server session: bytes and the role's decisions go in, steps
//! come out ([`mail::session`]). With IDLE, UIDPLUS, MOVE, SPECIAL-USE, NAMESPACE, LITERAL+, ID,
//! ENABLE, UNSELECT, CHILDREN, SASL-IR and APPENDLIMIT. Logins, mailbox contents and searches are
//! decided by the role: [`Query`], [`Decision`].
//!
//! A command passes `frame`, which splits it off the input; `verb`, which checks whether it is
//! allowed in this state; `parse`, which turns it into a [`Command`]; and `session`, which queries
//! the role and writes the responses with `write`, `list` and [`fetch`]. The client's message
//! numbers are in the [`view`].
//!
//! Failures. A syntax or state error of the client: BAD, and after twenty in a row BYE. A policy or
//! a limit: NO with a response code of RFC 5530. Too long: NO `[TOOBIG]` or BAD, the rest is
//! discarded, or BYE where that would be too much. A decision that does not match the query: NO
//! `[SERVERBUG]`. Missing octets of a literal that was announced to the client: the connection is
//! closed, since no valid response is possible any more.

mod code;
mod command;
mod parse;
mod query;
mod session;
mod verb;

pub mod fetch;
pub mod frame;
pub mod limits;
pub mod list;
pub mod search;
pub mod section;
pub mod set;
pub mod view;
pub mod write;

pub use code::{Code, Refusal};
pub use command::{AppendHead, Change, Command, Item, StatusItem, StoreMode, Tag};
pub use query::{Changes, Decision, Notice, Query, Selected, Status};
pub use session::{Config, Server};

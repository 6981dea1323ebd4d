//! IMAP4rev1 (RFC 3501) as a server session without sockets, clock or store: bytes and the role's
//! decisions go in, steps come out ([`mail::session`]). With it IDLE, UIDPLUS, MOVE, SPECIAL-USE,
//! NAMESPACE, LITERAL+, ID, ENABLE, UNSELECT, CHILDREN, SASL-IR and APPENDLIMIT. It never decides
//! who may in, what a mailbox holds or what is found: it asks ([`Query`]) and is told ([`Decision`]).
//!
//! The way of a command: `frame` cuts it off the bytes, `verb` says whether it is lawful now,
//! `parse` turns it into a [`Command`], `session` asks the role and writes the responses by
//! `write`, `list` and [`fetch`]. What the client believes about its mailbox is the [`view`].
//!
//! Failures. The client broke the grammar or the order: BAD, and after twenty in a row BYE. A
//! policy or a limit: NO with a response code of RFC 5530. Too long: NO `[TOOBIG]` or BAD, the rest
//! is read and thrown away, or BYE where that would be too much. The role answers what was not
//! asked: NO `[SERVERBUG]`. The octets of a literal under way are missing: the connection is
//! closed, since nothing true can be said any more.

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

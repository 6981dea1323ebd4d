//! The mail queue: accepts responsibility for a message, schedules it, delivers it, and reports what
//! could not be delivered. Every message enters through [`Queue::accept`], and is durable when that
//! returns; every message leaves through a [`Transport`]. Speaks no protocol and applies no inbound
//! policy.
//!
//! Recipients with a mailbox on this host get the message in the very write that accepts it. The
//! remaining ones stay in the spool and are attempted by [`Queue::run`] until each is delivered,
//! relayed, or given up with a notice to the sender (RFC 5321 §4.5.4, RFC 3464).
//!
//! A message is attempted under a lease in the store. After a crash its messages become due again,
//! and several processes may share one queue.
//!
//! Failures: a full disk is answered 452 4.3.1 and a failing store 451 4.3.0, and nothing of the
//! message is kept; after acceptance nothing is lost: an attempt that was interrupted is repeated.

mod claims;
mod command;
mod limits;
mod new_message;
mod outcomes;
mod queued_message;
mod retry;
mod transport;

mod accept;
mod aliases;
mod attempt;
mod handle;
mod header_lines;
mod immediate;
mod insert;
pub mod intake;
mod manage;
mod notice;
mod round;
mod run;
mod settle;
mod sign;

pub use command::{CommandResult, QueueCommand, QueueStatus};
pub use handle::Queue;
pub use limits::{ATTEMPT_MAX, ATTEMPTS_MAX, LEASE};
pub use new_message::{Accepted, NewMessage, Refusal};
pub use queued_message::QueuedMessage;
pub use retry::Retry;
pub use transport::{Body, Job, Outcome, Transport};

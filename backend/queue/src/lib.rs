//! The mail queue: accepts responsibility for a message, schedules it, delivers it, and reports
//! what could not be delivered. Every message enters through [`Queue::accept`], and is durable when
//! that returns; every message leaves through a [`Transport`]. Speaks no protocol and applies no
//! inbound policy.
//!
//! Recipients with a mailbox on this host get the message in the transaction that accepts it. The
//! remaining ones stay in the spool and are attempted by [`Queue::run`] until each is delivered,
//! relayed, or given up with a notice to the sender (RFC 5321 §4.5.4, RFC 3464).
//!
//! A message is attempted under a lease in the store. After a crash its messages become due again,
//! and several processes may share one queue.
//!
//! Failures: a full disk is answered 452 4.3.1 and a failing store 451 4.3.0, and nothing of the
//! message is kept; after acceptance nothing is lost: an attempt that was interrupted is repeated.
//!
//! # Example
//! ```
//! use mail::{Envelope, Host, SpanId};
//! use queue::{DeliveryAttempt, DeliveryOutcome, NewMessage, Queue, Retry, Transport};
//! use std::future::ready;
//! use std::sync::Arc;
//! use store::{Fault, PasswordCost, Store, Tx};
//! use world::BoxFuture;
//!
//! struct Discard;
//!
//! impl Transport for Discard {
//!     fn handles<'a>(&'a self, _: &'a Host) -> BoxFuture<'a, Result<bool, Fault>> {
//!         Box::pin(ready(Ok(true)))
//!     }
//!
//!     fn delivers_on_accept(&self) -> bool {
//!         true
//!     }
//!
//!     fn deliver<'a>(
//!         &'a self,
//!         attempt: &'a DeliveryAttempt<'a>,
//!         _: &'a mut Tx,
//!     ) -> BoxFuture<'a, Vec<DeliveryOutcome>> {
//!         Box::pin(ready(vec![DeliveryOutcome::Delivered; attempt.recipients.len()]))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
//! let world = world::still::world();
//! let transports: Vec<Arc<dyn Transport>> = vec![Arc::new(Discard)];
//! let queue = Queue::new(world, store.clone(), "mx.b.test", Retry::default(), transports);
//! let mut writer = store.writer();
//! writer.write(b"Subject: Hello\r\n\r\nHello, Bob.\r\n").unwrap();
//! let (sender, recipient) = ("alice@a.test".parse()?, "bob@b.test".parse()?);
//! let message = NewMessage {
//!     journey: queue.new_journey(),
//!     span: SpanId(1),
//!     role: event::Role::Mta,
//!     envelope: Envelope::new(Some(sender), [recipient]),
//!     prefix: String::new(),
//!     header: Vec::new(), // read from the content
//!     content: writer.finish().await.unwrap(),
//!     account: None,
//!     events: Vec::new(),
//! };
//! let accepted = queue.accept(message).await.unwrap();
//! // The message is durable, and so is its journey.
//! let events = store.journeys().read(accepted.journey).await.unwrap();
//! assert!(events.iter().any(|e| matches!(e.kind, event::Kind::Accepted { .. })));
//! # Ok(())
//! # }
//! ```

mod claims;
mod command;
mod limits;
mod new_message;
mod outcomes;
mod queued_message;
mod retry;
mod stored_keys;
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
mod nul;
mod round;
mod run;
mod settle;
mod sign;

#[cfg(test)]
mod counting_transport;

pub use command::{CommandResult, QueueCommand, QueueStatus};
pub use handle::Queue;
pub use limits::{ATTEMPT_MAX, ATTEMPTS_MAX, LEASE};
pub use new_message::{Accepted, NewMessage, Refusal};
pub use queued_message::QueuedMessage;
pub use retry::Retry;
pub use transport::{DeliveryAttempt, DeliveryOutcome, QueuedContent, Transport};

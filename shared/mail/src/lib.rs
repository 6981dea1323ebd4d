//! Vocabulary types of mail: addresses, domains, envelopes, replies, flags, mailbox names,
//! services, durations, DNS questions and answers, what of foreign text may be shown, and the
//! interface of every protocol session.
//! Pure: no sockets, files, clock or threads.
//!
//! ```
//! use mail::{Address, Service};
//!
//! let address: Address = "alice@glasspost.test".parse()?;
//! assert_eq!(address.to_string(), "alice@glasspost.test");
//! assert_eq!(Service::Submissions.port(), 465);
//! # Ok::<(), mail::AddressError>(())
//! ```

mod address;
mod domain;
mod duration;
mod envelope;
mod ids;
mod mailbox;
mod network;
mod reply;
mod secret;
mod service;
mod time;

pub mod display;
pub mod dns;
pub mod flags;
pub mod search;
pub mod session;

pub use address::{Address, AddressError, LocalPart, Path, split_angle};
pub use domain::{Domain, DomainError, Host};
pub use duration::{DurationError, format_duration, parse_duration};
pub use envelope::{BodyKind, Envelope, Notify, Recipient, ReturnMode};
pub use flags::Flags;
pub use ids::{AccountId, JourneyId, MailboxId, QueueId, SpanId, StoredMessageId};
pub use mailbox::{
    MailboxName, MailboxNameError, SpecialUse, from_modified_utf7, to_modified_utf7,
};
pub use network::{Network, NetworkError};
pub use reply::{EnhancedCode, Reply, ReplyClass};
pub use secret::Secret;
pub use service::Service;
pub use time::{Duration, Time};

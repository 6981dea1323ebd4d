//! Message authentication: evaluates SPF, DKIM, DMARC and ARC for incoming messages, and signs
//! outgoing ones with DKIM. Each result comes with the steps of its proof. DNS is queried through
//! the host's resolver, and the time is the host's; `mail_auth` computes hashes and signatures.
//! Stores nothing and sends no replies: it returns the action that the configuration asks for, and
//! the role carries it out.
//!
//! Failures: a name server that does not answer makes a result `temperror`, and an invalid record
//! or signature makes it `permerror`; neither rejects a message. The number and time of the lookups
//! for one message are limited ([`QUESTIONS_MAX`], [`LOOKUP_TIME_MAX`]).
//!
//! # Example
//! ```
//! use auth::{Action, MessageReader, Origin, Policies};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut world = world::still::world();
//! let zone = "a.test. TXT \"v=spf1 ip4:192.0.2.7 -all\"
//! _dmarc.a.test. TXT \"v=DMARC1; p=reject\"";
//! world.resolver = std::sync::Arc::new(world::zone::Zones::read(zone)?);
//! let mut reader = MessageReader::default();
//! reader.write(b"From: alice@a.test\r\n\r\nHello, Bob.\r\n");
//! let sender = "alice@a.test".parse()?;
//! let origin = Origin {
//!     ip: "192.0.2.7".parse()?,
//!     helo: "mx.a.test",
//!     sender: Some(&sender),
//!     host: "mx.b.test",
//! };
//! let policies = Policies::default();
//! let evaluation = auth::evaluate(&world, &policies, origin, &reader.finish()).await;
//! assert_eq!(evaluation.action, Action::Accept);
//! assert!(evaluation.field.contains("dmarc=pass"));
//! # Ok(())
//! # }
//! ```

mod action;
mod evaluate;
mod policies;

mod message;

mod head;

mod dns;

pub mod arc;
pub mod dkim;
pub mod dmarc;
pub mod spf;

mod results;

pub mod proof;

pub mod report;

pub use action::Action;
pub use dns::{DnsLookup, DnsLookups, LOOKUP_TIME_MAX, QUESTIONS_MAX};
pub use evaluate::{CheckResult, Evaluation, Origin, Verdicts, evaluate};
pub use message::{AUTHORS_MAX, HEADER_BYTES_MAX, IncomingMessage, MessageReader, SIGNATURES_MAX};
pub use policies::{Mode, Policies};

#[cfg(test)]
mod test_keys;

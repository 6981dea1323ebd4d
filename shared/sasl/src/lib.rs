//! SASL (RFC 4422): authentication exchanges without I/O. [`server`] reads the client's messages
//! and asks its role, [`client`] answers a server's challenges; SMTP, IMAP and POP3 only carry the
//! lines. Does not look up accounts, store secrets, or know a protocol's framing except base64.
//!
//! Failures: a response of invalid form is [`server::Step::Malformed`]; whether a proof is right is
//! decided by the role (passwords, tokens, CRAM-MD5) or computed here from keys that the role
//! supplied (SCRAM) and passed to the role.
//!
//! # Example
//! ```
//! use sasl::server::{Exchange, RANDOM_BYTES, Setup, Step};
//! use sasl::{Mechanism, Proof};
//!
//! let setup = Setup {
//!     rng: [0; RANDOM_BYTES], // PLAIN needs no random bytes
//!     host: "mx.b.test".to_owned(),
//!     binding: None,
//! };
//! let exchange = Exchange::begin(Mechanism::Plain, setup);
//! let response = b"\0alice@b.test\0wonder".to_vec();
//! let Step::Verify(exchange, credentials) = exchange.respond(Some(response)) else {
//!     panic!("PLAIN has one message");
//! };
//! assert_eq!(credentials.authentication, "alice@b.test");
//! assert_eq!(credentials.proof, Proof::Password(mail::Secret::new("wonder")));
//! assert!(matches!(exchange.conclude(true), Step::Succeeded));
//! ```

pub mod client;
pub mod server;

pub mod bearer;
pub mod cram;
pub mod plain;
pub mod scram;

mod mechanism;
mod prep;
mod wire;

pub use mechanism::{Mechanism, Mechanisms};
pub use prep::prepare;
pub use wire::{decode, encode};

use mail::Secret;

/// Who the client claims to be, with a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The authorization identity, where it was given.
    pub authorization: Option<String>,
    /// The authentication identity. Empty where the token alone identifies the user.
    pub authentication: String,
    /// The proof.
    pub proof: Proof,
}

/// What the role has to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password itself: compare it with the stored one.
    Password(Secret),
    /// HMAC-MD5 of the challenge under the shared secret (RFC 2195): see [`cram::verify`].
    CramMd5 {
        /// The server's challenge.
        challenge: Vec<u8>,
        /// The client's digest.
        digest: [u8; cram::DIGEST_BYTES],
    },
    /// SCRAM (RFC 5802): computed already, from the keys that the role supplied for this name.
    Scram {
        /// The proof fits the keys.
        proven: bool,
    },
    /// An access token (RFC 6750): to be verified with its issuer.
    Token(Secret),
}

/// Compares in constant time.
pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

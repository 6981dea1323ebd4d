//! SASL (RFC 4422): how someone proves who they are, as conversations without input or output of
//! their own. [`server`] reads what a client says and asks its role, [`client`] answers what a
//! server asks; SMTP, IMAP and POP3 only carry the lines. Does not look anybody up, does not keep a
//! secret, and knows no protocol's way of framing but base64.
//!
//! Failures: a response that has not the mechanism's form is [`server::Step::Malformed`]; whether a
//! proof is right is either the role's judgement (passwords, tokens, CRAM-MD5) or computed here
//! from keys that the role gave (SCRAM) and told to the role to judge.

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

/// Who someone says to be, and what they prove it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// By which mechanism.
    pub mechanism: Mechanism,
    /// On whose behalf (authorization identity), where it was said.
    pub authorization: Option<String>,
    /// Who it is (authentication identity). Empty where a token alone tells it.
    pub authentication: String,
    /// The proof.
    pub proof: Proof,
}

/// What is to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password itself: compare it with what is kept.
    Password(Secret),
    /// HMAC-MD5 of the challenge under the shared secret (RFC 2195): see [`cram::fits`].
    CramMd5 {
        /// What the server asked.
        challenge: Vec<u8>,
        /// What came back.
        digest: [u8; cram::DIGEST_BYTES],
    },
    /// SCRAM (RFC 5802): computed already, from the keys that the role gave for this name.
    Scram {
        /// The proof fits the keys.
        proven: bool,
    },
    /// An access token (RFC 6750): ask who issued it.
    Token(Secret),
}

/// Compares without telling by its time where two values differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

//! DKIM (RFC 6376, RFC 8301, RFC 8463): verifies the signatures of incoming messages, and signs
//! outgoing ones. This module selects and canonicalizes what is hashed; `mail_auth` computes hashes
//! and signatures.

pub(crate) mod canonical;
pub(crate) mod key;
mod private;
mod sign;
pub(crate) mod signature;
mod signed_field;
mod signer;
pub(crate) mod tags;
pub(crate) mod verify;

pub use canonical::Canonical;
pub use private::{KeyError, PrivateKey};
pub use sign::{Hashing, SIGNED_FIELDS, Signed, sign};
pub use signer::{DomainKey, KeySignature, KeySource, Signer};
pub use verify::{Dkim, DkimResult};

/// The algorithms of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Historic: verified, but does not pass (RFC 8301 §3.1).
    RsaSha1,
    /// The algorithm that every verifier supports (RFC 6376 §3.3.2).
    RsaSha256,
    /// RFC 8463.
    Ed25519Sha256,
}

impl Algorithm {
    /// The value of `a=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::RsaSha1 => "rsa-sha1",
            Algorithm::RsaSha256 => "rsa-sha256",
            Algorithm::Ed25519Sha256 => "ed25519-sha256",
        }
    }

    /// Reads the value of `a=`.
    pub fn parse(text: &str) -> Option<Algorithm> {
        [
            Algorithm::RsaSha1,
            Algorithm::RsaSha256,
            Algorithm::Ed25519Sha256,
        ]
        .into_iter()
        .find(|a| a.as_str().eq_ignore_ascii_case(text))
    }

    pub(crate) fn digest(self) -> canonical::Digest {
        if self == Algorithm::RsaSha1 {
            canonical::Digest::Sha1
        } else {
            canonical::Digest::Sha256
        }
    }

    pub(crate) fn library(self) -> mail_auth::common::crypto::Algorithm {
        use mail_auth::common::crypto::Algorithm as Library;
        match self {
            Algorithm::RsaSha1 => Library::RsaSha1,
            Algorithm::RsaSha256 => Library::RsaSha256,
            Algorithm::Ed25519Sha256 => Library::Ed25519Sha256,
        }
    }
}

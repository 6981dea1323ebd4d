//! SCRAM (RFC 5802, RFC 7677): the password is not transmitted, and what the server stores cannot
//! be used to sign in. Contains the keys and the computation; the two sides of the exchange are in
//! [`server`] and [`client`].

pub mod client;
pub mod server;

mod message;

pub(crate) use message::{escape, unescape};

use crate::prepare;
use hmac::{Hmac, Mac};
use mail::Secret;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The fewest iterations accepted from a server and stored for an account (RFC 7677 §4).
pub const ITERATIONS_MIN: u32 = 4096;
/// The most iterations that a client computes, so that a hostile server cannot keep it busy for
/// minutes.
pub const ITERATIONS_MAX: u32 = 1_000_000;

/// A mechanism's hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Hash {
    /// SCRAM-SHA-1 (RFC 5802).
    Sha1,
    /// SCRAM-SHA-256 (RFC 7677).
    Sha256,
}

impl Hash {
    /// `H(str)`
    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Hash::Sha1 => Sha1::digest(bytes).to_vec(),
            Hash::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    /// `HMAC(key, str)`
    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Hash::Sha1 => mac::<Hmac<Sha1>>(key, parts),
            Hash::Sha256 => mac::<Hmac<Sha256>>(key, parts),
        }
    }

    /// `Hi(str, salt, i)`: PBKDF2 with one block (RFC 5802 §2.2).
    pub(crate) fn hi(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        match self {
            Hash::Sha1 => hi::<Hmac<Sha1>>(password, salt, iterations),
            Hash::Sha256 => hi::<Hmac<Sha256>>(password, salt, iterations),
        }
    }
}

fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC accepts keys of every length, so this cannot fail.
    let Ok(mut mac) = <M as Mac>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn hi<M: Mac + hmac::digest::KeyInit + Clone>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Vec<u8> {
    // The key is prepared once; every round starts from that.
    let Ok(keyed) = <M as Mac>::new_from_slice(password) else {
        return Vec::new();
    };
    let round = |parts: &[&[u8]]| {
        let mut mac = keyed.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes()
    };
    let mut last = round(&[salt, &1u32.to_be_bytes()]);
    let mut sum = last.to_vec();
    for _ in 1..iterations {
        last = round(&[&last]);
        for (s, l) in sum.iter_mut().zip(&last) {
            *s ^= l;
        }
    }
    sum
}

/// What a server stores of a password for SCRAM (RFC 5802 §5.1). Who steals it can impersonate the
/// server, but not the user without guessing the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The hash function.
    pub hash: Hash,
    /// The salt; public.
    pub salt: Vec<u8>,
    /// `i`
    pub iterations: u32,
    /// `StoredKey = H(ClientKey)`
    stored: Vec<u8>,
    /// `ServerKey`
    server: Vec<u8>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Keys({:?}, {} iterations, …)",
            self.hash, self.iterations
        )
    }
}

impl Keys {
    /// Derives the keys from a password. `None` where SASLprep forbids it (RFC 5802 §5.1) or it is
    /// not text: such a password works with PLAIN only. Takes milliseconds.
    pub fn make(hash: Hash, password: &Secret, salt: &[u8], iterations: u32) -> Option<Keys> {
        let password = prepare(std::str::from_utf8(password.reveal()).ok()?)?;
        let iterations = iterations.max(1);
        let salted = hash.hi(password.as_bytes(), salt, iterations);
        let client = hash.hmac(&salted, &[b"Client Key"]);
        let server = hash.hmac(&salted, &[b"Server Key"]);
        Some(Keys {
            hash,
            salt: salt.to_vec(),
            iterations,
            stored: hash.digest(&client),
            server,
        })
    }

    /// Keys that match no password, for an unknown name: the salt is the same for the same name, so
    /// that a client cannot find out which names exist. `secret` is the host's own and never
    /// changes.
    pub fn for_unknown_user(hash: Hash, secret: &[u8], name: &str, iterations: u32) -> Keys {
        let part = |what: &[u8]| Hash::Sha256.hmac(secret, &[what, &[hash as u8], name.as_bytes()]);
        let mut salt = part(b"salt");
        salt.truncate(SALT_BYTES);
        // A hash of hashes: a stored key whose client key is unknown.
        Keys {
            hash,
            salt,
            iterations,
            stored: hash.digest(&part(b"stored")),
            server: hash.digest(&part(b"server")),
        }
    }

    /// True where `ClientProof` matches `AuthMessage` (RFC 5802 §3).
    pub(crate) fn prove(&self, auth_message: &[u8], proof: &[u8]) -> bool {
        let signature = self.hash.hmac(&self.stored, &[auth_message]);
        if proof.len() != signature.len() {
            return false;
        }
        let client: Vec<u8> = signature.iter().zip(proof).map(|(s, p)| s ^ p).collect();
        crate::constant_time_eq(&self.hash.digest(&client), &self.stored)
    }

    /// `ServerSignature = HMAC(ServerKey, AuthMessage)`
    pub(crate) fn sign(&self, auth_message: &[u8]) -> Vec<u8> {
        self.hash.hmac(&self.server, &[auth_message])
    }
}

/// Bytes of a fresh salt.
pub const SALT_BYTES: usize = 16;

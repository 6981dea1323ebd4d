//! The client's side of SCRAM: proves the password, and verifies that the server knows it too.

use super::message::{ServerFirst, escape};
use super::server::TLS_EXPORTER;
use super::{Hash, ITERATIONS_MAX, ITERATIONS_MIN};
use crate::{constant_time_eq, prepare};
use mail::Secret;

/// The first message has been sent.
#[derive(Clone, Debug)]
pub struct First {
    hash: Hash,
    nonce: String,
    bare: String,
    /// The content of `c=`.
    binding: Vec<u8>,
}

/// The proof has been sent; the server's is expected.
#[derive(Clone, Debug)]
pub struct Last {
    signature: Vec<u8>,
}

/// Begins: returns `client-first-message`. `binding` is the connection's keying material, for
/// -PLUS.
pub fn begin(hash: Hash, user: &str, nonce: &str, binding: Option<&[u8]>) -> (First, Vec<u8>) {
    let user = prepare(user).unwrap_or_else(|| user.to_owned());
    let header = if binding.is_some() {
        format!("p={TLS_EXPORTER},,")
    } else {
        "n,,".to_owned()
    };
    let bare = format!("n={},r={nonce}", escape(&user));
    let message = format!("{header}{bare}").into_bytes();
    let mut bound = header.into_bytes();
    bound.extend_from_slice(binding.unwrap_or_default());
    (
        First {
            hash,
            nonce: nonce.to_owned(),
            bare,
            binding: bound,
        },
        message,
    )
}

impl First {
    /// Takes `server-first-message` and returns `client-final-message`; `None` for an invalid form,
    /// a foreign nonce, or an iteration count that is too low to protect the password or too high
    /// to be honest. Takes milliseconds.
    pub fn challenge(self, message: &[u8], password: &Secret) -> Option<(Last, Vec<u8>)> {
        let first = ServerFirst::read(message)?;
        let fresh = first.nonce.len() > self.nonce.len() && first.nonce.starts_with(&self.nonce);
        if !fresh || !(ITERATIONS_MIN..=ITERATIONS_MAX).contains(&first.iterations) {
            return None;
        }
        let password = prepare(std::str::from_utf8(password.reveal()).ok()?)?;
        let hash = self.hash;
        let salted = hash.hi(password.as_bytes(), &first.salt, first.iterations);
        let without_proof = format!("c={},r={}", crate::encode(&self.binding), first.nonce);
        let server_first = std::str::from_utf8(message).ok()?;
        let auth_message = format!("{},{server_first},{without_proof}", self.bare);
        let client = hash.hmac(&salted, &[b"Client Key"]);
        let signature = hash.hmac(&hash.digest(&client), &[auth_message.as_bytes()]);
        let proof: Vec<u8> = client.iter().zip(&signature).map(|(c, s)| c ^ s).collect();
        let server = hash.hmac(&salted, &[b"Server Key"]);
        let last = Last {
            signature: hash.hmac(&server, &[auth_message.as_bytes()]),
        };
        Some((
            last,
            format!("{without_proof},p={}", crate::encode(&proof)).into_bytes(),
        ))
    }
}

impl Last {
    /// Takes `server-final-message`: true where the server knows the password too (RFC 5802 §3).
    pub fn check(&self, message: &[u8]) -> bool {
        let signature = std::str::from_utf8(message)
            .ok()
            .and_then(|t| t.strip_prefix("v="));
        signature
            .and_then(|t| crate::decode(t.split(',').next().unwrap_or_default()))
            .is_some_and(|v| constant_time_eq(&v, &self.signature))
    }
}

//! The server's side of SCRAM: first message, keys from the role, proof, signature. One struct per
//! state, consumed by value.

use super::Keys;
use super::message::{Binding, ClientFinal, ClientFirst, ServerFirst};
use crate::Mechanism;

/// The name of the supported channel binding (RFC 9266).
pub const TLS_EXPORTER: &str = "tls-exporter";

/// The server's parameters before the first message.
#[derive(Clone, Debug)]
pub struct Start {
    /// A SCRAM mechanism.
    pub mechanism: Mechanism,
    /// The server's part of the nonce: printable, without a comma, never used before.
    pub nonce: String,
    /// The connection's keying material (RFC 9266 §4.1), where -PLUS is offered.
    pub binding: Option<Vec<u8>>,
}

/// The client has sent its name; its keys are needed.
#[derive(Clone, Debug)]
pub struct AwaitingKeys {
    first: ClientNames,
    nonce: String,
    /// The expected content of `c=`.
    binding: Vec<u8>,
}

#[derive(Clone, Debug)]
struct ClientNames {
    bare: String,
    user: String,
    authorization: Option<String>,
}

/// The salt has been sent; the proof is expected.
#[derive(Clone, Debug)]
pub struct AwaitingProof {
    client: AwaitingKeys,
    keys: Keys,
    server_first: String,
}

/// The proof has been verified.
#[derive(Clone, Debug)]
pub struct CheckedProof {
    /// The authentication identity.
    pub user: String,
    /// The authorization identity, where it was given.
    pub authorization: Option<String>,
    /// The proof matches the keys.
    pub proven: bool,
    /// `server-final-message`, to be sent where the proof matches.
    pub server_final: Vec<u8>,
}

impl Start {
    /// Takes `client-first-message`; `None` for an invalid form or another channel binding.
    pub fn first(self, message: &[u8]) -> Option<AwaitingKeys> {
        let first = ClientFirst::read(message)?;
        let mut binding = first.header.clone().into_bytes();
        match (&first.binding, self.mechanism.is_plus(), &self.binding) {
            (Binding::Required(name), true, Some(value)) if name == TLS_EXPORTER => {
                binding.extend_from_slice(value);
            }
            // RFC 5802 §6: "y" towards a server that offers -PLUS means that the list of mechanisms
            // was tampered with.
            (Binding::Unused, false, None) | (Binding::No, false, _) => {}
            _ => return None,
        }
        let nonce = format!("{}{}", first.nonce, self.nonce);
        let ClientFirst {
            bare,
            user,
            authorization,
            ..
        } = first;
        Some(AwaitingKeys {
            first: ClientNames {
                bare,
                user,
                authorization,
            },
            nonce,
            binding,
        })
    }
}

impl AwaitingKeys {
    /// The name whose keys are needed.
    pub fn user(&self) -> &str {
        &self.first.user
    }

    /// Takes the keys and returns `server-first-message`.
    pub fn keys(self, keys: Keys) -> (AwaitingProof, Vec<u8>) {
        let first = ServerFirst {
            nonce: self.nonce.clone(),
            salt: keys.salt.clone(),
            iterations: keys.iterations,
        };
        let server_first = first.write();
        let message = server_first.clone().into_bytes();
        (
            AwaitingProof {
                client: self,
                keys,
                server_first,
            },
            message,
        )
    }
}

impl AwaitingProof {
    /// Takes `client-final-message`; `None` for an invalid form or another exchange.
    pub fn last(self, message: &[u8]) -> Option<CheckedProof> {
        let last = ClientFinal::read(message)?;
        if last.nonce != self.client.nonce || last.binding != self.client.binding {
            return None;
        }
        let auth_message = format!(
            "{},{},{}",
            self.client.first.bare, self.server_first, last.without_proof
        );
        let proven = self.keys.prove(auth_message.as_bytes(), &last.proof);
        let server_final = format!(
            "v={}",
            crate::encode(&self.keys.sign(auth_message.as_bytes()))
        )
        .into_bytes();
        let ClientNames {
            user,
            authorization,
            ..
        } = self.client.first;
        Some(CheckedProof {
            user,
            authorization,
            proven,
            server_final,
        })
    }
}

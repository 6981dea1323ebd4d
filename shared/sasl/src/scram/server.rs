//! The server's side of SCRAM: first message, keys from the role, proof, signature. A struct per
//! state, consumed by value.

use super::Keys;
use super::message::{Binding, ClientFinal, ClientFirst, ServerFirst};
use crate::Mechanism;

/// The name of the one channel binding that is spoken here (RFC 9266).
pub const TLS_EXPORTER: &str = "tls-exporter";

/// What the server knows before anybody has spoken.
#[derive(Clone, Debug)]
pub struct Start {
    /// A mechanism of SCRAM.
    pub mechanism: Mechanism,
    /// Our half of the nonce: printable, without a comma, never used before.
    pub nonce: String,
    /// The connection's exported value (RFC 9266 §4.1), where -PLUS is offered.
    pub binding: Option<Vec<u8>>,
}

/// The client has said its name; its keys are wanted.
#[derive(Clone, Debug)]
pub struct Named {
    first: ClientFirstKept,
    nonce: String,
    /// What `c=` has to be.
    binding: Vec<u8>,
}

#[derive(Clone, Debug)]
struct ClientFirstKept {
    bare: String,
    user: String,
    authorization: Option<String>,
}

/// The salt is told; the proof is waited for.
#[derive(Clone, Debug)]
pub struct Asked {
    named: Named,
    keys: Keys,
    server_first: String,
}

/// The proof was looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Who it is.
    pub user: String,
    /// On whose behalf, where it was said.
    pub authorization: Option<String>,
    /// The proof fits the keys.
    pub proven: bool,
    /// `server-final-message`, to be said to whoever has proven it.
    pub server_final: Vec<u8>,
}

impl Start {
    /// `client-first-message`; `None` where it has not the form, or binds to something else.
    pub fn first(self, message: &[u8]) -> Option<Named> {
        let first = ClientFirst::read(message)?;
        let mut binding = first.header.clone().into_bytes();
        match (&first.binding, self.mechanism.is_plus(), &self.binding) {
            (Binding::Required(name), true, Some(value)) if name == TLS_EXPORTER => {
                binding.extend_from_slice(value)
            }
            // RFC 5802 §6: who says y to a server that offers -PLUS has been shown another list
            // than ours.
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
        Some(Named {
            first: ClientFirstKept {
                bare,
                user,
                authorization,
            },
            nonce,
            binding,
        })
    }
}

impl Named {
    /// Whose keys are wanted.
    pub fn user(&self) -> &str {
        &self.first.user
    }

    /// Gives `server-first-message`.
    pub fn keys(self, keys: Keys) -> (Asked, Vec<u8>) {
        let first = ServerFirst {
            nonce: self.nonce.clone(),
            salt: keys.salt.clone(),
            iterations: keys.iterations,
        };
        let server_first = first.write();
        let said = server_first.clone().into_bytes();
        (
            Asked {
                named: self,
                keys,
                server_first,
            },
            said,
        )
    }
}

impl Asked {
    /// `client-final-message`; `None` where it has not the form or speaks of another exchange.
    pub fn last(self, message: &[u8]) -> Option<Looked> {
        let last = ClientFinal::read(message)?;
        if last.nonce != self.named.nonce || last.binding != self.named.binding {
            return None;
        }
        let auth_message = format!(
            "{},{},{}",
            self.named.first.bare, self.server_first, last.without_proof
        );
        let proven = self.keys.prove(auth_message.as_bytes(), &last.proof);
        let server_final = format!(
            "v={}",
            crate::encode(&self.keys.sign(auth_message.as_bytes()))
        )
        .into_bytes();
        let ClientFirstKept {
            user,
            authorization,
            ..
        } = self.named.first;
        Some(Looked {
            user,
            authorization,
            proven,
            server_final,
        })
    }
}

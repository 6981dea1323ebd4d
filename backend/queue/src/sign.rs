//! Signs what this host's own domains send (RFC 6376 §5): with every active key of the domain, so
//! that each receiver finds an algorithm that it knows. Chooses no domain: the role says for whom
//! the message speaks.
//!
//! Failures: a key that cannot be used, or a store that cannot be read, lets the message go
//! unsigned, which is logged and told in the journey.

use crate::Queue;
use crate::accept::NewMessage;
use auth::dkim::{Algorithm, PrivateKey, Signed, sign};
use event::{Kind, Verdict};
use mail::Domain;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{SigningKey, SigningState};

/// Keys that were read once: reading one costs as much as signing with it. By their bytes, so that
/// a changed key is another one.
#[derive(Default)]
pub(crate) struct KeyRing(Mutex<HashMap<Vec<u8>, Arc<PrivateKey>>>);

/// Keys kept at hand.
const RING_MAX: usize = 256;

impl KeyRing {
    fn key(&self, key: &SigningKey) -> Result<Arc<PrivateKey>, String> {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ring.get(&key.private) {
            return Ok(known.clone());
        }
        let algorithm = Algorithm::parse(&key.algorithm)
            .ok_or_else(|| format!("{} is no algorithm that is known here", key.algorithm))?;
        let read =
            Arc::new(PrivateKey::from_der(algorithm, &key.private).map_err(|e| e.to_string())?);
        if ring.len() >= RING_MAX {
            ring.clear();
        }
        ring.insert(key.private.clone(), read.clone());
        Ok(read)
    }
}

impl Queue {
    /// Signs a message for a domain of ours, if it (or one above it) has keys: the signatures go
    /// before everything else, and each is told in the message's journey. `head` is the header
    /// as it will be sent without trace lines, `body_hash` from [`auth::dkim::Hashing`].
    pub async fn sign(
        &self,
        message: &mut NewMessage,
        domain: &Domain,
        head: &[u8],
        body_hash: &[u8],
    ) {
        let keys = match self.keys_for(domain).await {
            Ok(keys) => keys,
            Err(fault) => {
                tracing::error!(%domain, error = %fault, "the signing keys could not be read");
                return;
            }
        };
        let now = self.0.world.now();
        let mut fields = String::new();
        for key in keys {
            let signed = self.0.ring.key(&key).and_then(|ready| {
                sign(
                    &ready,
                    key.domain.as_str(),
                    &key.selector,
                    head,
                    body_hash,
                    now,
                )
                .map_err(|e| e.to_string())
            });
            let (verdict, why) = match signed {
                Ok(Signed { field, why }) => {
                    fields.push_str(&field);
                    (Verdict::Pass, why)
                }
                Err(why) => {
                    tracing::error!(domain = %key.domain, selector = key.selector, why, "a message goes unsigned");
                    (Verdict::Fail, why)
                }
            };
            let kind = Kind::Check {
                name: "dkim-sign".into(),
                verdict,
                why,
            };
            message.events.push(self.event(
                message.journey,
                message.span,
                None,
                message.role,
                now,
                kind,
            ));
        }
        message.prefix.insert_str(0, &fields);
    }

    // The active keys of the domain, or of the nearest one above it: still of the same organization
    // (RFC 9989 §4.4.1).
    async fn keys_for(&self, domain: &Domain) -> Result<Vec<SigningKey>, store::Fault> {
        let mut name = domain.as_str();
        while name.contains('.') {
            let Ok(owner) = Domain::new(name) else { break };
            let mut keys = self.0.store.signing_keys(&owner).await?;
            keys.retain(|k| k.state == SigningState::Active);
            if !keys.is_empty() {
                return Ok(keys);
            }
            name = name.split_once('.').map_or("", |(_, above)| above);
        }
        Ok(Vec::new())
    }
}

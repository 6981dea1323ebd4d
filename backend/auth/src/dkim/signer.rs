//! Signs messages for a domain (RFC 6376 §5) with each of its active keys, so that every verifier
//! finds an algorithm that it supports. Does not choose the domain: the caller does.
//!
//! Failures: a key that cannot be used is reported with its domain and selector, and the other keys
//! still sign.

use super::{Algorithm, PrivateKey, Signed, sign};
use event::catalogue::authentication::SigningReason;
use mail::{Domain, Time};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use world::lock;

/// A key under which a domain signs.
#[derive(Clone)]
pub struct DomainKey {
    /// `d=`
    pub domain: Domain,
    /// `s=`
    pub selector: String,
    /// `rsa-sha256` or `ed25519-sha256`.
    pub algorithm: String,
    /// The private key in DER.
    pub private: Vec<u8>,
}

/// Where the signing keys are stored.
pub trait KeySource: Send + Sync {
    /// Why the keys cannot be read.
    type Error;

    /// The active keys of exactly this domain; none where it does not sign.
    fn active_keys(
        &self,
        domain: &Domain,
    ) -> impl Future<Output = Result<Vec<DomainKey>, Self::Error>> + Send;
}

/// The result of signing with one key.
pub struct KeySignature {
    /// `d=`
    pub domain: Domain,
    /// `s=`
    pub selector: String,
    /// The header field, or why there is none.
    pub signed: Result<Signed, SigningReason>,
}

/// Signs with the keys of a [`KeySource`]. Parsed keys are cached, since parsing one costs as much
/// as signing with it.
pub struct Signer<K> {
    source: K,
    // The key of an entry is the DER form, so that a replaced key is a new entry.
    parsed: Mutex<HashMap<Vec<u8>, Arc<PrivateKey>>>,
}

/// Parsed keys in the cache.
const PARSED_KEYS_MAX: usize = 256;

fn unusable(error: impl ToString) -> SigningReason {
    SigningReason::KeyUnusable {
        text: error.to_string(),
    }
}

impl<K: KeySource> Signer<K> {
    /// A signer with an empty cache.
    pub fn new(source: K) -> Signer<K> {
        Signer {
            source,
            parsed: Mutex::default(),
        }
    }

    /// Signs for `domain` with its keys, or with those of the nearest domain above it that has any:
    /// still of the same organization (RFC 9989 §4.4.1). Returns one result for each key. `header`
    /// is the header as it will be sent, without trace fields; `body_hash` is from
    /// [`Hashing`](super::Hashing).
    ///
    /// # Errors
    /// Where the keys cannot be read.
    pub async fn sign(
        &self,
        domain: &Domain,
        header: &[u8],
        body_hash: &[u8],
        now: Time,
    ) -> Result<Vec<KeySignature>, K::Error> {
        let keys = self.keys_for(domain).await?;
        let signatures = keys.into_iter().map(|key| {
            let signed = self.parsed(&key).and_then(|parsed| {
                let domain = key.domain.as_str();
                sign(&parsed, domain, &key.selector, header, body_hash, now).map_err(unusable)
            });
            KeySignature {
                domain: key.domain,
                selector: key.selector,
                signed,
            }
        });
        Ok(signatures.collect())
    }

    async fn keys_for(&self, domain: &Domain) -> Result<Vec<DomainKey>, K::Error> {
        let mut name = domain.as_str();
        while name.contains('.') {
            let Ok(owner) = Domain::new(name) else { break };
            let keys = self.source.active_keys(&owner).await?;
            if !keys.is_empty() {
                return Ok(keys);
            }
            name = name.split_once('.').map_or("", |(_, parent)| parent);
        }
        Ok(Vec::new())
    }

    fn parsed(&self, key: &DomainKey) -> Result<Arc<PrivateKey>, SigningReason> {
        let mut parsed = lock(&self.parsed);
        if let Some(known) = parsed.get(&key.private) {
            return Ok(known.clone());
        }
        let algorithm = Algorithm::parse(&key.algorithm)
            .ok_or_else(|| unusable(format!("the algorithm {} is not supported", key.algorithm)))?;
        let new = Arc::new(PrivateKey::from_der(algorithm, &key.private).map_err(unusable)?);
        if parsed.len() >= PARSED_KEYS_MAX {
            parsed.clear();
        }
        parsed.insert(key.private.clone(), new.clone());
        Ok(new)
    }
}

//! DKIM signing keys (RFC 6376) of the local domains, as bytes. The `auth` crate signs with them.

use crate::directory::parse;
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::{Domain, Time};
use serde::{Deserialize, Serialize};

/// The state of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningState {
    /// Created, to be published in DNS; does not sign yet.
    Waiting,
    /// Signs messages.
    Active,
    /// Does not sign any more; stays published for messages in transit.
    Old,
}

/// A DKIM signing key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The signing domain.
    pub domain: Domain,
    /// The selector; the key is published at `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// `rsa-sha256` or `ed25519-sha256`.
    pub algorithm: String,
    /// The private key in DER.
    pub private: Vec<u8>,
    /// The TXT record to publish.
    pub record: String,
    /// The state.
    pub state: SigningState,
    /// When it was created.
    pub created: Time,
    /// When it entered its state.
    pub since: Time,
}

impl std::fmt::Debug for SigningKey {
    // Omits the private key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SigningKey({}._domainkey.{}, {}, {:?})",
            self.selector, self.domain, self.algorithm, self.state
        )
    }
}

const KEYS_MAX: usize = 10_000;

impl Store {
    /// The keys of a domain, by selector.
    ///
    /// # Errors
    /// As the engine.
    pub async fn signing_keys(&self, domain: &Domain) -> Result<Vec<SigningKey>, Fault> {
        self.signing_rows(&keys::signing_of(domain.as_str())).await
    }

    /// The keys of all domains.
    ///
    /// # Errors
    /// As the engine.
    pub async fn all_signing_keys(&self) -> Result<Vec<SigningKey>, Fault> {
        self.signing_rows(keys::SIGNING).await
    }

    async fn signing_rows(&self, prefix: &[u8]) -> Result<Vec<SigningKey>, Fault> {
        let rows = self
            .engine()
            .scan(Keyspace::Directory, prefix, &after_prefix(prefix), KEYS_MAX)
            .await?;
        rows.iter().map(|(_, row)| parse(row)).collect()
    }

    /// Stores keys, new or changed, together or not at all.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_signing_keys(&self, all: &[SigningKey]) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for key in all {
            let row = serde_json::to_vec(key).map_err(|e| Fault::Broken(e.to_string()))?;
            batch.put(
                Keyspace::Directory,
                keys::signing(key.domain.as_str(), &key.selector),
                row,
            );
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Removes a key and returns whether it existed.
    ///
    /// # Errors
    /// As the engine.
    pub async fn remove_signing_key(&self, domain: &Domain, selector: &str) -> Result<bool, Fault> {
        let key = keys::signing(domain.as_str(), selector);
        let there = self
            .engine()
            .get(Keyspace::Directory, &key)
            .await?
            .is_some();
        let mut batch = Batch::default();
        batch.delete(Keyspace::Directory, key);
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    fn key(domain: &str, selector: &str) -> SigningKey {
        SigningKey {
            domain: domain.parse().unwrap(),
            selector: selector.into(),
            algorithm: "ed25519-sha256".into(),
            private: vec![1, 2, 3],
            record: "v=DKIM1; k=ed25519; p=AA==".into(),
            state: SigningState::Active,
            created: Time(1),
            since: Time(1),
        }
    }

    #[tokio::test]
    async fn keys_are_kept_by_domain_and_selector() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let all = [
            key("a.test", "one"),
            key("a.test", "two"),
            key("aa.test", "one"),
        ];
        store.keep_signing_keys(&all).await.unwrap();
        assert_eq!(
            store
                .signing_keys(&"a.test".parse().unwrap())
                .await
                .unwrap(),
            all[..2]
        );
        assert_eq!(store.all_signing_keys().await.unwrap().len(), 3);
        assert!(
            store
                .remove_signing_key(&all[0].domain, "one")
                .await
                .unwrap()
        );
        assert!(
            !store
                .remove_signing_key(&all[0].domain, "one")
                .await
                .unwrap()
        );
        assert_eq!(store.signing_keys(&all[0].domain).await.unwrap(), all[1..2]);
        assert_eq!(
            format!("{:?}", all[0]),
            "SigningKey(one._domainkey.a.test, ed25519-sha256, Active)"
        );
    }
}

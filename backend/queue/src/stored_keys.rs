//! The DKIM keys of a store, for [`auth::dkim::Signer`].

use auth::dkim::{DomainKey, KeySource};
use mail::Domain;
use store::{Fault, SigningState, Store};

/// The signing keys of a store.
pub(crate) struct StoredKeys(pub(crate) Store);

impl KeySource for StoredKeys {
    type Error = Fault;

    async fn active_keys(&self, domain: &Domain) -> Result<Vec<DomainKey>, Fault> {
        let keys = self.0.signing_keys(domain).await?.into_iter();
        let active = keys.filter(|key| key.state == SigningState::Active);
        Ok(active
            .map(|key| DomainKey {
                domain: key.domain,
                selector: key.selector,
                algorithm: key.algorithm,
                private: key.private,
            })
            .collect())
    }
}

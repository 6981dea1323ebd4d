//! The local domains.

use crate::directory::{AccountError, LIST_MAX};
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::Domain;

impl Store {
    /// Adds a local domain, if it is new.
    ///
    /// # Errors
    /// As the engine.
    pub async fn add_domain(&self, domain: &Domain) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(
            Keyspace::Directory,
            keys::domain(domain.as_str()),
            Vec::new(),
        );
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Removes a local domain.
    ///
    /// # Errors
    /// [`AccountError::Missing`], or [`AccountError::InUse`] where accounts or aliases are in it.
    pub async fn remove_domain(&self, domain: &Domain) -> Result<(), AccountError> {
        let Some(domain) = self.local_domain(domain).await? else {
            return Err(AccountError::Missing(domain.to_string()));
        };
        let domain = &*domain;
        let has_aliases = self
            .aliases()
            .await?
            .iter()
            .any(|a| a.name.domain() == Some(domain));
        if has_aliases
            || self
                .accounts()
                .await?
                .iter()
                .any(|a| a.addresses().any(|a| a.domain() == Some(domain)))
        {
            return Err(AccountError::InUse(domain.to_string()));
        }
        let mut batch = Batch::default();
        batch.delete(Keyspace::Directory, keys::domain(domain.as_str()));
        Ok(engine::commit(self.engine().as_ref(), batch).await?)
    }

    /// Whether the domain is local, in U-labels or A-labels; may be a moment old.
    ///
    /// # Errors
    /// As the engine.
    pub async fn is_local(&self, domain: &Domain) -> Result<bool, Fault> {
        Ok(self.local_domain(domain).await?.is_some())
    }

    // Whether the directory holds the domain in exactly this form.
    pub(crate) async fn is_listed(&self, domain: &Domain) -> Result<bool, Fault> {
        Ok(self
            .engine()
            .get_cached(Keyspace::Directory, &keys::domain(domain.as_str()))
            .await?
            .is_some())
    }

    /// All local domains.
    ///
    /// # Errors
    /// As the engine.
    pub async fn domains(&self) -> Result<Vec<Domain>, Fault> {
        let rows = self
            .engine()
            .scan(
                Keyspace::Directory,
                keys::DOMAINS,
                &after_prefix(keys::DOMAINS),
                LIST_MAX,
            )
            .await?;
        Ok(rows
            .iter()
            .filter_map(|(key, _)| Domain::new(std::str::from_utf8(&key[1..]).ok()?).ok())
            .collect())
    }
}

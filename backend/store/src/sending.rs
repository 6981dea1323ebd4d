//! State of sending besides the messages: administrators' commands for leased messages, MTA-STS
//! policies of other domains, and connection counts for TLS reports. The rows are encoded by their
//! owners.

use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::{Domain, QueueId};

/// The most rows of one day that are read.
pub const TALLIES_MAX: usize = 100_000;

impl Store {
    /// The pending administrator's command for a message.
    ///
    /// # Errors
    /// As the engine.
    pub async fn order(&self, id: QueueId) -> Result<Option<Vec<u8>>, Fault> {
        self.engine().get(Keyspace::Sending, &keys::order(id)).await
    }

    /// A value that changes whenever the queue is changed from outside of the server.
    ///
    /// # Errors
    /// As the engine.
    pub async fn queue_mark(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Keyspace::Sending, keys::QUEUE_CHANGED)
            .await
    }

    /// The secret by which this host recognizes addresses that it rewrote (SRS). The first call
    /// stores `fresh` as the secret.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sending_secret(&self, fresh: [u8; 32]) -> Result<Vec<u8>, Fault> {
        let mut batch = Batch::default();
        batch.assert_absent(Keyspace::Sending, keys::SENDING_SECRET.to_vec());
        batch.put(
            Keyspace::Sending,
            keys::SENDING_SECRET.to_vec(),
            fresh.to_vec(),
        );
        match engine::commit(self.engine().as_ref(), batch).await {
            Ok(()) => Ok(fresh.to_vec()),
            Err(Fault::Conflict) => {
                let stored = self
                    .engine()
                    .get(Keyspace::Sending, keys::SENDING_SECRET)
                    .await?;
                stored.ok_or_else(|| Fault::Broken("the SRS secret is missing".into()))
            }
            Err(fault) => Err(fault),
        }
    }

    /// The stored MTA-STS policy of another domain.
    ///
    /// # Errors
    /// As the engine.
    pub async fn policy(&self, domain: &Domain) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Keyspace::Sending, &keys::policy(domain.as_str()))
            .await
    }

    /// Stores or removes the MTA-STS policy of another domain.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_policy(&self, domain: &Domain, row: Option<Vec<u8>>) -> Result<(), Fault> {
        let mut batch = Batch::default();
        match row {
            Some(row) => batch.put(Keyspace::Sending, keys::policy(domain.as_str()), row),
            None => batch.delete(Keyspace::Sending, keys::policy(domain.as_str())),
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Stores the counts of this opening for a day, replacing those that it stored before.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_tallies(&self, day: u32, rows: Vec<(Domain, Vec<u8>)>) -> Result<(), Fault> {
        let (mut batch, opening) = (Batch::default(), self.opening());
        for (domain, row) in rows {
            batch.put(
                Keyspace::Sending,
                keys::tally(day, domain.as_str(), opening),
                row,
            );
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// The counts of a day; a domain is listed once per opening of the store.
    ///
    /// # Errors
    /// As the engine.
    pub async fn tallies(&self, day: u32) -> Result<Vec<(Domain, Vec<u8>)>, Fault> {
        self.rows_by_domain(&keys::tallies_of(day), TALLIES_MAX)
            .await
    }

    // The rows whose keys are the prefix, a domain, a NUL and the number of an opening.
    pub(crate) async fn rows_by_domain(
        &self,
        prefix: &[u8],
        rows_max: usize,
    ) -> Result<Vec<(Domain, Vec<u8>)>, Fault> {
        let rows = self
            .engine()
            .scan(Keyspace::Sending, prefix, &after_prefix(prefix), rows_max)
            .await?;
        let name = |key: &[u8]| {
            let text = key.get(prefix.len()..key.len().checked_sub(9)?)?;
            Domain::new(std::str::from_utf8(text).ok()?).ok()
        };
        Ok(rows
            .into_iter()
            .filter_map(|(key, row)| Some((name(&key)?, row)))
            .collect())
    }

    /// Removes the counts of a day.
    ///
    /// # Errors
    /// As the engine.
    pub async fn forget_tallies(&self, day: u32) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.delete_prefix(Keyspace::Sending, &keys::tallies_of(day));
        engine::commit(self.engine().as_ref(), batch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    #[tokio::test]
    async fn the_secret_is_created_once() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        assert_eq!(store.sending_secret([1; 32]).await.unwrap(), [1; 32]);
        assert_eq!(store.sending_secret([2; 32]).await.unwrap(), [1; 32]);
    }

    #[tokio::test]
    async fn stores_and_removes_policies_and_tallies() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let domain: Domain = "b.test".parse().unwrap();
        store.keep_policy(&domain, Some(vec![1])).await.unwrap();
        assert_eq!(store.policy(&domain).await.unwrap(), Some(vec![1]));
        store.keep_policy(&domain, None).await.unwrap();
        assert_eq!(store.policy(&domain).await.unwrap(), None);
        store
            .keep_tallies(7, vec![(domain.clone(), vec![1])])
            .await
            .unwrap();
        store
            .keep_tallies(7, vec![(domain.clone(), vec![2])])
            .await
            .unwrap();
        store
            .keep_tallies(8, vec![(domain.clone(), vec![3])])
            .await
            .unwrap();
        assert_eq!(store.tallies(7).await.unwrap(), [(domain.clone(), vec![2])]);
        store.forget_tallies(7).await.unwrap();
        assert_eq!(
            (
                store.tallies(7).await.unwrap().len(),
                store.tallies(8).await.unwrap().len()
            ),
            (0, 1)
        );
    }
}

//! What sending keeps beside its messages: orders by hand for messages that are being tried, the
//! MTA-STS policies of other domains, and tallies of connections for TLS reports. Rows are in their
//! owners' forms; nothing is decided here.

use crate::engine::{self, Batch, Fault, Space, after_prefix};
use crate::{Store, keys};
use mail::{Domain, QueueId};

/// Domains of a day's tallies that are read at most.
pub const TALLIES_MAX: usize = 100_000;

impl Store {
    /// The order by hand for a message, where one waits to be carried out.
    ///
    /// # Errors
    /// As the engine.
    pub async fn order(&self, id: QueueId) -> Result<Option<Vec<u8>>, Fault> {
        self.engine().get(Space::Sending, &keys::order(id)).await
    }

    /// Differs from the last time where somebody has changed the queue from outside.
    ///
    /// # Errors
    /// As the engine.
    pub async fn queue_mark(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.engine().get(Space::Sending, keys::QUEUE_CHANGED).await
    }

    /// The secret by which this host knows addresses that it wrote itself; made from `fresh` when
    /// it is first asked for.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sending_secret(&self, fresh: [u8; 32]) -> Result<Vec<u8>, Fault> {
        let mut batch = Batch::default();
        batch.assert_absent(Space::Sending, keys::SENDING_SECRET.to_vec());
        batch.put(
            Space::Sending,
            keys::SENDING_SECRET.to_vec(),
            fresh.to_vec(),
        );
        match engine::commit(self.engine().as_ref(), batch).await {
            Ok(()) => Ok(fresh.to_vec()),
            Err(Fault::Conflict) => {
                let kept = self
                    .engine()
                    .get(Space::Sending, keys::SENDING_SECRET)
                    .await?;
                kept.ok_or_else(|| Fault::Broken("the secret of sending is missing".into()))
            }
            Err(fault) => Err(fault),
        }
    }

    /// A foreign domain's policy, as it was kept.
    ///
    /// # Errors
    /// As the engine.
    pub async fn policy(&self, domain: &Domain) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Space::Sending, &keys::policy(domain.as_str()))
            .await
    }

    /// Keeps a foreign domain's policy, or forgets it.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_policy(&self, domain: &Domain, row: Option<Vec<u8>>) -> Result<(), Fault> {
        let mut batch = Batch::default();
        match row {
            Some(row) => batch.put(Space::Sending, keys::policy(domain.as_str()), row),
            None => batch.delete(Space::Sending, keys::policy(domain.as_str())),
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Keeps what this opening has counted on a day, in place of what it kept of that day before.
    ///
    /// # Errors
    /// As the engine.
    pub async fn keep_tallies(&self, day: u32, rows: Vec<(Domain, Vec<u8>)>) -> Result<(), Fault> {
        let (mut batch, opening) = (Batch::default(), self.opening());
        for (domain, row) in rows {
            batch.put(
                Space::Sending,
                keys::tally(day, domain.as_str(), opening),
                row,
            );
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// What was counted on a day; a domain may come several times, once for each opening.
    ///
    /// # Errors
    /// As the engine.
    pub async fn tallies(&self, day: u32) -> Result<Vec<(Domain, Vec<u8>)>, Fault> {
        let prefix = keys::tallies_of(day);
        let rows = self
            .engine()
            .scan(Space::Sending, &prefix, &after_prefix(&prefix), TALLIES_MAX)
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

    /// Forgets a day's tallies: they were reported.
    ///
    /// # Errors
    /// As the engine.
    pub async fn forget_tallies(&self, day: u32) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.delete_prefix(Space::Sending, &keys::tallies_of(day));
        engine::commit(self.engine().as_ref(), batch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    #[tokio::test]
    async fn the_secret_is_made_once() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        assert_eq!(store.sending_secret([1; 32]).await.unwrap(), [1; 32]);
        assert_eq!(store.sending_secret([2; 32]).await.unwrap(), [1; 32]);
    }

    #[tokio::test]
    async fn policies_and_tallies_are_kept_found_and_forgotten() {
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

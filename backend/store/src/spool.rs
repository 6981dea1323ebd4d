//! The rows of the queue, and an index of when each message is due. The queue encodes the rows.
//!
//! A process that attempts a message leases it: the message's index row moves to the end of the
//! lease and holds the owner's number. The messages of a crashed owner thus become due again by
//! themselves, and several processes can share one queue.

use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::{QueueId, Time};

/// The row of a message in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolRow {
    /// The number of the message.
    pub id: QueueId,
    /// The row, encoded by the queue.
    pub row: Vec<u8>,
}

/// The index row of a message: when it is due, or until when it is leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// When the message is due, or its lease ends.
    pub at: Time,
    /// The message.
    pub id: QueueId,
    /// The opening of the store that holds the lease; `None`: not leased.
    pub owner: Option<u64>,
}

impl Lease {
    pub(crate) fn owner_row(&self) -> Vec<u8> {
        self.owner
            .map(|o| o.to_be_bytes().to_vec())
            .unwrap_or_default()
    }

    fn read(key: &[u8], value: &[u8]) -> Option<Lease> {
        let at = i64::from_be_bytes(key.get(..8)?.try_into().ok()?);
        let id = u64::from_be_bytes(key.get(8..16)?.try_into().ok()?);
        Some(Lease {
            at: Time(at),
            id: QueueId(id),
            owner: value.try_into().ok().map(u64::from_be_bytes),
        })
    }
}

// The rows per scan while stale leases are released.
const PAGE: usize = 500;

impl Store {
    /// A number for a new message, unique in this store.
    pub fn next_message(&self) -> QueueId {
        QueueId(self.next_number())
    }

    /// The number of this opening of the store, the owner of its leases.
    pub fn opening(&self) -> u64 {
        self.0.numbers.load(std::sync::atomic::Ordering::Relaxed) >> 32
    }

    /// At most `limit` messages that are due at `now`, the longest due first, and when the next one
    /// after them is due. A leased message is due when its lease ends.
    ///
    /// # Errors
    /// As the engine.
    pub async fn due(&self, now: Time, limit: usize) -> Result<(Vec<Lease>, Option<Time>), Fault> {
        let rows = self
            .engine()
            .scan(Keyspace::Due, &[], &[u8::MAX; 17], limit + 1)
            .await?;
        let all: Vec<Lease> = rows
            .iter()
            .filter_map(|(key, value)| Lease::read(key, value))
            .collect();
        let split = all.partition_point(|lease| lease.at <= now).min(limit);
        let next = all.get(split).map(|lease| lease.at);
        Ok((all[..split].to_vec(), next))
    }

    /// Leases messages until a time. Returns the leases of those that no other process leased
    /// first.
    ///
    /// # Errors
    /// As the engine.
    pub async fn lease(&self, leases: &[Lease], until: Time) -> Result<Vec<Lease>, Fault> {
        match self.lease_all(leases, until).await {
            Err(Fault::Conflict) if leases.len() > 1 => {
                let mut leased = Vec::new();
                for lease in leases {
                    match self.lease_all(std::slice::from_ref(lease), until).await {
                        Ok(one) => leased.extend(one),
                        Err(Fault::Conflict) => {}
                        Err(fault) => return Err(fault),
                    }
                }
                Ok(leased)
            }
            Err(Fault::Conflict) => Ok(Vec::new()),
            other => other,
        }
    }

    async fn lease_all(&self, leases: &[Lease], until: Time) -> Result<Vec<Lease>, Fault> {
        let owner = self.opening();
        let leased: Vec<Lease> = leases
            .iter()
            .map(|t| Lease {
                at: until,
                id: t.id,
                owner: Some(owner),
            })
            .collect();
        self.replace_leases(leases, &leased).await.map(|()| leased)
    }

    async fn replace_leases(&self, from: &[Lease], to: &[Lease]) -> Result<(), Fault> {
        let mut batch = Batch::default();
        for (was, is) in from.iter().zip(to) {
            let key = keys::due(was.at, was.id);
            batch
                .asserts
                .push((Keyspace::Due, key.clone(), Some(was.owner_row())));
            batch.delete(Keyspace::Due, key);
            batch.put(Keyspace::Due, keys::due(is.at, is.id), is.owner_row());
        }
        engine::commit(self.engine().as_ref(), batch).await
    }

    /// Whether this is still the lease of its message: no other process has leased or moved it.
    ///
    /// # Errors
    /// As the engine.
    pub async fn is_current_lease(&self, lease: &Lease) -> Result<bool, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Due, &keys::due(lease.at, lease.id))
            .await?;
        Ok(row.as_deref() == Some(lease.owner_row().as_slice()))
    }

    /// Releases the leases of former openings and returns their number. The messages are due as
    /// their rows say (`due_of`), or at once. Only for a server that has the store to itself.
    ///
    /// # Errors
    /// As the engine.
    pub async fn release_stale_leases(
        &self,
        now: Time,
        due_of: impl Fn(&[u8]) -> Option<Time>,
    ) -> Result<usize, Fault> {
        let (mut from, mut taken, own) = (Vec::new(), 0, self.opening());
        loop {
            let rows = self
                .engine()
                .scan(Keyspace::Due, &from, &[u8::MAX; 17], PAGE)
                .await?;
            let Some((last, _)) = rows.last() else {
                return Ok(taken);
            };
            from = after_prefix(last);
            let leases = rows
                .iter()
                .filter_map(|(key, value)| Lease::read(key, value));
            let stale: Vec<Lease> = leases
                .filter(|t| t.owner.is_some_and(|o| o != own))
                .collect();
            let mut freed = Vec::with_capacity(stale.len());
            for lease in &stale {
                let row = self.spooled(lease.id).await?;
                let due = row.and_then(|row| due_of(&row.row)).unwrap_or(now);
                freed.push(Lease {
                    at: due.min(now),
                    id: lease.id,
                    owner: None,
                });
            }
            if !stale.is_empty() {
                self.replace_leases(&stale, &freed).await?;
                taken += stale.len();
            }
        }
    }

    /// The row of a message.
    ///
    /// # Errors
    /// As the engine.
    pub async fn spooled(&self, id: QueueId) -> Result<Option<SpoolRow>, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Spool, &keys::queued(id))
            .await?;
        Ok(row.map(|row| SpoolRow { id, row }))
    }

    /// At most `limit` rows of the queue after a number, in order.
    ///
    /// # Errors
    /// As the engine.
    pub async fn spool_after(
        &self,
        id: Option<QueueId>,
        limit: usize,
    ) -> Result<Vec<SpoolRow>, Fault> {
        let from = id.map_or_else(Vec::new, |id| after_prefix(&keys::queued(id)));
        let rows = self
            .engine()
            .scan(Keyspace::Spool, &from, &[u8::MAX; 9], limit)
            .await?;
        let parse = |(key, row): (Vec<u8>, Vec<u8>)| {
            key.try_into().ok().map(|k| SpoolRow {
                id: QueueId(u64::from_be_bytes(k)),
                row,
            })
        };
        Ok(rows.into_iter().filter_map(parse).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    async fn with_messages(count: u64) -> Store {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let mut tx = store.begin();
        for i in 0..count {
            tx.spool(QueueId(i), None, Some(Time(10)), vec![1]);
        }
        tx.commit().await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_leased_message_is_not_leased_again_until_the_lease_ends() {
        let store = with_messages(3).await;
        let (due, _) = store.due(Time(10), 10).await.unwrap();
        let leased = store.lease(&due[..2], Time(100)).await.unwrap();
        assert_eq!(leased.len(), 2);
        assert_eq!(
            store.lease(&due, Time(100)).await.unwrap().len(),
            1,
            "what is left"
        );
        let (now, next) = store.due(Time(99), 10).await.unwrap();
        assert_eq!((now.len(), next), (0, Some(Time(100))));
        assert_eq!(
            store.due(Time(100), 10).await.unwrap().0.len(),
            3,
            "a crashed owner's messages are due again"
        );
    }

    #[tokio::test]
    async fn a_write_is_refused_when_another_process_has_leased_the_message() {
        let store = with_messages(1).await;
        let (due, _) = store.due(Time(10), 10).await.unwrap();
        let leased = store.lease(&due, Time(100)).await.unwrap();
        let mut tx = store.begin();
        tx.spool(QueueId(0), Some(&due[0]), Some(Time(11)), vec![2]);
        assert_eq!(tx.commit().await.err(), Some(Fault::Conflict));
        assert!(
            store.is_current_lease(&leased[0]).await.unwrap()
                && !store.is_current_lease(&due[0]).await.unwrap()
        );
        let mut tx = store.begin();
        tx.unspool(QueueId(0), Some(&leased[0]));
        tx.commit().await.unwrap();
        assert!(store.due(Time(1000), 10).await.unwrap().0.is_empty());
    }

    #[tokio::test]
    async fn a_server_that_has_the_store_to_itself_releases_the_leases_of_a_former_one() {
        let engine = std::sync::Arc::new(engine::memory::Memory::default());
        let blobs = std::sync::Arc::new(crate::MemoryBlobs::default());
        let former = Store::open(engine.clone(), blobs.clone(), PasswordCost::NONE)
            .await
            .unwrap();
        let mut tx = former.begin();
        for i in 0..1200 {
            tx.spool(QueueId(i), None, Some(Time(10)), vec![1]);
        }
        tx.commit().await.unwrap();
        let (due, _) = former.due(Time(10), 1100).await.unwrap();
        former.lease(&due, Time(500)).await.unwrap();
        let store = Store::open(engine, blobs, PasswordCost::NONE)
            .await
            .unwrap();
        // Their rows say when they were due.
        let due_of = |row: &[u8]| (row == [1]).then_some(Time(10));
        assert_eq!(
            store.release_stale_leases(Time(20), due_of).await.unwrap(),
            1100
        );
        assert_eq!(store.due(Time(10), 2000).await.unwrap().0.len(), 1200);
        assert_eq!(store.due(Time(20), 2000).await.unwrap().0.len(), 1200);
        let (due, _) = store.due(Time(20), 1).await.unwrap();
        store.lease(&due, Time(500)).await.unwrap();
        assert_eq!(
            store.release_stale_leases(Time(20), due_of).await.unwrap(),
            0,
            "its own leases are kept"
        );
    }
}

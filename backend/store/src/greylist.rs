//! The greylist (RFC 6647). A triplet is the client's network, the sender and the recipient; a
//! network whose triplet was retried after the delay is known from then on. Rows survive a restart;
//! expired ones are removed during lookups, at most once an hour. The inbound policy turns a status
//! into a reply.

use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::{Store, keys};
use mail::{Duration, Network, Time};
use sha2::{Digest, Sha256};
use std::ops::Bound;

/// The times of the greylist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreylistTimes {
    /// The time before which a retry is still deferred (RFC 6647 §5: one minute to 24 hours).
    pub delay: Duration,
    /// How long a triplet that was not retried is kept.
    pub expiry: Duration,
    /// How long a network stays known after it was last seen.
    pub keep: Duration,
}

impl Default for GreylistTimes {
    fn default() -> GreylistTimes {
        GreylistTimes {
            delay: Duration::from_secs(5 * 60),
            expiry: Duration::from_secs(24 * 3600),
            // RFC 6647 §5: at least a week, so that weekly mail is not delayed each time.
            keep: Duration::from_secs(36 * 86_400),
        }
    }
}

/// The status of a triplet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GreylistStatus {
    /// The network is known.
    Known,
    /// It was retried after the delay; the network is known from now on.
    Retried {
        /// The time since the first attempt.
        after: Duration,
    },
    /// It is new.
    First {
        /// How long until a retry is accepted.
        wait: Duration,
    },
    /// It was retried before the delay was over.
    TooSoon {
        /// How long until a retry is accepted.
        wait: Duration,
    },
}

const SWEEP_EVERY: Duration = Duration::from_secs(3600);
// How often the row of a known network is updated, instead of for every message.
const SEEN_UPDATE_EVERY: Duration = Duration::from_secs(86_400);
const PAGE: usize = 1000;

impl Store {
    /// Looks a triplet up and records the attempt. `sender` is empty for `<>`; case is ignored.
    ///
    /// # Errors
    /// As the engine.
    pub async fn greylist(
        &self,
        network: Network,
        sender: &str,
        recipient: &str,
        times: GreylistTimes,
        now: Time,
    ) -> Result<GreylistStatus, Fault> {
        let known = keys::greylist_network(&network.to_string());
        if let Some(seen) = self
            .time_at(&known)
            .await?
            .filter(|seen| now.since(*seen) < times.keep)
        {
            if now.since(seen) >= SEEN_UPDATE_EVERY {
                self.write_time(known, now).await?;
            }
            return Ok(GreylistStatus::Known);
        }
        self.sweep_greylist_if_due(times, now).await?;
        let triplet = keys::greylist_triplet(&digest(network, sender, recipient));
        let Some(first) = self
            .time_at(&triplet)
            .await?
            .filter(|first| now.since(*first) < times.expiry)
        else {
            self.write_time(triplet, now).await?;
            return Ok(GreylistStatus::First { wait: times.delay });
        };
        let after = now.since(first);
        if after < times.delay {
            return Ok(GreylistStatus::TooSoon {
                wait: times.delay - after,
            });
        }
        let mut batch = Batch::default();
        batch.delete(Keyspace::Directory, triplet);
        batch.put(Keyspace::Directory, known, row(now));
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(GreylistStatus::Retried { after })
    }

    async fn time_at(&self, key: &[u8]) -> Result<Option<Time>, Fault> {
        let row = self.engine().get(Keyspace::Directory, key).await?;
        Ok(row
            .and_then(|row| row.try_into().ok())
            .map(|bytes| Time(i64::from_be_bytes(bytes))))
    }

    async fn write_time(&self, key: Vec<u8>, at: Time) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(Keyspace::Directory, key, row(at));
        engine::commit(self.engine().as_ref(), batch).await
    }

    async fn sweep_greylist_if_due(&self, times: GreylistTimes, now: Time) -> Result<(), Fault> {
        let mark = keys::counter("greylist-swept");
        let swept = self.time_at(&mark).await?;
        if swept.is_some_and(|at| now.since(at) < SWEEP_EVERY && at <= now) {
            return Ok(());
        }
        self.write_time(mark, now).await?;
        if swept.is_some() {
            let removed = self.sweep_greylist(times, now).await?;
            tracing::debug!(removed, "removed expired greylist rows");
        }
        Ok(())
    }

    /// Removes expired rows and returns their number.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sweep_greylist(&self, times: GreylistTimes, now: Time) -> Result<usize, Fault> {
        let mut removed = 0;
        for (prefix, keep) in [
            (keys::GREY_TRIPLETS, times.expiry),
            (keys::GREY_NETWORKS, times.keep),
        ] {
            let mut from = Bound::Included(prefix.to_vec());
            loop {
                let start = match &from {
                    Bound::Included(key) => key.clone(),
                    // The first key after it.
                    Bound::Excluded(key) => [key.as_slice(), &[0]].concat(),
                    Bound::Unbounded => break,
                };
                let page = self
                    .engine()
                    .scan(Keyspace::Directory, &start, &after_prefix(prefix), PAGE)
                    .await?;
                let mut batch = Batch::default();
                for (key, value) in &page {
                    let at = value
                        .as_slice()
                        .try_into()
                        .map_or(Time(0), |bytes| Time(i64::from_be_bytes(bytes)));
                    if now.since(at) >= keep {
                        batch.delete(Keyspace::Directory, key.clone());
                        removed += 1;
                    }
                }
                if !batch.changes.is_empty() {
                    engine::commit(self.engine().as_ref(), batch).await?;
                }
                match page.last() {
                    Some((key, _)) if page.len() == PAGE => from = Bound::Excluded(key.clone()),
                    _ => break,
                }
            }
        }
        Ok(removed)
    }
}

fn row(at: Time) -> Vec<u8> {
    at.0.to_be_bytes().to_vec()
}

// Hashed, so that rows do not reveal who writes to whom.
fn digest(network: Network, sender: &str, recipient: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in [
        network.to_string(),
        sender.to_lowercase(),
        recipient.to_lowercase(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordCost;

    const TIMES: GreylistTimes = GreylistTimes {
        delay: Duration::from_secs(300),
        expiry: Duration::from_secs(86_400),
        keep: Duration::from_secs(10 * 86_400),
    };

    fn at(secs: i64) -> Time {
        Time::from_secs(1_795_000_000 + secs)
    }

    async fn attempt(store: &Store, network: &str, sender: &str, secs: i64) -> GreylistStatus {
        store
            .greylist(
                network.parse().unwrap(),
                sender,
                "bob@here.test",
                TIMES,
                at(secs),
            )
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_retry_after_the_delay_makes_the_network_known() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let (net, secs) = ("192.0.2.0/24", Duration::from_secs);
        assert_eq!(
            attempt(&store, net, "a@b.test", 0).await,
            GreylistStatus::First { wait: secs(300) }
        );
        assert_eq!(
            attempt(&store, net, "A@b.test", 299).await,
            GreylistStatus::TooSoon { wait: secs(1) }
        );
        assert_eq!(
            attempt(&store, net, "other@b.test", 299).await,
            GreylistStatus::First { wait: secs(300) }
        );
        assert_eq!(
            attempt(&store, net, "a@b.test", 300).await,
            GreylistStatus::Retried { after: secs(300) }
        );
        assert_eq!(
            attempt(&store, net, "other@b.test", 301).await,
            GreylistStatus::Known
        );
        assert_eq!(
            attempt(&store, "198.51.100.0/24", "a@b.test", 301).await,
            GreylistStatus::First { wait: secs(300) }
        );
    }

    #[tokio::test]
    async fn triplets_and_networks_expire() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let first = GreylistStatus::First {
            wait: Duration::from_secs(300),
        };
        assert_eq!(attempt(&store, "192.0.2.0/24", "a@b.test", 0).await, first);
        assert_eq!(
            attempt(&store, "192.0.2.0/24", "a@b.test", 86_400).await,
            first
        );
        assert!(matches!(
            attempt(&store, "192.0.2.0/24", "a@b.test", 86_400 + 300).await,
            GreylistStatus::Retried { .. }
        ));
        // It stays known while it is seen within the time, and expires then.
        assert_eq!(
            attempt(&store, "192.0.2.0/24", "a@b.test", 8 * 86_400).await,
            GreylistStatus::Known
        );
        assert_eq!(
            attempt(&store, "192.0.2.0/24", "a@b.test", 17 * 86_400).await,
            GreylistStatus::Known
        );
        assert_eq!(
            attempt(&store, "192.0.2.0/24", "a@b.test", 27 * 86_400).await,
            first
        );
    }

    #[tokio::test]
    async fn sweeping_removes_expired_rows_only() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        for n in 0..2500 {
            attempt(&store, "192.0.2.0/24", &format!("{n}@b.test"), 0).await;
        }
        attempt(&store, "192.0.2.0/24", "young@b.test", 50_000).await;
        assert_eq!(store.sweep_greylist(TIMES, at(86_400)).await.unwrap(), 2500);
        assert_eq!(store.sweep_greylist(TIMES, at(86_400)).await.unwrap(), 0);
        assert!(matches!(
            attempt(&store, "192.0.2.0/24", "young@b.test", 86_401).await,
            GreylistStatus::Retried { .. }
        ));
    }
}

//! Greylisting's memory (RFC 6647): who asked when for whom. A triplet is the client's network, the
//! sender and the recipient; a network whose triplet came back in time is known from then on. Rows
//! outlive a restart; old ones are swept away in passing, at most once an hour. Decides nothing: it
//! tells how a triplet stands, the door answers.

use crate::engine::{self, Batch, Fault, Space, after_prefix};
use crate::{Store, keys};
use mail::{Duration, Network, Time};
use sha2::{Digest, Sha256};
use std::ops::Bound;

/// How long is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreylistTimes {
    /// A triplet that comes back sooner is told to wait (RFC 6647 §5: from one minute to 24
    /// hours).
    pub delay: Duration,
    /// A triplet that never came back is forgotten.
    pub expiry: Duration,
    /// A network that proved itself is known for so long after it was last seen.
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

/// How a triplet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greylisted {
    /// Its network has proved itself before.
    Known,
    /// It came back in time; its network is known from now on.
    CameBack {
        /// After how long.
        after: Duration,
    },
    /// Never seen.
    First {
        /// How long it shall wait.
        wait: Duration,
    },
    /// It came back too soon.
    TooSoon {
        /// How much longer it shall wait.
        wait: Duration,
    },
}

const SWEEP_EVERY: Duration = Duration::from_secs(3600);
// A known network's row is written anew at most so often, not for every message.
const SEEN_STEP: Duration = Duration::from_secs(86_400);
const PAGE: usize = 1000;

impl Store {
    /// How a triplet stands, which is written down. `sender` is empty for `<>`; case is folded.
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
    ) -> Result<Greylisted, Fault> {
        let known = keys::grey_network(&network.to_string());
        if let Some(seen) = self
            .time_at(&known)
            .await?
            .filter(|seen| now.since(*seen) < times.keep)
        {
            if now.since(seen) >= SEEN_STEP {
                self.write_time(known, now).await?;
            }
            return Ok(Greylisted::Known);
        }
        self.sweep_greylist_in_passing(times, now).await?;
        let triplet = keys::grey_triplet(&digest(network, sender, recipient));
        let Some(first) = self
            .time_at(&triplet)
            .await?
            .filter(|first| now.since(*first) < times.expiry)
        else {
            self.write_time(triplet, now).await?;
            return Ok(Greylisted::First { wait: times.delay });
        };
        let after = now.since(first);
        if after < times.delay {
            return Ok(Greylisted::TooSoon {
                wait: times.delay - after,
            });
        }
        let mut batch = Batch::default();
        batch.delete(Space::Directory, triplet);
        batch.put(Space::Directory, known, row(now));
        engine::commit(self.engine().as_ref(), batch).await?;
        Ok(Greylisted::CameBack { after })
    }

    async fn time_at(&self, key: &[u8]) -> Result<Option<Time>, Fault> {
        let row = self.engine().get(Space::Directory, key).await?;
        Ok(row
            .and_then(|row| row.try_into().ok())
            .map(|bytes| Time(i64::from_be_bytes(bytes))))
    }

    async fn write_time(&self, key: Vec<u8>, at: Time) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(Space::Directory, key, row(at));
        engine::commit(self.engine().as_ref(), batch).await
    }

    async fn sweep_greylist_in_passing(
        &self,
        times: GreylistTimes,
        now: Time,
    ) -> Result<(), Fault> {
        let mark = keys::counter("greylist-swept");
        let swept = self.time_at(&mark).await?;
        if swept.is_some_and(|at| now.since(at) < SWEEP_EVERY && at <= now) {
            return Ok(());
        }
        self.write_time(mark, now).await?;
        if swept.is_some() {
            let gone = self.sweep_greylist(times, now).await?;
            tracing::debug!(gone, "the greylist was swept");
        }
        Ok(())
    }

    /// Removes what is too old to count; answers how many rows.
    ///
    /// # Errors
    /// As the engine.
    pub async fn sweep_greylist(&self, times: GreylistTimes, now: Time) -> Result<usize, Fault> {
        let mut gone = 0;
        for (prefix, keep) in [
            (keys::GREY_TRIPLETS, times.expiry),
            (keys::GREY_NETWORKS, times.keep),
        ] {
            let mut from = Bound::Included(prefix.to_vec());
            loop {
                let start = match &from {
                    Bound::Included(key) => key.clone(),
                    // The first key behind it.
                    Bound::Excluded(key) => [key.as_slice(), &[0]].concat(),
                    Bound::Unbounded => break,
                };
                let page = self
                    .engine()
                    .scan(Space::Directory, &start, &after_prefix(prefix), PAGE)
                    .await?;
                let mut batch = Batch::default();
                for (key, value) in &page {
                    let at = value
                        .as_slice()
                        .try_into()
                        .map_or(Time(0), |bytes| Time(i64::from_be_bytes(bytes)));
                    if now.since(at) >= keep {
                        batch.delete(Space::Directory, key.clone());
                        gone += 1;
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
        Ok(gone)
    }
}

fn row(at: Time) -> Vec<u8> {
    at.0.to_be_bytes().to_vec()
}

// The row tells nobody who writes to whom.
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

    async fn asks(store: &Store, network: &str, sender: &str, secs: i64) -> Greylisted {
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
    async fn a_stranger_waits_comes_back_and_is_known_with_its_whole_network() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let (net, secs) = ("192.0.2.0/24", Duration::from_secs);
        assert_eq!(
            asks(&store, net, "a@b.test", 0).await,
            Greylisted::First { wait: secs(300) }
        );
        assert_eq!(
            asks(&store, net, "A@b.test", 299).await,
            Greylisted::TooSoon { wait: secs(1) }
        );
        assert_eq!(
            asks(&store, net, "other@b.test", 299).await,
            Greylisted::First { wait: secs(300) }
        );
        assert_eq!(
            asks(&store, net, "a@b.test", 300).await,
            Greylisted::CameBack { after: secs(300) }
        );
        assert_eq!(
            asks(&store, net, "other@b.test", 301).await,
            Greylisted::Known
        );
        assert_eq!(
            asks(&store, "198.51.100.0/24", "a@b.test", 301).await,
            Greylisted::First { wait: secs(300) }
        );
    }

    #[tokio::test]
    async fn who_never_comes_back_is_forgotten_and_so_is_who_was_not_seen_for_long() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let first = Greylisted::First {
            wait: Duration::from_secs(300),
        };
        assert_eq!(asks(&store, "192.0.2.0/24", "a@b.test", 0).await, first);
        assert_eq!(
            asks(&store, "192.0.2.0/24", "a@b.test", 86_400).await,
            first
        );
        assert!(matches!(
            asks(&store, "192.0.2.0/24", "a@b.test", 86_400 + 300).await,
            Greylisted::CameBack { .. }
        ));
        // Seen each week, it stays known; then it is not seen for longer than that.
        assert_eq!(
            asks(&store, "192.0.2.0/24", "a@b.test", 8 * 86_400).await,
            Greylisted::Known
        );
        assert_eq!(
            asks(&store, "192.0.2.0/24", "a@b.test", 17 * 86_400).await,
            Greylisted::Known
        );
        assert_eq!(
            asks(&store, "192.0.2.0/24", "a@b.test", 27 * 86_400).await,
            first
        );
    }

    #[tokio::test]
    async fn old_rows_are_swept_and_young_ones_stay() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        for n in 0..2500 {
            asks(&store, "192.0.2.0/24", &format!("{n}@b.test"), 0).await;
        }
        asks(&store, "192.0.2.0/24", "young@b.test", 50_000).await;
        assert_eq!(store.sweep_greylist(TIMES, at(86_400)).await.unwrap(), 2500);
        assert_eq!(store.sweep_greylist(TIMES, at(86_400)).await.unwrap(), 0);
        assert!(matches!(
            asks(&store, "192.0.2.0/24", "young@b.test", 86_401).await,
            Greylisted::CameBack { .. }
        ));
    }
}

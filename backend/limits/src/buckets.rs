//! The table of token buckets.

use crate::rate::{Rate, RateExceeded, RateMetric, RateSubject};
use mail::{Duration, Time};
use std::collections::HashMap;

/// The most buckets kept.
pub const BUCKETS_MAX: usize = 50_000;

/// The key of a bucket.
pub(crate) type BucketKey = (RateMetric, RateSubject);

/// For each bucket, the time in microseconds at which it is full again: the whole state of the
/// generic cell rate algorithm.
#[derive(Default)]
pub(crate) struct Buckets(pub(crate) HashMap<BucketKey, i64>);

impl Buckets {
    // How long the bucket takes until it is full, in microseconds.
    fn deficit(&self, key: BucketKey, now: Time) -> i64 {
        self.0
            .get(&key)
            .map_or(0, |full| full.saturating_sub(now.0).max(0))
    }

    /// Checks whether `n` are allowed.
    pub(crate) fn check(
        &self,
        key: BucketKey,
        rate: Rate,
        n: u64,
        now: Time,
    ) -> Result<(), RateExceeded> {
        let missing = self
            .deficit(key, now)
            .saturating_add(rate.cost(n))
            .saturating_sub(rate.capacity());
        // A request for more than the bucket holds passes when the bucket is full.
        if missing <= 0 || (n > rate.count && self.deficit(key, now) == 0) {
            return Ok(());
        }
        let retry_after = Duration::from_micros(missing.min(rate.capacity()).unsigned_abs());
        Err(RateExceeded {
            metric: key.0,
            rate,
            subject: key.1,
            retry_after,
        })
    }

    /// Counts `n`.
    pub(crate) fn charge(&mut self, key: BucketKey, rate: Rate, n: u64, now: Time) {
        if self.0.len() >= BUCKETS_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, full| *full > now.0);
            if self.0.len() >= BUCKETS_MAX {
                return;
            }
        }
        // The deficit is at most two buckets, so that every client is allowed again in time.
        let deficit = self
            .deficit(key, now)
            .saturating_add(rate.cost(n))
            .min(rate.capacity().saturating_mul(2));
        self.0.insert(key, now.0.saturating_add(deficit));
    }
}

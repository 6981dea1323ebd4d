//! Rate limits on what clients and accounts do: connections, messages, recipients, unknown
//! recipients, errors and bytes, each counted per address, per network and per account. Every
//! counter is a token bucket that refills evenly (generic cell rate algorithm). The table is
//! bounded, lives in memory and is lost when the program ends. Takes the time as an argument.
//! Makes no replies: the inbound and submission policies turn a [`RateExceeded`] into a reply.
//!
//! Failures: none. While the table is full of buckets in use, new clients are not counted: a flood
//! that is not metered for a while is better than refusing clients for what others did. The number
//! of open connections is limited elsewhere.

mod buckets;
mod rate;
mod rate_limits;

pub use buckets::BUCKETS_MAX;
pub use rate::{Rate, RateExceeded, RateMetric, RateSubject};
pub use rate_limits::RateLimits;

use buckets::{BucketKey, Buckets};
use mail::{AccountId, Network, Time};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use world::lock;

/// The rate limiter of one host: its limits and counters. Clones share them.
#[derive(Clone)]
pub struct RateLimiter(Arc<Inner>);

struct Inner {
    limits: RateLimits,
    buckets: Mutex<Buckets>,
}

impl RateLimiter {
    /// A limiter with full buckets.
    pub fn new(limits: RateLimits) -> RateLimiter {
        RateLimiter(Arc::new(Inner {
            limits,
            buckets: Mutex::default(),
        }))
    }

    // The buckets of an address (one IPv6 host has a whole /64) and of the network around it.
    fn counters(&self, metric: RateMetric, from: IpAddr) -> Vec<(BucketKey, Rate)> {
        let limits = &self.0.limits;
        let Some(rate) = limits
            .of_address(metric)
            .filter(|_| !limits.exempt.iter().any(|n| n.contains(from)))
        else {
            return Vec::new();
        };
        let mut counters = vec![(
            (metric, RateSubject::Network(Network::around(from, 32, 64))),
            rate,
        )];
        if limits.network_factor > 0 {
            let rate = Rate {
                count: rate.count.saturating_mul(limits.network_factor),
                ..rate
            };
            counters.push((
                (metric, RateSubject::Network(Network::around(from, 24, 48))),
                rate,
            ));
        }
        counters
    }

    /// Counts `n` for an address and its network if the limits allow it.
    ///
    /// # Errors
    /// The limit that would be exceeded; nothing is counted then.
    pub fn acquire(
        &self,
        metric: RateMetric,
        from: IpAddr,
        n: u64,
        now: Time,
    ) -> Result<(), RateExceeded> {
        self.acquire_all(&self.counters(metric, from), n, now)
    }

    /// Counts `n` for an account if the limit allows it.
    ///
    /// # Errors
    /// As [`RateLimiter::acquire`].
    pub fn acquire_for_account(
        &self,
        metric: RateMetric,
        account: AccountId,
        n: u64,
        now: Time,
    ) -> Result<(), RateExceeded> {
        let counter = self
            .0
            .limits
            .of_account(metric)
            .map(|rate| ((metric, RateSubject::Account(account)), rate));
        self.acquire_all(counter.as_slice(), n, now)
    }

    fn acquire_all(
        &self,
        counters: &[(BucketKey, Rate)],
        n: u64,
        now: Time,
    ) -> Result<(), RateExceeded> {
        if counters.is_empty() {
            return Ok(());
        }
        let mut buckets = lock(&self.0.buckets);
        for (key, rate) in counters {
            buckets.check(*key, *rate, n, now)?;
        }
        for (key, rate) in counters {
            buckets.charge(*key, *rate, n, now);
        }
        Ok(())
    }

    /// Counts `n` that have happened already, allowed or not, for an address and its network.
    pub fn record(&self, metric: RateMetric, from: IpAddr, n: u64, now: Time) {
        let counters = self.counters(metric, from);
        if counters.is_empty() {
            return;
        }
        let mut buckets = lock(&self.0.buckets);
        for (key, rate) in counters {
            buckets.charge(key, rate, n, now);
        }
    }

    /// Counts `n` that have happened already, allowed or not, for an account.
    pub fn record_for_account(&self, metric: RateMetric, account: AccountId, n: u64, now: Time) {
        if let Some(rate) = self.0.limits.of_account(metric) {
            lock(&self.0.buckets).charge((metric, RateSubject::Account(account)), rate, n, now);
        }
    }

    /// Checks whether one more is allowed for an address; counts nothing.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn check(&self, metric: RateMetric, from: IpAddr, now: Time) -> Result<(), RateExceeded> {
        let counters = self.counters(metric, from);
        let buckets = lock(&self.0.buckets);
        counters
            .into_iter()
            .try_for_each(|(key, rate)| buckets.check(key, rate, 1, now))
    }

    /// Checks whether one more is allowed for an account; counts nothing.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn check_account(
        &self,
        metric: RateMetric,
        account: AccountId,
        now: Time,
    ) -> Result<(), RateExceeded> {
        let Some(rate) = self.0.limits.of_account(metric) else {
            return Ok(());
        };
        lock(&self.0.buckets).check((metric, RateSubject::Account(account)), rate, 1, now)
    }
}

#[cfg(test)]
mod tests;

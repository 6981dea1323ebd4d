//! Rate limits on what clients and accounts do: connections, messages, recipients, unknown
//! recipients, errors and bytes, each counted per address, per network and per account. Every
//! counter is a token bucket that refills evenly (generic cell rate algorithm). The table is
//! bounded, lives in memory and is lost when the program ends. Takes the time as an argument.
//! Makes no replies: the inbound and submission policies turn a [`RateExceeded`] into a reply.
//!
//! Failures: none. While the table is full of buckets in use, new clients are not counted: a flood
//! that is not metered for a while is better than refusing clients for what others did. The number
//! of open connections is limited elsewhere.

use mail::{AccountId, Duration, Network, Time};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use world::lock;

/// A limit: `count` at once, refilled evenly over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The size of the bucket.
    pub count: u64,
    /// How long an empty bucket takes to refill.
    pub per: Duration,
}

impl Rate {
    /// `count` in `secs` seconds.
    pub const fn new(count: u64, secs: u64) -> Rate {
        Rate {
            count,
            per: Duration::from_secs(secs),
        }
    }

    // The time that the bucket takes to refill `n`, in microseconds.
    fn cost(&self, n: u64) -> i64 {
        let micros =
            self.per.as_micros().saturating_mul(u128::from(n)) / u128::from(self.count.max(1));
        i64::try_from(micros)
            .unwrap_or(i64::MAX / 4)
            .min(i64::MAX / 4)
    }

    fn capacity(&self) -> i64 {
        i64::try_from(self.per.as_micros())
            .unwrap_or(i64::MAX / 4)
            .min(i64::MAX / 4)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} s", self.count, self.per.as_secs())
    }
}

/// A quantity that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateMetric {
    /// Connections opened.
    Connections,
    /// Messages begun (MAIL).
    Messages,
    /// Recipients named (RCPT).
    Recipients,
    /// Recipients named that do not exist: directory harvesting.
    UnknownRecipients,
    /// Replies that reject a client for an error of its own.
    Errors,
    /// Bytes of message content.
    Bytes,
}

impl fmt::Display for RateMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RateMetric::Connections => "connections",
            RateMetric::Messages => "messages",
            RateMetric::Recipients => "recipients",
            RateMetric::UnknownRecipients => "unknown recipients",
            RateMetric::Errors => "errors",
            RateMetric::Bytes => "bytes",
        })
    }
}

/// The error of a request over a limit. Its `Display` form is a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateExceeded {
    /// The quantity.
    pub metric: RateMetric,
    /// The limit.
    pub rate: Rate,
    /// The client or account that exceeds it.
    pub subject: RateSubject,
    /// How long until the request is allowed.
    pub retry_after: Duration,
}

impl fmt::Display for RateExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more than {} {} in {} s from {}",
            self.rate.count,
            self.metric,
            self.rate.per.as_secs(),
            self.subject
        )
    }
}

impl std::error::Error for RateExceeded {}

/// The holder of a bucket. Displayed as `192.0.2.1`, `192.0.2.0/24` or `account 7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateSubject {
    /// An address or the network around it.
    Network(Network),
    /// An account.
    Account(AccountId),
}

impl fmt::Display for RateSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateSubject::Network(network) => network.fmt(f),
            RateSubject::Account(id) => write!(f, "account {id}"),
        }
    }
}

/// The most buckets kept.
pub const BUCKETS_MAX: usize = 50_000;

type BucketKey = (RateMetric, RateSubject);

// Per bucket, the time in microseconds at which it is full again: the whole state of the generic
// cell rate algorithm.
#[derive(Default)]
struct Buckets(HashMap<BucketKey, i64>);

impl Buckets {
    // How long the bucket takes until it is full, in microseconds.
    fn deficit(&self, key: BucketKey, now: Time) -> i64 {
        self.0
            .get(&key)
            .map_or(0, |full| full.saturating_sub(now.0).max(0))
    }

    fn check(&self, key: BucketKey, rate: Rate, n: u64, now: Time) -> Result<(), RateExceeded> {
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

    fn charge(&mut self, key: BucketKey, rate: Rate, n: u64, now: Time) {
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

/// The limits of a host. `None` means that the quantity is not limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Connections per address.
    pub connections: Option<Rate>,
    /// Messages per address.
    pub messages: Option<Rate>,
    /// Recipients per address.
    pub recipients: Option<Rate>,
    /// Unknown recipients per address.
    pub unknown_recipients: Option<Rate>,
    /// Errors per address.
    pub errors: Option<Rate>,
    /// Bytes per address.
    pub bytes: Option<Rate>,
    /// How many times the limit of one address (/32, /64) applies to its network (/24, /48); 0
    /// turns limits on networks off.
    pub network_factor: u64,
    /// Messages per account.
    pub account_messages: Option<Rate>,
    /// Recipients per account.
    pub account_recipients: Option<Rate>,
    /// Bytes per account.
    pub account_bytes: Option<Rate>,
    /// Networks that are not limited.
    pub exempt: Vec<Network>,
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits {
            // A school class behind one NAT address opens this many when a lesson begins.
            connections: Some(Rate::new(300, 60)),
            messages: Some(Rate::new(600, 600)),
            recipients: Some(Rate::new(3000, 600)),
            unknown_recipients: Some(Rate::new(50, 600)),
            errors: Some(Rate::new(100, 600)),
            bytes: None,
            network_factor: 8,
            account_messages: Some(Rate::new(600, 3600)),
            account_recipients: Some(Rate::new(3000, 3600)),
            account_bytes: None,
            exempt: Network::loopback().to_vec(),
        }
    }
}

impl RateLimits {
    fn of_address(&self, metric: RateMetric) -> Option<Rate> {
        match metric {
            RateMetric::Connections => self.connections,
            RateMetric::Messages => self.messages,
            RateMetric::Recipients => self.recipients,
            RateMetric::UnknownRecipients => self.unknown_recipients,
            RateMetric::Errors => self.errors,
            RateMetric::Bytes => self.bytes,
        }
    }

    fn of_account(&self, metric: RateMetric) -> Option<Rate> {
        match metric {
            RateMetric::Messages => self.account_messages,
            RateMetric::Recipients => self.account_recipients,
            RateMetric::Bytes => self.account_bytes,
            RateMetric::Connections | RateMetric::UnknownRecipients | RateMetric::Errors => None,
        }
    }
}

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
mod tests {
    use super::*;

    fn limiter(connections: Rate, network_factor: u64) -> RateLimiter {
        RateLimiter::new(RateLimits {
            connections: Some(connections),
            network_factor,
            ..RateLimits::default()
        })
    }

    fn at(millis: i64) -> Time {
        Time(1_000_000_000_000 + millis * 1000)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn allows_the_count_at_once_and_one_more_after_the_refill() {
        let limiter = limiter(Rate::new(10, 60), 0);
        let acquire = |ms| limiter.acquire(RateMetric::Connections, ip("192.0.2.1"), 1, at(ms));
        for _ in 0..10 {
            assert_eq!(acquire(0), Ok(()));
        }
        let exceeded = acquire(0).unwrap_err();
        assert_eq!(exceeded.retry_after, Duration::from_secs(6));
        assert_eq!(
            exceeded.to_string(),
            "more than 10 connections in 60 s from 192.0.2.1"
        );
        assert!(acquire(5_999).is_err());
        assert_eq!(acquire(6_000), Ok(()));
        assert!(acquire(6_001).is_err());
        assert_eq!(
            limiter.acquire(RateMetric::Connections, ip("192.0.2.2"), 1, at(6_001)),
            Ok(()),
            "another address"
        );
    }

    #[test]
    fn limits_a_network_as_a_whole_and_never_loopback() {
        let limiter = limiter(Rate::new(2, 60), 3);
        let mut allowed = 0;
        for host in 1..=20 {
            allowed += u32::from(
                limiter
                    .acquire(
                        RateMetric::Connections,
                        ip(&format!("192.0.2.{host}")),
                        1,
                        at(0),
                    )
                    .is_ok(),
            );
        }
        assert_eq!(allowed, 6);
        for host in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(
                (0..100).all(|_| limiter
                    .acquire(RateMetric::Connections, ip(host), 1, at(0))
                    .is_ok()),
                "{host}"
            );
        }
        let six = (0..9).filter(|i| {
            limiter
                .acquire(
                    RateMetric::Connections,
                    ip(&format!("2001:db8::{i}")),
                    1,
                    at(0),
                )
                .is_ok()
        });
        assert_eq!(six.count(), 2, "one IPv6 host has a whole /64");
    }

    #[test]
    fn bounds_the_deficit_of_recorded_bytes() {
        let limiter = RateLimiter::new(RateLimits {
            bytes: Some(Rate::new(1000, 10)),
            network_factor: 0,
            ..RateLimits::default()
        });
        let (from, check) = (ip("192.0.2.1"), |ms| {
            limiter.check(RateMetric::Bytes, ip("192.0.2.1"), at(ms))
        });
        assert_eq!(check(0), Ok(()));
        limiter.record(RateMetric::Bytes, from, 50_000_000, at(0));
        assert!(check(9_000).is_err());
        assert_eq!(check(10_100), Ok(()));
    }

    #[test]
    fn limits_each_account_by_itself() {
        let limiter = RateLimiter::new(RateLimits {
            account_messages: Some(Rate::new(2, 3600)),
            ..RateLimits::default()
        });
        let acquire = |id| {
            limiter
                .acquire_for_account(RateMetric::Messages, AccountId(id), 1, at(0))
                .is_ok()
        };
        assert_eq!(
            [acquire(1), acquire(1), acquire(1), acquire(2)],
            [true, true, false, true]
        );
        assert!(
            limiter
                .acquire_for_account(RateMetric::Bytes, AccountId(1), u64::MAX, at(0))
                .is_ok(),
            "not limited"
        );
    }

    #[test]
    fn bounds_the_table_and_drops_full_buckets_first() {
        let limiter = limiter(Rate::new(1, 60), 0);
        for n in 0..=BUCKETS_MAX as u32 {
            let _ = limiter.acquire(
                RateMetric::Connections,
                IpAddr::from(n.to_be_bytes()),
                1,
                at(0),
            );
        }
        assert!(lock(&limiter.0.buckets).0.len() <= BUCKETS_MAX);
        let later = at(61_000);
        limiter
            .acquire(RateMetric::Connections, ip("203.0.113.1"), 1, later)
            .unwrap();
        assert_eq!(lock(&limiter.0.buckets).0.len(), 1);
        assert!(
            limiter
                .acquire(RateMetric::Connections, ip("203.0.113.1"), 1, later)
                .is_err()
        );
    }
}

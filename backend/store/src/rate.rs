//! How often someone may do something: connections, messages, recipients, wrong recipients, errors,
//! octets, each so many in so long, counted by address, by network, and by account. One bucket a
//! counter, which fills evenly; kept in memory, in a bounded table, and forgotten when the program
//! ends. Decides nothing: it tells who is over a limit, the roles answer. Time is an argument.
//!
//! Failures: none. Where the table is full of buckets in use, whoever is new is not counted: better
//! a flood unmetered for a while than strangers refused for what others did; connections are
//! limited in number elsewhere.

use crate::lock;
use mail::{AccountId, Duration, Network, Time};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// So many at once, and refilled evenly in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how long.
    pub per: Duration,
}

impl Rate {
    /// So many in so many seconds.
    pub const fn new(count: u64, secs: u64) -> Rate {
        Rate {
            count,
            per: Duration::from_secs(secs),
        }
    }

    // What so many cost, in microseconds of refilling.
    fn cost(&self, n: u64) -> i64 {
        let micros =
            self.per.as_micros().saturating_mul(u128::from(n)) / u128::from(self.count.max(1));
        i64::try_from(micros)
            .unwrap_or(i64::MAX / 4)
            .min(i64::MAX / 4)
    }

    fn whole(&self) -> i64 {
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

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Connections opened.
    Connections,
    /// Messages begun.
    Messages,
    /// Recipients named.
    Recipients,
    /// Recipients named who do not exist: a harvest of the directory.
    UnknownRecipients,
    /// Refusals that the client earned by an error of its own.
    Errors,
    /// Octets of messages.
    Bytes,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Counted::Connections => "connections",
            Counted::Messages => "messages",
            Counted::Recipients => "recipients",
            Counted::UnknownRecipients => "unknown recipients",
            Counted::Errors => "errors",
            Counted::Bytes => "octets",
        })
    }
}

/// Who is over which limit, and for how long. Shown as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// Of what.
    pub what: Counted,
    /// The limit.
    pub rate: Rate,
    /// `192.0.2.1`, `192.0.2.0/24`, `account 7`.
    pub who: String,
    /// When it would be allowed again.
    pub wait: Duration,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more than {} {} in {} s from {}",
            self.rate.count,
            self.what,
            self.rate.per.as_secs(),
            self.who
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Network(Network),
    Account(AccountId),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Network(network) => network.fmt(f),
            Who::Account(id) => write!(f, "account {id}"),
        }
    }
}

/// Buckets remembered.
pub const BUCKETS_MAX: usize = 50_000;

// For each bucket the moment at which it is full again (generic cell rate algorithm): one number
// says all.
#[derive(Default)]
struct Buckets(HashMap<(Counted, Who), i64>);

impl Buckets {
    // How long the bucket takes until it is full.
    fn lack(&self, key: (Counted, Who), now: Time) -> i64 {
        self.0
            .get(&key)
            .map_or(0, |full| full.saturating_sub(now.0).max(0))
    }

    fn over(&self, key: (Counted, Who), rate: Rate, n: u64, now: Time) -> Result<(), Over> {
        let missing = self
            .lack(key, now)
            .saturating_add(rate.cost(n))
            .saturating_sub(rate.whole());
        // More at once than the whole bucket holds is allowed to a full one.
        if missing <= 0 || (n > rate.count && self.lack(key, now) == 0) {
            return Ok(());
        }
        let wait = Duration::from_micros(missing.min(rate.whole()).unsigned_abs());
        Err(Over {
            what: key.0,
            rate,
            who: key.1.to_string(),
            wait,
        })
    }

    fn charge(&mut self, key: (Counted, Who), rate: Rate, n: u64, now: Time) {
        if self.0.len() >= BUCKETS_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, full| *full > now.0);
            if self.0.len() >= BUCKETS_MAX {
                return;
            }
        }
        // Nobody owes more than two bucketfuls: an end is in sight for everyone.
        let lack = self
            .lack(key, now)
            .saturating_add(rate.cost(n))
            .min(rate.whole().saturating_mul(2));
        self.0.insert(key, now.0.saturating_add(lack));
    }
}

/// The limits. `None`: not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Connections of one address.
    pub connections: Option<Rate>,
    /// Messages of one address.
    pub messages: Option<Rate>,
    /// Recipients of one address.
    pub recipients: Option<Rate>,
    /// Unknown recipients of one address.
    pub unknown_recipients: Option<Rate>,
    /// Errors of one address.
    pub errors: Option<Rate>,
    /// Octets of one address.
    pub bytes: Option<Rate>,
    /// A network (/24, /48) may so many times what one address (/32, /64) of it may; 0: networks
    /// are not counted.
    pub network_factor: u64,
    /// Messages of one account.
    pub account_messages: Option<Rate>,
    /// Recipients of one account.
    pub account_recipients: Option<Rate>,
    /// Octets of one account.
    pub account_bytes: Option<Rate>,
    /// Whoever comes from here is not counted.
    pub exempt: Vec<Network>,
}

impl Default for RateLimits {
    fn default() -> RateLimits {
        RateLimits {
            // A class behind one address opens that many at the beginning of a lesson.
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
    fn of_address(&self, what: Counted) -> Option<Rate> {
        match what {
            Counted::Connections => self.connections,
            Counted::Messages => self.messages,
            Counted::Recipients => self.recipients,
            Counted::UnknownRecipients => self.unknown_recipients,
            Counted::Errors => self.errors,
            Counted::Bytes => self.bytes,
        }
    }

    fn of_account(&self, what: Counted) -> Option<Rate> {
        match what {
            Counted::Messages => self.account_messages,
            Counted::Recipients => self.account_recipients,
            Counted::Bytes => self.account_bytes,
            Counted::Connections | Counted::UnknownRecipients | Counted::Errors => None,
        }
    }
}

/// Limits and counters of one host. Clones share them.
#[derive(Clone)]
pub struct Rates(Arc<Inner>);

struct Inner {
    limits: RateLimits,
    buckets: Mutex<Buckets>,
}

impl Rates {
    /// Nothing is counted yet.
    pub fn new(limits: RateLimits) -> Rates {
        Rates(Arc::new(Inner {
            limits,
            buckets: Mutex::default(),
        }))
    }

    // An address (an IPv6 host has a whole /64), and the network around it.
    fn counters(&self, what: Counted, from: IpAddr) -> Vec<((Counted, Who), Rate)> {
        let limits = &self.0.limits;
        let Some(rate) = limits
            .of_address(what)
            .filter(|_| !limits.exempt.iter().any(|n| n.contains(from)))
        else {
            return Vec::new();
        };
        let mut counters = vec![((what, Who::Network(Network::around(from, 32, 64))), rate)];
        if limits.network_factor > 0 {
            let rate = Rate {
                count: rate.count.saturating_mul(limits.network_factor),
                ..rate
            };
            counters.push(((what, Who::Network(Network::around(from, 24, 48))), rate));
        }
        counters
    }

    /// Counts so many, if they are allowed.
    ///
    /// # Errors
    /// The limit that they would break; nothing is counted then.
    pub fn take(&self, what: Counted, from: IpAddr, n: u64, now: Time) -> Result<(), Over> {
        self.take_all(&self.counters(what, from), n, now)
    }

    /// Counts so many of an account, if they are allowed.
    ///
    /// # Errors
    /// As [`Rates::take`].
    pub fn take_of(
        &self,
        what: Counted,
        account: AccountId,
        n: u64,
        now: Time,
    ) -> Result<(), Over> {
        let counter = self
            .0
            .limits
            .of_account(what)
            .map(|rate| ((what, Who::Account(account)), rate));
        self.take_all(counter.as_slice(), n, now)
    }

    fn take_all(&self, counters: &[((Counted, Who), Rate)], n: u64, now: Time) -> Result<(), Over> {
        if counters.is_empty() {
            return Ok(());
        }
        let mut buckets = lock(&self.0.buckets);
        for (key, rate) in counters {
            buckets.over(*key, *rate, n, now)?;
        }
        for (key, rate) in counters {
            buckets.charge(*key, *rate, n, now);
        }
        Ok(())
    }

    /// Counts what has happened already, allowed or not.
    pub fn charge(&self, what: Counted, from: IpAddr, n: u64, now: Time) {
        let counters = self.counters(what, from);
        if counters.is_empty() {
            return;
        }
        let mut buckets = lock(&self.0.buckets);
        for (key, rate) in counters {
            buckets.charge(key, rate, n, now);
        }
    }

    /// Counts what an account has done already.
    pub fn charge_of(&self, what: Counted, account: AccountId, n: u64, now: Time) {
        if let Some(rate) = self.0.limits.of_account(what) {
            lock(&self.0.buckets).charge((what, Who::Account(account)), rate, n, now);
        }
    }

    /// Whether one more would be allowed; counts nothing.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn look(&self, what: Counted, from: IpAddr, now: Time) -> Result<(), Over> {
        let counters = self.counters(what, from);
        let buckets = lock(&self.0.buckets);
        counters
            .into_iter()
            .try_for_each(|(key, rate)| buckets.over(key, rate, 1, now))
    }

    /// As [`Rates::look`], of an account.
    ///
    /// # Errors
    /// The limit that is reached.
    pub fn look_of(&self, what: Counted, account: AccountId, now: Time) -> Result<(), Over> {
        let Some(rate) = self.0.limits.of_account(what) else {
            return Ok(());
        };
        lock(&self.0.buckets).over((what, Who::Account(account)), rate, 1, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(connections: Rate, network_factor: u64) -> Rates {
        Rates::new(RateLimits {
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
    fn so_many_are_allowed_at_once_and_one_past_waits_for_the_refill() {
        let rates = rates(Rate::new(10, 60), 0);
        let take = |ms| rates.take(Counted::Connections, ip("192.0.2.1"), 1, at(ms));
        for _ in 0..10 {
            assert_eq!(take(0), Ok(()));
        }
        let over = take(0).unwrap_err();
        assert_eq!(over.wait, Duration::from_secs(6));
        assert_eq!(
            over.to_string(),
            "more than 10 connections in 60 s from 192.0.2.1"
        );
        assert!(take(5_999).is_err());
        assert_eq!(take(6_000), Ok(()));
        assert!(take(6_001).is_err());
        assert_eq!(
            rates.take(Counted::Connections, ip("192.0.2.2"), 1, at(6_001)),
            Ok(()),
            "another address"
        );
    }

    #[test]
    fn a_network_is_counted_as_a_whole_and_loopback_never() {
        let rates = rates(Rate::new(2, 60), 3);
        let mut allowed = 0;
        for host in 1..=20 {
            allowed += u32::from(
                rates
                    .take(
                        Counted::Connections,
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
                (0..100).all(|_| rates.take(Counted::Connections, ip(host), 1, at(0)).is_ok()),
                "{host}"
            );
        }
        let six = (0..9).filter(|i| {
            rates
                .take(
                    Counted::Connections,
                    ip(&format!("2001:db8::{i}")),
                    1,
                    at(0),
                )
                .is_ok()
        });
        assert_eq!(six.count(), 2, "one IPv6 host has a whole /64");
    }

    #[test]
    fn what_was_charged_is_worked_off_and_no_debt_is_endless() {
        let rates = Rates::new(RateLimits {
            bytes: Some(Rate::new(1000, 10)),
            network_factor: 0,
            ..RateLimits::default()
        });
        let (from, look) = (ip("192.0.2.1"), |ms| {
            rates.look(Counted::Bytes, ip("192.0.2.1"), at(ms))
        });
        assert_eq!(look(0), Ok(()));
        rates.charge(Counted::Bytes, from, 50_000_000, at(0));
        assert!(look(9_000).is_err());
        assert_eq!(look(10_100), Ok(()));
    }

    #[test]
    fn an_account_is_counted_for_itself() {
        let rates = Rates::new(RateLimits {
            account_messages: Some(Rate::new(2, 3600)),
            ..RateLimits::default()
        });
        let take = |id| {
            rates
                .take_of(Counted::Messages, AccountId(id), 1, at(0))
                .is_ok()
        };
        assert_eq!(
            [take(1), take(1), take(1), take(2)],
            [true, true, false, true]
        );
        assert!(
            rates
                .take_of(Counted::Bytes, AccountId(1), u64::MAX, at(0))
                .is_ok(),
            "not limited"
        );
    }

    #[test]
    fn the_table_is_bounded_and_forgets_full_buckets_first() {
        let rates = rates(Rate::new(1, 60), 0);
        for n in 0..=BUCKETS_MAX as u32 {
            let _ = rates.take(
                Counted::Connections,
                IpAddr::from(n.to_be_bytes()),
                1,
                at(0),
            );
        }
        assert!(lock(&rates.0.buckets).0.len() <= BUCKETS_MAX);
        let later = at(61_000);
        rates
            .take(Counted::Connections, ip("203.0.113.1"), 1, later)
            .unwrap();
        assert_eq!(lock(&rates.0.buckets).0.len(), 1);
        assert!(
            rates
                .take(Counted::Connections, ip("203.0.113.1"), 1, later)
                .is_err()
        );
    }
}

//! What is counted, for whom, and how much of it is allowed.

use mail::{AccountId, Duration, Network};
use std::fmt;

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

    /// The time that the bucket takes to refill `n`, in microseconds.
    pub(crate) fn cost(&self, n: u64) -> i64 {
        let micros =
            self.per.as_micros().saturating_mul(u128::from(n)) / u128::from(self.count.max(1));
        i64::try_from(micros)
            .unwrap_or(i64::MAX / 4)
            .min(i64::MAX / 4)
    }

    /// The time that the whole bucket takes to refill, in microseconds.
    pub(crate) fn capacity(&self) -> i64 {
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

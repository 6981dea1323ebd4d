//! The retry schedule of messages that could not be delivered yet (RFC 5321 §4.5.4.1).

use mail::Duration;

/// When a deferred message is attempted again, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Interval before the second attempt.
    pub first: Duration,
    /// Upper bound of the interval.
    pub longest: Duration,
    /// Age at which the sender gets a delay notice, once.
    pub warn_after: Duration,
    /// Age at which the message is given up (RFC 5321 §4.5.4.1: at least 4–5 days).
    pub give_up_after: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            first: Duration::from_secs(60),
            longest: Duration::from_secs(4 * 3600),
            warn_after: Duration::from_secs(4 * 3600),
            give_up_after: Duration::from_secs(5 * 86_400),
        }
    }
}

impl Retry {
    /// The interval after the given number of attempts: doubles each time, up to the longest.
    pub fn interval(&self, attempts: u32) -> Duration {
        let factor = 1u32
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_the_interval_up_to_the_longest_without_overflow() {
        let retry = Retry::default();
        let minutes = |n| retry.interval(n).as_secs() / 60;
        assert_eq!(
            [1, 2, 3, 7, 8, 9, 200].map(minutes),
            [1, 2, 4, 64, 128, 240, 240]
        );
    }
}

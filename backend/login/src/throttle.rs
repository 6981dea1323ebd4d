//! Counts failed login attempts per client address and per account, and delays the answer to each:
//! 250 ms after the first, doubling up to 8 s. Only addresses are ever refused, so that nobody can
//! lock another person's account.

use crate::LoginError;
use mail::{AccountId, Duration, Time};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use world::lock;

/// Failed attempts from one address after which it is refused.
pub const FAILED_ATTEMPTS_MAX: u32 = 20;
// How long failed attempts count, and the longest time for which an address is refused.
const WINDOW: Duration = Duration::from_secs(15 * 60);
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(8);
// The most addresses and accounts in the table.
pub(crate) const TABLE_MAX: usize = 10_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Address(IpAddr),
    Account(AccountId),
}

#[derive(Clone, Copy)]
struct FailedAttempts {
    count: u32,
    last: Time,
}

/// The failed attempts of the last minutes.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<Subject, FailedAttempts>>);

impl Throttle {
    /// Checks that an address has not failed too often.
    ///
    /// # Errors
    /// [`LoginError::Throttled`].
    pub(crate) fn check(&self, from: IpAddr, now: Time) -> Result<(), LoginError> {
        let table = lock(&self.0);
        match recent(&table, Subject::Address(from), now) {
            Some(failed) if failed.count >= FAILED_ATTEMPTS_MAX => Err(LoginError::Throttled(
                WINDOW.saturating_sub(now.since(failed.last)),
            )),
            _ => Ok(()),
        }
    }

    /// Counts a failed attempt and returns how long to delay the answer.
    pub(crate) fn record_failure(
        &self,
        account: Option<AccountId>,
        from: IpAddr,
        now: Time,
    ) -> Duration {
        let subjects = [Some(Subject::Address(from)), account.map(Subject::Account)];
        let mut table = lock(&self.0);
        let mut before = 0;
        for subject in subjects.into_iter().flatten() {
            let count = recent(&table, subject, now).map_or(0, |failed| failed.count);
            before = before.max(count);
            if table.len() >= TABLE_MAX {
                table.retain(|_, failed| now.since(failed.last) < WINDOW);
            }
            table.insert(
                subject,
                FailedAttempts {
                    count: count + 1,
                    last: now,
                },
            );
        }
        FIRST_DELAY
            .saturating_mul(1 << before.min(10))
            .min(LONGEST_DELAY)
    }
}

fn recent(
    table: &HashMap<Subject, FailedAttempts>,
    subject: Subject,
    now: Time,
) -> Option<FailedAttempts> {
    table
        .get(&subject)
        .filter(|failed| now.since(failed.last) < WINDOW)
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn at(secs: i64) -> Time {
        Time::from_secs(1_795_000_000 + secs)
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let throttle = Throttle::default();
        let delays: Vec<Duration> = (1..=7)
            .map(|host| {
                let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, host));
                throttle.record_failure(Some(AccountId(1)), from, at(0))
            })
            .collect();
        let millis = [250, 500, 1000, 2000, 4000, 8000, 8000];
        assert_eq!(delays, millis.map(Duration::from_millis));
    }

    #[test]
    fn refuses_an_address_at_the_limit_until_the_window_ends() {
        let (throttle, from) = (Throttle::default(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        for _ in 0..FAILED_ATTEMPTS_MAX {
            assert_eq!(throttle.check(from, at(0)), Ok(()));
            throttle.record_failure(None, from, at(0));
        }
        assert_eq!(
            throttle.check(from, at(60)),
            Err(LoginError::Throttled(Duration::from_secs(14 * 60)))
        );
        assert_eq!(throttle.check(from, at(15 * 60)), Ok(()));
    }
}

//! A host's clock in the virtual world: the true time plus an offset and a drift.

use crate::executor::{Executor, lock};
use mail::Time;
use std::sync::Mutex;
use world::{BoxFuture, Clock};

/// The time at which every run begins: Monday, 2 March 2026, 08:00 UTC.
pub const START: Time = Time(1_772_438_400_000_000);

/// The error of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    /// Microseconds ahead, or behind if negative, at the start.
    pub offset_micros: i64,
    /// Microseconds gained per second.
    pub drift_ppm: i32,
}

/// A host's clock.
pub struct HostClock {
    executor: Executor,
    skew: Mutex<Skew>,
}

const MILLION: i128 = 1_000_000;

impl HostClock {
    /// Creates a correct clock.
    pub fn new(executor: Executor) -> HostClock {
        HostClock {
            executor,
            skew: Mutex::default(),
        }
    }

    /// Changes the error from now on. Tasks that already sleep wake at the true time computed
    /// before the change.
    pub fn set(&self, skew: Skew) {
        *lock(&self.skew) = skew;
    }

    /// The reading of the clock at a true time.
    pub fn reading(&self, truth: Time) -> Time {
        lock(&self.skew).reading(truth)
    }

    /// The first true time at which the clock shows `reading` or later.
    pub fn truth(&self, reading: Time) -> Time {
        lock(&self.skew).truth(reading)
    }
}

impl Skew {
    /// The reading of a clock with this error at a true time.
    pub fn reading(self, truth: Time) -> Time {
        let gained =
            i128::from(truth.0.saturating_sub(START.0)) * i128::from(self.drift_ppm) / MILLION;
        Time(clamp(
            i128::from(truth.0) + i128::from(self.offset_micros) + gained,
        ))
    }

    /// The first true time at which a clock with this error shows `reading` or later.
    pub fn truth(self, reading: Time) -> Time {
        let since = i128::from(reading.0) - i128::from(self.offset_micros) - i128::from(START.0);
        let rate = (MILLION + i128::from(self.drift_ppm)).max(1);
        let mut truth = Time(clamp(i128::from(START.0) + since * MILLION / rate - 1));
        // Rounding is off by a microsecond or two; a task that wakes too early would have to sleep
        // again.
        while self.reading(truth) < reading && truth.0 < i64::MAX {
            truth.0 += 1;
        }
        truth
    }
}

fn clamp(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX })
}

impl Clock for HostClock {
    fn now(&self) -> Time {
        self.reading(self.executor.now())
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        Box::pin(self.executor.sleep_until(self.truth(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn true_time_and_reading_are_inverse_for_any_error() {
        for (offset_micros, drift_ppm) in [
            (0, 0),
            (3_600_000_000, 0),
            (-86_400_000_000, 0),
            (5, 250),
            (-7, -250),
            (0, 999_999),
            (1, -500_000),
        ] {
            let clock = HostClock::new(Executor::new(START));
            clock.set(Skew {
                offset_micros,
                drift_ppm,
            });
            for after in [0, 1, 2, 999, 1_000_001, 86_400_000_000, 432_000_000_123] {
                let shown = clock.reading(Time(START.0 + after));
                let truth = clock.truth(shown);
                assert!(
                    clock.reading(truth) >= shown,
                    "{offset_micros} {drift_ppm} {after}"
                );
                assert!(
                    clock.reading(Time(truth.0 - 1)) < shown,
                    "{offset_micros} {drift_ppm} {after}"
                );
            }
        }
    }
}

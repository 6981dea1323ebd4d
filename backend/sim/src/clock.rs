//! A host's clock in the virtual world: the true time, set wrong and running wrong as one likes.

use crate::executor::{Executor, lock};
use crate::lab::START;
use mail::Time;
use std::sync::Mutex;
use world::{BoxFuture, Clock};

/// How a clock is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    /// So many microseconds ahead (or, below zero, behind) at the start.
    pub offset_micros: i64,
    /// Gains so many microseconds each second.
    pub drift_ppm: i32,
}

/// One host's clock.
pub struct HostClock {
    executor: Executor,
    skew: Mutex<Skew>,
}

const MILLION: i128 = 1_000_000;

impl HostClock {
    /// A clock that goes right.
    pub fn new(executor: Executor) -> HostClock {
        HostClock {
            executor,
            skew: Mutex::default(),
        }
    }

    /// Sets it wrong from now on. Who sleeps already wakes at the true time that was meant when
    /// they lay down.
    pub fn set(&self, skew: Skew) {
        *lock(&self.skew) = skew;
    }

    /// What it shows at a true time.
    pub fn reading(&self, truth: Time) -> Time {
        lock(&self.skew).reading(truth)
    }

    /// The first true time at which it shows `reading`, or more.
    pub fn truth(&self, reading: Time) -> Time {
        lock(&self.skew).truth(reading)
    }
}

impl Skew {
    /// What a clock that is so wrong shows at a true time.
    pub fn reading(self, truth: Time) -> Time {
        let gained =
            i128::from(truth.0.saturating_sub(START.0)) * i128::from(self.drift_ppm) / MILLION;
        Time(clamp(
            i128::from(truth.0) + i128::from(self.offset_micros) + gained,
        ))
    }

    /// The first true time at which such a clock shows `reading`, or more.
    pub fn truth(self, reading: Time) -> Time {
        let since = i128::from(reading.0) - i128::from(self.offset_micros) - i128::from(START.0);
        let rate = (MILLION + i128::from(self.drift_ppm)).max(1);
        let mut truth = Time(clamp(i128::from(START.0) + since * MILLION / rate - 1));
        // Rounding is off by a microsecond or two; a sleeper that woke too early would lie down
        // again for nothing.
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
    fn truth_and_reading_fit_each_other_however_wrong_the_clock_is() {
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

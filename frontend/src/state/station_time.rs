//! How the journey strip states when a role was reached: the time of the first one, and of the
//! others, while it is short, how long after that.

use mail::Duration;

/// A time on the journey strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationTime {
    /// The time of day.
    Clock,
    /// The time of day with the date.
    DayClock,
    /// Less than a millisecond after the first.
    AtOnce,
    /// Milliseconds after the first.
    Milliseconds(u64),
    /// Tenths of a second after the first.
    Tenths(u64),
}

impl StationTime {
    /// The form for a role that was reached `since` after the first one.
    pub fn of(since: Duration) -> StationTime {
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        match ms {
            0 if since.is_zero() => StationTime::Clock,
            0 => StationTime::AtOnce,
            1..1000 => StationTime::Milliseconds(ms),
            1000..60_000 => StationTime::Tenths((ms + 50) / 100),
            60_000..43_200_000 => StationTime::Clock,
            _ => StationTime::DayClock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_delays_count_from_the_first_role_and_long_ones_are_times() {
        for (micros, expected) in [
            (0, StationTime::Clock),
            (999, StationTime::AtOnce),
            (1_000, StationTime::Milliseconds(1)),
            (999_999, StationTime::Milliseconds(999)),
            (1_050_000, StationTime::Tenths(11)),
            (59_999_000, StationTime::Tenths(600)),
            (60_000_000, StationTime::Clock),
            (43_200_000_000, StationTime::DayClock),
        ] {
            assert_eq!(
                StationTime::of(Duration::from_micros(micros)),
                expected,
                "{micros}"
            );
        }
    }
}

//! Points in time and durations as plain numbers, so that pure code takes the time as an argument.
//! Does not read a clock: that is `world::Clock`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

pub use std::time::Duration;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Time {
        Time(secs.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The duration since `earlier`; zero where that is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// Year, month (1–12), day (1–31), hour, minute, second in UTC.
    pub fn civil(self) -> (i32, u32, u32, u32, u32, u32) {
        let secs = self.secs();
        let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400) as u32);
        let (year, month, day) = civil_from_days(days);
        (year, month, day, rest / 3600, rest / 60 % 60, rest % 60)
    }

    /// From a civil date and time in UTC; out-of-range parts carry over.
    pub fn from_civil(
        year: i32,
        month: u32,
        day: u32,
        hour: u32,
        minute: u32,
        second: u32,
    ) -> Time {
        let days = days_from_civil(year, month.clamp(1, 12), day);
        Time::from_secs(
            days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second),
        )
    }

    /// `date-time` of RFC 5322 §3.3 in UTC: `Sat, 21 Nov 2026 09:33:05 +0000`.
    pub fn rfc5322(self) -> String {
        let (y, mo, d, h, mi, s) = self.civil();
        let weekday = WEEKDAYS[(self.secs().div_euclid(86_400) + 4).rem_euclid(7) as usize];
        format!(
            "{weekday}, {d} {} {y} {h:02}:{mi:02}:{s:02} +0000",
            MONTHS[mo as usize - 1]
        )
    }

    /// `date-time` of RFC 9051 §9 in UTC, without the quotes: `21-Nov-2026 09:33:05 +0000`, the day
    /// padded with a space.
    pub fn imap(self) -> String {
        let (y, mo, d, h, mi, s) = self.civil();
        format!(
            "{d:>2}-{}-{y:04} {h:02}:{mi:02}:{s:02} +0000",
            MONTHS[mo as usize - 1]
        )
    }

    /// RFC 3339 in whole seconds: `2026-11-21T09:33:05Z`.
    pub fn rfc3339_secs(self) -> String {
        let (y, mo, d, h, mi, s) = self.civil();
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z")
    }

    /// Reads `date-time` of RFC 3339 §5.6; a fraction of a second is dropped.
    pub fn from_rfc3339(text: &str) -> Option<Time> {
        let (date, rest) = text.split_at_checked(10)?;
        let rest = rest.strip_prefix(['T', 't'])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let fraction = rest
            .strip_prefix('.')
            .map_or(0, |f| 1 + f.bytes().take_while(u8::is_ascii_digit).count());
        let zone = &rest[fraction..];
        let three = |text: &str, between: char, first: usize| {
            let mut parts = text.split(between);
            let mut number = |digits: usize| {
                parts
                    .next()
                    .filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit()))?
                    .parse::<u32>()
                    .ok()
            };
            let all = (number(first)?, number(2)?, number(2)?);
            parts.next().is_none().then_some(all)
        };
        let (year, month, day) = three(date, '-', 4)?;
        let (hour, minute, second) = three(clock, ':', 2)?;
        let offset = match zone {
            "Z" | "z" => 0,
            _ => {
                let sign = if zone.starts_with('+') {
                    1
                } else {
                    zone.starts_with('-').then_some(-1)?
                };
                let (_, hours, minutes) = three(&format!("00:{}", &zone[1..]), ':', 2)?;
                sign * i64::from(hours * 3600 + minutes * 60)
            }
        };
        let sane = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        let at = Time::from_civil(i32::try_from(year).ok()?, month, day, hour, minute, second);
        sane.then(|| Time::from_secs(at.secs() - offset))
    }

    /// RFC 3339 with milliseconds: `2026-11-21T09:33:05.123Z`.
    pub fn rfc3339(self) -> String {
        let (y, mo, d, h, mi, s) = self.civil();
        let ms = self.0.rem_euclid(1_000_000) / 1000;
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}Z")
    }
}

/// English month names, as all mail protocols write them.
pub(crate) const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl Time {
    /// 1–12 for `Jan`–`Dec` in any case.
    pub fn month_number(name: &str) -> Option<u32> {
        MONTHS
            .iter()
            .position(|m| m.eq_ignore_ascii_case(name))
            .map(|i| i as u32 + 1)
    }
}

// Days ↔ civil date in the proleptic Gregorian calendar, counted in eras of 400 years that begin on
// 1 March.
fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let y = i64::from(year) - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year =
        (153 * (i64::from(month) + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * mp + 2) / 5 + 1) as u32;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
    (
        (year_of_era + era * 400 + i64::from(month <= 2)) as i32,
        month,
        day,
    )
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, d: Duration) -> Time {
        Time(
            self.0
                .saturating_add(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, d: Duration) -> Time {
        Time(
            self.0
                .saturating_sub(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_date_forms_of_each_protocol() {
        let t = Time::from_civil(2026, 11, 1, 9, 3, 5);
        assert_eq!(t.rfc5322(), "Sun, 1 Nov 2026 09:03:05 +0000");
        assert_eq!(t.imap(), " 1-Nov-2026 09:03:05 +0000");
        assert_eq!(t.rfc3339(), "2026-11-01T09:03:05.000Z");
    }

    #[test]
    fn reads_the_dates_of_rfc_3339() {
        for (text, expected) in [
            ("2026-11-21T09:33:05Z", Some("2026-11-21T09:33:05Z")),
            ("2026-11-21t09:33:05.25+08:00", Some("2026-11-21T01:33:05Z")),
            ("2026-11-21T09:33:05-01:30", Some("2026-11-21T11:03:05Z")),
            ("2026-11-21T09:33:05", None),
            ("2026-13-21T09:33:05Z", None),
            ("2026-11-21 09:33:05Z", None),
            ("2026-11-21T09:33Z", None),
            ("2026-11-21T09:33:05+8:00", None),
            ("", None),
            ("日本語日本語日本語", None),
        ] {
            assert_eq!(
                Time::from_rfc3339(text).map(Time::rfc3339_secs).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn every_day_of_nine_centuries_survives_the_round_trip() {
        for day in -170_000..170_000 {
            let t = Time::from_secs(day * 86_400 + 4321);
            let (y, mo, d, h, mi, s) = t.civil();
            assert_eq!(Time::from_civil(y, mo, d, h, mi, s), t);
        }
    }
}

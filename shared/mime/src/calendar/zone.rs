//! The offset of a local time by the `VTIMEZONE` in the message (RFC 5545 §3.6.5). Knows yearly
//! rules, which is what calendar programs write.

use mail::Time;

use super::{ContentLine, digits};

const DAY_SECONDS: i64 = 86_400;

/// One `STANDARD` or `DAYLIGHT` part.
#[derive(Default)]
struct Observance {
    /// The first onset, as a clock's time.
    start: Option<Time>,
    offset_from: i64,
    offset_to: Option<i64>,
    /// `FREQ=YEARLY` with BYMONTH and BYDAY.
    yearly: Option<YearlyRule>,
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU`
#[derive(Clone, Copy)]
struct YearlyRule {
    month: u32,
    /// 1 is the first such day of the month, −1 the last.
    nth: i32,
    /// 0 is Sunday.
    weekday: i64,
}

/// The offset from UTC in seconds at a clock's time; `None` where the zone or its rule is unknown.
pub(super) fn offset_seconds(lines: &[ContentLine<'_>], zone: &str, clock: Time) -> Option<i64> {
    let observances = observances(lines, zone)?;
    let mut latest: Option<(i64, i64)> = None;
    let mut earliest: Option<(i64, i64)> = None;
    for observance in &observances {
        let (start, offset) = (observance.start?, observance.offset_to?);
        for onset in onsets(observance, start, clock) {
            // RFC 5545 §3.6.5: onsets are times of the clock before the change.
            if onset <= clock.secs() && latest.is_none_or(|(at, _)| onset > at) {
                latest = Some((onset, offset));
            }
        }
        let first = start.secs();
        if earliest.is_none_or(|(at, _)| first < at) {
            earliest = Some((first, observance.offset_from));
        }
    }
    latest.or(earliest).map(|(_, offset)| offset)
}

/// The onsets that can be the last one before a clock's time.
fn onsets(observance: &Observance, start: Time, clock: Time) -> Vec<i64> {
    let Some(rule) = observance.yearly else {
        return vec![start.secs()];
    };
    let year = civil_year(clock);
    let time_of_day = start.secs().rem_euclid(DAY_SECONDS);
    (year - 1..=year)
        .map(|y| day_of(rule, y) * DAY_SECONDS + time_of_day)
        .filter(|onset| *onset >= start.secs())
        .collect()
}

/// The day of a rule in a year, in days since 1970.
fn day_of(rule: YearlyRule, year: i32) -> i64 {
    let first_of = |year, month| Time::from_civil(year, month, 1, 0, 0, 0).secs() / DAY_SECONDS;
    if rule.nth > 0 {
        let first = first_of(year, rule.month);
        let ahead = (rule.weekday - weekday(first)).rem_euclid(7);
        first + ahead + i64::from(rule.nth - 1) * 7
    } else {
        let (next_year, next) = if rule.month == 12 {
            (year + 1, 1)
        } else {
            (year, rule.month + 1)
        };
        let last = first_of(next_year, next) - 1;
        let back = (weekday(last) - rule.weekday).rem_euclid(7);
        last - back + i64::from(rule.nth + 1) * 7
    }
}

// 1 January 1970 was a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

fn civil_year(time: Time) -> i32 {
    let mut year = 1970 + i32::try_from(time.secs() / (DAY_SECONDS * 366)).unwrap_or(0);
    while Time::from_civil(year + 1, 1, 1, 0, 0, 0) <= time {
        year += 1;
    }
    year
}

/// The parts of the zone with that name.
fn observances(lines: &[ContentLine<'_>], zone: &str) -> Option<Vec<Observance>> {
    if zone.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    let (mut within, mut named) = (false, false);
    let mut open: Option<Observance> = None;
    for line in lines {
        match line.name.to_ascii_uppercase().as_str() {
            "BEGIN" => match line.value.to_ascii_uppercase().as_str() {
                "VTIMEZONE" => (within, named) = (true, false),
                "STANDARD" | "DAYLIGHT" if within => open = Some(Observance::default()),
                _ => {}
            },
            "END" => match line.value.to_ascii_uppercase().as_str() {
                "VTIMEZONE" if named => return Some(found),
                "VTIMEZONE" => {
                    within = false;
                    found.clear();
                }
                _ => found.extend(open.take()),
            },
            "TZID" if within && open.is_none() => named = line.value == zone,
            name => {
                if let Some(observance) = &mut open {
                    read_property(observance, name, line.value)?;
                }
            }
        }
    }
    None
}

/// `None` for a rule that is not understood.
fn read_property(observance: &mut Observance, name: &str, value: &str) -> Option<()> {
    match name {
        "DTSTART" => {
            let (date, clock) = value.split_once('T')?;
            let number = |range| digits(date, range);
            let year = i32::try_from(number(0..4)?).ok()?;
            observance.start = Some(Time::from_civil(
                year,
                number(4..6)?.clamp(1, 12),
                number(6..8)?.clamp(1, 31),
                digits(clock, 0..2)?,
                digits(clock, 2..4)?,
                digits(clock, 4..6)?,
            ));
        }
        "TZOFFSETFROM" => observance.offset_from = offset(value)?,
        "TZOFFSETTO" => observance.offset_to = Some(offset(value)?),
        "RRULE" => observance.yearly = Some(yearly(value)?),
        _ => {}
    }
    Some(())
}

/// `utc-offset = time-numzone`, `time-numzone = ("+" / "-") time-hour time-minute [time-second]`
fn offset(value: &str) -> Option<i64> {
    let seconds = i64::from(digits(value, 1..3)? * 3600 + digits(value, 3..5)? * 60);
    match value.as_bytes().first()? {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn yearly(rule: &str) -> Option<YearlyRule> {
    let part = |name: &str| {
        rule.split(';')
            .filter_map(|p| p.split_once('='))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    };
    let is_yearly = part("FREQ").is_some_and(|f| f.eq_ignore_ascii_case("YEARLY"));
    let every_year = part("INTERVAL").is_none_or(|i| i == "1");
    if !is_yearly || !every_year || part("UNTIL").is_some() || part("COUNT").is_some() {
        return None;
    }
    let month = part("BYMONTH")?
        .parse()
        .ok()
        .filter(|m| (1..=12).contains(m))?;
    let day = part("BYDAY")?;
    let (nth, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
    let nth = nth
        .parse()
        .ok()
        .filter(|n| (1..=4).contains(n) || *n == -1)?;
    let names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    let weekday = names.iter().position(|n| n.eq_ignore_ascii_case(name))?;
    Some(YearlyRule {
        month,
        nth,
        weekday: weekday as i64,
    })
}

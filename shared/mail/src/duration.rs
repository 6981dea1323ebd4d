//! Durations as people write them in configuration and scenario files: a whole number and a unit
//! (`250ms`, `90s`, `5m`, `4h`, `5d`). Does not read fractions, signs or several units in a row.

use std::fmt;
use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reports a text that [`parse_duration`] does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationError;

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a duration; expected for example 250ms, 90s, 5m, 4h or 5d")
    }
}

impl std::error::Error for DurationError {}

/// Reads a duration: `1*DIGIT ("ms" / "s" / "m" / "h" / "d")`.
///
/// # Errors
/// [`DurationError`] for any other form, and for more milliseconds than a `u64` holds.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .ok_or(DurationError)?;
    let (digits, unit) = text.split_at(split);
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or(DurationError)?;
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(*factor))
        .map(Duration::from_millis)
        .ok_or(DurationError)
}

/// Writes a duration in the largest unit that divides it: `90s`, `5m`. Inverse of
/// [`parse_duration`] for whole milliseconds.
pub fn format_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (unit, factor) = UNITS
        .iter()
        .rev()
        .find(|(_, factor)| millis != 0 && millis.is_multiple_of(*factor))
        .copied()
        .unwrap_or(("ms", 1));
    format!("{}{unit}", millis / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_each_unit() {
        for (text, millis) in [
            ("0ms", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("5m", 300_000),
            ("4h", 14_400_000),
            ("5d", 432_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)));
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(format_duration(Duration::from_secs(60)), "1m");
    }

    #[test]
    fn refuses_other_forms_and_overflow() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "+5s",
            "1.5h",
            "5w",
            "1h30m",
            "soon",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert_eq!(parse_duration(text), Err(DurationError), "{text}");
        }
    }
}

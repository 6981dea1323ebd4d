//! Parses the date of a header (RFC 5322 §3.3, obsolete forms §4.3). Writing it is
//! `mail::Time::rfc5322`.

use mail::Time;

/// The longest value that is parsed, in bytes.
const DATE_BYTES_MAX: usize = 128;

/// `date-time = [ day-of-week "," ] date time [CFWS]`; two-digit years, zone names, and white space
/// and comments between any two tokens as in §4.3; a missing zone counts as UTC.
pub fn parse(value: &[u8]) -> Option<Time> {
    let value = &value[..value.len().min(DATE_BYTES_MAX)];
    let text = without_comments(value);
    let mut words = text
        .split([' ', '\t', ',', '\r', '\n'])
        .filter(|w| !w.is_empty())
        .peekable();
    if words
        .peek()?
        .bytes()
        .all(|b| b.is_ascii_alphabetic() || b == b'.')
    {
        words.next();
    }
    let first = words.next()?;
    // `21-Nov-97`: found in the wild and in IMAP.
    let (day, month, year) = match first.splitn(3, '-').collect::<Vec<_>>()[..] {
        [d, m, y] => (d, m, y),
        _ => (first, words.next()?, words.next()?),
    };
    let day: u32 = number(day, 2)?;
    let month = Time::month_number(month.get(..3)?)?;
    let year = full_year(year)?;
    let clock = words.next()?;
    // `10:00:00+0800`: the space before the zone is missing.
    let (clock, attached_zone) = match clock.find(['+', '-']) {
        Some(at) => (&clock[..at], Some(&clock[at..])),
        None => (clock, None),
    };
    let mut clock = clock.split(':');
    let hour = number(clock.next()?, 2)?;
    let minute = number(clock.next()?, 2)?;
    let second = clock
        .next()
        .map_or(Some(0), |s| number(s.split('.').next().unwrap_or(s), 2))?;
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = attached_zone.or_else(|| words.next());
    let offset_minutes = zone.map_or(0, zone_minutes);
    // A leap second becomes the second before it.
    let utc = Time::from_civil(year, month, day, hour, minute, second.min(59));
    Some(Time::from_secs(utc.secs() - i64::from(offset_minutes) * 60))
}

fn number(text: &str, digits_max: usize) -> Option<u32> {
    (text.len() <= digits_max && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

// RFC 5322 §4.3: 00–49 are 2000–2049, 50–99 and three digits count from 1900.
fn full_year(text: &str) -> Option<i32> {
    let year = number(text, 4)? as i32;
    Some(match (text.len(), year) {
        (1 | 2, 0..=49) => year + 2000,
        (1..=3, _) => year + 1900,
        _ => year,
    })
}

/// `zone = (FWS ( "+" / "-" ) 4DIGIT) / obs-zone`; unknown names count as UTC (§4.3).
fn zone_minutes(text: &str) -> i32 {
    let sign = match text.as_bytes().first() {
        Some(b'-') => -1,
        Some(b'+') => 1,
        _ => 0,
    };
    if sign != 0 {
        let digits = text[1..].replace(':', "");
        if digits.len() <= 2 {
            return number(&digits, 2).map_or(0, |hours| sign * hours as i32 * 60);
        }
        return number(&digits, 4).map_or(0, |n| sign * (n / 100 * 60 + n % 100) as i32);
    }
    let hours = match text.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => 0,
    };
    hours * 60
}

/// Comments as a space each, and no white space around colons: `obs-minute = [CFWS] 2DIGIT [CFWS]`
/// (RFC 5322 §4.3).
fn without_comments(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    let mut depth = 0u32;
    let mut bytes = value.iter();
    while let Some(&b) = bytes.next() {
        match b {
            b'\\' if depth > 0 => drop(bytes.next()),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => continue,
            b':' => {
                out.truncate(out.trim_ascii_end().len());
                out.push(':');
                continue;
            }
            _ if b.is_ascii_graphic() => {
                out.push(b as char);
                continue;
            }
            _ => {}
        }
        if !out.ends_with(':') {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(
            parse(value.as_bytes()).map(Time::rfc5322).as_deref(),
            expected,
            "{value:?}"
        );
    }

    #[test]
    fn reads_present_and_obsolete_dates() {
        check(
            "Fri, 21 Nov 1997 09:55:06 -0600",
            Some("Fri, 21 Nov 1997 15:55:06 +0000"),
        );
        check(
            "Thu,\r\n 13\r\n Feb\r\n 1969\r\n 23:32 -0330 (Newfoundland Time)",
            Some("Fri, 14 Feb 1969 03:02:00 +0000"),
        );
        check(
            "21 Nov 97 09:55:06 GMT",
            Some("Fri, 21 Nov 1997 09:55:06 +0000"),
        );
        check(
            "Tue, 30 Jun 2015 23:59:60 +0300",
            Some("Tue, 30 Jun 2015 20:59:59 +0000"),
        );
        check(
            "Wed, 07 Nov 2007 01:07:20",
            Some("Wed, 7 Nov 2007 01:07:20 +0000"),
        );
        check("Mon Nov 21 2026", None);
    }

    #[test]
    fn reads_dates_with_space_and_comments_between_their_tokens() {
        let expected = Some("Fri, 21 Nov 1997 15:55:06 +0000");
        for value in [
            // RFC 5322, appendix A.6.3.
            "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
            "(a)Fri(b), 21(c (d) \\) e) Nov 1997\r\n 09:(f) 55 : (g)\r\n 06(h)-0600",
            "Fri,21 Nov 1997 09:55:06-0600",
            "21 Nov 97 15:55:06(no zone)",
        ] {
            check(value, expected);
        }
        check(
            "Mon, 1 Jan 2001 00:01+0000",
            Some("Mon, 1 Jan 2001 00:01:00 +0000"),
        );
    }

    #[test]
    fn refuses_invalid_dates() {
        for bad in [
            "",
            "Tue, 19 Jan 2038",
            "32 Jan 2020 00:00 +0000",
            "1 Foo 2020 00:00",
            "1 Jan 2020 24:00",
            "é é é é",
        ] {
            check(bad, None);
        }
    }
}

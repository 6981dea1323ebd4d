//! Validation of editor fields: names, addresses, durations, numbers. The simulator validates the
//! scenario as a whole.

use mail::{Address, Domain};
use std::net::IpAddr;

/// Why the value of a field is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// The field is empty.
    Empty,
    /// Not a domain name.
    InvalidDomain,
    /// Not a name of the Lab: these end in `.test` or `.example`.
    NonTestDomain,
    /// Not an IP address.
    InvalidIp,
    /// Not an address of the Lab: these are in the documentation ranges.
    NonDocumentationIp,
    /// Not a mail address.
    InvalidAddress,
    /// Not a duration.
    InvalidDuration,
    /// Not a whole number from the first to the second value.
    NumberOutOfRange(i64, i64),
    /// Already in use.
    Taken,
    /// Longer than this many characters.
    TooLong(usize),
    /// Not a valid dialogue; the number of the first invalid line.
    NoDialogue(usize),
    /// Not an SMTP reply: a code of three digits, then text.
    NoReply,
    /// Not valid JSON; line and column of the error.
    InvalidJson(usize, usize),
}

/// Maximum length of a single-line field, in characters.
pub const LINE_CHARS_MAX: usize = 1_000;
/// Maximum length of a multi-line field, in characters.
pub const TEXT_CHARS_MAX: usize = 100_000;

/// Checks a domain name of the Lab.
///
/// # Errors
/// See [`FieldError`].
pub fn name(text: &str) -> Result<(), FieldError> {
    if text.is_empty() {
        return Err(FieldError::Empty);
    }
    let domain = Domain::new(text.trim_end_matches('.')).map_err(|_| FieldError::InvalidDomain)?;
    let ours = [".test", ".example"]
        .iter()
        .any(|end| domain.as_str().ends_with(end));
    if ours {
        Ok(())
    } else {
        Err(FieldError::NonTestDomain)
    }
}

/// Checks an IP address of a documentation range (RFC 5737, RFC 3849, RFC 9637).
///
/// # Errors
/// See [`FieldError`].
pub fn ip(text: &str) -> Result<(), FieldError> {
    if text.is_empty() {
        return Err(FieldError::Empty);
    }
    let ours = match text.parse().map_err(|_| FieldError::InvalidIp)? {
        IpAddr::V4(a) => matches!(
            a.to_bits().to_be_bytes(),
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]
        ),
        IpAddr::V6(a) => {
            (a.segments()[0] == 0x2001 && a.segments()[1] == 0xdb8)
                || (a.segments()[0] == 0x3fff && a.segments()[1] < 0x1000)
        }
    };
    if ours {
        Ok(())
    } else {
        Err(FieldError::NonDocumentationIp)
    }
}

/// Checks a mail address.
///
/// # Errors
/// See [`FieldError`].
pub fn mail(text: &str) -> Result<(), FieldError> {
    if text.is_empty() {
        return Err(FieldError::Empty);
    }
    text.parse::<Address>()
        .map(drop)
        .map_err(|_| FieldError::InvalidAddress)
}

/// Parses a duration in milliseconds: `250ms`, `90s`, `5m`, `4h`, `5d`.
///
/// # Errors
/// See [`FieldError`].
pub fn span(text: &str) -> Result<u64, FieldError> {
    if text.is_empty() {
        return Err(FieldError::Empty);
    }
    mail::parse_duration(text)
        .ok()
        .and_then(|span| u64::try_from(span.as_millis()).ok())
        .ok_or(FieldError::InvalidDuration)
}

/// Parses a whole number from `least` to `most`.
///
/// # Errors
/// See [`FieldError`].
pub fn number(text: &str, least: i64, most: i64) -> Result<i64, FieldError> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or(FieldError::NumberOutOfRange(least, most))
}

/// Checks the lines of a dialogue: each begins with `> < ~ ! ? . /` or `#`, or is empty.
///
/// # Errors
/// The number of the first invalid line.
pub fn dialogue(text: &str) -> Result<(), FieldError> {
    let known = |line: &str| match line
        .split_at(line.char_indices().nth(1).map_or(line.len(), |(at, _)| at))
    {
        ("" | ">" | "<" | "~" | "#" | "!" | "?", _) => true,
        (".", rest) => span(rest.trim()).is_ok(),
        ("/", rest) => ["finish", "listen", "hang", "tls"].contains(&rest.trim()),
        _ => false,
    };
    match text.lines().position(|line| !known(line)) {
        Some(at) => Err(FieldError::NoDialogue(at + 1)),
        None => Ok(()),
    }
}

/// Checks an SMTP reply: a code from 200 to 599, then a space and text, if any.
///
/// # Errors
/// See [`FieldError`].
pub fn reply(text: &str) -> Result<(), FieldError> {
    let code = text.get(..3).and_then(|code| code.parse::<u16>().ok());
    let then = text.as_bytes().get(3).is_none_or(|b| *b == b' ');
    if code.is_some_and(|code| (200..600).contains(&code)) && then {
        Ok(())
    } else {
        Err(FieldError::NoReply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: PartialEq + std::fmt::Debug>(
        found: Result<T, FieldError>,
        expected: Result<T, FieldError>,
    ) {
        assert_eq!(found, expected);
    }

    #[test]
    fn rejects_names_and_addresses_outside_the_lab() {
        check(name("mail.c.test"), Ok(()));
        check(name("mail.c.example"), Ok(()));
        check(name("mail.gmail.com"), Err(FieldError::NonTestDomain));
        check(name("test"), Err(FieldError::NonTestDomain));
        check(name("a..test"), Err(FieldError::InvalidDomain));
        check(name(""), Err(FieldError::Empty));
        check(ip("203.0.113.7"), Ok(()));
        check(ip("2001:db8::7"), Ok(()));
        check(ip("8.8.8.8"), Err(FieldError::NonDocumentationIp));
        check(ip("203.0.113"), Err(FieldError::InvalidIp));
        check(mail("carol@c.test"), Ok(()));
        check(mail("carol"), Err(FieldError::InvalidAddress));
    }

    #[test]
    fn parses_and_limits_durations_and_numbers() {
        check(span("90s"), Ok(90_000));
        check(span("250ms"), Ok(250));
        check(span("5 d"), Err(FieldError::InvalidDuration));
        check(span("soon"), Err(FieldError::InvalidDuration));
        check(
            span("99999999999999999999s"),
            Err(FieldError::InvalidDuration),
        );
        check(number("10", 10, 200), Ok(10));
        check(
            number("9", 10, 200),
            Err(FieldError::NumberOutOfRange(10, 200)),
        );
        check(
            number("201", 10, 200),
            Err(FieldError::NumberOutOfRange(10, 200)),
        );
    }

    #[test]
    fn validates_dialogues_and_replies() {
        check(dialogue("# hello\n< 220\n> EHLO x\n. 5s\n/ listen"), Ok(()));
        check(dialogue("> EHLO x\nEHLO y"), Err(FieldError::NoDialogue(2)));
        check(dialogue(". soon"), Err(FieldError::NoDialogue(1)));
        check(reply("452 4.5.3 too many"), Ok(()));
        check(reply("no"), Err(FieldError::NoReply));
        check(reply("4522"), Err(FieldError::NoReply));
    }
}

//! The first event of a calendar part (RFC 5545, RFC 6047), as far as a reader is told of it: what,
//! where, when. Answers no invitation and keeps no calendar.

mod zone;

use mail::Time;

use crate::bodies::Placed;
use crate::charset;
use crate::tree::Tree;

/// How much of a calendar part is read, in bytes.
const CALENDAR_BYTES_MAX: usize = 256 * 1024;
/// The longest summary or location, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// An event that a message speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    /// What the message asks for.
    pub method: Method,
    /// `SUMMARY`
    pub summary: String,
    /// `LOCATION`
    pub location: String,
    /// `DTSTART`
    pub start: Option<EventTime>,
    /// `DTEND`
    pub end: Option<EventTime>,
}

/// `METHOD` (RFC 5546 §1.4), as far as readers are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// An event is announced, or another method.
    #[default]
    Publish,
    /// An answer is asked for.
    Request,
    /// Somebody has answered.
    Reply,
    /// The event does not take place.
    Cancel,
}

/// When an event begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// A day, the same everywhere.
    Day {
        /// Year, month, day.
        date: (i32, u32, u32),
    },
    /// A known moment.
    Moment(Time),
    /// A local time in a zone whose rules the message does not hold.
    Local {
        /// The clock's time, as if it were UTC.
        clock: Time,
        /// The zone's name; empty for the reader's own.
        zone: String,
    },
}

/// The event of the first calendar among the parts.
pub(crate) fn find(tree: &Tree<'_>, parts: &[Placed]) -> Option<Invitation> {
    let part = parts.iter().find(|p| {
        let media = &tree.part(p.index).media;
        media.is("text", "calendar") || media.is("application", "ics")
    })?;
    let bytes = tree.encoding(part.index).decode(tree.body(part.index));
    let charset = tree.part(part.index).media.parameters.text("charset");
    parse(
        &bytes[..bytes.len().min(CALENDAR_BYTES_MAX)],
        charset.as_deref(),
    )
}

/// `icalobject = "BEGIN:VCALENDAR" CRLF icalbody "END:VCALENDAR" CRLF` (RFC 5545 §3.4)
fn parse(bytes: &[u8], charset: Option<&str>) -> Option<Invitation> {
    let text = charset::decode(charset, &unfold(bytes)).into_owned();
    let lines: Vec<ContentLine<'_>> = text.lines().filter_map(content_line).collect();
    let mut found = Invitation::default();
    let mut open: Vec<&str> = Vec::new();
    let mut has_event = false;
    for line in &lines {
        match line.name.to_ascii_uppercase().as_str() {
            "BEGIN" => open.push(line.value),
            "END" if open.pop().is_some_and(|c| c.eq_ignore_ascii_case("VEVENT")) => break,
            "METHOD" if open.len() == 1 => {
                found.method = match line.value.trim().to_ascii_uppercase().as_str() {
                    "REQUEST" => Method::Request,
                    "REPLY" => Method::Reply,
                    "CANCEL" => Method::Cancel,
                    _ => Method::Publish,
                };
            }
            _ if open
                .last()
                .is_none_or(|c| !c.eq_ignore_ascii_case("VEVENT")) => {}
            property => {
                has_event = true;
                match property {
                    "SUMMARY" => found.summary = unescape(line.value),
                    "LOCATION" => found.location = unescape(line.value),
                    "DTSTART" => found.start = time(line, &lines),
                    "DTEND" => found.end = time(line, &lines),
                    _ => {}
                }
            }
        }
    }
    has_event.then_some(found)
}

/// Joins folded lines. A fold may stand within a character (RFC 5545 §3.1), so this comes before
/// decoding.
fn unfold(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line {
            [b' ' | b'\t', rest @ ..] if !out.is_empty() => {
                while matches!(out.last(), Some(b'\r' | b'\n')) {
                    out.pop();
                }
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(line),
        }
    }
    out
}

/// `contentline = name *(";" param ) ":" value CRLF` (RFC 5545 §3.1)
struct ContentLine<'a> {
    name: &'a str,
    parameters: &'a str,
    value: &'a str,
}

fn content_line(line: &str) -> Option<ContentLine<'_>> {
    let mut quoted = false;
    let colon = line.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some(ContentLine {
        name,
        parameters,
        value,
    })
}

impl ContentLine<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|p| {
            let (n, value) = p.split_once('=')?;
            n.eq_ignore_ascii_case(name)
                .then(|| value.trim_matches('"'))
        })
    }
}

/// `text = *(TSAFE-CHAR / ":" / DQUOTE / ESCAPED-CHAR)` (RFC 5545 §3.3.11), in one line.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    let shown = mail::display::visible(&out);
    shown.chars().take(TEXT_CHARS_MAX).collect()
}

/// `date / date-time` (RFC 5545 §3.3.4, §3.3.5)
fn time(line: &ContentLine<'_>, lines: &[ContentLine<'_>]) -> Option<EventTime> {
    let value = line.value.trim();
    let date = (
        digits(value, 0..4)? as i32,
        digits(value, 4..6)?,
        digits(value, 6..8)?,
    );
    if !(1..=12).contains(&date.1) || !(1..=31).contains(&date.2) {
        return None;
    }
    let Some(clock) = value.get(8..).filter(|rest| rest.starts_with('T')) else {
        return Some(EventTime::Day { date });
    };
    let (hour, minute, second) = (
        digits(clock, 1..3)?,
        digits(clock, 3..5)?,
        digits(clock, 5..7)?,
    );
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let clock_time = Time::from_civil(date.0, date.1, date.2, hour, minute, second);
    if clock.ends_with(['Z', 'z']) {
        return Some(EventTime::Moment(clock_time));
    }
    let zone = line.parameter("TZID").unwrap_or_default();
    Some(match zone::offset_seconds(lines, zone, clock_time) {
        Some(offset) => EventTime::Moment(Time::from_secs(clock_time.secs() - offset)),
        None => EventTime::Local {
            clock: clock_time,
            zone: mail::display::visible(zone).into_owned(),
        },
    })
}

fn digits(text: &str, range: std::ops::Range<usize>) -> Option<u32> {
    let digits = text.get(range)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONED: &str = "BEGIN:VCALENDAR\r\nMETHOD:Request\r\nBEGIN:VTIMEZONE\r\nTZID:Own Rules\r\n\
        BEGIN:STANDARD\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0600\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:-0600\r\nTZOFFSETTO:-0500\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\n";

    fn event(start: &str) -> Invitation {
        // A fold within a character: é cut after its first byte.
        let mut bytes = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Caf\xc3\r\n \xa9\\, five\r\nLOCATION:Room\\n5\r\n".to_vec();
        bytes.extend_from_slice(start.as_bytes());
        bytes.extend_from_slice(
            b"\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        );
        let head = ZONED.as_bytes();
        let zone =
            &head[ZONED.find("BEGIN:VTIMEZONE").unwrap()..ZONED.find("BEGIN:VEVENT").unwrap()];
        let at = bytes
            .windows(12)
            .position(|w| w == b"BEGIN:VEVENT")
            .unwrap();
        bytes.splice(at..at, zone.iter().copied());
        parse(&bytes, Some("utf-8")).unwrap()
    }

    #[test]
    fn reads_an_event_with_a_fold_within_a_character() {
        let found = event("DTSTART:20260310T180000Z");
        assert_eq!(
            (found.method, &*found.summary, &*found.location),
            (Method::Request, "Café, five", "Room 5")
        );
        let moment = Time::from_civil(2026, 3, 10, 18, 0, 0);
        assert_eq!(found.start, Some(EventTime::Moment(moment)));
    }

    #[test]
    fn zones_are_read_from_the_rules_in_the_message() {
        for (local, utc) in [
            // Daylight time begins on 8 March 2026 and ends on 1 November.
            ("20260310T130000", (2026, 3, 10, 18, 0, 0)),
            ("20260307T130000", (2026, 3, 7, 19, 0, 0)),
            ("20260115T130000", (2026, 1, 15, 19, 0, 0)),
            ("20261031T130000", (2026, 10, 31, 18, 0, 0)),
            ("20261101T130000", (2026, 11, 1, 19, 0, 0)),
        ] {
            let found = event(&format!("DTSTART;TZID=Own Rules:{local}"));
            let (y, mo, d, h, mi, s) = utc;
            let moment = Time::from_civil(y, mo, d, h, mi, s);
            assert_eq!(found.start, Some(EventTime::Moment(moment)), "{local}");
        }
    }

    #[test]
    fn times_without_rules_stay_local() {
        let clock = Time::from_civil(2026, 3, 10, 13, 0, 0);
        let zone = "Asia/Shanghai".to_owned();
        assert_eq!(
            event("DTSTART;TZID=Asia/Shanghai:20260310T130000").start,
            Some(EventTime::Local { clock, zone })
        );
        assert_eq!(
            event("DTSTART;VALUE=DATE:20260310").start,
            Some(EventTime::Day {
                date: (2026, 3, 10)
            })
        );
        for bad in ["2026", "20261301", "20260310T2500", "x", ""] {
            assert_eq!(event(&format!("DTSTART:{bad}")).start, None, "{bad}");
        }
    }

    #[test]
    fn a_calendar_without_an_event_is_none() {
        assert_eq!(parse(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", None), None);
        assert_eq!(parse(b"", None), None);
    }
}

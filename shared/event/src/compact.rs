//! The compact form in which a store keeps events: a quarter of JSON's time, half its size. Names that come again (host, state, explanation,
//! connection) are written once; times and numbers as differences. Decides nothing about what is kept.
//!
//! A line of the dialogue and a check, of which a journey mostly consists, have a form of their own; every other kind stands as JSON, so that a
//! kind may grow a field, or a new one come, and old journeys are read as before.
//!
//! Failures: bytes that are no such form are an error, never a panic; what is claimed of lengths is believed only as far as there are bytes.

use crate::{Event, Kind, Role, Verdict};
use mail::session::Speaker;
use mail::{JourneyId, SpanId, Time};
use std::borrow::Cow;
use std::fmt;

/// Why bytes could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// They end before what they promise.
    Short,
    /// A place holds what no event has there: its name.
    Strange(&'static str),
    /// A kind's JSON is none.
    Json(serde_json::Error),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Short => f.write_str("the events end in the middle"),
            Unreadable::Strange(what) => write!(f, "the events name a {what} that there is not"),
            Unreadable::Json(e) => write!(f, "the events hold a kind that cannot be read: {e}"),
        }
    }
}

impl std::error::Error for Unreadable {}

const ROLES: [Role; 6] = [Role::Mua, Role::Msa, Role::Mta, Role::Mda, Role::Mra, Role::Dns];
const VERDICTS: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Neutral];

// What an event's first octet says besides its role (the lower three bits).
const OF_A_LETTER: u8 = 1 << 3;
const HAS_PARENT: u8 = 1 << 4;
const CLAIMED: u8 = 1 << 5;
const LINE: u8 = 1 << 6;
const CHECK: u8 = 1 << 7;
// A line's own.
const BY_SERVER: u8 = 1;
const SEALED: u8 = 1 << 1;
const REDACTED: u8 = 1 << 2;

/// Events in the compact form.
pub fn to_compact<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    append_compact(&mut out, events);
    out
}

/// The same, behind what stands in `out` already; to be read without that.
pub fn append_compact<'a>(out: &mut Vec<u8>, events: impl IntoIterator<Item = &'a Event>) {
    let mut writer = Writer { out, json: Vec::new(), words: Vec::with_capacity(32), numbers: Vec::with_capacity(8), at: 0, seq: 0 };
    events.into_iter().for_each(|event| writer.event(event));
}

/// Reads [`to_compact`]'s form.
///
/// # Errors
/// Where the bytes are none of this form.
pub fn from_compact(bytes: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let mut reader = Reader { bytes, words: Vec::new(), numbers: Vec::new(), at: 0, seq: 0 };
    let mut events = Vec::new();
    while !reader.bytes.is_empty() {
        events.push(reader.event()?);
    }
    Ok(events)
}

struct Writer<'o, 'a> {
    out: &'o mut Vec<u8>,
    json: Vec<u8>,
    words: Vec<&'a str>,
    numbers: Vec<u64>,
    at: i64,
    seq: u64,
}

impl<'a> Writer<'_, 'a> {
    fn event(&mut self, event: &'a Event) {
        let role = ROLES.iter().position(|r| *r == event.role).unwrap_or_default();
        let mut head = u8::try_from(role).unwrap_or_default();
        for (bit, is) in [
            (OF_A_LETTER, event.journey.is_some()),
            (HAS_PARENT, event.parent.is_some()),
            (CLAIMED, event.claimed),
            (LINE, matches!(event.kind, Kind::Line { .. })),
            (CHECK, matches!(event.kind, Kind::Check { .. })),
        ] {
            head |= if is { bit } else { 0 };
        }
        self.out.push(head);
        self.varint(zigzag(event.at.0.wrapping_sub(self.at)));
        self.varint(zigzag(event.seq.wrapping_sub(self.seq).cast_signed()));
        (self.at, self.seq) = (event.at.0, event.seq);
        if let Some(JourneyId(journey)) = event.journey {
            self.number(journey);
        }
        self.number(event.span.0);
        if let Some(SpanId(parent)) = event.parent {
            self.number(parent);
        }
        for word in [&event.host, &event.before, &event.after, &event.explain] {
            self.word(word);
        }
        self.kind(&event.kind);
    }

    fn kind(&mut self, kind: &'a Kind) {
        match kind {
            Kind::Line { speaker, text, sealed, redacted } => {
                let by_server = if *speaker == Speaker::Server { BY_SERVER } else { 0 };
                self.out.push(by_server | if *sealed { SEALED } else { 0 } | if *redacted { REDACTED } else { 0 });
                self.octets(text.as_bytes());
            }
            Kind::Check { name, verdict, why } => {
                self.out.push(u8::try_from(VERDICTS.iter().position(|v| v == verdict).unwrap_or_default()).unwrap_or_default());
                self.word(name);
                self.octets(why.as_bytes());
            }
            other => {
                let mut json = std::mem::take(&mut self.json);
                json.clear();
                if serde_json::to_writer(&mut json, other).is_err() {
                    json = b"\"unknown\"".to_vec();
                }
                self.octets(&json);
                self.json = json;
            }
        }
    }

    // The place of one that came before, from 1; or 0 and then itself.
    fn word(&mut self, word: &'a str) {
        // Names of one length mostly differ in their last letter, which is seen sooner than the whole.
        let same = |known: &&str| known.len() == word.len() && known.as_bytes().last() == word.as_bytes().last() && *known == word;
        match self.words.iter().position(same) {
            Some(place) => self.varint(place as u64 + 1),
            None => {
                self.words.push(word);
                self.out.push(0);
                self.octets(word.as_bytes());
            }
        }
    }

    fn number(&mut self, number: u64) {
        match self.numbers.iter().position(|n| *n == number) {
            Some(place) => self.varint(place as u64 + 1),
            None => {
                self.numbers.push(number);
                self.out.push(0);
                self.out.extend_from_slice(&number.to_be_bytes());
            }
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        self.varint(octets.len() as u64);
        self.out.extend_from_slice(octets);
    }

    // Seven bits in each octet, the lowest first; the highest bit: more follows.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.out.push(value.to_le_bytes()[0]);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    words: Vec<&'a str>,
    numbers: Vec<u64>,
    at: i64,
    seq: u64,
}

impl<'a> Reader<'a> {
    fn event(&mut self) -> Result<Event, Unreadable> {
        let head = self.octet()?;
        let role = *ROLES.get(usize::from(head & 0b111)).ok_or(Unreadable::Strange("role"))?;
        self.at = self.at.wrapping_add(unzigzag(self.varint()?));
        self.seq = self.seq.wrapping_add_signed(unzigzag(self.varint()?));
        let journey = if head & OF_A_LETTER != 0 { Some(JourneyId(self.number()?)) } else { None };
        let span = SpanId(self.number()?);
        let parent = if head & HAS_PARENT != 0 { Some(SpanId(self.number()?)) } else { None };
        let [host, before, after, explain] = [self.word()?, self.word()?, self.word()?, self.word()?].map(|w| Cow::Owned(w.to_owned()));
        let kind = self.kind(head)?;
        let claimed = head & CLAIMED != 0;
        Ok(Event { at: Time(self.at), seq: self.seq, journey, span, parent, host, role, before, after, explain, claimed, kind })
    }

    fn kind(&mut self, head: u8) -> Result<Kind, Unreadable> {
        if head & LINE != 0 {
            let own = self.octet()?;
            let speaker = if own & BY_SERVER != 0 { Speaker::Server } else { Speaker::Client };
            let text = self.text()?.to_owned();
            return Ok(Kind::Line { speaker, text, sealed: own & SEALED != 0, redacted: own & REDACTED != 0 });
        }
        if head & CHECK != 0 {
            let verdict = *VERDICTS.get(usize::from(self.octet()?)).ok_or(Unreadable::Strange("verdict"))?;
            return Ok(Kind::Check { name: self.word()?.to_owned(), verdict, why: self.text()?.to_owned() });
        }
        serde_json::from_slice(self.octets()?).map_err(Unreadable::Json)
    }

    fn word(&mut self) -> Result<&'a str, Unreadable> {
        match self.place()? {
            Some(place) => self.words.get(place).copied().ok_or(Unreadable::Strange("word")),
            None => {
                let word = self.text()?;
                self.words.push(word);
                Ok(word)
            }
        }
    }

    fn number(&mut self) -> Result<u64, Unreadable> {
        match self.place()? {
            Some(place) => self.numbers.get(place).copied().ok_or(Unreadable::Strange("number")),
            None => {
                let (number, rest) = self.bytes.split_first_chunk::<8>().ok_or(Unreadable::Short)?;
                self.bytes = rest;
                self.numbers.push(u64::from_be_bytes(*number));
                Ok(u64::from_be_bytes(*number))
            }
        }
    }

    fn place(&mut self) -> Result<Option<usize>, Unreadable> {
        let place = usize::try_from(self.varint()?).map_err(|_| Unreadable::Strange("place"))?;
        Ok(place.checked_sub(1))
    }

    fn text(&mut self) -> Result<&'a str, Unreadable> {
        std::str::from_utf8(self.octets()?).map_err(|_| Unreadable::Strange("text"))
    }

    fn octets(&mut self) -> Result<&'a [u8], Unreadable> {
        let count = usize::try_from(self.varint()?).map_err(|_| Unreadable::Short)?;
        let (octets, rest) = self.bytes.split_at_checked(count).ok_or(Unreadable::Short)?;
        self.bytes = rest;
        Ok(octets)
    }

    fn octet(&mut self) -> Result<u8, Unreadable> {
        let (octet, rest) = self.bytes.split_first().ok_or(Unreadable::Short)?;
        self.bytes = rest;
        Ok(*octet)
    }

    fn varint(&mut self) -> Result<u64, Unreadable> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let octet = self.octet()?;
            value |= u64::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Unreadable::Strange("number"))
    }
}

// Small differences, forwards or back, are small numbers.
fn zigzag(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail::{Duration, Reply};

    fn event(at: i64, seq: u64, kind: Kind) -> Event {
        Event {
            at: Time(at),
            seq,
            journey: Some(JourneyId(7 << 32)),
            span: SpanId(u64::MAX),
            parent: None,
            host: "mx.a.test".into(),
            role: Role::Mta,
            before: "greeted".into(),
            after: "".into(),
            explain: kind.explain().into(),
            claimed: false,
            kind,
        }
    }

    fn dialogue() -> Vec<Event> {
        let line = |speaker, text: &str, sealed, redacted| Kind::Line { speaker, text: text.into(), sealed, redacted };
        let check = |verdict| Kind::Check { name: "spf".into(), verdict, why: "邮 – v=spf1".into() };
        let mut events = vec![
            event(1_795_267_323_191_125, 9, line(Speaker::Server, "220 mx.a.test", false, false)),
            event(1_795_267_323_191_130, 10, line(Speaker::Client, "AUTH PLAIN ••••", true, true)),
            // A clock that was put back, and a number that is lower than the last.
            event(-5, 2, check(Verdict::Pass)),
            event(i64::MAX, u64::MAX, check(Verdict::Fail)),
            event(i64::MIN, 0, check(Verdict::Neutral)),
            event(0, 1, Kind::Closed { after: Duration::from_secs(3) }),
            event(0, 3, Kind::Deferred { recipient: "b@b.test".into(), reply: Reply::new(451, (4, 3, 0), "later"), next: Time(8) }),
            event(0, 4, Kind::Unknown),
        ];
        for (number, event) in events.iter_mut().enumerate() {
            event.claimed = number % 2 == 0;
            event.parent = (number % 3 == 0).then_some(SpanId(number as u64));
            event.role = ROLES[number % ROLES.len()];
            if number == 5 {
                event.journey = None;
            }
        }
        events
    }

    #[test]
    fn events_come_back_as_they_were() {
        let events = dialogue();
        assert_eq!(from_compact(&to_compact(&events)).unwrap(), events);
        assert!(from_compact(&[]).unwrap().is_empty());
    }

    #[test]
    fn bytes_that_end_early_or_were_changed_are_an_error_or_other_events_but_never_a_panic() {
        let whole = to_compact(&dialogue());
        let readable = |bytes: &[u8]| from_compact(bytes).is_ok();
        let ends: Vec<usize> = (0..whole.len()).filter(|end| readable(&whole[..*end])).collect();
        assert_eq!(ends.len(), dialogue().len(), "only between two events: {ends:?}");
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = from_compact(&changed);
            }
        }
    }

    #[test]
    fn a_length_that_is_claimed_costs_nothing() {
        // An event whose host's name is said to be of 2^63 octets.
        let mut bytes = vec![2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0];
        bytes.extend([0xff; 8]);
        bytes.push(0x7f);
        assert!(matches!(from_compact(&bytes), Err(Unreadable::Short)));
    }

    #[test]
    fn differences_either_way_are_small_numbers() {
        for (difference, number) in [(0, 0), (-1, 1), (1, 2), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)] {
            assert_eq!((zigzag(difference), unzigzag(number)), (number, difference));
        }
    }
}

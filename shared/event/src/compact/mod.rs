//! The compact form in which a store keeps events: a quarter of JSON's time, half its size. Names
//! that come again soon (host, state, explanation, connection) are written once; times and numbers
//! as differences. Decides nothing about what is kept.
//!
//! What happens to every message has a form of its own (a line of the dialogue, a check, a
//! connection, acceptance, delivery); every other kind stands as JSON, and so do these in what was
//! written before. A kind may grow a field, or a new one come, and old journeys are read as before:
//! one with a form of its own gets another form then.
//!
//! Failures: bytes that are no such form are an error, never a panic; what is claimed of lengths is
//! believed only as far as there are bytes.

mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::{Event, Protocol, Role, Verdict};
use read::Reader;
use std::fmt;
use write::Writer;

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

const ROLES: [Role; 6] = [
    Role::Mua,
    Role::Msa,
    Role::Mta,
    Role::Mda,
    Role::Mra,
    Role::Dns,
];
const VERDICTS: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Neutral];
const PROTOCOLS: [Protocol; 5] = [
    Protocol::Smtp,
    Protocol::Submission,
    Protocol::Imap,
    Protocol::Pop3,
    Protocol::Web,
];

// What an event's first octet says besides its role (the lower three bits).
const OF_A_MESSAGE: u8 = 1 << 3;
const HAS_PARENT: u8 = 1 << 4;
const CLAIMED: u8 = 1 << 5;
const LINE: u8 = 1 << 6;
// A check with its reason as text: version 0.1, only read.
const CHECK: u8 = 1 << 7;
// Another form of its own: an octet says which.
const OTHER: u8 = LINE | CHECK;
const CONNECT: u8 = 1;
const ACCEPTED: u8 = 2;
const ATTEMPT: u8 = 3;
const DELIVERED: u8 = 4;
const CLOSED: u8 = 5;
const TYPED_CHECK: u8 = 6;
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
    let mut writer = Writer::new(out);
    events.into_iter().for_each(|event| writer.event(event));
}

/// Reads [`to_compact`]'s form.
///
/// # Errors
/// Where the bytes are none of this form.
pub fn from_compact(bytes: &[u8]) -> Result<Vec<Event>, Unreadable> {
    let mut reader = Reader::new(bytes);
    let mut events = Vec::new();
    while !reader.is_at_the_end() {
        events.push(reader.event()?);
    }
    Ok(events)
}

// Small differences, forwards or back, are small numbers.
fn zigzag(difference: i64) -> u64 {
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

//! SEARCH: finds messages. Keys about the mailbox's index are evaluated first; header and text are
//! read only for messages that these leave undecided. Texts are compared in the folded form of
//! `mime`: width, case and line breaks do not matter.

use super::sections::read_header;
use super::{Role, refuse};
use imap::search::{Compare, Dated, Key};
use imap::set::UidSet;
use imap::{Decision, Refusal};
use mail::{Duration, Time};
use mime::Needle;
use std::sync::Arc;
use store::{Entry, Fault, Mailbox, Store};

// How much text of one message is searched.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
const DAY: Duration = Duration::from_secs(86_400);

/// A search key, its texts folded once for all messages.
enum Test {
    All,
    Set(UidSet),
    Flag(u8),
    Keyword(String),
    Received(Compare, Time),
    Sent(Compare, Time),
    Larger(u64),
    Smaller(u64),
    Header(String, Needle),
    Body(Needle),
    Text(Needle),
    And(Vec<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

impl From<Key> for Test {
    fn from(key: Key) -> Test {
        match key {
            Key::All => Test::All,
            Key::Set(uids) => Test::Set(uids),
            Key::Flag(bit) => Test::Flag(bit),
            Key::Keyword(keyword) => Test::Keyword(keyword),
            Key::Date {
                dated: Dated::Internal,
                compare,
                day,
            } => Test::Received(compare, day),
            Key::Date {
                dated: Dated::Sent,
                compare,
                day,
            } => Test::Sent(compare, day),
            Key::Larger(n) => Test::Larger(u64::from(n)),
            Key::Smaller(n) => Test::Smaller(u64::from(n)),
            Key::Header(name, text) => Test::Header(name, Needle::new(&text)),
            Key::Body(text) => Test::Body(Needle::new(&text)),
            Key::Text(text) => Test::Text(Needle::new(&text)),
            Key::And(keys) => Test::And(keys.into_iter().map(Test::from).collect()),
            Key::Or(a, b) => Test::Or(Box::new(Test::from(*a)), Box::new(Test::from(*b))),
            Key::Not(key) => Test::Not(Box::new(Test::from(*key))),
        }
    }
}

/// What was read of a message.
#[derive(Default)]
struct Read {
    header: Vec<u8>,
    text: String,
}

impl Test {
    // True where the text must be read if the index does not decide.
    fn wants_text(&self) -> bool {
        match self {
            Test::Body(_) | Test::Text(_) => true,
            Test::And(tests) => tests.iter().any(Test::wants_text),
            Test::Or(a, b) => a.wants_text() || b.wants_text(),
            Test::Not(a) => a.wants_text(),
            _ => false,
        }
    }

    /// Evaluates the key; `None` where that needs what was not read.
    fn judge(&self, entry: &Entry, read: Option<&Read>) -> Option<bool> {
        Some(match self {
            Test::All => true,
            Test::Set(uids) => uids.contains(entry.uid),
            Test::Flag(bit) => entry.flags & bit != 0,
            Test::Keyword(k) => entry
                .keywords
                .as_deref()
                .is_some_and(|all| all.iter().any(|x| x.eq_ignore_ascii_case(k))),
            Test::Received(compare, day) => compare_day(*compare, midnight(entry.date), *day),
            Test::Larger(n) => entry.bytes > *n,
            Test::Smaller(n) => entry.bytes < *n,
            // A message without a date is not before, on or since any day.
            Test::Sent(compare, day) => {
                sent_day(&read?.header).is_some_and(|sent| compare_day(*compare, sent, *day))
            }
            // RFC 3501 §6.4.4: the empty text matches every message that has the field.
            Test::Header(name, needle) => {
                mime::fields(&read?.header).any(|f| f.is(name) && is_in_field(needle, &f))
            }
            Test::Body(needle) => needle.is_in(&read?.text),
            Test::Text(needle) => {
                let read = read?;
                needle.is_in(&read.text)
                    || mime::fields(&read.header).any(|f| {
                        needle.is_in(&format!("{}: {}", f.name, f.text()))
                            || is_in_field(needle, &f)
                    })
            }
            Test::And(tests) => return all_of(tests, entry, read),
            Test::Or(a, b) => match (a.judge(entry, read), b.judge(entry, read)) {
                (Some(true), _) | (_, Some(true)) => true,
                (Some(false), Some(false)) => false,
                _ => return None,
            },
            Test::Not(a) => !a.judge(entry, read)?,
        })
    }
}

// Addresses are compared in the form that ENVELOPE shows: comments within them do not matter, and
// encoded words are decoded in names only (RFC 2047 §5).
fn is_in_field(needle: &Needle, field: &mime::Field<'_>) -> bool {
    if !ADDRESS_FIELDS.iter().any(|name| field.is(name)) {
        return needle.is_in(&field.text());
    }
    let list = mime::addresses(field.value);
    let mailboxes: Vec<String> = list
        .iter()
        .map(|a| format!("{} <{}>", a.name, a.address))
        .collect();
    needle.is_in(&mailboxes.join(", ")) || needle.is_in(&String::from_utf8_lossy(&field.unfolded()))
}

const ADDRESS_FIELDS: [&str; 6] = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"];

fn all_of(tests: &[Test], entry: &Entry, read: Option<&Read>) -> Option<bool> {
    let mut open = false;
    for test in tests {
        match test.judge(entry, read) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => open = true,
        }
    }
    (!open).then_some(true)
}

fn compare_day(compare: Compare, day: Time, with: Time) -> bool {
    match compare {
        Compare::Before => day < with,
        Compare::On => day == with,
        Compare::Since => day >= with,
    }
}

fn midnight(time: Time) -> Time {
    Time::from_secs(time.secs() - time.secs().rem_euclid(DAY.as_secs() as i64))
}

// RFC 3501 §6.4.4: the day in the Date field, time and zone disregarded. `[day-name ","] day month
// year` (RFC 5322 §3.3).
fn sent_day(header: &[u8]) -> Option<Time> {
    let field = mime::find(header, "date")?;
    let text = field.text();
    let words = text
        .rsplit_once(',')
        .map_or(text.as_str(), |(_, rest)| rest);
    let mut words = words.split_whitespace();
    let (day, month, year) = (
        words.next()?.parse().ok()?,
        Time::month_number(words.next()?)?,
        words.next()?.parse::<i32>().ok()?,
    );
    // RFC 5322 §4.3: two and three digits.
    let year = match year {
        0..=49 => year + 2000,
        50..=999 => year + 1900,
        _ => year,
    };
    (1..=31)
        .contains(&day)
        .then(|| Time::from_civil(year, month, day, 0, 0, 0))
}

impl Role {
    pub(super) async fn search(&mut self, key: Key) -> Result<Decision, Refusal> {
        let mailbox = Arc::clone(&self.selected()?.mailbox);
        let test = Test::from(key);
        let mut found = Vec::new();
        let mut open = Vec::new();
        mailbox.read(|s| {
            for entry in &s.entries {
                match test.judge(entry, None) {
                    Some(true) => found.push(entry.uid),
                    Some(false) => {}
                    None => open.push(entry.uid),
                }
            }
        });
        for uid in open {
            if fits(self.store(), &mailbox, uid, &test)
                .await
                .map_err(refuse)?
            {
                found.push(uid);
            }
        }
        Ok(Decision::Found(found.into_iter().collect()))
    }
}

async fn fits(store: &Store, mailbox: &Mailbox, uid: u32, test: &Test) -> Result<bool, Fault> {
    let Some(message) = store.message(mailbox, uid).await? else {
        return Ok(false);
    };
    let opened = store.open_message(&message).await;
    let read = opened.and_then(|mut open| {
        if !test.wants_text() {
            let header = read_header(&mut open)?;
            let text = String::new();
            return Ok(Read { header, text });
        }
        let bytes = usize::try_from(message.entry.bytes).unwrap_or(usize::MAX);
        let mut header = open.read(0, bytes)?;
        let text = mime::text_of(&header, TEXT_BYTES_MAX);
        header.truncate(mime::header_end(&header));
        Ok(Read { header, text })
    });
    match read {
        Ok(read) => Ok(test.judge(&message.entry, Some(&read)).unwrap_or(false)),
        // Another session has expunged it meanwhile.
        Err(_) if !store.still_has(mailbox, uid).await => Ok(false),
        Err(Fault::Broken(why)) => {
            // A broken message does not match and does not hide others.
            tracing::error!(uid, %why, "cannot search a message");
            Ok(false)
        }
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_of_a_message_is_that_of_its_date_field() {
        for (field, expected) in [
            ("Sat, 21 Nov 2026 23:59:00 -0800", Some((2026, 11, 21))),
            ("1 Feb 26 00:00 +0000", Some((2026, 2, 1))),
            ("Mon, 01 Jan 99 00:00:00 GMT", Some((1999, 1, 1))),
            ("tomorrow", None),
            ("32 Jan 2026", None),
        ] {
            let day = sent_day(format!("Date: {field}\r\n\r\n").as_bytes());
            assert_eq!(
                day,
                expected.map(|(y, m, d)| Time::from_civil(y, m, d, 0, 0, 0)),
                "{field}"
            );
        }
    }
}

//! Why: what hosts write down of their reasons, in both languages. A reason is a key with its words
//! (an address, a number, a record). An event carries it as the English sentence of that key, which
//! a log and a person at a terminal can read; here it is taken apart again, and said in Chinese. So
//! journeys that were kept before a key existed are worded as well. Decides nothing, and words no
//! bytes of the wire: what another host said stays as it said it, in quotation marks.
//!
//! Failures: a sentence that no key fits is foreign text, and is quoted as it stands.

mod authenticity;
mod door;
mod phrase;
#[cfg(test)]
mod tests;
mod way;

use mail::Reply;
use phrase::{Phrase, fill, take};

/// The tables, in the order in which they are tried: the special before the general.
const TABLES: [&[Phrase]; 4] = [way::OWN, door::PHRASES, authenticity::PHRASES, way::GENERAL];
/// A reason within a reason within a reason …: as deep as SPF lets records include each other (RFC
/// 7208 §4.6.4).
const DEPTH_MAX: usize = 24;
/// Octets of a sentence that is taken apart; a longer one is foreign text.
pub const REASON_BYTES_MAX: usize = 4 * 1024;

/// A reason, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'t> {
    /// Which sentence it is: `spf.covers`, `way.unreachable`.
    pub key: &'static str,
    /// What stands in its gaps, in the order of the English sentence.
    pub words: Vec<Word<'t>>,
    chinese: &'static str,
}

/// What stands in a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word<'t> {
    /// An address, a name, a number, a record: the same in every language.
    Plain(&'t str),
    /// A sentence of its own.
    Reason(Reason<'t>),
    /// Words that nobody here chose.
    Foreign(&'t str),
}

impl<'t> Reason<'t> {
    /// Takes a sentence apart; none where it is none of ours.
    pub fn read(text: &'t str) -> Option<Reason<'t>> {
        if text.len() > REASON_BYTES_MAX {
            None
        } else {
            Reason::within(text, 0)
        }
    }

    fn within(text: &'t str, depth: usize) -> Option<Reason<'t>> {
        if depth > DEPTH_MAX {
            return None;
        }
        let read = |phrase: &Phrase| {
            let mut words = Vec::new();
            take(phrase.english, text, &mut words, depth).then_some(Reason {
                key: phrase.key,
                words,
                chinese: phrase.chinese,
            })
        };
        TABLES.iter().flat_map(|table| table.iter()).find_map(read)
    }

    /// The sentence in Chinese.
    pub fn chinese(&self) -> String {
        fill(self.chinese, &self.words)
    }

    /// Whether only this host itself says so: of a way that it did not find, of a message that it
    /// could not hand over.
    pub fn is_own(&self) -> bool {
        self.key.starts_with("own.")
    }
}

/// Every sentence that can be taken apart, as hosts write it: key, and the words with gaps (`{w}`).
pub fn sentences() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .map(|phrase| (phrase.key, phrase.english))
}

/// A host's reason in Chinese: its first line, without the steps of a proof below it. Addresses and
/// numbers stay as they are, and so do words that nobody here chose, in quotation marks.
pub fn in_chinese(why: &str) -> String {
    let text = why.lines().next().unwrap_or_default();
    match Reason::read(text) {
        Some(reason) => reason.chinese(),
        None if is_prose(text) => format!("“{text}”"),
        None => text.to_owned(),
    }
}

/// The words of a reply in Chinese, behind its codes. What this host says itself is said in
/// Chinese; what another host said is quoted, with its meaning where it is known.
pub fn reply_in_chinese(reply: &Reply) -> String {
    let codes = reply.enhanced.map_or_else(
        || format!("{:03}", reply.code),
        |enhanced| format!("{:03} {enhanced}", reply.code),
    );
    let text = reply.lines.join(" ");
    match Reason::read(&text) {
        _ if text.is_empty() => codes,
        Some(reason) if reason.is_own() => format!("{codes} {}", reason.chinese()),
        Some(reason) => format!("{codes} “{text}”（{}）", reason.chinese()),
        None => format!("{codes} “{text}”"),
    }
}

// Two words of letters next to each other.
fn is_prose(text: &str) -> bool {
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let words: Vec<bool> = text.split([' ', ',', ';']).map(is_word).collect();
    words.windows(2).any(|two| two[0] && two[1])
}

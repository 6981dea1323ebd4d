//! A SEARCH expression (RFC 3501 §6.4.4). Does not look into messages: the role does.

use crate::set::{SequenceSet, UidSet};
use mail::Time;

/// Numbers as the client wrote them; the session turns them into UIDs by its view before the role
/// sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// A sequence set of message numbers.
    Sequence(SequenceSet),
    /// `UID` and a set.
    Uid(SequenceSet),
    /// `RECENT`: the session knows them.
    Recent,
}

/// Which date of a message is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// INTERNALDATE, its day in UTC.
    Internal,
    /// The day in the Date field, time and zone disregarded.
    Sent,
}

/// The comparison with the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Earlier than the day.
    Before,
    /// Within it.
    On,
    /// Within it or later.
    Since,
}

/// `search-key`. `N` is the type of message sets: [`Numbers`] for the parser, UIDs for the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key<N = UidSet> {
    /// Every message.
    All,
    /// The messages of a set.
    Set(N),
    /// A system flag (one bit of [`mail::flags`]) is set.
    Flag(u8),
    /// A keyword is set.
    Keyword(String),
    /// The day of a date; `day` is its midnight in UTC.
    Date {
        /// Which date.
        dated: Dated,
        /// How it is compared.
        compare: Compare,
        /// The day.
        day: Time,
    },
    /// Larger than this, in octets.
    Larger(u32),
    /// Smaller than this, in octets.
    Smaller(u32),
    /// A header field contains the text; with the empty text: the field exists. FROM, TO, CC, BCC
    /// and SUBJECT too. The name is in lower case.
    Header(String, String),
    /// The body contains the text.
    Body(String),
    /// Header or body contain the text.
    Text(String),
    /// All of them.
    And(Vec<Key<N>>),
    /// One or both.
    Or(Box<Key<N>>, Box<Key<N>>),
    /// Not.
    Not(Box<Key<N>>),
}

impl<N> Key<N> {
    /// The same expression with another type of message sets.
    pub fn map_sets<M>(self, say: &impl Fn(N) -> M) -> Key<M> {
        match self {
            Key::All => Key::All,
            Key::Set(n) => Key::Set(say(n)),
            Key::Flag(bit) => Key::Flag(bit),
            Key::Keyword(k) => Key::Keyword(k),
            Key::Date {
                dated,
                compare,
                day,
            } => Key::Date {
                dated,
                compare,
                day,
            },
            Key::Larger(n) => Key::Larger(n),
            Key::Smaller(n) => Key::Smaller(n),
            Key::Header(name, text) => Key::Header(name, text),
            Key::Body(text) => Key::Body(text),
            Key::Text(text) => Key::Text(text),
            Key::And(keys) => Key::And(keys.into_iter().map(|k| k.map_sets(say)).collect()),
            Key::Or(a, b) => Key::Or(Box::new(a.map_sets(say)), Box::new(b.map_sets(say))),
            Key::Not(a) => Key::Not(Box::new(a.map_sets(say))),
        }
    }
}

//! Message flags: the five system flags of RFC 9051 §2.3.2 as bits, keywords by name.
//! `\Recent` belongs to a session and is not stored here.

use serde::{Deserialize, Serialize};

/// `\Seen`
pub const SEEN: u8 = 1;
/// `\Answered`
pub const ANSWERED: u8 = 2;
/// `\Flagged`
pub const FLAGGED: u8 = 4;
/// `\Deleted`
pub const DELETED: u8 = 8;
/// `\Draft`
pub const DRAFT: u8 = 16;

/// The system flags with their names, in display order.
pub const SYSTEM: [(u8, &str); 5] = [
    (ANSWERED, "\\Answered"),
    (FLAGGED, "\\Flagged"),
    (DELETED, "\\Deleted"),
    (SEEN, "\\Seen"),
    (DRAFT, "\\Draft"),
];

/// The most keywords a message may have, and the longest keyword in octets.
pub const KEYWORDS_MAX: usize = 64;
/// See [`KEYWORDS_MAX`].
pub const KEYWORD_BYTES_MAX: usize = 64;

/// The flags of one message. Keywords compare without case (RFC 9051 §2.3.2); each is kept once, as
/// first written, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// System flags as bits.
    #[serde(default)]
    pub system: u8,
    /// Keywords such as `$Forwarded`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

impl Flags {
    /// Only system flags.
    pub fn of(system: u8) -> Flags {
        Flags {
            system,
            keywords: Vec::new(),
        }
    }

    /// True where every bit of `bits` is set.
    pub fn has(&self, bits: u8) -> bool {
        self.system & bits == bits
    }

    /// Adds a flag by its name: a system flag in any case, else a keyword. An unknown name with a
    /// backslash and `\Recent` change nothing. Returns whether the name is a valid flag.
    pub fn add(&mut self, name: &str) -> bool {
        if name.starts_with('\\') {
            let bit = Flags::system_bit(name);
            self.system |= bit.unwrap_or(0);
            return bit.is_some();
        }
        if !is_keyword(name) || (self.keywords.len() >= KEYWORDS_MAX && !self.has_keyword(name)) {
            return false;
        }
        if !self.has_keyword(name) {
            self.keywords.push(name.to_owned());
            self.keywords.sort_by_key(|k| k.to_ascii_lowercase());
        }
        true
    }

    /// The bit of a system flag's name.
    pub fn system_bit(name: &str) -> Option<u8> {
        SYSTEM
            .iter()
            .find(|(_, n)| n.eq_ignore_ascii_case(name))
            .map(|(bit, _)| *bit)
    }

    /// True where the keyword is set, in any case.
    pub fn has_keyword(&self, name: &str) -> bool {
        self.keywords.iter().any(|k| k.eq_ignore_ascii_case(name))
    }

    /// Both sets together.
    pub fn union(&self, other: &Flags) -> Flags {
        let mut all = self.clone();
        all.system |= other.system;
        for k in &other.keywords {
            all.add(k);
        }
        all
    }

    /// This set without the other.
    pub fn without(&self, other: &Flags) -> Flags {
        Flags {
            system: self.system & !other.system,
            keywords: self
                .keywords
                .iter()
                .filter(|k| !other.has_keyword(k))
                .cloned()
                .collect(),
        }
    }

    /// All names, system flags first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system = SYSTEM
            .iter()
            .filter(|(bit, _)| self.system & bit != 0)
            .map(|(_, name)| *name);
        system.chain(self.keywords.iter().map(String::as_str))
    }
}

/// `flag-keyword = atom` (RFC 9051 §9), bounded.
pub fn is_keyword(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= KEYWORD_BYTES_MAX
        && name
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"(){%*\"\\]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_case_insensitive_and_unique() {
        let mut f = Flags::of(SEEN);
        assert!(f.add("$Forwarded") && f.add("$forwarded") && f.add("\\flagged"));
        assert_eq!(
            f.names().collect::<Vec<_>>(),
            ["\\Flagged", "\\Seen", "$Forwarded"]
        );
        assert!(!f.add("\\Nonsense") && !f.add("a b") && !f.add(""));
    }

    #[test]
    fn takes_64_keywords_and_not_one_more() {
        let mut f = Flags::default();
        for i in 0..KEYWORDS_MAX {
            assert!(f.add(&format!("k{i}")));
        }
        assert!(!f.add("one-more"));
        assert!(f.add("K1"));
    }
}

//! The names of mechanisms, and sets of them as a server offers them. Does not implement them.

use std::fmt;

/// A supported mechanism. The order is a client's preference: the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// RFC 7677 with channel binding (RFC 9266).
    ScramSha256Plus,
    /// RFC 7677.
    ScramSha256,
    /// RFC 5802 with channel binding (RFC 9266).
    ScramSha1Plus,
    /// RFC 5802.
    ScramSha1,
    /// RFC 2195.
    CramMd5,
    /// RFC 4616.
    Plain,
    /// Never standardized, supported by every mail program.
    Login,
    /// RFC 7628.
    OAuthBearer,
    /// Google's predecessor of RFC 7628.
    XOAuth2,
}

impl Mechanism {
    /// All, in order of preference.
    pub const ALL: [Mechanism; 9] = [
        Mechanism::ScramSha256Plus,
        Mechanism::ScramSha256,
        Mechanism::ScramSha1Plus,
        Mechanism::ScramSha1,
        Mechanism::CramMd5,
        Mechanism::Plain,
        Mechanism::Login,
        Mechanism::OAuthBearer,
        Mechanism::XOAuth2,
    ];

    /// `sasl-mech = 1*20mech-char` (RFC 4422 §3.1).
    pub fn name(self) -> &'static str {
        match self {
            Mechanism::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Mechanism::ScramSha1 => "SCRAM-SHA-1",
            Mechanism::CramMd5 => "CRAM-MD5",
            Mechanism::Plain => "PLAIN",
            Mechanism::Login => "LOGIN",
            Mechanism::OAuthBearer => "OAUTHBEARER",
            Mechanism::XOAuth2 => "XOAUTH2",
        }
    }

    /// By its name in any case.
    pub fn from_name(name: &str) -> Option<Mechanism> {
        Mechanism::ALL
            .into_iter()
            .find(|m| m.name().eq_ignore_ascii_case(name))
    }

    /// True for mechanisms with channel binding.
    pub fn is_plus(self) -> bool {
        matches!(self, Mechanism::ScramSha256Plus | Mechanism::ScramSha1Plus)
    }

    /// True for mechanisms whose exchange needs random bytes.
    pub fn needs_chance(self) -> bool {
        self.hash().is_some() || self == Mechanism::CramMd5
    }

    /// The hash function, for SCRAM.
    pub fn hash(self) -> Option<crate::scram::Hash> {
        match self {
            Mechanism::ScramSha256Plus | Mechanism::ScramSha256 => Some(crate::scram::Hash::Sha256),
            Mechanism::ScramSha1Plus | Mechanism::ScramSha1 => Some(crate::scram::Hash::Sha1),
            _ => None,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of mechanisms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mechanisms(u16);

impl Mechanisms {
    /// A set of these mechanisms.
    pub fn of(all: impl IntoIterator<Item = Mechanism>) -> Mechanisms {
        Mechanisms(all.into_iter().fold(0, |bits, m| bits | m.bit()))
    }

    /// PLAIN and LOGIN: possible with every account and every mail program.
    pub fn passwords() -> Mechanisms {
        Mechanisms::of([Mechanism::Plain, Mechanism::Login])
    }

    /// Adds a mechanism.
    pub fn insert(&mut self, mechanism: Mechanism) {
        self.0 |= mechanism.bit();
    }

    /// True where the set contains the mechanism.
    pub fn contains(self, mechanism: Mechanism) -> bool {
        self.0 & mechanism.bit() != 0
    }

    /// The mechanisms for which `fits` is true.
    pub fn only(self, fits: impl Fn(Mechanism) -> bool) -> Mechanisms {
        Mechanisms::of(self.iter().filter(|m| fits(*m)))
    }

    /// The mechanisms, the strongest first.
    pub fn iter(self) -> impl Iterator<Item = Mechanism> {
        Mechanism::ALL
            .into_iter()
            .filter(move |m| self.contains(*m))
    }

    /// True for the empty set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// As in EHLO: `SCRAM-SHA-256 PLAIN LOGIN`.
impl fmt::Display for Mechanisms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Mechanism::name).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_mechanism_by_name_and_in_sets() {
        let mut all = Mechanisms::default();
        assert!(all.is_empty());
        for m in Mechanism::ALL {
            assert_eq!(Mechanism::from_name(&m.name().to_lowercase()), Some(m));
            assert!(!all.contains(m));
            all.insert(m);
            assert!(all.contains(m));
        }
        assert_eq!(all.iter().count(), Mechanism::ALL.len());
        assert_eq!(Mechanism::from_name("DIGEST-MD5"), None);
        assert_eq!(Mechanisms::passwords().to_string(), "PLAIN LOGIN");
    }
}

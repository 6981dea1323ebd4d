//! Allow and deny lists: addresses, networks, domains, senders. A domain entry matches the domain
//! of the sender, of HELO or of the client's PTR record, with subdomains, unless the entry says
//! which of them.
//!
//! Precedence. For addresses the narrowest network decides, so that one host of a denied network
//! can be allowed and vice versa; between equally narrow networks, deny wins. An address that is on
//! a list is not matched by domain. For domains, deny wins. A client's name is allowed only where
//! DNS confirms it; a sender is an unproven claim, so allow senders with care.

use mail::{Address, AddressError, Domain, DomainError, Network};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Which domain an entry matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainSource {
    /// The domain of MAIL FROM.
    Sender,
    /// The name in HELO or EHLO.
    Helo,
    /// The name in the PTR record of the address.
    Ptr,
}

/// What an entry matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientPattern {
    /// Every address of a network.
    Network(Network),
    /// A domain and its subdomains; in one source, or in any.
    Domain(Option<DomainSource>, Domain),
    /// One sender address.
    Sender(Address),
}

/// An entry of the allow or deny list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    /// What it matches.
    pub pattern: ClientPattern,
    /// Why; included in the reply to a rejected client.
    pub reason: Option<String>,
}

/// Why a text is not a [`ClientPattern`]. Each holds the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It holds an `@` and is not an address.
    Sender(String, AddressError),
    /// It is not a domain.
    Domain(String, DomainError),
    /// Digits and dots, or a slash, that make neither an address nor a network.
    Network(String),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::Sender(text, error) => write!(f, "{text:?}: {error}"),
            PatternError::Domain(text, error) => write!(f, "{text:?}: {error}"),
            PatternError::Network(text) => {
                write!(f, "{text:?} is not an address, a network or a domain")
            }
        }
    }
}

impl std::error::Error for PatternError {}

impl FromStr for ClientPattern {
    type Err = PatternError;

    /// `192.0.2.1`, `192.0.2.0/24`, `example.org`, `sender:example.org`, `helo:…`, `ptr:…`,
    /// `someone@example.org`.
    fn from_str(text: &str) -> Result<ClientPattern, PatternError> {
        if let Ok(network) = text.parse() {
            return Ok(ClientPattern::Network(network));
        }
        if text.contains('@') {
            return Address::parse(text)
                .map(ClientPattern::Sender)
                .map_err(|e| PatternError::Sender(text.into(), e));
        }
        let (source, name) = match text.split_once(':') {
            Some(("sender", name)) => (Some(DomainSource::Sender), name),
            Some(("helo", name)) => (Some(DomainSource::Helo), name),
            Some(("ptr", name)) => (Some(DomainSource::Ptr), name),
            _ => (None, text),
        };
        // A name of digits and dots is a mistyped address, not a domain.
        if name.contains('/')
            || name
                .split('.')
                .all(|label| label.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(PatternError::Network(text.into()));
        }
        Domain::new(name)
            .map(|domain| ClientPattern::Domain(source, domain))
            .map_err(|e| PatternError::Domain(text.into(), e))
    }
}

impl fmt::Display for ClientPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientPattern::Network(network) => network.fmt(f),
            ClientPattern::Domain(None, domain) => domain.fmt(f),
            ClientPattern::Domain(Some(DomainSource::Sender), domain) => {
                write!(f, "sender:{domain}")
            }
            ClientPattern::Domain(Some(DomainSource::Helo), domain) => write!(f, "helo:{domain}"),
            ClientPattern::Domain(Some(DomainSource::Ptr), domain) => write!(f, "ptr:{domain}"),
            ClientPattern::Sender(address) => address.fmt(f),
        }
    }
}

impl FromStr for ListEntry {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<ListEntry, PatternError> {
        Ok(ListEntry {
            pattern: text.parse()?,
            reason: None,
        })
    }
}

/// `192.0.2.0/24`, or `192.0.2.0/24 (sends only spam)` with the entry's reason.
impl fmt::Display for ListEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Some(reason) => write!(f, "{} ({reason})", self.pattern),
            None => self.pattern.fmt(f),
        }
    }
}

/// The result of matching an address against both lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListMatch<'a> {
    /// On the allow list.
    Allowed(&'a ListEntry),
    /// On the deny list.
    Denied(&'a ListEntry),
    /// On neither list.
    None,
}

fn narrowest(entries: &[ListEntry], address: IpAddr) -> Option<(&ListEntry, u8)> {
    let fitting = entries.iter().filter_map(|e| match &e.pattern {
        ClientPattern::Network(network) if network.contains(address) => Some((e, network.bits())),
        _ => None,
    });
    fitting.max_by_key(|(_, bits)| *bits)
}

/// Matches an address against both lists.
pub fn by_address<'a>(
    allow: &'a [ListEntry],
    deny: &'a [ListEntry],
    address: IpAddr,
) -> ListMatch<'a> {
    match (narrowest(allow, address), narrowest(deny, address)) {
        (Some((entry, bits)), refused) if refused.is_none_or(|(_, other)| bits > other) => {
            ListMatch::Allowed(entry)
        }
        (_, Some((entry, _))) => ListMatch::Denied(entry),
        (_, None) => ListMatch::None,
    }
}

fn is_at_or_below(domain: &Domain, name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.len() >= domain.as_str().len()
        && name.is_char_boundary(name.len() - domain.as_str().len())
        && name[name.len() - domain.as_str().len()..].to_lowercase() == domain.as_str()
        && (name.len() == domain.as_str().len()
            || name[..name.len() - domain.as_str().len()].ends_with('.'))
}

/// The first entry that matches a domain from this source.
pub fn domain<'a>(
    entries: &'a [ListEntry],
    source: DomainSource,
    name: &str,
) -> Option<&'a ListEntry> {
    entries.iter().find(|e| match &e.pattern {
        ClientPattern::Domain(of, domain) => {
            of.is_none_or(|of| of == source) && is_at_or_below(domain, name)
        }
        _ => false,
    })
}

/// The entry that matches a sender: by its address, else by its domain.
pub fn sender<'a>(entries: &'a [ListEntry], address: &Address) -> Option<&'a ListEntry> {
    let exact = entries
        .iter()
        .find(|e| matches!(&e.pattern, ClientPattern::Sender(a) if a.key() == address.key()));
    exact.or_else(|| domain(entries, DomainSource::Sender, address.domain()?.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(all: &[&str]) -> Vec<ListEntry> {
        all.iter().map(|e| e.parse().unwrap()).collect()
    }

    #[test]
    fn narrowest_network_decides_and_deny_wins_ties() {
        let allow = entries(&[
            "192.0.2.7",
            "198.51.100.0/24",
            "2001:db8:1::/48",
            "203.0.113.5",
        ]);
        let deny = entries(&[
            "192.0.2.0/24",
            "198.51.100.9",
            "2001:db8::/32",
            "203.0.113.5",
        ]);
        for (address, expected) in [
            ("192.0.2.7", "allowed 192.0.2.7"),
            ("192.0.2.8", "denied 192.0.2.0/24"),
            ("198.51.100.1", "allowed 198.51.100.0/24"),
            ("198.51.100.9", "denied 198.51.100.9"),
            ("2001:db8:1::9", "allowed 2001:db8:1::/48"),
            ("2001:db8:2::9", "denied 2001:db8::/32"),
            ("203.0.113.5", "denied 203.0.113.5"),
            ("203.0.113.6", "neither"),
        ] {
            let result = match by_address(&allow, &deny, address.parse().unwrap()) {
                ListMatch::Allowed(e) => format!("allowed {}", e.pattern),
                ListMatch::Denied(e) => format!("denied {}", e.pattern),
                ListMatch::None => "neither".to_owned(),
            };
            assert_eq!(result, expected, "{address}");
        }
    }

    #[test]
    fn domain_entry_matches_subdomains_and_its_source_only() {
        let list = entries(&[
            "example.org",
            "helo:ylmf-pc",
            "ptr:dyn.example.net",
            "sender:there.test",
            "eve@b.test",
            "例子.测试",
        ]);
        for (part, name, found) in [
            (DomainSource::Sender, "example.org", true),
            (DomainSource::Helo, "a.b.Example.org", true),
            (DomainSource::Ptr, "notexample.org", false),
            (DomainSource::Helo, "YLMF-PC", true),
            (DomainSource::Sender, "ylmf-pc", false),
            (DomainSource::Ptr, "1-2-3.dyn.example.net", true),
            (DomainSource::Helo, "dyn.example.net", false),
            (DomainSource::Helo, "there.test", false),
            (DomainSource::Sender, "x.例子.测试", true),
            (DomainSource::Sender, "é", false),
        ] {
            assert_eq!(domain(&list, part, name).is_some(), found, "{name}");
        }
        for (address, found) in [
            ("x@there.test", true),
            ("Eve@B.test", true),
            ("ann@b.test", false),
            ("x@sub.example.org", true),
        ] {
            assert_eq!(
                sender(&list, &address.parse().unwrap()).is_some(),
                found,
                "{address}"
            );
        }
    }

    #[test]
    fn rejects_malformed_patterns() {
        for bad in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "a b",
            "@example.org",
            "sender:192.0.2.1",
            "1.2.3.4.5",
            "example.org/24",
        ] {
            assert!(bad.parse::<ClientPattern>().is_err(), "{bad}");
        }
        for good in [
            "192.0.2.0/24",
            "2001:db8::/32",
            "example.org",
            "sender:example.org",
            "a@b.test",
        ] {
            assert_eq!(good.parse::<ClientPattern>().unwrap().to_string(), good);
        }
    }
}

//! The lists of whom to let through and whom to refuse: addresses, networks, domains. A domain is
//! that of the sender, of HELO or of the address's name (PTR), subdomains included, unless the
//! entry says which.
//!
//! Precedence. Of addresses the narrowest network decides, so that one host of a refused network
//! can be let through and the other way round; of two that are equally narrow the refusal wins. An
//! address that is on a list at all is not looked at by domain. Of domains the refusal wins. A name
//! is let through only where DNS confirms it; a sender is a mere claim, so let senders through with
//! care.

use mail::{Address, Domain, Network};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Whose domain an entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// That of MAIL FROM.
    Sender,
    /// That of HELO or EHLO.
    Helo,
    /// That of the address, as its PTR record says.
    Ptr,
}

/// Whom an entry means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Every address of a network.
    Network(Network),
    /// A domain and those below it; in one part, or in any.
    Domain(Option<Part>, Domain),
    /// One sender.
    Sender(Address),
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whom it means.
    pub whom: Whom,
    /// Why; said to whoever is refused.
    pub reason: Option<String>,
}

impl FromStr for Whom {
    type Err = String;

    /// `192.0.2.1`, `192.0.2.0/24`, `example.org`, `sender:example.org`, `helo:…`, `ptr:…`,
    /// `someone@example.org`.
    fn from_str(text: &str) -> Result<Whom, String> {
        if let Ok(network) = text.parse() {
            return Ok(Whom::Network(network));
        }
        if text.contains('@') {
            return Address::parse(text)
                .map(Whom::Sender)
                .map_err(|e| format!("{text:?}: {e}"));
        }
        let (part, name) = match text.split_once(':') {
            Some(("sender", name)) => (Some(Part::Sender), name),
            Some(("helo", name)) => (Some(Part::Helo), name),
            Some(("ptr", name)) => (Some(Part::Ptr), name),
            _ => (None, text),
        };
        // Four numbers and dots are a mistyped address, not a domain.
        if name.contains('/')
            || name
                .split('.')
                .all(|label| label.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(format!("{text:?} is no address, no network and no domain"));
        }
        Domain::new(name)
            .map(|domain| Whom::Domain(part, domain))
            .map_err(|e| format!("{text:?}: {e}"))
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whom::Network(network) => network.fmt(f),
            Whom::Domain(None, domain) => domain.fmt(f),
            Whom::Domain(Some(Part::Sender), domain) => write!(f, "sender:{domain}"),
            Whom::Domain(Some(Part::Helo), domain) => write!(f, "helo:{domain}"),
            Whom::Domain(Some(Part::Ptr), domain) => write!(f, "ptr:{domain}"),
            Whom::Sender(address) => address.fmt(f),
        }
    }
}

impl FromStr for Entry {
    type Err = String;
    fn from_str(text: &str) -> Result<Entry, String> {
        Ok(Entry {
            whom: text.parse()?,
            reason: None,
        })
    }
}

impl Entry {
    /// What is said of it: `192.0.2.0/24 (sends only spam)`.
    pub fn words(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{} ({reason})", self.whom),
            None => self.whom.to_string(),
        }
    }
}

/// What the lists say of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'a> {
    /// Let through.
    Allowed(&'a Entry),
    /// Refused.
    Denied(&'a Entry),
    /// On no list.
    Neither,
}

fn narrowest(entries: &[Entry], address: IpAddr) -> Option<(&Entry, u8)> {
    let fitting = entries.iter().filter_map(|e| match &e.whom {
        Whom::Network(network) if network.contains(address) => Some((e, network.bits())),
        _ => None,
    });
    fitting.max_by_key(|(_, bits)| *bits)
}

/// What the lists say of an address.
pub fn by_address<'a>(allow: &'a [Entry], deny: &'a [Entry], address: IpAddr) -> Listed<'a> {
    match (narrowest(allow, address), narrowest(deny, address)) {
        (Some((entry, bits)), refused) if refused.is_none_or(|(_, other)| bits > other) => {
            Listed::Allowed(entry)
        }
        (_, Some((entry, _))) => Listed::Denied(entry),
        (_, None) => Listed::Neither,
    }
}

fn below(domain: &Domain, name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.len() >= domain.as_str().len()
        && name.is_char_boundary(name.len() - domain.as_str().len())
        && name[name.len() - domain.as_str().len()..].to_lowercase() == domain.as_str()
        && (name.len() == domain.as_str().len()
            || name[..name.len() - domain.as_str().len()].ends_with('.'))
}

/// The entry that means a domain in a part.
pub fn domain<'a>(entries: &'a [Entry], part: Part, name: &str) -> Option<&'a Entry> {
    entries.iter().find(|e| match &e.whom {
        Whom::Domain(of, domain) => of.is_none_or(|of| of == part) && below(domain, name),
        _ => false,
    })
}

/// The entry that means a sender: the address, or its domain.
pub fn sender<'a>(entries: &'a [Entry], address: &Address) -> Option<&'a Entry> {
    let exact = entries
        .iter()
        .find(|e| matches!(&e.whom, Whom::Sender(a) if a.key() == address.key()));
    exact.or_else(|| domain(entries, Part::Sender, address.domain()?.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(all: &[&str]) -> Vec<Entry> {
        all.iter().map(|e| e.parse().unwrap()).collect()
    }

    #[test]
    fn the_narrowest_network_decides_and_of_two_alike_the_refusal() {
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
            let told = match by_address(&allow, &deny, address.parse().unwrap()) {
                Listed::Allowed(e) => format!("allowed {}", e.whom),
                Listed::Denied(e) => format!("denied {}", e.whom),
                Listed::Neither => "neither".to_owned(),
            };
            assert_eq!(told, expected, "{address}");
        }
    }

    #[test]
    fn a_domain_holds_what_is_below_it_and_in_its_part_only() {
        let list = entries(&[
            "example.org",
            "helo:ylmf-pc",
            "ptr:dyn.example.net",
            "sender:there.test",
            "eve@b.test",
            "例子.测试",
        ]);
        for (part, name, found) in [
            (Part::Sender, "example.org", true),
            (Part::Helo, "a.b.Example.org", true),
            (Part::Ptr, "notexample.org", false),
            (Part::Helo, "YLMF-PC", true),
            (Part::Sender, "ylmf-pc", false),
            (Part::Ptr, "1-2-3.dyn.example.net", true),
            (Part::Helo, "dyn.example.net", false),
            (Part::Helo, "there.test", false),
            (Part::Sender, "x.例子.测试", true),
            (Part::Sender, "é", false),
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
    fn refuses_entries_that_mean_nobody() {
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
            assert!(bad.parse::<Whom>().is_err(), "{bad}");
        }
        for good in [
            "192.0.2.0/24",
            "2001:db8::/32",
            "example.org",
            "sender:example.org",
            "a@b.test",
        ] {
            assert_eq!(good.parse::<Whom>().unwrap().to_string(), good);
        }
    }
}

//! Fixed ways: a smart host for all foreign mail, or a host for one domain, in place of its MX (RFC
//! 5321 §2.3.10: a relay by arrangement).

use mail::{Domain, Host};
use smtp::client::{Login, TlsPolicy};
use world::TlsCheck;

/// How a relay is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayTls {
    /// STARTTLS, with a certificate that fits its name; else nothing is sent.
    #[default]
    Required,
    /// TLS from the first byte (RFC 8314), with a certificate that fits.
    Implicit,
    /// STARTTLS where it is offered, any certificate.
    Opportunistic,
    /// In the clear: for a gateway on the same machine or network.
    Never,
}

impl RelayTls {
    /// Whether the relay is proven before it gets a password or a message.
    pub fn proves(self) -> bool {
        matches!(self, RelayTls::Required | RelayTls::Implicit)
    }

    pub(super) fn check(self) -> TlsCheck {
        if self.proves() {
            TlsCheck::Required
        } else {
            TlsCheck::Opportunistic
        }
    }

    pub(super) fn policy(self) -> TlsPolicy {
        match self {
            RelayTls::Required => TlsPolicy::Required,
            RelayTls::Opportunistic => TlsPolicy::IfOffered,
            RelayTls::Implicit | RelayTls::Never => TlsPolicy::Never,
        }
    }
}

/// A fixed way.
#[derive(Clone, Debug)]
pub struct Relay {
    /// For which mail; none: for all that no other relay names.
    pub domain: Option<Domain>,
    /// Whereto.
    pub host: Host,
    /// Its port: 587 where one logs in, 465 in TLS from the first byte, 25 between hosts.
    pub port: u16,
    /// TLS.
    pub tls: RelayTls,
    /// How this host logs in there.
    pub login: Option<Login>,
}

/// The way for a domain: the one that names it, or one above it (`*.b.test` is meant by `b.test`),
/// the nearest first; else the one for all.
pub(super) fn choose<'a>(relays: &'a [Relay], domain: &Domain) -> Option<&'a Relay> {
    let above = std::iter::successors(Some(domain.as_str()), |name| {
        name.split_once('.').map(|(_, parent)| parent)
    });
    let named = |name: &str| {
        relays
            .iter()
            .find(|r| r.domain.as_ref().is_some_and(|d| d.as_str() == name))
    };
    above
        .into_iter()
        .find_map(named)
        .or_else(|| relays.iter().find(|r| r.domain.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins_and_the_smart_host_takes_the_rest() {
        let relay = |domain: Option<&str>, host: &str| Relay {
            domain: domain.map(|d| d.parse().unwrap()),
            host: Host::new(host).unwrap(),
            port: 25,
            tls: RelayTls::Never,
            login: None,
        };
        let relays = [
            relay(None, "smart.test"),
            relay(Some("b.test"), "b-gate.test"),
            relay(Some("x.b.test"), "x-gate.test"),
        ];
        for (domain, expected) in [
            ("b.test", "b-gate.test"),
            ("y.b.test", "b-gate.test"),
            ("x.b.test", "x-gate.test"),
            ("c.test", "smart.test"),
        ] {
            assert_eq!(
                choose(&relays, &domain.parse().unwrap())
                    .unwrap()
                    .host
                    .to_string(),
                expected,
                "{domain}"
            );
        }
        assert!(choose(&relays[1..], &"c.test".parse().unwrap()).is_none());
    }
}

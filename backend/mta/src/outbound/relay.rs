//! Configured routes: a smart host for all foreign mail, or a relay for one domain, in place of its
//! MX (RFC 5321 §2.3.10).

use mail::{Domain, Host};
use smtp::client::{Login, TlsPolicy};
use world::TlsCheck;

/// Transport security of a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayTls {
    /// STARTTLS with a valid certificate; otherwise nothing is sent.
    #[default]
    Required,
    /// TLS from the first byte (RFC 8314) with a valid certificate.
    Implicit,
    /// STARTTLS where it is offered, any certificate.
    Opportunistic,
    /// No TLS: for a gateway on the same machine or network.
    Never,
}

impl RelayTls {
    /// Whether the relay is authenticated before it gets a password or a message.
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

/// A configured route.
#[derive(Clone, Debug)]
pub struct Relay {
    /// The recipients' domain; none: every domain without a relay of its own.
    pub domain: Option<Domain>,
    /// The relay.
    pub host: Host,
    /// Its port: 587 with a login, 465 with implicit TLS, 25 between hosts.
    pub port: u16,
    /// Transport security.
    pub tls: RelayTls,
    /// The login of this host.
    pub login: Option<Login>,
}

/// The relay for a domain: that of the domain itself or of its nearest parent domain, else the
/// smart host.
pub(super) fn choose<'a>(relays: &'a [Relay], domain: &Domain) -> Option<&'a Relay> {
    let ancestors = std::iter::successors(Some(domain.as_str()), |name| {
        name.split_once('.').map(|(_, parent)| parent)
    });
    let named = |name: &str| {
        relays
            .iter()
            .find(|r| r.domain.as_ref().is_some_and(|d| d.as_str() == name))
    };
    ancestors
        .into_iter()
        .find_map(named)
        .or_else(|| relays.iter().find(|r| r.domain.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_the_nearest_domain_over_the_smart_host() {
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

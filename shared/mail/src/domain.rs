//! Domain names in mail (RFC 5321 §4.1.2), internationalized ones included (RFC 6531), and address
//! literals. Does not look anything up.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A domain name in lower case without a final dot: `example.test`. Labels are LDH or UTF-8
/// (U-labels); each at most 63 octets, the whole at most 255.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(Box<str>);

/// Why a text is not a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainError {
    /// No characters at all, or an empty label.
    Empty,
    /// A label of more than 63 octets or a name of more than 255.
    TooLong,
    /// A character that no label may hold, or a hyphen at a label's edge.
    BadCharacter,
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DomainError::Empty => "a domain name has an empty label",
            DomainError::TooLong => "a domain name is at most 255 octets, each label at most 63",
            DomainError::BadCharacter => "a domain name holds letters, digits and inner hyphens",
        })
    }
}

impl std::error::Error for DomainError {}

/// The longest domain name, in octets (RFC 5321 §4.5.3.1.2).
pub(crate) const DOMAIN_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;

impl Domain {
    /// `Domain = sub-domain *("." sub-domain)`; `sub-domain = Let-dig [Ldh-str]` / U-label (RFC
    /// 5321 §4.1.2, RFC 6531 §3.3).
    ///
    /// [`DomainError`] names the rule that is violated.
    pub fn new(text: &str) -> Result<Domain, DomainError> {
        if text.len() > DOMAIN_BYTES_MAX {
            return Err(DomainError::TooLong);
        }
        for label in text.split('.') {
            if label.is_empty() {
                return Err(DomainError::Empty);
            }
            if label.len() > LABEL_BYTES_MAX {
                return Err(DomainError::TooLong);
            }
            let inner =
                |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || is_u_label_char(c);
            if !label.chars().all(inner) || label.starts_with('-') || label.ends_with('-') {
                return Err(DomainError::BadCharacter);
            }
        }
        Ok(Domain(text.to_lowercase().into_boxed_str()))
    }

    /// The name as text, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True where a U-label occurs, so that SMTPUTF8 (or an A-label) is needed to transmit it.
    pub fn is_international(&self) -> bool {
        !self.0.is_ascii()
    }
}

// Letters, marks and digits of every script (RFC 5892 §2.1), and the other characters that RFC 5892
// §2.6 and appendix A allow: middle dots, the Greek numeral sign, Hebrew geresh and gershayim, two
// Sindhi signs, a Tibetan mark, and the joiners. Controls, spaces and symbols are not allowed.
fn is_u_label_char(c: char) -> bool {
    !c.is_ascii()
        && (c.is_alphanumeric()
            || unicode_normalization::char::is_combining_mark(c)
            || matches!(
                c,
                '\u{b7}'
                    | '\u{375}'
                    | '\u{5f3}'
                    | '\u{5f4}'
                    | '\u{6fd}'
                    | '\u{6fe}'
                    | '\u{f0b}'
                    | '\u{200c}'
                    | '\u{200d}'
                    | '\u{30fb}'
            ))
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = DomainError;
    fn from_str(s: &str) -> Result<Domain, DomainError> {
        Domain::new(s)
    }
}

impl TryFrom<String> for Domain {
    type Error = DomainError;
    fn try_from(s: String) -> Result<Domain, DomainError> {
        Domain::new(&s)
    }
}

impl From<Domain> for String {
    fn from(d: Domain) -> String {
        d.0.into_string()
    }
}

/// The right-hand side of an address and the argument of EHLO: a domain, or an address literal in
/// brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// `example.test`
    Domain(Domain),
    /// `[192.0.2.1]` or `[IPv6:2001:db8::1]`
    Literal(IpAddr),
}

impl Host {
    /// `Domain / address-literal` (RFC 5321 §4.1.2, §4.1.3).
    ///
    /// # Errors
    /// As [`Domain::new`]; a literal that is no address is `BadCharacter`.
    pub fn new(text: &str) -> Result<Host, DomainError> {
        let Some(inner) = text.strip_prefix('[') else {
            return Domain::new(text).map(Host::Domain);
        };
        let inner = inner.strip_suffix(']').ok_or(DomainError::BadCharacter)?;
        let address = match inner.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => {
                inner[5..].parse::<Ipv6Addr>().map(IpAddr::V6).ok()
            }
            _ => inner.parse::<Ipv4Addr>().map(IpAddr::V4).ok(),
        };
        address.map(Host::Literal).ok_or(DomainError::BadCharacter)
    }

    /// The domain, unless it is a literal.
    pub fn domain(&self) -> Option<&Domain> {
        match self {
            Host::Domain(d) => Some(d),
            Host::Literal(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Domain(d) => d.fmt(f),
            Host::Literal(IpAddr::V4(a)) => write!(f, "[{a}]"),
            Host::Literal(IpAddr::V6(a)) => write!(f, "[IPv6:{a}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_every_kind_of_name_and_lowercases_it() {
        for good in [
            "a",
            "Example.TEST",
            "xn--fiqs8s.test",
            "例子.测试",
            "a-b.c1",
            "_dmarc.a.test",
            "bücher.test",
        ] {
            assert!(Domain::new(good).is_ok(), "{good}");
        }
        assert_eq!(
            Domain::new("Example.TEST").unwrap().as_str(),
            "example.test"
        );
    }

    #[test]
    fn refuses_invalid_names() {
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a.test",
            "a-.test",
            "a b",
            "a\u{0}b",
            "a@b",
            "[1.2.3.4]",
            "a\r\n",
        ] {
            assert!(Domain::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn enforces_the_length_limits_to_the_byte() {
        let label = "a".repeat(63);
        assert!(Domain::new(&label).is_ok());
        assert_eq!(Domain::new(&format!("{label}a")), Err(DomainError::TooLong));
        let longest = format!("{label}.{label}.{label}.{label}");
        assert_eq!(longest.len(), 255);
        assert!(Domain::new(&longest).is_ok());
        assert_eq!(
            Domain::new(&format!("{longest}.a")),
            Err(DomainError::TooLong)
        );
    }

    #[test]
    fn reads_address_literals() {
        assert_eq!(Host::new("[192.0.2.1]").unwrap().to_string(), "[192.0.2.1]");
        assert_eq!(
            Host::new("[IPv6:2001:db8::1]").unwrap().to_string(),
            "[IPv6:2001:db8::1]"
        );
        assert!(Host::new("[300.0.0.1]").is_err());
        assert!(Host::new("[192.0.2.1").is_err());
    }
}

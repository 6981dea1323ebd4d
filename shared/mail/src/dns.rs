//! DNS questions and answers. Pure: the lookup itself is `world::Resolver`.

use crate::Domain;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The record types that mail uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Mail exchanger (RFC 5321 §5.1).
    Mx,
    /// Text.
    Txt,
    /// Name of an address.
    Ptr,
    /// Alias.
    Cname,
    /// TLSA (RFC 6698).
    Tlsa,
    /// Service location (RFC 2782).
    Srv,
    /// Name server.
    Ns,
}

/// One question: a name, lower case without the final dot, and a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Question {
    /// `example.test`, `1.2.0.192.in-addr.arpa`, `_dmarc.example.test`.
    pub name: String,
    /// What kind of record.
    pub record: RecordType,
}

impl Question {
    /// A question about a domain.
    pub fn new(name: impl Into<String>, record: RecordType) -> Question {
        Question {
            name: name.into(),
            record,
        }
    }

    /// The question for the name of an address (RFC 1035 §3.5, RFC 3596 §2.5).
    pub fn reverse(address: IpAddr) -> Question {
        let name = match address {
            IpAddr::V4(a) => {
                let [a, b, c, d] = a.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            IpAddr::V6(a) => {
                let nibbles = a
                    .octets()
                    .iter()
                    .rev()
                    .flat_map(|o| [o & 15, o >> 4])
                    .map(|n| format!("{n:x}."))
                    .collect::<String>();
                format!("{nibbles}ip6.arpa")
            }
        };
        Question {
            name,
            record: RecordType::Ptr,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.record)
    }
}

/// One record's data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Preference (lower first) and exchanger; `None` is the root, `MX 0 .`: no mail here (RFC
    /// 7505).
    Mx(u16, Option<Domain>),
    /// The character strings of one TXT record put together.
    Txt(String),
    /// A name.
    Ptr(Domain),
    /// The canonical name.
    Cname(Domain),
    /// Usage, selector, matching type, data.
    Tlsa(u8, u8, u8, Vec<u8>),
    /// Priority, weight, port, target.
    Srv(u16, u16, u16, Domain),
    /// A name server.
    Ns(Domain),
}

/// A usable response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Empty: the name exists but has no such record (NODATA).
    pub records: Vec<Record>,
    /// Seconds for which it may be cached.
    pub ttl_secs: u32,
    /// The answer was validated by DNSSEC.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secure: bool,
}

/// Why there is no answer. Only `NoSuchName` is permanent (RFC 5321 §5.1; RFC 3463 X.1.2 and
/// X.4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// NXDOMAIN: the name does not exist. Permanent.
    NoSuchName,
    /// SERVFAIL, REFUSED or a malformed response. Temporary.
    ServerFailure,
    /// No response in time. Temporary.
    Timeout,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::NoSuchName => "no such domain (NXDOMAIN)",
            Failure::ServerFailure => "the name server failed (SERVFAIL)",
            Failure::Timeout => "the name server did not answer in time",
        })
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_reverse_lookup_names() {
        assert_eq!(
            Question::reverse("192.0.2.1".parse().unwrap()).name,
            "1.2.0.192.in-addr.arpa"
        );
        let six = Question::reverse("2001:db8::1".parse().unwrap()).name;
        assert_eq!(
            six,
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
    }
}

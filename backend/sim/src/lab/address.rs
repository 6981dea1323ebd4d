//! The names and addresses that hosts of the Lab may have.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// Why a host cannot be created or found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabError {
    /// The name is not in `.test` or `.example`.
    Name(String),
    /// The address is not in a documentation range (RFC 5737, RFC 3849, RFC 9637).
    Address(IpAddr),
    /// Not an IP address.
    NoAddress(String),
    /// Another host has this name or address.
    Taken(String),
    /// There is no such host.
    Unknown(String),
    /// The host's store could not be opened.
    Store(String),
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabError::Name(name) => write!(
                f,
                "{name} cannot be used in the Lab: names must end in .test or .example"
            ),
            LabError::Address(ip) => {
                write!(
                    f,
                    "{ip} cannot be used in the Lab: addresses must be in 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32 or 3fff::/20"
                )
            }
            LabError::NoAddress(text) => write!(f, "`{text}` is not an IP address"),
            LabError::Taken(what) => write!(f, "{what} is already used by another host"),
            LabError::Unknown(name) => write!(f, "no host is named {name}"),
            LabError::Store(why) => write!(f, "the host's store could not be opened: {why}"),
        }
    }
}

impl std::error::Error for LabError {}

/// Whether a name is in a reserved domain (RFC 2606 §2).
pub(crate) fn is_lab_name(name: &str) -> bool {
    name.ends_with(".test") || name.ends_with(".example")
}

/// Checks the name and the address of a host, and parses the address.
pub(crate) fn admissible(name: &str, address: &str) -> Result<IpAddr, LabError> {
    if is_lab_name(name) {
        documentation_address(address)
    } else {
        Err(LabError::Name(name.to_owned()))
    }
}

pub(super) fn documentation_address(text: &str) -> Result<IpAddr, LabError> {
    let address: IpAddr = text
        .parse()
        .map_err(|_| LabError::NoAddress(text.to_owned()))?;
    let fits = match address {
        // RFC 5737 §3
        IpAddr::V4(a) => matches!(
            a.octets(),
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]
        ),
        // RFC 3849 §2, RFC 9637 §3
        IpAddr::V6(a) => {
            (a.segments()[0] == 0x2001 && a.segments()[1] == 0xdb8)
                || (a.segments()[0] == 0x3fff && a.segments()[1] < 0x1000)
        }
    };
    if fits {
        Ok(address)
    } else {
        Err(LabError::Address(address))
    }
}

//! IP networks: `192.0.2.0/24`, `2001:db8::/32`, or a single address. For allow lists, deny lists
//! and counting by network. Does not look anything up.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses with a common prefix (CIDR, RFC 4632 §3.1, RFC 4291 §2.3). An IPv4 address mapped into
/// IPv6 counts as IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// The part before the `/` is not an address.
    Address,
    /// The part after the `/` is not a prefix length of such an address.
    Bits,
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NetworkError::Address => {
                "a network is an address, or an address and a number of bits: 192.0.2.0/24"
            }
            NetworkError::Bits => "an IPv4 network has 0 to 32 bits, an IPv6 network 0 to 128",
        })
    }
}

impl std::error::Error for NetworkError {}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

// Keeps the first `bits` bits and clears the others.
fn cut(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(a) => IpAddr::V4(Ipv4Addr::from_bits(
            a.to_bits()
                & u32::MAX
                    .checked_shl(32 - u32::from(bits.min(32)))
                    .unwrap_or(0),
        )),
        IpAddr::V6(a) => IpAddr::V6(Ipv6Addr::from_bits(
            a.to_bits()
                & u128::MAX
                    .checked_shl(128 - u32::from(bits.min(128)))
                    .unwrap_or(0),
        )),
    }
}

impl Network {
    /// The network around an address, with one prefix length for IPv4 and one for IPv6.
    pub fn around(address: IpAddr, bits_v4: u8, bits_v6: u8) -> Network {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() {
            bits_v4.min(32)
        } else {
            bits_v6.min(128)
        };
        Network {
            address: cut(address, bits),
            bits,
        }
    }

    /// The loopback networks `127.0.0.0/8` and `::1`.
    pub fn loopback() -> [Network; 2] {
        [
            Network::around(IpAddr::V4(Ipv4Addr::LOCALHOST), 8, 128),
            Network::around(IpAddr::V6(Ipv6Addr::LOCALHOST), 8, 128),
        ]
    }

    /// True where the network contains the address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && cut(address, self.bits) == self.address
    }

    /// True for IPv4, false for IPv6.
    pub fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// The prefix length.
    pub fn bits(&self) -> u8 {
        self.bits
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        Network::around(address, 32, 128)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    /// `address [ "/" prefix-length ]`; host bits are cleared.
    fn from_str(text: &str) -> Result<Network, NetworkError> {
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let bits = match bits {
            None => width(address),
            Some(b) if b.bytes().all(|c| c.is_ascii_digit()) => {
                b.parse().map_err(|_| NetworkError::Bits)?
            }
            Some(_) => return Err(NetworkError::Bits),
        };
        if bits > width(address) {
            return Err(NetworkError::Bits);
        }
        Ok(Network {
            address: cut(address, bits),
            bits,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == width(self.address) {
            self.address.fmt(f)
        } else {
            write!(f, "{}/{}", self.address, self.bits)
        }
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;
    fn try_from(s: String) -> Result<Network, NetworkError> {
        s.parse()
    }
}

impl From<Network> for String {
    fn from(n: Network) -> String {
        n.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(network: &str, address: &str, inside: bool) {
        let parsed: Network = network.parse().unwrap();
        assert_eq!(
            parsed.contains(address.parse().unwrap()),
            inside,
            "{address} in {network}"
        );
        assert_eq!(parsed.to_string().parse(), Ok(parsed));
    }

    #[test]
    fn contains_addresses_with_its_prefix_only() {
        check("192.0.2.0/24", "192.0.2.255", true);
        check("192.0.2.0/24", "192.0.3.0", false);
        check("192.0.2.77/24", "192.0.2.1", true);
        check("192.0.2.128/25", "192.0.2.127", false);
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::", false);
        check("::/0", "2001:db8::1", true);
        check("192.0.2.0/24", "::ffff:192.0.2.9", true);
    }

    #[test]
    fn refuses_invalid_networks() {
        for (text, why) in [
            ("", NetworkError::Address),
            ("192.0.2", NetworkError::Address),
            ("example.org", NetworkError::Address),
            ("192.0.2.0/", NetworkError::Bits),
            ("192.0.2.0/33", NetworkError::Bits),
            ("192.0.2.0/+8", NetworkError::Bits),
            ("2001:db8::/129", NetworkError::Bits),
            ("192.0.2.0/300", NetworkError::Bits),
        ] {
            assert_eq!(text.parse::<Network>(), Err(why), "{text}");
        }
    }

    #[test]
    fn writes_a_single_address_without_prefix_length() {
        assert_eq!(
            Network::around("192.0.2.9".parse().unwrap(), 24, 64).to_string(),
            "192.0.2.0/24"
        );
        assert_eq!(
            Network::around("2001:db8::1:2".parse().unwrap(), 24, 64).to_string(),
            "2001:db8::/64"
        );
        assert_eq!(
            Network::from("192.0.2.9".parse::<IpAddr>().unwrap()).to_string(),
            "192.0.2.9"
        );
    }
}

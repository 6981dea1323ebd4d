//! Values with their own syntax: listening addresses, sizes, and the source of DNS answers.

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Listening addresses; none means off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listen(Vec<SocketAddr>);

impl Listen {
    /// No address.
    pub fn off() -> Listen {
        Listen::default()
    }

    /// All addresses, IPv4 included.
    pub fn everywhere(port: u16) -> Listen {
        Listen(vec![SocketAddr::new(
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            port,
        )])
    }

    /// One address.
    pub fn at(address: SocketAddr) -> Listen {
        Listen(vec![address])
    }

    /// The addresses.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }
}

struct ListenVisitor;

impl<'de> Visitor<'de> for ListenVisitor {
    type Value = Listen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an address with a port (\"127.0.0.1:1143\", \"[::]:143\"), a list of such, or \"off\"",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Listen, E> {
        if text == "off" {
            return Ok(Listen::off());
        }
        text.parse()
            .map(Listen::at)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Listen, A::Error> {
        let mut all = Vec::new();
        while let Some(address) = seq.next_element()? {
            all.push(address);
        }
        Ok(Listen(all))
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Listen, D::Error> {
        d.deserialize_any(ListenVisitor)
    }
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl ByteSize {
    // `64MB`, with units of 1024.
    fn parse(text: &str) -> Option<ByteSize> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim() {
            "KB" => 1 << 10,
            "MB" => 1 << 20,
            "GB" => 1 << 30,
            _ => return None,
        };
        number
            .parse::<u64>()
            .ok()?
            .checked_mul(factor)
            .map(ByteSize)
    }
}

struct ByteSizeVisitor;

impl Visitor<'_> for ByteSizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size (\"64MB\", \"1GB\"), or a number of bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
        ByteSize::parse(text)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<ByteSize, E> {
        u64::try_from(bytes)
            .map(ByteSize)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(bytes), &self))
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<ByteSize, E> {
        Ok(ByteSize(bytes))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<ByteSize, D::Error> {
        d.deserialize_any(ByteSizeVisitor)
    }
}

/// `[storage]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Free space that new mail leaves, so that users can make room on a full disk.
    pub reserve: ByteSize,
}

impl Default for Storage {
    fn default() -> Storage {
        Storage {
            reserve: ByteSize(64 << 20),
        }
    }
}

/// `[dns]`: the system's name servers, unless `servers` or `zone_file` is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// Name servers: `["192.0.2.53:53"]`.
    pub servers: Vec<SocketAddr>,
    /// A zone file that replaces DNS.
    pub zone_file: Option<PathBuf>,
    /// DNSSEC validation.
    pub dnssec: DnssecMode,
    /// File of trust anchors, in place of the root's keys.
    pub trust_anchor: Option<PathBuf>,
}

/// `dns.dnssec`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DnssecMode {
    /// If the name servers return signatures.
    #[default]
    Auto,
    /// Never.
    Off,
}

//! A remote host that passes all checks: messages of client.example with DKIM signatures, and its
//! zone. The signatures are made before the measurement.

use auth::dkim::{Algorithm, Hashing, PrivateKey, sign};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DOMAIN: &str = "client.example";
const SELECTOR: &str = "bench";

/// A key and its DNS record.
pub struct Signer {
    key: PrivateKey,
}

impl Signer {
    /// Creates an RSA key of 2048 bits, the most common size.
    pub fn new() -> Result<Self, String> {
        let der = PrivateKey::new_rsa_der().map_err(|e| format!("no key: {e}"))?;
        let key =
            PrivateKey::from_der(Algorithm::RsaSha256, &der).map_err(|e| format!("no key: {e}"))?;
        Ok(Self { key })
    }

    /// A message in wire form (dot-stuffed, without the final dot) with its signature.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let end = message
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .ok_or("a message without an empty line")?
            + 2;
        let (head, rest) = message.split_at(end);
        let mut hashing = Hashing::default();
        hashing.write(rest.strip_prefix(b"\r\n").unwrap_or(rest));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs();
        let now = mail::Time::from_secs(i64::try_from(now).unwrap_or_default());
        let signature = sign(&self.key, DOMAIN, SELECTOR, head, &hashing.finish(), now)
            .map_err(|e| format!("not signed: {e}"))?;
        Ok([signature.field.as_bytes(), message].concat())
    }

    /// The zone with all records that a receiver queries for this sender and for loopback.
    pub fn zone(&self) -> String {
        let record: String = self.key.record();
        let strings: Vec<String> = record
            .as_bytes()
            .chunks(200)
            .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
            .collect();
        format!(
            "client.example.                   A   127.0.0.1
client.example.                   MX  10 client.example.
client.example.                   TXT \"v=spf1 ip4:127.0.0.1 -all\"
_dmarc.client.example.            TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"
{SELECTOR}._domainkey.{DOMAIN}.   TXT {}
1.0.0.127.in-addr.arpa.           PTR client.example.
2.0.0.127.bl.example.             A   127.0.0.2
",
            strings.join(" ")
        )
    }
}

/// The sender of the messages.
pub const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

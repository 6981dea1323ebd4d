//! What a client requires of a server's certificate, and why a certificate is rejected. Handshakes
//! are made by [`crate::Tls`].

use event::catalogue::network::{NetworkError, TlsError};
use mail::dns::Record;
use std::fmt;
use std::io;
use std::sync::Arc;

/// How a client checks a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsCheck {
    /// It must be valid, for the name, and signed by a trusted authority.
    Required,
    /// Any certificate is accepted: opportunistic encryption (RFC 7435).
    Opportunistic,
    /// It must match one of these TLSA records (RFC 7672); trusted authorities do not count.
    Dane(Arc<Dane>),
}

impl TlsCheck {
    /// Whether a successful handshake authenticates the server.
    pub fn proves(&self) -> bool {
        *self != TlsCheck::Opportunistic
    }
}

/// The usable TLSA records of a host, and the names of which its certificate must have one under
/// usage DANE-TA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dane {
    /// The records; at least one.
    pub records: Vec<Tlsa>,
    /// The host's name, and the domain whose mail it accepts (RFC 7672 §3.2.2).
    pub names: Vec<String>,
}

/// A TLSA record that mail can use (RFC 7672 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    /// Which certificate the record is about.
    pub usage: TlsaUsage,
    /// The whole certificate, or only its public key.
    pub selector: TlsaSelector,
    /// How `data` is derived from it.
    pub matching: TlsaMatching,
    /// The bytes to match.
    pub data: Vec<u8>,
}

/// The certificate usage (RFC 7218 §2.1). PKIX-TA and PKIX-EE are not used for mail (RFC 7672
/// §3.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaUsage {
    /// 2: the certificate of an authority that signed the host's.
    DaneTa,
    /// 3: the host's own certificate.
    DaneEe,
}

/// The selector (RFC 6698 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaSelector {
    /// 0: the certificate.
    Cert,
    /// 1: its SubjectPublicKeyInfo.
    Spki,
}

/// The matching type (RFC 6698 §2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaMatching {
    /// 0: the bytes themselves.
    Full,
    /// 1: their SHA-256.
    Sha256,
    /// 2: their SHA-512.
    Sha512,
}

impl Tlsa {
    /// Reads a record; `None` where it cannot be used for mail: not usage 2 or 3, an unknown
    /// selector or matching type, or data of a wrong length.
    pub fn of(record: &Record) -> Option<Tlsa> {
        let Record::Tlsa(usage, selector, matching, data) = record else {
            return None;
        };
        let usage = match usage {
            2 => TlsaUsage::DaneTa,
            3 => TlsaUsage::DaneEe,
            _ => return None,
        };
        let selector = match selector {
            0 => TlsaSelector::Cert,
            1 => TlsaSelector::Spki,
            _ => return None,
        };
        let matching = match (matching, data.len()) {
            (0, 1..) => TlsaMatching::Full,
            (1, 32) => TlsaMatching::Sha256,
            (2, 64) => TlsaMatching::Sha512,
            _ => return None,
        };
        Some(Tlsa {
            usage,
            selector,
            matching,
            data: data.clone(),
        })
    }
}

/// As in a zone file, abbreviated: `3 1 1 a1b2…`.
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} ",
            self.usage as u8 + 2,
            self.selector as u8,
            self.matching as u8
        )?;
        self.data
            .iter()
            .take(4)
            .try_for_each(|b| write!(f, "{b:02x}"))?;
        f.write_str("…")
    }
}

/// Why a certificate is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is for another name.
    OtherName,
    /// It is not signed by a trusted authority.
    Untrusted,
    /// It matches none of the TLSA records.
    NoTlsaFits,
    /// It was revoked.
    Revoked,
    /// It cannot be decoded.
    Unreadable,
    /// A signature is invalid, or it is not made for this use.
    Unusable,
}

/// Why a TLS handshake failed. Carried by the `io::Error` of [`crate::Tls`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// The client rejects the server's certificate.
    Certificate(CertificateFault),
    /// This host has no certificate to present.
    NoCertificate,
    /// What the peer sent is not TLS.
    NotTls,
    /// A handshake message came out of order.
    OutOfOrder,
    /// The peer ended the handshake with this alert, by its name in RFC 8446 §6:
    /// `handshake_failure`.
    Alert(String),
    /// No protocol version or cipher suite in common.
    Incompatible,
    /// The peer broke the protocol.
    Misbehaved,
    /// Anything else, in the words of the TLS library.
    Other(String),
}

impl HandshakeFault {
    /// The fault in the error of a handshake, if there is one.
    pub fn of(error: &io::Error) -> Option<&HandshakeFault> {
        error.get_ref()?.downcast_ref()
    }
}

impl CertificateFault {
    /// The certificate fault in the error of a handshake, if there is one.
    pub fn of(error: &io::Error) -> Option<CertificateFault> {
        match HandshakeFault::of(error) {
            Some(HandshakeFault::Certificate(fault)) => Some(*fault),
            _ => None,
        }
    }
}

impl From<CertificateFault> for HandshakeFault {
    fn from(fault: CertificateFault) -> HandshakeFault {
        HandshakeFault::Certificate(fault)
    }
}

impl From<HandshakeFault> for io::Error {
    fn from(fault: HandshakeFault) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, fault)
    }
}

impl From<CertificateFault> for TlsError {
    fn from(fault: CertificateFault) -> TlsError {
        match fault {
            CertificateFault::Expired => TlsError::CertificateExpired,
            CertificateFault::NotYetValid => TlsError::CertificateNotYetValid,
            CertificateFault::OtherName => TlsError::CertificateNameMismatch,
            CertificateFault::Untrusted => TlsError::CertificateUntrusted,
            CertificateFault::NoTlsaFits => TlsError::CertificateNotInTlsa,
            CertificateFault::Revoked => TlsError::CertificateRevoked,
            CertificateFault::Unreadable => TlsError::CertificateUnreadable,
            CertificateFault::Unusable => TlsError::CertificateUnusable,
        }
    }
}

impl From<&HandshakeFault> for TlsError {
    fn from(fault: &HandshakeFault) -> TlsError {
        match fault {
            HandshakeFault::Certificate(fault) => (*fault).into(),
            HandshakeFault::NoCertificate => TlsError::NoCertificate,
            HandshakeFault::NotTls => TlsError::NotTls,
            HandshakeFault::OutOfOrder => TlsError::HandshakeOrder,
            HandshakeFault::Alert(alert) => TlsError::Alert {
                alert: alert.clone(),
            },
            HandshakeFault::Incompatible => TlsError::Incompatible,
            HandshakeFault::Misbehaved => TlsError::Misbehaved,
            HandshakeFault::Other(text) => TlsError::Other { text: text.clone() },
        }
    }
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TlsError::from(self).fmt(f)
    }
}

impl std::error::Error for HandshakeFault {}

/// Classifies the error of a connection or handshake, for a journey.
pub fn network_error(error: &io::Error) -> NetworkError {
    match HandshakeFault::of(error) {
        Some(fault) => NetworkError::Tls(fault.into()),
        None => NetworkError::from(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(usage: u8, selector: u8, matching: u8, bytes: usize, usable: bool) {
        let record = Record::Tlsa(usage, selector, matching, vec![0xab; bytes]);
        assert_eq!(
            Tlsa::of(&record).is_some(),
            usable,
            "{usage} {selector} {matching} with {bytes} bytes"
        );
    }

    #[test]
    fn accepts_only_records_that_mail_can_use() {
        check(3, 1, 1, 32, true);
        check(2, 0, 2, 64, true);
        check(3, 0, 0, 900, true);
        for usage in [0, 1, 4, 255] {
            check(usage, 1, 1, 32, false);
        }
        check(3, 2, 1, 32, false);
        check(3, 1, 3, 32, false);
        check(3, 1, 1, 31, false);
        check(3, 1, 2, 32, false);
        check(3, 1, 0, 0, false);
        let shown = Tlsa::of(&Record::Tlsa(3, 1, 1, vec![0xab; 32])).map(|t| t.to_string());
        assert_eq!(shown.as_deref(), Some("3 1 1 abababab…"));
    }

    #[test]
    fn finds_the_fault_in_an_io_error() {
        let expired = HandshakeFault::from(CertificateFault::Expired);
        let error = io::Error::from(expired.clone());
        assert_eq!(HandshakeFault::of(&error), Some(&expired));
        assert_eq!(
            CertificateFault::of(&error),
            Some(CertificateFault::Expired)
        );
        assert_eq!(
            network_error(&error),
            NetworkError::Tls(TlsError::CertificateExpired)
        );
        let error = io::Error::from(HandshakeFault::NotTls);
        assert_eq!(CertificateFault::of(&error), None);
        assert_eq!(network_error(&error), NetworkError::Tls(TlsError::NotTls));
        let timeout = io::ErrorKind::TimedOut.into();
        assert_eq!(CertificateFault::of(&timeout), None);
        assert_eq!(network_error(&timeout), NetworkError::TimedOut);
    }
}

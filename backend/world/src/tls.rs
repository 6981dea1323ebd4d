//! What a client demands of the certificate that it is shown, and why one will not do. Who makes
//! the handshake is [`crate::Tls`].

use mail::dns::Record;
use std::fmt;
use std::io;
use std::sync::Arc;

/// How a client looks at the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsCheck {
    /// It must be valid and fit the name.
    Required,
    /// Any will do: better sealed for nobody in particular than open for all (RFC 7435).
    Opportunistic,
    /// One of these TLSA records must fit (RFC 7672); authorities do not count.
    Dane(Arc<Dane>),
}

impl TlsCheck {
    /// A handshake that succeeds proves who the other side is.
    pub fn proves(&self) -> bool {
        *self != TlsCheck::Opportunistic
    }
}

/// The TLSA records of a host, all of them usable, and the names that its certificate may bear
/// where an authority vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dane {
    /// At least one.
    pub records: Vec<Tlsa>,
    /// The host's name, and the domain whose mail it takes (RFC 7672 §3.2.2).
    pub names: Vec<String>,
}

/// A TLSA record that mail can use (RFC 7672 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tlsa {
    /// What the record is about.
    pub usage: TlsaUsage,
    /// The whole certificate, or its public key only.
    pub selector: TlsaSelector,
    /// How `data` was made from it.
    pub matching: TlsaMatching,
    /// The bytes to be found.
    pub data: Vec<u8>,
}

/// Certificate usages (RFC 7218 §2.1); PKIX-TA and PKIX-EE are not for mail (RFC 7672 §3.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaUsage {
    /// 2: an authority that signed the host's certificate.
    DaneTa,
    /// 3: the host's own.
    DaneEe,
}

/// Selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsaSelector {
    /// 0: the certificate.
    Cert,
    /// 1: its SubjectPublicKeyInfo.
    Spki,
}

/// Matching types.
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
    /// The record where mail can use it: usage 2 or 3, a known selector and matching type, data of
    /// the right length.
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

/// `3 1 1 a1b2…`, as in a zone file.
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

/// Why a certificate will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its time is over, or has not come.
    Expired,
    /// It is for another name.
    OtherName,
    /// Signed by nobody who is trusted.
    Untrusted,
    /// None of the TLSA records fits it.
    NoTlsaFits,
    /// It cannot be read, or its signature is false.
    Broken,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CertificateFault::Expired => "the certificate has expired",
            CertificateFault::OtherName => "the certificate is for another name",
            CertificateFault::Untrusted => "the certificate is signed by nobody who is trusted",
            CertificateFault::NoTlsaFits => "no TLSA record fits the certificate",
            CertificateFault::Broken => "the certificate cannot be used",
        })
    }
}

impl std::error::Error for CertificateFault {}

impl CertificateFault {
    /// As the error of a handshake.
    pub fn into_io(self) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, self)
    }

    /// The fault behind the error of a handshake, where it was the certificate.
    pub fn of(error: &io::Error) -> Option<CertificateFault> {
        error.get_ref()?.downcast_ref().copied()
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
            "{usage} {selector} {matching} with {bytes} octets"
        );
    }

    #[test]
    fn only_what_mail_can_use_is_used() {
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
    fn the_fault_is_found_in_the_error_and_nowhere_else() {
        assert_eq!(
            CertificateFault::of(&CertificateFault::Expired.into_io()),
            Some(CertificateFault::Expired)
        );
        assert_eq!(CertificateFault::of(&io::ErrorKind::TimedOut.into()), None);
    }
}

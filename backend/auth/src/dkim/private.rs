//! Private keys: generation, parsing, and the record to publish. Does not store them.

use super::Algorithm;
use super::tags::to_base64;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use pkcs1::der::Encode;
use pkcs1::der::asn1::BitStringRef;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer};
use spki::SubjectPublicKeyInfoRef;
use std::fmt;

/// The size of a new RSA key in bits (RFC 8301 §3.2 asks for at least 2048).
#[cfg(not(target_arch = "wasm32"))]
pub const RSA_BITS: usize = 2048;

/// A private key for signing.
pub struct PrivateKey(Kind);

enum Kind {
    Rsa(Box<RsaKey<Sha256>>),
    Ed25519(Box<Ed25519Key>),
}

/// Why a key cannot be made or used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError(String);

impl KeyError {
    pub(crate) fn new(why: &str) -> KeyError {
        KeyError(why.to_owned())
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signing key cannot be used: {}", self.0)
    }
}

impl std::error::Error for KeyError {}

impl From<mail_auth::Error> for KeyError {
    fn from(error: mail_auth::Error) -> KeyError {
        KeyError(error.to_string())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.algorithm().as_str())
    }
}

impl PrivateKey {
    /// Reads a key in DER: PKCS#8, or PKCS#1 for RSA.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<PrivateKey, KeyError> {
        match algorithm {
            Algorithm::Ed25519Sha256 => Ok(PrivateKey(Kind::Ed25519(Box::new(
                Ed25519Key::from_pkcs8_maybe_unchecked_der(der)?,
            )))),
            Algorithm::RsaSha256 => {
                let pkcs8 = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der));
                let key = RsaKey::<Sha256>::from_key_der(pkcs8).or_else(|_| {
                    RsaKey::from_key_der(PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(der)))
                })?;
                Ok(PrivateKey(Kind::Rsa(Box::new(key))))
            }
            Algorithm::RsaSha1 => Err(KeyError(
                "rsa-sha1 signs nothing any more (RFC 8301)".into(),
            )),
        }
    }

    /// The PKCS#8 form of an Ed25519 key from 32 random bytes (RFC 8410 §7).
    pub fn ed25519_der(seed: &[u8; 32]) -> Vec<u8> {
        const BEFORE: [u8; 16] = [
            0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ];
        [BEFORE.as_slice(), seed].concat()
    }

    /// Generates an RSA key, which takes about a second. Uses the random numbers of the system,
    /// since the library takes no others.
    ///
    /// # Errors
    /// [`KeyError`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new_rsa_der() -> Result<Vec<u8>, KeyError> {
        Ok(
            mail_auth::dkim::generate::DkimKeyPair::generate_rsa(RSA_BITS)?
                .private_key()
                .to_vec(),
        )
    }

    /// Its signature algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Kind::Rsa(_) => Algorithm::RsaSha256,
            Kind::Ed25519(_) => Algorithm::Ed25519Sha256,
        }
    }

    /// The TXT record to publish (RFC 6376 §3.6.1, RFC 8463 §4).
    pub fn record(&self) -> String {
        match &self.0 {
            Kind::Rsa(key) => format!(
                "v=DKIM1; k=rsa; p={}",
                to_base64(&public_key_info(&key.public_key()))
            ),
            Kind::Ed25519(key) => format!("v=DKIM1; k=ed25519; p={}", to_base64(&key.public_key())),
        }
    }

    pub(crate) fn sign(&self, signed: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(match &self.0 {
            Kind::Rsa(key) => key.sign(signed)?,
            Kind::Ed25519(key) => key.sign(signed)?,
        })
    }
}

// The library returns `RSAPublicKey` (PKCS#1) or `SubjectPublicKeyInfo`; the latter is published.
fn public_key_info(key: &[u8]) -> Vec<u8> {
    if SubjectPublicKeyInfoRef::try_from(key).is_ok() {
        return key.to_vec();
    }
    let info = BitStringRef::from_bytes(key).and_then(|key| {
        SubjectPublicKeyInfoRef {
            algorithm: pkcs1::ALGORITHM_ID,
            subject_public_key: key,
        }
        .to_der()
    });
    // Only a key of 256 MiB cannot be encoded.
    info.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dkim::key::PublicKey;

    #[test]
    fn the_record_of_a_key_is_one_that_can_be_read() {
        let der = PrivateKey::ed25519_der(&[7; 32]);
        let key = PrivateKey::from_der(Algorithm::Ed25519Sha256, &der).unwrap();
        assert!(
            PublicKey::parse(&key.record(), Algorithm::Ed25519Sha256).is_ok(),
            "{}",
            key.record()
        );
        let key = crate::test_keys::rsa();
        assert_eq!(
            PublicKey::parse(&key.record(), Algorithm::RsaSha256)
                .unwrap()
                .bits,
            Some(2048)
        );
        assert!(
            key.record().starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkq"),
            "{}",
            key.record()
        );
        assert_eq!(
            format!("{key:?}"),
            "PrivateKey(rsa-sha256)",
            "a key does not print itself"
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(PrivateKey::from_der(Algorithm::RsaSha256, b"x").is_err());
        assert!(PrivateKey::from_der(Algorithm::Ed25519Sha256, b"x").is_err());
        assert!(PrivateKey::from_der(Algorithm::RsaSha1, b"x").is_err());
    }
}

//! The public key record of a signer (RFC 6376 §3.6.1, RFC 8463 §3).

use super::Algorithm;
use super::tags::{Tags, base64, to_base64};
use event::catalogue::authentication::{KeyRecordError, SignatureError};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use pkcs1::RsaPublicKey;
use spki::SubjectPublicKeyInfoRef;

/// A parsed key record.
pub(crate) struct PublicKey {
    key: DomainKey,
    /// The size of an RSA key.
    pub bits: Option<usize>,
    /// `t=s`: the domain of `i=` must equal `d=`.
    pub strict: bool,
    /// `t=y`: the domain is testing DKIM.
    pub testing: bool,
}

/// Signatures of shorter RSA keys do not pass (RFC 8301 §3.2).
pub(crate) const RSA_BITS_MIN: usize = 1024;

impl PublicKey {
    /// Parses a record for a signature of `algorithm`.
    pub(crate) fn parse(record: &str, algorithm: Algorithm) -> Result<PublicKey, KeyRecordError> {
        let tags = Tags::parse(record).map_err(KeyRecordError::Tags)?;
        if let Some(version) = tags.get("v")
            && (version != "DKIM1" || tags.first().map(|(n, _)| n) != Some("v"))
        {
            return Err(KeyRecordError::Version {
                version: version.to_owned(),
            });
        }
        let kind = tags.get("k").unwrap_or("rsa").to_ascii_lowercase();
        let wanted = if algorithm == Algorithm::Ed25519Sha256 {
            "ed25519"
        } else {
            "rsa"
        };
        if kind != wanted {
            return Err(KeyRecordError::KeyType {
                found: kind,
                algorithm: algorithm.as_str().to_owned(),
            });
        }
        let hash = if algorithm == Algorithm::RsaSha1 {
            "sha1"
        } else {
            "sha256"
        };
        if tags
            .list("h")
            .is_some_and(|h| !h.iter().any(|name| name.eq_ignore_ascii_case(hash)))
        {
            return Err(KeyRecordError::Hash {
                hash: hash.to_owned(),
                allowed: tags.get("h").unwrap_or_default().to_owned(),
            });
        }
        if tags.list("s").is_some_and(|s| {
            !s.iter()
                .any(|name| *name == "*" || name.eq_ignore_ascii_case("email"))
        }) {
            return Err(KeyRecordError::Service {
                services: tags.get("s").unwrap_or_default().to_owned(),
            });
        }
        let public = tags
            .get("p")
            .ok_or_else(|| KeyRecordError::Tags(SignatureError::Missing { tag: "p".into() }))?;
        if public.is_empty() {
            return Err(KeyRecordError::Revoked);
        }
        let public = base64(public).ok_or(KeyRecordError::NotBase64)?;
        let bits = match algorithm {
            Algorithm::Ed25519Sha256 if public.len() == 32 => None,
            Algorithm::Ed25519Sha256 => {
                return Err(KeyRecordError::Ed25519Length {
                    bytes: public.len() as u64,
                });
            }
            _ => Some(rsa_bits(&public).ok_or(KeyRecordError::NotRsa)?),
        };
        let record = format!("v=DKIM1; k={kind}; p={}", to_base64(&public));
        let key = DomainKey::parse(record.as_bytes()).map_err(|e| KeyRecordError::Unusable {
            text: e.to_string(),
        })?;
        let flags = tags.list("t").unwrap_or_default();
        Ok(PublicKey {
            key,
            bits,
            strict: flags.contains(&"s"),
            testing: flags.contains(&"y"),
        })
    }

    /// Whether `signature` is the signature of these bytes by this key.
    pub(crate) fn verifies(&self, signed: &[u8], signature: &[u8], algorithm: Algorithm) -> bool {
        self.key
            .p
            .verify_bytes(signed, signature, algorithm.library())
            .is_ok()
    }
}

// The size of an RSA key: `SubjectPublicKeyInfo` (RFC 5280 §4.1) or, as the text of RFC 6376 has
// it, a bare `RSAPublicKey` (RFC 8017 §A.1.1).
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let key = match SubjectPublicKeyInfoRef::try_from(der) {
        Ok(info) => info.subject_public_key.as_bytes()?,
        Err(_) => der,
    };
    let key = RsaPublicKey::try_from(key).ok()?;
    let modulus = key.modulus.as_bytes();
    let first = modulus.first()?;
    Some(modulus.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Locale, Localize};
    use proptest::prelude::*;

    // The keys of RFC 8463 appendix A.
    const RSA: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
    const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn check(record: &str, algorithm: Algorithm, expected: Result<Option<usize>, &str>) {
        assert_eq!(
            PublicKey::parse(record, algorithm)
                .map(|k| k.bits)
                .map_err(|error| error.sentence(Locale::English)),
            expected.map_err(str::to_owned),
            "{record}"
        );
    }

    #[test]
    fn reads_both_kinds() {
        check(RSA, Algorithm::RsaSha256, Ok(Some(1024)));
        check(ED25519, Algorithm::Ed25519Sha256, Ok(None));
        check(
            &RSA.replace("v=DKIM1; k=rsa; ", ""),
            Algorithm::RsaSha256,
            Ok(Some(1024)),
        );
        check(
            &RSA.replace("k=rsa", "k=rsa; g=*; n=note; t=y:s; s=*; h=sha1:sha256"),
            Algorithm::RsaSha256,
            Ok(Some(1024)),
        );
    }

    #[test]
    fn says_why_a_record_is_no_use() {
        for (record, algorithm, why) in [
            (
                RSA,
                Algorithm::Ed25519Sha256,
                "the key is k=rsa, but the signature is ed25519-sha256",
            ),
            (
                ED25519,
                Algorithm::RsaSha256,
                "the key is k=ed25519, but the signature is rsa-sha256",
            ),
            (
                "v=DKIM1; p=",
                Algorithm::RsaSha256,
                "the key was revoked: p= is empty",
            ),
            ("v=DKIM1", Algorithm::RsaSha256, "p= is missing"),
            (
                "v=DKIM2; p=AA==",
                Algorithm::RsaSha256,
                "v=DKIM2 is not “DKIM1” at the beginning",
            ),
            (
                "p=AA==; v=DKIM1",
                Algorithm::RsaSha256,
                "v=DKIM1 is not “DKIM1” at the beginning",
            ),
            ("p=!", Algorithm::RsaSha256, "p= is not base64"),
            ("p=AAAA", Algorithm::RsaSha256, "p= holds no RSA key"),
            (
                "k=ed25519; p=AAAA",
                Algorithm::Ed25519Sha256,
                "an Ed25519 key has 32 bytes, not 3",
            ),
            (
                "h=sha1; p=AAAA",
                Algorithm::RsaSha256,
                "the key is not for sha256: h=sha1",
            ),
            (
                "s=other; p=AAAA",
                Algorithm::RsaSha256,
                "the key is not for mail: s=other",
            ),
        ] {
            check(record, algorithm, Err(why));
        }
    }

    proptest! {
        #[test]
        fn hostile_keys_break_nothing(der in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = rsa_bits(&der);
        }
    }
}

//! Verifies DKIM signatures and gives the reason of each result (RFC 6376 §6.1).

use super::Algorithm;
use super::canonical::BodyDigest;
use super::key::{PublicKey, RSA_BITS_MIN};
use super::signature::{InvalidSignature, Signature};
use super::tags::to_base64;
use crate::dns::DnsLookups;
use crate::head::Head;
use crate::proof::Proof;
use event::catalogue::authentication::{AuthResult, DkimReason};
use event::{Flip, ProofFact};
use mail::dns::Failure;

/// The result for one signature (RFC 8601 §2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DkimResult {
    /// The signature is valid.
    Pass,
    /// The message or the signature was changed.
    Fail,
    /// Valid, but not acceptable: an obsolete algorithm, a short key, expired, or covering only a
    /// part of the body.
    Policy,
    /// A lookup failed.
    TempError,
    /// The signature or the key record is invalid.
    PermError,
}

impl DkimResult {
    /// The word in Authentication-Results.
    pub fn as_str(self) -> &'static str {
        match self {
            DkimResult::Pass => "pass",
            DkimResult::Fail => "fail",
            DkimResult::Policy => "policy",
            DkimResult::TempError => "temperror",
            DkimResult::PermError => "permerror",
        }
    }
}

impl From<DkimResult> for AuthResult {
    fn from(result: DkimResult) -> AuthResult {
        match result {
            DkimResult::Pass => AuthResult::Pass,
            DkimResult::Fail => AuthResult::Fail,
            DkimResult::Policy => AuthResult::Policy,
            DkimResult::TempError => AuthResult::TempError,
            DkimResult::PermError => AuthResult::PermError,
        }
    }
}

/// The result for one signature, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The result.
    pub result: DkimResult,
    /// `d=`
    pub domain: Option<String>,
    /// `s=`
    pub selector: Option<String>,
    /// `a=`
    pub algorithm: Option<Algorithm>,
    /// The first characters of `b=`, to tell signatures apart (RFC 6008).
    pub header_b: Option<String>,
    /// What decided.
    pub reason: DkimReason,
    /// The steps of the proof, field by field.
    pub proof: Proof,
}

impl Dkim {
    pub(crate) fn broken(broken: &InvalidSignature) -> Dkim {
        Dkim {
            result: DkimResult::PermError,
            domain: broken.domain.clone(),
            selector: None,
            algorithm: None,
            header_b: None,
            reason: DkimReason::Malformed(broken.error.clone()),
            proof: Proof::default(),
        }
    }
}

/// Why a signature does not pass.
pub(crate) type VerifyFailure = (DkimResult, DkimReason);

/// Verifies one signature, given the digest of the body that it covers.
pub(crate) async fn verify(
    dns: &mut DnsLookups<'_>,
    head: &Head,
    signature: &Signature,
    body: &BodyDigest,
) -> Dkim {
    let mut proof = signature.proof(head);
    let form = signature.body_form.as_str();
    proof.step(ProofFact::BodyVerified {
        form: form.to_owned(),
        bytes: body.hashed,
        computed: to_base64(&body.digest),
        stated: to_base64(&signature.body_hash),
    });
    let outcome = verify_message(dns, head, signature, body, &mut proof).await;
    proof.step(ProofFact::Flip(match &outcome {
        Ok(_) => Flip::AnyChange,
        Err((DkimResult::Fail, _)) if body.digest != signature.body_hash => Flip::RestoreBody,
        Err((DkimResult::Fail, _)) => Flip::RestoreHeader,
        Err(_) => Flip::PublishKey {
            name: signature.key_name(),
        },
    }));
    let (result, reason) = match outcome {
        Ok(reason) => (DkimResult::Pass, reason),
        Err(failed) => failed,
    };
    Dkim {
        result,
        domain: Some(signature.domain.clone()),
        selector: Some(signature.selector.clone()),
        algorithm: Some(signature.algorithm),
        header_b: Some(to_base64(&signature.value).chars().take(8).collect()),
        reason,
        proof,
    }
}

/// Verifies the body hash, then the header.
pub(crate) async fn verify_message(
    dns: &mut DnsLookups<'_>,
    head: &Head,
    signature: &Signature,
    body: &BodyDigest,
    proof: &mut Proof,
) -> Result<DkimReason, VerifyFailure> {
    if body.digest != signature.body_hash {
        let form = signature.body_form.as_str();
        return Err((
            DkimResult::Fail,
            DkimReason::BodyChanged {
                form: form.to_owned(),
                bytes: body.hashed,
                computed: short(&body.digest),
                stated: short(&signature.body_hash),
            },
        ));
    }
    // RFC 6376 §3.5: l= must not exceed the length of the body.
    if signature.length.is_some_and(|l| l > body.hashed) {
        return Err((
            DkimResult::PermError,
            DkimReason::LengthBeyondBody { bytes: body.hashed },
        ));
    }
    let proven = verify_signed(dns, signature, &signature.signed_bytes(head), proof).await?;
    if body.beyond > 0 {
        return Err((
            DkimResult::Policy,
            DkimReason::PartOfBody {
                bytes: body.beyond,
                reason: Box::new(proven),
            },
        ));
    }
    if let Some(expires) = signature.expires
        && expires < dns.now().secs()
    {
        let when = mail::Time::from_secs(expires).rfc3339();
        return Err((
            DkimResult::Policy,
            DkimReason::Expired {
                at: when,
                reason: Box::new(proven),
            },
        ));
    }
    Ok(DkimReason::Verified {
        value: Box::new(proven),
        fields: signature.headers.join(":"),
        bytes: body.hashed,
        digest: short(&body.digest),
    })
}

/// Looks up the key and verifies the signature of these bytes.
pub(crate) async fn verify_signed(
    dns: &mut DnsLookups<'_>,
    signature: &Signature,
    signed: &[u8],
    proof: &mut Proof,
) -> Result<DkimReason, VerifyFailure> {
    let name = signature.key_name();
    let key = find_key(dns, signature, signed, &name, proof).await?;
    if key.strict && signature.identity != signature.domain {
        let reason = DkimReason::StrictKey {
            name,
            identity: signature.identity.clone(),
            domain: signature.domain.clone(),
        };
        return Err((DkimResult::PermError, reason));
    }
    let algorithm = signature.algorithm.as_str().to_owned();
    if let Some(bits) = key.bits.filter(|bits| *bits < RSA_BITS_MIN) {
        return Err((
            DkimResult::Policy,
            DkimReason::ShortKey {
                name,
                bits: bits as u64,
                minimum: RSA_BITS_MIN as u64,
            },
        ));
    }
    let testing = |reason| match key.testing {
        true => DkimReason::Testing {
            reason: Box::new(reason),
        },
        false => reason,
    };
    let valid = key.verifies(signed, &signature.value, signature.algorithm);
    proof.step(if valid {
        ProofFact::ValueRight
    } else {
        ProofFact::ValueWrong
    });
    if !valid {
        return Err((
            DkimResult::Fail,
            testing(DkimReason::ValueWrong { algorithm, name }),
        ));
    }
    if signature.algorithm == Algorithm::RsaSha1 {
        return Err((DkimResult::Policy, DkimReason::Sha1 { name }));
    }
    Ok(testing(match key.bits {
        Some(bits) => DkimReason::ValueRightRsa {
            algorithm,
            name,
            bits: bits as u64,
        },
        None => DkimReason::ValueRight { algorithm, name },
    }))
}

/// How many key records under one name are tried.
const KEYS_MAX: usize = 4;

// The key record at `name`. RFC 6376 §3.6.2.2 leaves open which of several is used: the one that
// fits, or else the first.
async fn find_key(
    dns: &mut DnsLookups<'_>,
    signature: &Signature,
    signed: &[u8],
    name: &str,
    proof: &mut Proof,
) -> Result<PublicKey, VerifyFailure> {
    let name = || name.to_owned();
    let texts = match dns.texts(&name()).await {
        Ok(texts) => texts,
        Err(Failure::NoSuchName) => Vec::new(),
        Err(failure) => {
            let reason = DkimReason::Dns {
                name: name(),
                failure,
            };
            return Err((DkimResult::TempError, reason));
        }
    };
    let mut reason = DkimReason::NoKey { name: name() };
    let mut keys = Vec::new();
    for text in texts.into_iter().take(KEYS_MAX) {
        match PublicKey::parse(&text, signature.algorithm) {
            Ok(key) => keys.push((key, text)),
            Err(error) => {
                reason = DkimReason::BadKey {
                    name: name(),
                    error,
                };
            }
        }
    }
    let fits = |key: &PublicKey| key.verifies(signed, &signature.value, signature.algorithm);
    let chosen = match keys.len() {
        0 | 1 => 0,
        _ => keys.iter().position(|(key, _)| fits(key)).unwrap_or(0),
    };
    if let Some((key, text)) = keys.into_iter().nth(chosen) {
        proof.step(ProofFact::Key { name: name(), text });
        return Ok(key);
    }
    proof.step(ProofFact::NoKey {
        name: name(),
        reason: reason.clone(),
    });
    Err((DkimResult::PermError, reason))
}

fn short(digest: &[u8]) -> String {
    let text: String = to_base64(digest).chars().take(12).collect();
    format!("{text}…")
}

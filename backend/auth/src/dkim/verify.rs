//! Verifies the signatures of a message and says what decided (RFC 6376 §6.1).

use super::Algorithm;
use super::canonical::BodyDigest;
use super::key::{PublicKey, RSA_BITS_MIN};
use super::signature::{Broken, Signature};
use super::tags::to_base64;
use crate::ask::Asking;
use crate::head::Head;
use crate::proof::Proof;
use mail::dns::Failure;

/// Results of one signature (RFC 8601 §2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DkimResult {
    /// The signer's domain answers for the message as it is.
    Pass,
    /// The message, or the signature, was changed.
    Fail,
    /// Right, but not to be believed: an outdated algorithm, a short key, expired, not the whole
    /// message.
    Policy,
    /// DNS failed.
    TempError,
    /// Signature or key cannot be used.
    PermError,
}

impl DkimResult {
    /// As in Authentication-Results.
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

/// One signature's verdict and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The verdict.
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
    pub why: String,
    /// Field by field.
    pub proof: Proof,
}

impl Dkim {
    pub(crate) fn broken(broken: &Broken) -> Dkim {
        Dkim {
            result: DkimResult::PermError,
            domain: broken.domain.clone(),
            selector: None,
            algorithm: None,
            header_b: None,
            why: broken.why.clone(),
            proof: Proof::default(),
        }
    }
}

/// Why a signature does not pass.
pub(crate) type Failed = (DkimResult, String);

/// One signature with the digest of the body that it speaks of.
pub(crate) async fn verify(
    asking: &mut Asking<'_>,
    head: &Head,
    signature: &Signature,
    body: &BodyDigest,
) -> Dkim {
    let mut proof = signature.proof(head);
    let form = signature.body_form.as_str();
    proof.step(&format!(
        "body {form} {} {} {}",
        body.hashed,
        to_base64(&body.digest),
        to_base64(&signature.body_hash)
    ));
    let outcome = verify_message(asking, head, signature, body, &mut proof).await;
    proof.step(match &outcome {
        Ok(_) => "flip any",
        Err((DkimResult::Fail, _)) if body.digest != signature.body_hash => "flip body",
        Err((DkimResult::Fail, _)) => "flip header",
        Err(_) => "flip key",
    });
    let (result, why) = match outcome {
        Ok(why) => (DkimResult::Pass, why),
        Err(failed) => failed,
    };
    Dkim {
        result,
        domain: Some(signature.domain.clone()),
        selector: Some(signature.selector.clone()),
        algorithm: Some(signature.algorithm),
        header_b: Some(to_base64(&signature.value).chars().take(8).collect()),
        why,
        proof,
    }
}

/// The body, then the header; what passes is told with its proof.
pub(crate) async fn verify_message(
    asking: &mut Asking<'_>,
    head: &Head,
    signature: &Signature,
    body: &BodyDigest,
    proof: &mut Proof,
) -> Result<String, Failed> {
    if body.digest != signature.body_hash {
        let (is, said) = (short(&body.digest), short(&signature.body_hash));
        let form = signature.body_form.as_str();
        return Err((
            DkimResult::Fail,
            format!(
                "the body was changed: its {form} form of {} octets hashes to {is}, bh= says {said}",
                body.hashed
            ),
        ));
    }
    // RFC 6376 §3.5 l=: more must be signed than there is, not less.
    if signature.length.is_some_and(|l| l > body.hashed) {
        return Err((
            DkimResult::PermError,
            format!("l= is more than the {} octets that there are", body.hashed),
        ));
    }
    let proven = verify_signed(asking, signature, &signature.signed_bytes(head), proof).await?;
    if body.beyond > 0 {
        return Err((
            DkimResult::Policy,
            format!(
                "{} octets at the end of the body are not signed (l=); {proven}",
                body.beyond
            ),
        ));
    }
    if let Some(expires) = signature.expires
        && expires < asking.now().secs()
    {
        let when = mail::Time::from_secs(expires).rfc3339();
        return Err((
            DkimResult::Policy,
            format!("the signature expired at {when}; {proven}"),
        ));
    }
    Ok(format!(
        "{proven}; h={}; the body of {} octets hashes to {}",
        signature.headers.join(":"),
        body.hashed,
        short(&body.digest)
    ))
}

/// The key, and whether the signature is its over these bytes.
pub(crate) async fn verify_signed(
    asking: &mut Asking<'_>,
    signature: &Signature,
    signed: &[u8],
    proof: &mut Proof,
) -> Result<String, Failed> {
    let name = signature.key_name();
    let texts = match asking.texts(&name).await {
        Ok(texts) => texts,
        Err(Failure::NoSuchName) => Vec::new(),
        Err(failure) => return Err((DkimResult::TempError, format!("{name}: {failure}"))),
    };
    let mut why = format!("no key is published at {name}");
    let mut key = None;
    for text in texts {
        match PublicKey::parse(&text, signature.algorithm) {
            Ok(found) => {
                proof.step(&format!("key {name} {text}"));
                key = Some(found);
                break;
            }
            Err(wrong) => why = format!("the record at {name} is no use: {wrong}"),
        }
    }
    let Some(key) = key else {
        proof.step(&format!("nokey {name} {why}"));
        return Err((DkimResult::PermError, why));
    };
    if key.strict && signature.identity != signature.domain {
        let why = format!(
            "the key at {name} has t=s, but i=…@{} is not d={}",
            signature.identity, signature.domain
        );
        return Err((DkimResult::PermError, why));
    }
    let algorithm = signature.algorithm.as_str();
    if let Some(bits) = key.bits.filter(|bits| *bits < RSA_BITS_MIN) {
        return Err((
            DkimResult::Policy,
            format!(
                "the key at {name} has {bits} bits; fewer than {RSA_BITS_MIN} prove nothing (RFC 8301)"
            ),
        ));
    }
    let testing = if key.testing {
        " (the domain is only testing: t=y)"
    } else {
        ""
    };
    let holds = key.fits(signed, &signature.value, signature.algorithm);
    proof.step(if holds { "value holds" } else { "value broken" });
    if !holds {
        return Err((
            DkimResult::Fail,
            format!(
                "b= is not the {algorithm} signature of this header by the key at {name}{testing}"
            ),
        ));
    }
    if signature.algorithm == Algorithm::RsaSha1 {
        return Err((
            DkimResult::Policy,
            format!(
                "the signature fits the key at {name}, but rsa-sha1 proves nothing any more (RFC 8301)"
            ),
        ));
    }
    let bits = key
        .bits
        .map(|b| format!(" of {b} bits"))
        .unwrap_or_default();
    Ok(format!(
        "b= is the {algorithm} signature of this header by the key{bits} at {name}{testing}"
    ))
}

fn short(digest: &[u8]) -> String {
    let text: String = to_base64(digest).chars().take(12).collect();
    format!("{text}…")
}

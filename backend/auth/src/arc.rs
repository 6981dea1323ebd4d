//! Verifies ARC chains (RFC 8617): the authentication results that earlier hosts recorded and
//! sealed. Adds no sets.

use crate::dkim::canonical::{self, BodyDigest, Canonical};
use crate::dkim::signature::{Signature, instance};
use crate::dkim::tags::Tags;
use crate::dkim::verify::{DkimResult, verify_message, verify_signed};
use crate::dns::DnsLookups;
use crate::head::Head;
use crate::proof::Proof;
use event::catalogue::authentication::{ArcReason, AuthResult, SignatureError};

/// The longest chain (RFC 8617 §4.2.1).
pub const SETS_MAX: usize = 50;

/// The result for a chain: the values of `cv=` (RFC 8617 §4.4) and temporary errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArcResult {
    /// There is no chain.
    None,
    /// Every seal is valid.
    Pass,
    /// A seal or the newest message signature is invalid.
    Fail,
    /// A lookup failed.
    TempError,
}

impl ArcResult {
    /// The word in Authentication-Results.
    pub fn as_str(self) -> &'static str {
        match self {
            ArcResult::None => "none",
            ArcResult::Pass => "pass",
            ArcResult::Fail => "fail",
            ArcResult::TempError => "temperror",
        }
    }
}

impl From<ArcResult> for AuthResult {
    fn from(result: ArcResult) -> AuthResult {
        match result {
            ArcResult::None => AuthResult::None,
            ArcResult::Pass => AuthResult::Pass,
            ArcResult::Fail => AuthResult::Fail,
            ArcResult::TempError => AuthResult::TempError,
        }
    }
}

/// The result for a chain, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arc {
    /// The result.
    pub result: ArcResult,
    /// The domain of the newest seal.
    pub sealer: Option<String>,
    /// The ARC-Authentication-Results of the newest set.
    pub saw: Option<String>,
    /// What decided.
    pub reason: ArcReason,
}

/// The sets of a message in the order of their instances, or what is wrong with them.
pub(crate) struct Sets(Result<Vec<Set>, ArcReason>);

struct Set {
    results: usize,
    message: Signature,
    seal: Signature,
    cv: String,
}

impl Sets {
    pub(crate) fn new(head: &Head) -> Sets {
        Sets(gather(head))
    }

    /// The newest message signature, which must still be valid.
    pub(crate) fn newest(&self) -> Option<&Signature> {
        self.0.as_ref().ok()?.last().map(|set| &set.message)
    }
}

// RFC 8617 §5.2 steps 1 to 3: instances 1, 2, 3 … without gaps, each with one field of each kind.
fn gather(head: &Head) -> Result<Vec<Set>, ArcReason> {
    let malformed = |field: &'static str| {
        move |error: SignatureError| ArcReason::Malformed {
            field: field.to_owned(),
            error,
        }
    };
    let value = |i: usize| String::from_utf8_lossy(head.value(i)).into_owned();
    let mut seals = Vec::new();
    for i in head.all("ARC-Seal") {
        seals.push(Signature::seal(i, &value(i)).map_err(malformed("ARC-Seal"))?);
    }
    let mut messages = Vec::new();
    for i in head.all("ARC-Message-Signature") {
        messages.push(Signature::arc(i, &value(i)).map_err(malformed("ARC-Message-Signature"))?);
    }
    let mut results = Vec::new();
    for i in head.all("ARC-Authentication-Results") {
        let text = value(i);
        let first = text.split(';').next().unwrap_or_default();
        let tags = Tags::parse(first).map_err(malformed("ARC-Authentication-Results"))?;
        results.push((
            instance(&tags).map_err(malformed("ARC-Authentication-Results"))?,
            i,
        ));
    }
    if seals.len() > SETS_MAX {
        return Err(ArcReason::TooManySets {
            limit: SETS_MAX as u32,
        });
    }
    if seals.len() != messages.len() || seals.len() != results.len() {
        return Err(ArcReason::Incomplete {
            seals: seals.len() as u64,
            signatures: messages.len() as u64,
            results: results.len() as u64,
        });
    }
    seals.sort_by_key(|(s, _)| s.instance);
    messages.sort_by_key(|s| s.instance);
    results.sort_unstable();
    let mut sets = Vec::with_capacity(seals.len());
    for (index, (((seal, cv), message), (result, results))) in
        seals.into_iter().zip(messages).zip(results).enumerate()
    {
        let number = index as u32 + 1;
        if [seal.instance, message.instance, result]
            .iter()
            .any(|i| *i != number)
        {
            return Err(ArcReason::Numbering { instance: number });
        }
        sets.push(Set {
            results,
            message,
            seal,
            cv,
        });
    }
    Ok(sets)
}

fn outcome(result: DkimResult) -> ArcResult {
    if result == DkimResult::TempError {
        ArcResult::TempError
    } else {
        ArcResult::Fail
    }
}

/// RFC 8617 §5.2
pub(crate) async fn verify(
    dns: &mut DnsLookups<'_>,
    head: &Head,
    sets: &Sets,
    body: Option<&BodyDigest>,
) -> Arc {
    let sets = match &sets.0 {
        Ok(sets) => sets,
        Err(reason) => {
            return Arc {
                result: ArcResult::Fail,
                sealer: None,
                saw: None,
                reason: reason.clone(),
            };
        }
    };
    let (Some(last), Some(body)) = (sets.last(), body) else {
        return Arc {
            result: ArcResult::None,
            sealer: None,
            saw: None,
            reason: ArcReason::NotSealed,
        };
    };
    let sealer = Some(last.seal.domain.clone());
    let saw = Some(
        String::from_utf8_lossy(head.value(last.results))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    );
    let (result, reason) = chain(dns, head, sets, last, body).await;
    Arc {
        result,
        sealer,
        saw,
        reason,
    }
}

async fn chain(
    dns: &mut DnsLookups<'_>,
    head: &Head,
    sets: &[Set],
    last: &Set,
    body: &BodyDigest,
) -> (ArcResult, ArcReason) {
    for (index, set) in sets.iter().enumerate() {
        let expected = if index == 0 { "none" } else { "pass" };
        if set.cv != expected {
            return (
                ArcResult::Fail,
                ArcReason::ChainValue {
                    instance: set.seal.instance,
                    found: set.cv.clone(),
                    expected: expected.to_owned(),
                },
            );
        }
    }
    if let Err((result, reason)) =
        verify_message(dns, head, &last.message, body, &mut Proof::default()).await
    {
        return (
            outcome(result),
            ArcReason::MessageSignature {
                instance: last.message.instance,
                reason,
            },
        );
    }
    for (index, set) in sets.iter().enumerate().rev() {
        let signed = sealed_bytes(head, &sets[..=index]);
        if let Err((result, reason)) =
            verify_signed(dns, &set.seal, &signed, &mut Proof::default()).await
        {
            return (
                outcome(result),
                ArcReason::Seal {
                    instance: set.seal.instance,
                    reason,
                },
            );
        }
    }
    let sealers = sets.iter().map(|s| s.seal.domain.clone()).collect();
    (ArcResult::Pass, ArcReason::Valid { sealers })
}

// RFC 8617 §5.1.1: results, message signature, seal of each set, oldest first; the last seal
// without its value.
fn sealed_bytes(head: &Head, sets: &[Set]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    for (index, set) in sets.iter().enumerate() {
        for field in [set.results, set.message.field] {
            canonical::field(
                Canonical::Relaxed,
                head.name(field),
                head.raw(field),
                &mut out,
            );
        }
        if index + 1 < sets.len() {
            canonical::field(
                Canonical::Relaxed,
                head.name(set.seal.field),
                head.raw(set.seal.field),
                &mut out,
            );
        } else {
            set.seal.push_itself(head, &mut out);
        }
    }
    out
}

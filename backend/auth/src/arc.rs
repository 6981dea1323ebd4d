//! ARC (RFC 8617): what earlier hosts say they saw, each sealed with all that came before it.
//! Verifies the chain; makes none.

use crate::ask::Asking;
use crate::dkim::canonical::{self, BodyDigest, Canonical};
use crate::dkim::signature::{Signature, instance};
use crate::dkim::tags::Tags;
use crate::dkim::verify::{DkimResult, verify_message, verify_signed};
use crate::head::Head;
use crate::proof::Proof;

/// The longest chain (RFC 8617 §4.2.1).
pub const SETS_MAX: usize = 50;

/// `cv` (RFC 8617 §4.4), and that DNS failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArcResult {
    /// No chain.
    None,
    /// Every seal holds.
    Pass,
    /// One does not.
    Fail,
    /// DNS failed.
    TempError,
}

impl ArcResult {
    /// As in Authentication-Results.
    pub fn as_str(self) -> &'static str {
        match self {
            ArcResult::None => "none",
            ArcResult::Pass => "pass",
            ArcResult::Fail => "fail",
            ArcResult::TempError => "temperror",
        }
    }
}

/// The chain's verdict and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arc {
    /// The verdict.
    pub result: ArcResult,
    /// Who sealed last.
    pub sealer: Option<String>,
    /// What the last sealer says it saw: its ARC-Authentication-Results.
    pub saw: Option<String>,
    /// What decided.
    pub why: String,
}

/// The sets of a message, in the order of their instances; or what is wrong with them.
pub(crate) struct Sets(Result<Vec<Set>, String>);

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

    /// The newest message signature: the one that must still hold.
    pub(crate) fn newest(&self) -> Option<&Signature> {
        self.0.as_ref().ok()?.last().map(|set| &set.message)
    }
}

// RFC 8617 §5.2 steps 1 to 3: 1, 2, 3 … without gaps, one of each kind.
fn gather(head: &Head) -> Result<Vec<Set>, String> {
    let value = |i: usize| String::from_utf8_lossy(head.value(i)).into_owned();
    let mut seals = Vec::new();
    for i in head.all("ARC-Seal") {
        seals.push(
            Signature::seal(i, &value(i)).map_err(|why| format!("an ARC-Seal is no use: {why}"))?,
        );
    }
    let mut messages = Vec::new();
    for i in head.all("ARC-Message-Signature") {
        messages.push(
            Signature::arc(i, &value(i))
                .map_err(|why| format!("an ARC-Message-Signature is no use: {why}"))?,
        );
    }
    let mut results = Vec::new();
    for i in head.all("ARC-Authentication-Results") {
        let text = value(i);
        let first = text.split(';').next().unwrap_or_default();
        let tags = Tags::parse(first)
            .map_err(|why| format!("an ARC-Authentication-Results is no use: {why}"))?;
        results.push((
            instance(&tags)
                .map_err(|why| format!("an ARC-Authentication-Results is no use: {why}"))?,
            i,
        ));
    }
    if seals.len() > SETS_MAX {
        return Err(format!("there are more than {SETS_MAX} sets"));
    }
    if seals.len() != messages.len() || seals.len() != results.len() {
        let (a, b, c) = (seals.len(), messages.len(), results.len());
        return Err(format!(
            "the sets are not whole: {a} seals, {b} message signatures, {c} results"
        ));
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
            return Err(format!(
                "the sets are not numbered 1, 2, 3 …: i={number} is missing or stands twice"
            ));
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
    asking: &mut Asking<'_>,
    head: &Head,
    sets: &Sets,
    body: Option<&BodyDigest>,
) -> Arc {
    let sets = match &sets.0 {
        Ok(sets) => sets,
        Err(why) => {
            return Arc {
                result: ArcResult::Fail,
                sealer: None,
                saw: None,
                why: why.clone(),
            };
        }
    };
    let (Some(last), Some(body)) = (sets.last(), body) else {
        return Arc {
            result: ArcResult::None,
            sealer: None,
            saw: None,
            why: "no earlier host has sealed the message".into(),
        };
    };
    let sealer = Some(last.seal.domain.clone());
    let saw = Some(
        String::from_utf8_lossy(head.value(last.results))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    );
    let (result, why) = chain(asking, head, sets, last, body).await;
    Arc {
        result,
        sealer,
        saw,
        why,
    }
}

async fn chain(
    asking: &mut Asking<'_>,
    head: &Head,
    sets: &[Set],
    last: &Set,
    body: &BodyDigest,
) -> (ArcResult, String) {
    for (index, set) in sets.iter().enumerate() {
        let expected = if index == 0 { "none" } else { "pass" };
        if set.cv != expected {
            return (
                ArcResult::Fail,
                format!(
                    "the seal i={} says cv={}, not {expected}",
                    index + 1,
                    set.cv
                ),
            );
        }
    }
    if let Err((result, why)) =
        verify_message(asking, head, &last.message, body, &mut Proof::default()).await
    {
        return (
            outcome(result),
            format!(
                "the newest ARC-Message-Signature (i={}): {why}",
                last.message.instance
            ),
        );
    }
    for (index, set) in sets.iter().enumerate().rev() {
        let signed = sealed_bytes(head, &sets[..=index]);
        if let Err((result, why)) =
            verify_signed(asking, &set.seal, &signed, &mut Proof::default()).await
        {
            return (
                outcome(result),
                format!("the ARC-Seal i={}: {why}", index + 1),
            );
        }
    }
    let sealers: Vec<&str> = sets.iter().map(|s| s.seal.domain.as_str()).collect();
    (
        ArcResult::Pass,
        format!(
            "every seal holds, and the newest message signature fits: {}",
            sealers.join(" → ")
        ),
    )
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

//! Reads what version 0.1 wrote: a check with its reason as an English sentence (`why`), and below
//! it, one per line, the steps of its proof (`1*">" SP kind SP words`). Both are shown as they were
//! written; only the lines and their depth are parsed.

use crate::catalogue::proof::{ProofFact, ProofStep};
use crate::{Check, Reason, Verdict};
use serde::{Deserialize, Deserializer};

/// The greatest depth of a step; deeper ones are shown at this depth.
const DEPTH_MAX: usize = 24;

/// A reason and its proof from the text of version 0.1.
pub(crate) fn reason(text: &str) -> (Reason, Vec<ProofStep>) {
    let mut lines = text.lines();
    let reason = match lines.next() {
        None | Some("") => Reason::None,
        Some(sentence) => Reason::legacy(sentence),
    };
    (reason, lines.map(step).collect())
}

fn step(line: &str) -> ProofStep {
    let text = line.trim_start_matches('>');
    let depth = (line.len() - text.len()).saturating_sub(1).min(DEPTH_MAX);
    let text = text.trim();
    let fact = match text.strip_prefix("flip ") {
        Some(change) => ProofFact::LegacyFlip {
            text: change.to_owned(),
        },
        None => ProofFact::Legacy {
            text: text.to_owned(),
        },
    };
    ProofStep {
        depth: u32::try_from(depth).unwrap_or_default(),
        fact,
    }
}

/// The fields of `Kind::Check`, in the present form or with `name` and `why`.
pub(crate) fn check<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(Check, Verdict, Reason, Vec<ProofStep>), D::Error> {
    #[derive(Deserialize)]
    struct Fields {
        #[serde(alias = "name")]
        check: Check,
        verdict: Verdict,
        #[serde(default)]
        reason: Option<Reason>,
        #[serde(default)]
        proof: Vec<ProofStep>,
        #[serde(default)]
        why: Option<String>,
    }

    let fields = Fields::deserialize(deserializer)?;
    let (reason, proof) = match (fields.reason, fields.why) {
        (None, Some(why)) => reason(&why),
        (reason, _) => (reason.unwrap_or(Reason::None), fields.proof),
    };
    Ok((fields.check, fields.verdict, reason, proof))
}

/// The fields of `Kind::Unreachable`, in the present form or with `why`.
pub(crate) fn unreachable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<(String, Reason), D::Error> {
    #[derive(Deserialize)]
    struct Fields {
        peer: String,
        #[serde(default)]
        reason: Option<Reason>,
        #[serde(default)]
        why: Option<String>,
    }

    let fields = Fields::deserialize(deserializer)?;
    let old = || fields.why.as_deref().map(|why| reason(why).0);
    let reason = fields.reason.or_else(old).unwrap_or(Reason::None);
    Ok((fields.peer, reason))
}

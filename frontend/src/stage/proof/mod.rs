//! Verdicts as trees: each check unfolds into the answers of DNS that it rests on, in each answer
//! the term that decided, and the smallest change that would turn the verdict. Reads the `Check`
//! and `Dns` events with their typed reasons and proof steps; a reason of an earlier version is
//! shown as it was written.

mod answers;
mod dkim;
mod dmarc;
mod flip;
mod outcome;
mod spf;
mod steps;

use super::i18n::{check_text, locale, say, verdict_text};
use super::model::{StepKind, Timeline};
use super::terms::Term;
use crate::i18n::Language;
use event::{Event, Kind, Localize, ProofStep, Reason, Verdict};
use mail::dns::RecordType;
use outcome::Outcome;

/// A branch of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofNode {
    /// A sentence or a few words.
    pub text: String,
    /// A record or a field in its pieces.
    pub terms: Vec<Term>,
    /// The piece that decided.
    pub lit: Option<String>,
    /// How it came out.
    pub verdict: Option<Verdict>,
    /// Where on the timeline it was found out.
    pub at: Option<usize>,
    /// What it rests on.
    pub children: Vec<ProofNode>,
}

/// A verdict with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The step that tells it.
    pub at: usize,
    /// The check's name as recorded.
    pub name: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The protocol's own word where there is one: `pass`, `softfail`, `permerror`.
    pub result: String,
    /// The reasons.
    pub root: ProofNode,
    /// The smallest change that would turn it; empty where none is known.
    pub flip: String,
}

/// Checks that are told as trees.
const PROVEN: [&str; 15] = [
    "spf",
    "dkim",
    "dmarc",
    "arc",
    "ptr",
    "helo",
    "dnsbl",
    "rhsbl",
    "dnswl",
    "greylist",
    "mta-sts",
    "dane",
    "mx",
    "dkim-sign",
    "score",
];

/// The verdicts about a message, and about the conversation that is open, up to a position; the
/// newest last.
pub fn proofs(
    timeline: &Timeline,
    message: Option<usize>,
    connection: Option<usize>,
    position: usize,
    language: Language,
) -> Vec<Proof> {
    let mut all = Vec::new();
    for i in 0..timeline.len().min(position + 1) {
        let step = &timeline.steps[i];
        let mine = (message.is_some() && step.message == message)
            || (connection.is_some() && step.connection == connection);
        let (true, StepKind::Event(number)) = (mine, step.kind) else {
            continue;
        };
        if let Kind::Check {
            check,
            verdict,
            reason,
            proof,
        } = &timeline.events[number].kind
            && PROVEN.contains(&check.name())
        {
            let case = CheckContext {
                timeline,
                at: i,
                event: &timeline.events[number],
                name: check.name(),
                verdict: *verdict,
                reason,
                proof,
                language,
            };
            all.push(case.proof());
        }
    }
    all
}

/// One check and what is known of it.
struct CheckContext<'a> {
    timeline: &'a Timeline,
    at: usize,
    event: &'a Event,
    name: &'a str,
    verdict: Verdict,
    reason: &'a Reason,
    proof: &'a [ProofStep],
    language: Language,
}

impl CheckContext<'_> {
    fn proof(&self) -> Proof {
        let outcome = Outcome::of(self.reason);
        let mut root = ProofNode {
            text: self.headline(&outcome),
            verdict: Some(self.verdict),
            at: Some(self.at),
            ..ProofNode::default()
        };
        let asked = |name: &str| self.answer(name, RecordType::Txt).map(|(at, _)| at);
        let (steps, flips) = steps::tree(self.proof, self.language, &asked);
        root.children = match self.name {
            _ if !steps.is_empty() => steps,
            "spf" => self.spf(&outcome),
            "dkim" | "arc" => self.dkim(&outcome),
            "dmarc" => self.dmarc(&outcome),
            _ => self.answers(&|_, _| true),
        };
        root.children.extend(self.noted());
        let flip = if flips.is_empty() {
            flip::smallest(
                self.name,
                self.verdict,
                outcome.domain,
                outcome.result,
                self.reason,
                self.client().as_deref(),
                self.language,
            )
        } else {
            flips.join(say(self.language, "；或者：", "; or: "))
        };
        Proof {
            at: self.at,
            name: self.name.to_owned(),
            verdict: self.verdict,
            result: outcome.result.to_owned(),
            flip,
            root,
        }
    }

    fn headline(&self, outcome: &Outcome<'_>) -> String {
        let name = check_text(self.language, self.name);
        let word = if outcome.result.is_empty() {
            verdict_text(self.language, self.verdict)
        } else {
            outcome.result
        };
        if outcome.domain.is_empty() {
            format!("{name}: {word}")
        } else {
            format!("{name} · {}: {word}", outcome.subject())
        }
    }

    /// What decided, as a sentence.
    fn noted(&self) -> Vec<ProofNode> {
        let locale = locale(self.language);
        let sentence = match self.reason {
            Reason::Spf { reason, .. } => reason.sentence(locale),
            Reason::Dkim { reason, .. } => reason.sentence(locale),
            Reason::Dmarc { reason, .. } | Reason::DmarcNotEvaluated { reason } => {
                reason.sentence(locale)
            }
            Reason::Arc { reason, .. } => reason.sentence(locale),
            other => other.sentence(locale),
        };
        if sentence.is_empty() {
            return Vec::new();
        }
        vec![ProofNode {
            text: say(self.language, "判定依据", "What decided").to_owned(),
            children: vec![ProofNode {
                text: sentence,
                ..ProofNode::default()
            }],
            ..ProofNode::default()
        }]
    }
}

#[cfg(test)]
mod tests;

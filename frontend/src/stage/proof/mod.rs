//! Verdicts as proof trees: each check unfolds into the DNS answers that it is based on, with the
//! deciding term of each answer, and the smallest change that would reverse the verdict. Built from
//! the `Check` and `Dns` events with their typed reasons and proof steps; a reason recorded by an
//! earlier version is shown as written.

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

/// A node of a proof tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofNode {
    /// A sentence or a short text.
    pub text: String,
    /// A record or a header field, split into terms.
    pub terms: Vec<Term>,
    /// The deciding term.
    pub lit: Option<String>,
    /// The verdict, if this node has one.
    pub verdict: Option<Verdict>,
    /// The timeline position at which it was found.
    pub at: Option<usize>,
    /// The facts that it is based on.
    pub children: Vec<ProofNode>,
}

/// A verdict with its proof tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Position of the check.
    pub at: usize,
    /// The check's name as recorded.
    pub name: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The protocol's term for the result, if it has one: `pass`, `softfail`, `permerror`.
    pub result: String,
    /// The proof tree.
    pub root: ProofNode,
    /// The smallest change that would reverse it; empty if none is known.
    pub flip: String,
}

/// Checks that are shown as trees.
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

/// The verdicts on a message and on the current connection up to a position, the newest last.
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

/// A check and its context.
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

    /// The deciding reason as a sentence.
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

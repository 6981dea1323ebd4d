//! Collects the steps by which a verdict was found ([`event::ProofStep`]), as a tree. Decides
//! nothing. Text from a message or from DNS stands in the steps, so their number and length are
//! bounded, and control characters are replaced.

use crate::dkim::tags::to_base64;
use event::{ProofFact, ProofStep};
use mail_auth::common::crypto::{HashContext, HashImpl, Sha256};
use mail_auth::common::headers::Writer;

/// Steps of one verdict.
pub const STEPS_MAX: usize = 160;
/// Characters of each text in a step.
pub const STEP_CHARS_MAX: usize = 400;
// Characters of a field that are shown; the rest is in the message.
const FIELD_CHARS_MAX: usize = 80;

/// The steps of one verdict, in the order of a depth-first walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    steps: Vec<ProofStep>,
    depth: u32,
}

impl Proof {
    /// Appends a step at the present depth.
    pub(crate) fn step(&mut self, fact: ProofFact) {
        self.step_at(self.steps.len(), fact);
    }

    /// Inserts a step before those that were appended since [`Proof::place`] returned `place`.
    pub(crate) fn step_at(&mut self, place: usize, fact: ProofFact) {
        if self.steps.len() < STEPS_MAX {
            let mut step = ProofStep {
                depth: self.depth,
                fact,
            };
            step.edit_texts(bound);
            self.steps.insert(place.min(self.steps.len()), step);
        }
    }

    /// Where the next step will stand.
    pub(crate) fn place(&self) -> usize {
        self.steps.len()
    }

    /// Appends what follows one level deeper.
    pub(crate) fn descend(&mut self) {
        self.depth += 1;
    }

    /// Goes back up one level.
    pub(crate) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The steps.
    pub fn steps(&self) -> &[ProofStep] {
        &self.steps
    }

    /// The steps, for an event.
    pub fn into_steps(self) -> Vec<ProofStep> {
        self.steps
    }
}

fn bound(text: &mut String) {
    if text.len() > STEP_CHARS_MAX || text.contains(char::is_control) {
        *text = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(STEP_CHARS_MAX)
            .collect();
    }
}

/// A signed field in canonical form: its length, a digest to compare signer's and verifier's by, and
/// its beginning.
pub(crate) fn field(name: &str, canonical: &[u8]) -> ProofFact {
    ProofFact::Field {
        name: name.to_ascii_lowercase(),
        bytes: canonical.len() as u64,
        digest: short_digest(canonical),
        text: String::from_utf8_lossy(canonical)
            .trim_end()
            .chars()
            .take(FIELD_CHARS_MAX)
            .collect(),
    }
}

// Enough of a hash to see that two are not the same.
fn short_digest(bytes: &[u8]) -> String {
    let mut context = Sha256::hasher();
    context.write(bytes);
    to_base64(context.complete().as_ref())
        .chars()
        .take(8)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, text: impl Into<String>) -> ProofFact {
        ProofFact::Record {
            name: name.to_owned(),
            text: text.into(),
        }
    }

    #[test]
    fn steps_keep_their_order_and_depth() {
        let mut proof = Proof::default();
        proof.step(record("b.test", "v=spf1 include:c.test -all"));
        let place = proof.place();
        proof.descend();
        proof.step(record("c.test", "a\r\nline\tend"));
        proof.ascend();
        proof.step_at(place, ProofFact::NoTermMatches);
        let steps: Vec<_> = proof
            .into_steps()
            .into_iter()
            .map(|step| (step.depth, step.fact))
            .collect();
        assert_eq!(
            steps,
            [
                (0, record("b.test", "v=spf1 include:c.test -all")),
                (0, ProofFact::NoTermMatches),
                (1, record("c.test", "a  line end")),
            ]
        );
    }

    #[test]
    fn number_and_length_of_steps_are_bounded() {
        let mut proof = Proof::default();
        for _ in 0..=STEPS_MAX {
            proof.step(record("a.test", "x".repeat(STEP_CHARS_MAX + 1)));
        }
        assert_eq!(proof.steps().len(), STEPS_MAX);
        assert_eq!(
            proof.steps()[0].fact,
            record("a.test", "x".repeat(STEP_CHARS_MAX))
        );
    }

    #[test]
    fn digests_of_changed_fields_differ() {
        let digest = |canonical: &[u8]| match field("Subject", canonical) {
            ProofFact::Field { digest, name, .. } => (name, digest),
            other => panic!("{other:?}"),
        };
        let (one, other) = (digest(b"subject:hello\r\n"), digest(b"subject:hallo\r\n"));
        assert_eq!(one.0, "subject");
        assert_ne!(one.1, other.1);
    }
}

//! Collects the steps of a proof ([`event::ProofStep`]) as a tree. Steps contain text from messages
//! and from DNS, so their number and length are limited and control characters are replaced.

use event::{ProofFact, ProofStep};

/// The most steps of one proof.
pub const STEPS_MAX: usize = 160;
/// The most characters of each text in a step.
pub const STEP_CHARS_MAX: usize = 400;

/// The steps of one proof, in the order of a depth-first walk.
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

    /// The index of the next step.
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
}

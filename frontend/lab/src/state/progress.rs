//! A learner's progress by scenario, kept on the device and, when signed in, with the account. Two
//! records merge without losing anything, in either order. No points, no times.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What was done with one scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScenarioProgress {
    /// The scenario's version; marks of an older one count as watched only.
    pub version: u32,
    /// It was seen to its end.
    pub watched: bool,
    /// Questions that were answered, by their place in the file.
    pub answered: BTreeSet<u32>,
    /// Those whose first answer was right.
    pub right: BTreeSet<u32>,
    /// It was changed and played anew.
    pub tweaked: bool,
    /// Broken worlds that were mended, by their place in the file.
    pub mended: BTreeSet<u32>,
}

/// The version of the record's form.
pub const FORMAT_VERSION: u64 = 1;

/// Everything done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// [`FORMAT_VERSION`].
    pub version: u64,
    /// By scenario.
    pub scenarios: BTreeMap<u32, ScenarioProgress>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress {
            version: FORMAT_VERSION,
            scenarios: BTreeMap::new(),
        }
    }
}

/// How far a scenario is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Nothing yet.
    New,
    /// Something.
    Begun,
    /// Watched, and everything answered.
    Done,
}

impl Progress {
    /// Reads a record; what is none counts as nothing done.
    pub fn read(text: &str) -> Progress {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As text.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The mark of a scenario in its present version, to be changed.
    pub fn mark(&mut self, number: u32, version: u32) -> &mut ScenarioProgress {
        let mark = self.scenarios.entry(number).or_default();
        mark.renew(version);
        mark
    }

    /// Everything of both.
    pub fn merge(&mut self, other: &Progress) {
        for (number, theirs) in &other.scenarios {
            let mut theirs = theirs.clone();
            let mine = self.scenarios.entry(*number).or_default();
            let version = mine.version.max(theirs.version);
            mine.renew(version);
            theirs.renew(version);
            mine.watched |= theirs.watched;
            mine.tweaked |= theirs.tweaked;
            // An answer that was wrong on one device is no first answer on the other.
            let problem: BTreeSet<u32> = mine
                .answered
                .difference(&mine.right)
                .chain(theirs.answered.difference(&theirs.right))
                .copied()
                .collect();
            mine.answered.extend(&theirs.answered);
            mine.right.extend(&theirs.right);
            mine.right.retain(|question| !problem.contains(question));
            mine.mended.extend(&theirs.mended);
        }
    }

    /// How far a scenario with so many questions is done.
    pub fn stage(&self, number: u32, version: u32, questions: usize) -> Completion {
        match self.scenarios.get(&number) {
            Some(mark)
                if mark.version == version && mark.watched && mark.answered.len() >= questions =>
            {
                Completion::Done
            }
            Some(mark)
                if *mark
                    != ScenarioProgress {
                        version: mark.version,
                        ..ScenarioProgress::default()
                    } =>
            {
                Completion::Begun
            }
            _ => Completion::New,
        }
    }
}

impl ScenarioProgress {
    /// An answer; only the first one says whether it was right.
    pub fn answer(&mut self, question: u32, right: bool) {
        if self.answered.insert(question) && right {
            self.right.insert(question);
        }
    }

    // A newer version asks other things.
    fn renew(&mut self, version: u32) {
        if self.version < version {
            *self = ScenarioProgress {
                version,
                watched: self.watched,
                ..ScenarioProgress::default()
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(number: u32, version: u32, answers: &[(u32, bool)]) -> Progress {
        let mut progress = Progress::default();
        let mark = progress.mark(number, version);
        mark.watched = true;
        for (question, right) in answers {
            mark.answer(*question, *right);
        }
        progress
    }

    #[test]
    fn two_devices_come_to_the_same_whoever_is_merged_into_whom() {
        let (here, there) = (
            done(1, 1, &[(0, true), (1, false)]),
            done(1, 1, &[(1, true), (2, true)]),
        );
        let (mut one, mut other) = (here.clone(), there.clone());
        one.merge(&there);
        other.merge(&here);
        assert_eq!(one, other);
        assert_eq!(
            one.scenarios[&1].right,
            BTreeSet::from([0, 2]),
            "the second device's first answer came after a wrong one"
        );
        let twice = one.clone();
        one.merge(&there);
        assert_eq!(one, twice);
    }

    #[test]
    fn only_the_first_answer_counts() {
        assert!(
            done(1, 1, &[(0, false), (0, true)]).scenarios[&1]
                .right
                .is_empty()
        );
    }

    #[test]
    fn a_newer_version_keeps_only_that_it_was_watched() {
        let mut old = done(1, 1, &[(0, true)]);
        old.merge(&done(1, 2, &[]));
        assert_eq!(
            old.scenarios[&1],
            ScenarioProgress {
                version: 2,
                watched: true,
                ..ScenarioProgress::default()
            }
        );
    }

    #[test]
    fn a_scenario_is_done_when_it_was_watched_and_all_is_answered() {
        let progress = done(1, 1, &[(0, true)]);
        assert_eq!(
            [
                progress.stage(1, 1, 1),
                progress.stage(1, 1, 2),
                progress.stage(1, 2, 1),
                progress.stage(2, 1, 0)
            ],
            [
                Completion::Done,
                Completion::Begun,
                Completion::Begun,
                Completion::New
            ]
        );
    }

    #[test]
    fn a_record_survives_writing_and_a_broken_one_is_empty() {
        let progress = done(31, 2, &[(0, true)]);
        assert_eq!(Progress::read(&progress.write()), progress);
        assert_eq!(Progress::read("{"), Progress::default());
    }
}

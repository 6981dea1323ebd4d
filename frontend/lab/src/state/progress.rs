//! A learner's progress by scenario, stored on the device and, for signed-in users, with the
//! account. Two records merge without loss, in either order. Contains no points and no times.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The progress in one scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScenarioProgress {
    /// The scenario's version; of an older one only `watched` counts.
    pub version: u32,
    /// The scenario was watched to its end.
    pub watched: bool,
    /// Answered questions, by their index in the file.
    pub answered: BTreeSet<u32>,
    /// Questions whose first answer was correct.
    pub right: BTreeSet<u32>,
    /// The scenario was changed and run again.
    pub tweaked: bool,
    /// Solved repair exercises, by their index in the file.
    pub mended: BTreeSet<u32>,
}

/// The version of the record's format.
pub const FORMAT_VERSION: u64 = 1;

/// The progress in all scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// [`FORMAT_VERSION`].
    pub version: u64,
    /// The progress by scenario number.
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

/// How far a scenario is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Not started.
    New,
    /// In progress.
    Begun,
    /// Watched to the end, and all questions answered.
    Done,
}

impl Progress {
    /// Parses a record; an unreadable one counts as empty.
    pub fn read(text: &str) -> Progress {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// Serializes the record.
    pub fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The progress in a scenario, to be changed. An older version is reset.
    pub fn mark(&mut self, number: u32, version: u32) -> &mut ScenarioProgress {
        let mark = self.scenarios.entry(number).or_default();
        mark.renew(version);
        mark
    }

    /// Merges another record into this one.
    pub fn merge(&mut self, other: &Progress) {
        for (number, theirs) in &other.scenarios {
            let mut theirs = theirs.clone();
            let mine = self.scenarios.entry(*number).or_default();
            let version = mine.version.max(theirs.version);
            mine.renew(version);
            theirs.renew(version);
            mine.watched |= theirs.watched;
            mine.tweaked |= theirs.tweaked;
            // A question answered wrongly on one device was not answered correctly the first time.
            let wrong: BTreeSet<u32> = mine
                .answered
                .difference(&mine.right)
                .chain(theirs.answered.difference(&theirs.right))
                .copied()
                .collect();
            mine.answered.extend(&theirs.answered);
            mine.right.extend(&theirs.right);
            mine.right.retain(|question| !wrong.contains(question));
            mine.mended.extend(&theirs.mended);
        }
    }

    /// How far a scenario with this number of questions is completed.
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
    /// Records an answer; only the first one decides whether it was correct.
    pub fn answer(&mut self, question: u32, right: bool) {
        if self.answered.insert(question) && right {
            self.right.insert(question);
        }
    }

    // A newer version has other questions and exercises.
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
    fn merging_gives_the_same_result_in_either_order() {
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
    fn a_newer_version_keeps_only_the_watched_mark() {
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
    fn a_scenario_is_done_when_watched_and_fully_answered() {
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
    fn a_record_round_trips_and_a_broken_one_is_empty() {
        let progress = done(31, 2, &[(0, true)]);
        assert_eq!(Progress::read(&progress.write()), progress);
        assert_eq!(Progress::read("{"), Progress::default());
    }
}

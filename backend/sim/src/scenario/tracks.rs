//! Learning paths (tracks): scenarios in order, for one kind of learner, parsed from a TOML file.
//! Independent of which scenarios exist.

use super::spec::{Part, Text};
use crate::diagnose;
use crate::error::{RequestProblem, ScenarioError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A learning path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// The id, used in URLs: `school`.
    pub id: String,
    /// The title.
    pub title: Text,
    /// The intended learners, and what they can do afterwards.
    pub lead: Text,
    /// The duration in minutes.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Whole parts, each ordered by the numbers of its scenarios.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Single scenarios by number, in this order, after the parts.
    #[serde(default)]
    pub scenarios: Vec<u32>,
}

impl Track {
    /// The numbers of the path's existing scenarios in order, each once.
    pub fn numbers(&self, there: &[(u32, Part)]) -> Vec<u32> {
        let mut known = BTreeSet::new();
        let of_part = |part: &Part| {
            let mut numbers: Vec<u32> = there
                .iter()
                .filter(|(_, of)| of == part)
                .map(|(number, _)| *number)
                .collect();
            numbers.sort_unstable();
            numbers
        };
        let single = self
            .scenarios
            .iter()
            .copied()
            .filter(|number| there.iter().any(|(n, _)| n == number));
        self.parts
            .iter()
            .flat_map(of_part)
            .chain(single)
            .filter(|number| known.insert(*number))
            .collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    track: Vec<Track>,
}

/// Parses the file of learning paths.
///
/// # Errors
/// If the file cannot be parsed, two paths have the same id, or a path has no scenarios.
pub fn read_tracks(text: &str) -> Result<Vec<Track>, ScenarioError> {
    let file: File = toml::from_str(text).map_err(|error| diagnose::toml::<File>(text, &error))?;
    let mut ids = BTreeSet::new();
    for track in &file.track {
        if !ids.insert(track.id.as_str()) {
            return Err(RequestProblem::DuplicateTrack(track.id.clone()).into());
        }
        if track.parts.is_empty() && track.scenarios.is_empty() {
            return Err(RequestProblem::EmptyTrack(track.id.clone()).into());
        }
    }
    Ok(file.track)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    fn check(body: &str, expected: Result<Vec<u32>, RequestProblem>) {
        let text = format!(
            "[[track]]\nid = 'x'\ntitle = {{ zh = '路', en = 'x' }}\nlead = {{ zh = '路', en = 'x' }}\n{body}"
        );
        let there = [(3, Part::Basics), (1, Part::Basics), (22, Part::Routing)];
        let numbers = read_tracks(&text)
            .map(|tracks| tracks[0].numbers(&there))
            .map_err(|e| e.problem);
        assert_eq!(numbers, expected.map_err(Problem::from), "{body}");
    }

    #[test]
    fn a_track_lists_each_existing_scenario_once() {
        check(
            "parts = ['basics']\nscenarios = [22, 1, 70]",
            Ok(vec![1, 3, 22]),
        );
        check("scenarios = [22, 3]", Ok(vec![22, 3]));
        check("", Err(RequestProblem::EmptyTrack("x".into())));
        check(
            "scenarios = [1]\n[[track]]\nid = 'x'\ntitle = { zh = '路', en = 'x' }\nlead = { zh = '路', en = 'x' }\nscenarios = [1]",
            Err(RequestProblem::DuplicateTrack("x".into())),
        );
    }
}

//! Tracks: scenarios in an order, for one kind of learner. A file of their own (TOML); which
//! scenarios there are is not known here.

use super::read::{ScenarioError, fault};
use super::spec::{Part, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Scenarios in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// For addresses: `school`.
    pub id: String,
    /// A few words.
    pub title: Text,
    /// For whom, and what one can do afterwards.
    pub lead: Text,
    /// How long it takes.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Whole parts, each in the order of the collection.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Single scenarios by number, in this order, behind the parts.
    #[serde(default)]
    pub scenarios: Vec<u32>,
}

impl Track {
    /// The numbers of its scenarios in order, each once, of those that there are.
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

/// Reads the file of tracks.
///
/// # Errors
/// What is not understood, and where; two tracks of one id; a track without scenarios.
pub fn read_tracks(text: &str) -> Result<Vec<Track>, ScenarioError> {
    let file: File = toml::from_str(text)
        .map_err(|e| ScenarioError::at(text, e.span().map(|span| span.start), e.message()))?;
    let mut ids = BTreeSet::new();
    for track in &file.track {
        if !ids.insert(track.id.as_str()) {
            return Err(fault(
                format!("有两条路线都叫 {}。", track.id),
                format!("there are two tracks {}", track.id),
            ));
        }
        if track.parts.is_empty() && track.scenarios.is_empty() {
            return Err(fault(
                format!("路线 {} 里没有场景。", track.id),
                format!("the track {} leads nowhere", track.id),
            ));
        }
    }
    Ok(file.track)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<Vec<u32>, &str>) {
        let text = format!(
            "[[track]]\nid = 'x'\ntitle = {{ zh = '路', en = 'x' }}\nlead = {{ zh = '路', en = 'x' }}\n{body}"
        );
        let there = [(3, Part::Basics), (1, Part::Basics), (22, Part::Routing)];
        let numbers = read_tracks(&text)
            .map(|tracks| tracks[0].numbers(&there))
            .map_err(|e| e.why);
        assert_eq!(
            numbers.as_deref().map_err(String::as_str),
            expected.as_deref().map_err(|e| *e),
            "{body}"
        );
    }

    #[test]
    fn a_track_is_parts_and_numbers_each_once_and_only_what_there_is() {
        check(
            "parts = ['basics']\nscenarios = [22, 1, 70]",
            Ok(vec![1, 3, 22]),
        );
        check("scenarios = [22, 3]", Ok(vec![22, 3]));
        check("", Err("the track x leads nowhere"));
        check(
            "scenarios = [1]\n[[track]]\nid = 'x'\ntitle = { zh = '路', en = 'x' }\nlead = { zh = '路', en = 'x' }\nscenarios = [1]",
            Err("there are two tracks x"),
        );
    }
}

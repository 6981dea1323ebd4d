//! The catalogue: scenarios by part, learning paths, and search by number or keyword.

use frontend::i18n::Language;
use serde::Deserialize;
use sim::scenario::{Part, Text, Track};

/// A scenario as listed in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its file name below `/lab/scenarios/`.
    pub file: String,
    /// Its number.
    pub number: u32,
    /// Increases with every change that affects the run.
    pub version: u32,
    /// The part it belongs to.
    pub part: Part,
    /// The title.
    pub title: Text,
    /// The introduction.
    pub lead: Text,
    /// Number of questions.
    #[serde(default)]
    pub questions: usize,
    /// Number of suggested changes.
    #[serde(default)]
    pub tweaks: usize,
    /// Number of repair exercises.
    #[serde(default)]
    pub exercises: usize,
}

/// The catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Catalogue {
    /// The scenarios, ordered by number.
    pub scenarios: Vec<Entry>,
    /// The learning paths, in the order of their file.
    #[serde(default)]
    pub tracks: Vec<Track>,
}

/// The parts in order.
pub const PARTS: [Part; 8] = [
    Part::Basics,
    Part::Submission,
    Part::Routing,
    Part::Policy,
    Part::Authenticity,
    Part::Queue,
    Part::Content,
    Part::Mailbox,
];

/// The letter of a part.
pub fn part_letter(part: Part) -> char {
    let place = PARTS.iter().position(|p| *p == part).unwrap_or(0);
    char::from(b'A' + place as u8)
}

/// The text in a language.
pub fn localized(text: &Text, language: Language) -> &str {
    match language {
        Language::Chinese => &text.zh,
        Language::English => &text.en,
    }
}

impl Catalogue {
    /// The scenario with this number.
    pub fn entry(&self, number: u32) -> Option<&Entry> {
        self.scenarios.iter().find(|entry| entry.number == number)
    }

    /// The learning path with this id.
    pub fn track(&self, id: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The numbers of the scenarios of a learning path, in its order.
    pub fn numbers(&self, track: &Track) -> Vec<u32> {
        let there: Vec<(u32, Part)> = self
            .scenarios
            .iter()
            .map(|entry| (entry.number, entry.part))
            .collect();
        track.numbers(&there)
    }

    /// The next scenario in a learning path, or else by number.
    pub fn next(&self, number: u32, track: Option<&str>) -> Option<&Entry> {
        let order = match track.and_then(|id| self.track(id)) {
            Some(track) => self.numbers(track),
            None => self.scenarios.iter().map(|entry| entry.number).collect(),
        };
        let place = order.iter().position(|n| *n == number)?;
        self.entry(*order.get(place + 1)?)
    }

    /// The scenarios that contain all words of a search text in either language; for a number, only
    /// that scenario.
    pub fn find(&self, text: &str) -> Vec<&Entry> {
        if let Ok(number) = text.trim().trim_start_matches('#').parse() {
            return self.entry(number).into_iter().collect();
        }
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let fits = |entry: &&Entry| {
            let searched = [
                &entry.title.zh,
                &entry.title.en,
                &entry.lead.zh,
                &entry.lead.en,
                &entry.file,
            ]
            .map(|t| t.to_lowercase())
            .join("\n");
            words.iter().all(|word| searched.contains(word))
        };
        self.scenarios.iter().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection() -> Catalogue {
        let json = r#"{"scenarios":[
            {"file":"01-first-message.toml","number":1,"version":1,"part":"basics","title":{"zh":"第一封信","en":"The first message"},"lead":{"zh":"寄给鲍勃","en":"to Bob"}},
            {"file":"22-mx.toml","number":22,"version":1,"part":"routing","title":{"zh":"优先级","en":"MX priority"},"lead":{"zh":"第二台","en":"the second host"}},
            {"file":"25-null-mx.toml","number":25,"version":1,"part":"routing","title":{"zh":"不收信","en":"Null MX"},"lead":{"zh":"不收","en":"no mail"}}],
            "tracks":[{"id":"school","title":{"zh":"学校","en":"School"},"lead":{"zh":"","en":""},"scenarios":[25,1]}]}"#;
        serde_json::from_str(json).unwrap()
    }

    fn check(text: &str, expected: &[u32]) {
        let found: Vec<u32> = collection()
            .find(text)
            .iter()
            .map(|entry| entry.number)
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn finds_by_number_and_by_words_of_both_languages() {
        check("22", &[22]);
        check("#1", &[1]);
        check("99", &[]);
        check("mx", &[22, 25]);
        check("NULL mx", &[25]);
        check("鲍勃", &[1]);
        check("", &[1, 22, 25]);
        check("mx bob", &[]);
    }

    #[test]
    fn the_next_scenario_follows_the_learning_path_if_any() {
        let all = collection();
        let next = |number, track| all.next(number, track).map(|entry| entry.number);
        assert_eq!(
            [
                next(1, None),
                next(25, None),
                next(25, Some("school")),
                next(1, Some("school"))
            ],
            [Some(22), None, Some(1), None]
        );
    }

    #[test]
    fn parts_are_lettered_from_a_to_h() {
        assert_eq!(
            (part_letter(Part::Basics), part_letter(Part::Mailbox)),
            ('A', 'H')
        );
    }
}

//! What the Lab asks of the engine and what it is answered, as JSON: the same types on both sides of the worker. Nothing is decided here.

use crate::letters::Letter;
use crate::scenario::{Edits, Outcome, RecordShown, Runs, Scenario, Text};
use event::Event;
use mail::Time;
use serde::{Deserialize, Serialize};

/// What is asked: `{"play": {"scenario": "…", "edits": {…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Play it.
    Play(Plan),
}

/// A scenario and what the learner changed of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The scenario's text, TOML or JSON.
    pub scenario: String,
    /// What was changed; nothing without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
}

/// What is answered: `{"played": {…}}`, or `{"refused": {"place": [3, 1], "why": {"zh": "…", "en": "…"}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Request::Play`].
    Played(Box<Played>),
    /// It was not understood, does not fit together, or went beyond a bound.
    Refused(Refused),
}

/// Why there is no other answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Line and column in the scenario's text, from 1, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(usize, usize)>,
    /// A sentence.
    pub why: Text,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// The scenario as it was played: with the edits in it, ready to be written down.
    pub scenario: Scenario,
    /// The hosts, in the order in which the stage shows them.
    pub hosts: Vec<HostShown>,
    /// The records with which DNS begins.
    pub records: Vec<RecordShown>,
    /// Everything that happened, in the order in which it truly happened.
    pub events: Vec<Event>,
    /// The virtual time at the beginning.
    pub began: Time,
    /// And at the end.
    pub ended: Time,
    /// Where the letters are at the end.
    pub outcome: Outcome,
    /// Stands for the events; 16 hexadecimal digits.
    pub fingerprint: String,
    /// Where playback stops, in the order of the events; a question that the run never comes to is left out.
    pub questions: Vec<Asked>,
    /// What is missing from the exercise that is played; empty: it is solved. None where none is played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// The letters as hosts took them, by journey.
    pub letters: Vec<Letter>,
}

/// One question on the track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which of the scenario's questions, from 0.
    pub question: usize,
    /// Playback stops before this event, from 0.
    pub before: usize,
    /// Which choices this run makes right, from 0: exactly one, but where edits made the question pointless.
    pub right: Vec<usize>,
}

/// A host as the stage shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostShown {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What runs there.
    pub runs: Runs,
    /// For whose mail it answers; a machine without any stands with the domain that its own name ends in.
    pub domains: Vec<String>,
    /// Who has a mailbox there.
    pub people: Vec<String>,
}

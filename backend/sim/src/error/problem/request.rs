//! Why a run was stopped, and why a request is invalid.

use crate::text::Text;
use mail::Time;
use serde::{Deserialize, Serialize};

/// Why a run was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunProblem {
    /// More events than are allowed; most likely a loop.
    TooManyEvents {
        /// The limit.
        max: usize,
        /// The virtual time.
        at: Time,
    },
    /// More task turns than are allowed.
    TooManyTurns {
        /// The limit.
        max: u64,
        /// The virtual time.
        at: Time,
    },
    /// Tasks keep running while the virtual time stands still.
    Spinning {
        /// The virtual time.
        at: Time,
    },
    /// An operation that must complete immediately did not complete.
    Idle {
        /// The virtual time.
        at: Time,
    },
    /// The store, the network or another part failed; its English error message.
    Failed(String),
}

/// Why a request, or a text of the scenario, is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestProblem {
    /// Edits of another format.
    EditsForm {
        /// The format of the edits.
        form: u32,
        /// The supported format.
        known: u32,
    },
    /// Edits of another scenario.
    OtherScenario {
        /// The scenario of the edits.
        edits: u32,
        /// The number of the scenario.
        scenario: u32,
    },
    /// Edits of another version of the scenario.
    OtherVersion {
        /// The number of the scenario.
        scenario: u32,
        /// The version of the edits.
        edits: u32,
        /// The version of the scenario.
        version: u32,
    },
    /// There is no such exercise.
    NoExercise {
        /// The requested number, from 1.
        number: usize,
        /// The number of exercises.
        count: usize,
    },
    /// There is no such tweak.
    NoTweak {
        /// The requested number, from 1.
        number: usize,
        /// The number of tweaks.
        count: usize,
    },
    /// A tweak is selected twice.
    TweakTwice(Text),
    /// An exercise without a hint or a solution.
    ExerciseIncomplete(Text),
    /// A question with fewer than two choices.
    NoChoice(Text),
    /// `many.runs` is out of range.
    ManyRuns {
        /// The number of runs.
        runs: usize,
        /// The limit.
        max: usize,
    },
    /// `many.count` has no entries or too many.
    ManyCounts {
        /// The number of entries.
        counts: usize,
        /// The limit.
        max: usize,
    },
    /// The scenario has no `[many]`.
    NothingToCount,
    /// More runs are requested than allowed.
    CountedRuns {
        /// The number of the first run, from 1.
        first: usize,
        /// The number of runs.
        runs: usize,
        /// The limit.
        max: usize,
    },
    /// There is no such fault card.
    NoCard(String),
    /// No value was chosen for a field of a card.
    NotChosen,
    /// The value is not a port.
    NotAPort(String),
    /// The value is not a whole number.
    NotANumber(String),
    /// The value is out of range.
    OutOfRange(String),
    /// The value is not one of the options.
    NotOffered(String),
    /// Two learning paths have the same id.
    DuplicateTrack(String),
    /// A learning path without scenarios.
    EmptyTrack(String),
}

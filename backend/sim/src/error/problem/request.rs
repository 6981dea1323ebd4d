//! Why a run was stopped, and what can be wrong with a request.

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
    /// Something that must happen at once never happened.
    Idle {
        /// The virtual time.
        at: Time,
    },
    /// The store, the network or another part failed; its own English reason.
    Failed(String),
}

/// What is wrong with a request, or with texts that belong to the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestProblem {
    /// Edits of another form.
    EditsForm {
        /// The form of the edits.
        form: u32,
        /// The form that is known.
        known: u32,
    },
    /// Edits of another scenario.
    OtherScenario {
        /// The scenario of the edits.
        edits: u32,
        /// The scenario.
        scenario: u32,
    },
    /// Edits of another version of the scenario.
    OtherVersion {
        /// The scenario.
        scenario: u32,
        /// The version of the edits.
        edits: u32,
        /// The version of the scenario.
        version: u32,
    },
    /// There is no such exercise.
    NoExercise {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// There is no such tweak.
    NoTweak {
        /// Its number, from 1.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// A tweak is chosen twice.
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
    /// More runs are asked for than are allowed.
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
    /// A choice of a card was not made.
    NotChosen,
    /// A choice is not a port.
    NotAPort(String),
    /// A choice is not a whole number.
    NotANumber(String),
    /// A choice is out of range.
    OutOfRange(String),
    /// A choice is not one of the options.
    NotOffered(String),
    /// Two tracks have the same id.
    DuplicateTrack(String),
    /// A track without scenarios.
    EmptyTrack(String),
}

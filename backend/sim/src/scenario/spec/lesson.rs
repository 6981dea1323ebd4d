//! The questions, changes, exercises and expected outcome of a scenario.

use super::step::StepSpec;
use crate::text::{Span, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[[question]]`: playback stops before an event, and the learner predicts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The event before which playback stops.
    pub before: When,
    /// The question.
    pub ask: Text,
    /// The answers; the run decides which one is correct.
    #[serde(rename = "choice")]
    pub choices: Vec<Choice>,
}

/// A condition for events; all given parts must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The explanation's key: `smtp.reply.550`, `queue.bounced`.
    #[serde(default)]
    pub explain: Option<String>,
    /// The host that recorded the event.
    #[serde(default)]
    pub host: Option<String>,
    /// A text that the line or the reason contains.
    #[serde(default)]
    pub words: Option<String>,
    /// Which of the matching events, from 1; the first if absent.
    #[serde(default)]
    pub nth: Option<u32>,
    /// Not before this time since the beginning, by the clock of the recording host.
    #[serde(default)]
    pub from: Option<Span>,
    /// Before this time, by the same clock.
    #[serde(default)]
    pub until: Option<Span>,
}

/// An answer to a question, with the note on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The answer.
    pub say: Text,
    /// The answer is correct if the event matches this condition …
    #[serde(default)]
    pub when: When,
    /// … and the run meets this expectation.
    #[serde(default)]
    pub so: Expectation,
    /// The note on this answer.
    pub then: Text,
}

/// `[[tweak]]`: a named change with which the scenario can be run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tweak {
    /// The title.
    pub title: Text,
    /// Another seed, if changed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Further steps.
    #[serde(rename = "step", default)]
    pub steps: Vec<StepSpec>,
}

/// `[[exercise]]`: a broken scenario that the learner repairs by edits of any kind; only the
/// outcome counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The title.
    pub title: Text,
    /// The fault report and the goal.
    pub task: Text,
    /// What the repair teaches: the cause and the fix. The Lab shows it once the goal is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Text>,
    /// Further steps that break the scenario, before the learner's.
    #[serde(rename = "edit", default)]
    pub edits: Vec<StepSpec>,
    /// The expected outcome.
    pub goal: Expectation,
    /// Hints, shown one at a time on request.
    pub hints: Vec<Text>,
    /// Further steps that reach the goal. The Lab shows them last; a test checks them.
    #[serde(rename = "solution")]
    pub solution: Vec<StepSpec>,
    /// Common wrong fixes; a test checks that they do not reach the goal.
    #[serde(rename = "wrong", default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<WrongMend>,
}

/// `[[exercise.wrong]]`: a common fix that does not reach the goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongMend {
    /// The fix and its result.
    pub say: Text,
    /// The steps.
    #[serde(rename = "step")]
    pub steps: Vec<StepSpec>,
}

/// `[expect]`: the expected outcome of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The number of messages in mailboxes: `"bob@b.test" = 1`, `"bob@b.test Junk" = 1`.
    #[serde(default)]
    #[serde(alias = "letters")]
    pub messages: BTreeMap<String, usize>,
    /// Texts that at least one message of a mailbox contains (with LF line ends): `"bob@b.test" =
    /// ["Received:"]`.
    #[serde(default)]
    pub says: BTreeMap<String, Vec<String>>,
    /// Texts that no message of a mailbox contains.
    #[serde(default)]
    pub lacks: BTreeMap<String, Vec<String>>,
    /// The number of queued messages, by host; 0 at other hosts.
    #[serde(default)]
    pub queued: BTreeMap<String, usize>,
    /// Events that must occur.
    #[serde(default)]
    pub happened: Vec<When>,
    /// Events that must not occur.
    #[serde(default)]
    pub never: Vec<When>,
}

/// `[many]`: counts random outcomes over many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// The default number of runs.
    pub runs: usize,
    /// The question about the random outcome.
    pub ask: Text,
    /// The outcomes.
    #[serde(rename = "count")]
    pub counts: Vec<Count>,
}

/// `[[many.count]]`: an outcome to count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The label.
    pub say: Text,
    /// Every matching event counts; `nth` is ignored.
    pub when: When,
}

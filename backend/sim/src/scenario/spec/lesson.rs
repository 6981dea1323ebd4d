//! What a scenario asks the learner, offers for change, and must come to.

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
    /// The answers; the run decides which is right.
    #[serde(rename = "choice")]
    pub choices: Vec<Choice>,
}

/// A condition for events; all given parts must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The explanation's key: `smtp.reply.550`, `queue.bounced`.
    #[serde(default)]
    pub explain: Option<String>,
    /// The host that recorded it.
    #[serde(default)]
    pub host: Option<String>,
    /// A text in the line or the reason.
    #[serde(default)]
    pub words: Option<String>,
    /// Which of the matching events, from 1; the first without it.
    #[serde(default)]
    pub nth: Option<u32>,
    /// Not before this time since the beginning, by the recording host's clock.
    #[serde(default)]
    pub from: Option<Span>,
    /// Before this time.
    #[serde(default)]
    pub until: Option<Span>,
}

/// An answer to a question, with the reaction to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The answer.
    pub say: Text,
    /// It is right if the event matches this …
    #[serde(default)]
    pub when: When,
    /// … and the run meets this.
    #[serde(default)]
    pub so: Expectation,
    /// The reaction to this answer.
    pub then: Text,
}

/// `[[tweak]]`: a named change with which the scenario is played again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tweak {
    /// A few words.
    pub title: Text,
    /// Another seed.
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
    /// A few words.
    pub title: Text,
    /// The complaint and the goal.
    pub task: Text,
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
    /// Obvious repairs that do not reach the goal; a test checks that they do not.
    #[serde(rename = "wrong", default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<WrongMend>,
}

/// `[[exercise.wrong]]`: a common attempt that does not reach the goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongMend {
    /// The attempt and its result.
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
    /// Texts that at least one message of a mailbox contains (LF line ends): `"bob@b.test" =
    /// ["Received:"]`.
    #[serde(default)]
    pub says: BTreeMap<String, Vec<String>>,
    /// Texts that no message of a mailbox contains.
    #[serde(default)]
    pub lacks: BTreeMap<String, Vec<String>>,
    /// The number of queued messages, by host; none at other hosts.
    #[serde(default)]
    pub queued: BTreeMap<String, usize>,
    /// Events that must happen.
    #[serde(default)]
    pub happened: Vec<When>,
    /// Events that must not happen.
    #[serde(default)]
    pub never: Vec<When>,
}

/// `[many]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// The proposed number of runs.
    pub runs: usize,
    /// The question about the random outcome.
    pub ask: Text,
    /// The outcomes.
    #[serde(rename = "count")]
    pub counts: Vec<Count>,
}

/// `[[many.count]]`: an outcome to be counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Its label.
    pub say: Text,
    /// Each matching event counts; `nth` is ignored.
    pub when: When,
}

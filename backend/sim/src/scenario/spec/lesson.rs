//! What a scenario asks the learner, offers for change, and must come to.

use super::step::StepSpec;
use crate::text::{Span, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `[[question]]`: playback stops before a step, and the learner says what comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Before which event.
    pub before: When,
    /// What is asked.
    pub ask: Text,
    /// What may be said; the run itself says which is right.
    #[serde(rename = "choice")]
    pub choices: Vec<Choice>,
}

/// Picks the first event of which all that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The explanation's key: `smtp.reply.550`, `queue.bounced`.
    #[serde(default)]
    pub explain: Option<String>,
    /// The host that told it.
    #[serde(default)]
    pub host: Option<String>,
    /// Words in the line or the reason.
    #[serde(default)]
    pub words: Option<String>,
    /// The so-manieth of them; the first without it.
    #[serde(default)]
    pub nth: Option<u32>,
    /// Not before this, since the scenario's beginning, by the clock of the host that told it.
    #[serde(default)]
    pub from: Option<Span>,
    /// Before this.
    #[serde(default)]
    pub until: Option<Span>,
}

/// One answer, with what is said to those who chose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The answer.
    pub say: Text,
    /// It is right where the event is this one …
    #[serde(default)]
    pub when: When,
    /// … and this comes of the run.
    #[serde(default)]
    pub so: Expectation,
    /// What is said to whoever chose it.
    pub then: Text,
}

/// `[[tweak]]`: a change with a name; the run is played anew with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tweak {
    /// A few words.
    pub title: Text,
    /// Another seed: the same world with other chance.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Steps in addition.
    #[serde(rename = "step", default)]
    pub steps: Vec<StepSpec>,
}

/// `[[exercise]]`: the world is broken, and the learner mends it by edits of any kind; only what
/// comes of it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// A few words.
    pub title: Text,
    /// What is complained of, and what must be reached.
    pub task: Text,
    /// What breaks the scenario: steps in addition, before the learner's own.
    #[serde(rename = "edit", default)]
    pub edits: Vec<StepSpec>,
    /// What must come of it.
    pub goal: Expectation,
    /// Told one after the other, each when it is asked for.
    pub hints: Vec<Text>,
    /// One way to reach the goal: steps in addition. The Lab shows it last; a test proves that it
    /// works.
    #[serde(rename = "solution")]
    pub solution: Vec<StepSpec>,
    /// Mends that suggest themselves and do not do; a test proves that they do not.
    #[serde(rename = "wrong", default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<WrongMend>,
}

/// `[[exercise.wrong]]`: what many try, and why it does not reach the goal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongMend {
    /// What is tried, and what comes of it.
    pub say: Text,
    /// The steps.
    #[serde(rename = "step")]
    pub steps: Vec<StepSpec>,
}

/// `[expect]`: what the run must come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Messages in each person's mailboxes: `"bob@b.test" = 1`, `"bob@b.test Junk" = 1`.
    #[serde(default)]
    #[serde(alias = "letters")]
    pub messages: BTreeMap<String, usize>,
    /// Words that stand in at least one of the messages there (LF line ends): `"bob@b.test" =
    /// ["Received:"]`.
    #[serde(default)]
    pub says: BTreeMap<String, Vec<String>>,
    /// Words that stand in none of them.
    #[serde(default)]
    pub lacks: BTreeMap<String, Vec<String>>,
    /// Messages that still wait, by host; hosts that are not named have none.
    #[serde(default)]
    pub queued: BTreeMap<String, usize>,
    /// Events that must have happened.
    #[serde(default)]
    pub happened: Vec<When>,
    /// Events that must not.
    #[serde(default)]
    pub never: Vec<When>,
}

/// `[many]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// So many runs are proposed.
    pub runs: usize,
    /// What is asked of chance.
    pub ask: Text,
    /// The outcomes.
    #[serde(rename = "count")]
    pub counts: Vec<Count>,
}

/// `[[many.count]]`: one outcome that is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// What it is called.
    pub say: Text,
    /// Each event that is such a one counts; `nth` means nothing here.
    pub when: When,
}

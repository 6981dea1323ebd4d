//! The format of a scenario file (TOML or JSON). Keys use the terms of mail; times are durations
//! since the beginning of the run. Does not run scenarios.

mod fault;
mod host;
mod lesson;
mod step;

pub use crate::text::{Span, Text};
pub use fault::Fault;
pub use host::{AliasSpec, HostSpec, PersonSpec, Runs, Sections, SigningSpec};
pub use lesson::{Choice, Count, Exercise, Expectation, Many, Question, Tweak, When, WrongMend};
pub use step::{Step, StepSpec};

use mail::Duration;
use serde::{Deserialize, Serialize};

/// The part of the collection that a scenario belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Roles and basics.
    Basics,
    /// Submission, authentication, TLS, ports.
    Submission,
    /// DNS and routing.
    Routing,
    /// Inbound policy.
    #[serde(alias = "door")]
    Policy,
    /// SPF, DKIM, DMARC, indirect flows.
    Authenticity,
    /// Queue and failure.
    Queue,
    /// Content and extensions.
    Content,
    /// Mailbox side.
    Mailbox,
}

/// A scenario file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The number in the collection.
    pub number: u32,
    /// Increases with every change that affects the run.
    pub version: u32,
    /// The part of the collection.
    pub part: Part,
    /// The title.
    pub title: Text,
    /// The introduction, in two or three sentences.
    pub lead: Text,
    /// What the learner has learned afterwards.
    pub lesson: Text,
    /// Seed, duration, default latency and DNS.
    pub world: WorldSpec,
    /// The hosts, in display order.
    #[serde(rename = "host")]
    pub hosts: Vec<HostSpec>,
    /// The actions of users, and faults.
    #[serde(rename = "step")]
    pub steps: Vec<StepSpec>,
    /// Questions, each about an event.
    #[serde(rename = "question", default)]
    pub questions: Vec<Question>,
    /// Suggested changes that the learner can switch on.
    #[serde(rename = "tweak", default)]
    pub tweaks: Vec<Tweak>,
    /// Random outcomes to count over many runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<Many>,
    /// Exercises: broken scenarios to repair.
    #[serde(rename = "exercise", default)]
    pub exercises: Vec<Exercise>,
    /// The expected outcome.
    pub expect: Expectation,
}

/// `[world]`: seed, duration, default latency and DNS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSpec {
    /// The seed of all random values.
    pub seed: u64,
    /// The duration of the run.
    pub lasts: Span,
    /// The one-way latency between two hosts, unless a fault changes it.
    #[serde(default = "latency_usual")]
    pub latency: Span,
    /// All DNS records: a zone file (RFC 1035 §5). `{dkim:selector@domain}` and `{tlsa:host}` are
    /// placeholders for the records of keys and certificates.
    pub zone: String,
    /// Zones that are signed with DNSSEC, including all names below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<String>,
}

fn latency_usual() -> Span {
    Span(Duration::from_millis(20))
}

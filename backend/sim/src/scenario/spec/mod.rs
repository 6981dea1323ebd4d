//! The form of a scenario's file (TOML or JSON). Names are those of mail; times are durations since
//! the beginning of the run. Does not know how a scenario is run.

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

/// A scenario's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its number in the collection.
    pub number: u32,
    /// Increases with every change that changes the run.
    pub version: u32,
    /// Its part of the collection.
    pub part: Part,
    /// A few words.
    pub title: Text,
    /// What happens, in two or three sentences.
    pub lead: Text,
    /// What the learner knows afterwards.
    pub lesson: Text,
    /// Seed, duration, usual latency and DNS.
    pub world: WorldSpec,
    /// The hosts, in display order.
    #[serde(rename = "host")]
    pub hosts: Vec<HostSpec>,
    /// What people and faults do.
    #[serde(rename = "step")]
    pub steps: Vec<StepSpec>,
    /// Questions, each before an event.
    #[serde(rename = "question", default)]
    pub questions: Vec<Question>,
    /// Changes that the learner can make with one click.
    #[serde(rename = "tweak", default)]
    pub tweaks: Vec<Tweak>,
    /// Random outcomes, to be counted over many runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<Many>,
    /// Exercises: broken scenarios to be repaired.
    #[serde(rename = "exercise", default)]
    pub exercises: Vec<Exercise>,
    /// The expected outcome.
    pub expect: Expectation,
}

/// `[world]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSpec {
    /// The seed of all random values.
    pub seed: u64,
    /// How long the run lasts.
    pub lasts: Span,
    /// Latency between two hosts in one direction, unless a fault changes it.
    #[serde(default = "latency_usual")]
    pub latency: Span,
    /// All DNS records: a zone file (RFC 1035 §5). `{dkim:selector@domain}` and `{tlsa:host}` stand
    /// for the records of keys and certificates.
    pub zone: String,
    /// Zones that are signed with DNSSEC, with all names below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<String>,
}

fn latency_usual() -> Span {
    Span(Duration::from_millis(20))
}

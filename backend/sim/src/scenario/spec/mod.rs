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

/// Where in the collection a scenario stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Roles and basics.
    Basics,
    /// Submission, authentication, TLS, ports.
    Submission,
    /// DNS and routing.
    Routing,
    /// Policy at the door.
    Door,
    /// SPF, DKIM, DMARC, indirect flows.
    Authenticity,
    /// Queue and failure.
    Queue,
    /// Content and extensions.
    Content,
    /// Mailbox side.
    Mailbox,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its number in the collection.
    pub number: u32,
    /// Grows with every change that changes the run.
    pub version: u32,
    /// Where it stands.
    pub part: Part,
    /// A few words.
    pub title: Text,
    /// What happens, in two or three sentences.
    pub lead: Text,
    /// What one knows afterwards.
    pub lesson: Text,
    /// The world around the hosts.
    pub world: WorldSpec,
    /// The hosts, in the order in which the stage shows them.
    #[serde(rename = "host")]
    pub hosts: Vec<HostSpec>,
    /// What people and faults do.
    #[serde(rename = "step")]
    pub steps: Vec<StepSpec>,
    /// What the learner is asked before it happens.
    #[serde(rename = "question", default)]
    pub questions: Vec<Question>,
    /// What the learner may change with one click.
    #[serde(rename = "tweak", default)]
    pub tweaks: Vec<Tweak>,
    /// What of it is chance, to be counted over many runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<Many>,
    /// Broken worlds to be mended.
    #[serde(rename = "exercise", default)]
    pub exercises: Vec<Exercise>,
    /// What must come of it.
    pub expect: Expectation,
}

/// `[world]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSpec {
    /// Whence all chance comes.
    pub seed: u64,
    /// The run ends then, or earlier when nothing more happens by itself.
    pub lasts: Span,
    /// Between any two hosts of which nothing else is said.
    #[serde(default = "latency_usual")]
    pub latency: Span,
    /// All the DNS there is: a zone file (RFC 1035 §5). `{dkim:selector@domain}` and `{tlsa:host}`
    /// stand for what those hosts publish.
    pub zone: String,
    /// Zones that DNSSEC vouches for, and all below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<String>,
}

fn latency_usual() -> Span {
    Span(Duration::from_millis(20))
}

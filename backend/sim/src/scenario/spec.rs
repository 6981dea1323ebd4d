//! The form of a scenario's file (TOML). Names are those of mail; times are lengths since the
//! scenario's beginning. Says nothing of how it is run.

use super::fault::Fault;
use super::many::Many;
use super::settings::{AliasSpec, Sections, SigningSpec};
use mail::Duration;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A length of time: `"250ms"`, `"90s"`, `"5m"`, `"4h"`, `"5d"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Span, D::Error> {
        let text = String::deserialize(d)?;
        let wrong = || {
            serde::de::Error::custom(format!(
                "`{text}` is no length of time; written are 250ms, 90s, 5m, 4h, 5d"
            ))
        };
        mail::parse_duration(&text).map(Span).map_err(|_| wrong())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mail::format_duration(self.0))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

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

/// `[[host]]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    /// In `.test` or `.example`.
    pub name: String,
    /// Of a documentation range.
    pub address: String,
    /// What runs there.
    pub runs: Runs,
    /// The domains for which it takes mail.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Who has a mailbox there.
    #[serde(rename = "person", default)]
    pub people: Vec<PersonSpec>,
    /// How the server is set up, where it is not as it comes: the sections of its configuration
    /// file (`docs/CONFIG.md`).
    #[serde(default, skip_serializing_if = "Sections::is_empty")]
    pub settings: Sections,
    /// Addresses that lead to others.
    #[serde(rename = "alias", default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<AliasSpec>,
    /// Keys with which it signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<SigningSpec>,
    /// Instead of a mail server: dialogues that are played, by port, one for each connection, the
    /// last for all that follow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub script: BTreeMap<String, Vec<String>>,
}

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// This very mail server.
    Glasspost,
    /// A played part: somebody else's server, a relay that misbehaves.
    Script,
    /// Nothing that listens: a person's machine, an attacker's.
    Nothing,
}

/// A person with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSpec {
    /// `alice@a.test`
    pub address: String,
    /// In the clear: nothing here is secret.
    #[serde(default = "password_usual")]
    pub password: String,
    /// As the address book has it.
    #[serde(default)]
    pub name: String,
    /// Further addresses of theirs, in the host's domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Octets that the mailbox may hold; without it as many as there is room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u64>,
    /// The secret of CRAM-MD5, which must be kept readable.
    #[serde(
        rename = "shared-secret",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub shared_secret: Option<String>,
}

fn password_usual() -> String {
    "open-sesame".to_owned()
}

/// `[[step]]`: when, and what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Since the beginning.
    pub at: Span,
    /// What is done.
    #[serde(flatten)]
    pub step: Step,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Step {
    /// A mail program hands a message in.
    Submit {
        /// On this machine.
        on: String,
        /// To this host.
        to_host: String,
        /// 587 or 465.
        #[serde(default = "port_submission")]
        port: u16,
        /// Signs in as; nobody signs in without it.
        #[serde(default)]
        login: Option<String>,
        /// With this password instead of the right one.
        #[serde(default)]
        password: Option<String>,
        /// Reverse path; empty for `<>`.
        from: String,
        /// Recipients.
        to: Vec<String>,
        /// The message, LF line ends.
        #[serde(alias = "letter")]
        message: String,
    },
    /// Somebody types a dialogue: `> ` says a line, `< ` listens until these words stand at the
    /// beginning of a line, `. 5s` waits.
    Type {
        /// On this machine.
        on: String,
        /// To this host.
        to_host: String,
        /// And this port.
        port: u16,
        /// In TLS from the first octet.
        #[serde(default)]
        tls: bool,
        /// What is said and heard.
        lines: String,
    },
    /// Something breaks, or is mended.
    Fault(Fault),
    /// The host's settings change; at the beginning before it starts, later it is started again
    /// with them.
    Settings {
        /// Which host.
        host: String,
        /// Keys to change, in their sections.
        set: Sections,
    },
    /// An alias leads to others than before; without any it is gone.
    Alias {
        /// Which host.
        host: String,
        /// `team@b.test`
        name: String,
        /// To whom.
        to: Vec<String>,
    },
    /// A mailbox may hold more or less.
    Quota {
        /// Which host.
        host: String,
        /// Whose.
        person: String,
        /// Octets; without them there is no limit.
        #[serde(default)]
        #[serde(alias = "octets")]
        bytes: Option<u64>,
    },
    /// A signing key comes, or signs no more.
    Dkim {
        /// Which host.
        host: String,
        /// Which key.
        key: SigningSpec,
    },
    /// DNS changes: these names get these records, and lose those of the same types.
    Zone {
        /// Zone file text.
        set: String,
        /// `name TYPE`: all records of that type go.
        #[serde(default)]
        remove: Vec<String>,
    },
}

fn port_submission() -> u16 {
    587
}

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

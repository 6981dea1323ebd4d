//! What the Lab asks of the engine and what it is answered, as JSON: the same types on both sides
//! of the worker. Nothing is decided here.

use crate::messages::RunMessage;
use crate::scenario::{Card, Edits, Lack, Outcome, RecordShown, Runs, Scenario, Span, Text};
use event::Event;
use mail::Time;
use mail::session::Speaker;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked: `{"play": {"scenario": "…", "edits": {…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Play it.
    Play(Plan),
    /// Somebody types to a host.
    Console(Console),
    /// Somebody plays a host's port.
    Serve(Serve),
    /// The fault cards.
    Cards {},
    /// What happened, as a text.
    Transcript {
        /// Where.
        plan: Plan,
        /// In which language.
        language: Language,
        /// Which part; all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// What the network carried, as a file of packets.
    Pcapng {
        /// Where.
        plan: Plan,
        /// Which part; all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// Plays a card: into the edits.
    Card(CardPlayed),
    /// How often what comes of it, over many runs.
    Many(ManyRuns),
}

/// The same scenario many times, each time with the next seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManyRuns {
    /// Where.
    pub plan: Plan,
    /// So many seeds after the scenario's own are left out: who asks in portions has had them.
    #[serde(default)]
    pub skip: usize,
    /// So many runs; with `skip` no more than [`MANY_RUNS_MAX`](crate::scenario::MANY_RUNS_MAX).
    pub runs: usize,
}

/// A part of a run, by the events with which it begins and ends, both within: their places in
/// [`Played::events`], from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first event.
    pub first: usize,
    /// The last one.
    pub last: usize,
}

impl Range {
    /// After what and up to when it is, by the true times of the events. What comes to the first
    /// event was under way since the last moment before it in which something happened.
    pub(super) fn times(self, moments: &[Time]) -> (Time, Time) {
        let Range { first, last } = self;
        let begins = moments.get(first).copied().unwrap_or(Time(i64::MAX));
        let before = moments
            .iter()
            .take(first)
            .rev()
            .find(|moment| **moment < begins);
        (
            before.copied().unwrap_or(Time(i64::MIN)),
            moments.get(last).copied().unwrap_or(Time(i64::MAX)),
        )
    }
}

/// A fault card that is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardPlayed {
    /// Where.
    pub plan: Plan,
    /// Which card.
    pub card: String,
    /// What was chosen, by key.
    pub chosen: BTreeMap<String, String>,
    /// When it strikes.
    pub at: Span,
}

/// A person at a keyboard and a host. What was typed so far is played from the beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Where.
    pub plan: Plan,
    /// On this machine.
    pub from: String,
    /// To this host.
    pub host: String,
    /// And this port.
    pub port: u16,
    /// In TLS from the first octet.
    #[serde(default)]
    pub tls: bool,
    /// The connection is opened then.
    pub at: Span,
    /// What was typed so far.
    #[serde(default)]
    pub turns: Vec<Turn>,
}

/// What a person at a keyboard does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// Says this, once the other side has spoken and a second has passed; of several lines all at
    /// once.
    Say(String),
    /// Makes the handshake of TLS, once the other side has spoken.
    Seal,
    /// Lets time pass.
    Wait(Span),
    /// Closes.
    Close,
}

/// A person in the place of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Where.
    pub plan: Plan,
    /// This host's …
    pub host: String,
    /// … port is played.
    pub port: u16,
    /// What was replied so far, on the first connection, the second …; the first of each is the
    /// greeting.
    #[serde(default)]
    pub connections: Vec<Vec<Turn>>,
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

/// What is answered: `{"played": {…}}`, or `{"refused": {"place": [3, 1], "why": {"zh": "…", "en":
/// "…"}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To [`Request::Play`].
    Played(Box<Played>),
    /// To [`Request::Console`].
    Typed(Box<Typed>),
    /// To [`Request::Serve`].
    Served(Box<Served>),
    /// To [`Request::Cards`].
    Cards(Vec<Card>),
    /// To [`Request::Card`]: the edits with the card's steps in them.
    Edited(Box<Edits>),
    /// To [`Request::Transcript`].
    Transcript(Transcript),
    /// To [`Request::Pcapng`].
    Pcapng(Pcapng),
    /// To [`Request::Many`].
    Counted(CountedRuns),
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

/// A language of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// A text for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The file's name.
    pub name: String,
    /// Its content, LF line ends.
    pub text: String,
}

/// A file of packets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pcapng {
    /// The file's name.
    pub name: String,
    /// Its content.
    pub base64: String,
    /// Packets in it.
    pub packets: usize,
    /// All that passed is in it.
    pub whole: bool,
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
    /// When each of them truly happened, whatever the clock of its host said.
    pub moments: Vec<Time>,
    /// The virtual time at the beginning.
    pub began: Time,
    /// And at the end.
    pub ended: Time,
    /// Where the messages are at the end.
    pub outcome: Outcome,
    /// Stands for the events; 16 hexadecimal digits.
    pub fingerprint: String,
    /// Where playback stops, in the order of the events; a question that the run never comes to is
    /// left out.
    pub questions: Vec<Asked>,
    /// What is missing from the exercise that is played; empty: it is solved. None where none is
    /// played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<Lack>>,
    /// The messages as hosts took them, by journey.
    pub messages: Vec<RunMessage>,
}

/// What came of many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedRuns {
    /// The first run's seed; the others' follow it.
    pub seed: u64,
    /// So many runs.
    pub runs: usize,
    /// The outcomes, as the scenario names them.
    pub counts: Vec<Counted>,
}

/// How often one outcome came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What it is called.
    pub say: Text,
    /// In all runs together.
    pub total: usize,
    /// How often it came in a run, and in how many runs it did so.
    pub runs: BTreeMap<usize, usize>,
}

/// A typed dialogue up to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// The run, as it goes on if nothing more is typed.
    pub played: Played,
    /// With the dialogue in them: for a link, or for the next thing that is tried.
    pub edits: Edits,
    /// All that was said.
    pub lines: Vec<Said>,
    /// The answer to what was typed last begins here in `lines`; at its end where there is none.
    pub answer: usize,
    /// The session's state, in the protocol's own word; empty where the host tells none.
    pub state: String,
    /// The connection stands.
    pub open: bool,
    /// It is this late.
    pub now: Time,
    /// So many of the events have happened by now.
    pub happened: usize,
}

/// A played server up to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// The run, as it goes on if nothing more is replied.
    pub played: Played,
    /// With the played port in them.
    pub edits: Edits,
    /// The connections so far, the first one first.
    pub connections: Vec<Talk>,
    /// The connection on which a reply is waited for; none where nobody is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// It is this late.
    pub now: Time,
    /// So many of the events have happened by now; those that follow happen where nobody replies.
    pub happened: usize,
}

/// One connection to a played server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Talk {
    /// Whence.
    pub client: String,
    /// All that was said by now.
    pub lines: Vec<Said>,
    /// The connection stands.
    pub open: bool,
}

/// A client that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// On which of the connections, from 0.
    pub connection: usize,
    /// What it said last; nothing yet where it waits for the greeting.
    pub last: String,
    /// Its state, in the protocol's own word: what it waits for; empty where it has told none yet
    /// and waits for the greeting.
    pub state: String,
    /// The first event of what happens where nobody replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<usize>,
}

/// A line, or a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When it passed: when the server said it, or when it reached the server.
    pub at: Time,
    /// Who said it.
    pub speaker: Speaker,
    /// Without its line end; empty for the handshake.
    pub text: String,
    /// It went through TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

/// One question on the track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which of the scenario's questions, from 0.
    pub question: usize,
    /// Playback stops before this event, from 0.
    pub before: usize,
    /// Which choices this run makes right, from 0: exactly one, but where edits made the question
    /// pointless.
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
    /// For whose mail it answers; a machine without any stands with the domain that its own name
    /// ends in.
    pub domains: Vec<String>,
    /// Who has a mailbox there.
    pub people: Vec<String>,
}

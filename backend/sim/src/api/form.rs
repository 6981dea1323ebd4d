//! Requests of the Lab to the engine and the responses, as JSON: the same types on both sides of
//! the worker. No logic.

use crate::messages::AcceptedMessage;
use crate::scenario::{
    Card, Edits, Outcome, RecordShown, Runs, Scenario, ScenarioError, Span, Text, Unmet,
};
use event::Event;
use mail::Time;
use mail::session::Speaker;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request: `{"play": {"scenario": "…", "edits": {…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApiRequest {
    /// Play a scenario.
    Play(Plan),
    /// A person types to a host.
    Console(ConsoleRequest),
    /// A person plays a server on a host's port.
    Serve(ServeRequest),
    /// List the fault cards.
    Cards {},
    /// The events as a text.
    Transcript {
        /// The scenario and the edits.
        plan: Plan,
        /// The language.
        language: Language,
        /// Which part; `None`: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// The network traffic as a packet capture.
    Pcapng {
        /// The scenario and the edits.
        plan: Plan,
        /// Which part; `None`: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// Add a fault card's steps to the edits.
    Card(CardRequest),
    /// Count outcomes over many runs.
    Many(CountRequest),
}

/// A request to play a scenario many times, each time with the next seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The number of seeds to skip, for requests in portions.
    #[serde(default)]
    pub skip: usize,
    /// The number of runs; together with `skip` no more than
    /// [`MANY_RUNS_MAX`](crate::scenario::MANY_RUNS_MAX).
    pub runs: usize,
}

/// A part of a run, by the events with which it begins and ends, both within: their places in
/// [`PlayedRun::events`], from 0.
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
pub struct CardRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The card's id.
    pub card: String,
    /// The choices, by key.
    pub chosen: BTreeMap<String, String>,
    /// The time of the card's steps.
    pub at: Span,
}

/// A person types to a host. The input so far is played from the beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The machine it is typed on.
    pub from: String,
    /// The server.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// Whether TLS is on from the first byte.
    #[serde(default)]
    pub tls: bool,
    /// When the connection is opened.
    pub at: Span,
    /// The input so far.
    #[serde(default)]
    pub turns: Vec<ConsoleTurn>,
}

/// One input of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleTurn {
    /// Sends lines, a second after the other side has answered; several lines at once.
    Say(String),
    /// Starts TLS, once the other side has answered.
    Seal,
    /// Waits.
    Wait(Span),
    /// Closes the connection.
    Close,
}

/// A person plays a server on a host's port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServeRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The replies so far, by connection; the first of each is the greeting.
    #[serde(default)]
    pub connections: Vec<Vec<ConsoleTurn>>,
}

/// A scenario and the learner's edits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The scenario's text, TOML or JSON.
    pub scenario: String,
    /// The edits, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edits: Option<Edits>,
}

/// A response: `{"played": {…}}`, or `{"refused": {"place": [3, 1], "problem": {…}}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApiResponse {
    /// To [`ApiRequest::Play`].
    Played(Box<PlayedRun>),
    /// To [`ApiRequest::Console`].
    Typed(Box<ConsoleState>),
    /// To [`ApiRequest::Serve`].
    Served(Box<ServerState>),
    /// To [`ApiRequest::Cards`].
    Cards(Vec<Card>),
    /// To [`ApiRequest::Card`]: the edits with the card's steps in them.
    Edited(Box<Edits>),
    /// To [`ApiRequest::Transcript`].
    Transcript(Transcript),
    /// To [`ApiRequest::Pcapng`].
    Pcapng(Pcapng),
    /// To [`ApiRequest::Many`].
    Counted(RunCounts),
    /// The request cannot be read, does not fit together, or exceeds a limit.
    Refused(ScenarioError),
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
    /// Whether it holds all traffic.
    pub whole: bool,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayedRun {
    /// The scenario as played, with the edits applied.
    pub scenario: Scenario,
    /// The hosts, in display order.
    pub hosts: Vec<HostShown>,
    /// The DNS records at the beginning.
    pub records: Vec<RecordShown>,
    /// All events in their true order.
    pub events: Vec<Event>,
    /// The true time of each event, regardless of its host's clock.
    pub moments: Vec<Time>,
    /// The virtual time at the beginning.
    pub began: Time,
    /// The virtual time at the end.
    pub ended: Time,
    /// The state of mailboxes and queues at the end.
    pub outcome: Outcome,
    /// Hash of the events: 16 hexadecimal digits.
    pub fingerprint: String,
    /// Where playback stops for questions, in the order of the events. Questions whose event never
    /// happens are left out.
    pub questions: Vec<QuestionStop>,
    /// Expectations of the open exercise that are not met: empty if it is solved, `None` if no
    /// exercise is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<Unmet>>,
    /// The messages as hosts accepted them, by journey.
    pub messages: Vec<AcceptedMessage>,
}

/// The outcomes of many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCounts {
    /// The first run's seed; the others' follow it.
    pub seed: u64,
    /// The number of runs.
    pub runs: usize,
    /// The outcomes, in the order of the scenario.
    pub counts: Vec<OutcomeCount>,
}

/// How often one outcome occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCount {
    /// Its label.
    pub say: Text,
    /// In all runs together.
    pub total: usize,
    /// Number of occurrences in a run → number of runs.
    pub runs: BTreeMap<usize, usize>,
}

/// A console connection up to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsoleState {
    /// The run, as it continues without further input.
    pub played: PlayedRun,
    /// The edits with the input in them, for a link or a further change.
    pub edits: Edits,
    /// The dialogue so far.
    pub lines: Vec<DialogueLine>,
    /// Where in `lines` the answer to the last input begins; the length of `lines` if there is
    /// none.
    pub answer: usize,
    /// The session's state in the protocol's terms; empty if the host records none.
    pub state: String,
    /// Whether the connection is open.
    pub open: bool,
    /// The present time.
    pub now: Time,
    /// The number of events up to the present time.
    pub happened: usize,
}

/// A server played by a person, up to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerState {
    /// The run, as it continues without further replies.
    pub played: PlayedRun,
    /// The edits with the replies in them.
    pub edits: Edits,
    /// The connections so far, in order.
    pub connections: Vec<ServerConnection>,
    /// The client that waits for a reply, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingClient>,
    /// The present time.
    pub now: Time,
    /// The number of events up to the present time; later ones happen if there is no reply.
    pub happened: usize,
}

/// One connection to a server that a person plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerConnection {
    /// The client's socket address.
    pub client: String,
    /// The dialogue so far.
    pub lines: Vec<DialogueLine>,
    /// Whether the connection is open.
    pub open: bool,
}

/// A client that waits for a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaitingClient {
    /// The index of its connection.
    pub connection: usize,
    /// Its last line; empty while it waits for the greeting.
    pub last: String,
    /// Its session's state in the protocol's terms; empty while it waits for the greeting.
    pub state: String,
    /// The first event that happens if there is no reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<usize>,
}

/// A line, or a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogueLine {
    /// When the server sent it, or when it reached the server.
    pub at: Time,
    /// The sender.
    pub speaker: Speaker,
    /// Without its line end; empty for the handshake.
    pub text: String,
    /// Whether it passed in TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

/// A question and where playback stops for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionStop {
    /// The index of the question in the scenario.
    pub question: usize,
    /// The index of the event before which playback stops.
    pub before: usize,
    /// The indices of the choices that are right in this run: exactly one, unless edits changed the
    /// run.
    pub right: Vec<usize>,
}

/// A host as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostShown {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What runs there.
    pub runs: Runs,
    /// The domains whose mail it accepts; a page shows a machine without any by the domain of its
    /// own name.
    pub domains: Vec<String>,
    /// The addresses of its mailboxes.
    pub people: Vec<String>,
    /// When it is off the network; a page draws it all the same, as down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub down: Vec<Downtime>,
}

/// A time during which a host is off the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downtime {
    /// The true time at which it leaves.
    pub from: Time,
    /// The true time at which it is back; `None`: not before the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

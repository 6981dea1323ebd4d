//! Requests of the Lab to the simulator and the responses, as JSON: the same types on both sides of
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
    /// Run a scenario.
    Play(Plan),
    /// Type to a host.
    Console(ConsoleRequest),
    /// Act as a server on a port of a host.
    Serve(ServeRequest),
    /// List the fault cards.
    Cards {},
    /// Export the events as text.
    Transcript {
        /// The scenario and the edits.
        plan: Plan,
        /// The language.
        language: Language,
        /// The part to export; `None`: everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// Export the network traffic as a packet capture.
    Pcapng {
        /// The scenario and the edits.
        plan: Plan,
        /// The part to export; `None`: everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<Range>,
    },
    /// Add a fault card's steps to the edits.
    Card(CardRequest),
    /// Count outcomes over many runs.
    Many(CountRequest),
}

/// A request to run a scenario many times, each time with the next seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The number of seeds to skip, for requests in batches.
    #[serde(default)]
    pub skip: usize,
    /// The number of runs; together with `skip` no more than
    /// [`MANY_RUNS_MAX`](crate::scenario::MANY_RUNS_MAX).
    pub runs: usize,
}

/// A part of a run, from its first to its last event, both included: indices into
/// [`PlayedRun::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first event.
    pub first: usize,
    /// The last one.
    pub last: usize,
}

impl Range {
    /// The part as true times: after the first, up to and including the second. The traffic that
    /// leads to the first event may start after the last moment before it at which an event
    /// occurred.
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

/// A fault card with its choices.
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

/// Input typed to a host. All input is replayed from the beginning of the connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleRequest {
    /// The scenario and the edits.
    pub plan: Plan,
    /// The host on which it is typed.
    pub from: String,
    /// The server.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// Whether TLS is implicit.
    #[serde(default)]
    pub tls: bool,
    /// When the connection is opened.
    pub at: Span,
    /// The input so far.
    #[serde(default)]
    pub turns: Vec<ConsoleTurn>,
}

/// One input of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleTurn {
    /// Sends one or more lines, a second after the other side has answered.
    Say(String),
    /// Starts TLS, after the other side has answered.
    Seal,
    /// Waits for a duration.
    Wait(Span),
    /// Closes the connection.
    Close,
}

/// Replies that the user gives in place of a server on a port of a host.
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

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// A run as a text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The name of the file.
    pub name: String,
    /// The content, with LF line ends.
    pub text: String,
}

/// A packet capture file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pcapng {
    /// The name of the file.
    pub name: String,
    /// The content in base64.
    pub base64: String,
    /// Number of packets.
    pub packets: usize,
    /// Whether the capture is complete.
    pub whole: bool,
}

/// A run with everything that a page shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayedRun {
    /// The scenario with the edits applied.
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
    /// The virtual time at the end of the run.
    pub ended: Time,
    /// The state of mailboxes and queues at the end.
    pub outcome: Outcome,
    /// Hash of the events: 16 hexadecimal digits.
    pub fingerprint: String,
    /// Where playback stops for questions, in the order of the events. Questions whose event does
    /// not occur are left out.
    pub questions: Vec<QuestionStop>,
    /// Expectations of the open exercise that are not met: empty if it is solved, `None` if no
    /// exercise is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<Unmet>>,
    /// The messages that hosts accepted, by journey.
    pub messages: Vec<AcceptedMessage>,
}

/// Outcome counts over many runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCounts {
    /// The seed of the first run; later runs use the following seeds.
    pub seed: u64,
    /// The number of runs.
    pub runs: usize,
    /// The outcomes, in the order of the scenario.
    pub counts: Vec<OutcomeCount>,
}

/// How often one outcome occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCount {
    /// The label.
    pub say: Text,
    /// The number of occurrences in all runs together.
    pub total: usize,
    /// The number of runs by the number of occurrences in a run.
    pub runs: BTreeMap<usize, usize>,
}

/// The state of a console connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsoleState {
    /// The run, continued without further input.
    pub played: PlayedRun,
    /// The edits including the input, for a link or further edits.
    pub edits: Edits,
    /// The dialogue so far.
    pub lines: Vec<DialogueLine>,
    /// The index in `lines` at which the answer to the last input begins; `lines.len()` if there is
    /// none.
    pub answer: usize,
    /// The state of the session in the protocol's terms; empty if the host records none.
    pub state: String,
    /// Whether the connection is open.
    pub open: bool,
    /// The present time.
    pub now: Time,
    /// The number of events up to the present time.
    pub happened: usize,
}

/// The state of a server that the user acts as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerState {
    /// The run, continued without further replies.
    pub played: PlayedRun,
    /// The edits including the replies.
    pub edits: Edits,
    /// The connections so far, in order.
    pub connections: Vec<ServerConnection>,
    /// The client that waits for a reply, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingClient>,
    /// The present time.
    pub now: Time,
    /// The number of events up to the present time; later ones happen if no reply is given.
    pub happened: usize,
}

/// A connection to a server that the user acts as.
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
    /// The index of the connection.
    pub connection: usize,
    /// The client's last line; empty while it waits for the greeting.
    pub last: String,
    /// The state of the client's session in the protocol's terms; empty while it waits for the
    /// greeting.
    pub state: String,
    /// The first event that happens if no reply is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<usize>,
}

/// A line of a dialogue, or a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogueLine {
    /// When the server sent it, or when it reached the server.
    pub at: Time,
    /// The sender.
    pub speaker: Speaker,
    /// The text without the line end; empty for the handshake.
    pub text: String,
    /// Whether it was sent over TLS.
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
    /// The indices of the choices that are correct in this run: exactly one, unless edits changed
    /// the run.
    pub right: Vec<usize>,
}

/// A host as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostShown {
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The program that runs on it.
    pub runs: Runs,
    /// The domains whose mail it accepts; a page shows a host without any under the domain of its
    /// own name.
    pub domains: Vec<String>,
    /// The addresses of the mailboxes.
    pub people: Vec<String>,
    /// When it is off the network; a page still shows it, as down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub down: Vec<Downtime>,
}

/// A period during which a host is off the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downtime {
    /// The true time at which it goes offline.
    pub from: Time,
    /// The true time at which it is online again; `None`: not before the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

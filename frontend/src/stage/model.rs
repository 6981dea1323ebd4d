//! The data of a played run: who takes part, which connections there were, the steps in time, and
//! the state of each message. Types only; the modules beside build and read them.

use event::{Event, Party, Protocol, Reason, Role};
use mail::{Duration, JourneyId, Reply, SpanId, Time};
use std::collections::VecDeque;
use std::sync::Arc;

/// Index in [`Topology::hosts`].
pub type HostId = usize;

/// Index in [`Topology::agents`].
pub type AgentId = usize;

/// The end of the delivery path that a person's mail client is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Sends the message.
    Writes,
    /// Retrieves it.
    Reads,
}

/// Identity of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::stage) enum HostKey {
    /// By host name, or by address where no name is known.
    Host(String),
    /// The program of a person, by side, account (or machine where the account is unknown) and
    /// machine, where the network knows its name.
    Person(Side, String, Option<String>),
}

/// A host, drawn as a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub(in crate::stage) key: HostKey,
    /// Its name, its address, or the account of the person who uses it.
    pub name: String,
    /// Its EHLO name where nothing better is known; not verified.
    pub ehlo_name: Option<String>,
    /// The domain that groups it with others; empty for addresses and people.
    pub domain: String,
    /// Set for a person's mail client.
    pub person: Option<Side>,
    /// A person's name in a narrow frame: as short as the other people of the run allow.
    pub label: String,
    /// It recorded events itself; other hosts are known from outside only.
    pub recorded: bool,
    /// Known from a Received field only.
    pub claimed: bool,
    /// In delivery order.
    pub agents: Vec<AgentId>,
}

/// A mail agent (RFC 5598 §4): a role at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The location.
    pub host: HostId,
    /// Which.
    pub role: Role,
    /// It acts in this run; other agents are shown faintly.
    pub used: bool,
}

/// A host of the network on which a run took place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownHost {
    /// Its name.
    pub name: String,
    /// Its address, without a port.
    pub address: String,
    /// It offers services; a person's machine does not.
    pub serves: bool,
    /// When it is off the network, oldest first.
    pub down: Vec<Downtime>,
}

/// A time off the network, counted in the events of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// The number of events before it leaves.
    pub from: usize,
    /// The number of events before it is back; none: it stays away.
    pub until: Option<usize>,
}

/// All hosts and agents of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// By [`HostId`].
    pub hosts: Vec<Host>,
    /// By [`AgentId`].
    pub agents: Vec<Agent>,
    /// Hosts in delivery order.
    pub order: Vec<HostId>,
    /// DNS is queried.
    pub asks_dns: bool,
}

/// One connection, seen from one end or from both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its span, and the other end's where that recorded too.
    pub spans: Vec<SpanId>,
    /// The protocol.
    pub protocol: Protocol,
    /// Who opened it.
    pub client: Party,
    /// Who listened.
    pub server: Party,
    /// The client's agent.
    pub client_agent: AgentId,
    /// The server's agent.
    pub server_agent: AgentId,
    /// The host that recorded it first.
    pub recorder: String,
    /// The host at the other end, where that recorded too.
    pub other_recorder: Option<String>,
    /// The host that recorded first was the client.
    pub recorder_is_client: bool,
    /// The account of the person whose program opened it: signed in, or named in the attempt.
    pub account: Option<String>,
    /// The client's EHLO name.
    pub ehlo_name: Option<String>,
    /// The reverse path of its first MAIL.
    pub sender: Option<String>,
    /// Claimed by another host only.
    pub claimed: bool,
    pub(in crate::stage) began: Time,
}

/// A message of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackedMessage {
    /// Its journeys: one for each host that accepted it; empty if none did.
    pub journeys: Vec<JourneyId>,
    /// The first known reverse path, without brackets.
    pub sender: Option<String>,
    /// Its recipients, in the order in which they are named; one nameless where nobody is.
    pub recipients: Vec<String>,
    /// How many of them the first host that took it was told of; others came by aliases and
    /// forwarding on the way.
    pub addressed: usize,
    /// Its agent before its first step.
    pub origin: Option<AgentId>,
    /// Its first step.
    pub first: usize,
    /// Its last step.
    pub last: usize,
    /// The message that this one is a bounce for.
    pub notice_of: Option<usize>,
}

/// Where a copy of the message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// Unknown.
    Unknown,
    /// At an agent.
    In(AgentId),
    /// In transit from one agent to another; the final reply is outstanding.
    Between(AgentId, AgentId),
}

/// The status of one recipient's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyStatus {
    /// In transit.
    InTransit,
    /// In the queue; next attempt.
    Deferred(Time),
    /// Another host has accepted it.
    Relayed(String),
    /// An alias or a forwarding rule replaced the recipient by these.
    Forwarded(Vec<String>),
    /// In this mailbox.
    Delivered(String),
    /// Failed, with the final reply and the journey of the bounce.
    Bounced(Reply, Option<JourneyId>),
    /// Retrieved by the recipient.
    Read,
}

/// One receiver's copy. There may be two for one receiver: where a host took the message and its
/// client never heard the 250 (RFC 1047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The recipient.
    pub recipient: String,
    /// The location.
    pub location: Location,
    /// The responsible agent; none after a bounce.
    pub responsible: Option<AgentId>,
    /// The status.
    pub status: CopyStatus,
    /// Delivery attempts of the present host.
    pub attempts: u32,
    /// When the present host accepted it.
    pub since: Option<Time>,
    /// The reply of the last attempt, and the reason where the host named one.
    pub last_reply: Option<(Reply, Option<Reason>)>,
    /// The connection that is transferring its content.
    pub(in crate::stage) carried: Option<usize>,
}

/// A postmark: what an agent did with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postmark {
    /// Which.
    pub stamp: PostmarkKind,
    /// The location.
    pub agent: AgentId,
    /// When.
    pub at: Time,
}

/// What a postmark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostmarkKind {
    /// Accepted.
    Accepted,
    /// In the queue.
    Deferred,
    /// Delivered or relayed.
    Delivered,
    /// Bounced.
    Bounced,
}

/// A field of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `Name: value`, folded as on the wire.
    pub text: String,
    /// The step that added it, if a host added it.
    pub added: Option<usize>,
}

/// The state of one message after some steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageState {
    /// A copy for each receiver, in the order in which the message's [`TrackedMessage`] names
    /// them; later come doubles.
    pub copies: Vec<Copy>,
    /// MAIL FROM as last spoken, without brackets; none before it was.
    pub sender: Option<String>,
    /// RCPT TO of the last connection: accepted, rejected, or not answered
    /// yet.
    pub asked: Vec<(String, Option<bool>)>,
    /// The header as far as it was recorded.
    pub header: Vec<Field>,
    /// Postmarks, the newest last.
    pub postmarks: Vec<Postmark>,
    /// The connection that is transferring content (354 sent, no final reply yet).
    pub(in crate::stage) content: Option<usize>,
    /// The connection that `asked` belongs to.
    pub(in crate::stage) envelope_of: Option<usize>,
    /// Commands without a reply yet, oldest first (RFC 2920 §3.1).
    pub(in crate::stage) pending: VecDeque<Pending>,
}

/// A command without a reply yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::stage) struct Pending {
    /// For RCPT: which receiver.
    pub(in crate::stage) rcpt: Option<usize>,
    /// For BDAT (RFC 3030 §2): whether it is the last chunk.
    pub(in crate::stage) last_chunk: Option<bool>,
}

/// The state of a run after a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// How many steps have been made.
    pub steps: usize,
    /// The state of each message.
    pub message_states: Vec<Arc<MessageState>>,
    /// Agents that have acted so far.
    pub visited: Vec<bool>,
    /// Connections that use TLS.
    pub sealed: Vec<bool>,
    /// Connections that are closed.
    pub ended: Vec<bool>,
    /// Hosts that the last attempt could not reach.
    pub unreachable: Vec<bool>,
    /// The last active connection.
    pub connection: Option<usize>,
    /// The message of the last step that has one.
    pub message: Option<usize>,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The event of this number in [`Timeline::events`].
    Event(usize),
    /// A wait of this length.
    Wait(Duration),
}

/// One position of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// When it happened; for a wait, when it ends.
    pub at: Time,
    /// Index in [`Timeline::connections`].
    pub connection: Option<usize>,
    /// The active agent.
    pub agent: Option<AgentId>,
    /// Its message in [`Timeline::messages`]; none for what is of no message (a refused login,
    /// NOOP).
    pub message: Option<usize>,
    /// Its exchange (command and reply), from 0.
    pub exchange: usize,
    /// Worth jumping to.
    pub notable: bool,
}

/// A run or journey, ready to be shown at any step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// In order, without duplicates of the two ends of a connection.
    pub events: Vec<Event>,
    /// Steps in time; positions are indices here.
    pub steps: Vec<Step>,
    /// Connections in the order in which they were opened.
    pub connections: Vec<Connection>,
    /// Who takes part.
    pub topology: Topology,
    /// The messages, in the order of their first steps.
    pub messages: Vec<TrackedMessage>,
    /// Wires that a message or a conversation uses.
    pub wires: Vec<(AgentId, AgentId)>,
    /// The position of each input event.
    pub(in crate::stage) inputs: Vec<usize>,
    /// Lines that were sent and never received, by event: both ends recorded the connection, and
    /// only the speaker has it.
    pub(in crate::stage) lost: Vec<bool>,
    /// The connection of each event.
    pub(in crate::stage) connection_of: Vec<Option<usize>>,
    /// The hosts of the network, where they are known.
    pub(in crate::stage) network: Vec<KnownHost>,
    /// All input events, so that later ones can be merged.
    pub(in crate::stage) raw: Vec<Event>,
    /// First steps of hops.
    pub(in crate::stage) hop_starts: Vec<usize>,
    /// The state after every `CHECKPOINT_STEPS`th step.
    pub(in crate::stage) checkpoints: Vec<RunState>,
    pub(in crate::stage) exchanges: usize,
}

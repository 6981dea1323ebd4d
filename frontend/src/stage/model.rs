//! The data of a played run: hosts and agents, connections, the steps in time, and the state of
//! each message. Types only; the neighbouring modules build and read them.

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
    /// By host name, or by address if no name is known.
    Host(String),
    /// A person's mail client, by side, account (or machine if the account is unknown) and machine,
    /// if the network knows its name.
    Person(Side, String, Option<String>),
}

/// A host, drawn as a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub(in crate::stage) key: HostKey,
    /// Its name, its address, or the account of the person who uses it.
    pub name: String,
    /// Its EHLO name if nothing better is known; not verified.
    pub ehlo_name: Option<String>,
    /// The domain that groups it with others; empty for addresses and people.
    pub domain: String,
    /// Set for a person's mail client.
    pub person: Option<Side>,
    /// A person's name in a narrow frame: the shortest that is unique among the people of the run.
    pub label: String,
    /// Whether it recorded events itself; other hosts are known only from the records of others.
    pub recorded: bool,
    /// Whether it is known only from a Received field.
    pub claimed: bool,
    /// Its agents in delivery order.
    pub agents: Vec<AgentId>,
}

/// A mail agent (RFC 5598 §4): a role at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The host.
    pub host: HostId,
    /// The role.
    pub role: Role,
    /// Whether it acts in this run; other agents are dimmed.
    pub used: bool,
}

/// A host of the network on which a run took place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownHost {
    /// Its name.
    pub name: String,
    /// Its address, without a port.
    pub address: String,
    /// Whether it offers services; a person's machine does not.
    pub serves: bool,
    /// Whether it is drawn with its name before a client at its address has stated that name: the
    /// run shown beside this one names it.
    pub is_named: bool,
    /// The account of the person whose machine it is, where only the run shown beside this one
    /// shows it.
    pub account: Option<String>,
    /// Its downtimes, oldest first.
    pub down: Vec<Downtime>,
}

/// A period off the network, in event counts of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// The number of events before it goes offline.
    pub from: usize,
    /// The number of events before it is back online; `None` if it stays offline.
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
    /// Whether DNS is queried.
    pub asks_dns: bool,
    /// Pairs of client and server, in the order in which they first occurred; `order` follows from
    /// them.
    pub(in crate::stage) hops: Vec<(HostId, HostId)>,
}

/// One connection, seen from one end or from both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its span, and the other end's if that recorded it too.
    pub spans: Vec<SpanId>,
    /// The protocol.
    pub protocol: Protocol,
    /// The end that opened it.
    pub client: Party,
    /// The end that accepted it.
    pub server: Party,
    /// The client's agent.
    pub client_agent: AgentId,
    /// The server's agent.
    pub server_agent: AgentId,
    /// The host that recorded it first.
    pub recorder: String,
    /// The host at the other end, if that recorded it too.
    pub other_recorder: Option<String>,
    /// Whether the host that recorded it first is the client.
    pub recorder_is_client: bool,
    /// The account of the person whose program opened it, from a successful or attempted login.
    pub account: Option<String>,
    /// The client's EHLO name.
    pub ehlo_name: Option<String>,
    /// The reverse path of its first MAIL.
    pub sender: Option<String>,
    /// Whether it is known only from a claim of another host.
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
    /// Its recipients, in the order in which they are named; a single empty one if none is named.
    pub recipients: Vec<String>,
    /// How many of them were named to the first host; the others were added by aliases and
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
    /// Nobody recorded it.
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
    /// An alias or a forwarding rule replaced the recipient with these.
    Forwarded(Vec<String>),
    /// In this mailbox.
    Delivered(String),
    /// Failed, with the final reply and the journey of the bounce.
    Bounced(Reply, Option<JourneyId>),
    /// Retrieved by the recipient.
    Read,
}

/// One recipient's copy. A recipient may have two if a host accepted the message but its 250 reply
/// was lost (RFC 1047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The recipient.
    pub recipient: String,
    /// The location.
    pub location: Location,
    /// The responsible agent; `None` after a bounce.
    pub responsible: Option<AgentId>,
    /// The status.
    pub status: CopyStatus,
    /// Delivery attempts by the current host.
    pub attempts: u32,
    /// When the current host accepted it.
    pub since: Option<Time>,
    /// The reply to the last attempt, and the reason if the host named one.
    pub last_reply: Option<(Reply, Option<Reason>)>,
    /// The connection that is transferring its content.
    pub(in crate::stage) carried: Option<usize>,
}

/// A postmark: what an agent did with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postmark {
    /// The kind.
    pub stamp: PostmarkKind,
    /// The agent that set it.
    pub agent: AgentId,
    /// When.
    pub at: Time,
}

/// The kind of a postmark.
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
    /// A copy for each recipient, in the order of the [`TrackedMessage`]; duplicates follow.
    pub copies: Vec<Copy>,
    /// The reverse path of the last MAIL, without brackets; `None` before the first.
    pub sender: Option<String>,
    /// Recipients of the last connection's RCPT commands: accepted, rejected, or not answered yet.
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
    /// For RCPT: index of the recipient in [`MessageState::asked`].
    pub(in crate::stage) rcpt: Option<usize>,
    /// For BDAT (RFC 3030 §2): whether it is the last chunk.
    pub(in crate::stage) last_chunk: Option<bool>,
}

/// The state of a run after a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunState {
    /// Number of steps applied.
    pub steps: usize,
    /// The state of each message.
    pub message_states: Vec<Arc<MessageState>>,
    /// By agent: whether it has acted so far.
    pub visited: Vec<bool>,
    /// By connection: whether it uses TLS.
    pub sealed: Vec<bool>,
    /// By connection: whether it is closed.
    pub ended: Vec<bool>,
    /// By host: whether the last attempt could not reach it.
    pub unreachable: Vec<bool>,
    /// The last active connection.
    pub connection: Option<usize>,
    /// The message of the last step that has one.
    pub message: Option<usize>,
}

/// The kind of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The event at this index in [`Timeline::events`].
    Event(usize),
    /// A wait of this length.
    Wait(Duration),
}

/// One position of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Event or wait.
    pub kind: StepKind,
    /// When it happened; for a wait, when it ends.
    pub at: Time,
    /// Index in [`Timeline::connections`].
    pub connection: Option<usize>,
    /// The active agent.
    pub agent: Option<AgentId>,
    /// Its message in [`Timeline::messages`]; `None` if it concerns no message (a failed login,
    /// NOOP).
    pub message: Option<usize>,
    /// Number of its exchange (command and reply), from 0.
    pub exchange: usize,
    /// Whether it is a target of jumping forward and back.
    pub notable: bool,
}

/// A run or journey, ready to be shown at any step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The events in order, each once even if both ends of a connection recorded it.
    pub events: Vec<Event>,
    /// The steps in time; positions are indices into this list.
    pub steps: Vec<Step>,
    /// Connections in the order in which they were opened.
    pub connections: Vec<Connection>,
    /// Hosts and agents.
    pub topology: Topology,
    /// The messages, in the order of their first steps.
    pub messages: Vec<TrackedMessage>,
    /// Wires that a message or a connection uses.
    pub wires: Vec<(AgentId, AgentId)>,
    /// Number of messages that the diagram has room for.
    pub(in crate::stage) room_for_messages: usize,
    /// The position of each input event.
    pub(in crate::stage) inputs: Vec<usize>,
    /// By event: whether it is a line that was sent but never received; both ends recorded the
    /// connection, and only the speaker has the line.
    pub(in crate::stage) lost: Vec<bool>,
    /// The connection of each event.
    pub(in crate::stage) connection_of: Vec<Option<usize>>,
    /// The hosts of the network, if known.
    pub(in crate::stage) network: Vec<KnownHost>,
    /// All input events, so that later ones can be merged.
    pub(in crate::stage) raw: Vec<Event>,
    /// First steps of hops.
    pub(in crate::stage) hop_starts: Vec<usize>,
    /// The state after every `CHECKPOINT_STEPS`th step.
    pub(in crate::stage) checkpoints: Vec<RunState>,
    pub(in crate::stage) exchanges: usize,
}

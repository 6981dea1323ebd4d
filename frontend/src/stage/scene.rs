//! Computes what is shown at one step, as a pure function: the active agent, the line on a wire,
//! the location of each message, responsibility, the queues. One message is selected and shown in
//! detail. `layout` computes positions, the view draws.

use super::dns_text::{failure_word, is_cached, question_text, record_text};
use super::message_state::{self, mailbox_agent};
use super::model::{
    AgentId, CopyStatus, Location, MessageState, Postmark, PostmarkKind, StepKind, Timeline,
};
use event::{Kind, Reason};
use mail::session::Speaker;
use mail::{Duration, Reply, Time};
use std::collections::HashMap;
use std::sync::Arc;

/// The picture at a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The step.
    pub position: usize,
    /// The active agent.
    pub agent: Option<AgentId>,
    /// By agent: whether it has acted so far.
    pub visited: Vec<bool>,
    /// The connection whose dialogue is shown: the active or the last active one.
    pub connection: Option<usize>,
    /// The line that is crossing a wire.
    pub word: Option<SpokenLine>,
    /// The DNS lookup of this step.
    pub question: Option<DnsLookup>,
    /// The active wire.
    pub wire: Option<(AgentId, AgentId)>,
    /// By connection: whether TLS is in use.
    pub sealed: Vec<bool>,
    /// The selected message in [`Timeline::messages`].
    pub message: Option<usize>,
    /// By connection: whether it is closed.
    pub ended: Vec<bool>,
    /// By host: whether it is offline or the last attempt could not reach it.
    pub unreachable: Vec<bool>,
    /// Envelopes to draw: one for all copies of a message at the same location.
    pub messages: Vec<SceneMessage>,
    /// Agents responsible for each message.
    pub responsibilities: Vec<Responsibility>,
    /// Queued messages, and the current wait.
    pub clocks: Vec<QueueClock>,
    /// The newest postmark of each agent on the selected message.
    pub postmarks: Vec<Postmark>,
    /// The state of the selected message.
    pub message_state: Arc<MessageState>,
}

/// A line on its way from one agent to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenLine {
    /// The speaker.
    pub from: AgentId,
    /// The other end.
    pub to: AgentId,
    /// Its first line.
    pub text: String,
    /// Whether TLS encrypts it.
    pub sealed: bool,
    /// Whether it is a negative reply.
    pub refuses: bool,
    /// Whether the other end never received it.
    pub lost: bool,
}

/// A DNS lookup and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsLookup {
    /// The agent that asks.
    pub agent: AgentId,
    /// Name and type, such as `b.test MX`.
    pub question: String,
    /// The first records, or the name of the failure.
    pub answer: String,
    /// Whether records were found.
    pub found: bool,
    /// Whether the answer came from the cache without a query.
    pub cached: bool,
    /// All records in zone file format.
    pub records: Vec<String>,
}

/// The identity of an envelope while it moves: a message and one of its copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey {
    /// The message in [`Timeline::messages`].
    pub message: usize,
    /// The first of its copies.
    pub copy: usize,
}

/// An envelope to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneMessage {
    /// Its identity.
    pub key: MessageKey,
    /// Number of copies it stands for.
    pub copies: usize,
    /// Its location.
    pub location: Location,
    /// Its last postmark.
    pub stamp: Option<PostmarkKind>,
    /// The responsible agent.
    pub responsible: Option<AgentId>,
    /// Whether it belongs to the selected message.
    pub main: bool,
    /// Its index among the other messages at the same location, and their number; the selected
    /// message has its own place.
    pub slot: (usize, usize),
}

/// An agent's responsibility for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responsibility {
    /// The message and the first of its copies that the agent is responsible for.
    pub key: MessageKey,
    /// The responsible agent.
    pub agent: AgentId,
    /// Whether it belongs to the selected message.
    pub main: bool,
}

/// A clock beside the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueClock {
    /// The agent.
    pub agent: AgentId,
    /// The waiting copy; `None` for a plain wait.
    pub key: Option<MessageKey>,
    /// When the next attempt is due.
    pub next: Option<Time>,
    /// Length of the wait, if this step is one.
    pub idle: Option<Duration>,
    /// When its host accepted it.
    pub since: Option<Time>,
    /// Number of attempts so far.
    pub attempts: u32,
    /// The reply to the last attempt, and its reason if known.
    pub last_reply: Option<(Reply, Option<Reason>)>,
}

impl Scene {
    /// The scene after the step at a position, with the message of that step selected.
    pub fn at(timeline: &Timeline, position: usize) -> Scene {
        Scene::of(timeline, position, None)
    }

    /// [`Scene::at`] with a given message selected.
    pub fn of(timeline: &Timeline, position: usize, interest: Option<usize>) -> Scene {
        let position = position.min(timeline.last());
        let Some(step) = timeline.steps.get(position) else {
            return Scene::default();
        };
        let state = timeline.state(position);
        let first = (!timeline.messages.is_empty()).then_some(0);
        let message = interest
            .filter(|l| *l < timeline.messages.len())
            .or(state.message)
            .or(first);
        let message_state = message
            .and_then(|l| state.message_states.get(l).cloned())
            .unwrap_or_default();
        // A message is shown from its first step on.
        let has_started = |l: &usize| timeline.messages[*l].first <= position;
        let all: Vec<(usize, &MessageState)> = (0..state.message_states.len())
            .filter(has_started)
            .map(|l| (l, state.message_states[l].as_ref()))
            .collect();
        let mut scene = Scene {
            position,
            agent: step.agent,
            connection: step.connection.or(state.connection),
            messages: messages(timeline, &all, message),
            responsibilities: responsibilities(&all, message),
            clocks: clocks(&all),
            postmarks: newest(&message_state.postmarks),
            message,
            ..Scene::default()
        };
        match step.kind {
            StepKind::Event(i) => scene.show_event(timeline, i, step.connection, &message_state),
            StepKind::Wait(idle) => scene.pass(idle),
        }
        (
            scene.visited,
            scene.sealed,
            scene.ended,
            scene.unreachable,
            scene.message_state,
        ) = (
            state.visited,
            state.sealed,
            state.ended,
            timeline.unreachable(position, &state.unreachable),
            message_state,
        );
        scene
    }

    fn show_event(
        &mut self,
        timeline: &Timeline,
        i: usize,
        connection: Option<usize>,
        message_state: &MessageState,
    ) {
        let connection = connection.map(|t| &timeline.connections[t]);
        match (&timeline.events[i].kind, connection) {
            (
                Kind::Line {
                    speaker,
                    text,
                    sealed,
                    ..
                },
                Some(connection),
            ) => {
                let (from, to) = (
                    connection.agent(*speaker),
                    connection.agent(other(*speaker)),
                );
                let refuses = *speaker == Speaker::Server && message_state::refuses(text);
                let text = text.lines().next().unwrap_or_default().to_owned();
                let lost = timeline.is_lost(self.position);
                self.word = Some(SpokenLine {
                    from,
                    to,
                    text,
                    sealed: *sealed,
                    refuses,
                    lost,
                });
                self.wire = Some((from, to));
            }
            (Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }, Some(connection)) => {
                self.wire = Some((connection.client_agent, connection.server_agent));
            }
            (Kind::Fetched { .. } | Kind::Pushed { .. }, Some(connection)) => {
                self.wire = Some((connection.server_agent, connection.client_agent));
            }
            (Kind::Pushed { .. } | Kind::Fetched { .. }, _) => {
                self.wire = mailbox_agent(message_state).zip(self.agent);
            }
            (
                Kind::Dns {
                    question,
                    answer,
                    micros,
                },
                _,
            ) => {
                let Some(agent) = self.agent else { return };
                let records = |all: &Vec<mail::dns::Record>| {
                    all.iter()
                        .take(2)
                        .map(record_text)
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let all = answer
                    .as_ref()
                    .map(|all| all.iter().map(record_text).collect())
                    .unwrap_or_default();
                let (answer, found) = match answer {
                    Ok(all) if all.is_empty() => ("—".to_owned(), false),
                    Ok(all) => (records(all), true),
                    Err(why) => (failure_word(*why).to_owned(), false),
                };
                self.question = Some(DnsLookup {
                    agent,
                    question: question_text(question),
                    answer,
                    found,
                    cached: is_cached(*micros),
                    records: all,
                });
            }
            _ => {}
        }
    }

    /// Shows a wait on the clock of the next queued message.
    fn pass(&mut self, idle: Duration) {
        match (self.clocks.first_mut(), self.agent) {
            (Some(clock), _) => clock.idle = Some(idle),
            (None, Some(agent)) => {
                self.clocks.push(QueueClock {
                    agent,
                    key: None,
                    next: None,
                    idle: Some(idle),
                    since: None,
                    attempts: 0,
                    last_reply: None,
                });
            }
            (None, None) => {}
        }
    }
}

fn other(speaker: Speaker) -> Speaker {
    match speaker {
        Speaker::Client => Speaker::Server,
        Speaker::Server => Speaker::Client,
    }
}

/// One envelope for all copies of a message at the same location; those of other messages are
/// numbered for placement side by side.
fn messages(
    timeline: &Timeline,
    all: &[(usize, &MessageState)],
    interest: Option<usize>,
) -> Vec<SceneMessage> {
    let mut messages: Vec<SceneMessage> = Vec::new();
    for (message, message_state) in all {
        let start = messages.len();
        for (copy, c) in message_state.copies.iter().enumerate() {
            let location = c.drawn_at(timeline);
            if location == Location::Unknown {
                continue;
            }
            match messages[start..]
                .iter_mut()
                .find(|l| l.location == location)
            {
                Some(same) => same.copies += 1,
                None => messages.push(SceneMessage {
                    key: MessageKey {
                        message: *message,
                        copy,
                    },
                    copies: 1,
                    location,
                    stamp: postmark_of(&c.status),
                    responsible: c.responsible,
                    main: interest == Some(*message),
                    slot: (0, 1),
                }),
            }
        }
    }
    let mut counts: HashMap<Location, usize> = HashMap::new();
    for message in messages.iter_mut().filter(|l| !l.main) {
        let count = counts.entry(message.location).or_default();
        message.slot.0 = *count;
        *count += 1;
    }
    for message in messages.iter_mut().filter(|l| !l.main) {
        message.slot.1 = counts[&message.location];
    }
    messages
}

fn postmark_of(status: &CopyStatus) -> Option<PostmarkKind> {
    match status {
        CopyStatus::InTransit => None,
        CopyStatus::Deferred(_) => Some(PostmarkKind::Deferred),
        CopyStatus::Relayed(_)
        | CopyStatus::Forwarded(_)
        | CopyStatus::Delivered(_)
        | CopyStatus::Read => Some(PostmarkKind::Delivered),
        CopyStatus::Bounced(..) => Some(PostmarkKind::Bounced),
    }
}

fn responsibilities(
    all: &[(usize, &MessageState)],
    interest: Option<usize>,
) -> Vec<Responsibility> {
    let mut responsibilities: Vec<Responsibility> = Vec::new();
    for (message, message_state) in all {
        let start = responsibilities.len();
        for (copy, c) in message_state.copies.iter().enumerate() {
            if let Some(agent) = c.responsible
                && !responsibilities[start..].iter().any(|b| b.agent == agent)
            {
                responsibilities.push(Responsibility {
                    key: MessageKey {
                        message: *message,
                        copy,
                    },
                    agent,
                    main: interest == Some(*message),
                });
            }
        }
    }
    responsibilities
}

/// Queued copies, ordered by their next attempt.
fn clocks(all: &[(usize, &MessageState)]) -> Vec<QueueClock> {
    let mut clocks: Vec<QueueClock> = Vec::new();
    for (message, message_state) in all {
        for (copy, c) in message_state.copies.iter().enumerate() {
            if let (CopyStatus::Deferred(next), Location::In(agent)) = (&c.status, c.location) {
                let key = Some(MessageKey {
                    message: *message,
                    copy,
                });
                clocks.push(QueueClock {
                    agent,
                    key,
                    next: Some(*next),
                    idle: None,
                    since: c.since,
                    attempts: c.attempts,
                    last_reply: c.last_reply.clone(),
                });
            }
        }
    }
    clocks.sort_by_key(|c| c.next);
    clocks
}

fn newest(postmarks: &[Postmark]) -> Vec<Postmark> {
    let mut newest: Vec<Postmark> = Vec::new();
    for mark in postmarks.iter().rev() {
        if !newest.iter().any(|m| m.agent == mark.agent) {
            newest.push(*mark);
        }
    }
    newest
}

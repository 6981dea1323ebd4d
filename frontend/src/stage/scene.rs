//! Computes what is shown at one step, as a pure function: the active agent, the line on a wire,
//! the place of each message, responsibility, the queues. One message is in focus and shown in
//! detail. Where things are placed is `layout`; how they look is the view.

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
    /// Which step.
    pub position: usize,
    /// The agent that acts or speaks.
    pub agent: Option<AgentId>,
    /// Rooms that have had a part so far, by number.
    pub visited: Vec<bool>,
    /// The conversation whose dialogue is open: the present one, or the last that was heard.
    pub connection: Option<usize>,
    /// What crosses a wire just now.
    pub word: Option<SpokenLine>,
    /// The question that DNS is asked just now.
    pub question: Option<DnsLookup>,
    /// The wire that works just now.
    pub wire: Option<(AgentId, AgentId)>,
    /// Conversations that are sealed by TLS as of now, by number.
    pub sealed: Vec<bool>,
    /// The message of interest in [`Timeline::messages`].
    pub message: Option<usize>,
    /// Conversations that have ended, by number.
    pub ended: Vec<bool>,
    /// Hosts that are off the network or that the last attempt could not reach, by number.
    pub unreachable: Vec<bool>,
    /// Envelopes to draw: one for all copies of a message at the same spot.
    pub messages: Vec<SceneMessage>,
    /// Who answers for each message: agent and the first receiver it answers for.
    pub responsibilities: Vec<Responsibility>,
    /// Messages in the queue, and a wait that is being passed.
    pub clocks: Vec<QueueClock>,
    /// The newest postmark of each agent on the message of interest.
    pub postmarks: Vec<Postmark>,
    /// The state of the message of interest.
    pub message_state: Arc<MessageState>,
}

/// A line on its way from one agent to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenLine {
    /// Who says it.
    pub from: AgentId,
    /// To whom.
    pub to: AgentId,
    /// Its first line.
    pub text: String,
    /// It goes through TLS.
    pub sealed: bool,
    /// It refuses something.
    pub refuses: bool,
    /// The other side never heard it.
    pub lost: bool,
}

/// A question to the name server and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsLookup {
    /// Who asks.
    pub agent: AgentId,
    /// `b.test MX`
    pub question: String,
    /// The first records, or the failure's word.
    pub answer: String,
    /// There is an answer.
    pub found: bool,
    /// It came from the cache: nobody was asked.
    pub cached: bool,
    /// All records, as in a zone file.
    pub records: Vec<String>,
}

/// A message's receiver: what keeps its identity while the envelope travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey {
    /// The message in [`Timeline::messages`].
    pub message: usize,
    /// The first of its copies.
    pub copy: usize,
}

/// An envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneMessage {
    /// Which.
    pub key: MessageKey,
    /// For how many.
    pub copies: usize,
    /// Where.
    pub location: Location,
    /// Its last postmark.
    pub stamp: Option<PostmarkKind>,
    /// Who answers for it.
    pub responsible: Option<AgentId>,
    /// It is of the message of interest.
    pub main: bool,
    /// Its place among the other messages at the same spot, and how many those are; the message of
    /// interest has a place of its own.
    pub slot: (usize, usize),
}

/// Responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Responsibility {
    /// The first receiver it is for.
    pub key: MessageKey,
    /// Who holds it.
    pub agent: AgentId,
    /// It is of the message of interest.
    pub main: bool,
}

/// A clock on the queue's shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueClock {
    /// In which agent.
    pub agent: AgentId,
    /// Whose copy waits; none for a wait that is being passed.
    pub key: Option<MessageKey>,
    /// When the next attempt is due.
    pub next: Option<Time>,
    /// How long nothing happens, if that is what this step shows.
    pub idle: Option<Duration>,
    /// Since when its host has it.
    pub since: Option<Time>,
    /// How often it was tried.
    pub attempts: u32,
    /// The reply of the last attempt, and its reason where known.
    pub last_reply: Option<(Reply, Option<Reason>)>,
}

impl Scene {
    /// The picture after everything up to and with a step, with the message of that step. The same
    /// timeline and position give the same scene.
    pub fn at(timeline: &Timeline, position: usize) -> Scene {
        Scene::of(timeline, position, None)
    }

    /// The same with a message of one's choice.
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
        // A message is there from its first step on; the only one of a journey stands at its
        // beginning.
        let has_started = |l: &usize| timeline.messages[*l].first <= position;
        let all: Vec<(usize, &MessageState)> = (0..state.message_states.len())
            .filter(has_started)
            .map(|l| (l, state.message_states[l].as_ref()))
            .collect();
        let mut scene = Scene {
            position,
            agent: step.agent,
            connection: step.connection.or(state.connection),
            messages: messages(&all, message),
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

    /// A wait: the clock of the next queued message runs.
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

/// One envelope for all copies of a message at the same spot; those that are not of interest stand
/// side by side.
fn messages(all: &[(usize, &MessageState)], interest: Option<usize>) -> Vec<SceneMessage> {
    let mut messages: Vec<SceneMessage> = Vec::new();
    for (message, message_state) in all {
        let begun = messages.len();
        for (copy, c) in message_state.copies.iter().enumerate() {
            if c.location == Location::Unknown {
                continue;
            }
            match messages[begun..]
                .iter_mut()
                .find(|l| l.location == c.location)
            {
                Some(same) => same.copies += 1,
                None => messages.push(SceneMessage {
                    key: MessageKey {
                        message: *message,
                        copy,
                    },
                    copies: 1,
                    location: c.location,
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
        let begun = responsibilities.len();
        for (copy, c) in message_state.copies.iter().enumerate() {
            if let Some(agent) = c.responsible
                && !responsibilities[begun..].iter().any(|b| b.agent == agent)
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

/// What waits in queues, the next to be tried first.
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

//! The messages of a run: their journeys, senders and recipients, and which step belongs to which
//! message. A journey concerns one message; a run contains many, and steps that belong to none.

use super::connections::is_of_transaction;
use super::model::TrackedMessage;
use super::model::{AgentId, Connection, Side, Timeline};
use event::{Event, Kind, Protocol};
use mail::JourneyId;
use mail::session::Speaker;
use std::collections::HashMap;

/// Assigns each event to a message, numbered in the order of first events; also returns the number
/// of messages. `twins` names, for each duplicate event, the event that represents it (the other
/// end's record), and `connection` the connection that an event belongs to.
pub(super) fn assign(
    events: &[Event],
    twins: &[Option<usize>],
    connection: &[Option<usize>],
    connections: &[Connection],
) -> (Vec<Option<usize>>, usize) {
    let mut same = JourneyGroups::default();
    // Both ends' records of one transaction concern one message, whatever each host calls its
    // journey.
    for (i, twin) in twins.iter().enumerate() {
        if let (Some(twin), Some(here)) = (twin, events[i].journey)
            && let Some(there) = events[*twin].journey
            && is_of_transaction(&events[i])
        {
            same.join(here, there);
        }
    }
    let mut numbers: HashMap<JourneyId, usize> = HashMap::new();
    let mut count = 0;
    let mut current: Vec<Option<usize>> = vec![None; connections.len()];
    let mut given = Vec::with_capacity(events.len());
    for (i, event) in events.iter().enumerate() {
        let side = connection[i].map(|t| connections[t].side());
        let message = match (event.journey, connection[i]) {
            (Some(journey), _) => Some(
                *numbers
                    .entry(same.root(journey))
                    .or_insert_with(|| next_number(&mut count)),
            ),
            // A message that no host accepted has no journey; it still begins with MAIL (RFC 5321
            // §3.3).
            (None, Some(t)) if starts_transaction(event) && twins[i].is_none() => {
                let known = current[t].filter(|_| side != Some(Side::Writes));
                Some(known.unwrap_or_else(|| next_number(&mut count)))
            }
            (None, Some(t)) if side == Some(Side::Writes) => current[t],
            (None, _) => None,
        };
        if let (Some(t), Some(_)) = (connection[i], message)
            && side == Some(Side::Writes)
        {
            current[t] = message;
        }
        if let Some(t) = connection[i].filter(|_| ends_transaction(event)) {
            current[t] = None;
        }
        given.push(message);
    }
    (given, count)
}

fn next_number(count: &mut usize) -> usize {
    *count += 1;
    *count - 1
}

fn starts_transaction(event: &Event) -> bool {
    matches!(&event.kind, Kind::Line { speaker: Speaker::Client, text, .. } if starts(text, "MAIL FROM:"))
}

/// Whether an event ends the transaction, so that following lines belong to no message (RFC 5321
/// §4.1.1.5, §4.1.4).
fn ends_transaction(event: &Event) -> bool {
    let is_command = |word| matches!(&event.kind, Kind::Line { speaker: Speaker::Client, text, .. } if starts(text, word));
    matches!(event.kind, Kind::Closed { .. })
        || is_command("QUIT")
        || is_command("RSET")
        || is_command("EHLO")
        || is_command("HELO")
}

fn starts(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}

/// Union-find of journeys that concern one message.
#[derive(Default)]
struct JourneyGroups(HashMap<JourneyId, JourneyId>);

impl JourneyGroups {
    fn root(&self, journey: JourneyId) -> JourneyId {
        let mut at = journey;
        while let Some(up) = self.0.get(&at) {
            at = *up;
        }
        at
    }

    fn join(&mut self, a: JourneyId, b: JourneyId) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.0.insert(b, a);
        }
    }
}

/// Collects the messages after each step has been assigned to one.
pub(super) fn messages(timeline: &Timeline, count: usize) -> Vec<TrackedMessage> {
    let mut messages = vec![TrackedMessage::default(); count];
    let mut seen = vec![false; count];
    for (i, step) in timeline.steps.iter().enumerate() {
        let (Some(message), Some(event)) = (step.message, timeline.event(i)) else {
            continue;
        };
        let tracked = &mut messages[message];
        if !std::mem::replace(&mut seen[message], true) {
            tracked.first = i;
        }
        tracked.last = i;
        tracked.learn(event);
    }
    for (message, tracked) in messages.iter_mut().enumerate() {
        if tracked.recipients.is_empty() {
            tracked.recipients.push(String::new());
        }
        if tracked.addressed == 0 {
            tracked.addressed = tracked.recipients.len();
        }
        tracked.origin = origin(timeline, message, tracked.first);
    }
    for i in 0..timeline.len() {
        if let (
            Some(Kind::Bounced {
                notice: Some(notice),
                ..
            }),
            Some(of),
        ) = (
            timeline.event(i).map(|e| &e.kind),
            timeline.steps[i].message,
        ) && let Some(tracked) = messages.iter_mut().find(|p| p.journeys.contains(notice))
        {
            tracked.notice_of = Some(of);
        }
    }
    messages
}

impl TrackedMessage {
    fn learn(&mut self, event: &Event) {
        if let Some(journey) = event.journey
            && !self.journeys.contains(&journey)
        {
            self.journeys.push(journey);
        }
        match &event.kind {
            Kind::Accepted {
                sender, recipients, ..
            } => {
                self.sender.get_or_insert_with(|| sender.clone());
                self.name(recipients);
                if self.addressed == 0 {
                    self.addressed = self.recipients.len();
                }
            }
            Kind::Attempt { recipients, .. } => self.name(recipients),
            Kind::Deferred { recipient, .. }
            | Kind::Relayed { recipient, .. }
            | Kind::Delivered { recipient, .. }
            | Kind::Bounced { recipient, .. } => self.name(std::slice::from_ref(recipient)),
            // If no host accepts the message, only MAIL and RCPT name its sender and recipients.
            Kind::Line {
                speaker: Speaker::Client,
                text,
                ..
            } if self.journeys.is_empty() => {
                if starts(text, "MAIL FROM:") {
                    self.sender
                        .get_or_insert_with(|| super::message_state::path_in(text));
                } else if starts(text, "RCPT TO:") {
                    self.name(&[super::message_state::path_in(text)]);
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, recipients: &[String]) {
        for name in recipients {
            if !self
                .recipients
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
            {
                self.recipients.push(name.clone());
            }
        }
    }
}

/// The origin of a message: the client of the first connection that transfers it, else the agent of
/// its first event.
fn origin(timeline: &Timeline, message: usize, first: usize) -> Option<AgentId> {
    let mine = || timeline.steps.iter().filter(|s| s.message == Some(message));
    let writes = |t: &usize| timeline.connections[*t].side() == Side::Writes;
    let brings = mine().filter_map(|s| s.connection).find(writes);
    let step = timeline.steps.get(first)?;
    match (brings, step.connection) {
        // A journey that begins in the queue (a bounce) was not transferred by a connection.
        (Some(connection), Some(begun)) if connection == begun => {
            Some(timeline.connections[connection].client_agent)
        }
        (Some(connection), _)
            if timeline.connections[connection].protocol == Protocol::Submission =>
        {
            Some(timeline.connections[connection].client_agent)
        }
        _ => step.agent,
    }
}

//! Finds the wires of a timeline: between the ends of connections, and wherever a copy or a bounce
//! moves without one. Independent of the layout.

use crate::stage::model::{AgentId, Timeline};
use crate::stage::model::{Copy, Location, MessageState, PostmarkKind};
use event::{Event, Kind};

/// The message's reverse path, as recorded by the first host that accepted it.
pub(in crate::stage) fn reverse_path(events: &[Event]) -> &str {
    let sender = events.iter().find_map(|e| match &e.kind {
        Kind::Accepted { sender, .. } => Some(sender.as_str()),
        _ => None,
    });
    sender.unwrap_or_default()
}

/// All wires: between the ends of connections, and wherever a copy or a notification moves without
/// one.
pub(in crate::stage) fn wires(timeline: &Timeline) -> Vec<(AgentId, AgentId)> {
    let mut wires: Vec<(AgentId, AgentId)> = Vec::new();
    let mut add = |a: AgentId, b: AgentId| {
        if a != b && !wires.contains(&(a, b)) && !wires.contains(&(b, a)) {
            wires.push((a, b));
        }
    };
    for connection in &timeline.connections {
        add(connection.client_agent, connection.server_agent);
    }
    let mut message_states: Vec<MessageState> = (0..timeline.messages.len())
        .map(|message| MessageState::new(timeline, message))
        .collect();
    let agents_of = |message_state: &MessageState| -> Vec<Option<AgentId>> {
        let agent = |c: &Copy| match c.location {
            Location::In(agent) | Location::Between(agent, _) => Some(agent),
            Location::Unknown => None,
        };
        message_state.copies.iter().map(agent).collect()
    };
    for (i, step) in timeline.steps.iter().enumerate() {
        let Some(message_state) = step.message.and_then(|l| message_states.get_mut(l)) else {
            continue;
        };
        let before = agents_of(message_state);
        message_state.step(timeline, i);
        for (from, to) in before.into_iter().zip(agents_of(message_state)) {
            if let (Some(from), Some(to)) = (from, to) {
                add(from, to);
            }
        }
        if let (Some(Kind::Pushed { .. }), Some(reader)) =
            (timeline.event(i).map(|e| &e.kind), step.agent)
            && let Some(from) = mailbox_agent(message_state)
        {
            add(from, reader);
        }
    }
    wires
}

/// The agent that holds the delivered message for its recipient: the last one to deliver it.
pub(in crate::stage) fn mailbox_agent(message_state: &MessageState) -> Option<AgentId> {
    message_state
        .postmarks
        .iter()
        .rev()
        .find(|p| p.stamp == PostmarkKind::Delivered)
        .map(|p| p.agent)
}

//! The wires that all messages of a timeline need, found by letting each go its way once. Knows
//! nothing of where they are drawn.

use super::{Copy, Course, Spot, Stamp};
use crate::stage::places::RoomId;
use crate::stage::timeline::Timeline;
use event::{Event, Kind};

/// The message's reverse path as the first acceptance names it.
pub(in crate::stage) fn writer(events: &[Event]) -> &str {
    let sender = events.iter().find_map(|e| match &e.kind {
        Kind::Accepted { sender, .. } => Some(sender.as_str()),
        _ => None,
    });
    sender.unwrap_or_default()
}

/// All wires: between the parties of conversations, and wherever a copy or a notice goes by itself.
pub(in crate::stage) fn wires(timeline: &Timeline) -> Vec<(RoomId, RoomId)> {
    let mut wires: Vec<(RoomId, RoomId)> = Vec::new();
    let mut add = |a: RoomId, b: RoomId| {
        if a != b && !wires.contains(&(a, b)) && !wires.contains(&(b, a)) {
            wires.push((a, b));
        }
    };
    for talk in &timeline.talks {
        add(talk.client_room, talk.server_room);
    }
    let mut courses: Vec<Course> = (0..timeline.messages.len())
        .map(|message| Course::new(timeline, message))
        .collect();
    let places = |course: &Course| -> Vec<Option<RoomId>> {
        let room = |c: &Copy| match c.spot {
            Spot::In(room) | Spot::Between(room, _) => Some(room),
            Spot::Unknown => None,
        };
        course.copies.iter().map(room).collect()
    };
    for (i, step) in timeline.steps.iter().enumerate() {
        let Some(course) = step.message.and_then(|l| courses.get_mut(l)) else {
            continue;
        };
        let before = places(course);
        course.step(timeline, i);
        for (from, to) in before.into_iter().zip(places(course)) {
            if let (Some(from), Some(to)) = (from, to) {
                add(from, to);
            }
        }
        if let (Some(Kind::Pushed { .. }), Some(reader)) =
            (timeline.event(i).map(|e| &e.kind), step.room)
            && let Some(from) = mailbox_room(course)
        {
            add(from, reader);
        }
    }
    wires
}

/// Where the message lies for its reader: the room that delivered last.
pub(in crate::stage) fn mailbox_room(course: &Course) -> Option<RoomId> {
    course
        .postmarks
        .iter()
        .rev()
        .find(|p| p.stamp == Stamp::Delivered)
        .map(|p| p.room)
}

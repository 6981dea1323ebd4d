//! The steps of a timeline: one for each event and each long wait, grouped into turns of the
//! dialogue and into legs; and which of them a hurried viewer would want to see. Decides nothing
//! about how long a step is shown.

use super::{Step, Timeline, WAIT_IN_TALK_MIN, WAIT_MIN, What};
use crate::stage::course;
use crate::stage::places::{self, RoomId};
use event::{Event, Kind, Verdict};
use mail::session::Speaker;
use mail::{SpanId, Time};

impl Timeline {
    /// Makes a step of each event, and of each long wait between two; says where each event stands.
    pub(super) fn make_steps(
        &mut self,
        times: &[Time],
        message_of: &[Option<usize>],
    ) -> Vec<usize> {
        let mut positions = Vec::with_capacity(self.events.len());
        let mut before: Option<(Time, Option<usize>)> = None;
        for (i, event) in self.events.iter().enumerate() {
            let talk = self.talk_of[i];
            let at = times[i];
            if let Some((earlier, last_talk)) = before {
                let least = if talk.is_some() && talk == last_talk {
                    WAIT_IN_TALK_MIN
                } else {
                    WAIT_MIN
                };
                let idle = at.since(earlier);
                if idle >= least {
                    let still = self.steps.last().and_then(|s| s.room);
                    self.steps.push(Step {
                        what: What::Wait(idle),
                        at,
                        talk: None,
                        room: still,
                        message: None,
                        turn: 0,
                        notable: false,
                    });
                }
            }
            // What was fetched out of order in time does not make time pass twice.
            before = Some((before.map_or(at, |(earlier, _)| earlier.max(at)), talk));
            let room = self.acting_room(event, talk);
            positions.push(self.steps.len());
            self.steps.push(Step {
                what: What::Event(i),
                at,
                talk,
                room,
                message: message_of[i],
                turn: 0,
                notable: notable(event),
            });
        }
        positions
    }

    fn acting_room(&self, event: &Event, talk: Option<usize>) -> Option<RoomId> {
        let talk = talk.map(|t| &self.talks[t]);
        match &event.kind {
            Kind::Line { speaker, .. } => talk.map(|t| t.room(*speaker)),
            Kind::Connect { .. } => talk.map(|t| t.client_room),
            Kind::Fetched { by, .. } => self.places.reader(by).or(talk.map(|t| t.client_room)),
            Kind::Pushed { to, .. } => self.places.reader(to).or(talk.map(|t| t.client_room)),
            _ => {
                let role = places::acting_role(event, talk);
                role.and_then(|r| self.places.room_at(&event.host, r))
                    .or(talk.map(|t| t.client_room))
            }
        }
    }

    /// A turn begins with a client's line, and ends when the next begins. Whatever happens between
    /// a command and its reply belongs to the turn, also in other rooms; commands sent in one
    /// go (RFC 2920) share one.
    pub(super) fn group_turns(&mut self) {
        let (mut turn, mut open): (usize, Option<Open>) = (0, None);
        for i in 0..self.steps.len() {
            let step = self.steps[i];
            let kind = self.event(i).map(|e| &e.kind);
            let line = match kind {
                Some(Kind::Line { speaker, .. }) => Some(*speaker),
                _ => None,
            };
            let joins = match (&open, line, kind) {
                (Some(o), Some(Speaker::Server), _) => {
                    o.talk == step.talk && (!o.answered || self.steps[i - 1].talk == step.talk)
                }
                (Some(o), Some(Speaker::Client), _) => o.talk == step.talk && o.only_asked,
                (
                    Some(_),
                    None,
                    None | Some(Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }),
                ) => false,
                (Some(o), None, Some(_)) => !o.answered && o.talk.is_some(),
                (None, ..) => false,
            };
            if !joins {
                turn += usize::from(i > 0);
                // After a connection comes only the greeting; after a command, whatever leads to
                // its reply.
                let connects = matches!(kind, Some(Kind::Connect { .. }));
                let speaks = connects || line.is_some();
                open = Some(Open {
                    talk: step.talk.filter(|_| speaks),
                    answered: connects,
                    only_asked: false,
                });
            }
            if let Some(o) = &mut open {
                o.answered |= line == Some(Speaker::Server);
                o.only_asked = line == Some(Speaker::Client);
            }
            self.steps[i].turn = turn;
        }
        self.turns = if self.steps.is_empty() { 0 } else { turn + 1 };
    }

    /// A leg begins where a conversation or an attempt is first seen.
    pub(super) fn group_legs(&mut self) {
        let mut seen: Vec<(Option<usize>, Option<SpanId>)> = Vec::new();
        for i in 0..self.steps.len() {
            let Some(event) = self.event(i) else { continue };
            let talk = self.steps[i].talk;
            let leg = (
                talk,
                if talk.is_none() {
                    Some(event.span)
                } else {
                    None
                },
            );
            if !seen.contains(&leg) {
                seen.push(leg);
                self.legs.push(i);
            }
        }
    }
}

/// The turn that is being put together.
struct Open {
    talk: Option<usize>,
    answered: bool,
    only_asked: bool,
}

/// What a hurried viewer would want to see: seals, decisions, refusals, arrivals.
fn notable(event: &Event) -> bool {
    match &event.kind {
        Kind::Unreachable { .. }
        | Kind::Tls(_)
        | Kind::Accepted { .. }
        | Kind::Deferred { .. }
        | Kind::Relayed { .. }
        | Kind::Delivered { .. }
        | Kind::Bounced { .. }
        | Kind::Fetched { .. }
        | Kind::Pushed { .. } => true,
        Kind::Attempt { number, .. } => *number > 1,
        Kind::Check { verdict, .. } => *verdict == Verdict::Fail,
        Kind::Dns { answer, .. } => answer.is_err(),
        Kind::Line { speaker, text, .. } => *speaker == Speaker::Server && course::refuses(text),
        Kind::Connect { .. } | Kind::Closed { .. } | Kind::Unknown => false,
    }
}

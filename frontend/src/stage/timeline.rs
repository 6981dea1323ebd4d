//! The steps of a journey in time: one for each event, and one for each long wait between two.
//! Steps weigh the same on the scrub track however long they took; they are grouped into turns of
//! the dialogue and into legs (a connection, an attempt). A journey is of one message; a run of the
//! Lab is of many and is told in its true order. Knows nothing of pictures.

mod steps;

use super::clocks;
use super::course;
use super::hops::{self, Talk};
use super::places::{Places, RoomId, Side};
use super::post::{self, Post};
use super::state::State;
use event::{Event, Kind, Protocol, Role};
use mail::{Duration, SpanId, Time};
use std::collections::{HashMap, HashSet};

/// A pause longer than this between two conversations is shown as a clock.
pub const WAIT_MIN: Duration = Duration::from_secs(2);
/// Within one conversation people type slowly: only a longer pause is shown.
pub const WAIT_IN_TALK_MIN: Duration = Duration::from_secs(10);

/// What a step shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The event of this number in [`Timeline::events`].
    Event(usize),
    /// Nothing happens for so long.
    Wait(Duration),
}

/// One position on the track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it shows.
    pub what: What,
    /// When it happened; for a wait, when it ends.
    pub at: Time,
    /// Its conversation in [`Timeline::talks`].
    pub talk: Option<usize>,
    /// The room that acts or speaks.
    pub room: Option<RoomId>,
    /// Its message in [`Timeline::messages`]; none for what is of no message (a refused login, NOOP).
    pub message: Option<usize>,
    /// Which turn it belongs to, from 0.
    pub turn: usize,
    /// Worth jumping to.
    pub notable: bool,
}

/// How far one press goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// One event.
    Event,
    /// A command with its reply.
    #[default]
    Turn,
    /// To the next connection or attempt.
    Hop,
}

/// A whole journey, ready to be shown at any step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// In their order, without what two ends of a connection told twice.
    pub events: Vec<Event>,
    /// Steps in time; positions are indices here.
    pub steps: Vec<Step>,
    /// Conversations in the order of their beginnings.
    pub talks: Vec<Talk>,
    /// Who takes part.
    pub places: Places,
    /// The messages, in the order of their first steps.
    pub messages: Vec<Post>,
    /// Wires that a message or a conversation uses.
    pub wires: Vec<(RoomId, RoomId)>,
    /// Of each event as it was handed in: the position that shows it.
    handed: Vec<usize>,
    /// Lines that were said and never heard, by event: both ends recorded the connection, and only
    /// the speaker has it.
    unheard: Vec<bool>,
    /// The conversation of each event.
    talk_of: Vec<Option<usize>>,
    /// All that was ever handed in, so that late events can be sorted in.
    raw: Vec<Event>,
    /// First steps of legs.
    legs: Vec<usize>,
    /// The state after every [`super::state::EVERY`]th step.
    kept: Vec<State>,
    turns: usize,
}

/// An event as it is told: when it truly was, and where it stood in the list that was handed in.
struct Told {
    event: Event,
    at: Time,
    handed: Vec<usize>,
}

impl Timeline {
    /// The journey of one message: sorts, joins and groups.
    pub fn from_events(events: Vec<Event>) -> Timeline {
        let raw = events.clone();
        let count = events.len();
        let mut told: Vec<Told> = events
            .into_iter()
            .enumerate()
            .map(|(i, event)| Told {
                at: event.at,
                event,
                handed: vec![i],
            })
            .collect();
        told.sort_by_key(|t| t.event.order());
        told.dedup_by(|b, a| {
            let (x, y) = (&a.event, &b.event);
            let same =
                x.order() == y.order() && x.host == y.host && x.span == y.span && x.kind == y.kind;
            if same {
                a.handed.append(&mut b.handed);
            }
            same
        });
        in_order_of_the_way(&mut told);
        Timeline::made(told, raw, count, true)
    }

    /// A run: many messages, and what is of no message, in the order in which it was handed in.
    pub fn from_run(events: Vec<Event>) -> Timeline {
        let raw = events.clone();
        let count = events.len();
        let times = clocks::true_times(&events);
        let told = events
            .into_iter()
            .zip(times)
            .enumerate()
            .map(|(i, (event, at))| Told {
                event,
                at,
                handed: vec![i],
            })
            .collect();
        Timeline::made(told, raw, count, false)
    }

    fn made(told: Vec<Told>, raw: Vec<Event>, count: usize, one_message: bool) -> Timeline {
        let mut shown: Vec<usize> = Vec::with_capacity(told.len());
        let (mut all, mut times, mut handed) = (Vec::new(), Vec::new(), Vec::new());
        for t in told {
            all.push(t.event);
            times.push(t.at);
            handed.push(t.handed);
        }
        let (mut talks, twins) = hops::talks(&all, &times);
        let by_span: HashMap<SpanId, usize> = talks
            .iter()
            .enumerate()
            .flat_map(|(i, t)| t.spans.iter().map(move |s| (*s, i)))
            .collect();
        let attempts: HashSet<SpanId> = all
            .iter()
            .filter(|e| matches!(e.kind, Kind::Attempt { .. }))
            .map(|e| e.span)
            .collect();
        let talk_of: Vec<Option<usize>> = all
            .iter()
            .map(|e| talk_of(e, &talks, &by_span, &attempts))
            .collect();
        let (message_of, messages) = if one_message {
            (vec![Some(0); all.len()], usize::from(!all.is_empty()))
        } else {
            post::assign(&all, &twins, &talk_of, &talks)
        };
        // Numbers among the events that are shown; of the others, of those that show them.
        let mut next = 0;
        for twin in &twins {
            shown.push(twin.map_or(next, |t| shown[t]));
            next += usize::from(twin.is_none());
        }
        let mut heard = vec![false; all.len()];
        twins.iter().flatten().for_each(|twin| heard[*twin] = true);
        let lost = |i: &usize| {
            !heard[*i] && talk_of[*i].is_some_and(|t| talks[t].is_told_by_its_speaker(&all[*i]))
        };
        let unheard: Vec<bool> = (0..all.len()).map(|i| lost(&i)).collect();
        let keep = |i: &usize| twins[*i].is_none();
        let kept: Vec<usize> = (0..all.len()).filter(keep).collect();
        let mut events: Vec<Option<Event>> = all.into_iter().map(Some).collect();
        let events: Vec<Event> = kept.iter().filter_map(|i| events[*i].take()).collect();
        let writer = course::writer(&events).to_owned();
        let places = Places::gather(&events, &mut talks, if one_message { &writer } else { "" });
        let talk_of = kept.iter().map(|i| talk_of[*i]).collect();
        let unheard = kept.iter().map(|i| unheard[*i]).collect();
        let mut timeline = Timeline {
            places,
            talks,
            events,
            talk_of,
            unheard,
            raw,
            ..Timeline::default()
        };
        let times: Vec<Time> = kept.iter().map(|i| times[*i]).collect();
        let message_of: Vec<Option<usize>> = kept.iter().map(|i| message_of[*i]).collect();
        let positions = timeline.make_steps(&times, &message_of);
        timeline.handed = vec![0; count];
        for (number, indices) in shown.into_iter().zip(handed) {
            for index in indices {
                timeline.handed[index] = positions.get(number).copied().unwrap_or(0);
            }
        }
        timeline.group_turns();
        timeline.group_legs();
        timeline.messages = post::messages(&timeline, messages);
        timeline.kept = State::kept(&timeline);
        timeline.wires = course::wires(&timeline);
        timeline
    }

    /// The position that shows an event, by its index in the list that was handed in.
    pub fn position_of_event(&self, index: usize) -> Option<usize> {
        self.handed.get(index).copied()
    }

    /// The first event that a position shows, by its index in the list that was handed in; none for
    /// a wait.
    pub fn event_of_position(&self, position: usize) -> Option<usize> {
        self.event(position)?;
        self.handed.iter().position(|p| *p == position)
    }

    /// The step shows words that the other side never heard: the link was cut, or the packet lost.
    pub fn is_unheard(&self, position: usize) -> bool {
        matches!(self.steps.get(position).map(|s| s.what), Some(What::Event(i)) if self.unheard[i])
    }

    /// Everything that is so after a step.
    pub fn state(&self, position: usize) -> State {
        State::at(self, &self.kept, position)
    }

    /// How many steps must be made anew to show a position: scrubbing costs no more.
    pub fn steps_made_for(&self, position: usize) -> usize {
        let wanted = (position + 1).min(self.len());
        wanted
            - self
                .kept
                .iter()
                .rev()
                .map(|k| k.steps)
                .find(|s| *s <= wanted)
                .unwrap_or(0)
    }

    /// A journey with events that came later; their order in time decides where they go.
    pub fn merged(&self, more: Vec<Event>) -> Timeline {
        let mut raw = self.raw.clone();
        raw.extend(more);
        Timeline::from_events(raw)
    }

    /// Where a position of this timeline is in a newer one: at the same event, so that nothing
    /// jumps.
    pub fn same_position(&self, position: usize, newer: &Timeline) -> usize {
        let Some(step) = self.steps.get(position) else {
            return newer.last();
        };
        let same = newer.steps.iter().rposition(|s| match (step.what, s.what) {
            (What::Event(a), What::Event(b)) => self.events[a] == newer.events[b],
            (What::Wait(_), What::Wait(_)) => step.at == s.at,
            _ => false,
        });
        same.or_else(|| newer.steps.iter().rposition(|s| s.at <= step.at))
            .unwrap_or(0)
    }

    /// How many steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The last position.
    pub fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// How many turns.
    pub fn turns(&self) -> usize {
        self.turns
    }

    /// The event of a step; none for a wait.
    pub fn event(&self, position: usize) -> Option<&Event> {
        match self.steps.get(position)?.what {
            What::Event(i) => self.events.get(i),
            What::Wait(_) => None,
        }
    }

    /// The next position by one unit; the last one stays. A turn is stepped to its end, so that the
    /// reply stands beside the command.
    pub fn forward(&self, position: usize, unit: Unit) -> usize {
        let next = match unit {
            Unit::Event => position + 1,
            Unit::Turn => {
                let here = self.end_of_turn(position);
                if position < here {
                    here
                } else {
                    self.end_of_turn(position + 1)
                }
            }
            Unit::Hop => self
                .legs
                .iter()
                .copied()
                .find(|l| *l > position)
                .unwrap_or(self.last()),
        };
        next.min(self.last())
    }

    /// The previous position by one unit; the first one stays.
    pub fn back(&self, position: usize, unit: Unit) -> usize {
        match unit {
            Unit::Event => position.saturating_sub(1),
            Unit::Turn => {
                let turn = self.steps.get(position).map_or(0, |s| s.turn);
                self.steps.iter().rposition(|s| s.turn < turn).unwrap_or(0)
            }
            Unit::Hop => self
                .legs
                .iter()
                .copied()
                .rfind(|l| *l < position)
                .unwrap_or(0),
        }
    }

    /// The next or previous position worth looking at.
    pub fn notable(&self, position: usize, forward: bool) -> Option<usize> {
        if forward {
            (position + 1..self.len()).find(|i| self.steps[*i].notable)
        } else {
            (0..position.min(self.len())).rfind(|i| self.steps[*i].notable)
        }
    }

    /// A position as a part of the track, 0 to 1: each step weighs the same.
    pub fn fraction(&self, position: usize) -> f64 {
        if self.last() == 0 {
            0.0
        } else {
            position.min(self.last()) as f64 / self.last() as f64
        }
    }

    /// The position nearest to a part of the track.
    pub fn position(&self, fraction: f64) -> usize {
        (fraction.clamp(0.0, 1.0) * self.last() as f64).round() as usize
    }

    /// The steps of a conversation up to a position.
    pub fn talk_until(
        &self,
        talk: usize,
        position: usize,
    ) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.len().min(position + 1)).filter(move |i| self.steps[*i].talk == Some(talk))
    }

    /// The role whose colour a step has.
    pub fn role(&self, position: usize) -> Option<Role> {
        let step = self.steps.get(position)?;
        match self.event(position).map(|e| &e.kind) {
            Some(Kind::Dns { .. }) => Some(Role::Dns),
            _ => step.room.map(|r| self.places.rooms[r].role),
        }
    }

    fn end_of_turn(&self, position: usize) -> usize {
        let Some(turn) = self.steps.get(position).map(|s| s.turn) else {
            return self.last();
        };
        self.steps
            .iter()
            .rposition(|s| s.turn == turn)
            .unwrap_or(position)
    }
}

/// In which conversation an event was.
fn talk_of(
    event: &Event,
    talks: &[Talk],
    by_span: &HashMap<SpanId, usize>,
    attempts: &HashSet<SpanId>,
) -> Option<usize> {
    let of = |span: SpanId| by_span.get(&span).copied();
    let own = of(event.span);
    match event.kind {
        // What an attempt asks and decides before it calls anybody is not of the conversation that
        // brought the message.
        Kind::Check { .. } | Kind::Dns { .. } if attempts.contains(&event.span) => own,
        // What a conversation caused on the way may have a span of its own.
        Kind::Check { .. } | Kind::Dns { .. } | Kind::Accepted { .. } => {
            own.or_else(|| event.parent.and_then(of))
        }
        // The queue speaks under the span of the conversation that brought the message, long after
        // it ended.
        Kind::Attempt { .. }
        | Kind::Deferred { .. }
        | Kind::Relayed { .. }
        | Kind::Delivered { .. }
        | Kind::Bounced { .. } => {
            own.filter(|t| talks[*t].recorder_is_client && talks[*t].protocol == Protocol::Smtp)
        }
        Kind::Fetched { .. } | Kind::Pushed { .. } => {
            own.filter(|t| talks[*t].side() == Side::Reads)
        }
        _ => own,
    }
}

/// In order of time, but for one thing: a reader's connection may be older than the message. How the
/// reader came is then told where that connection first turns to the message, under the time at
/// which it was.
fn in_order_of_the_way(told: &mut [Told]) {
    let reads = |e: &Event| {
        matches!(
            e.kind,
            Kind::Connect {
                protocol: Protocol::Imap | Protocol::Pop3,
                ..
            }
        )
    };
    let readers: Vec<SpanId> = told
        .iter()
        .filter(|t| reads(&t.event))
        .map(|t| t.event.span)
        .collect();
    let Some(born) = told
        .iter()
        .find(|t| !readers.contains(&t.event.span))
        .map(|t| t.at)
    else {
        return;
    };
    let turns_to_it: HashMap<SpanId, Time> = told
        .iter()
        .rev()
        .filter(|t| t.at >= born)
        .map(|t| (t.event.span, t.at))
        .collect();
    // Stable: at the same moment the older stands first.
    told.sort_by_key(|t| match turns_to_it.get(&t.event.span) {
        Some(turned) if t.at < born && readers.contains(&t.event.span) => *turned,
        _ => t.at,
    });
}

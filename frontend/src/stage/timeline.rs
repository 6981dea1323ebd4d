//! The steps of a journey in time: one for each event, and one for each long wait between two. Steps weigh the same on the
//! scrub track however long they took; they are grouped into turns of the dialogue and into legs (a connection, an attempt).
//! Knows nothing of pictures.

use super::course;
use super::hops::{self, Talk};
use super::places::{self, Places, RoomId, Side};
use event::{Event, Kind, Protocol, Role, Verdict};
use mail::session::Speaker;
use mail::{Duration, SpanId, Time};

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
    /// The letter's receivers; one copy of the letter is drawn for those who are in the same place.
    pub recipients: Vec<String>,
    /// Where the letter is before the first step.
    pub origin: Option<RoomId>,
    /// Wires that the letter or a conversation uses.
    pub wires: Vec<(RoomId, RoomId)>,
    /// All that was ever handed in, so that late events can be sorted in.
    raw: Vec<Event>,
    /// First steps of legs.
    legs: Vec<usize>,
    turns: usize,
}

impl Timeline {
    /// Sorts, joins and groups.
    pub fn from_events(mut raw: Vec<Event>) -> Timeline {
        raw.sort_by_key(Event::order);
        raw.dedup_by(|a, b| a.order() == b.order() && a.host == b.host && a.span == b.span && a.kind == b.kind);
        let told = in_order_of_the_way(&raw);
        let (mut talks, doubles) = hops::talks(&told);
        let events: Vec<Event> = told.iter().zip(doubles).filter(|(_, double)| !double).map(|(e, _)| e.clone()).collect();
        let places = Places::gather(&events, &mut talks, course::writer(&events));
        let mut timeline = Timeline { places, talks, recipients: course::recipients(&events), events, raw, ..Timeline::default() };
        timeline.make_steps();
        timeline.group_turns();
        timeline.group_legs();
        timeline.origin = course::origin(&timeline);
        timeline.wires = course::wires(&timeline);
        timeline
    }

    /// With events that came later; their order in time decides where they go.
    pub fn merged(&self, more: Vec<Event>) -> Timeline {
        let mut raw = self.raw.clone();
        raw.extend(more);
        Timeline::from_events(raw)
    }

    /// Where a position of this timeline is in a newer one: at the same event, so that nothing jumps.
    pub fn same_position(&self, position: usize, newer: &Timeline) -> usize {
        let Some(step) = self.steps.get(position) else { return newer.last() };
        let same = newer.steps.iter().rposition(|s| match (step.what, s.what) {
            (What::Event(a), What::Event(b)) => self.events[a] == newer.events[b],
            (What::Wait(_), What::Wait(_)) => step.at == s.at,
            _ => false,
        });
        same.or_else(|| newer.steps.iter().rposition(|s| s.at <= step.at)).unwrap_or(0)
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

    /// The next position by one unit; the last one stays. A turn is stepped to its end, so that the reply stands beside the command.
    pub fn forward(&self, position: usize, unit: Unit) -> usize {
        let next = match unit {
            Unit::Event => position + 1,
            Unit::Turn => {
                let here = self.end_of_turn(position);
                if position < here { here } else { self.end_of_turn(position + 1) }
            }
            Unit::Hop => self.legs.iter().copied().find(|l| *l > position).unwrap_or(self.last()),
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
            Unit::Hop => self.legs.iter().copied().rfind(|l| *l < position).unwrap_or(0),
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
        if self.last() == 0 { 0.0 } else { position.min(self.last()) as f64 / self.last() as f64 }
    }

    /// The position nearest to a part of the track.
    pub fn position(&self, fraction: f64) -> usize {
        (fraction.clamp(0.0, 1.0) * self.last() as f64).round() as usize
    }

    /// The steps of a conversation up to a position.
    pub fn talk_until(&self, talk: usize, position: usize) -> impl DoubleEndedIterator<Item = usize> {
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
        let Some(turn) = self.steps.get(position).map(|s| s.turn) else { return self.last() };
        self.steps.iter().rposition(|s| s.turn == turn).unwrap_or(position)
    }

    fn make_steps(&mut self) {
        let mut before: Option<(Time, Option<usize>)> = None;
        for (i, event) in self.events.iter().enumerate() {
            let talk = self.talk_of(event);
            if let Some((at, last_talk)) = before {
                let least = if talk.is_some() && talk == last_talk { WAIT_IN_TALK_MIN } else { WAIT_MIN };
                let idle = event.at.since(at);
                if idle >= least {
                    let still = self.steps.last().and_then(|s| s.room);
                    self.steps.push(Step { what: What::Wait(idle), at: event.at, talk: None, room: still, turn: 0, notable: false });
                }
            }
            // What was fetched out of order in time does not make time pass twice.
            before = Some((before.map_or(event.at, |(at, _)| at.max(event.at)), talk));
            let room = self.acting_room(event, talk);
            self.steps.push(Step { what: What::Event(i), at: event.at, talk, room, turn: 0, notable: notable(event) });
        }
    }

    fn talk_of(&self, event: &Event) -> Option<usize> {
        let of = |span: SpanId| self.talks.iter().position(|t| t.spans.contains(&span));
        let own = of(event.span);
        match event.kind {
            // What a conversation caused on the way may have a span of its own.
            Kind::Check { .. } | Kind::Dns { .. } | Kind::Accepted { .. } => own.or_else(|| event.parent.and_then(of)),
            // The queue speaks under the span of the conversation that brought the letter, long after it ended.
            Kind::Attempt { .. } | Kind::Deferred { .. } | Kind::Relayed { .. } | Kind::Delivered { .. } | Kind::Bounced { .. } => {
                own.filter(|t| self.talks[*t].recorder_is_client && self.talks[*t].protocol == Protocol::Smtp)
            }
            Kind::Fetched { .. } | Kind::Pushed { .. } => own.filter(|t| self.talks[*t].side() == Side::Reads),
            _ => own,
        }
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
                role.and_then(|r| self.places.room_at(&event.host, r)).or(talk.map(|t| t.client_room))
            }
        }
    }

    /// A turn begins with a client's line, and ends when the next begins. Whatever happens between a command and its reply
    /// belongs to the turn, also in other rooms; commands sent in one go (RFC 2920) share one.
    fn group_turns(&mut self) {
        let (mut turn, mut open): (usize, Option<Open>) = (0, None);
        for i in 0..self.steps.len() {
            let step = self.steps[i];
            let kind = self.event(i).map(|e| &e.kind);
            let line = match kind {
                Some(Kind::Line { speaker, .. }) => Some(*speaker),
                _ => None,
            };
            let joins = match (&open, line, kind) {
                (Some(o), Some(Speaker::Server), _) => o.talk == step.talk && (!o.answered || self.steps[i - 1].talk == step.talk),
                (Some(o), Some(Speaker::Client), _) => o.talk == step.talk && o.only_asked,
                (Some(_), None, None | Some(Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. })) => false,
                (Some(o), None, Some(_)) => !o.answered && o.talk.is_some(),
                (None, ..) => false,
            };
            if !joins {
                turn += usize::from(i > 0);
                // After a connection comes only the greeting; after a command, whatever leads to its reply.
                let connects = matches!(kind, Some(Kind::Connect { .. }));
                let speaks = connects || line.is_some();
                open = Some(Open { talk: step.talk.filter(|_| speaks), answered: connects, only_asked: false });
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
    fn group_legs(&mut self) {
        let mut seen: Vec<(Option<usize>, Option<SpanId>)> = Vec::new();
        for i in 0..self.steps.len() {
            let Some(event) = self.event(i) else { continue };
            let talk = self.steps[i].talk;
            let leg = (talk, if talk.is_none() { Some(event.span) } else { None });
            if !seen.contains(&leg) {
                seen.push(leg);
                self.legs.push(i);
            }
        }
    }
}

/// In order of time, but for one thing: a reader's connection may be older than the letter. How the reader came is then told where
/// that connection first turns to the letter, under the time at which it was.
fn in_order_of_the_way(sorted: &[Event]) -> Vec<Event> {
    let reads = |e: &&Event| matches!(e.kind, Kind::Connect { protocol: Protocol::Imap | Protocol::Pop3, .. });
    let readers: Vec<SpanId> = sorted.iter().filter(reads).map(|e| e.span).collect();
    let Some(born) = sorted.iter().find(|e| !readers.contains(&e.span)).map(|e| e.at) else { return sorted.to_vec() };
    let turns_to_it = |span| sorted.iter().find(|e| e.span == span && e.at >= born).map(|e| e.at);
    let mut told: Vec<(Time, &Event)> = sorted.iter().map(|e| (e.at, e)).collect();
    for (when, event) in &mut told {
        if *when < born && readers.contains(&event.span) {
            *when = turns_to_it(event.span).unwrap_or(*when);
        }
    }
    // Stable: at the same moment the older stands first.
    told.sort_by_key(|(when, _)| *when);
    told.into_iter().map(|(_, e)| e.clone()).collect()
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

//! Builds a timeline: one step for each event and one for each long wait, grouped into exchanges of
//! a dialogue and into hops (a connection, a delivery attempt). A journey concerns one message; a
//! run of the Lab contains many and keeps its order. Independent of the drawing.

mod navigation;
mod steps;

use super::clocks;
use super::connections;
use super::i18n::local;
use super::known_host::KnownHost;
use super::message_state;
use super::model::{AgentId, Connection, RunState, Side, Topology};
use super::model::{StepKind, Timeline};
use super::tracked_message;
use event::{Event, Kind, Protocol};
use mail::{Duration, SpanId, Time};
use std::collections::{HashMap, HashSet};

/// A longer pause between two connections is shown as a clock.
pub const WAIT_MIN: Duration = Duration::from_secs(2);
/// The same within one connection, where manual typing causes longer pauses.
pub const WAIT_IN_CONNECTION_MIN: Duration = Duration::from_secs(10);

/// The unit by which the step buttons move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepUnit {
    /// One event.
    Event,
    /// A command with its reply.
    #[default]
    Exchange,
    /// A connection or a delivery attempt.
    Hop,
}

/// An event with its corrected time and its indices in the input list.
struct TimedEvent {
    event: Event,
    at: Time,
    inputs: Vec<usize>,
}

impl Timeline {
    /// Builds two runs that are shown side by side: both have all hosts, agents and wires of either
    /// run under the same IDs, so that their diagrams have the same layout. A host is unreachable
    /// from the step on that shows it; what the network's definition says in advance would make
    /// equal steps look different. For the same reason a client that states its name or signs in
    /// in one run only, after the two have diverged, has its name in both from the beginning.
    pub fn pair(
        mut left: (Vec<Event>, Vec<KnownHost>),
        mut right: (Vec<Event>, Vec<KnownHost>),
    ) -> (Timeline, Timeline) {
        for host in left.1.iter_mut().chain(&mut right.1) {
            host.down.clear();
        }
        let alone = |run: &(Vec<Event>, Vec<KnownHost>)| {
            Timeline::from_network(run.0.clone(), run.1.clone()).topology
        };
        let topologies = [alone(&left), alone(&right)];
        for host in left.1.iter_mut().chain(&mut right.1) {
            let is_drawn = |topology: &Topology| topology.host_named(&host.name).is_some();
            host.is_named = topologies.iter().any(is_drawn);
            let account = topologies.iter().find_map(|t| t.account_on(&host.name));
            host.account = account.map(str::to_owned);
        }
        let first = Timeline::from_network(left.0.clone(), left.1.clone());
        let mut right = Timeline::build_run(right.0, right.1, first.topology);
        let mut left = Timeline::build_run(left.0, left.1, right.topology.clone());
        let both = left.wires.iter().chain(&right.wires);
        let mut wires: Vec<(AgentId, AgentId)> = Vec::new();
        for (a, b) in both.copied() {
            if !wires.contains(&(a, b)) && !wires.contains(&(b, a)) {
                wires.push((a, b));
            }
        }
        let messages = left.room_for_messages.max(right.room_for_messages);
        for timeline in [&mut left, &mut right] {
            timeline.wires.clone_from(&wires);
            timeline.room_for_messages = messages;
        }
        (left, right)
    }

    /// Builds the journey of one message: sorts, removes duplicates and groups.
    pub fn from_events(events: Vec<Event>) -> Timeline {
        let raw = events.clone();
        let count = events.len();
        let mut timed: Vec<TimedEvent> = events
            .into_iter()
            .enumerate()
            .map(|(i, event)| TimedEvent {
                at: event.at,
                event,
                inputs: vec![i],
            })
            .collect();
        timed.sort_by_key(|t| t.event.order());
        timed.dedup_by(|b, a| {
            let (x, y) = (&a.event, &b.event);
            let same =
                x.order() == y.order() && x.host == y.host && x.span == y.span && x.kind == y.kind;
            if same {
                a.inputs.append(&mut b.inputs);
            }
            same
        });
        sort_journey(&mut timed);
        Timeline::build(timed, raw, count, None, Topology::default())
    }

    /// Builds a run of many messages, including events that concern none; keeps the given order.
    pub fn from_run(events: Vec<Event>) -> Timeline {
        Timeline::from_network(events, Vec::new())
    }

    /// Builds a run on a network whose hosts are known in advance.
    pub fn from_network(events: Vec<Event>, network: Vec<KnownHost>) -> Timeline {
        Timeline::build_run(events, network, Topology::default())
    }

    fn build_run(events: Vec<Event>, network: Vec<KnownHost>, base: Topology) -> Timeline {
        let raw = events.clone();
        let count = events.len();
        let times = clocks::true_times(&events);
        let timed = events
            .into_iter()
            .zip(times)
            .enumerate()
            .map(|(i, (event, at))| TimedEvent {
                event,
                at,
                inputs: vec![i],
            })
            .collect();
        Timeline::build(timed, raw, count, Some(network), base)
    }

    // `network` is `Some`, possibly empty, for a run, and `None` for the journey of one message.
    fn build(
        timed: Vec<TimedEvent>,
        raw: Vec<Event>,
        count: usize,
        network: Option<Vec<KnownHost>>,
        base: Topology,
    ) -> Timeline {
        let one_message = network.is_none();
        let network = network.unwrap_or_default();
        let mut shown: Vec<usize> = Vec::with_capacity(timed.len());
        let (mut all, mut times, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        for t in timed {
            all.push(t.event);
            times.push(t.at);
            inputs.push(t.inputs);
        }
        let (mut connections, twins) = connections::connections(&all, &times);
        let by_span: HashMap<SpanId, usize> = connections
            .iter()
            .enumerate()
            .flat_map(|(i, t)| t.spans.iter().map(move |s| (*s, i)))
            .collect();
        let attempts: HashSet<SpanId> = all
            .iter()
            .filter(|e| matches!(e.kind, Kind::Attempt { .. }))
            .map(|e| e.span)
            .collect();
        let connection_of: Vec<Option<usize>> = all
            .iter()
            .map(|e| connection_of(e, &connections, &by_span, &attempts))
            .collect();
        let (message_of, messages) = if one_message {
            (vec![Some(0); all.len()], usize::from(!all.is_empty()))
        } else {
            tracked_message::assign(&all, &twins, &connection_of, &connections)
        };
        // Index of each event among the shown ones; a duplicate has the index of the event that
        // represents it.
        let mut next = 0;
        for twin in &twins {
            shown.push(twin.map_or(next, |t| shown[t]));
            next += usize::from(twin.is_none());
        }
        let mut heard = vec![false; all.len()];
        twins.iter().flatten().for_each(|twin| heard[*twin] = true);
        let is_lost = |i: &usize| {
            !heard[*i]
                && connection_of[*i]
                    .is_some_and(|t| connections[t].is_recorded_by_speaker(&all[*i]))
        };
        let lost: Vec<bool> = (0..all.len()).map(|i| is_lost(&i)).collect();
        let keep = |i: &usize| twins[*i].is_none();
        let kept: Vec<usize> = (0..all.len()).filter(keep).collect();
        let mut events: Vec<Option<Event>> = all.into_iter().map(Some).collect();
        let events: Vec<Event> = kept.iter().filter_map(|i| events[*i].take()).collect();
        let reverse_path = message_state::reverse_path(&events).to_owned();
        let topology = Topology::from_events(
            &events,
            &mut connections,
            if one_message { &reverse_path } else { "" },
            &network,
            base,
        );
        let connection_of = kept.iter().map(|i| connection_of[*i]).collect();
        let lost = kept.iter().map(|i| lost[*i]).collect();
        let mut timeline = Timeline {
            topology,
            connections,
            network,
            events,
            connection_of,
            lost,
            raw,
            ..Timeline::default()
        };
        let times: Vec<Time> = kept.iter().map(|i| times[*i]).collect();
        let message_of: Vec<Option<usize>> = kept.iter().map(|i| message_of[*i]).collect();
        let positions = timeline.make_steps(&times, &message_of);
        timeline.inputs = vec![0; count];
        for (number, indices) in shown.into_iter().zip(inputs) {
            for index in indices {
                timeline.inputs[index] = positions.get(number).copied().unwrap_or(0);
            }
        }
        timeline.group_exchanges();
        timeline.group_hops();
        timeline.messages = tracked_message::messages(&timeline, messages);
        timeline.room_for_messages = timeline.messages.len();
        timeline.checkpoints = RunState::checkpoints(&timeline);
        timeline.wires = message_state::wires(&timeline);
        timeline
    }

    /// The position that shows an event, given its index in the input list.
    pub fn position_of_event(&self, index: usize) -> Option<usize> {
        self.inputs.get(index).copied()
    }

    /// Index in the input list of the first event that a position shows; `None` for a wait.
    pub fn event_of_position(&self, position: usize) -> Option<usize> {
        self.event(position)?;
        self.inputs.iter().position(|p| *p == position)
    }

    /// Whether the step shows a line that the other end never received, because the link was cut or
    /// the packet lost.
    pub fn is_lost(&self, position: usize) -> bool {
        matches!(self.steps.get(position).map(|s| s.kind), Some(StepKind::Event(i)) if self.lost[i])
    }

    /// The state of the run after the step at a position.
    pub fn state(&self, position: usize) -> RunState {
        RunState::at(self, &self.checkpoints, position)
    }

    /// Number of steps replayed from a checkpoint to show a position; bounds the cost of scrubbing.
    pub fn steps_replayed_for(&self, position: usize) -> usize {
        let wanted = (position + 1).min(self.len());
        wanted
            - self
                .checkpoints
                .iter()
                .rev()
                .map(|k| k.steps)
                .find(|s| *s <= wanted)
                .unwrap_or(0)
    }

    /// The journey with later events merged in, ordered by their times.
    pub fn merged(&self, more: Vec<Event>) -> Timeline {
        let mut raw = self.raw.clone();
        raw.extend(more);
        Timeline::from_events(raw)
    }

    /// The position in a newer timeline that corresponds to one in this: the same event, so that
    /// nothing jumps.
    pub fn same_position(&self, position: usize, newer: &Timeline) -> usize {
        let Some(step) = self.steps.get(position) else {
            return newer.last();
        };
        let same = newer.steps.iter().rposition(|s| match (step.kind, s.kind) {
            (StepKind::Event(a), StepKind::Event(b)) => self.events[a] == newer.events[b],
            (StepKind::Wait(_), StepKind::Wait(_)) => step.at == s.at,
            _ => false,
        });
        same.or_else(|| newer.steps.iter().rposition(|s| s.at <= step.at))
            .unwrap_or(0)
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there are no steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The last position.
    pub fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// Whether the run ends on another day than it began, at an offset of minutes east of UTC.
    pub fn passes_midnight(&self, east_minutes: i32) -> bool {
        let day = |at: Time| {
            let (year, month, day, ..) = local(at, east_minutes).civil();
            (year, month, day)
        };
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => day(first.at) != day(last.at),
            _ => false,
        }
    }

    /// The number of exchanges.
    pub fn exchanges(&self) -> usize {
        self.exchanges
    }

    /// The event of a step; `None` for a wait.
    pub fn event(&self, position: usize) -> Option<&Event> {
        match self.steps.get(position)?.kind {
            StepKind::Event(i) => self.events.get(i),
            StepKind::Wait(_) => None,
        }
    }
}

/// The connection that an event belongs to.
fn connection_of(
    event: &Event,
    connections: &[Connection],
    by_span: &HashMap<SpanId, usize>,
    attempts: &HashSet<SpanId>,
) -> Option<usize> {
    let of = |span: SpanId| by_span.get(&span).copied();
    let own = of(event.span);
    match event.kind {
        // What an attempt looks up and checks before it connects does not belong to the connection
        // that brought the message.
        Kind::Check { .. } | Kind::Dns { .. } if attempts.contains(&event.span) => own,
        // Events caused by a connection may have a span of their own.
        Kind::Check { .. } | Kind::Dns { .. } | Kind::Accepted { .. } => {
            own.or_else(|| event.parent.and_then(of))
        }
        // The queue records under the span of the connection that brought the message, long after
        // its end.
        Kind::Attempt { .. }
        | Kind::Deferred { .. }
        | Kind::Relayed { .. }
        | Kind::Delivered { .. }
        | Kind::Bounced { .. } => own.filter(|t| {
            connections[*t].recorder_is_client && connections[*t].protocol == Protocol::Smtp
        }),
        Kind::Fetched { .. } | Kind::Pushed { .. } => {
            own.filter(|t| connections[*t].side() == Side::Reads)
        }
        _ => own,
    }
}

/// Sorts by time, with one exception: if a reader's connection is older than the message, its
/// opening events are moved to the point where the connection first concerns the message, and keep
/// their times.
fn sort_journey(timed: &mut [TimedEvent]) {
    let reads = |e: &Event| {
        matches!(
            e.kind,
            Kind::Connect {
                protocol: Protocol::Imap | Protocol::Pop3,
                ..
            }
        )
    };
    let readers: Vec<SpanId> = timed
        .iter()
        .filter(|t| reads(&t.event))
        .map(|t| t.event.span)
        .collect();
    let Some(message_start) = timed
        .iter()
        .find(|t| !readers.contains(&t.event.span))
        .map(|t| t.at)
    else {
        return;
    };
    let first_use: HashMap<SpanId, Time> = timed
        .iter()
        .rev()
        .filter(|t| t.at >= message_start)
        .map(|t| (t.event.span, t.at))
        .collect();
    // Stable sort: events at the same time keep their order.
    timed.sort_by_key(|t| match first_use.get(&t.event.span) {
        Some(use_at) if t.at < message_start && readers.contains(&t.event.span) => *use_at,
        _ => t.at,
    });
}

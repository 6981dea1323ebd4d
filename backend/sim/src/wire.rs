//! A connection between two hosts with the behaviour of TCP: bytes in order, each write a segment
//! that arrives later, half-close, a window that limits the writer, and resets. Applies links and
//! cuts; does not interpret the bytes.
//!
//! Failures: a break is a reset at both ends or silence, see [`Break`]; a write to a closed end is
//! answered with a reset.

mod end;

pub(crate) use end::End;

use crate::capture::{Capture, CapturedKind as Seen};
use crate::executor::{Executor, lock};
use crate::link::{Break, Direction, Link};
use crate::middlebox::{Middlebox, Passed};
use crate::rng::Seeded;
use crate::traffic::Counters;
use mail::{Duration, Time};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use tokio::io::ReadBuf;
use world::Rng;

/// Maximum bytes in transit or unread in one direction before the writer has to wait.
pub const WINDOW_BYTES: usize = 256 * 1024;

// A lost segment is retransmitted after this time and a round trip; the timeout doubles each time
// (RFC 6298 §5.5, with the minimum of Linux).
const RESEND_AFTER: Duration = Duration::from_millis(200);

const RESENDS_MAX: u32 = 8;

pub(crate) type SharedLink = Arc<Mutex<Link>>;

pub(crate) struct Wire {
    executor: Executor,
    // Indexed by direction.
    links: [SharedLink; 2],
    rng: Arc<Seeded>,
    counters: Arc<Counters>,
    tap: Tap,
    state: Mutex<State>,
}

/// The capture, and the number of the connection in it.
pub(crate) struct Tap {
    pub(crate) capture: Capture,
    pub(crate) connection: usize,
}

struct State {
    // Indexed by direction: 0 is written by the client.
    flows: [Flow; 2],
    // Indexed by side, 0 is the client: when the side receives the reset.
    resets: [Option<Time>; 2],
    middle: Middlebox,
}

#[derive(Default)]
struct Flow {
    segments: VecDeque<Segment>,
    in_flight: usize,
    last_arrival: Time,
    line_free: Time,
    passed: u64,
    cut: Option<(u64, Break)>,
    // The writer has closed.
    finished: bool,
    // No more data passes in this direction.
    lost: bool,
    reader_gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

struct Segment {
    at: Time,
    what: CapturedKind,
}

enum CapturedKind {
    Bytes(Vec<u8>, usize),
    End,
}

// The result of polling the wire.
enum Readiness<T> {
    Now(T),
    // Poll again at this time, or when woken.
    At(Time),
    // Poll again when woken.
    Woken,
}

impl Wire {
    /// Opens a connection; returns the client's and the server's end.
    pub(crate) fn new(
        executor: Executor,
        links: [SharedLink; 2],
        rng: Arc<Seeded>,
        counters: Arc<Counters>,
        cuts: Vec<(Direction, u64, Break)>,
        (middle, tap): (Middlebox, Tap),
    ) -> (Arc<Wire>, End, End) {
        let state = State {
            flows: [Flow::default(), Flow::default()],
            resets: [None; 2],
            middle,
        };
        let wire = Arc::new(Wire {
            executor,
            links,
            rng,
            counters,
            tap,
            state: Mutex::new(state),
        });
        {
            let mut state = lock(&wire.state);
            for (direction, after, how) in cuts {
                state.flows[direction.index()].cut = Some((after, how));
                if after == 0 {
                    wire.break_now(&mut state, direction.index(), how);
                }
            }
        }
        let end = |side| End::new(wire.clone(), side);
        (wire.clone(), end(0), end(1))
    }

    /// Silences the connection after a host went down.
    pub(crate) fn silence(&self) {
        let mut state = lock(&self.state);
        self.tap
            .capture
            .record(self.executor.now(), || Seen::Silenced {
                connection: self.tap.connection,
            });
        state.flows.iter_mut().for_each(|flow| {
            flow.lost = true;
            flow.segments.clear();
        });
    }

    /// Wakes both ends after a change of the link.
    pub(crate) fn wake(&self) {
        let mut state = lock(&self.state);
        state.flows.iter_mut().for_each(Flow::wake);
    }

    fn latency(&self, flow: usize) -> Duration {
        lock(&self.links[flow]).latency
    }

    fn break_now(&self, state: &mut State, flow: usize, how: Break) {
        let now = self.executor.now();
        if how == Break::Reset {
            // The reader receives the reset after the last bytes that passed.
            state.resets[1 - flow] =
                Some(state.flows[flow].last_arrival.max(now + self.latency(flow)));
            state.resets[flow] = Some(now + self.latency(1 - flow));
            [0, 1].into_iter().for_each(|flow| self.record_reset(flow));
        }
        state.flows[flow].lost = true;
        state.flows[1 - flow].lost |= how != Break::OneWay;
        state.flows.iter_mut().for_each(Flow::wake);
    }

    // The time at which data written now arrives; never before earlier data.
    fn arrival(&self, flow: &mut Flow, link: &Link, bytes: usize, back: Duration) -> Time {
        let now = self.executor.now();
        let begun = flow.line_free.max(now);
        let sending = link
            .bytes_per_second
            .map_or(0, |rate| bytes as u64 * 1_000_000 / rate.max(1));
        flow.line_free = begun + Duration::from_micros(sending);
        let mut at = flow.line_free + link.latency;
        let mut resend = RESEND_AFTER + link.latency + back;
        for _ in 0..RESENDS_MAX {
            if link.lost_per_mille == 0 || self.rng.below(1000) >= u64::from(link.lost_per_mille) {
                break;
            }
            at = at + resend;
            resend *= 2;
        }
        flow.last_arrival = flow.last_arrival.max(at);
        flow.last_arrival
    }

    fn write(&self, side: usize, bytes: &[u8], cx: &Context<'_>) -> Readiness<io::Result<usize>> {
        let mut state = lock(&self.state);
        let now = self.executor.now();
        if state.resets[side].is_some_and(|at| at <= now) {
            return Readiness::Now(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if state.flows[side].finished {
            return Readiness::Now(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let length = bytes
            .len()
            .min(WINDOW_BYTES - state.flows[side].in_flight.min(WINDOW_BYTES));
        if length == 0 && !bytes.is_empty() {
            state.flows[side].writer = Some(cx.waker().clone());
            return state.resets[side].map_or(Readiness::Woken, Readiness::At);
        }
        self.counters.written[side].fetch_add(length as u64, Ordering::Relaxed);
        let (link, back) = (lock(&self.links[side]).clone(), self.latency(1 - side));
        let flow = &mut state.flows[side];
        flow.lost |= link.severed;
        if flow.lost {
            // The data is never acknowledged, so the window fills up and the writer stops.
            flow.in_flight += length;
            return Readiness::Now(Ok(length));
        }
        if flow.reader_gone {
            let known = now + link.latency + back;
            state.resets[side] = Some(state.resets[side].map_or(known, |at| at.min(known)));
            self.record_reset(1 - side);
            state.flows[1 - side].wake();
            return Readiness::Now(Ok(length));
        }
        let Passed {
            on,
            back: returned,
            breaks,
        } = state.middle.pass(direction(side), &bytes[..length]);
        self.carry(&mut state.flows[side], side, on, &link, back);
        if !returned.is_empty() {
            // The middlebox is at the far end: its answer takes as long as the host's.
            let (there, here) = (link.latency, lock(&self.links[1 - side]).clone());
            self.carry(&mut state.flows[1 - side], 1 - side, returned, &here, there);
        }
        let flow = &state.flows[side];
        let cut = flow
            .cut
            .filter(|(after, _)| flow.passed >= *after)
            .map(|(_, how)| how);
        if let Some(how) = breaks.or(cut) {
            self.break_now(&mut state, side, how);
        }
        Readiness::Now(Ok(length))
    }

    // Sends bytes, as far as a cut permits.
    fn carry(&self, flow: &mut Flow, side: usize, mut bytes: Vec<u8>, link: &Link, back: Duration) {
        let room = flow
            .cut
            .map_or(u64::MAX, |(after, _)| after.saturating_sub(flow.passed));
        bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        if bytes.is_empty() || flow.lost {
            return;
        }
        let at = self.arrival(flow, link, bytes.len(), back);
        self.tap.capture.record(self.executor.now(), || Seen::Data {
            connection: self.tap.connection,
            direction: direction(side),
            bytes: bytes.clone(),
            arrived: at,
        });
        flow.in_flight += bytes.len();
        flow.passed += bytes.len() as u64;
        flow.segments.push_back(Segment {
            at,
            what: CapturedKind::Bytes(bytes, 0),
        });
        wake(&mut flow.reader);
    }

    fn record_reset(&self, side: usize) {
        self.tap
            .capture
            .record(self.executor.now(), || Seen::Reset {
                connection: self.tap.connection,
                direction: direction(side),
            });
    }

    fn read(
        &self,
        side: usize,
        buffer: &mut ReadBuf<'_>,
        cx: &Context<'_>,
    ) -> Readiness<io::Result<()>> {
        let mut state = lock(&self.state);
        let now = self.executor.now();
        let reset = state.resets[side];
        let flow = &mut state.flows[1 - side];
        flow.reader = Some(cx.waker().clone());
        if lock(&self.links[1 - side]).held {
            return Readiness::Woken;
        }
        let next = match flow.segments.front_mut() {
            Some(segment) if segment.at <= now => match &mut segment.what {
                CapturedKind::End => return Readiness::Now(Ok(())),
                CapturedKind::Bytes(length, from) => {
                    let taken = buffer.remaining().min(length.len() - *from);
                    buffer.put_slice(&length[*from..*from + taken]);
                    *from += taken;
                    if *from == length.len() {
                        flow.segments.pop_front();
                    }
                    flow.in_flight -= taken;
                    self.counters.read[1 - side].fetch_add(taken as u64, Ordering::Relaxed);
                    wake(&mut flow.writer);
                    return Readiness::Now(Ok(()));
                }
            },
            Some(segment) => Some(segment.at),
            None => None,
        };
        match (next, reset) {
            (_, Some(at)) if at <= now => {
                Readiness::Now(Err(io::ErrorKind::ConnectionReset.into()))
            }
            (Some(a), Some(b)) => Readiness::At(a.min(b)),
            (Some(at), None) | (None, Some(at)) => Readiness::At(at),
            (None, None) => Readiness::Woken,
        }
    }

    // Closes one side for writing.
    fn finish(&self, side: usize) {
        let mut state = lock(&self.state);
        let (link, back) = (lock(&self.links[side]).clone(), self.latency(1 - side));
        let flow = &mut state.flows[side];
        if flow.finished {
            return;
        }
        flow.finished = true;
        flow.lost |= link.severed;
        if !flow.lost {
            let at = self.arrival(flow, &link, 0, back);
            self.tap
                .capture
                .record(self.executor.now(), || Seen::Ended {
                    connection: self.tap.connection,
                    direction: direction(side),
                    arrived: at,
                });
            flow.segments.push_back(Segment {
                at,
                what: CapturedKind::End,
            });
            wake(&mut flow.reader);
        }
    }

    // Drops one side: unread and later data is answered with a reset (RFC 9293 §3.6.1).
    fn leave(&self, side: usize) {
        let unread = {
            let mut state = lock(&self.state);
            let flow = &mut state.flows[1 - side];
            flow.reader_gone = true;
            let unread = flow
                .segments
                .iter()
                .any(|s| matches!(s.what, CapturedKind::Bytes(..)));
            flow.segments.clear();
            flow.in_flight = 0;
            wake(&mut flow.writer);
            if unread && !state.flows[side].lost {
                let at = state.flows[side]
                    .last_arrival
                    .max(self.executor.now() + self.latency(side));
                state.resets[1 - side] =
                    Some(state.resets[1 - side].map_or(at, |earlier| earlier.min(at)));
                state.flows[side].finished = true;
                self.record_reset(side);
                state.flows.iter_mut().for_each(Flow::wake);
            }
            unread
        };
        if !unread {
            self.finish(side);
        }
    }
}

// The direction in which a side writes.
fn direction(side: usize) -> Direction {
    if side == 0 {
        Direction::ToServer
    } else {
        Direction::ToClient
    }
}

impl Flow {
    fn wake(&mut self) {
        wake(&mut self.reader);
        wake(&mut self.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

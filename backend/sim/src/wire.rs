//! A connection between two hosts with the behaviour of TCP: bytes in order, each write a segment
//! that arrives later, half-close, a window that limits the writer, and resets. Applies links and
//! cuts; does not interpret the bytes.
//!
//! Failures: a break is a reset at both ends or silence, see [`Break`]; a write to a closed end is
//! answered with a reset.

use crate::capture::{Capture, CapturedKind as Seen};
use crate::executor::{Executor, Sleep, lock};
use crate::link::{Break, Direction, Link};
use crate::middlebox::{Middlebox, Passed};
use crate::net::Counters;
use crate::rng::Seeded;
use mail::{Duration, Time};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use world::Rng;

/// Bytes that may be in transit or unread in one direction before the writer waits.
pub const WINDOW_BYTES: usize = 256 * 1024;
// A lost segment is retransmitted after this time and a round trip; doubled each time (RFC 6298 §2,
// with the minimum of Linux).
const RESEND_AFTER: Duration = Duration::from_millis(200);
const RESENDS_MAX: u32 = 8;

pub(crate) type SharedLink = Arc<Mutex<Link>>;

pub(crate) struct Wire {
    executor: Executor,
    // By direction.
    links: [SharedLink; 2],
    rng: Arc<Seeded>,
    counters: Arc<Counters>,
    tap: Tap,
    state: Mutex<State>,
}

/// The capture of a connection and its number there.
pub(crate) struct Tap {
    pub(crate) capture: Capture,
    pub(crate) talk: usize,
}

struct State {
    // By direction: 0 is written by the client.
    ways: [Way; 2],
    // By side: 0 is the client. When it receives the reset.
    resets: [Option<Time>; 2],
    middle: Middlebox,
}

#[derive(Default)]
struct Way {
    segments: VecDeque<Segment>,
    in_flight: usize,
    last_arrival: Time,
    line_free: Time,
    passed: u64,
    cut: Option<(u64, Break)>,
    // The writer has closed.
    finished: bool,
    // Nothing passes any more in this direction.
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
enum Look<T> {
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
            ways: [Way::default(), Way::default()],
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
                state.ways[direction.index()].cut = Some((after, how));
                if after == 0 {
                    wire.break_now(&mut state, direction.index(), how);
                }
            }
        }
        let end = |side| End {
            wire: wire.clone(),
            side,
            read_alarm: None,
            write_alarm: None,
        };
        (wire.clone(), end(0), end(1))
    }

    /// Silences the connection: a host went down.
    pub(crate) fn silence(&self) {
        let mut state = lock(&self.state);
        self.tap
            .capture
            .saw(self.executor.now(), || Seen::Silenced {
                talk: self.tap.talk,
            });
        state.ways.iter_mut().for_each(|way| {
            way.lost = true;
            way.segments.clear();
        });
    }

    /// Wakes both ends after a change of the link.
    pub(crate) fn wake(&self) {
        let mut state = lock(&self.state);
        state.ways.iter_mut().for_each(Way::wake);
    }

    fn latency(&self, way: usize) -> Duration {
        lock(&self.links[way]).latency
    }

    fn break_now(&self, state: &mut State, way: usize, how: Break) {
        let now = self.executor.now();
        if how == Break::Reset {
            // The reader learns of it after the last bytes that passed.
            state.resets[1 - way] = Some(state.ways[way].last_arrival.max(now + self.latency(way)));
            state.resets[way] = Some(now + self.latency(1 - way));
            [0, 1].into_iter().for_each(|way| self.saw_reset(way));
        }
        state.ways[way].lost = true;
        state.ways[1 - way].lost |= how != Break::OneWay;
        state.ways.iter_mut().for_each(Way::wake);
    }

    // When data written now arrives; never before earlier data.
    fn arrival(&self, way: &mut Way, link: &Link, bytes: usize, back: Duration) -> Time {
        let now = self.executor.now();
        let begun = way.line_free.max(now);
        let sending = link
            .bytes_per_second
            .map_or(0, |rate| bytes as u64 * 1_000_000 / rate.max(1));
        way.line_free = begun + Duration::from_micros(sending);
        let mut at = way.line_free + link.latency;
        let mut resend = RESEND_AFTER + link.latency + back;
        for _ in 0..RESENDS_MAX {
            if link.lost_per_mille == 0 || self.rng.below(1000) >= u64::from(link.lost_per_mille) {
                break;
            }
            at = at + resend;
            resend *= 2;
        }
        way.last_arrival = way.last_arrival.max(at);
        way.last_arrival
    }

    fn write(&self, side: usize, bytes: &[u8], cx: &Context<'_>) -> Look<io::Result<usize>> {
        let mut state = lock(&self.state);
        let now = self.executor.now();
        if state.resets[side].is_some_and(|at| at <= now) {
            return Look::Now(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if state.ways[side].finished {
            return Look::Now(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let length = bytes
            .len()
            .min(WINDOW_BYTES - state.ways[side].in_flight.min(WINDOW_BYTES));
        if length == 0 && !bytes.is_empty() {
            state.ways[side].writer = Some(cx.waker().clone());
            return state.resets[side].map_or(Look::Woken, Look::At);
        }
        self.counters.written[side].fetch_add(length as u64, Ordering::Relaxed);
        let (link, back) = (lock(&self.links[side]).clone(), self.latency(1 - side));
        let way = &mut state.ways[side];
        way.lost |= link.severed;
        if way.lost {
            // Never acknowledged, so the window fills up and the writer stops.
            way.in_flight += length;
            return Look::Now(Ok(length));
        }
        if way.reader_gone {
            let told = now + link.latency + back;
            state.resets[side] = Some(state.resets[side].map_or(told, |at| at.min(told)));
            self.saw_reset(1 - side);
            state.ways[1 - side].wake();
            return Look::Now(Ok(length));
        }
        let Passed {
            on,
            back: returned,
            breaks,
        } = state.middle.pass(direction(side), &bytes[..length]);
        self.carry(&mut state.ways[side], side, on, &link, back);
        if !returned.is_empty() {
            // The middlebox sits at the far end: its answer takes as long as the host's.
            let (there, here) = (link.latency, lock(&self.links[1 - side]).clone());
            self.carry(&mut state.ways[1 - side], 1 - side, returned, &here, there);
        }
        let way = &state.ways[side];
        let cut = way
            .cut
            .filter(|(after, _)| way.passed >= *after)
            .map(|(_, how)| how);
        if let Some(how) = breaks.or(cut) {
            self.break_now(&mut state, side, how);
        }
        Look::Now(Ok(length))
    }

    // Sends bytes, as far as no cut stops them.
    fn carry(&self, way: &mut Way, side: usize, mut bytes: Vec<u8>, link: &Link, back: Duration) {
        let room = way
            .cut
            .map_or(u64::MAX, |(after, _)| after.saturating_sub(way.passed));
        bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        if bytes.is_empty() || way.lost {
            return;
        }
        let at = self.arrival(way, link, bytes.len(), back);
        self.tap.capture.saw(self.executor.now(), || Seen::Said {
            talk: self.tap.talk,
            direction: direction(side),
            bytes: bytes.clone(),
            arrived: at,
        });
        way.in_flight += bytes.len();
        way.passed += bytes.len() as u64;
        way.segments.push_back(Segment {
            at,
            what: CapturedKind::Bytes(bytes, 0),
        });
        wake(&mut way.reader);
    }

    fn saw_reset(&self, side: usize) {
        self.tap.capture.saw(self.executor.now(), || Seen::Reset {
            talk: self.tap.talk,
            direction: direction(side),
        });
    }

    fn read(
        &self,
        side: usize,
        buffer: &mut ReadBuf<'_>,
        cx: &Context<'_>,
    ) -> Look<io::Result<()>> {
        let mut state = lock(&self.state);
        let now = self.executor.now();
        let reset = state.resets[side];
        let way = &mut state.ways[1 - side];
        way.reader = Some(cx.waker().clone());
        if lock(&self.links[1 - side]).held {
            return Look::Woken;
        }
        let next = match way.segments.front_mut() {
            Some(segment) if segment.at <= now => match &mut segment.what {
                CapturedKind::End => return Look::Now(Ok(())),
                CapturedKind::Bytes(length, from) => {
                    let taken = buffer.remaining().min(length.len() - *from);
                    buffer.put_slice(&length[*from..*from + taken]);
                    *from += taken;
                    if *from == length.len() {
                        way.segments.pop_front();
                    }
                    way.in_flight -= taken;
                    self.counters.read[1 - side].fetch_add(taken as u64, Ordering::Relaxed);
                    wake(&mut way.writer);
                    return Look::Now(Ok(()));
                }
            },
            Some(segment) => Some(segment.at),
            None => None,
        };
        match (next, reset) {
            (_, Some(at)) if at <= now => Look::Now(Err(io::ErrorKind::ConnectionReset.into())),
            (Some(a), Some(b)) => Look::At(a.min(b)),
            (Some(at), None) | (None, Some(at)) => Look::At(at),
            (None, None) => Look::Woken,
        }
    }

    // Closes the side for writing.
    fn finish(&self, side: usize) {
        let mut state = lock(&self.state);
        let (link, back) = (lock(&self.links[side]).clone(), self.latency(1 - side));
        let way = &mut state.ways[side];
        if way.finished {
            return;
        }
        way.finished = true;
        way.lost |= link.severed;
        if !way.lost {
            let at = self.arrival(way, &link, 0, back);
            self.tap.capture.saw(self.executor.now(), || Seen::Ended {
                talk: self.tap.talk,
                direction: direction(side),
                arrived: at,
            });
            way.segments.push_back(Segment {
                at,
                what: CapturedKind::End,
            });
            wake(&mut way.reader);
        }
    }

    // Drops the side: unread and later data is answered with a reset (RFC 9293 §3.6.1).
    fn leave(&self, side: usize) {
        let unread = {
            let mut state = lock(&self.state);
            let way = &mut state.ways[1 - side];
            way.reader_gone = true;
            let unread = way
                .segments
                .iter()
                .any(|s| matches!(s.what, CapturedKind::Bytes(..)));
            way.segments.clear();
            way.in_flight = 0;
            wake(&mut way.writer);
            if unread && !state.ways[side].lost {
                let at = state.ways[side]
                    .last_arrival
                    .max(self.executor.now() + self.latency(side));
                state.resets[1 - side] =
                    Some(state.resets[1 - side].map_or(at, |earlier| earlier.min(at)));
                state.ways[side].finished = true;
                self.saw_reset(side);
                state.ways.iter_mut().for_each(Way::wake);
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

impl Way {
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

/// One side's end of a connection.
pub(crate) struct End {
    wire: Arc<Wire>,
    side: usize,
    read_alarm: Option<Sleep>,
    write_alarm: Option<Sleep>,
}

// Waits for the time to poll the wire again; `true` if that is now.
fn alarm_rings(
    alarm: &mut Option<Sleep>,
    at: Time,
    executor: &Executor,
    cx: &mut Context<'_>,
) -> bool {
    if alarm.as_ref().is_none_or(|a| a.at() != at) {
        *alarm = Some(executor.sleep_until(at));
    }
    alarm
        .as_mut()
        .is_some_and(|a| Pin::new(a).poll(cx).is_ready())
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match this.wire.read(this.side, buffer, cx) {
                Look::At(at) if alarm_rings(&mut this.read_alarm, at, &this.wire.executor, cx) => {}
                Look::At(_) => return Poll::Pending,
                Look::Woken => {
                    this.read_alarm = None;
                    return Poll::Pending;
                }
                Look::Now(result) => {
                    this.read_alarm = None;
                    return Poll::Ready(result);
                }
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            match this.wire.write(this.side, bytes, cx) {
                Look::At(at) if alarm_rings(&mut this.write_alarm, at, &this.wire.executor, cx) => {
                }
                Look::At(_) => return Poll::Pending,
                Look::Woken => {
                    this.write_alarm = None;
                    return Poll::Pending;
                }
                Look::Now(result) => {
                    this.write_alarm = None;
                    return Poll::Ready(result);
                }
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.finish(self.side);
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.wire.leave(self.side);
    }
}

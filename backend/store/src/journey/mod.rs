//! Journeys: the events of messages. Events of a transaction (an acceptance, a settlement) arrive
//! when it is durable, later ones (the final 250, a fetch) through [`event::Sink`]. All are
//! collected for a moment and written together, those of many messages in one row. A follower
//! receives each event at once, and a reader finds also those that are not written yet.
//!
//! Failures: events that cannot be written are tried again with the next ones, up to
//! [`PENDING_BYTES_MAX`]; beyond that the oldest are lost, which is logged. A crash loses the
//! events of the last moment, unless they are written with their messages
//! ([`JourneyWrites::WithMessage`]). Mail never waits for events.

mod expiry;
mod part;
mod pending;
#[cfg(test)]
mod tests;

pub use part::unpack;
pub(crate) use pending::JourneyEvents;

use crate::engine::{self, Batch, Engine, Fault, Keyspace, after_prefix};
use crate::space::{Form, Space};
use crate::{keys, lock};
use event::{Event, Sink};
use mail::{Duration, JourneyId};
use part::Record;
use pending::Pending;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tokio::sync::{Notify, mpsc};
use world::World;

/// The most bytes of events that wait to be written: those of ten thousand messages.
pub const PENDING_BYTES_MAX: usize = 24 * 1024 * 1024;
/// The longest time for which events are collected before they are written together.
pub const COLLECT_MAX: Duration = Duration::from_millis(200);
// The size at which collected events are written at once: more would leave the processor's caches
// before they are compressed.
const COLLECTED_BYTES: usize = 4 * BUNDLE_BYTES;
// The most rows that a read scans.
const PARTS_MAX: usize = 10_000;
// The size above which a bundle is complete: reading one message's events decompresses this much.
const BUNDLE_BYTES: usize = 64 * 1024;
// The largest compression buffer that is kept.
const BUFFER_BYTES_MAX: usize = 4 * BUNDLE_BYTES;
// The number of a bundle: a second (32 bits), followed by a number that is unique within the
// second.
const BUNDLE_NUMBER_BITS: u32 = 31;
// Odd and large, so that the bundle numbers of different openings are far apart.
const BUNDLE_NUMBER_STRIDE: u64 = 0x9e37_79b1;

/// How long events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// As long as the store exists.
    #[default]
    Forever,
    /// For this time after the message arrived.
    For(Duration),
    /// Not at all: only followers receive them.
    Nothing,
}

/// When the events of a transaction are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JourneyWrites {
    /// In the transaction: as durable as the message, for a tenth of the throughput.
    #[default]
    WithMessage,
    /// A moment later, with those of other messages.
    Deferred,
}

/// The events of one store.
#[derive(Clone)]
pub struct Journeys(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    space: Arc<Space>,
    pending: Mutex<Pending>,
    arrived: Notify,
    // Enough is collected to be written now.
    full: Notify,
    // The compression buffer, locked during a write.
    writer: tokio::sync::Mutex<Vec<u8>>,
    followers: Mutex<HashMap<JourneyId, Vec<mpsc::UnboundedSender<Event>>>>,
    settings: Mutex<(Retention, JourneyWrites)>,
    bundles: AtomicU64,
}

/// Receives the events of one journey as they happen.
pub struct JourneyFollower {
    /// The journey.
    pub journey: JourneyId,
    events: mpsc::UnboundedReceiver<Event>,
}

impl JourneyFollower {
    /// The next events; `None` once the store is closed.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        let mut events = vec![self.events.recv().await?];
        while let Ok(more) = self.events.try_recv() {
            events.push(more);
        }
        Some(events)
    }
}

impl Journeys {
    /// The journeys of a store. `opening` keeps the bundle numbers of two processes apart.
    pub(crate) fn new(engine: Arc<dyn Engine>, space: Arc<Space>, opening: u64) -> Journeys {
        Journeys(Arc::new(Inner {
            engine,
            space,
            pending: Mutex::default(),
            arrived: Notify::new(),
            full: Notify::new(),
            writer: tokio::sync::Mutex::default(),
            followers: Mutex::default(),
            settings: Mutex::default(),
            bundles: AtomicU64::new(opening.wrapping_mul(BUNDLE_NUMBER_STRIDE)),
        }))
    }

    /// Sets how long events are kept from now on, and when they are written.
    pub fn configure(&self, retention: Retention, writes: JourneyWrites) {
        *lock(&self.0.settings) = (retention, writes);
    }

    /// Encodes the events of a transaction, and adds them to its batch where they are written with
    /// it. Empty where events are neither kept nor followed.
    pub(crate) fn prepare(
        &self,
        journeys: &BTreeMap<JourneyId, Vec<Event>>,
        batch: &mut Batch,
    ) -> Vec<JourneyEvents> {
        let (retention, writes) = *lock(&self.0.settings);
        if retention == Retention::Nothing && lock(&self.0.followers).is_empty() {
            return Vec::new();
        }
        let mut encoded = Vec::with_capacity(journeys.len());
        for (journey, events) in journeys {
            let Some(first) = events.first() else {
                continue;
            };
            let compact = event::to_compact(events);
            if retention != Retention::Nothing && writes == JourneyWrites::WithMessage {
                batch.put(
                    Keyspace::Journeys,
                    keys::journey_part(*journey, first.at, first.seq),
                    part::pack(&compact),
                );
            }
            encoded.push(JourneyEvents {
                journey: *journey,
                compact,
            });
        }
        encoded
    }

    /// Takes the events of a transaction that is durable.
    pub(crate) fn committed(&self, all: Vec<JourneyEvents>) {
        for encoded in &all {
            if lock(&self.0.followers).contains_key(&encoded.journey) {
                event::from_compact(&encoded.compact)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|event| self.send_to_followers(event));
            }
        }
        let (retention, writes) = *lock(&self.0.settings);
        if retention != Retention::Nothing && writes == JourneyWrites::Deferred && !all.is_empty() {
            self.collect(|pending| all.iter().for_each(|encoded| pending.add_encoded(encoded)));
        }
    }

    /// The events so far, in order.
    ///
    /// # Errors
    /// As the engine; a row that cannot be decoded is left out and logged.
    pub async fn read(&self, journey: JourneyId) -> Result<Vec<Event>, Fault> {
        let prefix = keys::journey(journey);
        // Pending events are read first: one may be seen twice, but none is missed.
        let mut events = lock(&self.0.pending).events_of(journey);
        let end = after_prefix(&prefix);
        let mut found = Vec::new();
        for (_, row) in self
            .0
            .engine
            .scan(Keyspace::Journeys, &prefix, &end, PARTS_MAX)
            .await?
        {
            found.push(unpack(&row));
        }
        // Most events are in a bundle of the second in which the journey began, or of the next.
        let near = near(journey);
        let [from, to] = [near.start, near.end].map(keys::bundle);
        for (_, row) in self
            .0
            .engine
            .scan(Keyspace::Bundles, &from, &to, PARTS_MAX)
            .await?
        {
            found.push(part::unbundle(&row, journey));
        }
        for (key, _) in self
            .0
            .engine
            .scan(Keyspace::Bundled, &prefix, &end, PARTS_MAX)
            .await?
        {
            let Some(bundle) = keys::bundle_of(&key).filter(|bundle| !near.contains(bundle)) else {
                continue;
            };
            if let Some(row) = self
                .0
                .engine
                .get(Keyspace::Bundles, &keys::bundle(bundle))
                .await?
            {
                found.push(part::unbundle(&row, journey));
            }
        }
        for part in found {
            match part {
                Ok(more) => events.extend(more),
                Err(e) => {
                    tracing::warn!(%journey, error = %e, "cannot decode a journey row");
                }
            }
        }
        events.sort_by_key(Event::order);
        events.dedup_by_key(|e| (e.order(), e.span));
        Ok(events)
    }

    /// The events so far, and a follower for all that come.
    ///
    /// # Errors
    /// As [`Journeys::read`].
    pub async fn follow(&self, journey: JourneyId) -> Result<(Vec<Event>, JourneyFollower), Fault> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.0.followers)
            .entry(journey)
            .or_default()
            .push(sender);
        let events = self.read(journey).await?;
        Ok((
            events,
            JourneyFollower {
                journey,
                events: receiver,
            },
        ))
    }

    fn collect(&self, add: impl FnOnce(&mut Pending)) {
        let mut pending = lock(&self.0.pending);
        let before = pending.bytes();
        add(&mut pending);
        let after = pending.bytes();
        drop(pending);
        if before == 0 {
            self.0.arrived.notify_one();
        }
        if before < COLLECTED_BYTES && after >= COLLECTED_BYTES {
            self.0.full.notify_one();
        }
    }

    fn send_to_followers(&self, event: &Event) {
        let Some(journey) = event.journey else { return };
        let mut followers = lock(&self.0.followers);
        if let Some(all) = followers.get_mut(&journey) {
            all.retain(|f| f.send(event.clone()).is_ok());
            if all.is_empty() {
                followers.remove(&journey);
            }
        }
    }

    /// Writes events as they are collected. Runs as long as the host.
    pub async fn run(&self, world: &World) {
        loop {
            self.0.arrived.notified().await;
            let _ = world.within(COLLECT_MAX, self.0.full.notified()).await;
            // Below the reserve events wait in memory, the newest of them.
            let engine = self.0.engine.as_ref();
            while self
                .0
                .space
                .check(Form::Row, || engine.file_space())
                .is_err()
            {
                world.sleep(Duration::from_secs(1)).await;
            }
            if let Err(e) = self.flush().await {
                tracing::warn!(error = %e, "cannot write events; will retry");
                world.sleep(Duration::from_secs(1)).await;
                self.0.arrived.notify_one();
            }
        }
    }

    /// Writes all pending events now.
    ///
    /// # Errors
    /// As the engine; the events stay pending then.
    pub async fn flush(&self) -> Result<(), Fault> {
        let mut buffer = self.0.writer.lock().await;
        let log = lock(&self.0.pending).take();
        let writes = lock(&self.0.settings).1;
        let batch = match writes {
            JourneyWrites::WithMessage => one_row_per_journey(&log),
            JourneyWrites::Deferred => self.bundle_all(&log, &mut buffer).await,
        };
        drop(log);
        if buffer.len() > BUFFER_BYTES_MAX {
            *buffer = Vec::new();
        }
        let written = if batch.changes.is_empty() {
            Ok(())
        } else {
            engine::commit_soon(self.0.engine.as_ref(), batch).await
        };
        let mut pending = lock(&self.0.pending);
        match written {
            Ok(()) => pending.written(),
            Err(_) => pending.put_back(),
        }
        written
    }

    async fn bundle_all(&self, log: &[u8], buffer: &mut Vec<u8>) -> Batch {
        let mut batch = Batch::default();
        let mut begin = 0;
        for Record { end, .. } in part::records(log).flatten() {
            if end - begin > BUNDLE_BYTES || end == log.len() {
                self.add_bundle(&log[begin..end], buffer, &mut batch);
                begin = end;
                // Compression takes a while; mail on this thread does not wait for events.
                yield_now().await;
            }
        }
        batch
    }

    // A bundle is numbered by the latest second in which one of its journeys began, so that it
    // expires with the last of them.
    fn add_bundle(&self, log: &[u8], buffer: &mut Vec<u8>, batch: &mut Batch) {
        let journeys = || part::records(log).flatten().map(|record| record.journey);
        let second = journeys().map(|journey| journey.0 >> 32).max().unwrap_or(0);
        let number =
            self.0.bundles.fetch_add(1, Ordering::Relaxed) & ((1 << BUNDLE_NUMBER_BITS) - 1);
        let key = second << BUNDLE_NUMBER_BITS | number;
        // Another process may have used the number: then the next attempt takes the next one.
        batch.assert_absent(Keyspace::Bundles, keys::bundle(key));
        batch.put(
            Keyspace::Bundles,
            keys::bundle(key),
            part::bundle(log, buffer),
        );
        let far: BTreeSet<JourneyId> = journeys()
            .filter(|journey| !near(*journey).contains(&key))
            .collect();
        for journey in far {
            batch.put(Keyspace::Bundled, keys::bundled(journey, key), Vec::new());
        }
    }
}

// Lets the executor run other tasks.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

// The bundles in which a journey is looked for without an index row: those of two seconds. Index
// rows for every message would cost half as much as the events themselves.
fn near(journey: JourneyId) -> Range<u64> {
    let second = journey.0 >> 32;
    second << BUNDLE_NUMBER_BITS..(second + 2) << BUNDLE_NUMBER_BITS
}

// Writes events outside of a transaction in the same form as those within one.
fn one_row_per_journey(log: &[u8]) -> Batch {
    let mut journeys: BTreeMap<JourneyId, Vec<Event>> = BTreeMap::new();
    for Record {
        journey, compact, ..
    } in part::records(log).flatten()
    {
        journeys
            .entry(journey)
            .or_default()
            .extend(event::from_compact(compact).unwrap_or_default());
    }
    let mut batch = Batch::default();
    for (journey, events) in journeys {
        if let Some(first) = events.first() {
            batch.put(
                Keyspace::Journeys,
                keys::journey_part(journey, first.at, first.seq),
                part::pack(&event::to_compact(&events)),
            );
        }
    }
    batch
}

impl Sink for Journeys {
    fn emit(&self, event: Event) {
        self.send_to_followers(&event);
        if lock(&self.0.settings).0 != Retention::Nothing {
            self.collect(|pending| pending.add(&event));
        }
    }
}

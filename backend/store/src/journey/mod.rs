//! Journeys: the events of messages. Those of a write (an acceptance, a settlement) come from there
//! once it is durable, what happens later (the final 250, a fetch) through [`event::Sink`]; all are
//! gathered for a moment and written together, many messages' in one row. Whoever follows a
//! journey hears each event at once, whoever reads it finds also what still waits.
//!
//! Failures: an event that cannot be written is tried again with the next ones, up to
//! [`WAITING_OCTETS_MAX`]; beyond that the oldest are lost, and logged. A crash loses the events of
//! the last moment, unless they are written with their messages ([`Writing::WithMessage`]). Mail
//! never waits for events.

mod part;
#[cfg(test)]
mod tests;
mod waiting;

pub use part::unpack;
pub(crate) use waiting::Told;

use crate::engine::{self, Batch, Engine, Fault, Space, after_prefix};
use crate::{keys, lock};
use event::{Event, Sink};
use mail::{Duration, JourneyId, Time};
use part::Piece;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tokio::sync::{Notify, mpsc};
use waiting::Waiting;
use world::World;

/// How many octets of events may wait to be written: those of ten thousand messages.
pub const WAITING_BYTES_MAX: usize = 24 * 1024 * 1024;
/// How long events are gathered at most before they are written together.
pub const GATHER: Duration = Duration::from_millis(200);
// Or until they are so many octets: more would leave the processor's caches before they are read
// again.
const GATHERED_BYTES: usize = 4 * BUNDLE_BYTES;
// Parts read at once.
const PARTS_MAX: usize = 10_000;
// A bundle is closed when it is larger: who reads one message's events unpacks this much.
const BUNDLE_BYTES: usize = 64 * 1024;
// Larger room for compressing is given back.
const ROOM_BYTES_MAX: usize = 4 * BUNDLE_BYTES;
// A bundle's number: a second (32 bits), and in its lower bits one that no other bundle of that
// second has.
const BUNDLE_NUMBER_BITS: u32 = 31;
// Odd and large, so that those of different openings lie far from each other.
const BUNDLES_APART: u64 = 0x9e37_79b1;

/// For how long events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// As long as the store.
    #[default]
    Forever,
    /// So long after the message came.
    For(Duration),
    /// Not at all: only who follows a message just now hears of it.
    Nothing,
}

/// When events of a write are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// In that write: as durable as the message, for a tenth of the throughput.
    #[default]
    WithMessage,
    /// A moment after it, with those of other messages.
    Soon,
}

// How often what is too old is looked for, and how many rows of each kind go in one write.
const FORGETTING: Duration = Duration::from_secs(3600);
const FORGOTTEN_AT_ONCE: [(Space, usize); 3] = [
    (Space::Journeys, 200),
    (Space::Bundled, 5000),
    (Space::Bundles, 20),
];

/// The events of one store.
#[derive(Clone)]
pub struct Journeys(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    waiting: Mutex<Waiting>,
    arrived: Notify,
    // So much waits that it is to be written now.
    many: Notify,
    // Held by whoever writes what waits; the room in which he compresses it.
    writer: tokio::sync::Mutex<Vec<u8>>,
    followers: Mutex<HashMap<JourneyId, Vec<mpsc::UnboundedSender<Event>>>>,
    keeping: Mutex<(Keeping, Writing)>,
    bundles: AtomicU64,
}

/// Follows one journey.
pub struct Follower {
    /// Whose.
    pub journey: JourneyId,
    news: mpsc::UnboundedReceiver<Event>,
}

impl Follower {
    /// The next events; none once the store has ended.
    pub async fn next(&mut self) -> Option<Vec<Event>> {
        let mut events = vec![self.news.recv().await?];
        while let Ok(more) = self.news.try_recv() {
            events.push(more);
        }
        Some(events)
    }
}

impl Journeys {
    /// `opening`: of the store, so that two that are open at once number their bundles apart.
    pub(crate) fn new(engine: Arc<dyn Engine>, opening: u64) -> Journeys {
        Journeys(Arc::new(Inner {
            engine,
            waiting: Mutex::default(),
            arrived: Notify::new(),
            many: Notify::new(),
            writer: tokio::sync::Mutex::default(),
            followers: Mutex::default(),
            keeping: Mutex::default(),
            bundles: AtomicU64::new(opening.wrapping_mul(BUNDLES_APART)),
        }))
    }

    /// Says for how long events are kept from now on, and when they are written.
    pub fn keep(&self, keeping: Keeping, writing: Writing) {
        *lock(&self.0.keeping) = (keeping, writing);
    }

    /// The events of a write as they will be kept, and what of them goes into the write itself.
    /// Nothing where nobody wants them.
    pub(crate) fn prepare(
        &self,
        journeys: &BTreeMap<JourneyId, Vec<Event>>,
        batch: &mut Batch,
    ) -> Vec<Told> {
        let (keeping, writing) = *lock(&self.0.keeping);
        if keeping == Keeping::Nothing && lock(&self.0.followers).is_empty() {
            return Vec::new();
        }
        let mut told = Vec::with_capacity(journeys.len());
        for (journey, events) in journeys {
            let Some(first) = events.first() else {
                continue;
            };
            let compact = event::to_compact(events);
            if keeping != Keeping::Nothing && writing == Writing::WithMessage {
                batch.put(
                    Space::Journeys,
                    keys::journey_part(*journey, first.at, first.seq),
                    part::pack(&compact),
                );
            }
            told.push(Told {
                journey: *journey,
                compact,
            });
        }
        told
    }

    /// The write is durable.
    pub(crate) fn happened(&self, all: Vec<Told>) {
        for told in &all {
            if lock(&self.0.followers).contains_key(&told.journey) {
                event::from_compact(&told.compact)
                    .unwrap_or_default()
                    .iter()
                    .for_each(|event| self.tell_live(event));
            }
        }
        let (keeping, writing) = *lock(&self.0.keeping);
        if keeping != Keeping::Nothing && writing == Writing::Soon && !all.is_empty() {
            self.gather(|waiting| all.iter().for_each(|told| waiting.add_told(told)));
        }
    }

    /// Forgets what is older than it is to be kept, now and every hour. Ends at once where nothing
    /// grows too old.
    pub async fn run_forgetting(&self, world: &World) {
        loop {
            let Keeping::For(length) = lock(&self.0.keeping).0 else {
                return;
            };
            if let Err(e) = self
                .forget(world.now().since(Time(0)).saturating_sub(length))
                .await
            {
                tracing::warn!(error = %e, "old journeys could not be forgotten yet");
            }
            world.sleep(FORGETTING).await;
        }
    }

    // A journey's upper half is the second of its beginning, a bundle's that of its writing,
    // counted like `before` from the epoch.
    async fn forget(&self, before: Duration) -> Result<(), Fault> {
        let second = before.as_secs().min(u64::from(u32::MAX));
        for (space, at_once) in FORGOTTEN_AT_ONCE {
            let end = match space {
                Space::Bundles => keys::bundle(second << BUNDLE_NUMBER_BITS),
                _ => keys::journey(JourneyId(second << 32)),
            };
            loop {
                let old = self.0.engine.scan(space, &[], &end, at_once).await?;
                let mut batch = Batch::default();
                old.iter()
                    .for_each(|(key, _)| batch.delete(space, key.clone()));
                engine::commit(self.0.engine.as_ref(), batch).await?;
                if old.len() < at_once {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The events so far, in their order.
    ///
    /// # Errors
    /// As the engine; a broken part is left out and logged.
    pub async fn read(&self, journey: JourneyId) -> Result<Vec<Event>, Fault> {
        let prefix = keys::journey(journey);
        // What waits is looked at first: an event may be seen twice meanwhile, but not missed.
        let mut events = lock(&self.0.waiting).events_of(journey);
        let end = after_prefix(&prefix);
        let mut found = Vec::new();
        for (_, row) in self
            .0
            .engine
            .scan(Space::Journeys, &prefix, &end, PARTS_MAX)
            .await?
        {
            found.push(unpack(&row));
        }
        // Most of it lies in one bundle of the second in which it began, or of the next.
        let near = near(journey);
        let [from, to] = [near.start, near.end].map(keys::bundle);
        for (_, row) in self
            .0
            .engine
            .scan(Space::Bundles, &from, &to, PARTS_MAX)
            .await?
        {
            found.push(part::unbundle(&row, journey));
        }
        for (key, _) in self
            .0
            .engine
            .scan(Space::Bundled, &prefix, &end, PARTS_MAX)
            .await?
        {
            let Some(bundle) = keys::bundle_of(&key).filter(|bundle| !near.contains(bundle)) else {
                continue;
            };
            if let Some(row) = self
                .0
                .engine
                .get(Space::Bundles, &keys::bundle(bundle))
                .await?
            {
                found.push(part::unbundle(&row, journey));
            }
        }
        for part in found {
            match part {
                Ok(more) => events.extend(more),
                Err(e) => {
                    tracing::warn!(%journey, error = %e, "a part of a journey cannot be read")
                }
            }
        }
        events.sort_by_key(Event::order);
        events.dedup_by_key(|e| (e.order(), e.span));
        Ok(events)
    }

    /// The events so far, and all that come.
    ///
    /// # Errors
    /// As [`Journeys::read`].
    pub async fn follow(&self, journey: JourneyId) -> Result<(Vec<Event>, Follower), Fault> {
        let (tell, news) = mpsc::unbounded_channel();
        lock(&self.0.followers)
            .entry(journey)
            .or_default()
            .push(tell);
        let events = self.read(journey).await?;
        Ok((events, Follower { journey, news }))
    }

    fn gather(&self, add: impl FnOnce(&mut Waiting)) {
        let mut waiting = lock(&self.0.waiting);
        let before = waiting.bytes();
        add(&mut waiting);
        let after = waiting.bytes();
        drop(waiting);
        if before == 0 {
            self.0.arrived.notify_one();
        }
        if before < GATHERED_BYTES && after >= GATHERED_BYTES {
            self.0.many.notify_one();
        }
    }

    fn tell_live(&self, event: &Event) {
        let Some(journey) = event.journey else { return };
        let mut followers = lock(&self.0.followers);
        if let Some(all) = followers.get_mut(&journey) {
            all.retain(|f| f.send(event.clone()).is_ok());
            if all.is_empty() {
                followers.remove(&journey);
            }
        }
    }

    /// Writes what waits, whenever something does. Runs as long as the host.
    pub async fn run(&self, world: &World) {
        loop {
            self.0.arrived.notified().await;
            let _ = world.within(GATHER, self.0.many.notified()).await;
            if let Err(e) = self.flush().await {
                tracing::warn!(error = %e, "events could not be written and wait");
                world.sleep(Duration::from_secs(1)).await;
                self.0.arrived.notify_one();
            }
        }
    }

    /// Writes what waits now.
    ///
    /// # Errors
    /// As the engine; the events go on waiting then.
    pub async fn flush(&self) -> Result<(), Fault> {
        let mut room = self.0.writer.lock().await;
        let log = lock(&self.0.waiting).take();
        let writing = lock(&self.0.keeping).1;
        let batch = match writing {
            Writing::WithMessage => one_by_one(&log),
            Writing::Soon => self.bundle(&log, &mut room).await,
        };
        drop(log);
        if room.len() > ROOM_BYTES_MAX {
            *room = Vec::new();
        }
        let written = if batch.changes.is_empty() {
            Ok(())
        } else {
            engine::commit_soon(self.0.engine.as_ref(), batch).await
        };
        let mut waiting = lock(&self.0.waiting);
        match written {
            Ok(()) => waiting.written(),
            Err(_) => waiting.put_back(),
        }
        written
    }

    async fn bundle(&self, log: &[u8], room: &mut Vec<u8>) -> Batch {
        let mut batch = Batch::default();
        let mut begin = 0;
        for Piece { end, .. } in part::pieces(log).flatten() {
            if end - begin > BUNDLE_BYTES || end == log.len() {
                self.close(&log[begin..end], room, &mut batch);
                begin = end;
                // Compressing takes a while, and mail that comes in on this thread does not wait
                // for events.
                give_way().await;
            }
        }
        batch
    }

    // Numbered by the latest second in which one of its journeys began: it is forgotten with the
    // last of them.
    fn close(&self, log: &[u8], room: &mut Vec<u8>, batch: &mut Batch) {
        let journeys = || part::pieces(log).flatten().map(|piece| piece.journey);
        let second = journeys().map(|journey| journey.0 >> 32).max().unwrap_or(0);
        let number =
            self.0.bundles.fetch_add(1, Ordering::Relaxed) & ((1 << BUNDLE_NUMBER_BITS) - 1);
        let key = second << BUNDLE_NUMBER_BITS | number;
        // Another opening of the store may have been given the same: then they are written under
        // the next number.
        batch.assert_absent(Space::Bundles, keys::bundle(key));
        batch.put(Space::Bundles, keys::bundle(key), part::bundle(log, room));
        let far: BTreeSet<JourneyId> = journeys()
            .filter(|journey| !near(*journey).contains(&key))
            .collect();
        for journey in far {
            batch.put(Space::Bundled, keys::bundled(journey, key), Vec::new());
        }
    }
}

// Lets the executor's other tasks have their turn.
async fn give_way() {
    let mut gave = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

// The bundles in which a journey is looked for without being told that it lies there: to note that
// for each message would cost as much as half of what is noted. There are as many as are written in
// two seconds.
fn near(journey: JourneyId) -> Range<u64> {
    let second = journey.0 >> 32;
    second << BUNDLE_NUMBER_BITS..(second + 2) << BUNDLE_NUMBER_BITS
}

// What belongs to no write is kept like what does.
fn one_by_one(log: &[u8]) -> Batch {
    let mut journeys: BTreeMap<JourneyId, Vec<Event>> = BTreeMap::new();
    for Piece {
        journey, compact, ..
    } in part::pieces(log).flatten()
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
                Space::Journeys,
                keys::journey_part(journey, first.at, first.seq),
                part::pack(&event::to_compact(&events)),
            );
        }
    }
    batch
}

impl Sink for Journeys {
    fn emit(&self, event: Event) {
        self.tell_live(&event);
        if lock(&self.0.keeping).0 != Keeping::Nothing {
            self.gather(|waiting| waiting.add(&event));
        }
    }
}

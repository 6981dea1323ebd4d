//! Journeys: the events of letters. Those of a write (an acceptance, a settlement) come from there once it is durable, what happens later
//! (the final 250, a fetch) through [`event::Sink`]; all are gathered for a moment and written together, a letter's in one row. Whoever follows a
//! journey hears each event at once, whoever reads it finds also what still waits.
//!
//! Failures: an event that cannot be written is tried again with the next ones, up to [`WAITING_MAX`]; beyond that the oldest are lost, and logged.
//! A crash loses the events of the last moment, unless they are written with their letters ([`Writing::WithLetter`]). Mail never waits for events.

use crate::engine::{self, Batch, Engine, Fault, Space, after_prefix};
use crate::{keys, lock, part};
use event::{Event, Sink};
use mail::{Duration, JourneyId, Time};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, mpsc};
use world::World;

/// How many events may wait to be written.
pub const WAITING_MAX: usize = 100_000;
/// How long events are gathered before they are written together.
pub const GATHER: Duration = Duration::from_millis(200);
// Parts read at once.
const PARTS_MAX: usize = 10_000;
/// For how long events are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// As long as the store.
    #[default]
    Forever,
    /// So long after the letter came.
    For(Duration),
    /// Not at all: only who follows a letter just now hears of it.
    Nothing,
}

/// When events of a write are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// In that write: as durable as the letter, for a tenth of the throughput.
    #[default]
    WithLetter,
    /// A moment after it, with those of other letters.
    Soon,
}

// How often what is too old is looked for, and how many parts go in one write.
const FORGETTING: Duration = Duration::from_secs(3600);
const FORGOTTEN_AT_ONCE: usize = 200;

/// The events of one store.
#[derive(Clone)]
pub struct Journeys(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    waiting: Mutex<Waiting>,
    arrived: Notify,
    // Held by whoever writes what waits.
    writer: tokio::sync::Mutex<()>,
    followers: Mutex<HashMap<JourneyId, Vec<mpsc::UnboundedSender<Event>>>>,
    keeping: Mutex<(Keeping, Writing)>,
}

type Parts = BTreeMap<JourneyId, Vec<Event>>;

#[derive(Default)]
struct Waiting {
    parts: Parts,
    events: usize,
    /// Taken up, but not durable yet.
    writing: Arc<Parts>,
}

impl Waiting {
    fn add(&mut self, journey: JourneyId, events: impl IntoIterator<Item = Event>) {
        let part = self.parts.entry(journey).or_default();
        let before = part.len();
        part.extend(events);
        self.events += part.len() - before;
    }

    // Journeys are numbered by when they began.
    fn bound(&mut self) {
        if self.events <= WAITING_MAX {
            return;
        }
        tracing::warn!(lost = WAITING_MAX / 2, "too many events wait; the oldest are lost");
        while self.events > WAITING_MAX / 2 {
            let Some((_, part)) = self.parts.pop_first() else { break };
            self.events -= part.len();
        }
    }

    fn take(&mut self) -> Arc<Parts> {
        self.events = 0;
        self.writing = Arc::new(std::mem::take(&mut self.parts));
        self.writing.clone()
    }

    // What could not be written stands before what came since.
    fn put_back(&mut self) {
        let failed = std::mem::take(&mut self.writing);
        let since = std::mem::replace(&mut self.parts, Arc::unwrap_or_clone(failed));
        self.events = self.parts.values().map(Vec::len).sum();
        for (journey, events) in since {
            self.add(journey, events);
        }
        self.bound();
    }
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
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Journeys {
        Journeys(Arc::new(Inner {
            engine,
            waiting: Mutex::default(),
            arrived: Notify::new(),
            writer: tokio::sync::Mutex::default(),
            followers: Mutex::default(),
            keeping: Mutex::default(),
        }))
    }

    /// Says for how long events are kept from now on, and when they are written.
    pub fn keep(&self, keeping: Keeping, writing: Writing) {
        *lock(&self.0.keeping) = (keeping, writing);
    }

    /// Events of a write are written in it.
    pub(crate) fn go_with_letters(&self) -> bool {
        let (keeping, writing) = *lock(&self.0.keeping);
        keeping != Keeping::Nothing && writing == Writing::WithLetter
    }

    fn are_gathered(&self) -> bool {
        let (keeping, writing) = *lock(&self.0.keeping);
        keeping != Keeping::Nothing && writing == Writing::Soon
    }

    /// Forgets what is older than it is to be kept, now and every hour. Ends at once where nothing grows too old.
    pub async fn run_forgetting(&self, world: &World) {
        loop {
            let Keeping::For(length) = lock(&self.0.keeping).0 else { return };
            if let Err(e) = self.forget(world.now().since(Time(0)).saturating_sub(length)).await {
                tracing::warn!(error = %e, "old journeys could not be forgotten yet");
            }
            world.sleep(FORGETTING).await;
        }
    }

    // A journey's upper half is the second of its beginning, counted like `before` from the epoch.
    async fn forget(&self, before: Duration) -> Result<(), Fault> {
        let end = keys::journey(JourneyId(before.as_secs().min(u64::from(u32::MAX)) << 32));
        loop {
            let old = self.0.engine.scan(Space::Journeys, &[], &end, FORGOTTEN_AT_ONCE).await?;
            let mut batch = Batch::default();
            old.iter().for_each(|(key, _)| batch.delete(Space::Journeys, key.clone()));
            engine::commit(self.0.engine.as_ref(), batch).await?;
            if old.len() < FORGOTTEN_AT_ONCE {
                return Ok(());
            }
        }
    }

    /// The events so far, in their order.
    ///
    /// # Errors
    /// As the engine; a broken part is left out and logged.
    pub async fn read(&self, journey: JourneyId) -> Result<Vec<Event>, Fault> {
        let prefix = keys::journey(journey);
        // What waits is looked at first: an event may be seen twice meanwhile, but not missed.
        let mut events: Vec<Event> = {
            let waiting = lock(&self.0.waiting);
            let parts = [waiting.parts.get(&journey), waiting.writing.get(&journey)];
            parts.into_iter().flatten().flatten().cloned().collect()
        };
        for (_, part) in self.0.engine.scan(Space::Journeys, &prefix, &after_prefix(&prefix), PARTS_MAX).await? {
            match part::unpack(&part) {
                Ok(more) => events.extend(more),
                Err(e) => tracing::warn!(%journey, error = %e, "a part of a journey cannot be read"),
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
        lock(&self.0.followers).entry(journey).or_default().push(tell);
        let events = self.read(journey).await?;
        Ok((events, Follower { journey, news }))
    }

    /// Takes the events of a write that is durable now.
    pub(crate) fn happened(&self, parts: Parts) {
        parts.values().for_each(|events| self.tell_live(events));
        if self.are_gathered() && !parts.is_empty() {
            self.gather(|waiting| parts.into_iter().for_each(|(journey, events)| waiting.add(journey, events)));
        }
    }

    fn gather(&self, add: impl FnOnce(&mut Waiting)) {
        let mut waiting = lock(&self.0.waiting);
        let first = waiting.events == 0;
        add(&mut waiting);
        waiting.bound();
        drop(waiting);
        if first {
            self.0.arrived.notify_one();
        }
    }

    fn tell_live(&self, events: &[Event]) {
        let mut followers = lock(&self.0.followers);
        if followers.is_empty() {
            return;
        }
        for event in events {
            let Some(journey) = event.journey else { continue };
            if let Some(all) = followers.get_mut(&journey) {
                all.retain(|f| f.send(event.clone()).is_ok());
                if all.is_empty() {
                    followers.remove(&journey);
                }
            }
        }
    }

    /// Writes what waits, whenever something does. Runs as long as the host.
    pub async fn run(&self, world: &World) {
        loop {
            self.0.arrived.notified().await;
            world.sleep(GATHER).await;
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
        let _only = self.0.writer.lock().await;
        let parts = {
            let mut waiting = lock(&self.0.waiting);
            // Whoever wrote before may have gone away before he heard of it: to write it twice changes nothing.
            if !waiting.writing.is_empty() {
                waiting.put_back();
            }
            waiting.take()
        };
        let mut batch = Batch::default();
        for (journey, events) in parts.iter() {
            if let Some(first) = events.first() {
                batch.put(Space::Journeys, keys::journey_part(*journey, first.at, first.seq), part::pack(events));
            }
        }
        drop(parts);
        let written = if batch.changes.is_empty() { Ok(()) } else { engine::commit(self.0.engine.as_ref(), batch).await };
        let mut waiting = lock(&self.0.waiting);
        match written {
            Ok(()) => waiting.writing = Arc::default(),
            Err(_) => waiting.put_back(),
        }
        written
    }
}

impl Sink for Journeys {
    fn emit(&self, event: Event) {
        self.tell_live(std::slice::from_ref(&event));
        if let Some(journey) = event.journey.filter(|_| lock(&self.0.keeping).0 != Keeping::Nothing) {
            self.gather(|waiting| waiting.add(journey, [event]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PasswordCost, Store};
    use event::{Kind, Role};
    use mail::SpanId;

    fn told(secs: u64) -> Event {
        let kind = Kind::Closed { after: Duration::from_secs(1) };
        Event {
            at: Time::from_secs(i64::try_from(secs).unwrap()),
            seq: secs,
            journey: Some(JourneyId(secs << 32 | 7)),
            span: SpanId(1),
            parent: None,
            host: "mail.a.test".into(),
            role: Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: kind.explain().into(),
            claimed: false,
            kind,
        }
    }

    async fn kept(store: &Store, secs: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut kept = Vec::new();
        for secs in secs {
            if !store.journeys().read(JourneyId(secs << 32 | 7)).await.unwrap().is_empty() {
                kept.push(secs);
            }
        }
        kept
    }

    #[tokio::test]
    async fn what_is_too_old_is_forgotten_and_nothing_else() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        let many = FORGOTTEN_AT_ONCE as u64 + 3;
        (100..100 + many).for_each(|secs| store.journeys().emit(told(secs)));
        store.journeys().flush().await.unwrap();
        store.journeys().forget(Duration::from_secs(99 + many)).await.unwrap();
        assert_eq!(kept(&store, 100..100 + many).await, [99 + many], "the second itself is not over");
    }

    #[tokio::test]
    async fn where_nothing_is_kept_only_followers_hear_of_it() {
        let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
        store.journeys().keep(Keeping::Nothing, Writing::Soon);
        let (_, mut follower) = store.journeys().follow(JourneyId(5 << 32 | 7)).await.unwrap();
        store.journeys().emit(told(5));
        let mut tx = store.begin();
        tx.tell([told(6)]);
        tx.commit().await.unwrap();
        store.journeys().flush().await.unwrap();
        assert_eq!(follower.next().await.unwrap(), [told(5)]);
        assert!(kept(&store, 5..7).await.is_empty());
    }
    // Writes fail while it is full.
    async fn on_a_disk() -> (Store, Arc<engine::memory::Memory>) {
        let disk = Arc::new(engine::memory::Memory::default());
        let store = Store::open(disk.clone(), Arc::new(crate::MemoryBlobs::default()), PasswordCost::NONE).await.unwrap();
        store.journeys().keep(Keeping::Forever, Writing::Soon);
        (store, disk)
    }

    async fn rows(disk: &engine::memory::Memory) -> usize {
        disk.scan(Space::Journeys, &[], &[u8::MAX; 25], 1000).await.unwrap().len()
    }

    fn later(event: Event, seq: u64) -> Event {
        Event { seq, ..event }
    }

    #[tokio::test]
    async fn a_letters_events_are_read_at_once_and_written_together_in_one_row() {
        let (store, disk) = on_a_disk().await;
        let mut tx = store.begin();
        tx.tell([told(5), later(told(5), 6)]);
        tx.commit().await.unwrap();
        store.journeys().emit(later(told(5), 7));
        let journey = JourneyId(5 << 32 | 7);
        assert_eq!(rows(&disk).await, 0, "not with the letter");
        assert_eq!(store.journeys().read(journey).await.unwrap().len(), 3, "what waits is read as well");
        store.journeys().flush().await.unwrap();
        assert_eq!((rows(&disk).await, store.journeys().read(journey).await.unwrap().len()), (1, 3));
    }

    #[tokio::test]
    async fn what_cannot_be_written_waits_and_stands_before_what_comes_later() {
        let (store, disk) = on_a_disk().await;
        store.journeys().emit(told(5));
        disk.set_full(true);
        assert_eq!(store.journeys().flush().await, Err(Fault::Full));
        store.journeys().emit(later(told(5), 6));
        assert_eq!(store.journeys().flush().await, Err(Fault::Full));
        disk.set_full(false);
        store.journeys().flush().await.unwrap();
        let seqs: Vec<u64> = store.journeys().read(JourneyId(5 << 32 | 7)).await.unwrap().iter().map(|e| e.seq).collect();
        assert_eq!((rows(&disk).await, seqs), (1, vec![5, 6]));
    }

    #[tokio::test]
    async fn a_write_that_failed_tells_nothing() {
        let (store, disk) = on_a_disk().await;
        disk.set_full(true);
        let mut tx = store.begin();
        tx.tell([told(5)]);
        tx.spool(mail::LetterId(1), None, None, vec![1]);
        assert_eq!(tx.commit().await.err(), Some(Fault::Full));
        assert!(store.journeys().read(JourneyId(5 << 32 | 7)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn too_many_waiting_events_cost_the_oldest_journeys() {
        let (store, disk) = on_a_disk().await;
        disk.set_full(true);
        let one_too_many = WAITING_MAX as u64 + 1;
        let emit = |range: std::ops::Range<u64>| range.for_each(|n| store.journeys().emit(told(n)));
        emit(0..one_too_many - 1);
        assert_eq!(lock(&store.journeys().0.waiting).events, WAITING_MAX);
        emit(one_too_many - 1..one_too_many);
        assert_eq!(lock(&store.journeys().0.waiting).events, WAITING_MAX / 2);
        assert!(store.journeys().read(JourneyId(7)).await.unwrap().is_empty());
        assert_eq!(store.journeys().read(JourneyId((one_too_many - 1) << 32 | 7)).await.unwrap().len(), 1);
    }
}

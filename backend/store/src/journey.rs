//! Journeys: the events of letters. Those up to acceptance are written with the letter; what happens later (the final 250, a retry,
//! a fetch) comes through [`event::Sink`], is gathered for a moment and written together. Whoever follows a journey hears each event at once.
//!
//! Failures: an event that cannot be written is tried again with the next ones, up to [`WAITING_MAX`]; beyond that the oldest are lost, and logged. Mail never waits for events.

use crate::engine::{self, Batch, Engine, Fault, Space, after_prefix};
use crate::{keys, lock};
use event::{Event, Sink};
use mail::{Duration, JourneyId, Time};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, mpsc};
use world::World;

/// How many events may wait to be written.
pub const WAITING_MAX: usize = 100_000;
/// How long events are gathered before they are written together.
pub const GATHER: Duration = Duration::from_millis(100);
// Parts read at once.
const PARTS_MAX: usize = 10_000;
// A part's first octet where what follows is compressed (LZ4 block, its length before it). JSON begins with `[`.
const COMPRESSED: u8 = 1;
// What a part may become when it is unpacked; more than a connection can say.
const PART_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Events as a part of a journey: JSON, compressed, for dialogues repeat themselves.
pub(crate) fn pack(events: &[Event]) -> Vec<u8> {
    let mut part = vec![COMPRESSED];
    part.extend(lz4_flex::block::compress_prepend_size(&event::to_json(events)));
    part
}

/// The events of a part, as it stands in [`Space::Journeys`].
///
/// # Errors
/// A sentence, where it cannot be read.
pub fn unpack(part: &[u8]) -> Result<Vec<Event>, String> {
    let Some((&COMPRESSED, packed)) = part.split_first() else {
        return event::from_json(part).map_err(|e| e.to_string());
    };
    let size = packed.first_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if size > PART_BYTES_MAX {
        return Err(format!("a part of {size} octets"));
    }
    let json = lz4_flex::block::decompress_size_prepended(packed).map_err(|e| e.to_string())?;
    event::from_json(&json).map_err(|e| e.to_string())
}

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

// How often what is too old is looked for, and how many parts go in one write.
const FORGETTING: Duration = Duration::from_secs(3600);
const FORGOTTEN_AT_ONCE: usize = 200;

/// The events of one store.
#[derive(Clone)]
pub struct Journeys(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    waiting: Mutex<Vec<Event>>,
    arrived: Notify,
    followers: Mutex<HashMap<JourneyId, Vec<mpsc::UnboundedSender<Event>>>>,
    keeping: Mutex<Keeping>,
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
            followers: Mutex::default(),
            keeping: Mutex::default(),
        }))
    }

    /// Says for how long events are kept from now on.
    pub fn keep(&self, keeping: Keeping) {
        *lock(&self.0.keeping) = keeping;
    }

    /// Events are written down.
    pub(crate) fn are_kept(&self) -> bool {
        *lock(&self.0.keeping) != Keeping::Nothing
    }

    /// Forgets what is older than it is to be kept, now and every hour. Ends at once where nothing grows too old.
    pub async fn run_forgetting(&self, world: &World) {
        loop {
            let Keeping::For(length) = *lock(&self.0.keeping) else { return };
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
        let mut events: Vec<Event> = lock(&self.0.waiting).iter().filter(|e| e.journey == Some(journey)).cloned().collect();
        for (_, part) in self.0.engine.scan(Space::Journeys, &prefix, &after_prefix(&prefix), PARTS_MAX).await? {
            match unpack(&part) {
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

    /// Tells followers of events that were written with a letter.
    pub(crate) fn tell_live(&self, events: &[Event]) {
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
        let waiting = std::mem::take(&mut *lock(&self.0.waiting));
        if waiting.is_empty() {
            return Ok(());
        }
        let mut journeys: BTreeMap<JourneyId, Vec<&Event>> = BTreeMap::new();
        for event in &waiting {
            if let Some(journey) = event.journey {
                journeys.entry(journey).or_default().push(event);
            }
        }
        let mut batch = Batch::default();
        for (journey, events) in &journeys {
            let events: Vec<Event> = events.iter().copied().cloned().collect();
            batch.put(Space::Journeys, keys::journey_part(*journey, events[0].at, events[0].seq), pack(&events));
        }
        engine::commit(self.0.engine.as_ref(), batch).await.inspect_err(|_| {
            let mut again = lock(&self.0.waiting);
            let later = std::mem::replace(&mut *again, waiting);
            again.extend(later);
        })
    }
}

impl Sink for Journeys {
    fn emit(&self, event: Event) {
        self.tell_live(std::slice::from_ref(&event));
        if !self.are_kept() {
            return;
        }
        let mut waiting = lock(&self.0.waiting);
        if waiting.len() >= WAITING_MAX {
            tracing::warn!(lost = WAITING_MAX / 2, "too many events wait; the oldest are lost");
            waiting.drain(..WAITING_MAX / 2);
        }
        waiting.push(event);
        let first = waiting.len() == 1;
        drop(waiting);
        if first {
            self.0.arrived.notify_one();
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
        store.journeys().keep(Keeping::Nothing);
        let (_, mut follower) = store.journeys().follow(JourneyId(5 << 32 | 7)).await.unwrap();
        store.journeys().emit(told(5));
        let mut tx = store.begin();
        tx.tell([told(6)]);
        tx.commit().await.unwrap();
        store.journeys().flush().await.unwrap();
        assert_eq!(follower.next().await.unwrap(), [told(5)]);
        assert!(kept(&store, 5..7).await.is_empty());
    }
}

//! Events are kept, collected, expired and followed.

use super::expiry::EXPIRED_AT_ONCE;
use super::*;
use crate::{PasswordCost, Store};
use event::{Kind, Role};
use mail::{SpanId, Time};

pub(super) fn event_at(secs: u64) -> Event {
    let kind = Kind::Closed {
        after: Duration::from_secs(1),
    };
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
        if !store
            .journeys()
            .read(JourneyId(secs << 32 | 7))
            .await
            .unwrap()
            .is_empty()
        {
            kept.push(secs);
        }
    }
    kept
}

#[tokio::test]
async fn expires_old_journeys_only() {
    let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
    let many = EXPIRED_AT_ONCE[0].1 as u64 + 3;
    (100..100 + many).for_each(|secs| store.journeys().emit(event_at(secs)));
    store.journeys().flush().await.unwrap();
    store
        .journeys()
        .expire_before(Duration::from_secs(99 + many))
        .await
        .unwrap();
    assert_eq!(
        kept(&store, 100..100 + many).await,
        [99 + many],
        "the second itself is not over"
    );
}

#[tokio::test]
async fn a_bundle_expires_with_the_last_of_its_journeys() {
    let (store, disk) = on_a_disk().await;
    let many = EXPIRED_AT_ONCE[2].1 as u64 + 3;
    for secs in (0..many).map(|n| 100 + 10 * n) {
        // Each message lies in a bundle with one that came five seconds later.
        [secs, secs + 5]
            .into_iter()
            .for_each(|secs| store.journeys().emit(event_at(secs)));
        store.journeys().flush().await.unwrap();
    }
    let last = 100 + 10 * (many - 1);
    let left = async |before: u64| {
        store
            .journeys()
            .expire_before(Duration::from_secs(before))
            .await
            .unwrap();
        let messages = kept(&store, (100..last + 10).step_by(5)).await;
        (
            messages,
            rows(&disk, Keyspace::Bundles).await,
            rows(&disk, Keyspace::Bundled).await,
        )
    };
    assert_eq!(left(last).await, (vec![last, last + 5], 1, 1));
    assert_eq!(left(last + 1).await, (vec![last + 5], 1, 0));
    assert_eq!(left(last + 6).await, (vec![], 0, 0));
}

#[tokio::test]
async fn finds_events_long_after_the_journey_began() {
    let (store, disk) = on_a_disk().await;
    // With a message that came when it did, a second later, two seconds later, and much later.
    for (number, company) in [5, 6, 7, 5000].into_iter().enumerate() {
        store.journeys().emit(later(event_at(5), number as u64));
        store.journeys().emit(event_at(company));
        store.journeys().flush().await.unwrap();
    }
    let events = store.journeys().read(JourneyId(5 << 32 | 7)).await.unwrap();
    assert_eq!(
        events.iter().map(|e| e.seq).collect::<Vec<_>>(),
        [0, 1, 2, 3, 5]
    );
    assert_eq!(
        (
            rows(&disk, Keyspace::Bundles).await,
            rows(&disk, Keyspace::Bundled).await
        ),
        (4, 2),
        "noted only where it is not looked for anyway"
    );
}

#[tokio::test]
async fn without_retention_only_followers_receive_events() {
    let store = Store::in_memory(PasswordCost::NONE).await.unwrap();
    store
        .journeys()
        .configure(Retention::Nothing, JourneyWrites::Deferred);
    let (_, mut follower) = store
        .journeys()
        .follow(JourneyId(5 << 32 | 7))
        .await
        .unwrap();
    store.journeys().emit(event_at(5));
    let mut tx = store.begin();
    tx.record([event_at(6)]);
    tx.commit().await.unwrap();
    store.journeys().flush().await.unwrap();
    assert_eq!(follower.next().await.unwrap(), [event_at(5)]);
    assert!(kept(&store, 5..7).await.is_empty());
}

// Writes fail while it is full.
async fn on_a_disk() -> (Store, Arc<engine::memory::Memory>) {
    let disk = Arc::new(engine::memory::Memory::default());
    let store = Store::open(
        disk.clone(),
        Arc::new(crate::MemoryBlobs::default()),
        PasswordCost::NONE,
    )
    .await
    .unwrap();
    store
        .journeys()
        .configure(Retention::Forever, JourneyWrites::Deferred);
    (store, disk)
}

async fn rows(disk: &engine::memory::Memory, space: Keyspace) -> usize {
    disk.scan(space, &[], &[u8::MAX; 25], 1000)
        .await
        .unwrap()
        .len()
}

fn later(event: Event, seq: u64) -> Event {
    Event { seq, ..event }
}

#[tokio::test]
async fn pending_events_are_readable_and_written_in_one_row() {
    let (store, disk) = on_a_disk().await;
    let mut tx = store.begin();
    tx.record([event_at(5), later(event_at(5), 6)]);
    tx.commit().await.unwrap();
    store.journeys().emit(later(event_at(5), 7));
    let journey = JourneyId(5 << 32 | 7);
    assert_eq!(
        rows(&disk, Keyspace::Journeys).await,
        0,
        "not with the message"
    );
    assert_eq!(
        store.journeys().read(journey).await.unwrap().len(),
        3,
        "what waits is read as well"
    );
    store.journeys().flush().await.unwrap();
    assert_eq!(
        (
            rows(&disk, Keyspace::Bundles).await,
            store.journeys().read(journey).await.unwrap().len()
        ),
        (1, 3)
    );
}

#[tokio::test]
async fn events_that_fail_to_be_written_precede_later_ones() {
    let (store, disk) = on_a_disk().await;
    store.journeys().emit(event_at(5));
    disk.set_full(true);
    assert_eq!(store.journeys().flush().await, Err(Fault::Full));
    store.journeys().emit(later(event_at(5), 6));
    assert_eq!(store.journeys().flush().await, Err(Fault::Full));
    disk.set_full(false);
    store.journeys().flush().await.unwrap();
    let seqs: Vec<u64> = store
        .journeys()
        .read(JourneyId(5 << 32 | 7))
        .await
        .unwrap()
        .iter()
        .map(|e| e.seq)
        .collect();
    assert_eq!(
        (rows(&disk, Keyspace::Bundles).await, seqs),
        (1, vec![5, 6])
    );
}

#[tokio::test]
async fn a_failed_transaction_has_no_events() {
    let (store, disk) = on_a_disk().await;
    disk.set_full(true);
    let mut tx = store.begin();
    tx.record([event_at(5)]);
    tx.spool(mail::QueueId(1), None, None, vec![1]);
    assert_eq!(tx.commit().await.err(), Some(Fault::Full));
    assert!(
        store
            .journeys()
            .read(JourneyId(5 << 32 | 7))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn drops_the_oldest_journeys_when_too_many_are_pending() {
    let (store, disk) = on_a_disk().await;
    disk.set_full(true);
    let journey = |secs: u64| JourneyId(secs << 32 | 7);
    store.journeys().emit(event_at(0));
    let each = lock(&store.journeys().0.pending).bytes();
    let fit = PENDING_BYTES_MAX / each;
    for secs in 1..fit as u64 {
        store.journeys().emit(Event {
            journey: Some(journey(secs)),
            ..event_at(0)
        });
    }
    assert_eq!(lock(&store.journeys().0.pending).bytes(), fit * each);
    store.journeys().emit(Event {
        journey: Some(journey(fit as u64)),
        ..event_at(0)
    });
    let left = lock(&store.journeys().0.pending).bytes();
    assert!(
        left < PENDING_BYTES_MAX / 2 + 2 * each && left.is_multiple_of(each),
        "{left}"
    );
    assert!(store.journeys().read(journey(0)).await.unwrap().is_empty());
    assert_eq!(
        store
            .journeys()
            .read(journey(fit as u64))
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn messages_share_a_bundle_up_to_its_size() {
    let (store, disk) = on_a_disk().await;
    let many = 3000;
    (0..many).for_each(|secs| store.journeys().emit(event_at(secs)));
    store.journeys().flush().await.unwrap();
    let bundles = rows(&disk, Keyspace::Bundles).await;
    assert!((2..20).contains(&bundles), "{bundles}");
    for secs in [0, many / 2, many - 1] {
        assert_eq!(
            store
                .journeys()
                .read(JourneyId(secs << 32 | 7))
                .await
                .unwrap(),
            [event_at(secs)]
        );
    }
}

// A clock on which no time passes.
struct StoppedClock;

impl world::Clock for StoppedClock {
    fn now(&self) -> Time {
        world::still::STILL
    }

    fn sleep_until(&self, _at: Time) -> world::BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn writes_at_once_when_enough_is_collected() {
    let (store, disk) = on_a_disk().await;
    let world = World {
        clock: Arc::new(StoppedClock),
        ..world::still::world()
    };
    let journeys = store.journeys().clone();
    let mut run = std::pin::pin!(journeys.run(&world));
    let mut secs = 0;
    let mut written = async |bytes: usize| {
        while lock(&store.journeys().0.pending).bytes() < bytes {
            store.journeys().emit(event_at(secs));
            secs += 1;
        }
        for _ in 0..100 {
            tokio::select! {
                biased;
                () = &mut run => {}
                () = tokio::task::yield_now() => {}
            }
        }
        rows(&disk, Keyspace::Bundles).await
    };
    assert_eq!(written(COLLECTED_BYTES / 2).await, 0);
    let first = written(COLLECTED_BYTES).await;
    assert!((4..=5).contains(&first), "{first}");
    assert_eq!(
        written(COLLECTED_BYTES / 2).await,
        first,
        "later events are collected again"
    );
    assert!(written(COLLECTED_BYTES).await > first);
}

#[tokio::test]
async fn followers_receive_events_of_a_durable_transaction_at_once() {
    for writing in [JourneyWrites::WithMessage, JourneyWrites::Deferred] {
        let (store, disk) = on_a_disk().await;
        store.journeys().configure(Retention::Forever, writing);
        let (_, mut follower) = store
            .journeys()
            .follow(JourneyId(5 << 32 | 7))
            .await
            .unwrap();
        let mut tx = store.begin();
        tx.record([event_at(5), later(event_at(5), 6)]);
        tx.commit().await.unwrap();
        assert_eq!(
            follower.next().await.unwrap(),
            [event_at(5), later(event_at(5), 6)]
        );
        let written = rows(&disk, Keyspace::Journeys).await;
        assert_eq!(written, usize::from(writing == JourneyWrites::WithMessage));
    }
}

#[tokio::test]
async fn two_openings_do_not_overwrite_bundles_of_each_other() {
    let (store, disk) = on_a_disk().await;
    let other = Journeys::new(disk.clone(), Arc::new(Space::unlimited()), 1);
    other.configure(Retention::Forever, JourneyWrites::Deferred);
    // As if the numbers were the same.
    other.0.bundles.store(
        store.journeys().0.bundles.load(Ordering::Relaxed),
        Ordering::Relaxed,
    );
    store.journeys().emit(event_at(5));
    other.emit(later(event_at(5), 6));
    store.journeys().flush().await.unwrap();
    assert_eq!(other.flush().await, Err(Fault::Conflict));
    other.flush().await.unwrap();
    assert_eq!(
        store
            .journeys()
            .read(JourneyId(5 << 32 | 7))
            .await
            .unwrap()
            .len(),
        2
    );
}

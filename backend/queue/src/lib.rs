//! Takes responsibility for a message: accept, due, deliver, settle, bounce. Every message enters by
//! [`Queue::accept`], and when that returns, it is durable; every message leaves through a
//! [`Deliver`]. Speaks no protocol and decides no policy of the door.
//!
//! A message for our own mailboxes is delivered in the very write that accepts it. What remains is
//! kept in the spool and tried by [`Queue::run`] until each recipient is delivered, relayed, or
//! given up with a notice to the sender (RFC 5321 §4.5.4, RFC 3464).
//!
//! Whoever tries a message leases it in the store, so that a crashed process's messages become due
//! again and several may share one queue.
//!
//! Failures: a full disk refuses with 452 4.3.1, a failing store with 451 4.3.0, and nothing of the
//! message is kept then; after acceptance nothing is lost: an attempt that ends with the program is
//! made again.

mod accept;
mod advice;
mod bounce;
mod deliver;
mod entry;
mod expand;
mod language;
mod order;
mod run;
mod settle;
mod sign;
mod straight;
mod words;

pub use accept::{Accepted, NewMessage, Refusal};
pub use deliver::{Body, Job, Outcome, Transport};
pub use entry::Entry;
pub use order::{Order, Ordered, Standing};
pub use run::{ATTEMPT_MAX, ATTEMPTS_MAX, LEASE};
pub use settle::Retry;

use event::{Event, Kind, Role};
use mail::{JourneyId, SpanId, Time};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use store::Store;
use tokio::sync::{Notify, Semaphore};
use world::World;

/// One host's queue. Clones share it.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    world: World,
    store: Store,
    /// This host's name: `mail.glasspost.test`.
    host: String,
    retry: Retry,
    ways: Vec<Arc<dyn Transport>>,
    ring: sign::KeyRing,
    woken: Notify,
    // Messages that are being tried now.
    claimed: Mutex<HashSet<mail::QueueId>>,
    // Places of messages that are tried straight from the door.
    straight: Arc<Semaphore>,
    // Somebody runs the queue.
    running: AtomicBool,
    // Nothing new is begun any more.
    stopping: AtomicBool,
    ended: Notify,
}

impl Queue {
    /// A queue; `ways` are asked in their order whether they take a recipient's domain.
    pub fn new(
        world: World,
        store: Store,
        host: impl Into<String>,
        retry: Retry,
        ways: Vec<Arc<dyn Transport>>,
    ) -> Queue {
        Queue(Arc::new(Inner {
            world,
            store,
            host: host.into(),
            retry,
            ways,
            ring: sign::KeyRing::default(),
            woken: Notify::new(),
            claimed: Mutex::default(),
            straight: Arc::new(Semaphore::new(straight::PLACES)),
            running: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            ended: Notify::new(),
        }))
    }

    /// A new message's journey. Its upper half is the second of its beginning, so that journeys lie
    /// in order of time.
    pub fn new_journey(&self) -> JourneyId {
        let secs = self.0.world.now().secs().clamp(0, i64::from(u32::MAX)) as u64;
        JourneyId((secs << 32) | (self.0.world.rng.number() & 0xffff_ffff).max(1))
    }

    /// Where contents are written before a message is accepted.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// This host's name.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    // An event of the queue itself, in the role that it acts for.
    fn event(
        &self,
        journey: JourneyId,
        span: SpanId,
        parent: Option<SpanId>,
        role: Role,
        at: Time,
        kind: Kind,
    ) -> Event {
        Event {
            at,
            seq: self.0.world.sequence.next(),
            journey: Some(journey),
            span,
            parent,
            host: Cow::Owned(self.0.host.clone()),
            role,
            before: Cow::Borrowed(""),
            after: Cow::Borrowed(""),
            explain: Cow::Borrowed(kind.explain()),
            claimed: false,
            kind,
        }
    }
}

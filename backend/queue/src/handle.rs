//! The queue's handle: what its parts share.

use crate::claims::Claims;
use crate::retry::Retry;
use crate::stored_keys::StoredKeys;
use crate::transport::Transport;
use auth::dkim::Signer;
use event::{Event, Kind, Role};
use mail::{JourneyId, SpanId, Time};
use std::borrow::Cow;
use std::sync::Arc;
use store::Store;
use tokio::sync::Notify;
use world::World;

/// One host's queue. Clones share it.
#[derive(Clone)]
pub struct Queue(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) world: World,
    pub(crate) store: Store,
    /// This host's name: `mail.glasspost.test`.
    pub(crate) host: String,
    pub(crate) retry: Retry,
    pub(crate) transports: Vec<Arc<dyn Transport>>,
    pub(crate) signer: Signer<StoredKeys>,
    pub(crate) claims: Arc<Claims>,
    /// Wakes [`Queue::run`].
    pub(crate) woken: Notify,
}

impl Queue {
    /// Creates a queue. A recipient's domain goes to the first of `transports` that takes it.
    pub fn new(
        world: World,
        store: Store,
        host: impl Into<String>,
        retry: Retry,
        transports: Vec<Arc<dyn Transport>>,
    ) -> Queue {
        Queue(Arc::new(Inner {
            signer: Signer::new(StoredKeys(store.clone())),
            world,
            store,
            host: host.into(),
            retry,
            transports,
            claims: Claims::new(),
            woken: Notify::new(),
        }))
    }

    /// A new message's journey. Its upper half is the second of its beginning, so that journeys
    /// sort by time.
    pub fn new_journey(&self) -> JourneyId {
        let secs = self.0.world.now().secs().clamp(0, i64::from(u32::MAX)) as u64;
        JourneyId((secs << 32) | (self.0.world.rng.number() & 0xffff_ffff).max(1))
    }

    /// The store in which contents are written before acceptance.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// This host's name.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// Makes [`Queue::run`] read the spool now, for example after a command of an administrator.
    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    /// An event of the queue, in the role it acts for.
    pub(crate) fn event(
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

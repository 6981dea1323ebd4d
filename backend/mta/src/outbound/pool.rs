//! Per-destination connection pool: limits how many connections a destination has and how fast
//! messages go there, and keeps idle connections for the next message. A message waits for a
//! connection, but not for long: where none becomes free, the message returns to the queue and
//! others are tried first.

use super::transaction::PooledConnection;
use mail::{Duration, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use world::{World, lock};

/// How long a message waits for a connection before it returns to the queue.
pub const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(20);
/// How long a destination at which a message waited in vain rejects further messages at once.
pub const DESTINATION_BACKOFF: Duration = Duration::from_secs(30);
// Above this number, pools that nobody uses are dropped.
const POOLS_MAX: usize = 1000;

/// The pools of all destinations.
pub(super) struct DestinationPools {
    pools: Mutex<HashMap<String, Arc<DestinationPool>>>,
    connections_max: usize,
    messages_per_minute_max: Option<u32>,
}

/// The connections of one destination.
pub(super) struct DestinationPool {
    permits: Arc<Semaphore>,
    messages_per_minute_max: Option<u32>,
    state: Mutex<State>,
    /// A connection became idle.
    released: Notify,
}

#[derive(Default)]
struct State {
    idle: Vec<PooledConnection>,
    /// When the next message may go, where their rate is limited.
    next_message: Time,
    backoff_until: Time,
}

/// What a message gets from the pool.
pub(super) enum Acquired {
    /// An idle connection.
    Idle(PooledConnection),
    /// Permission to open one.
    Permit(Arc<OwnedSemaphorePermit>),
    /// Nothing in [`CONNECTION_WAIT_MAX`].
    Busy,
}

impl DestinationPools {
    pub(super) fn new(
        connections_max: u32,
        messages_per_minute_max: Option<u32>,
    ) -> DestinationPools {
        DestinationPools {
            pools: Mutex::default(),
            connections_max: connections_max.max(1) as usize,
            messages_per_minute_max,
        }
    }

    /// The pool of a destination: a domain, or `host:port` of a relay.
    pub(super) fn pool(&self, destination: &str) -> Arc<DestinationPool> {
        let mut pools = lock(&self.pools);
        if pools.len() >= POOLS_MAX {
            pools.retain(|_, pool| Arc::strong_count(pool) > 1);
        }
        let new = || {
            Arc::new(DestinationPool {
                permits: Arc::new(Semaphore::new(self.connections_max)),
                messages_per_minute_max: self.messages_per_minute_max,
                state: Mutex::default(),
                released: Notify::new(),
            })
        };
        pools
            .entry(destination.to_owned())
            .or_insert_with(new)
            .clone()
    }
}

impl DestinationPool {
    /// Waits for a connection; with `new_only` an idle one is not accepted.
    pub(super) async fn acquire(&self, world: &World, new_only: bool) -> Acquired {
        if self.permits.available_permits() == 0
            && !self.has_idle()
            && lock(&self.state).backoff_until > world.now()
        {
            return Acquired::Busy;
        }
        let waited = world.within(CONNECTION_WAIT_MAX, self.wait(new_only)).await;
        let Some(acquired) = waited else {
            lock(&self.state).backoff_until = world.now() + DESTINATION_BACKOFF;
            return Acquired::Busy;
        };
        match self.reserve_slot(world.now()) {
            None => acquired,
            Some(at) if at.since(world.now()) <= CONNECTION_WAIT_MAX => {
                world.clock.sleep_until(at).await;
                acquired
            }
            Some(_) => {
                if let Acquired::Idle(connection) = acquired {
                    self.release(connection);
                }
                Acquired::Busy
            }
        }
    }

    fn has_idle(&self) -> bool {
        !lock(&self.state).idle.is_empty()
    }

    async fn wait(&self, new_only: bool) -> Acquired {
        loop {
            let released = self.released.notified();
            let idle = lock(&self.state).idle.pop();
            match idle {
                Some(connection) if !new_only => return Acquired::Idle(connection),
                // Dropped, the idle connection ends and makes room for a new one.
                Some(connection) if self.permits.available_permits() == 0 => drop(connection),
                Some(connection) => self.release(connection),
                None => {}
            }
            tokio::select! {
                biased;
                permit = self.permits.clone().acquire_owned() => match permit {
                    Ok(permit) => return Acquired::Permit(Arc::new(permit)),
                    // The semaphore is never closed.
                    Err(_) => return Acquired::Busy,
                },
                () = released => {}
            }
        }
    }

    // When the message may go, where their rate is limited; none: at once. Messages keep an equal
    // distance from each other.
    fn reserve_slot(&self, now: Time) -> Option<Time> {
        let between = Duration::from_secs(60) / self.messages_per_minute_max.filter(|n| *n > 0)?;
        let mut state = lock(&self.state);
        let at = state.next_message.max(now);
        if at.since(now) <= CONNECTION_WAIT_MAX {
            state.next_message = at + between;
        }
        (at > now).then_some(at)
    }

    /// Returns a connection that is ready for another message.
    pub(super) fn release(&self, connection: PooledConnection) {
        lock(&self.state).idle.push(connection);
        self.released.notify_one();
    }

    /// Removes idle connections that have ended.
    pub(super) fn remove_closed(&self) {
        lock(&self.state)
            .idle
            .retain(|connection| !connection.transactions.is_closed());
    }
}

#[cfg(test)]
mod tests {
    use super::super::transaction::OutboundTransaction;
    use super::*;
    use tokio::sync::mpsc;

    fn connection() -> (PooledConnection, mpsc::Receiver<OutboundTransaction>) {
        let (transactions, received) = mpsc::channel(1);
        let host = "mx.b.test".into();
        (PooledConnection { transactions, host }, received)
    }

    #[tokio::test]
    async fn limits_connections_per_destination_and_reuses_idle_ones_first() {
        let world = world::still::world();
        let pools = DestinationPools::new(1, None);
        let pool = pools.pool("b.test");
        let Acquired::Permit(permit) = pool.acquire(&world, false).await else {
            panic!("the pool is empty")
        };
        // In a still world every wait is over at once.
        assert!(
            matches!(pool.acquire(&world, false).await, Acquired::Busy),
            "one past the limit"
        );
        assert!(
            matches!(
                pools.pool("c.test").acquire(&world, false).await,
                Acquired::Permit(_)
            ),
            "another destination has a limit of its own"
        );
        let (idle, _received) = connection();
        pool.release(idle);
        assert!(matches!(
            pool.acquire(&world, false).await,
            Acquired::Idle(_)
        ));
        drop(permit);
        assert!(matches!(
            pool.acquire(&world, false).await,
            Acquired::Permit(_)
        ));
    }

    #[test]
    fn spaces_messages_where_their_rate_is_limited() {
        let pool = DestinationPools::new(5, Some(6)).pool("b.test");
        let at = |secs: i64| Time::from_secs(1000 + secs);
        let slots = [0, 0, 0].map(|secs| pool.reserve_slot(at(secs)));
        assert_eq!(slots, [None, Some(at(10)), Some(at(20))]);
        assert_eq!(
            pool.reserve_slot(at(0)),
            Some(at(30)),
            "beyond the longest wait no slot is reserved"
        );
        assert_eq!(pool.reserve_slot(at(10)), Some(at(30)));
        let unlimited = DestinationPools::new(5, None).pool("b.test");
        assert_eq!(unlimited.reserve_slot(at(0)), None);
    }
}

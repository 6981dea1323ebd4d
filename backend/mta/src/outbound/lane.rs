//! A destination's lane: how many connections it may have at once, how fast messages go, and which
//! of its connections rest and may be used again. A message waits here for its turn, but not for
//! long: where nothing moves, it goes back to the queue and others are let past.

use super::conversation::Parcel;
use mail::{Duration, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use world::{World, lock};

/// How long a message waits in its lane before it is put back into the queue.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long a lane in which somebody waited in vain turns away whoever finds it full.
pub const JAM: Duration = Duration::from_secs(30);
// Lanes of destinations that nobody uses any more are forgotten above this number.
const LANES_MAX: usize = 1000;

/// All destinations.
pub(super) struct Lanes {
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    connections_max: usize,
    messages_per_minute_max: Option<u32>,
}

/// One destination.
pub(super) struct Lane {
    places: Arc<Semaphore>,
    messages_per_minute_max: Option<u32>,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    resting: Vec<Link>,
    /// When the next message may go, where their rate is limited.
    next: Time,
    jammed_until: Time,
}

/// A connection that stands: messages are handed to it here. Dropped, the connection ends in order.
pub(super) struct Link {
    pub(super) parcels: mpsc::Sender<Parcel>,
    pub(super) host: String,
}

/// What a message gets.
pub(super) enum Place {
    /// A connection that rests.
    Resting(Link),
    /// The right to open one.
    Free(Arc<OwnedSemaphorePermit>),
    /// Nothing, in all this time.
    Busy,
}

impl Lanes {
    pub(super) fn new(connections_max: u32, messages_per_minute_max: Option<u32>) -> Lanes {
        Lanes {
            lanes: Mutex::default(),
            connections_max: connections_max.max(1) as usize,
            messages_per_minute_max,
        }
    }

    pub(super) fn lane(&self, destination: &str) -> Arc<Lane> {
        let mut lanes = lock(&self.lanes);
        if lanes.len() >= LANES_MAX {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        let fresh = || {
            Arc::new(Lane {
                places: Arc::new(Semaphore::new(self.connections_max)),
                messages_per_minute_max: self.messages_per_minute_max,
                state: Mutex::default(),
                freed: Notify::new(),
            })
        };
        lanes
            .entry(destination.to_owned())
            .or_insert_with(fresh)
            .clone()
    }
}

impl Lane {
    /// Waits for a place; `fresh` where a resting connection will not do.
    pub(super) async fn enter(&self, world: &World, fresh: bool) -> Place {
        if self.places.available_permits() == 0
            && !self.has_resting()
            && lock(&self.state).jammed_until > world.now()
        {
            return Place::Busy;
        }
        let entered = world.within(PATIENCE, self.wait(fresh)).await;
        let Some(place) = entered else {
            lock(&self.state).jammed_until = world.now() + JAM;
            return Place::Busy;
        };
        match self.turn(world.now()) {
            None => place,
            Some(at) if at.since(world.now()) <= PATIENCE => {
                world.clock.sleep_until(at).await;
                place
            }
            Some(_) => {
                self.give_back(place);
                Place::Busy
            }
        }
    }

    fn has_resting(&self) -> bool {
        !lock(&self.state).resting.is_empty()
    }

    async fn wait(&self, fresh: bool) -> Place {
        loop {
            let freed = self.freed.notified();
            let resting = lock(&self.state).resting.pop();
            match resting {
                Some(link) if !fresh => return Place::Resting(link),
                // It ends, so that there is room for another.
                Some(link) if self.places.available_permits() == 0 => drop(link),
                Some(link) => self.rest(link),
                None => {}
            }
            tokio::select! {
                biased;
                place = self.places.clone().acquire_owned() => match place {
                    Ok(place) => return Place::Free(Arc::new(place)),
                    // Never closed.
                    Err(_) => return Place::Busy,
                },
                () = freed => {}
            }
        }
    }

    // When the message may go; none: at once. The time between two messages is kept from the last one
    // on.
    fn turn(&self, now: Time) -> Option<Time> {
        let between = Duration::from_secs(60) / self.messages_per_minute_max.filter(|n| *n > 0)?;
        let mut state = lock(&self.state);
        let at = state.next.max(now);
        if at.since(now) <= PATIENCE {
            state.next = at + between;
        }
        (at > now).then_some(at)
    }

    fn give_back(&self, place: Place) {
        if let Place::Resting(link) = place {
            self.rest(link);
        }
    }

    /// A connection has done its work and may be used again.
    pub(super) fn rest(&self, link: Link) {
        lock(&self.state).resting.push(link);
        self.freed.notify_one();
    }

    /// Takes connections out that have ended.
    pub(super) fn forget_ended(&self) {
        lock(&self.state)
            .resting
            .retain(|link| !link.parcels.is_closed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> (Link, mpsc::Receiver<Parcel>) {
        let (parcels, taken) = mpsc::channel(1);
        (
            Link {
                parcels,
                host: "mx.b.test".into(),
            },
            taken,
        )
    }

    #[tokio::test]
    async fn a_destination_has_so_many_connections_and_a_resting_one_is_used_first() {
        let world = world::still::world();
        let lanes = Lanes::new(1, None);
        let lane = lanes.lane("b.test");
        let Place::Free(place) = lane.enter(&world, false).await else {
            panic!("nobody is there")
        };
        // A still world's time is up at once.
        assert!(
            matches!(lane.enter(&world, false).await, Place::Busy),
            "one past the limit"
        );
        assert!(
            matches!(
                lanes.lane("c.test").enter(&world, false).await,
                Place::Free(_)
            ),
            "another destination is not held up"
        );
        let (resting, _taken) = link();
        lane.rest(resting);
        assert!(matches!(lane.enter(&world, false).await, Place::Resting(_)));
        drop(place);
        assert!(matches!(lane.enter(&world, false).await, Place::Free(_)));
    }

    #[test]
    fn messages_keep_their_distance_where_their_rate_is_limited() {
        let lane = Lanes::new(5, Some(6)).lane("b.test");
        let at = |secs: i64| Time::from_secs(1000 + secs);
        assert_eq!(
            [lane.turn(at(0)), lane.turn(at(0)), lane.turn(at(0))],
            [None, Some(at(10)), Some(at(20))]
        );
        assert_eq!(
            lane.turn(at(0)),
            Some(at(30)),
            "beyond patience no turn is reserved"
        );
        assert_eq!(lane.turn(at(10)), Some(at(30)));
        assert_eq!(Lanes::new(5, None).lane("b.test").turn(at(0)), None);
    }
}

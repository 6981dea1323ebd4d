//! A virtual world and its hosts: creates, runs, breaks and inspects them. Nodes, scripts and test
//! sessions are started by the caller, each on the [`World`] of its host.
//!
//! Failures: names outside `.test` and `.example` and addresses outside the documentation ranges
//! are rejected, so that nothing in the Lab can be mistaken for the real network.

mod address;
mod faults;

pub use address::LabError;
use address::documentation_address;
pub(crate) use address::{admissible, is_lab_name};

use crate::capture::Capture;
use crate::clock::{HostClock, START, Skew};
use crate::disk::Disk;
use crate::dns::{DnsSetting, LabResolver};
use crate::executor::{Executor, Group, Idle, Overrun, Stuck, lock};
use crate::messages::AcceptedMessages;
use crate::net::{Fabric, HostId, HostNetwork};
use crate::rng::Seeded;
use crate::tape::{Tape, fingerprint};
use crate::tls::{Certificate, ModelledTls};
use crate::traffic::Traffic;
use event::{Event, Sequence};
use mail::{Duration, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use store::{PasswordCost, Space, Store};
use world::zone::Zones;
use world::{BoxFuture, Tasks, World};

// Space that new mail leaves free on a disk with a capacity.
const DISK_RESERVE_BYTES: u64 = 64 * 1024;
// Round-trip time to a name server.
const DNS_LATENCY: Duration = Duration::from_millis(10);

/// A virtual world.
pub struct Lab {
    seed: u64,
    executor: Executor,
    outside: Group,
    fabric: Arc<Fabric>,
    capture: Capture,
    zones: Zones,
    tape: Tape,
    // All events, including those that belong to no message, such as a login. Numbered as on the
    // tape.
    seen: Tape,
    messages: AcceptedMessages,
    hosts: BTreeMap<String, Host>,
}

struct Host {
    id: HostId,
    group: Group,
    clock: Arc<HostClock>,
    // The errors of the clock, each with the number of the first event recorded with it.
    skews: Mutex<Vec<(u64, Skew)>>,
    certificate: Arc<Mutex<Option<Certificate>>>,
    dns: Arc<DnsSetting>,
    disk: Arc<Disk>,
    world: World,
}

impl Host {
    fn skew_of(&self, seq: u64) -> Skew {
        lock(&self.skews)
            .iter()
            .rev()
            .find(|(from, _)| *from <= seq)
            .map_or_else(Skew::default, |(_, skew)| *skew)
    }
}

struct HostTasks {
    executor: Executor,
    group: Group,
}

impl Tasks for HostTasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.executor.spawn(self.group, task);
    }
}

impl Lab {
    /// Creates an empty world. The zones can be edited while it runs: clones share their content.
    pub fn new(seed: u64, zones: Zones) -> Lab {
        let executor = Executor::new(START);
        let outside = executor.group("the Lab");
        let capture = Capture::default();
        let fabric = Fabric::new(
            executor.clone(),
            Seeded::new(seed, "network"),
            capture.clone(),
        );
        Lab {
            seed,
            executor,
            outside,
            fabric,
            capture,
            zones,
            tape: Tape::default(),
            seen: Tape::default(),
            messages: AcceptedMessages::default(),
            hosts: BTreeMap::new(),
        }
    }

    /// Adds a host with a correct clock, a valid certificate for its name, and an empty disk.
    ///
    /// # Errors
    /// See [`LabError`].
    pub fn host(&mut self, name: &str, address: &str) -> Result<World, LabError> {
        let address = admissible(name, address)?;
        if self.hosts.contains_key(name) {
            return Err(LabError::Taken(name.to_owned()));
        }
        let id = self
            .fabric
            .add_host(name, address)
            .ok_or_else(|| LabError::Taken(address.to_string()))?;
        let group = self.executor.group(name);
        let clock = Arc::new(HostClock::new(self.executor.clone()));
        let certificate = Arc::new(Mutex::new(Some(Certificate::good(name))));
        let dns = Arc::new(DnsSetting::default());
        dns.latency_micros.store(
            u64::try_from(DNS_LATENCY.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        let world = World {
            clock: clock.clone(),
            rng: Arc::new(Seeded::new(self.seed, name)),
            network: Arc::new(HostNetwork {
                fabric: self.fabric.clone(),
                host: id,
            }),
            resolver: Arc::new(LabResolver {
                executor: self.executor.clone(),
                zones: self.zones.clone(),
                setting: dns.clone(),
                address,
                capture: self.capture.clone(),
            }),
            tasks: Arc::new(HostTasks {
                executor: self.executor.clone(),
                group,
            }),
            tls: Arc::new(ModelledTls {
                clock: clock.clone(),
                certificate: certificate.clone(),
            }),
            sequence: Sequence::with_observer(Arc::new(self.seen.clone())),
        };
        let disk = Arc::new(Disk::new(self.tape.clone(), self.messages.clone()));
        self.hosts.insert(
            name.to_owned(),
            Host {
                id,
                group,
                clock,
                skews: Mutex::default(),
                certificate,
                dns,
                disk,
                world: world.clone(),
            },
        );
        Ok(world)
    }

    /// Adds an address to a host.
    ///
    /// # Errors
    /// See [`LabError`].
    pub fn address(&self, host: &str, address: &str) -> Result<(), LabError> {
        let address = documentation_address(address)?;
        let fresh = self.fabric.add_address(self.find(host)?.id, address);
        if fresh {
            Ok(())
        } else {
            Err(LabError::Taken(address.to_string()))
        }
    }

    fn find(&self, host: &str) -> Result<&Host, LabError> {
        self.hosts
            .get(host)
            .ok_or_else(|| LabError::Unknown(host.to_owned()))
    }

    /// A host's world.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn world(&self, host: &str) -> Result<World, LabError> {
        self.find(host).map(|h| h.world.clone())
    }

    /// A host's disk; its contents survive a crash.
    ///
    /// # Errors
    /// [`LabError::Unknown`] if there is no such host.
    pub fn disk(&self, host: &str) -> Result<Arc<Disk>, LabError> {
        self.find(host).map(|h| h.disk.clone())
    }

    /// Opens the store on a host's disk, initially and again after a crash.
    ///
    /// # Errors
    /// If there is no such host, or its disk is full.
    pub fn store(&self, host: &str) -> Result<Store, LabError> {
        self.store_costing(host, PasswordCost::NONE)
    }

    /// Like [`Lab::store`], with a cost for password hashes.
    ///
    /// # Errors
    /// See [`Lab::store`].
    pub fn store_costing(&self, host: &str, cost: PasswordCost) -> Result<Store, LabError> {
        let disk = self.disk(host)?;
        let contents = Arc::new(disk.contents());
        let space = Space::with_reserve(disk.clone(), DISK_RESERVE_BYTES);
        let opened =
            self.complete(async move { Store::open_within(disk, contents, cost, space).await });
        let fault = |e: &dyn fmt::Display| LabError::Store(e.to_string());
        opened.map_err(|e| fault(&e))?.map_err(|e| fault(&e))
    }

    /// The DNS zones.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// The capture of the network's traffic.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// The traffic of every connection so far.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.fabric.traffic()
    }

    /// The current true time.
    pub fn now(&self) -> Time {
        self.executor.now()
    }

    /// The executor, for finer control.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Runs until no task is ready and no timer is set.
    ///
    /// # Errors
    /// If tasks keep running while time stands still.
    pub fn run(&self) -> Result<Idle, Overrun> {
        self.executor.run_until_idle()
    }

    /// Runs for a duration.
    ///
    /// # Errors
    /// If tasks keep running while time stands still.
    pub fn run_for(&self, length: Duration) -> Result<Idle, Overrun> {
        self.executor.run_until(self.now() + length)
    }

    /// Runs until a future completes, and returns its output. Its task belongs to no host.
    ///
    /// # Errors
    /// If all tasks are idle before it completes, or tasks keep running while time stands still.
    pub fn complete<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stuck> {
        self.executor.complete(self.outside, future)
    }

    /// The recorded events of messages, in order of arrival; events shared by several messages
    /// occur once for each.
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// The messages that hosts accepted, with their journeys.
    pub fn messages(&self) -> &AcceptedMessages {
        &self.messages
    }

    /// The approximate number of events so far; those of messages are counted twice.
    pub fn events(&self) -> usize {
        self.tape.len() + self.seen.len()
    }

    /// All events of all hosts in their true order, regardless of the hosts' clocks, each once. An
    /// event shared by several messages, such as the greeting of their connection, is placed with
    /// the first of them.
    pub fn timeline(&self) -> Vec<Event> {
        self.timed().into_iter().map(|(_, event)| event).collect()
    }

    /// Like [`Lab::timeline`], with the true time of each event.
    pub fn timed(&self) -> Vec<(Time, Event)> {
        let mut known = BTreeSet::new();
        let recorded = self.tape.events().into_iter().chain(self.seen.events());
        let events = recorded.filter(|e| known.insert((e.host.clone(), e.seq)));
        let place = |e: Event| match self.hosts.get(e.host.as_ref()) {
            Some(host) => (host.skew_of(e.seq).truth(e.at), host.id.0, e),
            None => (e.at, usize::MAX, e),
        };
        let mut placed: Vec<(Time, usize, Event)> = events.map(place).collect();
        placed.sort_by_key(|(at, host, e)| (*at, *host, e.seq));
        placed
            .into_iter()
            .map(|(at, _, event)| (at, event))
            .collect()
    }

    /// The fingerprint of the timeline.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.timeline())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Tasks and their wakers form reference cycles.
        self.executor.clear();
    }
}

//! A virtual world with its hosts: made here, run here, broken here, looked at here. What the hosts
//! do is put in from outside: nodes, scripts, test sessions, each on the [`World`] of its host.
//!
//! Failures: a name that is not in `.test` or `.example`, and an address outside of the
//! documentation ranges, are refused: nothing of the Lab can be mistaken for the real network.

use crate::capture::Capture;
use crate::clock::{HostClock, Skew};
use crate::disk::Disk;
use crate::dns::{DnsSetting, LabResolver};
use crate::executor::{Executor, Group, Idle, Overrun, Stuck, lock};
use crate::link::{Cut, Link};
use crate::messages::RunMessages;
use crate::middlebox::Rule;
use crate::net::{Fabric, HostId, HostNetwork, Traffic};
use crate::rng::Seeded;
use crate::tape::{Tape, fingerprint};
use crate::tls::{Certificate, ModelledTls};
use event::{Event, Sequence};
use mail::{Duration, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use store::{PasswordCost, Store};
use world::zone::Zones;
use world::{BoxFuture, Tasks, World};

/// When every virtual world begins: Monday, 2 March 2026, 08:00 UTC.
pub const START: Time = Time(1_772_438_400_000_000);
// A name server's answer takes so long, there and back.
const DNS_LATENCY: Duration = Duration::from_millis(10);

/// Why a host cannot be made or found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabError {
    /// Not in `.test` or `.example`.
    Name(String),
    /// Not in a documentation range (RFC 5737, RFC 3849, RFC 9637).
    Address(IpAddr),
    /// No address at all.
    NoAddress(String),
    /// A host has the name or the address already.
    Taken(String),
    /// There is no such host.
    Unknown(String),
    /// The host's store could not be opened.
    Store(String),
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabError::Name(name) => write!(
                f,
                "{name} is no name for the Lab: it must end in .test or .example"
            ),
            LabError::Address(ip) => {
                write!(
                    f,
                    "{ip} is no address for the Lab: it must be in 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32 or 3fff::/20"
                )
            }
            LabError::NoAddress(text) => write!(f, "`{text}` is no address"),
            LabError::Taken(what) => write!(f, "{what} is taken"),
            LabError::Unknown(name) => write!(f, "there is no host {name}"),
            LabError::Store(why) => write!(f, "the host's store could not be opened: {why}"),
        }
    }
}

impl std::error::Error for LabError {}

/// A virtual world.
pub struct Lab {
    seed: u64,
    executor: Executor,
    outside: Group,
    fabric: Arc<Fabric>,
    capture: Capture,
    zones: Zones,
    tape: Tape,
    // What belongs to no message as well: a refused connection, a login. The same numbers as on the
    // tape.
    seen: Tape,
    messages: RunMessages,
    hosts: BTreeMap<String, Host>,
}

struct Host {
    id: HostId,
    group: Group,
    clock: Arc<HostClock>,
    // From which event on the clock was how wrong.
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
    /// An empty world. The zones may be edited while it runs: clones share their content.
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
            messages: RunMessages::default(),
            hosts: BTreeMap::new(),
        }
    }

    /// Adds a host with a right clock, a good certificate for its name, and an empty disk.
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
            sequence: Sequence::witnessed(Arc::new(self.seen.clone())),
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

    /// One more address of a host.
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
    /// Where there is no such host; so of all that follow.
    pub fn world(&self, host: &str) -> Result<World, LabError> {
        self.find(host).map(|h| h.world.clone())
    }

    /// A host's disk: what it holds outlives a crash.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn disk(&self, host: &str) -> Result<Arc<Disk>, LabError> {
        self.find(host).map(|h| h.disk.clone())
    }

    /// Opens the store on a host's disk; once at the beginning, and again after a crash.
    ///
    /// # Errors
    /// Where there is no such host, or its disk is full.
    pub fn store(&self, host: &str) -> Result<Store, LabError> {
        self.store_costing(host, PasswordCost::NONE)
    }

    /// As [`Lab::store`], where the work that a password costs is part of what is shown.
    ///
    /// # Errors
    /// As there.
    pub fn store_costing(&self, host: &str, cost: PasswordCost) -> Result<Store, LabError> {
        let disk = self.disk(host)?;
        let contents = Arc::new(disk.contents());
        let opened = self.complete(async move { Store::open(disk, contents, cost).await });
        let fault = |e: &dyn fmt::Display| LabError::Store(e.to_string());
        opened.map_err(|e| fault(&e))?.map_err(|e| fault(&e))
    }

    /// DNS.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Whether a host reaches DNS, and how long an answer takes.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn set_dns(&self, host: &str, reachable: bool, latency: Duration) -> Result<(), LabError> {
        let dns = &self.find(host)?.dns;
        dns.unreachable.store(!reachable, Ordering::Relaxed);
        dns.latency_micros.store(
            u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        Ok(())
    }

    /// From now on a host is told of this name what is in the zones now, whatever becomes of them:
    /// its cache is stale. `false` ends it.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn set_stale(&self, host: &str, name: &str, stale: bool) -> Result<(), LabError> {
        self.find(host)
            .map(|h| h.dns.set_stale(name, &self.zones, stale))
    }

    /// Sets a host's clock wrong.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn set_clock(&self, host: &str, skew: Skew) -> Result<(), LabError> {
        let host = self.find(host)?;
        // A number of the host's own events marks the place: what has a smaller one was told by the
        // clock as it was.
        lock(&host.skews).push((host.world.sequence.next(), skew));
        host.clock.set(skew);
        Ok(())
    }

    /// Gives a host another certificate, or none.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn set_certificate(
        &self,
        host: &str,
        certificate: Option<Certificate>,
    ) -> Result<(), LabError> {
        self.find(host).map(|h| *lock(&h.certificate) = certificate)
    }

    /// What lies between two hosts of which nothing else is said.
    pub fn set_usual_link(&self, link: Link) {
        self.fabric.set_usual(link);
    }

    /// Changes one way between two hosts, at once and also for open connections.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn edit_way(
        &self,
        from: &str,
        to: &str,
        change: impl FnOnce(&mut Link),
    ) -> Result<(), LabError> {
        let (from, to) = (self.find(from)?.id, self.find(to)?.id);
        self.fabric.edit_link(from, to, change);
        Ok(())
    }

    /// Changes both ways between two hosts.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn edit_link(
        &self,
        one: &str,
        other: &str,
        change: impl Fn(&mut Link),
    ) -> Result<(), LabError> {
        self.edit_way(one, other, &change)?;
        self.edit_way(other, one, &change)
    }

    /// Lets connections break that are opened from now on.
    pub fn cut(&self, cut: Cut) {
        self.fabric.add_cut(cut);
    }

    /// Lets somebody on the way change what passes, from now on and on open connections as well.
    pub fn tamper(&self, rule: Rule) {
        self.fabric.add_rule(rule);
    }

    /// Nobody changes any more what passes on connections from one host to another.
    pub fn pass_through(&self, from: &str, to: &str) {
        self.fabric.forget_rules(from, to);
    }

    /// What the network carries; kept from when it is started.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Takes a host off the network, or puts it back. Its connections of before stay dead, and
    /// nobody is told.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn set_up(&self, host: &str, up: bool) -> Result<(), LabError> {
        self.find(host).map(|h| self.fabric.set_up(h.id, up))
    }

    /// Whether a host is on the network.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn is_up(&self, host: &str) -> Result<bool, LabError> {
        self.find(host).map(|h| self.fabric.is_up(h.id))
    }

    /// The host dies where it stands: its tasks end, its connections fall silent; its disk stays.
    /// [`Lab::set_up`] brings the machine back, and whoever made its tasks makes them anew.
    ///
    /// # Errors
    /// Where there is no such host.
    pub fn crash(&self, host: &str) -> Result<(), LabError> {
        let host = self.find(host)?;
        self.fabric.set_up(host.id, false);
        self.executor.cancel(host.group);
        Ok(())
    }

    /// Every connection so far, and how much passed on it.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.fabric.traffic()
    }

    /// The true time.
    pub fn now(&self) -> Time {
        self.executor.now()
    }

    /// The executor, for finer steps.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Runs until nothing more happens by itself.
    ///
    /// # Errors
    /// Where tasks spin.
    pub fn run(&self) -> Result<Idle, Overrun> {
        self.executor.run_until_idle()
    }

    /// Runs for a length of time.
    ///
    /// # Errors
    /// Where tasks spin.
    pub fn run_for(&self, length: Duration) -> Result<Idle, Overrun> {
        self.executor.run_until(self.now() + length)
    }

    /// Runs until a future is done, and gives what came of it. Its task belongs to no host.
    ///
    /// # Errors
    /// Where everything is idle before, or tasks spin.
    pub fn complete<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stuck> {
        self.executor.complete(self.outside, future)
    }

    /// What was recorded of messages, as it came in; what several messages have in common comes for
    /// each.
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// The messages that hosts took, with their journeys.
    pub fn messages(&self) -> &RunMessages {
        &self.messages
    }

    /// How many events there are so far, about.
    pub fn events(&self) -> usize {
        self.tape.len() + self.seen.len()
    }

    /// All events of all hosts in the order in which they truly happened, whatever the hosts'
    /// clocks said; each once. What several messages have in common (the greeting of a
    /// connection that brings them) stands with the first of them.
    pub fn timeline(&self) -> Vec<Event> {
        self.timed().into_iter().map(|(_, event)| event).collect()
    }

    /// As [`Lab::timeline`], each with its true time.
    pub fn timed(&self) -> Vec<(Time, Event)> {
        let mut known = BTreeSet::new();
        let told = self.tape.events().into_iter().chain(self.seen.events());
        let events = told.filter(|e| known.insert((e.host.clone(), e.seq)));
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

    /// One number for the whole timeline.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(&self.timeline())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Tasks and the wakers that wait for them hold each other.
        self.executor.clear();
    }
}

/// RFC 2606 §2: names that nobody has.
pub(crate) fn is_lab_name(name: &str) -> bool {
    name.ends_with(".test") || name.ends_with(".example")
}

/// Whether a host may have this name and this address.
pub(crate) fn admissible(name: &str, address: &str) -> Result<IpAddr, LabError> {
    if is_lab_name(name) {
        documentation_address(address)
    } else {
        Err(LabError::Name(name.to_owned()))
    }
}

fn documentation_address(text: &str) -> Result<IpAddr, LabError> {
    let address: IpAddr = text
        .parse()
        .map_err(|_| LabError::NoAddress(text.to_owned()))?;
    let fits = match address {
        // RFC 5737 §3
        IpAddr::V4(a) => matches!(
            a.octets(),
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _]
        ),
        // RFC 3849 §2, RFC 9637 §3
        IpAddr::V6(a) => {
            (a.segments()[0] == 0x2001 && a.segments()[1] == 0xdb8)
                || (a.segments()[0] == 0x3fff && a.segments()[1] < 0x1000)
        }
    };
    if fits {
        Ok(address)
    } else {
        Err(LabError::Address(address))
    }
}

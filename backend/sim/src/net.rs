//! The network of the virtual world: addresses, listeners and the opening of connections. The bytes
//! of an open connection are handled by `wire`.
//!
//! Failures: without a listener, a connection is refused after a round trip. If the host is down,
//! the link is severed or held, the port is blocked, or no host has the address, the SYN is
//! retransmitted as on Linux (seven tries) and times out after 127 seconds.

mod host;

use host::HostListener;
pub(crate) use host::HostNetwork;

use crate::capture::{Capture, CapturedKind};
use crate::executor::{Executor, lock};
use crate::link::{Cut, Direction, Link};
use crate::middlebox::{Middlebox, Rule, Rules};
use crate::rng::Seeded;
use crate::traffic::{Counters, Traffic};
use crate::wire::{End, SharedLink, Tap, Wire};
use mail::{Duration, Time};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, Weak};
use std::task::Waker;
use world::Connection;

/// How long each try to open a connection waits for an answer.
pub const SYN_TRIES: [Duration; 7] = {
    let s = Duration::from_secs;
    [s(1), s(2), s(4), s(8), s(16), s(32), s(64)]
};

// Maximum number of connections waiting to be accepted; further ones get no answer.
const BACKLOG_MAX: usize = 1024;

// RFC 6335 §6: the dynamic ports.
const DYNAMIC_PORTS: std::ops::RangeInclusive<u16> = 49152..=65535;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HostId(pub(crate) usize);

struct HostState {
    name: String,
    addresses: Vec<IpAddr>,
    up: bool,
    next_port: u16,
}

#[derive(Default)]
struct State {
    hosts: Vec<HostState>,
    addresses: BTreeMap<IpAddr, HostId>,
    links: BTreeMap<(HostId, HostId), SharedLink>,
    usual: Link,
    listeners: BTreeMap<(HostId, SocketAddr), Arc<Backlog>>,
    wires: Vec<(HostId, HostId, Weak<Wire>)>,
    cuts: Vec<Cut>,
    traffic: Vec<Arc<Counters>>,
}

pub(crate) struct Fabric {
    executor: Executor,
    rng: Arc<Seeded>,
    rules: Rules,
    capture: Capture,
    state: Mutex<State>,
}

#[derive(Default)]
struct Backlog(Mutex<(VecDeque<Connection>, Option<Waker>)>);

// The answer to a SYN.
enum Answer {
    None,
    Refused,
    Open(End),
}

impl Fabric {
    pub(crate) fn new(executor: Executor, rng: Seeded, capture: Capture) -> Arc<Fabric> {
        Arc::new(Fabric {
            executor,
            rng: Arc::new(rng),
            rules: Rules::default(),
            capture,
            state: Mutex::default(),
        })
    }

    /// Adds a host; `None` if the address is taken.
    pub(crate) fn add_host(&self, name: &str, address: IpAddr) -> Option<HostId> {
        let mut state = lock(&self.state);
        let id = HostId(state.hosts.len());
        if state.addresses.contains_key(&address) {
            return None;
        }
        state.addresses.insert(address, id);
        state.hosts.push(HostState {
            name: name.to_owned(),
            addresses: vec![address],
            up: true,
            next_port: *DYNAMIC_PORTS.start(),
        });
        Some(id)
    }

    /// Adds an address to a host; `false` if it is taken.
    pub(crate) fn add_address(&self, host: HostId, address: IpAddr) -> bool {
        let mut state = lock(&self.state);
        let fresh = !state.addresses.contains_key(&address);
        if fresh {
            state.addresses.insert(address, host);
            state.hosts[host.0].addresses.push(address);
        }
        fresh
    }

    pub(crate) fn set_usual(&self, link: Link) {
        lock(&self.state).usual = link;
    }

    /// Changes the link from one host to another and updates its connections.
    pub(crate) fn edit_link(&self, from: HostId, to: HostId, change: impl FnOnce(&mut Link)) {
        change(&mut lock(&self.link(from, to)));
        let wires: Vec<Arc<Wire>> = {
            let mut state = lock(&self.state);
            state.wires.retain(|(_, _, wire)| wire.strong_count() > 0);
            let between = |(a, b, _): &&(HostId, HostId, Weak<Wire>)| {
                (*a == from && *b == to) || (*a == to && *b == from)
            };
            state
                .wires
                .iter()
                .filter(between)
                .filter_map(|(_, _, wire)| wire.upgrade())
                .collect()
        };
        wires.iter().for_each(|wire| wire.wake());
    }

    pub(crate) fn is_up(&self, host: HostId) -> bool {
        lock(&self.state).hosts[host.0].up
    }

    pub(crate) fn set_up(&self, host: HostId, up: bool) {
        let wires: Vec<Arc<Wire>> = {
            let mut state = lock(&self.state);
            state.hosts[host.0].up = up;
            state.wires.retain(|(_, _, wire)| wire.strong_count() > 0);
            let touching = state
                .wires
                .iter()
                .filter(|(a, b, _)| *a == host || *b == host);
            touching.filter_map(|(_, _, wire)| wire.upgrade()).collect()
        };
        if !up {
            wires.iter().for_each(|wire| wire.silence());
        }
    }

    pub(crate) fn add_cut(&self, cut: Cut) {
        lock(&self.state).cuts.push(cut);
    }

    pub(crate) fn add_rule(&self, rule: Rule) {
        self.rules.add(rule);
    }

    pub(crate) fn forget_rules(&self, from: &str, to: &str) {
        self.rules.forget(from, to);
    }

    pub(crate) fn traffic(&self) -> Vec<Traffic> {
        let counters = &lock(&self.state).traffic;
        counters.iter().map(|counters| counters.traffic()).collect()
    }

    fn link(&self, from: HostId, to: HostId) -> SharedLink {
        let mut state = lock(&self.state);
        let usual = if from == to {
            Link::slow(Duration::ZERO)
        } else {
            state.usual.clone()
        };
        state
            .links
            .entry((from, to))
            .or_insert_with(|| Arc::new(Mutex::new(usual)))
            .clone()
    }

    async fn open(&self, from: HostId, to: SocketAddr) -> io::Result<Connection> {
        let (local, target) = self.route(from, to)?;
        for patience in SYN_TRIES {
            let tried = self.executor.now();
            let links =
                target.map(|target| (target, self.link(from, target), self.link(target, from)));
            if let Some((target, there, back)) = links
                && passes(&there, to.port())
            {
                let latency = lock(&there).latency;
                self.executor.sleep_until(tried + latency).await;
                let returns = { !lock(&back).severed };
                let latency = lock(&back).latency;
                let answer = if returns {
                    self.answer((from, local), (target, to), [there, back.clone()], tried)
                } else {
                    Answer::None
                };
                match answer {
                    Answer::None => {}
                    Answer::Refused => {
                        self.record_attempt(tried, local, to, Some(self.executor.now()));
                        self.executor
                            .sleep_until(self.executor.now() + latency)
                            .await;
                        return Err(io::ErrorKind::ConnectionRefused.into());
                    }
                    Answer::Open(end) => {
                        self.executor
                            .sleep_until(self.executor.now() + latency)
                            .await;
                        return Ok(Connection {
                            stream: Box::new(end),
                            local,
                            remote: to,
                            tls: None,
                        });
                    }
                }
            }
            self.record_attempt(tried, local, to, None);
            self.executor.sleep_until(tried + patience).await;
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    fn record_attempt(
        &self,
        at: Time,
        client: SocketAddr,
        server: SocketAddr,
        refused: Option<Time>,
    ) {
        self.capture.record(at, || CapturedKind::Tried {
            client,
            server,
            refused,
        });
    }

    // The local address, and the host that has the remote address.
    fn route(&self, from: HostId, to: SocketAddr) -> io::Result<(SocketAddr, Option<HostId>)> {
        let mut state = lock(&self.state);
        let (ip, target) = if to.ip().is_loopback() {
            (to.ip(), Some(from))
        } else {
            let same_family = |a: &&IpAddr| a.is_ipv4() == to.is_ipv4();
            let ours = state.hosts[from.0]
                .addresses
                .iter()
                .find(same_family)
                .copied();
            (
                ours.ok_or(io::ErrorKind::NetworkUnreachable)?,
                state.addresses.get(&to.ip()).copied(),
            )
        };
        let host = &mut state.hosts[from.0];
        let port = host.next_port;
        host.next_port = if port == *DYNAMIC_PORTS.end() {
            *DYNAMIC_PORTS.start()
        } else {
            port + 1
        };
        Ok((SocketAddr::new(ip, port), target))
    }

    // Handles a SYN that has arrived.
    fn answer(
        &self,
        (from, client): (HostId, SocketAddr),
        (target, server): (HostId, SocketAddr),
        links: [SharedLink; 2],
        tried: Time,
    ) -> Answer {
        let mut state = lock(&self.state);
        if !state.hosts[target.0].up || !state.hosts[from.0].up {
            return Answer::None;
        }
        let port = server.port();
        let any = |ip| SocketAddr::new(ip, port);
        let places = [
            server,
            any(Ipv4Addr::UNSPECIFIED.into()),
            any(Ipv6Addr::UNSPECIFIED.into()),
        ];
        let fits = |at: &&SocketAddr| **at == server || at.is_ipv6() || server.is_ipv4();
        let Some(backlog) = places
            .iter()
            .filter(fits)
            .find_map(|at| state.listeners.get(&(target, *at)).cloned())
        else {
            return Answer::Refused;
        };
        if lock(&backlog.0).0.len() >= BACKLOG_MAX {
            return Answer::None;
        }
        let counters = Arc::new(Counters {
            opened: self.executor.now(),
            client,
            server,
            written: Default::default(),
            read: Default::default(),
        });
        state.traffic.push(counters.clone());
        let cuts = state.cuts_for(from, target, port);
        let middle = Middlebox::new(
            self.rules.clone(),
            &state.hosts[from.0].name,
            &state.hosts[target.0].name,
            port,
        );
        let tap = Tap {
            capture: self.capture.clone(),
            connection: self.capture.next_connection(),
        };
        let taken = self.executor.now();
        let known = taken + lock(&links[1]).latency;
        self.capture.record(tried, || CapturedKind::Opened {
            connection: tap.connection,
            client,
            server,
            taken,
            known,
        });
        let (wire, ours, theirs) = Wire::new(
            self.executor.clone(),
            links,
            self.rng.clone(),
            counters,
            cuts,
            (middle, tap),
        );
        state.wires.push((from, target, Arc::downgrade(&wire)));
        drop(state);
        backlog.push(Connection {
            stream: Box::new(theirs),
            local: server,
            remote: client,
            tls: None,
        });
        Answer::Open(ours)
    }

    fn listen(self: &Arc<Self>, host: HostId, mut at: SocketAddr) -> io::Result<HostListener> {
        let mut state = lock(&self.state);
        let ours = at.ip().is_unspecified()
            || at.ip().is_loopback()
            || state.addresses.get(&at.ip()) == Some(&host);
        if !ours {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        if at.port() == 0 {
            let free = |port: &u16| {
                !state
                    .listeners
                    .contains_key(&(host, SocketAddr::new(at.ip(), *port)))
            };
            at.set_port(
                DYNAMIC_PORTS
                    .rev()
                    .find(free)
                    .ok_or(io::ErrorKind::AddrInUse)?,
            );
        }
        if state.listeners.contains_key(&(host, at)) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let backlog = Arc::new(Backlog::default());
        state.listeners.insert((host, at), backlog.clone());
        Ok(HostListener {
            fabric: self.clone(),
            host,
            at,
            backlog,
        })
    }
}

impl State {
    // The cuts that apply to a new connection, each to a limited number of connections.
    fn cuts_for(
        &mut self,
        from: HostId,
        to: HostId,
        port: u16,
    ) -> Vec<(Direction, u64, crate::link::Break)> {
        let (from, to) = (&self.hosts[from.0].name, &self.hosts[to.0].name);
        let mut hits = Vec::new();
        for cut in &mut self.cuts {
            let fits = cut.from.as_ref().is_none_or(|n| n == from)
                && cut.to.as_ref().is_none_or(|n| n == to);
            if fits && cut.port.is_none_or(|p| p == port) && cut.connections > 0 {
                cut.connections -= 1;
                hits.push((cut.direction, cut.after_bytes, cut.how));
            }
        }
        self.cuts.retain(|cut| cut.connections > 0);
        hits
    }
}

fn passes(link: &SharedLink, port: u16) -> bool {
    let link = lock(link);
    !link.severed && !link.held && !link.blocked_ports.contains(&port)
}

impl Backlog {
    fn push(&self, connection: Connection) {
        let mut inner = lock(&self.0);
        inner.0.push_back(connection);
        if let Some(waker) = inner.1.take() {
            waker.wake();
        }
    }
}

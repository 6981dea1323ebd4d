//! Builds the topology of a run from its events: hosts with their mail agents, and the people at
//! both ends.

mod people;

use super::known_host::KnownHost;
use super::model::Connection;
use super::model::{Agent, AgentId, Host, HostId, HostKey, Side, Topology};
use event::{Event, Kind, Party, Protocol, Role};
use std::borrow::Cow;
use std::collections::HashMap;

impl Topology {
    /// The agent with a role at a named host, if it takes part.
    pub fn agent_at(&self, host: &str, role: Role) -> Option<AgentId> {
        let program = if role == Role::Mua {
            self.program_on(host)
        } else {
            None
        };
        program.or_else(|| self.agent_of(self.host_named(host)?, role))
    }

    /// A person's mail client on a machine.
    fn program_on(&self, machine: &str) -> Option<AgentId> {
        let host = self.hosts.iter().position(|h| {
            matches!(&h.key, HostKey::Person(_, _, Some(name)) if name.eq_ignore_ascii_case(machine))
        })?;
        self.agent_of(host, Role::Mua)
    }

    /// The account of the only person who uses a machine, if it is known.
    pub(super) fn account_on(&self, machine: &str) -> Option<&str> {
        let accounts = self.hosts.iter().filter_map(|host| match &host.key {
            HostKey::Person(_, account, Some(on)) if on == machine && account != machine => {
                Some(account.as_str())
            }
            _ => None,
        });
        let mut accounts: Vec<&str> = accounts.collect();
        accounts.dedup();
        match accounts[..] {
            [account] => Some(account),
            _ => None,
        }
    }

    /// A host by its name or address.
    pub(super) fn host_named(&self, host: &str) -> Option<HostId> {
        self.hosts
            .iter()
            .position(|h| matches!(&h.key, HostKey::Host(name) if same_name(name, host)))
    }

    /// The agent with a role at a host.
    pub fn agent_of(&self, host: HostId, role: Role) -> Option<AgentId> {
        self.hosts[host]
            .agents
            .iter()
            .copied()
            .find(|r| self.agents[*r].role == role)
    }

    /// The mail client with which an account reads.
    pub fn reader(&self, account: &str) -> Option<AgentId> {
        let host = self.hosts.iter().position(
            |h| matches!(&h.key, HostKey::Person(Side::Reads, who, _) if same_name(who, account)),
        )?;
        self.agent_of(host, Role::Mua)
    }

    /// Collects hosts, agents and people. `connections` are the protocol connections, `writer` is
    /// the message's reverse path if known, `network` the hosts known in advance. `base` is the
    /// topology of another run on the same network: its hosts and agents keep their IDs.
    pub(super) fn from_events(
        events: &[Event],
        connections: &mut [Connection],
        writer: &str,
        network: &[KnownHost],
        base: Topology,
    ) -> Topology {
        let mut topology = base;
        // A client rejected before MAIL is identified by the sender of its other connections from
        // the same address.
        let wrote: HashMap<String, String> = connections
            .iter()
            .filter_map(|t| Some((bare_address(&t.client.address), t.sender.clone()?)))
            .collect();
        for connection in connections.iter_mut() {
            let known = connection
                .sender
                .clone()
                .or_else(|| {
                    wrote
                        .get(&bare_address(&connection.client.address))
                        .cloned()
                })
                .unwrap_or_default();
            let writer = if writer.is_empty() { &known } else { writer };
            topology.assign_agents(connection, writer, network);
        }
        for event in events {
            match &event.kind {
                Kind::Dns { .. } => topology.asks_dns = true,
                Kind::Fetched { by: account, .. } | Kind::Pushed { to: account, .. }
                    if topology.reader(account).is_none() =>
                {
                    let key = HostKey::Person(Side::Reads, account.clone(), None);
                    topology.agent_for(key, Role::Mua);
                }
                Kind::Unreachable { peer, .. } => {
                    topology.agent_for(HostKey::Host(unreachable_host(peer)), Role::Mta);
                }
                _ => {}
            }
            let connection = connections.iter().find(|t| t.spans.contains(&event.span));
            if let Some(role) = acting_role(event, connection) {
                let agent = topology.agent_at(&event.host, role).unwrap_or_else(|| {
                    topology.agent_for(HostKey::Host(event.host.to_ascii_lowercase()), role)
                });
                topology.agents[agent].used = true;
                let host = topology.agents[agent].host;
                topology.hosts[host].recorded |= !event.claimed;
            }
        }
        topology.add_unused_roles();
        topology.add_silent_hosts(network);
        topology.sort_hosts(connections, events);
        topology.label_people();
        topology
    }

    /// Assigns agents to both ends of a connection.
    fn assign_agents(&mut self, connection: &mut Connection, writer: &str, network: &[KnownHost]) {
        let side = connection.side();
        let reading_web = connection.protocol == Protocol::Web && side == Side::Reads;
        let mut agent = |party: &Party, recorder: Option<&String>, server: bool| {
            let role = match (party.role, connection.protocol) {
                // The server side of the webmail belongs to the host whose mailboxes or submission
                // service it uses.
                (Role::Mua, Protocol::Web) if server && reading_web => Role::Mra,
                (Role::Mua, Protocol::Web) if server => Role::Msa,
                (role, _) => role,
            };
            let key = if role == Role::Mua {
                let writer = Some(writer.to_owned()).filter(|_| side == Side::Writes);
                let account = connection.account.clone().or(writer);
                let address = bare_address(&party.address);
                let known = network
                    .iter()
                    .find(|known| known.address == address && !known.serves);
                let machine = known.map(|known| known.name.clone());
                let account = account
                    .filter(|account| !account.is_empty())
                    .or_else(|| known.and_then(|known| known.account.clone()))
                    .or_else(|| machine.clone())
                    .unwrap_or(address);
                HostKey::Person(side, account, machine)
            } else if let Some(host) = recorder.filter(|_| !connection.claimed) {
                HostKey::Host(host.to_ascii_lowercase())
            } else {
                let address = bare_address(&party.address);
                let honest = |known: &&KnownHost| {
                    let called = (!server)
                        .then_some(connection.ehlo_name.as_deref())
                        .flatten();
                    let true_name = called.is_some_and(|n| n.eq_ignore_ascii_case(&known.name));
                    known.address == address && (known.serves || known.is_named || true_name)
                };
                let known = network.iter().find(honest).map(|known| known.name.as_str());
                let name = party.name.as_deref().filter(|n| !n.is_empty()).or(known);
                HostKey::Host(name.map_or(address, str::to_ascii_lowercase))
            };
            self.agent_for(key, role)
        };
        let (here, there) = (
            Some(&connection.recorder),
            connection.other_recorder.as_ref(),
        );
        let (client_end, server_end) = if connection.recorder_is_client {
            (here, there)
        } else {
            (there, here)
        };
        let client_agent = agent(&connection.client, client_end, false);
        let server_agent = agent(&connection.server, server_end, true);
        let is_unnamed = connection.client.name.is_none() && client_end.is_none();
        (connection.client_agent, connection.server_agent) = (client_agent, server_agent);
        let host = self.agents[connection.client_agent].host;
        if is_unnamed && self.hosts[host].person.is_none() && self.hosts[host].ehlo_name.is_none() {
            self.hosts[host].ehlo_name.clone_from(&connection.ehlo_name);
        }
        for agent in [connection.client_agent, connection.server_agent] {
            let host = self.agents[agent].host;
            self.hosts[host].claimed |= connection.claimed;
        }
    }

    fn agent_for(&mut self, key: HostKey, role: Role) -> AgentId {
        let host = self
            .hosts
            .iter()
            .position(|h| h.key.is_same(&key))
            .unwrap_or_else(|| {
                self.hosts.push(Host::new(key));
                self.hosts.len() - 1
            });
        let agent = self.agent_of(host, role).unwrap_or_else(|| {
            self.agents.push(Agent {
                host,
                role,
                used: false,
            });
            self.hosts[host].agents.push(self.agents.len() - 1);
            self.agents.len() - 1
        });
        self.agents[agent].used = true;
        agent
    }

    /// A complete mail host shows all its roles, including those that this run did not use; each
    /// host's agents are in delivery order.
    fn add_unused_roles(&mut self) {
        for host in 0..self.hosts.len() {
            let roles: Vec<Role> = self.hosts[host]
                .agents
                .iter()
                .map(|r| self.agents[*r].role)
                .collect();
            let whole = self.hosts[host].recorded
                && roles
                    .iter()
                    .any(|r| matches!(r, Role::Msa | Role::Mda | Role::Mra));
            for role in [Role::Msa, Role::Mta, Role::Mda, Role::Mra] {
                if whole && !roles.contains(&role) {
                    self.agents.push(Agent {
                        host,
                        role,
                        used: false,
                    });
                    self.hosts[host].agents.push(self.agents.len() - 1);
                }
            }
            let agents = &self.agents;
            self.hosts[host].agents.sort_by_key(|r| agents[*r].role);
            self.hosts[host].claimed &= !self.hosts[host].recorded;
        }
    }

    /// Orders senders first, then hosts such that the client of a hop precedes its server, even one
    /// that it could not reach; recipients last.
    fn sort_hosts(&mut self, connections: &[Connection], events: &[Event]) {
        let reached = connections.iter().filter(|t| t.side() == Side::Writes);
        let reached = reached.map(|connection| {
            (
                self.agents[connection.client_agent].host,
                self.agents[connection.server_agent].host,
            )
        });
        let unreached = events.iter().filter_map(|event| match &event.kind {
            Kind::Unreachable { peer, .. } => Some((
                self.host_named(&event.host)?,
                self.host_named(&unreachable_host(peer))?,
            )),
            _ => None,
        });
        let mut hops = self.hops.clone();
        for hop in reached.chain(unreached) {
            if !hops.contains(&hop) {
                hops.push(hop);
            }
        }
        self.hops = hops;
        let mut order: Vec<HostId> = Vec::new();
        let place = |order: &[HostId], host| order.iter().position(|h| *h == host);
        for (client, server) in self.hops.iter().copied() {
            match (place(&order, client), place(&order, server)) {
                (None, None) => order.extend([client, server]),
                (None, Some(at)) => order.insert(at, client),
                (Some(_), None) => order.push(server),
                (Some(_), Some(_)) => {}
            }
            order.dedup();
        }
        for host in 0..self.hosts.len() {
            if !order.contains(&host) {
                order.push(host);
            }
        }
        order.sort_by_key(|h| match self.hosts[*h].person {
            Some(Side::Writes) => 0,
            None => 1,
            Some(Side::Reads) => 2,
        });
        self.order = order;
    }
}

impl Host {
    fn new(key: HostKey) -> Host {
        let (name, person) = match &key {
            HostKey::Host(name) => (name.clone(), None),
            HostKey::Person(side, who, _) => (who.clone(), Some(*side)),
        };
        let domain = if person.is_none() {
            domain_of(&name)
        } else {
            String::new()
        };
        Host {
            key,
            label: name.clone(),
            name,
            ehlo_name: None,
            domain,
            person,
            recorded: false,
            claimed: false,
            agents: Vec::new(),
        }
    }
}

/// The role at its host in which an event happened; `None` for events of a person's program or a
/// name server.
pub(super) fn acting_role(event: &Event, connection: Option<&Connection>) -> Option<Role> {
    match event.role {
        Role::Dns => None,
        Role::Mua => match (&event.kind, connection) {
            (Kind::Fetched { .. } | Kind::Pushed { .. }, _) => None,
            // A mail client that reached no server.
            (Kind::Unreachable { .. }, _) => Some(Role::Mua),
            // A mail client that records its own connection (in the Lab).
            (_, Some(connection)) if connection.protocol != Protocol::Web => None,
            (_, Some(connection)) if connection.side() == Side::Reads => Some(Role::Mra),
            _ => Some(Role::Msa),
        },
        role => Some(role),
    }
}

/// The domain that a host name belongs to, for grouping: its last two labels. Addresses have none.
pub fn domain_of(name: &str) -> String {
    if name.parse::<std::net::IpAddr>().is_ok() {
        return String::new();
    }
    let mut labels = name.rsplitn(3, '.');
    match (labels.next(), labels.next()) {
        (Some(top), Some(second)) => format!("{second}.{top}"),
        _ => String::new(),
    }
}

/// The host name in the peer of `Unreachable`: `mx1.b.test [192.0.2.1]:25` → `mx1.b.test`.
pub(super) fn unreachable_host(peer: &str) -> String {
    bare_address(peer.split(' ').next().unwrap_or_default()).to_ascii_lowercase()
}

/// Strips the port and the brackets: `192.0.2.1:25` → `192.0.2.1`, `[2001:db8::1]:25` →
/// `2001:db8::1`.
pub(super) fn bare_address(address: &str) -> String {
    let without_port: Cow<'_, str> = match address.parse::<std::net::SocketAddr>() {
        Ok(socket) => socket.ip().to_string().into(),
        Err(_) => address.into(),
    };
    without_port.trim_matches(['[', ']']).to_owned()
}

/// Compares accounts or host names, ignoring case; an account without a domain matches the one with
/// it.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    let local = |s: &str| s.rsplit_once('@').map_or(s.len(), |(l, _)| l.len());
    a.eq_ignore_ascii_case(b)
        || (a.contains('@') != b.contains('@') && !a.is_empty() && !b.is_empty() && {
            let (a, b) = (&a[..local(a)], &b[..local(b)]);
            a.eq_ignore_ascii_case(b)
        })
}

//! Who takes part in a journey: hosts with their roles as rooms, and the people at both ends. Made
//! once from the events; does not know what happened in the rooms.

use super::hops::Talk;
use event::{Event, Kind, Party, Protocol, Role};
use std::borrow::Cow;
use std::collections::HashMap;

/// A host's number on the stage.
pub type HostId = usize;
/// A room's number on the stage.
pub type RoomId = usize;

/// Which end of the way a person's program stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Wrote the message.
    Writes,
    /// Reads it.
    Reads,
}

/// What tells hosts apart.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// By host name, or by address where no name is known.
    Host(String),
    /// The program of a person, by side and account (or address where the account is unknown).
    Person(Side, String),
}

/// A host: a quiet frame on the stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    key: Key,
    /// Its name, its address, or the account of the person that sits there.
    pub name: String,
    /// What it called itself in EHLO where we know no better; anybody can say anything there.
    pub says: Option<String>,
    /// The domain that groups it with others; empty for addresses and people.
    pub domain: String,
    /// A person's own program.
    pub person: Option<Side>,
    /// It told us of itself by events; what others did we know from outside only.
    pub recorded: bool,
    /// Known from somebody's Received line only.
    pub claimed: bool,
    /// In the order of a message's way.
    pub rooms: Vec<RoomId>,
}

/// A role at a host: a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Where.
    pub host: HostId,
    /// Which.
    pub role: Role,
    /// Something happens in it during this journey; else it is shown faintly, for completeness.
    pub used: bool,
}

/// All that take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Hosts by number.
    pub hosts: Vec<Host>,
    /// Rooms by number.
    pub rooms: Vec<Room>,
    /// Hosts in the order of the message's way.
    pub order: Vec<HostId>,
    /// A name server is asked.
    pub asks_dns: bool,
}

impl Places {
    /// The room of a role at a named host, if it takes part.
    pub fn room_at(&self, host: &str, role: Role) -> Option<RoomId> {
        let host = self
            .hosts
            .iter()
            .position(|h| matches!(&h.key, Key::Host(name) if same_name(name, host)))?;
        self.room_of(host, role)
    }

    /// The room of a role at a host.
    pub fn room_of(&self, host: HostId, role: Role) -> Option<RoomId> {
        self.hosts[host]
            .rooms
            .iter()
            .copied()
            .find(|r| self.rooms[*r].role == role)
    }

    /// The program with which an account reads.
    pub fn reader(&self, account: &str) -> Option<RoomId> {
        let host = self.hosts.iter().position(
            |h| matches!(&h.key, Key::Person(Side::Reads, who) if same_name(who, account)),
        )?;
        self.room_of(host, Role::Mua)
    }

    /// Gathers who takes part. `talks` are the conversations, `writer` the message's reverse path
    /// where known.
    pub(super) fn gather(events: &[Event], talks: &mut [Talk], writer: &str) -> Places {
        let mut places = Places::default();
        // Whoever wrote from an address before or after is also the one who was refused there.
        let wrote: HashMap<String, String> = talks
            .iter()
            .filter_map(|t| Some((bare_address(&t.client.address), t.sender.clone()?)))
            .collect();
        for talk in talks.iter_mut() {
            let known = talk
                .sender
                .clone()
                .or_else(|| wrote.get(&bare_address(&talk.client.address)).cloned())
                .unwrap_or_default();
            places.seat(talk, if writer.is_empty() { &known } else { writer });
        }
        for event in events {
            match &event.kind {
                Kind::Dns { .. } => places.asks_dns = true,
                Kind::Fetched { by, .. } => {
                    places.enter(Key::Person(Side::Reads, by.clone()), Role::Mua);
                }
                Kind::Pushed { to, .. } => {
                    places.enter(Key::Person(Side::Reads, to.clone()), Role::Mua);
                }
                _ => {}
            }
            let talk = talks.iter().find(|t| t.spans.contains(&event.span));
            if let Some(role) = acting_role(event, talk) {
                let room = places.enter(Key::Host(event.host.to_ascii_lowercase()), role);
                let host = places.rooms[room].host;
                places.hosts[host].recorded |= !event.claimed;
            }
        }
        places.furnish();
        places.put_in_order(talks);
        places
    }

    /// Gives both ends of a conversation their rooms.
    fn seat(&mut self, talk: &mut Talk, writer: &str) {
        let side = talk.side();
        let reading_web = talk.protocol == Protocol::Web && side == Side::Reads;
        let mut room = |party: &Party, recorder: Option<&String>, server: bool| {
            let role = match (party.role, talk.protocol) {
                // The webmail's server half belongs to the host whose mailboxes or submission it
                // serves.
                (Role::Mua, Protocol::Web) if server && reading_web => Role::Mra,
                (Role::Mua, Protocol::Web) if server => Role::Msa,
                (role, _) => role,
            };
            let key = if role == Role::Mua {
                let account = talk.account.clone().unwrap_or_default();
                let account = if account.is_empty() && side == Side::Writes {
                    writer.to_owned()
                } else {
                    account
                };
                Key::Person(
                    side,
                    if account.is_empty() {
                        bare_address(&party.address)
                    } else {
                        account
                    },
                )
            } else if let Some(host) = recorder.filter(|_| !talk.claimed) {
                Key::Host(host.to_ascii_lowercase())
            } else {
                let name = party.name.as_deref().filter(|n| !n.is_empty());
                Key::Host(
                    name.map_or_else(|| bare_address(&party.address), str::to_ascii_lowercase),
                )
            };
            self.enter(key, role)
        };
        let (here, there) = (Some(&talk.recorder), talk.other_recorder.as_ref());
        let (client_end, server_end) = if talk.recorder_is_client {
            (here, there)
        } else {
            (there, here)
        };
        let client_room = room(&talk.client, client_end, false);
        let server_room = room(&talk.server, server_end, true);
        let stranger = talk.client.name.is_none() && client_end.is_none();
        (talk.client_room, talk.server_room) = (client_room, server_room);
        let host = self.rooms[talk.client_room].host;
        if stranger && self.hosts[host].person.is_none() && self.hosts[host].says.is_none() {
            self.hosts[host].says.clone_from(&talk.says);
        }
        for room in [talk.client_room, talk.server_room] {
            let host = self.rooms[room].host;
            self.hosts[host].claimed |= talk.claimed;
        }
    }

    fn enter(&mut self, key: Key, role: Role) -> RoomId {
        let host = self
            .hosts
            .iter()
            .position(|h| h.key == key)
            .unwrap_or_else(|| {
                self.hosts.push(Host::new(key));
                self.hosts.len() - 1
            });
        let room = self.room_of(host, role).unwrap_or_else(|| {
            self.rooms.push(Room {
                host,
                role,
                used: false,
            });
            self.hosts[host].rooms.push(self.rooms.len() - 1);
            self.rooms.len() - 1
        });
        self.rooms[room].used = true;
        room
    }

    /// A whole mail host shows all its roles, also those that this message did not need; each host's
    /// rooms stand in the order of the way.
    fn furnish(&mut self) {
        for host in 0..self.hosts.len() {
            let roles: Vec<Role> = self.hosts[host]
                .rooms
                .iter()
                .map(|r| self.rooms[*r].role)
                .collect();
            let whole = self.hosts[host].recorded
                && roles
                    .iter()
                    .any(|r| matches!(r, Role::Msa | Role::Mda | Role::Mra));
            for role in [Role::Msa, Role::Mta, Role::Mda, Role::Mra] {
                if whole && !roles.contains(&role) {
                    self.rooms.push(Room {
                        host,
                        role,
                        used: false,
                    });
                    self.hosts[host].rooms.push(self.rooms.len() - 1);
                }
            }
            let rooms = &self.rooms;
            self.hosts[host].rooms.sort_by_key(|r| rooms[*r].role);
            self.hosts[host].claimed &= !self.hosts[host].recorded;
        }
    }

    /// Writers first, then hosts so that the client of a hop stands before its server, readers
    /// last.
    fn put_in_order(&mut self, talks: &[Talk]) {
        let mut order: Vec<HostId> = Vec::new();
        let place = |order: &[HostId], host| order.iter().position(|h| *h == host);
        for talk in talks.iter().filter(|t| t.side() == Side::Writes) {
            let (client, server) = (
                self.rooms[talk.client_room].host,
                self.rooms[talk.server_room].host,
            );
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
    fn new(key: Key) -> Host {
        let (name, person) = match &key {
            Key::Host(name) => (name.clone(), None),
            Key::Person(side, who) => (who.clone(), Some(*side)),
        };
        let domain = if person.is_none() {
            domain_of(&name)
        } else {
            String::new()
        };
        Host {
            key,
            name,
            says: None,
            domain,
            person,
            recorded: false,
            claimed: false,
            rooms: Vec::new(),
        }
    }
}

/// In which room of its host an event happened; none for what a person's program or a name server
/// did.
pub(super) fn acting_role(event: &Event, talk: Option<&Talk>) -> Option<Role> {
    match event.role {
        Role::Dns => None,
        Role::Mua => match (&event.kind, talk) {
            (Kind::Fetched { .. } | Kind::Pushed { .. }, _) => None,
            // A program that tells of its own connection (in the Lab).
            (_, Some(talk)) if talk.protocol != Protocol::Web => None,
            (_, Some(talk)) if talk.side() == Side::Reads => Some(Role::Mra),
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

/// `192.0.2.1:25` → `192.0.2.1`, `[2001:db8::1]:25` → `2001:db8::1`.
pub(super) fn bare_address(address: &str) -> String {
    let without_port: Cow<'_, str> = match address.parse::<std::net::SocketAddr>() {
        Ok(socket) => socket.ip().to_string().into(),
        Err(_) => address.into(),
    };
    without_port.trim_matches(['[', ']']).to_owned()
}

/// Accounts and host names are the same in any case; an account named without its domain is the one
/// that is meant.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    let local = |s: &str| s.rsplit_once('@').map_or(s.len(), |(l, _)| l.len());
    a.eq_ignore_ascii_case(b)
        || (a.contains('@') != b.contains('@') && !a.is_empty() && !b.is_empty() && {
            let (a, b) = (&a[..local(a)], &b[..local(b)]);
            a.eq_ignore_ascii_case(b)
        })
}

//! Geometry of the map level: each domain drawn as an office, each person as a house, with roads
//! between them. `summary` writes the text of the map.

mod summary;

pub use summary::{sentence_case, step_summary, summary};

use super::layout::Point;
use super::model::{AgentId, HostId, Location, Side, Timeline};
use super::scene::SceneMessage;

/// A domain, drawn as a post office.
#[derive(Clone, Debug, PartialEq)]
pub struct MapDomain {
    /// Domain name such as `a.test`, or the host's address if the domain is unknown.
    pub name: String,
    /// Middle of the lower edge of its office.
    pub at: Point,
    /// Its hosts.
    pub hosts: Vec<HostId>,
}

/// A person, drawn as a house.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPerson {
    /// The person's host.
    pub host: HostId,
    /// Middle of the lower edge of the house.
    pub at: Point,
    /// Sender or recipient.
    pub side: Side,
}

/// The map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Width as requested.
    pub width: f64,
    /// Height as needed.
    pub height: f64,
    /// Domains in the order of the message's route.
    pub domains: Vec<MapDomain>,
    /// People.
    pub people: Vec<MapPerson>,
    /// Roads, each with the first two agents that it connects.
    pub roads: Vec<(Point, Point, (AgentId, AgentId))>,
    agents: Vec<Point>,
}

/// Width and height of an office.
pub const OFFICE_SIZE: (f64, f64) = (96.0, 70.0);
/// Width and height of a house.
pub const HOUSE_SIZE: (f64, f64) = (50.0, 44.0);
/// Width of a domain with its houses.
const DOMAIN_WIDTH: f64 = 250.0;
const ROW_HEIGHT: f64 = 250.0;
const ROW_TOP: f64 = 150.0;

impl Map {
    /// Places the domains in as many rows as the width requires, each slightly higher or lower than
    /// the one before.
    pub fn new(timeline: &Timeline, width: f64) -> Map {
        let topology = &timeline.topology;
        let mut map = Map {
            width,
            agents: vec![Point::default(); topology.agents.len()],
            ..Map::default()
        };
        for host in topology
            .order
            .iter()
            .copied()
            .filter(|h| topology.hosts[*h].person.is_none())
        {
            let entry = &topology.hosts[host];
            let name = if entry.domain.is_empty() {
                entry.name.clone()
            } else {
                entry.domain.clone()
            };
            match map.domains.iter_mut().find(|t| t.name == name) {
                Some(domain) => domain.hosts.push(host),
                None => map.domains.push(MapDomain {
                    name,
                    at: Point::default(),
                    hosts: vec![host],
                }),
            }
        }
        let columns = ((width / DOMAIN_WIDTH) as usize).clamp(1, map.domains.len().max(1));
        let count = map.domains.len();
        for (i, domain) in map.domains.iter_mut().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let in_row = columns.min(count - row * columns);
            let step = width / in_row as f64;
            let swing = if in_row > 1 {
                if column % 2 == 0 { 18.0 } else { -26.0 }
            } else {
                0.0
            };
            domain.at = Point {
                x: step * (column as f64 + 0.5),
                y: ROW_TOP + row as f64 * ROW_HEIGHT + swing,
            };
        }
        map.height = ROW_TOP + (count.saturating_sub(1) / columns) as f64 * ROW_HEIGHT + 190.0;
        map.place_people(timeline);
        map.place_agents(timeline);
        map.build_roads(timeline);
        map
    }

    /// Places people around the office that serves them, senders to the left and recipients to the
    /// right.
    fn place_people(&mut self, timeline: &Timeline) {
        let topology = &timeline.topology;
        for host in topology.order.iter().copied() {
            let Some(side) = topology.hosts[host].person else {
                continue;
            };
            let serves = timeline.connections.iter().find_map(|t| {
                let (client, server) = (
                    topology.agents[t.client_agent].host,
                    topology.agents[t.server_agent].host,
                );
                (client == host).then_some(server)
            });
            let domain = topology.hosts[host]
                .name
                .rsplit_once('@')
                .map_or("", |(_, d)| d);
            let index = self
                .domains
                .iter()
                .position(|t| serves.is_some_and(|s| t.hosts.contains(&s)));
            let index = index
                .or_else(|| self.domains.iter().position(|t| t.name == domain))
                .unwrap_or(0);
            let Some(centre) = self.domains.get(index).map(|t| t.at) else {
                continue;
            };
            let here = self.people.iter().filter(|h| {
                h.side == side
                    && (h.at.x - centre.x).abs() < DOMAIN_WIDTH / 2.0
                    && (h.at.y - centre.y).abs() < 150.0
            });
            let number = here.count() as f64;
            let way = if side == Side::Writes { -1.0 } else { 1.0 };
            let at = Point {
                x: centre.x + way * (64.0 + 14.0 * number),
                y: centre.y + 96.0 - 36.0 * (number % 2.0),
            };
            self.people.push(MapPerson {
                host,
                at: Point {
                    x: at.x.clamp(30.0, self.width - 30.0),
                    y: at.y,
                },
                side,
            });
        }
    }

    fn place_agents(&mut self, timeline: &Timeline) {
        for (agent, place) in self.agents.iter_mut().enumerate() {
            let host = timeline.topology.agents[agent].host;
            let house = self.people.iter().find(|h| h.host == host).map(|h| h.at);
            let office = self
                .domains
                .iter()
                .find(|t| t.hosts.contains(&host))
                .map(|t| t.at);
            *place = house.or(office).unwrap_or_default();
        }
    }

    fn build_roads(&mut self, timeline: &Timeline) {
        for (a, b) in &timeline.wires {
            let (from, to) = (self.agents[*a], self.agents[*b]);
            let known = self
                .roads
                .iter()
                .any(|(p, q, _)| (*p, *q) == (from, to) || (*q, *p) == (from, to));
            if from != to && !known {
                self.roads.push((from, to, (*a, *b)));
            }
        }
    }

    /// Position of an agent.
    pub fn agent(&self, agent: AgentId) -> Point {
        self.agents.get(agent).copied().unwrap_or_default()
    }

    /// Position and scale of a message; `None` if its location is unknown.
    pub fn message(&self, message: &SceneMessage) -> Option<(Point, f64)> {
        let at = match message.location {
            Location::Unknown => return None,
            Location::In(agent) => self.agent(agent),
            Location::Between(a, b) => {
                let (a, b) = (self.agent(a), self.agent(b));
                Point {
                    x: (a.x + b.x) / 2.0,
                    y: (a.y + b.y) / 2.0 - 10.0,
                }
            }
        };
        if message.main {
            return Some((
                Point {
                    x: at.x,
                    y: at.y - 14.0,
                },
                1.0,
            ));
        }
        let (slot, count) = message.slot;
        let (scale, in_row) = if count <= 6 { (0.46, 6) } else { (0.3, 10) };
        let (row, column) = (slot / in_row, slot % in_row);
        let in_this_row = in_row.min(count - row * in_row) as f64;
        let x = at.x + (column as f64 - (in_this_row - 1.0) / 2.0) * 54.0 * scale;
        Some((
            Point {
                x,
                y: at.y + 34.0 + row as f64 * 40.0 * scale,
            },
            scale,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    #[test]
    fn domains_and_people_fit_at_every_width_and_never_overlap() {
        for events in [
            samples::local_delivery(),
            samples::greylisted(),
            samples::both_ends(),
        ] {
            let t = Timeline::from_events(events);
            for width in [320.0, 390.0, 1000.0, 1280.0] {
                let map = Map::new(&t, width);
                for (i, a) in map.domains.iter().enumerate() {
                    assert!(
                        a.at.x - OFFICE_SIZE.0 / 2.0 >= 0.0
                            && a.at.x + OFFICE_SIZE.0 / 2.0 <= width
                            && a.at.y < map.height,
                        "{width}: {a:?}"
                    );
                    assert!(
                        map.domains[i + 1..]
                            .iter()
                            .all(|b| (a.at.x - b.at.x).abs() >= OFFICE_SIZE.0
                                || (a.at.y - b.at.y).abs() >= OFFICE_SIZE.1)
                    );
                }
                assert!(
                    map.people
                        .iter()
                        .all(|h| h.at.x > 0.0 && h.at.x < width && h.at.y < map.height)
                );
            }
        }
    }
}

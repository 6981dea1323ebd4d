//! What a network's definition says of its hosts and the events of a run do not: their names by
//! address, hosts that nobody has talked to, and when a host is off the network.

pub use super::model::{Downtime, KnownHost};

use super::model::Timeline;

impl Downtime {
    /// Whether a position of a timeline lies within it.
    fn covers(&self, timeline: &Timeline, position: usize) -> bool {
        let begins = |events: usize| match timeline.position_of_event(events) {
            Some(_) if events == 0 => 0,
            Some(at) => at,
            None => timeline.len(),
        };
        begins(self.from) <= position && self.until.is_none_or(|until| position < begins(until))
    }
}

impl Timeline {
    /// Whether each host is off the network at a position, or, where its network is not known,
    /// could not be reached by the last attempt.
    pub(super) fn unreachable(&self, position: usize, last_attempts: &[bool]) -> Vec<bool> {
        let hosts = self.topology.hosts.iter().zip(last_attempts);
        hosts
            .map(|(host, failed)| {
                let known = self.network.iter().find(|known| known.name == host.name);
                match known {
                    Some(known) if !known.down.is_empty() => {
                        known.down.iter().any(|down| down.covers(self, position))
                    }
                    _ => *failed,
                }
            })
            .collect()
    }
}

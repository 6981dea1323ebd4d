//! Facts about hosts that come from a network's definition rather than from the events of a run:
//! names by address, hosts without connections, and when a host is offline.

pub use super::model::{Downtime, KnownHost};

use super::model::Timeline;

impl Downtime {
    /// Whether a timeline position lies within this downtime.
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
    /// Whether each host is unreachable at a position: offline by the network's definition or,
    /// where that is not known, unreachable at the last attempt.
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

//! The hosts of a run, in the form that the stage needs.

use frontend::stage::known_host::{Downtime, KnownHost};
use frontend::stage::model::Timeline;
use sim::api::PlayedRun;
use sim::scenario::Runs;

/// The timeline of a run, with the hosts of its network.
pub fn timeline(played: &PlayedRun) -> Timeline {
    Timeline::from_network(played.events.clone(), network(played))
}

/// The hosts of a run's network.
pub fn network(played: &PlayedRun) -> Vec<KnownHost> {
    let events_before = |at| played.moments.partition_point(|moment| *moment < at);
    let hosts = played.hosts.iter().map(|host| KnownHost {
        name: host.name.clone(),
        address: host.address.clone(),
        serves: host.runs != Runs::Nothing,
        is_named: false,
        account: None,
        down: host
            .down
            .iter()
            .map(|down| Downtime {
                from: events_before(down.from),
                until: down.until.map(events_before),
            })
            .collect(),
    });
    hosts.collect()
}

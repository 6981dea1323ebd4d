//! The events of all hosts and their fingerprint: equal runs have equal fingerprints, on the server
//! and in a browser tab.

use crate::executor::lock;
use event::{Event, Sink};
use std::sync::{Arc, Mutex};

/// Collects events as they are stored. Clones share the collection.
#[derive(Clone, Default)]
pub struct Tape(Arc<Mutex<Vec<Event>>>);

impl Tape {
    /// All events in order of arrival; [`crate::Lab::timeline`] sorts them by time.
    pub fn events(&self) -> Vec<Event> {
        lock(&self.0).clone()
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn extend(&self, events: Vec<Event>) {
        lock(&self.0).extend(events);
    }
}

impl Sink for Tape {
    fn emit(&self, event: Event) {
        lock(&self.0).push(event);
    }
}

/// The FNV-1a hash (64 bits) of the events' JSON.
pub fn fingerprint(events: &[Event]) -> u64 {
    fnv1a(&event::to_json(events))
}

pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_matches_published_values() {
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text:?}");
        }
    }
}

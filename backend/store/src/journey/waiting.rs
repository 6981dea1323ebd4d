//! Events that wait to be written: those of a write in their compact form, as it was made while they were at hand, later ones as they are.

use super::WAITING_MAX;
use event::Event;
use mail::{JourneyId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The events of one journey in a write.
pub(crate) struct Told {
    pub(super) journey: JourneyId,
    pub(super) count: usize,
    pub(super) compact: Vec<u8>,
}

/// What waits of one journey.
#[derive(Clone, Default)]
pub(super) struct Part {
    compact: Vec<u8>,
    later: Vec<Event>,
    count: usize,
}

impl Part {
    /// All of it in the compact form.
    pub(super) fn to_compact(&self) -> Vec<u8> {
        let mut all = self.compact.clone();
        if !self.later.is_empty() {
            append(&mut all, &event::to_compact(&self.later));
        }
        all
    }

    /// The order of its first event.
    pub(super) fn begins(&self) -> Option<(Time, u64)> {
        self.events().first().map(Event::order)
    }

    fn events(&self) -> Vec<Event> {
        let mut events = event::from_compact(&self.compact).unwrap_or_default();
        events.extend(self.later.iter().cloned());
        events
    }

    // What came later stands behind.
    fn extend(&mut self, since: Part) {
        if !since.compact.is_empty() {
            self.compact = self.to_compact();
            self.later.clear();
            append(&mut self.compact, &since.compact);
        }
        self.later.extend(since.later);
        self.count += since.count;
    }
}

fn append(compact: &mut Vec<u8>, more: &[u8]) {
    if !compact.is_empty() {
        compact.push(event::APART);
    }
    compact.extend_from_slice(more);
}

pub(super) type Parts = BTreeMap<JourneyId, Part>;

#[derive(Default)]
pub(super) struct Waiting {
    parts: Parts,
    events: usize,
    // Taken up, but not durable yet.
    writing: Arc<Parts>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Of one journey.
    pub(super) fn events_of(&self, journey: JourneyId) -> Vec<Event> {
        let parts = [self.writing.get(&journey), self.parts.get(&journey)];
        parts.into_iter().flatten().flat_map(Part::events).collect()
    }

    pub(super) fn add(&mut self, event: Event) {
        if let Some(journey) = event.journey {
            self.put(journey, Part { later: vec![event], count: 1, ..Part::default() });
        }
    }

    pub(super) fn add_told(&mut self, told: Told) {
        self.put(told.journey, Part { compact: told.compact, later: Vec::new(), count: told.count });
    }

    fn put(&mut self, journey: JourneyId, part: Part) {
        self.events += part.count;
        match self.parts.get_mut(&journey) {
            Some(before) => before.extend(part),
            None => drop(self.parts.insert(journey, part)),
        }
        self.bound();
    }

    // Journeys are numbered by when they began: the oldest go first.
    fn bound(&mut self) {
        if self.events <= WAITING_MAX {
            return;
        }
        tracing::warn!(lost = WAITING_MAX / 2, "too many events wait; the oldest are lost");
        while self.events > WAITING_MAX / 2 {
            let Some((_, part)) = self.parts.pop_first() else { break };
            self.events -= part.count;
        }
    }

    /// Takes up all that waits.
    pub(super) fn take(&mut self) -> Arc<Parts> {
        // Whoever wrote before may have gone away before he heard of it: written twice, they are read once.
        if !self.writing.is_empty() {
            self.put_back();
        }
        self.events = 0;
        self.writing = Arc::new(std::mem::take(&mut self.parts));
        self.writing.clone()
    }

    /// What was taken up is durable.
    pub(super) fn written(&mut self) {
        self.writing = Arc::default();
    }

    /// It could not be written: it stands before what came since.
    pub(super) fn put_back(&mut self) {
        let failed = Arc::unwrap_or_clone(std::mem::take(&mut self.writing));
        let since = std::mem::replace(&mut self.parts, failed);
        self.events = self.parts.values().map(|part| part.count).sum();
        for (journey, part) in since {
            self.put(journey, part);
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.events
    }
}

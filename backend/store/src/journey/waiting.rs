//! Events that wait to be written: one log of pieces in their compact form, in the order in which
//! they came, as it will stand in the bundles. So nothing of an event is kept but its octets, and
//! to wait costs a copy.

use super::WAITING_BYTES_MAX;
use super::part::{self, Piece};
use event::Event;
use mail::JourneyId;
use std::sync::Arc;

/// The events of one journey in a write.
pub(crate) struct Told {
    pub(super) journey: JourneyId,
    pub(super) compact: Vec<u8>,
}

#[derive(Default)]
pub(super) struct Waiting {
    log: Vec<u8>,
    // Taken up, but not durable yet.
    writing: Arc<Vec<u8>>,
    // The room of what is durable, for what comes after the next taking up: fresh room costs the
    // one who first writes to it.
    spare: Vec<u8>,
}

// Larger room is given back.
const SPARE_BYTES_MAX: usize = 1024 * 1024;

impl Waiting {
    /// How many octets wait that nobody has taken up.
    pub(super) fn bytes(&self) -> usize {
        self.log.len()
    }

    /// Of one journey.
    pub(super) fn events_of(&self, journey: JourneyId) -> Vec<Event> {
        let pieces = part::pieces(&self.writing).chain(part::pieces(&self.log));
        let its = pieces.flatten().filter(|piece| piece.journey == journey);
        its.flat_map(|piece| event::from_compact(piece.compact).unwrap_or_default())
            .collect()
    }

    pub(super) fn add(&mut self, event: &Event) {
        if let Some(journey) = event.journey {
            part::append(&mut self.log, journey, |log| {
                event::append_compact(log, [event])
            });
            self.bound();
        }
    }

    pub(super) fn add_told(&mut self, told: &Told) {
        part::append(&mut self.log, told.journey, |log| {
            log.extend_from_slice(&told.compact)
        });
        self.bound();
    }

    fn bound(&mut self) {
        if self.log.len() <= WAITING_BYTES_MAX {
            return;
        }
        let half = part::pieces(&self.log)
            .flatten()
            .map(|Piece { end, .. }| end)
            .find(|end| *end >= WAITING_BYTES_MAX / 2);
        let lost = half.unwrap_or(self.log.len());
        tracing::warn!(bytes = lost, "too many events wait; the oldest are lost");
        self.log.drain(..lost);
    }

    /// Takes up all that waits.
    pub(super) fn take(&mut self) -> Arc<Vec<u8>> {
        // Whoever wrote before may have gone away before he heard of it: written twice, they are
        // read once.
        if !self.writing.is_empty() {
            self.put_back();
        }
        let room = std::mem::take(&mut self.spare);
        self.writing = Arc::new(std::mem::replace(&mut self.log, room));
        self.writing.clone()
    }

    /// What was taken up is durable.
    pub(super) fn written(&mut self) {
        // Who took it up has let it go by now.
        if let Some(mut room) = Arc::into_inner(std::mem::take(&mut self.writing))
            .filter(|room| room.capacity() <= SPARE_BYTES_MAX)
        {
            room.clear();
            self.spare = room;
        }
    }

    /// It could not be written: it stands before what came since.
    pub(super) fn put_back(&mut self) {
        let since = std::mem::take(&mut self.log);
        self.log = Arc::unwrap_or_clone(std::mem::take(&mut self.writing));
        self.log.extend_from_slice(&since);
        self.bound();
    }
}

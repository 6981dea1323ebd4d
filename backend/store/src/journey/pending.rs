//! Events that wait to be written: a log of records in the compact form, in order of arrival, as it
//! will be stored in bundles. Waiting costs one copy of the encoded events.

use super::PENDING_BYTES_MAX;
use super::part::{self, Record};
use event::Event;
use mail::JourneyId;
use std::sync::Arc;

/// The encoded events of one journey in a transaction.
pub(crate) struct JourneyEvents {
    pub(super) journey: JourneyId,
    pub(super) compact: Vec<u8>,
}

#[derive(Default)]
/// The log of pending events.
pub(super) struct Pending {
    log: Vec<u8>,
    // Being written, not durable yet.
    writing: Arc<Vec<u8>>,
    // The buffer of the log written last, reused for the next one: the pages of a new buffer cost
    // its first writer.
    spare: Vec<u8>,
}

// The largest buffer that is reused.
const SPARE_BYTES_MAX: usize = 1024 * 1024;

impl Pending {
    /// The size of the log without what is being written.
    pub(super) fn bytes(&self) -> usize {
        self.log.len()
    }

    /// The pending events of one journey.
    pub(super) fn events_of(&self, journey: JourneyId) -> Vec<Event> {
        let records = part::records(&self.writing).chain(part::records(&self.log));
        records
            .flatten()
            .filter(|record| record.journey == journey)
            .flat_map(|record| event::from_compact(record.compact).unwrap_or_default())
            .collect()
    }

    pub(super) fn add(&mut self, event: &Event) {
        if let Some(journey) = event.journey {
            part::append(&mut self.log, journey, |log| {
                event::append_compact(log, [event]);
            });
            self.bound();
        }
    }

    pub(super) fn add_encoded(&mut self, events: &JourneyEvents) {
        part::append(&mut self.log, events.journey, |log| {
            log.extend_from_slice(&events.compact);
        });
        self.bound();
    }

    // Drops the older half when the log is too long.
    fn bound(&mut self) {
        if self.log.len() <= PENDING_BYTES_MAX {
            return;
        }
        let half = part::records(&self.log)
            .flatten()
            .map(|Record { end, .. }| end)
            .find(|end| *end >= PENDING_BYTES_MAX / 2);
        let lost = half.unwrap_or(self.log.len());
        tracing::warn!(
            bytes = lost,
            "too many pending events; the oldest are dropped"
        );
        self.log.drain(..lost);
    }

    /// Takes the whole log to be written. [`Pending::written`] or [`Pending::put_back`] must
    /// follow.
    pub(super) fn take(&mut self) -> Arc<Vec<u8>> {
        // The former write may have been cancelled before its result was known. Events that are
        // written twice are read once.
        if !self.writing.is_empty() {
            self.put_back();
        }
        let buffer = std::mem::take(&mut self.spare);
        self.writing = Arc::new(std::mem::replace(&mut self.log, buffer));
        self.writing.clone()
    }

    /// The log that was taken is durable.
    pub(super) fn written(&mut self) {
        // The writer has dropped its reference by now.
        if let Some(mut buffer) = Arc::into_inner(std::mem::take(&mut self.writing))
            .filter(|buffer| buffer.capacity() <= SPARE_BYTES_MAX)
        {
            buffer.clear();
            self.spare = buffer;
        }
    }

    /// The log that was taken could not be written: it precedes what came since.
    pub(super) fn put_back(&mut self) {
        let since = std::mem::take(&mut self.log);
        self.log = Arc::unwrap_or_clone(std::mem::take(&mut self.writing));
        self.log.extend_from_slice(&since);
        self.bound();
    }
}

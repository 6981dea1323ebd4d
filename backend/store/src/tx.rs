//! A transaction: messages accepted and delivered, flags changed, events and queue rows, written
//! durably together or not at all.
//!
//! UIDs and modification sequences are assigned while the batch is submitted to the engine, with
//! the mailboxes locked in ascending order. Batches are therefore queued in order of UID, many may
//! be in flight at once, and readers see them in that order.

mod commit;

use crate::blob::{BlobRef, Content};
use crate::engine::{Batch, Fault, Keyspace};
use crate::entry::Entry;
use crate::mailbox::Mailbox;
use crate::rows::{self, OutlineRow};
use crate::spool::Lease;
use crate::{Store, keys};
use event::Event;
use mail::{Flags, JourneyId, QueueId, StoredMessageId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message to be added to a mailbox.
pub struct Delivery {
    /// The mailbox.
    pub mailbox: Arc<Mailbox>,
    /// The content, from [`Tx::content`] or another message.
    pub blob: BlobRef,
    /// The size of prefix and content together.
    pub bytes: u64,
    /// What was parsed from it.
    pub outline: Arc<OutlineRow>,
    /// The initial flags.
    pub flags: Flags,
    /// INTERNALDATE.
    pub date: Time,
    /// The journey that its events belong to.
    pub journey: Option<JourneyId>,
    /// A `Delivered` event for the journey; the UID is filled in when it is assigned.
    pub event: Option<Event>,
}

/// The identity of a message that was added to a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendedMessage {
    /// The UID.
    pub uid: u32,
    /// The number by which the webmail knows it.
    pub id: StoredMessageId,
}

/// A transaction in preparation. Nothing happens if it is dropped without `commit`.
pub struct Tx {
    store: Store,
    pub(crate) batch: Batch,
    deliveries: Vec<Delivery>,
    flag_changes: Vec<(Arc<Mailbox>, Entry, Flags)>,
    removals: Vec<(Arc<Mailbox>, u32)>,
    journeys: BTreeMap<JourneyId, Vec<Event>>,
    contents: BTreeMap<u64, Vec<u8>>,
    // The number of references to contents that are new in this write, and the changes in the
    // number of references to existing ones.
    new_refs: BTreeMap<(u8, u64), u32>,
    ref_changes: BTreeMap<(u8, u64), i64>,
    // Messages are copied: they take space as new ones do.
    pub(crate) copies: bool,
}

impl Store {
    /// Begins a transaction.
    pub fn begin(&self) -> Tx {
        Tx {
            store: self.clone(),
            batch: Batch::default(),
            deliveries: Vec::new(),
            flag_changes: Vec::new(),
            removals: Vec::new(),
            journeys: BTreeMap::new(),
            contents: BTreeMap::new(),
            new_refs: BTreeMap::new(),
            ref_changes: BTreeMap::new(),
            copies: false,
        }
    }
}

impl Tx {
    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes a content. A small one is written with the rest if this transaction refers to it.
    pub fn content(&mut self, content: &Content) -> BlobRef {
        match content {
            Content::Small(bytes) => {
                let id = self.store.next_number();
                self.contents.insert(id, bytes.clone());
                BlobRef::Row(id)
            }
            Content::Large { file, .. } => BlobRef::File(*file),
        }
    }

    /// Delivers a message with a new content. [`Tx::commit`] returns the messages in the order of
    /// these calls.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.add_ref(delivery.blob);
        self.deliveries.push(delivery);
    }

    /// Adds a reference to a new content: that of a message in the queue.
    pub fn add_ref(&mut self, blob: BlobRef) {
        *self.new_refs.entry(rows::blob_parts(blob)).or_default() += 1;
    }

    /// Removes a reference to an existing content, which is removed with the last one.
    pub fn release(&mut self, blob: BlobRef) {
        self.change_refs(blob, -1);
    }

    /// Delivers a message that refers to an existing content.
    pub fn deliver_shared(&mut self, delivery: Delivery) {
        self.change_refs(delivery.blob, 1);
        self.deliveries.push(delivery);
    }

    pub(crate) fn change_refs(&mut self, blob: BlobRef, by: i64) {
        *self.ref_changes.entry(rows::blob_parts(blob)).or_default() += by;
    }

    // Adds a message whose reference is counted already, or that moves with its reference.
    pub(crate) fn append_counted(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
    }

    /// Records events of the messages of this transaction.
    pub fn record(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            if let Some(journey) = event.journey {
                self.journeys.entry(journey).or_default().push(event);
            }
        }
    }

    /// Writes a queue row, due at a time (`None`: on hold). It replaces the lease `was`, which must
    /// still be valid.
    pub fn spool(&mut self, id: QueueId, was: Option<&Lease>, due: Option<Time>, row: Vec<u8>) {
        self.end_lease(was);
        self.batch.put(Keyspace::Spool, keys::queued(id), row);
        if let Some(due) = due {
            self.batch
                .put(Keyspace::Due, keys::due(due, id), Vec::new());
        }
    }

    /// Writes the row of a new message that is leased by this opening from the beginning.
    pub fn spool_leased(&mut self, lease: &Lease, row: Vec<u8>) {
        self.batch.put(Keyspace::Spool, keys::queued(lease.id), row);
        self.batch.put(
            Keyspace::Due,
            keys::due(lease.at, lease.id),
            lease.owner_row(),
        );
    }

    /// Removes a message from the queue; its lease must still be valid.
    pub fn unspool(&mut self, id: QueueId, was: Option<&Lease>) {
        self.end_lease(was);
        self.batch.delete(Keyspace::Spool, keys::queued(id));
        self.batch.delete(Keyspace::Sending, keys::order(id));
    }

    fn end_lease(&mut self, was: Option<&Lease>) {
        if let Some(lease) = was {
            let key = keys::due(lease.at, lease.id);
            self.batch
                .asserts
                .push((Keyspace::Due, key.clone(), Some(lease.owner_row())));
            self.batch.delete(Keyspace::Due, key);
        }
    }

    /// Asserts that a queue row is still as it was read.
    pub fn expect_spooled(&mut self, id: QueueId, row: Vec<u8>) {
        self.batch
            .asserts
            .push((Keyspace::Spool, keys::queued(id), Some(row)));
    }

    /// Asserts that the administrator's command for a message is still as it was read.
    pub fn expect_order(&mut self, id: QueueId, order: Option<Vec<u8>>) {
        self.batch
            .asserts
            .push((Keyspace::Sending, keys::order(id), order));
    }

    /// Writes or removes the administrator's command for a message that is leased.
    pub fn order(&mut self, id: QueueId, order: Option<Vec<u8>>) {
        match order {
            Some(order) => self.batch.put(Keyspace::Sending, keys::order(id), order),
            None => self.batch.delete(Keyspace::Sending, keys::order(id)),
        }
    }

    /// Has every server on this store look at its queue.
    pub fn queue_changed(&mut self) {
        let mark = self.store.next_number().to_be_bytes().to_vec();
        self.batch
            .put(Keyspace::Sending, keys::QUEUE_CHANGED.to_vec(), mark);
    }

    pub(crate) fn set_flags(&mut self, mailbox: &Arc<Mailbox>, entry: Entry, flags: Flags) {
        self.flag_changes.push((mailbox.clone(), entry, flags));
    }

    pub(crate) fn remove(&mut self, mailbox: &Arc<Mailbox>, uid: u32) {
        self.batch
            .delete(Keyspace::Messages, keys::message(mailbox.id, uid));
        self.batch
            .delete(Keyspace::Outlines, keys::message(mailbox.id, uid));
        self.removals.push((mailbox.clone(), uid));
    }

    /// Commits. When this returns `Ok`, the write survives a power cut.
    ///
    /// # Errors
    /// As the engine; [`Fault::Full`] for new messages also below the reserve of the disk. Nothing
    /// was written then.
    pub async fn commit(self) -> Result<Vec<AppendedMessage>, Fault> {
        self.write(|engine| engine.flush()).await
    }

    /// Commits without urgency, such as the end of a delivery attempt: with the next urgent commit,
    /// or after a moment.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit_soon(self) -> Result<Vec<AppendedMessage>, Fault> {
        self.write(|engine| engine.flush_soon()).await
    }
}

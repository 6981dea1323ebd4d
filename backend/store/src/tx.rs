//! A transaction: messages accepted and delivered, flags changed, events and queue rows, written
//! durably together or not at all.
//!
//! UIDs and modification sequences are assigned while the batch is submitted to the engine, with the
//! mailboxes locked in ascending order. Batches are therefore queued in order of UID, many may be in
//! flight at once, and readers see them in that order.

use crate::blob::{BlobRef, Content};
use crate::engine::{Batch, Engine, Fault, Keyspace, OnCommit};
use crate::mailbox::{Effect, Entry, Mailbox};
use crate::rows::{self, Counters, OutlineRow};
use crate::spool::Lease;
use crate::{Store, keys};
use event::{Event, Kind};
use mail::{Flags, JourneyId, QueueId, StoredMessageId, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

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
    // The number of references to contents that are new in this write, and the changes in the number
    // of references to existing ones.
    new_refs: BTreeMap<(u8, u64), u32>,
    ref_changes: BTreeMap<(u8, u64), i64>,
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

    /// Delivers a message with a new content. [`Tx::commit`] returns the messages in the order of these
    /// calls.
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
    /// As the engine; nothing was written then.
    pub async fn commit(self) -> Result<Vec<AppendedMessage>, Fault> {
        self.write(|engine| engine.flush()).await
    }

    /// Commits without urgency, such as the end of a delivery attempt: with the next urgent commit, or
    /// after a moment.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit_soon(self) -> Result<Vec<AppendedMessage>, Fault> {
        self.write(|engine| engine.flush_soon()).await
    }

    async fn write(mut self, flush: fn(&dyn Engine)) -> Result<Vec<AppendedMessage>, Fault> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let store = self.store.clone();
        // References that are added and removed in one write need no count.
        self.ref_changes.retain(|_, by| *by != 0);
        let guard = store
            .content_locks()
            .lock(self.ref_changes.keys().copied())
            .await;
        let orphans = self.count_owners().await?;
        let (appended, changed) = self.submit(Box::new(move |result| drop(sender.send(result))));
        flush(store.engine().as_ref());
        let result = receiver
            .await
            .unwrap_or_else(|_| Err(Fault::Broken("the store is closed".into())));
        if let Err(fault) = result {
            changed
                .into_iter()
                .for_each(|(mailbox, before, after)| revert_counters(&mailbox, before, after));
            return Err(fault);
        }
        drop(guard);
        for file in orphans {
            store.blobs().remove(file);
        }
        Ok(appended)
    }

    // Writes the reference counts of contents. Returns the files that are no longer referred to, to
    // be removed once the transaction is durable.
    async fn count_owners(&mut self) -> Result<Vec<u64>, Fault> {
        for ((kind, id), count) in std::mem::take(&mut self.new_refs) {
            if let Some(bytes) = self.contents.remove(&id).filter(|_| kind == 0) {
                self.batch.put(Keyspace::Contents, keys::content(id), bytes);
            }
            // A file always has a row, by which the sweep at the next start knows that it is owned.
            if count > 1 || kind == 1 {
                self.batch.put(
                    Keyspace::Counters,
                    keys::shares(kind, id),
                    count.to_le_bytes().to_vec(),
                );
            }
        }
        let mut orphans = Vec::new();
        for ((kind, id), by) in std::mem::take(&mut self.ref_changes) {
            let row = self
                .store
                .engine()
                .get(Keyspace::Counters, &keys::shares(kind, id))
                .await?;
            let known = row
                .and_then(|r| r.try_into().ok())
                .map_or(1, |r| i64::from(u32::from_le_bytes(r)));
            match u32::try_from(known + by) {
                Ok(many @ 2..) => self.batch.put(
                    Keyspace::Counters,
                    keys::shares(kind, id),
                    many.to_le_bytes().to_vec(),
                ),
                Ok(1) if kind == 0 => self
                    .batch
                    .delete(Keyspace::Counters, keys::shares(kind, id)),
                Ok(one @ 1) => self.batch.put(
                    Keyspace::Counters,
                    keys::shares(kind, id),
                    one.to_le_bytes().to_vec(),
                ),
                _ => {
                    self.batch
                        .delete(Keyspace::Counters, keys::shares(kind, id));
                    if kind == 0 {
                        self.batch.delete(Keyspace::Contents, keys::content(id));
                    } else {
                        orphans.push(id);
                    }
                }
            }
        }
        Ok(orphans)
    }

    // Assigns the numbers and submits the batch, with the mailboxes locked.
    fn submit(mut self, on_commit: OnCommit) -> (Vec<AppendedMessage>, Vec<CounterChange>) {
        let mut open: BTreeMap<u64, MailboxEffects> = BTreeMap::new();
        let deliveries = self.deliveries.iter().map(|d| &d.mailbox);
        for mailbox in deliveries
            .chain(self.flag_changes.iter().map(|c| &c.0))
            .chain(self.removals.iter().map(|r| &r.0))
        {
            open.entry(mailbox.id.0).or_insert_with(|| MailboxEffects {
                mailbox: mailbox.clone(),
                effects: Vec::new(),
            });
        }
        // Cloned so that the guards can borrow the handles while the effects are collected.
        let mailboxes: Vec<Arc<Mailbox>> = open.values().map(|o| o.mailbox.clone()).collect();
        let mut counters_of: BTreeMap<u64, CountersGuard<'_>> =
            mailboxes.iter().map(|m| (m.id.0, m.assigned())).collect();
        let before: Vec<Counters> = counters_of.values().map(|counters| **counters).collect();
        for counters in counters_of.values_mut() {
            counters.modseq += 1;
        }
        let appended = self.number_deliveries(&mut open, &mut counters_of);
        self.number_flag_changes(&mut open, &mut counters_of);
        self.number_removals(&mut open, &mut counters_of);
        for (id, counters) in &counters_of {
            self.batch.put(
                Keyspace::Counters,
                keys::in_mailbox(mail::MailboxId(*id)),
                rows::write_counters(counters),
            );
        }
        let after: Vec<Counters> = counters_of.values().map(|counters| **counters).collect();
        self.submit_batch(open, on_commit);
        drop(counters_of);
        (
            appended,
            mailboxes
                .into_iter()
                .zip(before)
                .zip(after)
                .map(|((m, b), a)| (m, b, a))
                .collect(),
        )
    }

    fn number_deliveries(
        &mut self,
        open: &mut BTreeMap<u64, MailboxEffects>,
        counters_of: &mut BTreeMap<u64, CountersGuard<'_>>,
    ) -> Vec<AppendedMessage> {
        let mut appended = Vec::with_capacity(self.deliveries.len());
        for delivery in std::mem::take(&mut self.deliveries) {
            let id = delivery.mailbox.id;
            let (Some(counters), Some(open)) = (counters_of.get_mut(&id.0), open.get_mut(&id.0))
            else {
                continue;
            };
            let uid = counters.uid_next;
            counters.uid_next += 1;
            let Delivery {
                date,
                bytes,
                journey,
                blob,
                ..
            } = delivery;
            let mut entry = Entry {
                uid,
                flags: 0,
                keywords: None,
                modseq: counters.modseq,
                date,
                bytes,
                journey,
                blob,
            };
            entry.set_flags(delivery.flags);
            counters.total += 1;
            counters.unseen += u32::from(entry.unseen());
            counters.bytes += entry.bytes;
            self.batch.put(
                Keyspace::Messages,
                keys::message(id, uid),
                rows::write_entry(&entry),
            );
            self.batch.put(
                Keyspace::Outlines,
                keys::message(id, uid),
                rows::write_outline(&delivery.outline),
            );
            if let Some(mut event) = delivery.event {
                if let Kind::Delivered { uid: assigned, .. } = &mut event.kind {
                    *assigned = uid;
                }
                self.record([event]);
            }
            appended.push(AppendedMessage {
                uid,
                id: delivery.mailbox.message_id(uid),
            });
            open.effects.push(Effect::Add(entry));
        }
        appended
    }

    fn number_flag_changes(
        &mut self,
        open: &mut BTreeMap<u64, MailboxEffects>,
        counters_of: &mut BTreeMap<u64, CountersGuard<'_>>,
    ) {
        for (mailbox, mut entry, flags) in std::mem::take(&mut self.flag_changes) {
            let (Some(counters), Some(open)) = (
                counters_of.get_mut(&mailbox.id.0),
                open.get_mut(&mailbox.id.0),
            ) else {
                continue;
            };
            let was_unseen = entry.unseen();
            entry.set_flags(flags.clone());
            entry.modseq = counters.modseq;
            counters.unseen = counters.unseen + u32::from(entry.unseen()) - u32::from(was_unseen);
            self.batch.put(
                Keyspace::Messages,
                keys::message(mailbox.id, entry.uid),
                rows::write_entry(&entry),
            );
            open.effects.push(Effect::Flags {
                uid: entry.uid,
                flags,
                modseq: counters.modseq,
            });
        }
    }

    fn number_removals(
        &mut self,
        open: &mut BTreeMap<u64, MailboxEffects>,
        counters_of: &mut BTreeMap<u64, CountersGuard<'_>>,
    ) {
        for (mailbox, uid) in std::mem::take(&mut self.removals) {
            let (Some(counters), Some(open)) = (
                counters_of.get_mut(&mailbox.id.0),
                open.get_mut(&mailbox.id.0),
            ) else {
                continue;
            };
            if let Some((unseen, bytes)) =
                mailbox.read(|s| s.entry(uid).map(|e| (e.unseen(), e.bytes)))
            {
                counters.total -= 1;
                counters.unseen -= u32::from(unseen);
                counters.bytes -= bytes;
            }
            open.effects.push(Effect::Remove {
                uid,
                modseq: counters.modseq,
            });
        }
    }

    fn submit_batch(mut self, open: BTreeMap<u64, MailboxEffects>, on_commit: OnCommit) {
        let events = self
            .store
            .journeys()
            .prepare(&self.journeys, &mut self.batch);
        let store = self.store.clone();
        let engine = self.store.engine().clone();
        engine.submit(
            self.batch,
            Box::new(move |result| {
                if result.is_ok() {
                    for MailboxEffects { mailbox, effects } in open.into_values() {
                        mailbox.publish(effects);
                        store.mailbox_changed(mailbox.account, mailbox.id);
                    }
                    store.journeys().committed(events);
                }
                on_commit(result);
            }),
        );
    }
}

// Reverts the totals after a failed commit. The UIDs and modification sequences that it was assigned
// stay unused.
fn revert_counters(mailbox: &Mailbox, before: Counters, after: Counters) {
    let mut counters = mailbox.assigned();
    counters.total = (counters.total + before.total).saturating_sub(after.total);
    counters.unseen = (counters.unseen + before.unseen).saturating_sub(after.unseen);
    counters.bytes = (counters.bytes + before.bytes).saturating_sub(after.bytes);
}

// The effects of a transaction on one mailbox, applied when it is durable.
struct MailboxEffects {
    mailbox: Arc<Mailbox>,
    effects: Vec<Effect>,
}

// A mailbox with its counters before and after the transaction.
type CounterChange = (Arc<Mailbox>, Counters, Counters);
type CountersGuard<'a> = MutexGuard<'a, Counters>;

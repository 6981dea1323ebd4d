//! One durable write: messages accepted and delivered, flags changed, events, the queue's rows;
//! together or not at all.
//!
//! UIDs and modification sequences are given while the batch is handed to the engine, under the
//! mailboxes' locks taken in order of their numbers; so batches stand in the engine in order of
//! UID, many may be on their way at once, and readers see them in that order.

use crate::blob::{BlobRef, Content};
use crate::engine::{Batch, Done, Engine, Fault, Space};
use crate::rows::{self, Counters, OutlineRow};
use crate::spool::Lease;
use crate::view::{Effect, Entry, Mailbox};
use crate::{Store, keys};
use event::{Event, Kind};
use mail::{Flags, JourneyId, QueueId, StoredMessageId, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

/// A message on its way into a mailbox.
pub struct Delivery {
    /// Whereto.
    pub mailbox: Arc<Mailbox>,
    /// Its content, from [`Tx::content`] or another message.
    pub blob: BlobRef,
    /// Octets of prefix and content together.
    pub bytes: u64,
    /// What was read from it.
    pub outline: Arc<OutlineRow>,
    /// Its first flags.
    pub flags: Flags,
    /// INTERNALDATE.
    pub date: Time,
    /// How it came.
    pub journey: Option<JourneyId>,
    /// A `Delivered` event for its journey: the UID is filled in when it is known.
    pub told: Option<Event>,
}

/// Where a message was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its UID.
    pub uid: u32,
    /// Its number for the webmail.
    pub id: StoredMessageId,
}

/// A durable write being put together. Dropped without `commit`, nothing happens.
pub struct Tx {
    store: Store,
    pub(crate) batch: Batch,
    deliveries: Vec<Delivery>,
    flag_changes: Vec<(Arc<Mailbox>, Entry, Flags)>,
    removals: Vec<(Arc<Mailbox>, u32)>,
    journeys: BTreeMap<JourneyId, Vec<Event>>,
    contents: BTreeMap<u64, Vec<u8>>,
    // Owners of contents that are new in this write; and of those that were there, how many more
    // or less.
    fresh: BTreeMap<(u8, u64), u32>,
    shared: BTreeMap<(u8, u64), i64>,
}

impl Store {
    /// Begins a durable write.
    pub fn begin(&self) -> Tx {
        Tx {
            store: self.clone(),
            batch: Batch::default(),
            deliveries: Vec::new(),
            flag_changes: Vec::new(),
            removals: Vec::new(),
            journeys: BTreeMap::new(),
            contents: BTreeMap::new(),
            fresh: BTreeMap::new(),
            shared: BTreeMap::new(),
        }
    }
}

impl Tx {
    /// The store that this writes to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes a content; a small one is written with the rest, where something in this write comes
    /// to own it.
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

    /// Delivers a message. Its place in the order of these calls is its place in what
    /// [`Tx::commit`] answers.
    pub fn deliver(&mut self, delivery: Delivery) {
        self.hold(delivery.blob);
        self.deliveries.push(delivery);
    }

    /// One more owner of a content that is new in this write: the queue's message.
    pub fn hold(&mut self, blob: BlobRef) {
        *self.fresh.entry(rows::blob_parts(blob)).or_default() += 1;
    }

    /// One owner less of a content that was there: removed with the last one.
    pub fn release(&mut self, blob: BlobRef) {
        self.share(blob, -1);
    }

    /// One owner more of a content that was there.
    pub fn deliver_shared(&mut self, delivery: Delivery) {
        self.share(delivery.blob, 1);
        self.deliveries.push(delivery);
    }

    pub(crate) fn share(&mut self, blob: BlobRef, by: i64) {
        *self.shared.entry(rows::blob_parts(blob)).or_default() += by;
    }

    // A copy whose owner was counted already, or a message that only changes its place.
    pub(crate) fn place_copy(&mut self, delivery: Delivery) {
        self.deliveries.push(delivery);
    }

    /// Events that belong to the messages of this write.
    pub fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            if let Some(journey) = event.journey {
                self.journeys.entry(journey).or_default().push(event);
            }
        }
    }

    /// Keeps a message in the queue, due at a time (`None`: held, never by itself); in place of its
    /// former turn, which must still stand.
    pub fn spool(&mut self, id: QueueId, was: Option<&Lease>, due: Option<Time>, row: Vec<u8>) {
        self.end_turn(was);
        self.batch.put(Space::Spool, keys::queued(id), row);
        if let Some(due) = due {
            self.batch.put(Space::Due, keys::due(due, id), Vec::new());
        }
    }

    /// Keeps a new message in the queue whose turn this opening of the store has leased from the
    /// first.
    pub fn spool_leased(&mut self, lease: &Lease, row: Vec<u8>) {
        self.batch.put(Space::Spool, keys::queued(lease.id), row);
        self.batch
            .put(Space::Due, keys::due(lease.at, lease.id), lease.owner_row());
    }

    /// Takes a message out of the queue; its turn must still stand.
    pub fn unspool(&mut self, id: QueueId, was: Option<&Lease>) {
        self.end_turn(was);
        self.batch.delete(Space::Spool, keys::queued(id));
        self.batch.delete(Space::Sending, keys::order(id));
    }

    fn end_turn(&mut self, was: Option<&Lease>) {
        if let Some(turn) = was {
            let key = keys::due(turn.at, turn.id);
            self.batch
                .asserts
                .push((Space::Due, key.clone(), Some(turn.owner_row())));
            self.batch.delete(Space::Due, key);
        }
    }

    /// Demands that a message's row is still as it was read.
    pub fn expect_spooled(&mut self, id: QueueId, row: Vec<u8>) {
        self.batch
            .asserts
            .push((Space::Spool, keys::queued(id), Some(row)));
    }

    /// Demands that a message's order by hand is still as it was read.
    pub fn expect_order(&mut self, id: QueueId, order: Option<Vec<u8>>) {
        self.batch
            .asserts
            .push((Space::Sending, keys::order(id), order));
    }

    /// Gives an order for a message that is being tried, or takes it back.
    pub fn order(&mut self, id: QueueId, order: Option<Vec<u8>>) {
        match order {
            Some(order) => self.batch.put(Space::Sending, keys::order(id), order),
            None => self.batch.delete(Space::Sending, keys::order(id)),
        }
    }

    /// Lets every server that works on this store look at its queue.
    pub fn queue_changed(&mut self) {
        let mark = self.store.next_number().to_be_bytes().to_vec();
        self.batch
            .put(Space::Sending, keys::QUEUE_CHANGED.to_vec(), mark);
    }

    pub(crate) fn set_flags(&mut self, mailbox: &Arc<Mailbox>, entry: Entry, flags: Flags) {
        self.flag_changes.push((mailbox.clone(), entry, flags));
    }

    pub(crate) fn remove(&mut self, mailbox: &Arc<Mailbox>, uid: u32) {
        self.batch
            .delete(Space::Messages, keys::message(mailbox.id, uid));
        self.batch
            .delete(Space::Outlines, keys::message(mailbox.id, uid));
        self.removals.push((mailbox.clone(), uid));
    }

    /// Makes it durable. When this returns `Ok`, it survives a power cut.
    ///
    /// # Errors
    /// Nothing was done then.
    pub async fn commit(self) -> Result<Vec<Placed>, Fault> {
        self.write(|engine| engine.write()).await
    }

    /// The same for what nobody waits for, such as the end of an attempt: it goes with the next
    /// write that is in a hurry, or after a moment.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit_soon(self) -> Result<Vec<Placed>, Fault> {
        self.write(|engine| engine.write_soon()).await
    }

    async fn write(mut self, hasten: fn(&dyn Engine)) -> Result<Vec<Placed>, Fault> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let store = self.store.clone();
        // What is taken and given in one write stays as it is.
        self.shared.retain(|_, by| *by != 0);
        let held = store.sharing().hold(self.shared.keys().copied()).await;
        let orphans = self.count_owners().await?;
        let (placed, given) = self.submit(Box::new(move |result| drop(tell.send(result))));
        hasten(store.engine().as_ref());
        let result = told
            .await
            .unwrap_or_else(|_| Err(Fault::Broken("the store has ended".into())));
        if let Err(fault) = result {
            given
                .into_iter()
                .for_each(|(mailbox, before, after)| take_back(&mailbox, before, after));
            return Err(fault);
        }
        drop(held);
        for file in orphans {
            store.blobs().remove(file);
        }
        Ok(placed)
    }

    // Writes down the owners of contents; answers the files that nobody owns any more, to be
    // removed once that is durable.
    async fn count_owners(&mut self) -> Result<Vec<u64>, Fault> {
        for ((kind, id), count) in std::mem::take(&mut self.fresh) {
            if let Some(bytes) = self.contents.remove(&id).filter(|_| kind == 0) {
                self.batch.put(Space::Contents, keys::content(id), bytes);
            }
            // A file always has a row, by which the sweep at the next start knows that it is owned.
            if count > 1 || kind == 1 {
                self.batch.put(
                    Space::Counters,
                    keys::shares(kind, id),
                    count.to_le_bytes().to_vec(),
                );
            }
        }
        let mut orphans = Vec::new();
        for ((kind, id), by) in std::mem::take(&mut self.shared) {
            let row = self
                .store
                .engine()
                .get(Space::Counters, &keys::shares(kind, id))
                .await?;
            let known = row
                .and_then(|r| r.try_into().ok())
                .map_or(1, |r| i64::from(u32::from_le_bytes(r)));
            match u32::try_from(known + by) {
                Ok(many @ 2..) => self.batch.put(
                    Space::Counters,
                    keys::shares(kind, id),
                    many.to_le_bytes().to_vec(),
                ),
                Ok(1) if kind == 0 => self.batch.delete(Space::Counters, keys::shares(kind, id)),
                Ok(one @ 1) => self.batch.put(
                    Space::Counters,
                    keys::shares(kind, id),
                    one.to_le_bytes().to_vec(),
                ),
                _ => {
                    self.batch.delete(Space::Counters, keys::shares(kind, id));
                    if kind == 0 {
                        self.batch.delete(Space::Contents, keys::content(id));
                    } else {
                        orphans.push(id);
                    }
                }
            }
        }
        Ok(orphans)
    }

    // Gives the numbers and hands in, all under the mailboxes' locks.
    fn submit(mut self, done: Done) -> (Vec<Placed>, Vec<Counted>) {
        let mut open: BTreeMap<u64, Open> = BTreeMap::new();
        let deliveries = self.deliveries.iter().map(|d| &d.mailbox);
        for mailbox in deliveries
            .chain(self.flag_changes.iter().map(|c| &c.0))
            .chain(self.removals.iter().map(|r| &r.0))
        {
            open.entry(mailbox.id.0).or_insert_with(|| Open {
                mailbox: mailbox.clone(),
                effects: Vec::new(),
            });
        }
        // The handles are cloned so that the guards may borrow them while the effects are gathered.
        let mailboxes: Vec<Arc<Mailbox>> = open.values().map(|o| o.mailbox.clone()).collect();
        let mut given: BTreeMap<u64, Given<'_>> =
            mailboxes.iter().map(|m| (m.id.0, m.given())).collect();
        let before: Vec<Counters> = given.values().map(|counters| **counters).collect();
        for counters in given.values_mut() {
            counters.modseq += 1;
        }
        let placed = self.number_deliveries(&mut open, &mut given);
        self.number_flag_changes(&mut open, &mut given);
        self.number_removals(&mut open, &mut given);
        for (id, counters) in &given {
            self.batch.put(
                Space::Counters,
                keys::in_mailbox(mail::MailboxId(*id)),
                rows::write_counters(counters),
            );
        }
        let after: Vec<Counters> = given.values().map(|counters| **counters).collect();
        self.hand_in(open, done);
        drop(given);
        (
            placed,
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
        open: &mut BTreeMap<u64, Open>,
        given: &mut BTreeMap<u64, Given<'_>>,
    ) -> Vec<Placed> {
        let mut placed = Vec::with_capacity(self.deliveries.len());
        for delivery in std::mem::take(&mut self.deliveries) {
            let id = delivery.mailbox.id;
            let (Some(counters), Some(open)) = (given.get_mut(&id.0), open.get_mut(&id.0)) else {
                continue;
            };
            let uid = counters.uid_next;
            counters.uid_next += 1;
            let Delivery {
                date,
                bytes: length,
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
                bytes: length,
                journey,
                blob,
            };
            entry.set_flags(delivery.flags);
            counters.total += 1;
            counters.unseen += u32::from(entry.unseen());
            counters.bytes += entry.bytes;
            self.batch.put(
                Space::Messages,
                keys::message(id, uid),
                rows::write_entry(&entry),
            );
            self.batch.put(
                Space::Outlines,
                keys::message(id, uid),
                rows::write_outline(&delivery.outline),
            );
            if let Some(mut event) = delivery.told {
                if let Kind::Delivered { uid: told, .. } = &mut event.kind {
                    *told = uid;
                }
                self.tell([event]);
            }
            placed.push(Placed {
                uid,
                id: delivery.mailbox.message_id(uid),
            });
            open.effects.push(Effect::Add(entry));
        }
        placed
    }

    fn number_flag_changes(
        &mut self,
        open: &mut BTreeMap<u64, Open>,
        given: &mut BTreeMap<u64, Given<'_>>,
    ) {
        for (mailbox, mut entry, flags) in std::mem::take(&mut self.flag_changes) {
            let (Some(counters), Some(open)) =
                (given.get_mut(&mailbox.id.0), open.get_mut(&mailbox.id.0))
            else {
                continue;
            };
            let was_unseen = entry.unseen();
            entry.set_flags(flags.clone());
            entry.modseq = counters.modseq;
            counters.unseen = counters.unseen + u32::from(entry.unseen()) - u32::from(was_unseen);
            self.batch.put(
                Space::Messages,
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
        open: &mut BTreeMap<u64, Open>,
        given: &mut BTreeMap<u64, Given<'_>>,
    ) {
        for (mailbox, uid) in std::mem::take(&mut self.removals) {
            let (Some(counters), Some(open)) =
                (given.get_mut(&mailbox.id.0), open.get_mut(&mailbox.id.0))
            else {
                continue;
            };
            if let Some((unseen, length)) =
                mailbox.read(|s| s.entry(uid).map(|e| (e.unseen(), e.bytes)))
            {
                counters.total -= 1;
                counters.unseen -= u32::from(unseen);
                counters.bytes -= length;
            }
            open.effects.push(Effect::Remove {
                uid,
                modseq: counters.modseq,
            });
        }
    }

    fn hand_in(mut self, open: BTreeMap<u64, Open>, done: Done) {
        let told = self
            .store
            .journeys()
            .prepare(&self.journeys, &mut self.batch);
        let store = self.store.clone();
        let engine = self.store.engine().clone();
        engine.submit(
            self.batch,
            Box::new(move |result| {
                if result.is_ok() {
                    store.published(open.into_values().map(|open| {
                        open.mailbox.publish(open.effects);
                        open.mailbox.account
                    }));
                    store.journeys().happened(told);
                }
                done(result);
            }),
        );
    }
}

// A write that failed did not change what lies in the mailbox. UIDs and sequences that it was given
// stay unused.
fn take_back(mailbox: &Mailbox, before: Counters, after: Counters) {
    let mut given = mailbox.given();
    given.total = (given.total + before.total).saturating_sub(after.total);
    given.unseen = (given.unseen + before.unseen).saturating_sub(after.unseen);
    given.bytes = (given.bytes + before.bytes).saturating_sub(after.bytes);
}

// A mailbox that this write changes, and what happens to it when the write is durable.
struct Open {
    mailbox: Arc<Mailbox>,
    effects: Vec<Effect>,
}

// A mailbox with its counters before and after this write.
type Counted = (Arc<Mailbox>, Counters, Counters);
type Given<'a> = MutexGuard<'a, Counters>;

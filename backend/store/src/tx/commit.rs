//! Commits a transaction: assigns the numbers, counts the references to contents, and publishes the
//! effects once they are durable.

use super::{AppendedMessage, Delivery, Tx};
use crate::engine::{Engine, Fault, Keyspace, OnCommit};
use crate::entry::Entry;
use crate::keys;
use crate::mailbox::{Effect, Mailbox};
use crate::rows::{self, Counters};
use event::Kind;
use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

impl Tx {
    pub(super) async fn write(
        mut self,
        flush: fn(&dyn Engine),
    ) -> Result<Vec<AppendedMessage>, Fault> {
        let store = self.store.clone();
        if !self.new_refs.is_empty() || self.copies {
            store.check_space()?;
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
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

// Reverts the totals after a failed commit. The UIDs and modification sequences that it was
// assigned stay unused.
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

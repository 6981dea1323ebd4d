//! A mailbox in memory: one entry per message, shared by all who have it open. Holds durable state
//! only; changes are published in the order of their commits. Holds neither contents nor outlines.

use crate::entry::Entry;
use crate::rows::Counters;
use mail::{AccountId, Flags, MailboxId, StoredMessageId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;
use world::lock;

/// The state of a mailbox as readers see it.
#[derive(Debug)]
pub struct MailboxState {
    /// The messages, in order of UID.
    pub entries: Vec<Entry>,
    /// The next UID.
    pub uid_next: u32,
    /// The highest modification sequence published.
    pub modseq: u64,
    /// The number of messages without `\Seen`.
    pub unseen: u32,
    /// The size of all messages.
    pub bytes: u64,
    // Removed messages with the modification sequence of their removal, oldest first. Complete from
    // `vanished_from` on.
    vanished: VecDeque<(u64, u32)>,
    vanished_from: u64,
}

/// The most removals that are remembered for clients that resynchronize (RFC 7162).
pub const VANISHED_MAX: usize = 20_000;

/// The changes between two states of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxChanges {
    /// New or changed messages, in order of UID.
    pub changed: Vec<Entry>,
    /// Removed UIDs.
    pub vanished: Vec<u32>,
    /// The present modification sequence.
    pub modseq: u64,
}

impl MailboxState {
    /// The index of a UID.
    pub fn position(&self, uid: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&uid, |e| e.uid).ok()
    }

    /// The message of a UID.
    pub fn entry(&self, uid: u32) -> Option<&Entry> {
        self.position(uid).map(|i| &self.entries[i])
    }

    /// The changes after `modseq`; `None` where they are no longer known.
    pub fn since(&self, modseq: u64) -> Option<MailboxChanges> {
        if modseq < self.vanished_from {
            return None;
        }
        let vanished = self
            .vanished
            .iter()
            .filter(|(at, _)| *at > modseq)
            .map(|(_, uid)| *uid)
            .collect();
        let changed = self
            .entries
            .iter()
            .filter(|e| e.modseq > modseq)
            .cloned()
            .collect();
        Some(MailboxChanges {
            changed,
            vanished,
            modseq: self.modseq,
        })
    }
}

/// A change that is applied when its batch is durable.
#[derive(Debug)]
pub(crate) enum Effect {
    Add(Entry),
    Flags { uid: u32, flags: Flags, modseq: u64 },
    Remove { uid: u32, modseq: u64 },
}

/// An open mailbox.
#[derive(Debug)]
pub struct Mailbox {
    /// Its number.
    pub id: MailboxId,
    /// The account.
    pub account: AccountId,
    /// UIDVALIDITY.
    pub uid_validity: u32,
    // The counters as assigned to submitted batches, ahead of what is durable. Locked while a batch
    // is submitted, so that batches are queued in order of UID.
    assigned: Mutex<Counters>,
    state: RwLock<MailboxState>,
    changed: watch::Sender<u64>,
    /// Held by changes of flags and removals, from reading the entries until the change is durable.
    pub(crate) writing: tokio::sync::Mutex<()>,
}

impl Mailbox {
    pub(crate) fn new(
        id: MailboxId,
        account: AccountId,
        uid_validity: u32,
        counters: Counters,
        entries: Vec<Entry>,
    ) -> Mailbox {
        let unseen = entries.iter().filter(|e| e.unseen()).count() as u32;
        let bytes = entries.iter().map(|e| e.bytes).sum();
        let modseq = counters.modseq.max(1);
        let assigned = Counters {
            modseq,
            total: entries.len() as u32,
            unseen,
            bytes,
            ..counters
        };
        let state = MailboxState {
            entries,
            uid_next: counters.uid_next,
            modseq,
            unseen,
            bytes,
            vanished: VecDeque::new(),
            vanished_from: modseq,
        };
        Mailbox {
            id,
            account,
            uid_validity,
            assigned: Mutex::new(assigned),
            state: RwLock::new(state),
            changed: watch::channel(modseq).0,
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// Reads the state. Keep it short: deliveries wait meanwhile.
    pub fn read<T>(&self, read: impl FnOnce(&MailboxState) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches for changes; the value is [`MailboxState::modseq`].
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The number by which the webmail knows a message.
    pub fn message_id(&self, uid: u32) -> StoredMessageId {
        StoredMessageId((self.id.0 << 32) | u64::from(uid))
    }

    pub(crate) fn assigned(&self) -> MutexGuard<'_, Counters> {
        lock(&self.assigned)
    }

    pub(crate) fn publish(&self, effects: Vec<Effect>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut removed = BTreeMap::new();
        for effect in effects {
            match effect {
                Effect::Remove { uid, modseq } => drop(removed.insert(uid, modseq)),
                other => state.apply(other),
            }
        }
        if !removed.is_empty() {
            state.remove_all(&removed);
        }
        let modseq = state.modseq;
        drop(state);
        self.changed.send_replace(modseq);
    }
}

/// Splits the number of a message into mailbox and UID.
pub fn split_message_id(id: StoredMessageId) -> (MailboxId, u32) {
    (id.mailbox(), id.0 as u32)
}

impl MailboxState {
    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Add(entry) => {
                self.uid_next = self.uid_next.max(entry.uid + 1);
                self.modseq = self.modseq.max(entry.modseq);
                self.unseen += u32::from(entry.unseen());
                self.bytes += entry.bytes;
                match self.entries.last() {
                    Some(last) if last.uid >= entry.uid => {
                        let at = self.entries.partition_point(|e| e.uid < entry.uid);
                        self.entries.insert(at, entry);
                    }
                    _ => self.entries.push(entry),
                }
            }
            Effect::Flags { uid, flags, modseq } => {
                self.modseq = self.modseq.max(modseq);
                if let Some(i) = self.position(uid) {
                    let entry = &mut self.entries[i];
                    self.unseen -= u32::from(entry.unseen());
                    entry.set_flags(flags);
                    entry.modseq = modseq;
                    self.unseen += u32::from(entry.unseen());
                }
            }
            Effect::Remove { uid, modseq } => self.remove_all(&BTreeMap::from([(uid, modseq)])),
        }
    }

    // Removes messages in one pass over the mailbox.
    fn remove_all(&mut self, removed: &BTreeMap<u32, u64>) {
        self.modseq = removed.values().copied().fold(self.modseq, u64::max);
        let (mut unseen, mut bytes) = (0, 0);
        let vanished = &mut self.vanished;
        self.entries.retain(|entry| {
            let Some(modseq) = removed.get(&entry.uid) else {
                return true;
            };
            unseen += u32::from(entry.unseen());
            bytes += entry.bytes;
            vanished.push_back((*modseq, entry.uid));
            false
        });
        self.unseen -= unseen;
        self.bytes -= bytes;
        while self.vanished.len() > VANISHED_MAX {
            self.vanished_from = self.vanished.pop_front().map_or(self.modseq, |(at, _)| at);
        }
    }
}

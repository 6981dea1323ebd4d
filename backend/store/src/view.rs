//! A mailbox in memory: one line a message, shared by all who have it open. What stands here is
//! durable; changes are published in the order in which they became so. Content and outlines are
//! not kept here.

use crate::blob::BlobRef;
use crate::rows::Counters;
use mail::{AccountId, Flags, JourneyId, MailboxId, StoredMessageId, Time};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;
use world::lock;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its UID.
    pub uid: u32,
    /// System flags as bits of [`mail::flags`].
    pub flags: u8,
    /// Keywords; none for most.
    pub keywords: Option<Box<[String]>>,
    /// Modification sequence (RFC 7162).
    pub modseq: u64,
    /// INTERNALDATE: when it came here.
    pub date: Time,
    /// RFC822.SIZE.
    pub bytes: u64,
    /// How it came, where that was recorded.
    pub journey: Option<JourneyId>,
    /// Where its content lies.
    pub blob: BlobRef,
}

impl Entry {
    /// Both kinds of flags together.
    pub fn all_flags(&self) -> Flags {
        Flags {
            system: self.flags,
            keywords: self.keywords.as_deref().unwrap_or_default().to_vec(),
        }
    }

    /// True where `\Seen` is not set.
    pub fn unseen(&self) -> bool {
        self.flags & mail::flags::SEEN == 0
    }

    pub(crate) fn set_flags(&mut self, flags: Flags) {
        self.flags = flags.system;
        self.keywords = (!flags.keywords.is_empty()).then(|| flags.keywords.into_boxed_slice());
    }
}

/// What readers see.
#[derive(Debug)]
pub struct State {
    /// In order of UID.
    pub entries: Vec<Entry>,
    /// The next UID that may appear.
    pub uid_next: u32,
    /// The highest modification sequence published.
    pub modseq: u64,
    /// Messages without `\Seen`.
    pub unseen: u32,
    /// Octets of all.
    pub bytes: u64,
    // Removed messages with the modification sequence of their removal, oldest first; complete
    // from `vanished_from` on.
    vanished: VecDeque<(u64, u32)>,
    vanished_from: u64,
}

/// How many removals are remembered for those who were away.
pub const VANISHED_MAX: usize = 20_000;

/// The difference between two states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New or changed, in order of UID.
    pub changed: Vec<Entry>,
    /// Removed UIDs.
    pub vanished: Vec<u32>,
    /// The state now.
    pub modseq: u64,
}

impl State {
    /// The index of a UID.
    pub fn position(&self, uid: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&uid, |e| e.uid).ok()
    }

    /// The message of a UID.
    pub fn entry(&self, uid: u32) -> Option<&Entry> {
        self.position(uid).map(|i| &self.entries[i])
    }

    /// What happened since; `None` where that is no longer known.
    pub fn since(&self, modseq: u64) -> Option<Difference> {
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
        Some(Difference {
            changed,
            vanished,
            modseq: self.modseq,
        })
    }
}

/// What happens to a mailbox when a batch is durable.
#[derive(Debug)]
pub(crate) enum Effect {
    Add(Entry),
    Flags { uid: u32, flags: Flags, modseq: u64 },
    Remove { uid: u32, modseq: u64 },
}

/// A mailbox that is open.
#[derive(Debug)]
pub struct Mailbox {
    /// Its number.
    pub id: MailboxId,
    /// Whose.
    pub account: AccountId,
    /// UIDVALIDITY.
    pub uid_validity: u32,
    // What has been given out, ahead of what is durable. Held while a batch is handed in, so that
    // batches stand in order of UID.
    given: Mutex<Counters>,
    state: RwLock<State>,
    changed: watch::Sender<u64>,
    /// Held by whoever changes flags or removes: from reading what is there until it is durable.
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
        let given = Counters {
            modseq,
            total: entries.len() as u32,
            unseen,
            bytes,
            ..counters
        };
        let state = State {
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
            given: Mutex::new(given),
            state: RwLock::new(state),
            changed: watch::channel(modseq).0,
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// Looks at it. Keep it short: who delivers waits.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells of every change from now on: the value is [`State::modseq`].
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The number by which the webmail knows a message.
    pub fn message_id(&self, uid: u32) -> StoredMessageId {
        StoredMessageId((self.id.0 << 32) | u64::from(uid))
    }

    pub(crate) fn given(&self) -> MutexGuard<'_, Counters> {
        lock(&self.given)
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
            state.take_out(&removed);
        }
        let modseq = state.modseq;
        drop(state);
        self.changed.send_replace(modseq);
    }
}

/// Splits a message's number into mailbox and UID.
pub fn split_message_id(id: StoredMessageId) -> (MailboxId, u32) {
    (MailboxId(id.0 >> 32), id.0 as u32)
}

impl State {
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
            Effect::Remove { uid, modseq } => self.take_out(&BTreeMap::from([(uid, modseq)])),
        }
    }

    // All removals of a write in one pass over the mailbox.
    fn take_out(&mut self, removed: &BTreeMap<u32, u64>) {
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

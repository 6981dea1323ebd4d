//! Messages in mailboxes: reading, flags, copying, moving, removing. Every change is one durable
//! write.

use crate::content::OpenContent;
use crate::engine::{Fault, Keyspace, Rows};
use crate::entry::Entry;
use crate::mailbox::Mailbox;
use crate::rows::OutlineView;
use crate::tx::{AppendedMessage, Delivery, Tx};
use crate::{OutlineRow, Store, keys};
use mail::Flags;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A message, to read its bytes in ranges.
#[derive(Clone, Debug)]
pub struct Message {
    /// The mailbox's entry for it.
    pub entry: Entry,
    /// The fields that this host put before the content.
    pub prefix: Vec<u8>,
}

/// A message that is open: it can be read to its end also when it is removed meanwhile.
pub struct MessageReader {
    prefix: Vec<u8>,
    content: OpenContent,
}

impl MessageReader {
    /// Reads at most `len` bytes from `offset`.
    ///
    /// # Errors
    /// As [`OpenContent::read`].
    pub fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, Fault> {
        let prefix = self.prefix.len() as u64;
        if offset >= prefix {
            return self.content.read(offset - prefix, len);
        }
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = from.saturating_add(len).min(self.prefix.len());
        let mut bytes = self.prefix[from..end].to_vec();
        if bytes.len() < len {
            bytes.extend(self.content.read(0, len - bytes.len())?);
        }
        Ok(bytes)
    }
}

/// A change of flags (RFC 9051 §6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// Replaces the flags.
    Set(Flags),
    /// Adds flags.
    Add(Flags),
    /// Removes flags.
    Remove(Flags),
}

impl FlagChange {
    fn apply(&self, to: &Flags) -> Flags {
        match self {
            FlagChange::Set(flags) => flags.clone(),
            FlagChange::Add(flags) => to.union(flags),
            FlagChange::Remove(flags) => to.without(flags),
        }
    }
}

impl Store {
    /// The outlines of the messages with UIDs from `first` to `last`, at most `limit`, in order:
    /// read with [`OutlineView::read`].
    ///
    /// # Errors
    /// As the engine.
    pub async fn outlines(
        &self,
        mailbox: &Mailbox,
        first: u32,
        last: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Vec<u8>)>, Fault> {
        let end = [keys::message(mailbox.id, last), vec![0]].concat();
        let rows: Rows = self
            .engine()
            .scan(
                Keyspace::Outlines,
                &keys::message(mailbox.id, first),
                &end,
                limit,
            )
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(key, row)| Some((keys::uid_of(&key)?, row)))
            .collect())
    }

    /// One message's outline.
    ///
    /// # Errors
    /// As the engine; `None` where the message is gone.
    pub async fn outline(&self, mailbox: &Mailbox, uid: u32) -> Result<Option<Vec<u8>>, Fault> {
        self.engine()
            .get(Keyspace::Outlines, &keys::message(mailbox.id, uid))
            .await
    }

    /// A message, to be read by [`Store::read_range`].
    ///
    /// # Errors
    /// As the engine; `None` where it is gone.
    pub async fn message(&self, mailbox: &Mailbox, uid: u32) -> Result<Option<Message>, Fault> {
        let Some(entry) = mailbox.read(|s| s.entry(uid).cloned()) else {
            return Ok(None);
        };
        let Some(row) = self.outline(mailbox, uid).await? else {
            return Ok(None);
        };
        Ok(Some(Message {
            entry,
            prefix: OutlineView::read(&row)?.prefix.to_vec(),
        }))
    }

    /// Opens a message for reading.
    ///
    /// # Errors
    /// As [`Store::open_content`].
    pub async fn open_message(&self, message: &Message) -> Result<MessageReader, Fault> {
        Ok(MessageReader {
            prefix: message.prefix.clone(),
            content: self.open_content(message.entry.blob).await?,
        })
    }

    /// Whether a mailbox still has a message, once the removals in progress are done: its content
    /// is gone a moment before the mailbox shows it.
    pub async fn still_has(&self, mailbox: &Mailbox, uid: u32) -> bool {
        let _guard = mailbox.writing.lock().await;
        mailbox.read(|s| s.entry(uid).is_some())
    }

    /// Reads at most `len` bytes of a message from `offset`.
    ///
    /// # Errors
    /// As the engine.
    pub async fn read_range(
        &self,
        message: &Message,
        offset: u64,
        len: usize,
    ) -> Result<Vec<u8>, Fault> {
        let prefix = message.prefix.len() as u64;
        if offset >= prefix {
            return self
                .read_content(message.entry.blob, offset - prefix, len)
                .await;
        }
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut bytes =
            message.prefix[from..from.saturating_add(len).min(message.prefix.len())].to_vec();
        if bytes.len() < len {
            bytes.extend(
                self.read_content(message.entry.blob, 0, len - bytes.len())
                    .await?,
            );
        }
        Ok(bytes)
    }

    /// A whole message.
    ///
    /// # Errors
    /// As the engine; `None` where it is gone.
    pub async fn read_message(
        &self,
        mailbox: &Mailbox,
        uid: u32,
    ) -> Result<Option<Vec<u8>>, Fault> {
        match self.message(mailbox, uid).await? {
            Some(message) => {
                let length = usize::try_from(message.entry.bytes).unwrap_or(usize::MAX);
                self.read_range(&message, 0, length).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// Changes flags and returns the UIDs whose flags changed. UIDs that are gone are left out.
    ///
    /// # Errors
    /// As the engine; nothing changed then.
    pub async fn change_flags(
        &self,
        mailbox: &Arc<Mailbox>,
        uids: &[u32],
        change: &FlagChange,
    ) -> Result<Vec<u32>, Fault> {
        let _guard = mailbox.writing.lock().await;
        let mut tx = self.begin();
        let mut changed = Vec::new();
        for uid in uids {
            let Some(entry) = mailbox.read(|s| s.entry(*uid).cloned()) else {
                continue;
            };
            let before = entry.all_flags();
            let after = change.apply(&before);
            if after != before {
                changed.push(*uid);
                tx.set_flags(mailbox, entry, after);
            }
        }
        if !changed.is_empty() {
            tx.commit().await?;
        }
        Ok(changed)
    }

    /// Removes messages and returns the UIDs of those that were there.
    ///
    /// # Errors
    /// As the engine; nothing is removed then.
    pub async fn delete_permanently(
        &self,
        mailbox: &Arc<Mailbox>,
        uids: &[u32],
    ) -> Result<Vec<u32>, Fault> {
        let _guard = mailbox.writing.lock().await;
        let mut tx = self.begin();
        let removed = remove_messages(&mut tx, mailbox, uids);
        if !removed.is_empty() {
            tx.commit().await?;
        }
        Ok(removed.into_iter().map(|e| e.uid).collect())
    }

    /// Commits a transaction that also removes a message: the former version of a draft, or the
    /// draft of a message that is sent.
    ///
    /// # Errors
    /// As the engine; nothing was written then.
    pub async fn commit_replacing(
        &self,
        mut tx: Tx,
        former: Option<(&Arc<Mailbox>, u32)>,
    ) -> Result<Vec<AppendedMessage>, Fault> {
        let Some((mailbox, uid)) = former else {
            return tx.commit().await;
        };
        let _guard = mailbox.writing.lock().await;
        remove_messages(&mut tx, mailbox, &[uid]);
        tx.commit().await
    }

    /// Copies messages with their flags and dates (RFC 9051 §6.4.7). Returns the UID of each with
    /// its copy.
    ///
    /// # Errors
    /// As the engine; nothing is copied then.
    pub async fn copy_messages(
        &self,
        from: &Arc<Mailbox>,
        uids: &[u32],
        to: &Arc<Mailbox>,
    ) -> Result<Vec<(u32, AppendedMessage)>, Fault> {
        let mut tx = self.begin();
        tx.copies = true;
        let copied = self.put_copies(&mut tx, from, uids, to, true).await?;
        self.commit_copies(tx, copied).await
    }

    /// Moves messages (RFC 6851): all of them or none.
    ///
    /// # Errors
    /// As the engine; nothing is moved then.
    pub async fn move_messages(
        &self,
        from: &Arc<Mailbox>,
        uids: &[u32],
        to: &Arc<Mailbox>,
    ) -> Result<Vec<(u32, AppendedMessage)>, Fault> {
        let _guard = from.writing.lock().await;
        let mut tx = self.begin();
        let moved = self.put_copies(&mut tx, from, uids, to, false).await?;
        for uid in &moved {
            tx.remove(from, *uid);
        }
        let moved = self.commit_copies(tx, moved).await?;
        for (uid, appended) in &moved {
            self.moves().record(from.message_id(*uid), appended.id);
        }
        Ok(moved)
    }

    async fn commit_copies(
        &self,
        tx: Tx,
        uids: Vec<u32>,
    ) -> Result<Vec<(u32, AppendedMessage)>, Fault> {
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let appended = tx.commit().await?;
        Ok(uids.into_iter().zip(appended).collect())
    }

    // Adds copies to the transaction. `shared` adds a reference to the content; otherwise the
    // reference moves with the message.
    async fn put_copies(
        &self,
        tx: &mut Tx,
        from: &Mailbox,
        uids: &[u32],
        to: &Arc<Mailbox>,
        shared: bool,
    ) -> Result<Vec<u32>, Fault> {
        let mut copied = Vec::with_capacity(uids.len());
        for uid in uids {
            let Some(entry) = from.read(|s| s.entry(*uid).cloned()) else {
                continue;
            };
            let Some(row) = self.outline(from, *uid).await? else {
                continue;
            };
            if shared {
                tx.change_refs(entry.blob, 1);
            }
            tx.append_counted(Delivery {
                mailbox: to.clone(),
                blob: entry.blob,
                bytes: entry.bytes,
                outline: Arc::new(OutlineRow::from_view(&OutlineView::read(&row)?)),
                flags: entry.all_flags(),
                date: entry.date,
                journey: entry.journey,
                event: None,
            });
            copied.push(*uid);
        }
        Ok(copied)
    }
}

fn remove_messages(tx: &mut Tx, mailbox: &Arc<Mailbox>, uids: &[u32]) -> Vec<Entry> {
    let wanted: BTreeSet<u32> = uids.iter().copied().collect();
    let removed: Vec<Entry> = mailbox.read(|s| {
        wanted
            .iter()
            .filter_map(|uid| s.entry(*uid).cloned())
            .collect()
    });
    for entry in &removed {
        tx.change_refs(entry.blob, -1);
        tx.remove(mailbox, entry.uid);
    }
    removed
}

impl OutlineRow {
    fn from_view(view: &OutlineView<'_>) -> OutlineRow {
        OutlineRow {
            prefix: view.prefix.to_vec(),
            envelope: view.envelope.to_vec(),
            body: view.body.to_vec(),
            body_structure: view.body_structure.to_vec(),
            card: view.card.to_vec(),
        }
    }

    /// Parses a whole message whose first `prefix_bytes` were put before its content by this host.
    pub fn of(message: &[u8], prefix_bytes: usize) -> OutlineRow {
        let outline = mime::outline(message);
        OutlineRow {
            prefix: message[..prefix_bytes.min(message.len())].to_vec(),
            envelope: outline.envelope,
            body: outline.body,
            body_structure: outline.body_structure,
            card: serde_json::to_vec(&outline.summary).unwrap_or_default(),
        }
    }
}

impl OutlineView<'_> {
    /// The decoded summary of the message.
    ///
    /// # Errors
    /// Where the row is broken.
    pub fn summary(&self) -> Result<mime::Summary, Fault> {
        serde_json::from_slice(self.card)
            .map_err(|e| Fault::Broken(format!("a message's summary cannot be read: {e}")))
    }
}

//! The mailboxes of an account: listing and opening them. Changes are in `changes`.

mod changes;

use crate::directory::parse;
use crate::engine::{Fault, Keyspace, after_prefix};
use crate::mailbox::Mailbox;
use crate::{Counters, OPEN_MAX, Store, keys, lock, rows};
use mail::{AccountId, MailboxId, MailboxName, SpecialUse};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A mailbox as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The number, which does not change when the mailbox is renamed.
    pub id: MailboxId,
    /// The name.
    pub name: MailboxName,
    /// The special use (RFC 6154), if any.
    #[serde(default)]
    pub special: Option<SpecialUse>,
    /// UIDVALIDITY (RFC 9051 §2.3.1.1).
    pub uid_validity: u32,
}

/// Why a mailbox could not be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderError {
    /// The name is in use.
    Exists,
    /// There is no such mailbox.
    Missing,
    /// INBOX and special-use mailboxes cannot be removed.
    Protected,
    /// The new name is below the old one.
    Inside,
    /// The account would have more than `FOLDERS_MAX` mailboxes.
    TooMany,
    /// The store failed.
    Fault(Fault),
}

impl From<Fault> for FolderError {
    fn from(f: Fault) -> FolderError {
        FolderError::Fault(f)
    }
}

impl From<FolderError> for crate::AccountError {
    fn from(e: FolderError) -> crate::AccountError {
        match e {
            FolderError::Fault(f) => crate::AccountError::Fault(f),
            other => crate::AccountError::Fault(Fault::Broken(format!("{other:?}"))),
        }
    }
}

/// The most mailboxes of an account.
pub const FOLDERS_MAX: usize = 5000;
// The rows per scan while a mailbox is opened.
const PAGE: usize = 4096;

impl Store {
    /// All mailboxes, INBOX first, then by name.
    ///
    /// # Errors
    /// As the engine.
    pub async fn folders(&self, account: AccountId) -> Result<Vec<Folder>, Fault> {
        let prefix = keys::mailboxes_of(account);
        let rows = self
            .engine()
            .scan(
                Keyspace::Mailboxes,
                &prefix,
                &after_prefix(&prefix),
                FOLDERS_MAX,
            )
            .await?;
        let mut all = rows
            .iter()
            .map(|(_, row)| parse(row))
            .collect::<Result<Vec<Folder>, _>>()?;
        all.sort_by(|a, b| (!a.name.is_inbox(), &a.name).cmp(&(!b.name.is_inbox(), &b.name)));
        Ok(all)
    }

    /// A mailbox by its name.
    ///
    /// # Errors
    /// As the engine.
    pub async fn folder(
        &self,
        account: AccountId,
        name: &MailboxName,
    ) -> Result<Option<Folder>, Fault> {
        Ok(self
            .folders(account)
            .await?
            .into_iter()
            .find(|f| f.name == *name))
    }

    /// The mailbox of a special use.
    ///
    /// # Errors
    /// As the engine.
    pub async fn folder_for(
        &self,
        account: AccountId,
        special: SpecialUse,
    ) -> Result<Option<Folder>, Fault> {
        Ok(self
            .folders(account)
            .await?
            .into_iter()
            .find(|f| f.special == Some(special)))
    }

    /// INBOX.
    ///
    /// # Errors
    /// As the engine; an account without one is broken.
    pub async fn inbox(&self, account: AccountId) -> Result<Arc<Mailbox>, Fault> {
        // Needed for every delivery, so it is cached.
        let known = lock(&self.0.inboxes).get(&account).copied();
        if let Some(id) = known
            && let Some(open) = self.mailbox(account, id).await?
        {
            return Ok(open);
        }
        // It is created with the account, so it is usually the first.
        let prefix = keys::mailboxes_of(account);
        let first = self
            .engine()
            .scan(Keyspace::Mailboxes, &prefix, &after_prefix(&prefix), 1)
            .await?;
        let first: Option<Folder> = first.first().map(|(_, row)| parse(row)).transpose()?;
        let folder = match first {
            Some(first) if first.name.is_inbox() => first,
            _ => {
                let found = self.folder(account, &MailboxName::inbox()).await?;
                found.ok_or_else(|| Fault::Broken(format!("account {account} has no INBOX")))?
            }
        };
        self.cache_inbox(account, folder.id);
        self.open_mailbox(account, &folder).await
    }

    fn cache_inbox(&self, account: AccountId, id: MailboxId) {
        let mut inboxes = lock(&self.0.inboxes);
        if inboxes.len() >= OPEN_MAX {
            inboxes.clear();
        }
        inboxes.insert(account, id);
    }

    /// Opens a mailbox of an account by its number.
    ///
    /// # Errors
    /// As the engine; `None` where the account has no such mailbox.
    pub async fn mailbox(
        &self,
        account: AccountId,
        id: MailboxId,
    ) -> Result<Option<Arc<Mailbox>>, Fault> {
        let cell = self.cell(id);
        if let Some(open) = cell.get() {
            return Ok((open.account == account).then(|| open.clone()));
        }
        match self
            .engine()
            .get(Keyspace::Mailboxes, &keys::mailbox(account, id))
            .await?
        {
            Some(row) => self.open_mailbox(account, &parse(&row)?).await.map(Some),
            None => {
                self.close_mailbox(id);
                Ok(None)
            }
        }
    }

    /// Opens a mailbox.
    ///
    /// # Errors
    /// As the engine.
    pub async fn open_mailbox(
        &self,
        account: AccountId,
        folder: &Folder,
    ) -> Result<Arc<Mailbox>, Fault> {
        let cell = self.cell(folder.id);
        let open = cell.get_or_try_init(|| async {
            let counters = self.stored_counters(folder.id).await?;
            let end = after_prefix(&keys::in_mailbox(folder.id));
            let mut from = keys::in_mailbox(folder.id);
            let mut entries = Vec::with_capacity(counters.total as usize);
            loop {
                let page = self
                    .engine()
                    .scan(Keyspace::Messages, &from, &end, PAGE)
                    .await?;
                for (key, row) in &page {
                    let uid = keys::uid_of(key)
                        .ok_or_else(|| Fault::Broken("a message's key is too short".into()))?;
                    entries.push(rows::read_entry(uid, row)?);
                }
                match page.last() {
                    Some((key, _)) if page.len() == PAGE => from = [key.as_slice(), &[0]].concat(),
                    _ => break,
                }
            }
            Ok::<_, Fault>(Arc::new(Mailbox::new(
                folder.id,
                account,
                folder.uid_validity,
                counters,
                entries,
            )))
        });
        open.await.cloned()
    }

    async fn stored_counters(&self, id: MailboxId) -> Result<Counters, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Counters, &keys::in_mailbox(id))
            .await?;
        row.map_or(
            Ok(Counters {
                uid_next: 1,
                modseq: 1,
                ..Counters::default()
            }),
            |row| rows::read_counters(&row),
        )
    }

    /// The counters of a mailbox, without opening it.
    ///
    /// # Errors
    /// As the engine.
    pub async fn counters(&self, id: MailboxId) -> Result<Counters, Fault> {
        if let Some(open) = self.cell(id).get() {
            return Ok(open.read(|s| Counters {
                uid_next: s.uid_next,
                modseq: s.modseq,
                total: s.entries.len() as u32,
                unseen: s.unseen,
                bytes: s.bytes,
            }));
        }
        self.stored_counters(id).await
    }
}

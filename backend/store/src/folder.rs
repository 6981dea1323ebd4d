//! The mailboxes of an account: creating, renaming, removing, subscribing and opening them.

use crate::account::parse;
use crate::engine::{self, Batch, Fault, Keyspace, after_prefix};
use crate::mailbox::Mailbox;
use crate::{Counters, OPEN_MAX, Store, keys, lock, rows};
use mail::{AccountId, MailboxId, MailboxName, SpecialUse, Time};
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

    // Adds rows for new mailboxes to a batch. The caller holds the directory lock.
    pub(crate) async fn new_folders(
        &self,
        batch: &mut Batch,
        account: AccountId,
        names: impl IntoIterator<Item = (MailboxName, Option<SpecialUse>)>,
        now: Time,
    ) -> Result<Vec<Folder>, Fault> {
        let key = keys::counter("mailboxes");
        let former = self.engine().get(Keyspace::Directory, &key).await?;
        let read = |v: &[u8]| {
            Some((
                u64::from_be_bytes(v.get(..8)?.try_into().ok()?),
                u32::from_be_bytes(v.get(8..12)?.try_into().ok()?),
            ))
        };
        let (mut id, mut validity) = former.as_deref().and_then(read).unwrap_or((0, 0));
        let mut made = Vec::new();
        for (name, special) in names {
            id += 1;
            // Increases with every mailbox, so that a name that is used again has a new UIDVALIDITY.
            validity = (validity + 1).max(u32::try_from(now.secs()).unwrap_or(u32::MAX - 1));
            let folder = Folder {
                id: MailboxId(id),
                name,
                special,
                uid_validity: validity,
            };
            let row = serde_json::to_vec(&folder).map_err(|e| Fault::Broken(e.to_string()))?;
            batch.put(Keyspace::Mailboxes, keys::mailbox(account, folder.id), row);
            made.push(folder);
        }
        batch
            .asserts
            .push((Keyspace::Directory, key.clone(), former));
        batch.put(
            Keyspace::Directory,
            key,
            [id.to_be_bytes().as_slice(), &validity.to_be_bytes()].concat(),
        );
        Ok(made)
    }

    /// Creates a mailbox and its missing parents (RFC 9051 §6.3.4).
    ///
    /// # Errors
    /// [`FolderError`].
    pub async fn create_folder(
        &self,
        account: AccountId,
        name: &MailboxName,
        now: Time,
    ) -> Result<Folder, FolderError> {
        let _guard = self.0.directory.lock().await;
        let all = self.folders(account).await?;
        if all.iter().any(|f| f.name == *name) {
            return Err(FolderError::Exists);
        }
        let mut names = vec![(name.clone(), None)];
        let mut above = name.parent();
        while let Some(parent) = above.filter(|p| !all.iter().any(|f| f.name == *p)) {
            above = parent.parent();
            names.push((parent, None));
        }
        if all.len() + names.len() > FOLDERS_MAX {
            return Err(FolderError::TooMany);
        }
        let mut batch = Batch::default();
        let made = self.new_folders(&mut batch, account, names, now).await?;
        engine::commit(self.engine().as_ref(), batch).await?;
        self.folders_changed(account);
        made.into_iter().next().ok_or(FolderError::Missing)
    }

    /// Renames a mailbox and all below it. Renaming INBOX moves its messages to the new mailbox and
    /// leaves it empty (RFC 9051 §6.3.6).
    ///
    /// # Errors
    /// [`FolderError`].
    pub async fn rename_folder(
        &self,
        account: AccountId,
        from: &MailboxName,
        to: &MailboxName,
        now: Time,
    ) -> Result<(), FolderError> {
        if from.is_inbox() {
            let inbox = self.inbox(account).await?;
            let target = self.create_folder(account, to, now).await?;
            let target = self.open_mailbox(account, &target).await?;
            let uids: Vec<u32> = inbox.read(|s| s.entries.iter().map(|e| e.uid).collect());
            self.move_messages(&inbox, &uids, &target).await?;
            return Ok(());
        }
        if to.is_below(from) {
            return Err(FolderError::Inside);
        }
        if let Some(parent) = to.parent()
            && self.folder(account, &parent).await?.is_none()
        {
            self.create_folder(account, &parent, now).await?;
        }
        let _guard = self.0.directory.lock().await;
        let all = self.folders(account).await?;
        if all.iter().any(|f| f.name == *to) {
            return Err(FolderError::Exists);
        }
        if !all.iter().any(|f| f.name == *from) {
            return Err(FolderError::Missing);
        }
        let mut batch = Batch::default();
        for mut folder in all
            .into_iter()
            .filter(|f| f.name == *from || f.name.is_below(from))
        {
            let renamed = format!("{to}{}", &folder.name.as_str()[from.as_str().len()..]);
            folder.name = MailboxName::new(&renamed).map_err(|_| FolderError::TooMany)?;
            let row = serde_json::to_vec(&folder).map_err(|e| Fault::Broken(e.to_string()))?;
            batch.put(Keyspace::Mailboxes, keys::mailbox(account, folder.id), row);
        }
        engine::commit(self.engine().as_ref(), batch).await?;
        self.folders_changed(account);
        Ok(())
    }

    /// Removes a mailbox with its messages; those below it stay (RFC 9051 §6.3.5).
    ///
    /// # Errors
    /// [`FolderError`].
    pub async fn delete_folder(
        &self,
        account: AccountId,
        name: &MailboxName,
    ) -> Result<(), FolderError> {
        let folder = self
            .folder(account, name)
            .await?
            .ok_or(FolderError::Missing)?;
        if folder.name.is_inbox() || folder.special.is_some() {
            return Err(FolderError::Protected);
        }
        Ok(self.remove_folder_rows(account, &folder).await?)
    }

    pub(crate) async fn remove_folder_rows(
        &self,
        account: AccountId,
        folder: &Folder,
    ) -> Result<(), Fault> {
        let mailbox = self.open_mailbox(account, folder).await?;
        let uids: Vec<u32> = mailbox.read(|s| s.entries.iter().map(|e| e.uid).collect());
        self.delete_permanently(&mailbox, &uids).await?;
        let _guard = self.0.directory.lock().await;
        let mut batch = Batch::default();
        batch.delete(Keyspace::Mailboxes, keys::mailbox(account, folder.id));
        batch.delete(Keyspace::Counters, keys::in_mailbox(folder.id));
        engine::commit(self.engine().as_ref(), batch).await?;
        self.close_mailbox(folder.id);
        self.folders_changed(account);
        Ok(())
    }

    /// The names to which an account is subscribed.
    ///
    /// # Errors
    /// As the engine.
    pub async fn subscriptions(&self, account: AccountId) -> Result<Vec<MailboxName>, Fault> {
        let row = self
            .engine()
            .get(Keyspace::Directory, &keys::subscriptions(account))
            .await?;
        self.subscribed(account, row.as_deref()).await
    }

    async fn subscribed(
        &self,
        account: AccountId,
        row: Option<&[u8]>,
    ) -> Result<Vec<MailboxName>, Fault> {
        match row {
            Some(row) => parse(row),
            // Without a choice an account is subscribed to all its mailboxes.
            None => Ok(self
                .folders(account)
                .await?
                .into_iter()
                .map(|f| f.name)
                .collect()),
        }
    }

    /// Subscribes to a name or unsubscribes; the mailbox need not exist (RFC 9051 §6.3.7).
    ///
    /// # Errors
    /// As the engine.
    pub async fn subscribe(
        &self,
        account: AccountId,
        name: &MailboxName,
        wanted: bool,
    ) -> Result<(), Fault> {
        let _guard = self.0.directory.lock().await;
        let former = self
            .engine()
            .get(Keyspace::Directory, &keys::subscriptions(account))
            .await?;
        let mut names = self.subscribed(account, former.as_deref()).await?;
        names.retain(|n| n != name);
        if wanted {
            names.push(name.clone());
        }
        names.sort();
        let mut batch = Batch::default();
        batch
            .asserts
            .push((Keyspace::Directory, keys::subscriptions(account), former));
        let row = serde_json::to_vec(&names).map_err(|e| Fault::Broken(e.to_string()))?;
        batch.put(Keyspace::Directory, keys::subscriptions(account), row);
        engine::commit(self.engine().as_ref(), batch).await
    }
}

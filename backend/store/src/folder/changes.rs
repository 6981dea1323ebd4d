//! Creates, renames, deletes and subscribes to mailboxes.

use super::{FOLDERS_MAX, Folder, FolderError};
use crate::directory::parse;
use crate::engine::{self, Batch, Fault, Keyspace};
use crate::{Store, keys};
use mail::{AccountId, MailboxId, MailboxName, SpecialUse, Time};

impl Store {
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
            // Increases with every mailbox, so that a name that is used again has a new
            // UIDVALIDITY.
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
        batch.delete(Keyspace::Directory, keys::first_recent(folder.id));
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

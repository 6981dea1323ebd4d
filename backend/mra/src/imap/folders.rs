//! Mailboxes: creating, renaming, deleting, subscribing, listing, counting; copying and moving
//! messages between them.

use super::{Role, refuse};
use imap::set::UidSet;
use imap::{Decision, Refusal, Status, StatusItem, list};
use mail::{MailboxName, SpecialUse};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Folder, FolderError, Mailbox};

fn refuse_folder(error: FolderError) -> Refusal {
    match error {
        FolderError::Exists => Refusal::MailboxExists,
        FolderError::Missing => Refusal::NoSuchMailbox,
        FolderError::Protected => Refusal::ProtectedMailbox,
        FolderError::Inside => Refusal::BelowItself,
        FolderError::TooMany => Refusal::TooManyMailboxes,
        FolderError::Fault(fault) => refuse(fault),
    }
}

impl Role {
    /// Opens a mailbox by its name.
    pub(super) async fn mailbox(
        &mut self,
        name: &MailboxName,
    ) -> Result<Option<Arc<Mailbox>>, Refusal> {
        let account = self.account()?;
        match self
            .store()
            .folder(account.id, name)
            .await
            .map_err(refuse)?
        {
            Some(folder) => self
                .store()
                .open_mailbox(account.id, &folder)
                .await
                .map(Some)
                .map_err(refuse),
            None => Ok(None),
        }
    }

    /// Opens the target of APPEND, COPY or MOVE (RFC 3501 §6.3.11, §6.4.7).
    pub(super) async fn target(&mut self, name: &MailboxName) -> Result<Arc<Mailbox>, Refusal> {
        self.mailbox(name).await?.ok_or(Refusal::NoTargetMailbox)
    }

    /// Refuses what would exceed the quota.
    pub(super) async fn within_quota(&mut self, more_bytes: u64) -> Result<(), Refusal> {
        let id = self.account()?.id;
        // Read again: an administrator may have changed it since the login.
        let account = self
            .store()
            .account(id)
            .await
            .map_err(refuse)?
            .ok_or(Refusal::Internal)?;
        let Some(quota) = account.quota_bytes else {
            return Ok(());
        };
        let used = self.store().used_bytes(id).await.map_err(refuse)?;
        if used.saturating_add(more_bytes) > quota {
            return Err(Refusal::OverQuota { used, quota });
        }
        Ok(())
    }

    pub(super) async fn create(&mut self, name: &MailboxName) -> Result<Decision, Refusal> {
        let account = self.account()?;
        self.store()
            .create_folder(account.id, name, self.now())
            .await
            .map_err(refuse_folder)?;
        Ok(Decision::Done)
    }

    pub(super) async fn delete(&mut self, name: &MailboxName) -> Result<Decision, Refusal> {
        let account = self.account()?;
        let folder = self
            .store()
            .folder(account.id, name)
            .await
            .map_err(refuse)?;
        self.store()
            .delete_folder(account.id, name)
            .await
            .map_err(refuse_folder)?;
        // The session closes a mailbox that it deletes itself.
        if self
            .selected
            .as_ref()
            .is_some_and(|s| folder.is_some_and(|f| f.id == s.mailbox.id))
        {
            self.selected = None;
        }
        Ok(Decision::Done)
    }

    pub(super) async fn rename(
        &mut self,
        from: &MailboxName,
        to: &MailboxName,
    ) -> Result<Decision, Refusal> {
        let account = self.account()?;
        self.store()
            .rename_folder(account.id, from, to, self.now())
            .await
            .map_err(refuse_folder)?;
        Ok(Decision::Done)
    }

    pub(super) async fn subscribe(
        &mut self,
        name: &MailboxName,
        wanted: bool,
    ) -> Result<Decision, Refusal> {
        let account = self.account()?;
        self.store()
            .subscribe(account.id, name, wanted)
            .await
            .map_err(refuse)?;
        Ok(Decision::Done)
    }

    pub(super) async fn mailboxes(&mut self) -> Result<Decision, Refusal> {
        let account = self.account()?;
        let folders = self.store().folders(account.id).await.map_err(refuse)?;
        let mut subscribed: BTreeSet<MailboxName> = self
            .store()
            .subscriptions(account.id)
            .await
            .map_err(refuse)?
            .into_iter()
            .collect();
        let mut all: Vec<list::Mailbox> = Vec::with_capacity(folders.len());
        for Folder { name, special, .. } in folders {
            let subscribed = subscribed.remove(&name);
            all.push(list::Mailbox {
                name,
                exists: true,
                subscribed,
                special_use: special,
            });
        }
        // RFC 3501 §6.3.6: a subscription outlives its mailbox.
        let gone = |name| list::Mailbox {
            name,
            exists: false,
            subscribed: true,
            special_use: None::<SpecialUse>,
        };
        all.extend(subscribed.into_iter().map(gone));
        Ok(Decision::Mailboxes(all))
    }

    pub(super) async fn status(
        &mut self,
        name: &MailboxName,
        items: &[StatusItem],
    ) -> Result<Decision, Refusal> {
        let account = self.account()?;
        let folder = self
            .store()
            .folder(account.id, name)
            .await
            .map_err(refuse)?;
        let folder = folder.ok_or(Refusal::NoSuchMailbox)?;
        let counters = self.store().counters(folder.id).await.map_err(refuse)?;
        let mut recent = 0;
        if items.contains(&StatusItem::Recent) {
            let imap = self.imap.clone();
            let first = imap.0.recents.first(self.store(), folder.id).await;
            let first = first.map_err(refuse)?;
            let mailbox = self
                .store()
                .open_mailbox(account.id, &folder)
                .await
                .map_err(refuse)?;
            recent = mailbox
                .read(|s| s.entries.len() - s.entries.partition_point(|e| e.uid < first))
                as u32;
        }
        Ok(Decision::Status(Status {
            messages: counters.total,
            recent,
            uid_next: counters.uid_next,
            uid_validity: folder.uid_validity,
            unseen: counters.unseen,
        }))
    }

    pub(super) async fn copy(
        &mut self,
        uids: &UidSet,
        to: &MailboxName,
        moving: bool,
    ) -> Result<Decision, Refusal> {
        let from = Arc::clone(&self.selected()?.mailbox);
        let to = self.target(to).await?;
        if !moving {
            let bytes = from.read(|s| {
                uids.iter()
                    .filter_map(|uid| s.entry(uid))
                    .map(|e| e.bytes)
                    .sum()
            });
            self.within_quota(bytes).await?;
        }
        let uids: Vec<u32> = uids.iter().collect();
        let placed = if moving {
            self.store().move_messages(&from, &uids, &to).await
        } else {
            self.store().copy_messages(&from, &uids, &to).await
        };
        let placed = placed.map_err(refuse)?;
        // Both ascend: copies get their UIDs in the order of their sources.
        let here = placed.iter().map(|(uid, _)| *uid).collect();
        let there = placed.iter().map(|(_, place)| place.uid).collect();
        Ok(Decision::Copied(to.uid_validity, here, there))
    }
}

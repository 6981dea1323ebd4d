//! Folders: list in display order, create, rename, delete.

use super::{Answer, Error, Session};
use mail::{MailboxId, MailboxName, MailboxNameError, SpecialUse, StoredMessageId};
use std::sync::Arc;
use store::{Fault, Folder, FolderError, Mailbox};
use wire::{FolderKind, FolderNameProblem, Problem, RemovedFolder, Response};

// Messages moved in one write when a folder is deleted.
const BATCH: usize = 1000;

impl Session {
    pub(super) async fn list_folders(&mut self) -> Answer {
        self.folders = self.mua.store().folders(self.account.id).await?;
        Ok(Response::Folders(self.folder_views().await?))
    }

    /// Returns the folders for the tab.
    pub(super) async fn folder_views(&mut self) -> Result<Vec<wire::Folder>, Fault> {
        let mut views = Vec::with_capacity(self.folders.len());
        for folder in &self.folders {
            let counts = self.mua.store().counters(folder.id).await?;
            views.push(wire::Folder {
                id: folder.id,
                name: folder.name.to_string(),
                kind: kind(folder),
                total: counts.total,
                unread: counts.unseen,
            });
        }
        views.sort_by_cached_key(|v| (rank(v.kind), v.name.to_lowercase()));
        Ok(views)
    }

    async fn folder_of(&self, id: MailboxId) -> Result<Folder, Error> {
        let all = self.mua.store().folders(self.account.id).await?;
        all.into_iter()
            .find(|f| f.id == id)
            .ok_or_else(Session::not_found)
    }

    pub(super) async fn create_folder(&mut self, name: &str) -> Answer {
        let name = folder_name(name)?;
        self.mua
            .store()
            .create_folder(self.account.id, &name, self.mua.world().now())
            .await
            .map_err(folder_error)?;
        self.list_folders().await
    }

    pub(super) async fn rename_folder(&mut self, id: MailboxId, name: &str) -> Answer {
        let folder = self.folder_of(id).await?;
        let name = folder_name(name)?;
        if kind(&folder) != FolderKind::Own {
            return Err(Problem::Protected.into());
        }
        if folder.name != name {
            let now = self.mua.world().now();
            self.mua
                .store()
                .rename_folder(self.account.id, &folder.name, &name, now)
                .await
                .map_err(folder_error)?;
        }
        self.list_folders().await
    }

    /// Deletes a folder and those below it, after their messages were moved to Trash. A failure
    /// leaves what was not moved where it was.
    pub(super) async fn remove_folder(&mut self, id: MailboxId) -> Answer {
        let folder = self.folder_of(id).await?;
        let mut doomed: Vec<Folder> = self.mua.store().folders(self.account.id).await?;
        doomed.retain(|f| f.id == id || f.name.is_below(&folder.name));
        if doomed.iter().any(|f| kind(f) != FolderKind::Own) {
            return Err(Problem::Protected.into());
        }
        let trash = self
            .special_mailbox(SpecialUse::Trash)
            .await?
            .ok_or(Problem::Protected)?;
        // Parents before their children: a name is shorter than those below it.
        doomed.sort_by_key(|f| f.name.as_str().len());
        let mut removed = Vec::with_capacity(doomed.len());
        for folder in &doomed {
            removed.push(RemovedFolder {
                name: folder.name.to_string(),
                folder: folder.id,
                messages: self.move_all(folder, &trash).await?,
            });
        }
        for (folder, removed) in doomed.iter().zip(&mut removed).rev() {
            // What arrived in the meantime is moved too: deleting the folder would delete it.
            removed
                .messages
                .extend(self.move_all(folder, &trash).await?);
            self.mua
                .store()
                .delete_folder(self.account.id, &folder.name)
                .await
                .map_err(folder_error)?;
            if self
                .open
                .as_ref()
                .is_some_and(|open| open.mailbox.id == folder.id)
            {
                self.open = None;
            }
        }
        self.folders = self.mua.store().folders(self.account.id).await?;
        Ok(Response::FolderRemoved {
            folders: self.folder_views().await?,
            removed,
        })
    }

    // Moves all messages of a folder; returns their new ids. Each batch is one durable write.
    async fn move_all(
        &self,
        folder: &Folder,
        to: &Arc<Mailbox>,
    ) -> Result<Vec<StoredMessageId>, Error> {
        let store = self.mua.store();
        let from = store.open_mailbox(self.account.id, folder).await?;
        let mut moved = Vec::new();
        loop {
            let uids: Vec<u32> =
                from.read(|s| s.entries.iter().take(BATCH).map(|e| e.uid).collect());
            if uids.is_empty() {
                return Ok(moved);
            }
            let placed = store.move_messages(&from, &uids, to).await?;
            if placed.is_empty() {
                return Err(Problem::Gone.into());
            }
            moved.extend(placed.into_iter().map(|(_, placed)| placed.id));
        }
    }
}

fn folder_name(text: &str) -> Result<MailboxName, Error> {
    MailboxName::new(text.trim()).map_err(|error| {
        let problem = match error {
            MailboxNameError::Empty => FolderNameProblem::Empty,
            MailboxNameError::TooLong | MailboxNameError::TooDeep => FolderNameProblem::TooLong,
            MailboxNameError::Character => FolderNameProblem::Character,
        };
        Problem::FolderName(problem).into()
    })
}

fn folder_error(error: FolderError) -> Error {
    match error {
        FolderError::Exists => Problem::Exists.into(),
        FolderError::Missing => Problem::Gone.into(),
        FolderError::Protected => Problem::Protected.into(),
        FolderError::Inside => Problem::FolderName(FolderNameProblem::InsideItself).into(),
        FolderError::TooMany => Problem::FolderName(FolderNameProblem::TooManyFolders).into(),
        FolderError::Fault(fault) => fault.into(),
    }
}

pub(super) fn kind(folder: &Folder) -> FolderKind {
    match folder.special {
        _ if folder.name.is_inbox() => FolderKind::Inbox,
        Some(special) => FolderKind::Special(special),
        None => FolderKind::Own,
    }
}

fn rank(kind: FolderKind) -> usize {
    match kind {
        FolderKind::Inbox => 0,
        FolderKind::Special(special) => {
            1 + SpecialUse::ALL
                .iter()
                .position(|s| *s == special)
                .unwrap_or_default()
        }
        FolderKind::Own => 1 + SpecialUse::ALL.len(),
    }
}

//! Folders: all of them in the order in which they are shown; making, renaming, removing.

use super::{Answered, Session, Trouble};
use mail::{MailboxId, MailboxName, SpecialUse};
use store::{Fault, Folder, FolderError};
use wire::{FolderKind, Problem, Response};

impl Session {
    pub(super) async fn list_folders(&mut self) -> Answered {
        self.folders = self.mua.store().folders(self.account.id).await?;
        Ok(Response::Folders(self.folder_views().await?))
    }

    /// The folders as the tab shows them; it knows their counts now.
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

    async fn folder_of(&self, id: MailboxId) -> Result<Folder, Trouble> {
        let all = self.mua.store().folders(self.account.id).await?;
        all.into_iter()
            .find(|f| f.id == id)
            .ok_or_else(Session::gone)
    }

    pub(super) async fn create_folder(&mut self, name: &str) -> Answered {
        let name = folder_name(name)?;
        self.mua
            .store()
            .create_folder(self.account.id, &name, self.mua.world().now())
            .await
            .map_err(refused)?;
        self.list_folders().await
    }

    pub(super) async fn rename_folder(&mut self, id: MailboxId, name: &str) -> Answered {
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
                .map_err(refused)?;
        }
        self.list_folders().await
    }

    pub(super) async fn remove_folder(&mut self, id: MailboxId) -> Answered {
        let folder = self.folder_of(id).await?;
        if kind(&folder) != FolderKind::Own {
            return Err(Problem::Protected.into());
        }
        // Folders below it stay: the browser asked about the messages of this one only.
        self.mua
            .store()
            .delete_folder(self.account.id, &folder.name)
            .await
            .map_err(refused)?;
        if self.open.as_ref().is_some_and(|open| open.mailbox.id == id) {
            self.open = None;
        }
        self.list_folders().await
    }
}

fn folder_name(text: &str) -> Result<MailboxName, Trouble> {
    MailboxName::new(text.trim()).map_err(|e| Problem::Name(e.to_string()).into())
}

fn refused(error: FolderError) -> Trouble {
    match error {
        FolderError::Exists => Problem::Exists.into(),
        FolderError::Missing => Problem::Gone.into(),
        FolderError::Protected => Problem::Protected.into(),
        FolderError::Inside => Problem::Name("a folder cannot lie inside itself".into()).into(),
        FolderError::TooMany => {
            Problem::Name("there are too many folders, or the name is too long".into()).into()
        }
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

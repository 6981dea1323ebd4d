//! Deleting folders, and undoing it. The server moves the messages to Trash.

use super::{App, Notice};
use crate::state::failure::Failure;
use crate::state::folders::Folders;
use crate::state::place::Mail;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::MailboxId;
use wire::{Problem, RemovedFolder, Request, Response};

impl App {
    /// Deletes a folder and its subfolders.
    pub fn remove_folder(self, folder: MailboxId) {
        let name = self
            .folders
            .with_untracked(|f| Some(f.as_ref()?.get(folder)?.name.clone()))
            .unwrap_or_default();
        self.call_or_notify(Request::RemoveFolder { folder }, move |answer| {
            let Response::FolderRemoved { folders, removed } = answer else {
                return;
            };
            let open = self.mail_now().map(|mail| mail.folder);
            let slugs = removed.iter().map(|r| r.folder.to_string());
            if slugs.into_iter().any(|slug| open.as_ref() == Some(&slug)) {
                self.go(&Mail::folder("inbox"));
            }
            self.folders.set(Some(Folders(folders)));
            let count = removed.iter().map(|r| r.messages.len()).sum();
            self.announce(self.t.folder_removed(&name, count));
            self.notify(Notice::FolderRemoved {
                name,
                count,
                removed,
            });
        });
    }

    /// Recreates deleted folders and moves their messages back.
    pub(super) fn restore_folders(self, removed: Vec<RemovedFolder>) {
        spawn_local(async move {
            for one in removed {
                match self.folder_named(&one.name).await {
                    Ok(Some(to)) => {
                        if self.move_back(&one.messages, to).await.is_none() {
                            return;
                        }
                    }
                    Ok(None) => {}
                    Err(failure) => {
                        self.notify(Notice::Failed(failure));
                        return;
                    }
                }
            }
            self.confirm_undo();
        });
    }

    /// The folder with a name, created if it does not exist.
    async fn folder_named(self, name: &str) -> Result<Option<MailboxId>, Failure> {
        let create = Request::CreateFolder {
            name: name.to_owned(),
        };
        let answer = match self.call(create).await {
            Err(Failure::Problem(Problem::Exists)) => self.call(Request::Folders).await?,
            answer => answer?,
        };
        self.take_folders(answer);
        Ok(self.folders.with_untracked(|folders| {
            let mut all = folders.iter().flat_map(|f| &f.0);
            all.find(|f| f.name == name).map(|f| f.id)
        }))
    }
}

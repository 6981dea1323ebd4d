//! Actions on messages: flags, moves, deletion, undo. The result is shown at once and confirmed by
//! the server later.

use super::{App, Dialog, MessageState, Notice};
use crate::state::folders::Folders;
use crate::state::list::changed_flags;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::flags::{FLAGGED, SEEN};
use mail::{MailboxId, SpecialUse, StoredMessageId};
use std::sync::Arc;
use wire::{FolderKind, Request, Response};

/// Maximum number of messages per request.
const BATCH: usize = 500;

impl App {
    /// The targets of an action: the selected messages, else the open one, else the one under the
    /// cursor.
    pub fn targets(self) -> Vec<StoredMessageId> {
        let open = self.reading.with_untracked(MessageState::id);
        self.selection
            .with_untracked(|selection| selection.targets(open.or(selection.cursor)))
    }

    /// The kind of the open folder; `Own` in a search.
    pub fn folder_kind(self) -> FolderKind {
        let folder = self.rows.with(|rows| rows.folder());
        self.folders.with(|folders| match (folders, folder) {
            (Some(folders), Some(id)) => folders.kind(id),
            _ => FolderKind::Own,
        })
    }

    /// Sets and clears flags.
    pub fn flag(self, ids: &[StoredMessageId], add: &[&str], remove: &[&str]) {
        self.count_read(ids, add, remove);
        self.rows.update(|rows| rows.flag(ids, add, remove));
        for id in ids {
            let row = self.rows.with_untracked(|rows| rows.row(*id).cloned());
            let open = self.open_row(*id);
            if let Some(mut row) = row.or(open) {
                let row = Arc::make_mut(&mut row);
                row.flags = changed_flags(&row.flags, add, remove);
                self.refresh_message(row);
            }
        }
        let owned = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let (add, remove, ids) = (owned(add), owned(remove), ids.to_vec());
        spawn_local(async move {
            for (number, batch) in ids.chunks(BATCH).enumerate() {
                self.show_progress(number * BATCH, ids.len());
                let ask = Request::Flag {
                    ids: batch.to_vec(),
                    add: add.clone(),
                    remove: remove.clone(),
                };
                if let Err(failure) = self.call(ask).await {
                    self.rows.update(crate::state::list::Rows::mark_stale);
                    self.notify(Notice::Failed(failure));
                    break;
                }
            }
            self.progress.set(None);
        });
    }

    /// Shows how far an action is that takes more than one request.
    fn show_progress(self, done: usize, all: usize) {
        if all > BATCH {
            self.progress.set(Some((done, all)));
        }
    }

    fn open_row(self, id: StoredMessageId) -> Option<Arc<wire::Row>> {
        self.reading.with_untracked(|reading| match reading {
            MessageState::Open(message) if message.row.id == id => {
                Some(Arc::new(message.row.clone()))
            }
            _ => None,
        })
    }

    /// Updates the unread counts at once.
    fn count_read(self, ids: &[StoredMessageId], add: &[&str], remove: &[&str]) {
        let change = if add.contains(&"\\Seen") {
            -1
        } else {
            i64::from(remove.contains(&"\\Seen"))
        };
        if change == 0 {
            return;
        }
        for id in ids {
            let row = self
                .rows
                .with_untracked(|rows| rows.row(*id).cloned())
                .or_else(|| self.open_row(*id));
            if let Some(row) = row.filter(|row| row.flags.has(SEEN) == (change > 0)) {
                self.folders.update(|folders| {
                    if let Some(folders) = folders {
                        folders.read(row.folder, change);
                    }
                });
            }
        }
    }

    /// Stars all messages, or unstars them if all are starred.
    pub fn star(self, ids: &[StoredMessageId]) {
        let every = self.every(ids, FLAGGED);
        let star = ["\\Flagged"];
        if every {
            self.flag(ids, &[], &star);
        } else {
            self.flag(ids, &star, &[]);
        }
    }

    /// Marks as read or unread.
    pub fn mark_read(self, ids: &[StoredMessageId], read: bool) {
        let seen = ["\\Seen"];
        if read {
            self.flag(ids, &seen, &[]);
        } else {
            self.flag(ids, &[], &seen);
        }
    }

    /// Whether all messages have the flag, as far as their rows are loaded.
    pub fn every(self, ids: &[StoredMessageId], bit: u8) -> bool {
        self.rows.with_untracked(|rows| {
            let mut known = ids
                .iter()
                .filter_map(|id| rows.row(*id).cloned().or_else(|| self.open_row(*id)))
                .peekable();
            known.peek().is_some() && known.all(|row| row.flags.has(bit))
        })
    }

    /// Moves messages to a special folder.
    pub fn move_to_special(self, ids: &[StoredMessageId], special: SpecialUse) {
        let to = self.folders.with_untracked(|folders| {
            folders
                .as_ref()
                .and_then(|f| f.special(special))
                .map(|f| f.id)
        });
        if let Some(to) = to {
            self.move_to(ids, to);
        }
    }

    /// Moves messages to Trash; in Trash asks to delete them permanently.
    pub fn trash(self, ids: &[StoredMessageId]) {
        if ids.is_empty() {
            return;
        }
        if self.folder_kind_now() == FolderKind::Special(SpecialUse::Trash) {
            self.show(Dialog::Delete(ids.to_vec()));
        } else {
            self.move_to_special(ids, SpecialUse::Trash);
        }
    }

    /// Moves messages to Junk, or from Junk to the inbox.
    pub fn junk(self, ids: &[StoredMessageId]) {
        if self.folder_kind_now() == FolderKind::Special(SpecialUse::Junk) {
            let inbox = self.folders.with_untracked(|folders| {
                folders
                    .as_ref()
                    .and_then(|f| f.of(FolderKind::Inbox))
                    .map(|f| f.id)
            });
            if let Some(inbox) = inbox {
                self.move_to(ids, inbox);
            }
        } else {
            self.move_to_special(ids, SpecialUse::Junk);
        }
    }

    fn folder_kind_now(self) -> FolderKind {
        untrack(move || self.folder_kind())
    }

    /// Moves messages to a folder. They disappear from the list at once.
    pub fn move_to(self, ids: &[StoredMessageId], to: MailboxId) {
        let mut groups: Vec<(MailboxId, Vec<StoredMessageId>)> = Vec::new();
        for id in ids {
            let from = id.mailbox();
            if from == to {
                continue;
            }
            match groups.iter_mut().find(|(folder, _)| *folder == from) {
                Some((_, group)) => group.push(*id),
                None => groups.push((from, vec![*id])),
            }
        }
        if groups.is_empty() {
            return;
        }
        let moving: Vec<StoredMessageId> = groups.iter().flat_map(|(_, ids)| ids.clone()).collect();
        let opened = self.mail_now().filter(|mail| {
            let only = mail.message.filter(|_| moving.len() == 1);
            only.is_some_and(|id| moving.contains(&id))
        });
        self.leave(&moving);
        self.moving.update_value(|moving| moving.0 += 1);
        spawn_local(async move {
            let back = self.move_groups(groups, to).await;
            let count = back.iter().map(|(ids, _)| ids.len()).sum();
            let mut take_back = false;
            self.moving.update_value(|(under_way, wanted)| {
                *under_way -= 1;
                take_back = *under_way == 0 && std::mem::take(wanted);
            });
            if count > 0 {
                self.announce(self.t.moved(count, &self.folder_title_now(to)));
                let number = self.notify(Notice::Moved {
                    count,
                    to,
                    back,
                    opened,
                });
                if let Some(number) = number.filter(|_| take_back) {
                    self.undo(number);
                }
            }
        });
    }

    /// Moves messages in batches. Returns the new IDs, grouped by source folder.
    async fn move_groups(
        self,
        groups: Vec<(MailboxId, Vec<StoredMessageId>)>,
        to: MailboxId,
    ) -> Vec<(Vec<StoredMessageId>, MailboxId)> {
        let mut back = Vec::with_capacity(groups.len());
        let all: usize = groups.iter().map(|(_, group)| group.len()).sum();
        let mut done = 0;
        for (from, group) in groups {
            let mut moved = Vec::with_capacity(group.len());
            for (number, batch) in group.chunks(BATCH).enumerate() {
                self.show_progress(done, all);
                done += batch.len();
                let ids = batch.to_vec();
                match self.call(Request::Move { ids, to }).await {
                    Ok(Response::Moved(ids)) => moved.extend(ids),
                    Ok(_) => {}
                    Err(failure) => {
                        self.rows.update(|rows| rows.stay(&group[number * BATCH..]));
                        self.notify(Notice::Failed(failure));
                        break;
                    }
                }
            }
            back.push((moved, from));
        }
        self.progress.set(None);
        back
    }

    /// Removes messages from the list and moves the cursor to the next row.
    fn leave(self, ids: &[StoredMessageId]) {
        let next = self.rows.try_update(|rows| rows.leave(ids)).flatten();
        self.selection.update(|selection| selection.left(ids, next));
        let open = self.reading.with_untracked(MessageState::id);
        if open.is_some_and(|id| ids.contains(&id)) {
            self.close_message();
        } else {
            self.focus_list();
        }
    }

    /// Deletes messages permanently.
    pub fn delete_permanently(self, ids: Vec<StoredMessageId>) {
        self.leave(&ids);
        spawn_local(async move {
            for (number, batch) in ids.chunks(BATCH).enumerate() {
                self.show_progress(number * BATCH, ids.len());
                let ask = Request::Delete {
                    ids: batch.to_vec(),
                };
                let answer = self.call(ask).await;
                self.progress.set(None);
                if let Err(failure) = answer {
                    self.rows.update(|rows| rows.stay(&ids[number * BATCH..]));
                    self.notify(Notice::Failed(failure));
                    return;
                }
            }
            self.announce(self.t.deleted_permanently(ids.len()));
            self.notify(Notice::Deleted(ids.len()));
        });
    }

    /// Undoes the newest move, discard or folder deletion; a move in progress is undone when it
    /// completes.
    pub fn undo_newest(self) {
        if self.moving.with_value(|(under_way, _)| *under_way > 0) {
            self.moving.update_value(|(_, wanted)| *wanted = true);
            return;
        }
        let newest = self.notices.with_untracked(|notices| {
            notices.newest(|notice| {
                matches!(
                    notice,
                    Notice::Moved { .. } | Notice::Discarded(_) | Notice::FolderRemoved { .. }
                )
            })
        });
        if let Some(number) = newest {
            self.undo(number);
        }
    }

    /// Undoes a move, the discard of a message, or the deletion of a folder.
    pub fn undo(self, number: u32) {
        let notice = self.notices.try_update(|notices| notices.dismiss(number));
        let (back, opened) = match notice.flatten() {
            Some(Notice::Moved { back, opened, .. }) => (back, opened),
            Some(Notice::Discarded(composition)) => {
                self.undo_discard(*composition);
                return;
            }
            Some(Notice::FolderRemoved { removed, .. }) => {
                self.restore_folders(removed);
                return;
            }
            _ => return,
        };
        spawn_local(async move {
            let mut restored = Vec::new();
            for (ids, to) in back {
                match self.move_back(&ids, to).await {
                    Some(ids) => restored.extend(ids),
                    None => return,
                }
            }
            self.confirm_undo();
            let list = self.mail_now().map(|mail| mail.at(None));
            let same = opened.filter(|opened| list.as_ref() == Some(&opened.at(None)));
            let closed = self
                .reading
                .with_untracked(|reading| reading.id().is_none());
            if let (Some(opened), [id], true) = (same, &restored[..], closed) {
                self.go(&opened.at(Some(*id)));
            }
        });
    }

    /// Moves messages in batches and returns their new IDs; on failure shows a notification.
    pub(super) async fn move_back(
        self,
        ids: &[StoredMessageId],
        to: MailboxId,
    ) -> Option<Vec<StoredMessageId>> {
        let mut moved = Vec::with_capacity(ids.len());
        for (number, batch) in ids.chunks(BATCH).enumerate() {
            self.show_progress(number * BATCH, ids.len());
            let ids = batch.to_vec();
            let answer = self.call(Request::Move { ids, to }).await;
            self.progress.set(None);
            match answer {
                Ok(Response::Moved(ids)) => moved.extend(ids),
                Ok(_) => {}
                Err(failure) => {
                    self.notify(Notice::Failed(failure));
                    return None;
                }
            }
        }
        Some(moved)
    }

    pub(super) fn confirm_undo(self) {
        self.announce(self.t.undone.to_owned());
        self.notify(Notice::Undone);
        // A search list gets no new rows from notifications.
        if self.rows.with_untracked(|rows| rows.folder().is_none()) {
            self.retry_list();
        }
    }

    /// The display name of a folder.
    pub fn folder_title(self, id: MailboxId) -> String {
        self.folders.with(|folders| {
            folders
                .as_ref()
                .map_or_else(String::new, |f| self.title_in(f, id))
        })
    }

    fn folder_title_now(self, id: MailboxId) -> String {
        untrack(move || self.folder_title(id))
    }

    fn title_in(self, folders: &Folders, id: MailboxId) -> String {
        folders.get(id).map_or_else(String::new, |folder| {
            self.t.folder(folder.kind, &folder.name)
        })
    }
}

//! Composing: new messages and replies, autosave, uploads, sending. Text is stored on the device at
//! once and on the server shortly after.

use super::{App, Dialog, Notice, Session};
use crate::state::draft::{self, Failure, Phase, ReplyKind, Writing};
use crate::web::{http, page, storage};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use std::time::Duration;
use web_sys::{File, FileList};
use wire::{Contact, MessageView, Problem, Request, Response};

/// Delay between the last change and the autosave.
const SAVE_AFTER: Duration = Duration::from_millis(1500);

impl App {
    /// Starts a new message; the current one is saved as a draft.
    pub fn compose(self, to: Vec<Contact>) {
        if to.is_empty()
            && self
                .writing
                .with_untracked(|w| w.as_ref().is_some_and(Writing::is_blank))
        {
            page::focus(".compose [data-first]");
            return;
        }
        let signature = self.prefs.with_untracked(|prefs| prefs.signature.clone());
        self.write(Writing::new(to, &signature));
    }

    /// Replies to or forwards a message.
    pub fn answer(self, message: &MessageView, how: ReplyKind) {
        let t = self.t;
        let me = self
            .welcome
            .with_untracked(|w| w.as_ref().map_or_else(Vec::new, |w| w.identities.clone()));
        let intro = untrack(|| match how {
            ReplyKind::Forward => {
                let date = t.date_long(message.sent.unwrap_or(message.row.date));
                t.forwarded_intro(
                    &draft::written(&message.from),
                    &date,
                    &message.row.subject,
                    &draft::written(&message.to),
                )
            }
            ReplyKind::Reply | ReplyKind::All => {
                let who = message
                    .from
                    .first()
                    .map(crate::state::address::shown)
                    .unwrap_or_default();
                t.quoted_intro(who, &t.date_long(message.sent.unwrap_or(message.row.date)))
            }
        });
        let signature = self.prefs.with_untracked(|prefs| prefs.signature.clone());
        self.write(Writing::answer(message, how, &me, &intro, &signature));
    }

    fn write(self, mut writing: Writing) {
        self.save_now();
        if writing.draft.key.is_empty() {
            writing.draft.key = page::random_name();
        }
        self.cancel_uploads();
        self.drawer.set(false);
        self.sheet.update(|sheet| *sheet += 1);
        self.writing.set(Some(writing));
    }

    /// Opens a stored draft for editing.
    pub fn open_draft(self, id: StoredMessageId) {
        if self
            .writing
            .with_untracked(|w| w.as_ref().is_some_and(|w| w.draft.stored == Some(id)))
        {
            page::focus(".compose textarea");
            return;
        }
        self.call_or_notify(Request::Open { id }, move |answer| {
            if let Response::Opened(draft) = answer {
                self.write(Writing::opened(*draft));
            }
        });
    }

    /// Edits the draft, stores it on the device and schedules the autosave.
    pub fn edit(self, change: impl FnOnce(&mut wire::Draft)) {
        self.writing.update(|writing| {
            if let Some(writing) = writing {
                writing.edit(change);
            }
        });
        self.keep_soon();
    }

    /// Stores the draft on the device and schedules the autosave.
    pub fn keep_soon(self) {
        let revision = self.writing.with_untracked(|writing| {
            let writing = writing.as_ref()?;
            storage::set(&self.storage_key(), &writing.keep());
            Some(writing.revision)
        });
        let later = move || {
            if revision.is_some()
                && self
                    .writing
                    .with_untracked(|w| w.as_ref().map(|w| w.revision))
                    == revision
            {
                self.save_now();
            }
        };
        set_timeout(later, SAVE_AFTER);
    }

    fn storage_key(self) -> String {
        let who = self.session.with_untracked(|session| match session {
            Session::In(who) => who.address.clone(),
            _ => String::new(),
        });
        format!("writing.{who}")
    }

    /// Saves the draft to the server if it has unsaved changes.
    pub fn save_now(self) {
        let unsaved = self.writing.with_untracked(|writing| {
            let writing = writing
                .as_ref()
                .filter(|w| w.unsaved() && w.phase != Phase::Sending)?;
            Some((writing.draft.clone(), writing.revision))
        });
        let Some((draft, revision)) = unsaved else {
            return;
        };
        let before = draft.stored;
        spawn_local(async move {
            let mut answer = self
                .call(Request::Save {
                    draft: draft.clone(),
                })
                .await;
            if answer == Err(Failure::Problem(Problem::Gone)) {
                answer = self
                    .call(Request::Save {
                        draft: wire::Draft {
                            stored: None,
                            ..draft
                        },
                    })
                    .await;
            }
            if let Ok(Response::Draft(saved)) = answer {
                let mut done = false;
                self.writing.update(|writing| {
                    if let Some(writing) = writing.as_mut().filter(|w| w.draft.stored == before) {
                        writing.kept(revision, saved.id);
                        done = !writing.unsaved();
                    }
                });
                // A closing tab leaves the copy for the next one.
                if done && !self.leaving.get_value() {
                    storage::remove(&self.storage_key());
                }
            }
        });
    }

    /// The tab is being hidden or closed: stores the draft on the device and tries to save it.
    pub(super) fn suspend(self) {
        self.leaving.set_value(true);
        self.writing.with_untracked(|writing| {
            if let Some(writing) = writing.as_ref().filter(|w| !w.is_blank()) {
                storage::set(&self.storage_key(), &writing.keep());
            }
        });
        self.save_now();
    }

    /// The tab was restored from the back/forward cache.
    pub(super) fn resumed(self) {
        self.leaving.set_value(false);
    }

    /// Restores the draft stored on the device.
    pub(super) fn restore_compose(self) {
        let kept = storage::get(&self.storage_key()).and_then(|text| Writing::restore(&text));
        if let Some(writing) =
            kept.filter(|w| !w.is_blank() && self.writing.with_untracked(Option::is_none))
        {
            self.write(writing);
            self.notify(Notice::DraftRestored);
        }
    }

    /// Closes the compose window and saves the draft.
    pub fn close_compose(self) {
        let blank = self
            .writing
            .with_untracked(|w| w.as_ref().is_none_or(Writing::is_blank));
        if blank {
            storage::remove(&self.storage_key());
        } else {
            self.save_now();
            self.notify(Notice::DraftSaved);
        }
        self.end_compose();
    }

    /// Discards the draft.
    pub fn discard_compose(self) {
        let stored = self
            .writing
            .with_untracked(|w| w.as_ref().and_then(|w| w.draft.stored));
        if let Some(id) = stored {
            spawn_local(async move {
                // It may have been deleted elsewhere; errors are ignored.
                let _ = self.call(Request::Delete { ids: vec![id] }).await;
            });
        }
        storage::remove(&self.storage_key());
        self.end_compose();
    }

    fn end_compose(self) {
        self.cancel_uploads();
        self.writing.set(None);
        page::focus_soon(move || {
            if !page::focus(".reading:not([hidden]) h1[tabindex]") {
                self.focus_list();
            }
        });
    }

    fn cancel_uploads(self) {
        self.upload_handles.update_value(|handles| {
            for (_, handle) in handles.drain(..) {
                handle.stop();
            }
        });
    }

    /// Attaches files from the file dialog, a drop or the clipboard.
    pub fn attach_all(self, files: &FileList) {
        for file in (0..files.length()).filter_map(|index| files.get(index)) {
            self.attach(file);
        }
    }

    fn attach(self, file: File) {
        let (name, bytes) = (file.name(), file.size() as u64);
        let max = self
            .welcome
            .with_untracked(|w| w.as_ref().map_or(0, |w| w.message_bytes_max));
        let key = self.writing.try_update(|writing| {
            let writing = writing.as_mut()?;
            let key = writing.upload(&name, bytes);
            if max > 0 && writing.bytes() > max {
                writing.uploaded(key, Err(Problem::TooLarge(max).into()));
                return None;
            }
            Some(key)
        });
        let Some(Some(key)) = key else { return };
        spawn_local(async move {
            let progress = move |sent| self.with_writing(|writing| writing.progress(key, sent));
            let begun = move |upload_handles| {
                self.upload_handles
                    .update_value(|all| all.push((key, upload_handles)));
            };
            let result = http::upload(&file, progress, begun).await;
            self.with_writing(|writing| {
                writing.uploaded(key, result);
            });
            self.keep_soon();
        });
    }

    fn with_writing(self, change: impl FnOnce(&mut Writing)) {
        self.writing.update(|writing| {
            if let Some(writing) = writing {
                change(writing);
            }
        });
    }

    /// Removes an upload that is in progress or failed.
    pub fn drop_upload(self, key: u32) {
        self.upload_handles.with_value(|upload_handles| {
            if let Some((_, upload_handles)) = upload_handles.iter().find(|(k, _)| *k == key) {
                upload_handles.stop();
            }
        });
        self.with_writing(|writing| writing.uploads.retain(|upload| upload.key != key));
    }

    /// Removes a forwarded attachment.
    pub fn drop_carried(self, index: usize) {
        self.with_writing(|writing| writing.drop_carried(index));
        self.keep_soon();
    }

    /// Sends the message unless something blocks it. `sure`: also without the mentioned attachment.
    pub fn send(self, sure: bool) {
        let max = self
            .welcome
            .with_untracked(|w| w.as_ref().map_or(0, |w| w.message_bytes_max));
        let ready = self.writing.with_untracked(|writing| {
            let writing = writing
                .as_ref()
                .filter(|w| w.phase != Phase::Sending && w.send_blocker(max).is_none())?;
            Some((writing.draft.clone(), writing.promises_attachment()))
        });
        let Some((draft, promised)) = ready else {
            return;
        };
        if promised && !sure {
            self.show(Dialog::MissingAttachment);
            return;
        }
        self.with_writing(|writing| writing.phase = Phase::Sending);
        spawn_local(async move {
            match self.call(Request::Send { draft }).await {
                Ok(Response::Sent(sent)) => {
                    storage::remove(&self.storage_key());
                    self.announce(self.t.message_sent.to_owned());
                    self.notify(Notice::Sent(sent.journey));
                    self.end_compose();
                }
                Ok(_) => self.with_writing(|w| w.phase = Phase::Refused(Problem::Malformed.into())),
                Err(failure) => self.with_writing(|w| w.phase = Phase::Refused(failure)),
            }
        });
    }
}

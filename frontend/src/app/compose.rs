//! Writing: opening a message to write, keeping drafts, files on their way up, sending. What is
//! typed is kept on this device at once and by the server a moment later.

use super::{App, Dialog, Notice, Session};
use crate::state::draft::{self, Failure, Phase, Response as How, Writing};
use crate::web::{http, page, storage};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use std::time::Duration;
use web_sys::{File, FileList};
use wire::{Contact, MessageView, Problem, Request, Response};

/// So long after the last key a draft is saved.
const SAVE_AFTER: Duration = Duration::from_millis(1500);

impl App {
    /// Begins a new message; one that is being written already is kept as a draft.
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

    /// Answers or forwards a message.
    pub fn answer(self, message: &MessageView, how: How) {
        let t = self.t;
        let me = self
            .welcome
            .with_untracked(|w| w.as_ref().map_or_else(Vec::new, |w| w.identities.clone()));
        let intro = untrack(|| match how {
            How::Forward => {
                let date = t.date_long(message.sent.unwrap_or(message.row.date));
                t.forwarded_intro(
                    &draft::written(&message.from),
                    &date,
                    &message.row.subject,
                    &draft::written(&message.to),
                )
            }
            How::Reply | How::All => {
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
            writing.draft.key = page::lot();
        }
        self.forget_going();
        self.drawer.set(false);
        self.sheet.update(|sheet| *sheet += 1);
        self.writing.set(Some(writing));
    }

    /// Opens a stored draft to go on writing.
    pub fn open_draft(self, id: StoredMessageId) {
        if self
            .writing
            .with_untracked(|w| w.as_ref().is_some_and(|w| w.draft.stored == Some(id)))
        {
            page::focus(".compose textarea");
            return;
        }
        self.call_and_tell(Request::Open { id }, move |answer| {
            if let Response::Opened(draft) = answer {
                self.write(Writing::opened(*draft));
            }
        });
    }

    /// Changes the message being written: kept here at once, by the server soon.
    pub fn edit(self, change: impl FnOnce(&mut wire::Draft)) {
        self.writing.update(|writing| {
            if let Some(writing) = writing {
                writing.edit(change);
            }
        });
        self.keep_soon();
    }

    /// What changed is kept.
    pub fn keep_soon(self) {
        let revision = self.writing.with_untracked(|writing| {
            let writing = writing.as_ref()?;
            storage::set(&self.kept_name(), &writing.keep());
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

    fn kept_name(self) -> String {
        let who = self.session.with_untracked(|session| match session {
            Session::In(who) => who.address.clone(),
            _ => String::new(),
        });
        format!("writing.{who}")
    }

    /// Saves the draft if the server has not all of it.
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
                // A tab that is going away leaves what it has for the next one.
                if done && !self.leaving.get_value() {
                    storage::remove(&self.kept_name());
                }
            }
        });
    }

    /// The tab is going away: what is being written stays on this device, and the server gets it if
    /// there is time.
    pub(super) fn put_away(self) {
        self.leaving.set_value(true);
        self.writing.with_untracked(|writing| {
            if let Some(writing) = writing.as_ref().filter(|w| !w.is_blank()) {
                storage::set(&self.kept_name(), &writing.keep());
            }
        });
        self.save_now();
    }

    /// The tab came back (from the browser's memory of pages).
    pub(super) fn brought_back(self) {
        self.leaving.set_value(false);
    }

    /// A message that was being written when the tab closed comes back.
    pub(super) fn restore_writing(self) {
        let kept = storage::get(&self.kept_name()).and_then(|text| Writing::restore(&text));
        if let Some(writing) =
            kept.filter(|w| !w.is_blank() && self.writing.with_untracked(Option::is_none))
        {
            self.write(writing);
            self.tell(Notice::Restored);
        }
    }

    /// Closes the message; what was written stays among the drafts.
    pub fn close_writing(self) {
        let blank = self
            .writing
            .with_untracked(|w| w.as_ref().is_none_or(Writing::is_blank));
        if blank {
            storage::remove(&self.kept_name());
        } else {
            self.save_now();
            self.tell(Notice::DraftKept);
        }
        self.end_writing();
    }

    /// Throws the message away.
    pub fn discard_writing(self) {
        let stored = self
            .writing
            .with_untracked(|w| w.as_ref().and_then(|w| w.draft.stored));
        if let Some(id) = stored {
            spawn_local(async move {
                // It may have been removed elsewhere: then there is nothing to say.
                let _ = self.call(Request::Delete { ids: vec![id] }).await;
            });
        }
        storage::remove(&self.kept_name());
        self.end_writing();
    }

    fn end_writing(self) {
        self.forget_going();
        self.writing.set(None);
        page::focus_soon(move || {
            if !page::focus(".reading:not([hidden]) h1[tabindex]") {
                self.focus_list();
            }
        });
    }

    fn forget_going(self) {
        self.going.update_value(|going| {
            for (_, going) in going.drain(..) {
                going.stop();
            }
        });
    }

    /// Files to attach, from a dialog, a drop or the clipboard.
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
            let begun = move |going| self.going.update_value(|all| all.push((key, going)));
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

    /// Takes a file away that is on its way or failed.
    pub fn drop_upload(self, key: u32) {
        self.going.with_value(|going| {
            if let Some((_, going)) = going.iter().find(|(k, _)| *k == key) {
                going.stop();
            }
        });
        self.with_writing(|writing| writing.uploads.retain(|upload| upload.key != key));
    }

    /// Takes a forwarded file out.
    pub fn drop_carried(self, index: usize) {
        self.with_writing(|writing| writing.drop_carried(index));
        self.keep_soon();
    }

    /// Sends the message, unless something hinders that. `sure`: without the attachment that the
    /// text promises.
    pub fn send(self, sure: bool) {
        let max = self
            .welcome
            .with_untracked(|w| w.as_ref().map_or(0, |w| w.message_bytes_max));
        let ready = self.writing.with_untracked(|writing| {
            let writing = writing
                .as_ref()
                .filter(|w| w.phase != Phase::Sending && w.hindrance(max).is_none())?;
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
                    storage::remove(&self.kept_name());
                    self.say(self.t.sent_accepted.to_owned());
                    self.tell(Notice::Sent(sent.journey));
                    self.end_writing();
                }
                Ok(_) => self.with_writing(|w| w.phase = Phase::Refused(Problem::Malformed.into())),
                Err(failure) => self.with_writing(|w| w.phase = Phase::Refused(failure)),
            }
        });
    }
}

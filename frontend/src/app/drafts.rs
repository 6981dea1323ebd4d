//! Stores messages being written: on the device at once, on the server shortly after. The copy on
//! the device is removed only when the server has confirmed that revision.

use super::{App, ComposeWindow, Notice, Session};
use crate::state::draft::{Composition, Phase};
use crate::state::failure::Failure;
use crate::state::kept_copy::KeptCopy;
use crate::web::{page, storage};
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::{MailboxId, SpecialUse, StoredMessageId};
use std::time::Duration;
use wire::{Problem, Request, Response};

/// Delay between the last change and the autosave.
const SAVE_AFTER: Duration = Duration::from_millis(1500);
/// Longer texts are stored on the device only after a pause, since storage is synchronous.
const KEEP_AT_ONCE_BYTES: usize = 64 * 1024;
/// The pause.
const KEEP_AFTER: Duration = Duration::from_millis(400);
/// Signing out waits this many steps for the last saves.
const SIGN_OUT_STEPS: u32 = 60;
const SIGN_OUT_STEP_MS: u32 = 50;

impl ComposeWindow {
    /// Stores the message on the device and schedules the autosave.
    pub(super) fn keep_soon(self) {
        let (revision, large) =
            self.with_untracked(|c| (c.revision, c.draft.text.len() > KEEP_AT_ONCE_BYTES));
        let unchanged = move || {
            let now = self
                .app
                .compositions
                .try_with_untracked(|all| all.get(self.number).map(|c| c.revision));
            now.flatten() == Some(revision)
        };
        if large {
            let keep = move || {
                if unchanged() {
                    self.keep(false);
                }
            };
            set_timeout(keep, KEEP_AFTER);
        } else {
            self.keep(false);
        }
        let save = move || {
            if unchanged() {
                self.save();
            }
        };
        set_timeout(save, SAVE_AFTER);
    }

    /// Stores the message on the device. `released`: the tab is being closed or signed out.
    pub(super) fn keep(self, released: bool) {
        let copy = self.with_untracked(|c| {
            let name = self.app.copy_name(&c.draft.key);
            Some((name, KeptCopy::write(c, released, page::epoch_ms())))
        });
        if let Some((name, text)) = copy {
            storage::set(&name, &text);
        }
    }

    /// Saves the message to the server if it has unsaved changes.
    pub(super) fn save(self) {
        let Some((draft, revision)) = self.update(Composition::begin_save).flatten() else {
            return;
        };
        let app = self.app;
        let key = draft.key.clone();
        spawn_local(async move {
            let result = match app.call(Request::Save { draft }).await {
                Ok(Response::Draft(saved)) => Ok(saved.id),
                Ok(_) => Err(Failure::Problem(Problem::Malformed)),
                Err(failure) => Err(failure),
            };
            app.save_ended(&key, revision, result);
        });
    }
}

impl App {
    fn save_ended(self, key: &str, revision: u64, result: Result<StoredMessageId, Failure>) {
        let saved = result.is_ok();
        let outcome = self
            .compositions
            .try_update(|all| all.save_ended(key, revision, result))
            .unwrap_or_default();
        if outcome.finished {
            self.notify(Notice::DraftSaved);
        }
        if outcome.reopened {
            self.notify(Notice::DraftNotSaved);
        }
        if outcome.again {
            self.save_all();
            return;
        }
        let settled = self.compositions.with_untracked(|all| {
            let mut same = all.iter().filter(|c| c.draft.key == key);
            same.all(Composition::is_settled)
        });
        // A closing tab leaves the copy for the next one.
        if saved && settled && !self.leaving.get_value() {
            self.forget_copy(key);
        }
    }

    /// Saves all messages with unsaved changes.
    pub fn save_all(self) {
        for window in self.all_windows() {
            window.save();
        }
    }

    fn all_windows(self) -> Vec<ComposeWindow> {
        let numbers: Vec<u32> = self
            .compositions
            .with_untracked(|all| all.iter().map(|c| c.number).collect());
        numbers.into_iter().map(|n| self.window(n)).collect()
    }

    /// Stores all unsaved messages on the device, for another tab or the next sign-in.
    pub(super) fn release_copies(self) {
        for window in self.all_windows() {
            if window.with_untracked(|c| !c.is_blank() && !c.is_settled()) {
                window.keep(true);
            }
        }
    }

    /// Called when the tab is hidden or closed: stores the messages on the device and tries to save
    /// them.
    pub(super) fn suspend(self) {
        self.leaving.set_value(true);
        self.release_copies();
        self.save_all();
    }

    /// Called when the tab is restored from the back/forward cache.
    pub(super) fn resumed(self) {
        self.leaving.set_value(false);
    }

    /// Restores the messages on the device that no other tab holds.
    pub(super) fn restore_compositions(self) {
        let account = self.account();
        let mut names = storage::names(&self.copy_name(""));
        // The name of the only copy in earlier versions.
        names.push(format!("writing.{account}"));
        let mut shown = false;
        for name in names {
            let kept = storage::get(&name);
            let restored = kept.and_then(|text| KeptCopy::restore(&text, page::epoch_ms()));
            let Some(mut composition) = restored else {
                continue;
            };
            for id in [&mut composition.draft.key, &mut composition.draft.window] {
                if id.is_empty() {
                    *id = page::random_name();
                }
            }
            shown |= !composition.closed;
            storage::remove(&name);
            let number = self.compositions.try_update(|all| all.add(composition));
            if let Some(number) = number {
                self.window(number).keep(false);
            }
        }
        if shown {
            self.notify(Notice::DraftRestored);
        }
        self.save_all();
    }

    /// After a change of the Drafts folder, checks the stored versions of the drafts in compose
    /// windows.
    pub(super) fn check_drafts(self, folder: MailboxId) {
        let drafts = self.folders.with_untracked(|folders| {
            let drafts = folders.as_ref()?.special(SpecialUse::Drafts)?;
            Some(drafts.id)
        });
        if drafts != Some(folder) {
            return;
        }
        for window in self.all_windows() {
            let known = window.with_untracked(|c| {
                let idle = !c.is_saving() && c.phase != Phase::Sending && c.draft.stored.is_some();
                idle.then(|| (c.draft.key.clone(), c.draft.window.clone(), c.draft.stored))
            });
            let Some((key, window, stored)) = known else {
                continue;
            };
            spawn_local(async move {
                let request = Request::Check {
                    key: key.clone(),
                    window,
                    stored,
                };
                if let Ok(Response::Checked(status)) = self.call(request).await {
                    self.compositions.update(|all| all.checked(&key, status));
                }
            });
        }
    }

    /// Saves all messages and waits for the server's confirmation, for a limited time.
    pub(super) async fn save_before_sign_out(self) {
        self.save_all();
        for _ in 0..SIGN_OUT_STEPS {
            if self.compositions.with_untracked(|all| all.is_settled()) {
                return;
            }
            gloo_timers::future::TimeoutFuture::new(SIGN_OUT_STEP_MS).await;
        }
    }

    /// Removes the copy of a message on the device.
    pub(super) fn forget_copy(self, key: &str) {
        storage::remove(&self.copy_name(key));
    }

    fn copy_name(self, key: &str) -> String {
        format!("draft.{}/{key}", self.account())
    }

    fn account(self) -> String {
        self.session.with_untracked(|session| match session {
            Session::In(who) => who.address.clone(),
            _ => String::new(),
        })
    }
}

//! Compose windows: opening, closing, discarding, sending. Saving is in [`super::drafts`],
//! attachments in [`super::uploads`].

use super::{App, Dialog, Notice};
use crate::state::address::shown;
use crate::state::compositions::Compositions;
use crate::state::draft::{Collision, Composition, Phase};
use crate::state::failure::Failure;
use crate::state::mailto;
use crate::state::reply::{ReplyKind, written};
use crate::web::page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use wire::{Contact, Draft, MessageView, Problem, Request, Response};

/// A compose window, identified by the number of its message in [`App::compositions`]. Cheap to
/// copy.
#[derive(Clone, Copy)]
pub struct ComposeWindow {
    /// The application.
    pub app: App,
    /// [`Composition::number`].
    pub number: u32,
}

/// The questions that the user has answered before sending, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answered {
    /// None.
    Nothing,
    /// Whether to send without a subject.
    Subject,
    /// Whether to send without the mentioned attachment.
    Attachment,
}

impl App {
    /// Starts a new message in a window of its own.
    pub fn compose(self, to: Vec<Contact>) {
        let blank = self.compositions.with_untracked(|all| all.blank_window());
        if let Some(number) = blank.filter(|_| to.is_empty()) {
            self.window(number).show();
            return;
        }
        let signature = self.prefs.with_untracked(|prefs| prefs.signature.clone());
        self.begin_composition(Composition::new(to, &signature));
    }

    /// Starts a message from a `mailto:` link. Other messages being written stay open.
    pub fn compose_link(self, link: &str) {
        match mailto::read(link) {
            Some(draft) if draft != Draft::default() => {
                let signature = self.prefs.with_untracked(|prefs| prefs.signature.clone());
                self.begin_composition(Composition::linked(draft, &signature));
            }
            _ => self.compose(Vec::new()),
        }
    }

    /// Replies to or forwards a message.
    pub fn answer(self, message: &MessageView, how: ReplyKind) {
        let t = self.t;
        let me = untrack(|| self.identities());
        let intro = untrack(|| {
            let date = t.date_long(message.sent.unwrap_or(message.row.date));
            match how {
                ReplyKind::Forward => {
                    let (from, to) = (written(&message.from), written(&message.to));
                    let mut intro = t.forwarded_intro(&from, &date, &message.row.subject, &to);
                    if !message.cc.is_empty() {
                        let copies = t.forwarded_copies(&written(&message.cc));
                        intro.push_str(&format!("\n{copies}"));
                    }
                    intro
                }
                ReplyKind::Reply | ReplyKind::All => {
                    let who = message.from.first().map(shown).unwrap_or_default();
                    t.quoted_intro(&who, &date)
                }
            }
        });
        let signature = self.prefs.with_untracked(|prefs| prefs.signature.clone());
        self.begin_composition(Composition::answer(message, how, &me, &intro, &signature));
    }

    /// Opens a stored draft for editing.
    pub fn open_draft(self, id: StoredMessageId) {
        let known = self.compositions.with_untracked(|all| all.window_of(id));
        if let Some(number) = known {
            self.window(number).show();
            return;
        }
        self.call_or_notify(Request::Open { id }, move |answer| {
            let Response::Opened(draft) = answer else {
                return;
            };
            let shown = self.compositions.try_update(|all| all.show_draft(&draft));
            if shown != Some(true) {
                self.begin_composition(Composition::opened(*draft));
            }
        });
    }

    fn begin_composition(self, mut composition: Composition) {
        if composition.draft.key.is_empty() {
            composition.draft.key = page::random_name();
        }
        composition.draft.window = page::random_name();
        self.save_all();
        self.drawer.set(false);
        self.compositions.update(|all| {
            all.add(composition);
        });
    }

    /// The window with this number.
    pub fn window(self, number: u32) -> ComposeWindow {
        ComposeWindow { app: self, number }
    }

    /// The open window.
    pub fn open_window(self) -> Option<ComposeWindow> {
        let number = self.compositions.with_untracked(|all| all.open_number())?;
        Some(self.window(number))
    }

    /// Focuses the message, or else the list, after a window is closed.
    fn focus_behind_windows(self) {
        page::focus_soon(move || {
            if !page::focus(".reading:not([hidden]) h1[tabindex]") {
                self.focus_list();
            }
        });
    }

    /// Restores a discarded message.
    pub fn undo_discard(self, mut composition: Composition) {
        composition.edit(|draft| draft.stored = None);
        let number = self.compositions.try_update(|all| all.add(composition));
        if let Some(number) = number {
            self.window(number).keep_soon();
            self.window(number).save();
        }
    }

    /// The addresses that the user may send from; tracked.
    pub fn identities(self) -> Vec<String> {
        self.welcome
            .with(|w| w.as_ref().map_or_else(Vec::new, |w| w.identities.clone()))
    }

    fn message_bytes_max(self) -> u64 {
        self.welcome
            .with(|w| w.as_ref().map_or(0, |w| w.message_bytes_max))
    }
}

impl ComposeWindow {
    /// Reads the message; tracked. The default value if the window is closed.
    pub fn with<T: Default>(self, read: impl FnOnce(&Composition) -> T) -> T {
        self.app
            .compositions
            .with(|all| all.get(self.number).map(read).unwrap_or_default())
    }

    /// Reads the message, untracked. The default value if the window is closed.
    pub fn with_untracked<T: Default>(self, read: impl FnOnce(&Composition) -> T) -> T {
        self.app
            .compositions
            .with_untracked(|all| all.get(self.number).map(read).unwrap_or_default())
    }

    /// Changes the message, if the window still exists.
    pub(super) fn update<T>(self, change: impl FnOnce(&mut Composition) -> T) -> Option<T> {
        self.app
            .compositions
            .try_update(|all| all.get_mut(self.number).map(change))
            .flatten()
    }

    /// Edits the draft, stores it on the device and schedules the autosave.
    pub fn edit(self, change: impl FnOnce(&mut Draft)) {
        self.update(|composition| composition.edit(change));
        self.keep_soon();
    }

    /// Whether the message is being sent; tracked. What was typed then would not be sent, and be
    /// lost with the window.
    pub fn is_sending(self) -> bool {
        self.with(|c| c.phase == Phase::Sending)
    }

    /// Whether this is the open window; tracked.
    pub fn is_open(self) -> bool {
        self.app
            .compositions
            .with(|all| all.open_number() == Some(self.number))
    }

    /// The size limit of a message in bytes; tracked.
    pub fn bytes_max(self) -> u64 {
        self.app.message_bytes_max()
    }

    /// Opens the window and minimises the one open before.
    pub fn show(self) {
        self.app.compositions.update(|all| all.show(self.number));
        let field = format!("#compose-{} [data-first]", self.number);
        page::focus_soon(move || {
            page::focus(&field);
        });
    }

    /// Minimises the window.
    pub fn minimise(self) {
        self.save();
        self.app.compositions.update(|all| all.minimise());
        self.app.focus_behind_windows();
    }

    /// Closes the window. The message is kept until it is saved.
    pub fn close(self) {
        // A message that needs a decision of the user is minimised instead.
        let (undecided, obsolete) = self.with_untracked(|c| {
            let elsewhere = matches!(c.collision, Some(Collision::Sent | Collision::Deleted));
            let obsolete = elsewhere && !c.is_unsaved();
            (c.phase == Phase::Sending || c.collision.is_some(), obsolete)
        });
        if obsolete {
            self.drop_version();
            return;
        }
        if undecided {
            self.minimise();
            return;
        }
        let app = self.app;
        let (blank, key) = self.with_untracked(|c| (c.is_blank(), c.draft.key.clone()));
        let done = app
            .compositions
            .try_update(|all| all.close(self.number))
            .unwrap_or(true);
        if done {
            app.forget_copy(&key);
            if !blank {
                app.notify(Notice::DraftSaved);
            }
        } else {
            self.keep(false);
            self.save();
        }
        app.focus_behind_windows();
    }

    /// Discards the message: it goes to Trash, and the discard can be undone.
    pub fn discard(self) {
        let app = self.app;
        if self.with_untracked(|c| c.phase == Phase::Sending) {
            return;
        }
        self.cancel_uploads();
        let Some(mut composition) = app
            .compositions
            .try_update(|all| all.take(self.number))
            .flatten()
        else {
            return;
        };
        app.focus_behind_windows();
        let key = composition.draft.key.clone();
        // A save in progress leaves a draft even if the text has been removed since.
        if composition.is_blank() && !composition.is_saving() {
            app.forget_copy(&key);
            return;
        }
        composition.discarded();
        let draft = composition.outgoing();
        spawn_local(async move {
            // The copy on the device is kept until the message is in Trash; after a failure it
            // opens again with the next sign-in.
            match app.call(Request::Discard { draft }).await {
                Ok(_) => {
                    let is_open = |all: &Compositions| all.iter().any(|c| c.draft.key == key);
                    if !app.compositions.with_untracked(is_open) {
                        app.forget_copy(&key);
                    }
                }
                Err(failure) => {
                    app.notify(Notice::Failed(failure));
                }
            }
        });
        app.notify(Notice::Discarded(Box::new(composition)));
    }

    /// Sends the message unless something blocks it or a question to the user is still open.
    pub fn send(self, answered: Answered) {
        let app = self.app;
        let max = untrack(|| self.bytes_max());
        let ready = self.with_untracked(|c| {
            let free =
                c.phase != Phase::Sending && c.collision.is_none() && c.send_blocker(max).is_none();
            free.then(|| (c.outgoing(), c.promises_attachment()))
        });
        let Some((mut draft, promised)) = ready else {
            return;
        };
        draft.language = app.t.0.get_untracked().tag().to_owned();
        if draft.subject.trim().is_empty() && answered < Answered::Subject {
            app.show(Dialog::EmptySubject(self.number));
            return;
        }
        if promised && answered < Answered::Attachment {
            app.show(Dialog::MissingAttachment(self.number));
            return;
        }
        self.update(Composition::send_begun);
        let key = draft.key.clone();
        spawn_local(async move {
            let failure = match app.call(Request::Send { draft }).await {
                Ok(Response::Sent(sent)) => {
                    app.forget_copy(&key);
                    app.announce(app.t.message_sent.to_owned());
                    app.notify(Notice::Sent(sent.journey));
                    app.compositions.update(|all| drop(all.take(self.number)));
                    app.focus_behind_windows();
                    return;
                }
                Ok(_) => Failure::Problem(Problem::Malformed),
                Err(failure) => failure,
            };
            self.update(|c| c.send_failed(failure));
            let text = format!("#compose-{} textarea", self.number);
            page::focus_if_lost(move || {
                page::focus(&text);
            });
        });
    }

    /// Resolves a collision in favour of this version.
    pub fn keep_mine(self) {
        self.update(Composition::keep_mine);
        self.save();
    }

    /// Resolves a collision in favour of the other version.
    pub fn keep_theirs(self) {
        self.update(Composition::keep_theirs);
        self.app
            .forget_copy(&self.with_untracked(|c| c.draft.key.clone()));
    }

    /// Resolves a collision by keeping this version as a separate message.
    pub fn keep_both(self) {
        let before = self.with_untracked(|c| c.draft.key.clone());
        self.update(|c| c.keep_both(page::random_name()));
        self.keep_soon();
        self.app.forget_copy(&before);
        self.save();
    }

    /// Drops this version, since the message was sent or deleted elsewhere.
    pub fn drop_version(self) {
        let key = self.with_untracked(|c| c.draft.key.clone());
        self.cancel_uploads();
        self.app
            .compositions
            .update(|all| drop(all.take(self.number)));
        self.app.forget_copy(&key);
        self.app.focus_behind_windows();
    }
}

//! Page-wide keyboard shortcuts. Fields, dialogs and lists handle their own keys first.

use super::{App, Dialog, MessageState};
use crate::bind::listen;
use crate::state::keys::{Action, Keyboard};
use crate::state::place::Mail;
use crate::state::reply::ReplyKind;
use crate::web::page;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use mail::{SpecialUse, StoredMessageId};

impl App {
    /// Handles shortcuts while the view exists.
    pub fn listen_to_keys(self) {
        let keyboard = StoredValue::new(Keyboard::default());
        listen("keydown", move |event: KeyboardEvent| {
            let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
            let off = !self.prefs.with_untracked(|prefs| prefs.shortcuts);
            if event.default_prevented()
                || page::is_composing(&event)
                || modified
                || self.dialog.with_untracked(Option::is_some)
            {
                return;
            }
            if event.key() == "Escape" {
                self.escape(&event);
            } else if !off && !page::typing() {
                let action = keyboard
                    .try_update_value(|k| k.press(&event.key(), page::now_ms()))
                    .flatten();
                if action.is_some_and(|action| self.act(action)) {
                    event.prevent_default();
                }
            }
        });
    }

    /// Escape leaves the innermost context.
    fn escape(self, event: &KeyboardEvent) {
        let in_compose =
            page::focused().is_some_and(|e| e.closest(".compose").ok().flatten().is_some());
        if in_compose {
            if let Some(window) = self.open_window() {
                window.close();
            }
        } else if self.drawer.get_untracked() {
            self.drawer.set(false);
        } else if page::typing() {
            // Not deferred, since the next key is a shortcut again.
            if !super::message_pane::focus_row() {
                self.focus_list();
            }
        } else if !self
            .selection
            .with_untracked(crate::state::selection::Selection::is_empty)
        {
            self.selection
                .update(crate::state::selection::Selection::clear);
        } else if self.reading.with_untracked(|r| r.id().is_some()) {
            self.leave_message();
        } else {
            return;
        }
        event.prevent_default();
    }

    /// Goes back from the journey to the message, or from the message to the list.
    fn leave_message(self) {
        match self.mail_now() {
            Some(mail) if mail.journey => self.go(&mail.at(mail.message)),
            _ => self.close_message(),
        }
    }

    /// Performs an action; returns false if it does not apply here.
    pub fn act(self, action: Action) -> bool {
        let among_messages = self.mail_now().is_some();
        match action {
            Action::Compose => self.compose(Vec::new()),
            Action::Help => self.show(Dialog::Help),
            Action::GoInbox => self.go_to_list(&Mail::folder("inbox")),
            Action::GoSent => self.go_to_list(&Mail::folder("sent")),
            Action::GoDrafts => self.go_to_list(&Mail::folder("drafts")),
            Action::GoArchive => self.go_to_list(&Mail::folder("archive")),
            Action::GoStarred => self.go_to_list(&Mail::search("is:flagged", None)),
            Action::Undo => self.undo_newest(),
            Action::Search => return page::focus(".search input"),
            _ if !among_messages || self.mail_now().is_some_and(|m| m.journey) => return false,
            Action::Next => self.step(1),
            Action::Previous => self.step(-1),
            Action::Open => return self.open_cursor(),
            Action::Back => self.leave_message(),
            Action::Reply => return self.answer_open(ReplyKind::Reply),
            Action::ReplyAll => return self.answer_open(ReplyKind::All),
            Action::Forward => return self.answer_open(ReplyKind::Forward),
            Action::Journey => return self.open_journey(),
            _ => return self.act_on(action, &self.targets()),
        }
        true
    }

    /// Opens another list and focuses its pane until the rows are loaded.
    fn go_to_list(self, mail: &Mail) {
        self.go(mail);
        if !page::focus("#list") {
            // Coming from another page, the pane must be shown first.
            page::focus_soon(|| {
                page::focus("#list");
            });
        }
    }

    fn act_on(self, action: Action, ids: &[StoredMessageId]) -> bool {
        if ids.is_empty() {
            return false;
        }
        match action {
            Action::Select => {
                let at = self
                    .selection
                    .with_untracked(|s| s.cursor)
                    .or_else(|| ids.first().copied());
                if let Some(id) = at {
                    self.selection.update(|s| s.toggle(id));
                }
            }
            Action::Archive => self.move_to_special(ids, SpecialUse::Archive),
            Action::Trash => self.trash(ids),
            Action::Junk => self.junk(ids),
            Action::Move => self.show(Dialog::Move(ids.to_vec())),
            Action::Star => self.star(ids),
            Action::Read => self.mark_read(ids, true),
            Action::Unread => self.mark_read(ids, false),
            _ => return false,
        }
        true
    }

    /// Moves the cursor by one row. If a message is open, opens that row's message.
    pub fn step(self, by: isize) {
        let cursor = self.selection.with_untracked(|s| s.cursor);
        let next = self.rows.with_untracked(|rows| {
            match cursor.filter(|id| rows.index_of(*id).is_some()) {
                Some(id) => rows.neighbour(id, by),
                None => rows.get(0).map(|row| row.id),
            }
        });
        let Some(next) = next else { return };
        self.selection.update(|s| s.cursor = Some(next));
        if self.reading.with_untracked(|r| r.id().is_some()) {
            self.open(next);
        } else {
            self.focus_list();
        }
    }

    /// Opens a message of the list; a draft opens in the compose window.
    pub fn open(self, id: StoredMessageId) {
        let draft = self.rows.with_untracked(|rows| {
            rows.row(id)
                .is_some_and(|row| row.flags.has(mail::flags::DRAFT))
        });
        if draft || untrack(|| self.folder_kind()) == wire::FolderKind::Special(SpecialUse::Drafts)
        {
            self.open_draft(id);
        } else if let Some(mail) = self.mail_now() {
            self.go(&mail.at(Some(id)));
        }
    }

    fn open_cursor(self) -> bool {
        // Enter on a button or link activates it instead.
        let elsewhere = page::focused()
            .is_some_and(|e| matches!(e.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY" | "INPUT"));
        let cursor = self.selection.with_untracked(|s| s.cursor);
        if let Some(id) = cursor.filter(|_| !elsewhere) {
            self.open(id);
        }
        !elsewhere && cursor.is_some()
    }

    fn answer_open(self, how: ReplyKind) -> bool {
        let MessageState::Open(message) = self.reading.get_untracked() else {
            return false;
        };
        self.answer(&message, how);
        true
    }

    fn open_journey(self) -> bool {
        let known = self.reading.with_untracked(
            |r| matches!(r, MessageState::Open(message) if message.journey.is_some()),
        );
        if let Some(mail) = self.mail_now().filter(|_| known) {
            self.go(&Mail {
                journey: true,
                ..mail
            });
        }
        known
    }
}

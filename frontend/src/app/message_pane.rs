//! The open message: loading, a small cache, marking as read.

use super::{App, Link};
use crate::state::failure::Failure;
use crate::web::page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use mail::flags::SEEN;
use std::sync::Arc;
use wire::{MessageView, Problem, Request, Response, Row};

/// Number of recently opened messages to cache.
const MESSAGES_KEPT_MAX: usize = 24;

/// The state of the message pane.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageState {
    /// No message is open.
    Empty,
    /// Loading.
    Loading(StoredMessageId),
    /// Open.
    Open(Arc<MessageView>),
    /// Loading failed.
    Failed(StoredMessageId, Failure),
}

impl MessageState {
    /// The message that is open or loading.
    pub fn id(&self) -> Option<StoredMessageId> {
        match self {
            MessageState::Empty => None,
            MessageState::Loading(id) | MessageState::Failed(id, _) => Some(*id),
            MessageState::Open(message) => Some(message.row.id),
        }
    }
}

impl App {
    /// Opens the message in the address bar.
    pub fn open_message(self, id: Option<StoredMessageId>) {
        let Some(id) = id else {
            self.reading.set(MessageState::Empty);
            return;
        };
        if self.reading.with_untracked(
            |reading| matches!(reading, MessageState::Open(message) if message.row.id == id),
        ) {
            return;
        }
        if self.rows.with_untracked(|rows| rows.index_of(id).is_some()) {
            self.selection
                .update(|selection| selection.cursor = Some(id));
        }
        if let Some(kept) = self
            .messages
            .with_value(|messages| messages.iter().find(|l| l.row.id == id).cloned())
        {
            self.take_message(kept);
            return;
        }
        self.reading.set(MessageState::Loading(id));
        spawn_local(async move {
            let answer = self.call(Request::Message { id }).await;
            if self
                .reading
                .with_untracked(|reading| reading.id() != Some(id))
            {
                return;
            }
            match answer {
                Ok(Response::Message(message)) => {
                    let message = Arc::new(*message);
                    self.messages.update_value(|messages| {
                        messages.insert(0, message.clone());
                        messages.truncate(MESSAGES_KEPT_MAX);
                    });
                    self.take_message(message);
                }
                Ok(_) => self
                    .reading
                    .set(MessageState::Failed(id, Problem::Malformed.into())),
                Err(failure) => self.reading.set(MessageState::Failed(id, failure)),
            }
        });
    }

    fn take_message(self, message: Arc<MessageView>) {
        let id = message.row.id;
        let known = self
            .rows
            .with_untracked(|rows| rows.row(id).map(|row| row.flags.clone()));
        let seen = known.as_ref().unwrap_or(&message.row.flags).has(SEEN);
        self.reading.set(MessageState::Open(message));
        if !seen {
            self.flag(&[id], &["\\Seen"], &[]);
        }
    }

    /// Reloads the message after a failure.
    pub fn retry_message(self) {
        let id = self.reading.with_untracked(MessageState::id);
        self.reading.set(MessageState::Empty);
        self.open_message(id);
    }

    /// Closes the message and focuses its row.
    pub fn close_message(self) {
        if let Some(mail) = self.mail_now() {
            self.go(&mail.at(None));
        }
        self.focus_list();
    }

    /// Focuses the row under the cursor after the next rendering.
    pub fn focus_list(self) {
        page::focus_soon(|| {
            focus_row();
        });
    }

    /// Updates the open message after its row changed.
    pub(super) fn refresh_message(self, row: &Row) {
        let refreshed = |message: &Arc<MessageView>| {
            let mut message = message.clone();
            Arc::make_mut(&mut message).row = row.clone();
            message
        };
        self.messages.update_value(|messages| {
            for message in messages
                .iter_mut()
                .filter(|message| message.row.id == row.id)
            {
                *message = refreshed(message);
            }
        });
        if self.reading.with_untracked(|reading| matches!(reading, MessageState::Open(message) if message.row.id == row.id && message.row != *row))
        {
            self.reading.update(|reading| {
                if let MessageState::Open(message) = reading {
                    *message = refreshed(message);
                }
            });
        }
    }

    /// Whether the connection is up.
    pub fn is_up(self) -> bool {
        self.link.get() == Link::Up
    }
}

/// Focuses the row under the cursor, or else the list; returns false if neither is shown.
pub(super) fn focus_row() -> bool {
    page::focus(".row[tabindex='0']") || page::focus(".rows")
}

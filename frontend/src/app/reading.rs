//! The open message: fetched, kept for coming back, marked as read.

use super::{App, Link};
use crate::state::draft::Failure;
use crate::web::page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use mail::flags::SEEN;
use std::sync::Arc;
use wire::{MessageView, Problem, Request, Response, Row};

/// The messages that were read last are kept, so that going back and forth asks nothing.
const MESSAGES_KEPT_MAX: usize = 24;

/// What the message pane shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// No message is open.
    Nothing,
    /// It is being fetched.
    Loading(StoredMessageId),
    /// It is open.
    Open(Arc<MessageView>),
    /// It could not be fetched.
    Failed(StoredMessageId, Failure),
}

impl Reading {
    /// The message that is open or about to be.
    pub fn id(&self) -> Option<StoredMessageId> {
        match self {
            Reading::Nothing => None,
            Reading::Loading(id) | Reading::Failed(id, _) => Some(*id),
            Reading::Open(message) => Some(message.row.id),
        }
    }
}

impl App {
    /// Shows the message that the address names.
    pub fn open_message(self, id: Option<StoredMessageId>) {
        let Some(id) = id else {
            self.reading.set(Reading::Nothing);
            return;
        };
        if self.reading.with_untracked(
            |reading| matches!(reading, Reading::Open(message) if message.row.id == id),
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
        self.reading.set(Reading::Loading(id));
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
                    .set(Reading::Failed(id, Problem::Malformed.into())),
                Err(failure) => self.reading.set(Reading::Failed(id, failure)),
            }
        });
    }

    fn take_message(self, message: Arc<MessageView>) {
        let id = message.row.id;
        let known = self
            .rows
            .with_untracked(|rows| rows.row(id).map(|row| row.flags.clone()));
        let seen = known.as_ref().unwrap_or(&message.row.flags).has(SEEN);
        self.reading.set(Reading::Open(message));
        if !seen {
            self.flag(&[id], &["\\Seen"], &[]);
        }
    }

    /// Fetches the message again after it failed.
    pub fn retry_message(self) {
        let id = self.reading.with_untracked(Reading::id);
        self.reading.set(Reading::Nothing);
        self.open_message(id);
    }

    /// Leaves the message for its list; the keyboard goes back to the row.
    pub fn close_message(self) {
        if let Some(mail) = self.mail_now() {
            self.go(&mail.at(None));
        }
        self.focus_list();
    }

    /// Gives the keyboard to the row under the cursor, once it is drawn.
    pub fn focus_list(self) {
        page::focus_soon(|| {
            focus_row();
        });
    }

    /// A row changed: the open message shows the same flags.
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
        if self.reading.with_untracked(|reading| matches!(reading, Reading::Open(message) if message.row.id == row.id && message.row != *row))
        {
            self.reading.update(|reading| {
                if let Reading::Open(message) = reading {
                    *message = refreshed(message);
                }
            });
        }
    }

    /// Whether the server can be asked now.
    pub fn is_up(self) -> bool {
        self.link.get() == Link::Up
    }
}

/// Gives the keyboard to the row under the cursor, or else to the list; false where neither is
/// shown.
pub(super) fn focus_row() -> bool {
    page::focus(".row[tabindex='0']") || page::focus(".rows")
}

//! The open letter: fetched, kept for coming back, marked as read.

use super::{App, Link};
use crate::state::draft::Failure;
use crate::web::page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::MessageId;
use mail::flags::SEEN;
use std::sync::Arc;
use wire::{Answer, Ask, LetterView, Problem, Row};

/// The letters that were read last are kept, so that going back and forth asks nothing.
const LETTERS_KEPT_MAX: usize = 24;

/// What the letter pane shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// No letter is open.
    Nothing,
    /// It is being fetched.
    Loading(MessageId),
    /// It is open.
    Open(Arc<LetterView>),
    /// It could not be fetched.
    Failed(MessageId, Failure),
}

impl Reading {
    /// The letter that is open or about to be.
    pub fn id(&self) -> Option<MessageId> {
        match self {
            Reading::Nothing => None,
            Reading::Loading(id) | Reading::Failed(id, _) => Some(*id),
            Reading::Open(letter) => Some(letter.row.id),
        }
    }
}

impl App {
    /// Shows the letter that the address names.
    pub fn open_letter(self, id: Option<MessageId>) {
        let Some(id) = id else {
            self.reading.set(Reading::Nothing);
            return;
        };
        if self.reading.with_untracked(
            |reading| matches!(reading, Reading::Open(letter) if letter.row.id == id),
        ) {
            return;
        }
        if self.rows.with_untracked(|rows| rows.index_of(id).is_some()) {
            self.selection
                .update(|selection| selection.cursor = Some(id));
        }
        if let Some(kept) = self
            .letters
            .with_value(|letters| letters.iter().find(|l| l.row.id == id).cloned())
        {
            self.take_letter(kept);
            return;
        }
        self.reading.set(Reading::Loading(id));
        spawn_local(async move {
            let answer = self.call(Ask::Letter { id }).await;
            if self
                .reading
                .with_untracked(|reading| reading.id() != Some(id))
            {
                return;
            }
            match answer {
                Ok(Answer::Letter(letter)) => {
                    let letter = Arc::new(*letter);
                    self.letters.update_value(|letters| {
                        letters.insert(0, letter.clone());
                        letters.truncate(LETTERS_KEPT_MAX);
                    });
                    self.take_letter(letter);
                }
                Ok(_) => self
                    .reading
                    .set(Reading::Failed(id, Problem::Malformed.into())),
                Err(failure) => self.reading.set(Reading::Failed(id, failure)),
            }
        });
    }

    fn take_letter(self, letter: Arc<LetterView>) {
        let id = letter.row.id;
        let known = self
            .rows
            .with_untracked(|rows| rows.row(id).map(|row| row.flags.clone()));
        let seen = known.as_ref().unwrap_or(&letter.row.flags).has(SEEN);
        self.reading.set(Reading::Open(letter));
        if !seen {
            self.flag(&[id], &["\\Seen"], &[]);
        }
    }

    /// Fetches the letter again after it failed.
    pub fn retry_letter(self) {
        let id = self.reading.with_untracked(Reading::id);
        self.reading.set(Reading::Nothing);
        self.open_letter(id);
    }

    /// Leaves the letter for its list; the keyboard goes back to the row.
    pub fn close_letter(self) {
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

    /// A row changed: the open letter shows the same flags.
    pub(super) fn refresh_letter(self, row: &Row) {
        let refreshed = |letter: &Arc<LetterView>| {
            let mut letter = letter.clone();
            Arc::make_mut(&mut letter).row = row.clone();
            letter
        };
        self.letters.update_value(|letters| {
            for letter in letters.iter_mut().filter(|letter| letter.row.id == row.id) {
                *letter = refreshed(letter);
            }
        });
        if self.reading.with_untracked(|reading| matches!(reading, Reading::Open(letter) if letter.row.id == row.id && letter.row != *row))
        {
            self.reading.update(|reading| {
                if let Reading::Open(letter) = reading {
                    *letter = refreshed(letter);
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

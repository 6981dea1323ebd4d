//! All messages being written in the tab: one window each, of which at most one is open and the
//! others are minimised. Replies of the server are matched by the message's key and never change
//! another message; a closed message is kept until it is saved.

use super::draft::Composition;
use super::failure::Failure;
use mail::StoredMessageId;
use wire::{Draft, DraftStatus};

/// What to do after a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A closed message was saved and removed.
    pub finished: bool,
    /// A closed message could not be saved; its window is open again.
    pub reopened: bool,
    /// There are newer changes to save.
    pub again: bool,
}

/// The messages being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compositions {
    all: Vec<Composition>,
    open: Option<u32>,
    last_number: u32,
}

impl Compositions {
    /// Adds a message in an open window and minimises the window open before. Returns its number.
    pub fn add(&mut self, mut composition: Composition) -> u32 {
        self.last_number += 1;
        composition.number = self.last_number;
        if !composition.closed {
            self.open = Some(composition.number);
        }
        self.all.push(composition);
        self.last_number
    }

    /// The number of the open window.
    pub fn open_number(&self) -> Option<u32> {
        self.open
    }

    /// The messages that have a window, oldest first.
    pub fn windows(&self) -> impl Iterator<Item = &Composition> {
        self.all.iter().filter(|c| !c.closed)
    }

    /// All messages, including closed ones that are not saved yet.
    pub fn iter(&self) -> impl Iterator<Item = &Composition> {
        self.all.iter()
    }

    /// The message of a window.
    pub fn get(&self, number: u32) -> Option<&Composition> {
        self.all.iter().find(|c| c.number == number)
    }

    /// The message of a window, mutable.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut Composition> {
        self.all.iter_mut().find(|c| c.number == number)
    }

    fn by_key(&mut self, key: &str) -> Option<&mut Composition> {
        self.all.iter_mut().find(|c| c.draft.key == key)
    }

    /// The window of a stored draft.
    pub fn window_of(&self, stored: StoredMessageId) -> Option<u32> {
        let of = |c: &&Composition| c.draft.stored == Some(stored);
        self.all.iter().find(of).map(|c| c.number)
    }

    /// The window of a new message without any content.
    pub fn blank_window(&self) -> Option<u32> {
        let blank = |c: &&Composition| {
            c.is_blank() && c.draft.answers.is_none() && c.draft.forwards.is_none()
        };
        self.windows()
            .filter(|c| c.draft.to.is_empty())
            .find(blank)
            .map(|c| c.number)
    }

    /// Opens a window and minimises the one open before. A closed message gets its window back.
    pub fn show(&mut self, number: u32) {
        if let Some(composition) = self.get_mut(number) {
            composition.closed = false;
            self.open = Some(number);
        }
    }

    /// Opens the window of this draft, matched by key, if there is one. Returns whether there is.
    pub fn show_draft(&mut self, draft: &Draft) -> bool {
        let number = self
            .all
            .iter()
            .find(|c| !draft.key.is_empty() && c.draft.key == draft.key)
            .map(|c| c.number);
        if let Some(number) = number {
            self.show(number);
        }
        number.is_some()
    }

    /// Minimises the open window.
    pub fn minimise(&mut self) {
        self.open = None;
    }

    /// Closes a window. Returns true if the message was removed, being blank or saved; otherwise it
    /// is kept until it is saved.
    pub fn close(&mut self, number: u32) -> bool {
        if self.open == Some(number) {
            self.open = None;
        }
        let Some(composition) = self.get_mut(number) else {
            return true;
        };
        // A failed upload has been shown to the user and can be dropped.
        composition.uploads.retain(|upload| upload.failed.is_none());
        composition.closed = true;
        let done = composition.is_blank() || composition.is_settled();
        if done {
            self.take(number);
        }
        done
    }

    /// Removes a message that was sent or discarded.
    pub fn take(&mut self, number: u32) -> Option<Composition> {
        if self.open == Some(number) {
            self.open = None;
        }
        let at = self.all.iter().position(|c| c.number == number)?;
        Some(self.all.remove(at))
    }

    /// Applies the result of a save to the message with this key.
    pub fn save_ended(
        &mut self,
        key: &str,
        revision: u64,
        result: Result<StoredMessageId, Failure>,
    ) -> Outcome {
        let lost = result == Err(Failure::ConnectionLost);
        let Some(composition) = self.by_key(key) else {
            return Outcome::default();
        };
        composition.save_ended(revision, result);
        let failed = composition.save_failure.is_some() || composition.collision.is_some();
        let number = composition.number;
        let again = composition.is_unsaved() && !failed;
        if !composition.closed {
            return Outcome {
                again,
                ..Outcome::default()
            };
        }
        let finished = composition.is_settled();
        // After a lost connection the save is repeated automatically.
        let reopened = failed && !lost;
        if finished {
            self.take(number);
        } else if reopened {
            composition.closed = false;
        }
        Outcome {
            finished,
            reopened,
            again,
        }
    }

    /// Applies the status of the stored version to the message with this key.
    pub fn checked(&mut self, key: &str, status: DraftStatus) {
        if let Some(composition) = self.by_key(key) {
            composition.checked(status);
            // A collision needs the user's decision, so the window is shown again.
            composition.closed &= composition.collision.is_none();
        }
    }

    /// Whether nothing remains to be saved.
    pub fn is_settled(&self) -> bool {
        self.all.iter().all(|c| c.is_blank() || c.is_settled())
    }

    /// Removes all messages when the session ends.
    pub fn clear(&mut self) {
        self.all.clear();
        self.open = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::Collision;
    use super::*;
    use wire::Problem;

    /// A message with this key, subject and text.
    fn message(key: &str) -> Composition {
        let mut c = Composition::new(Vec::new(), "");
        c.draft.key = key.into();
        c.edit(|d| d.text = format!("text of {key}"));
        c
    }

    fn two() -> (Compositions, u32, u32) {
        let mut all = Compositions::default();
        let (a, b) = (all.add(message("a")), all.add(message("b")));
        (all, a, b)
    }

    fn begin(all: &mut Compositions, number: u32) -> u64 {
        all.get_mut(number).unwrap().begin_save().unwrap().1
    }

    #[test]
    fn one_window_is_open_and_the_others_are_minimised() {
        let (mut all, a, b) = two();
        assert_eq!((all.open_number(), all.windows().count()), (Some(b), 2));
        all.show(a);
        assert_eq!(all.open_number(), Some(a));
        all.minimise();
        assert_eq!((all.open_number(), all.windows().count()), (None, 2));
        all.show(b);
        all.close(a);
        assert_eq!(
            all.open_number(),
            Some(b),
            "closing a minimised window opens nothing"
        );
    }

    #[test]
    fn late_reply_changes_only_the_message_with_its_key() {
        let mut all = Compositions::default();
        let a = all.add(message("a"));
        let revision = begin(&mut all, a);
        // Another message is started before the first one is saved.
        let b = all.add(message("b"));
        all.save_ended("a", revision, Ok(StoredMessageId(1)));
        assert_eq!(all.get(a).unwrap().draft.stored, Some(StoredMessageId(1)));
        assert_eq!(all.get(b).unwrap().draft.stored, None);
        assert!(all.get(b).unwrap().is_unsaved());
        // The reply for a discarded message changes nothing.
        let revision = begin(&mut all, b);
        all.take(b);
        let before = all.clone();
        all.save_ended("b", revision, Ok(StoredMessageId(2)));
        assert_eq!(all, before);
    }

    #[test]
    fn closed_message_is_kept_until_its_last_revision_is_saved() {
        let (mut all, a, _) = two();
        let revision = begin(&mut all, a);
        all.get_mut(a).unwrap().edit(|d| d.text.push('!'));
        assert!(!all.close(a));
        assert_eq!((all.windows().count(), all.iter().count()), (1, 2));
        let outcome = all.save_ended("a", revision, Ok(StoredMessageId(1)));
        assert!(outcome.again && !outcome.finished);
        let revision = begin(&mut all, a);
        let outcome = all.save_ended("a", revision, Ok(StoredMessageId(2)));
        assert!(outcome.finished);
        assert_eq!(all.iter().count(), 1);
    }

    #[test]
    fn closing_a_blank_or_saved_message_removes_it() {
        let (mut all, a, _) = two();
        let revision = begin(&mut all, a);
        all.save_ended("a", revision, Ok(StoredMessageId(1)));
        assert!(all.close(a));
        let blank = all.add(Composition::new(Vec::new(), "Lin"));
        assert!(all.close(blank));
        assert_eq!(all.iter().count(), 1);
    }

    #[test]
    fn closed_message_that_cannot_be_saved_is_shown_again() {
        let (mut all, a, b) = two();
        let revision = begin(&mut all, a);
        all.close(a);
        let outcome = all.save_ended("a", revision, Err(Problem::Quota.into()));
        assert!(outcome.reopened && all.windows().any(|c| c.number == a));
        assert_eq!(all.open_number(), Some(b), "minimised");
        all.close(a);
        let revision = begin(&mut all, a);
        let outcome = all.save_ended("a", revision, Err(Failure::ConnectionLost));
        assert_eq!(outcome, Outcome::default(), "it waits for the connection");
        assert!(!all.is_settled());
    }

    #[test]
    fn conflict_is_shown_in_its_own_window() {
        let (mut all, a, b) = two();
        let revision = begin(&mut all, a);
        let other = Box::new(message("a").draft);
        all.save_ended(
            "a",
            revision,
            Err(Problem::DraftConflict(other.clone()).into()),
        );
        assert_eq!(
            all.get(a).unwrap().collision,
            Some(Collision::Changed(other))
        );
        assert_eq!(all.get(b).unwrap().collision, None);
    }

    #[test]
    fn collision_reopens_the_window_of_a_closed_message() {
        let (mut all, a, _) = two();
        all.close(a);
        all.checked("a", DraftStatus::Changed(Box::new(message("a").draft)));
        assert!(all.windows().any(|c| c.number == a));
    }

    #[test]
    fn running_upload_keeps_a_closed_message() {
        let (mut all, a, _) = two();
        let revision = begin(&mut all, a);
        all.save_ended("a", revision, Ok(StoredMessageId(1)));
        all.get_mut(a).unwrap().upload("boat.jpg", 10);
        assert!(!all.close(a));
        assert!(all.get(a).is_some());
    }

    #[test]
    fn a_draft_is_opened_once() {
        let (mut all, a, _) = two();
        assert!(all.show_draft(&message("a").draft));
        assert_eq!((all.open_number(), all.windows().count()), (Some(a), 2));
        assert!(!all.show_draft(&message("c").draft));
    }

    #[test]
    fn reuses_the_blank_window() {
        let (mut all, _, _) = two();
        assert_eq!(all.blank_window(), None);
        let blank = all.add(Composition::new(Vec::new(), "Lin"));
        assert_eq!(all.blank_window(), Some(blank));
    }
}

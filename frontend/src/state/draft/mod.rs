//! A message being written in one compose window: unsaved changes, what blocks sending, its
//! uploads, and a collision with another version. Uploading and saving happen elsewhere and report
//! here.

pub mod files;

use super::address::{AddressFault, address_fault, is_dotless, same};
use super::clipboard::{is_unwanted, without_controls};
use super::failure::Failure;
use files::{Carried, Upload};
use mail::StoredMessageId;
use wire::{Contact, Draft, DraftStatus, Problem};

/// The phase of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// Being edited.
    #[default]
    Editing,
    /// Being sent.
    Sending,
    /// Rejected by the server; being edited again.
    Rejected(Failure),
}

/// Why a message cannot be sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendBlocker {
    /// There is no recipient.
    NoRecipient,
    /// A recipient is not a valid address.
    InvalidAddress(String),
    /// An upload is in progress.
    Uploading,
    /// An upload failed.
    UploadFailed(String),
    /// Over the size limit in bytes.
    TooLarge(u64),
}

/// A change of the stored version of a message made elsewhere. Nothing is saved or sent until the
/// user has decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Collision {
    /// It was changed; contains the other version.
    Changed(Box<Draft>),
    /// The message was sent.
    Sent,
    /// It was deleted.
    Deleted,
}

/// A message being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Composition {
    /// The number of its window, unique in the tab.
    pub number: u32,
    /// Incremented when the content is replaced, so that the window is rendered again.
    pub generation: u32,
    /// The draft as sent to the server.
    pub draft: Draft,
    /// Forwarded attachments.
    pub carried: Vec<Carried>,
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// The phase.
    pub phase: Phase,
    /// Whether it is a reply to all from a Bcc recipient. The other recipients learn from it that
    /// the user received the message.
    pub exposes: bool,
    /// The recipients that the server refused when the message was sent last.
    pub(super) refused: Vec<String>,
    /// A collision with another version.
    pub collision: Option<Collision>,
    /// Why the last save failed.
    pub save_failure: Option<Failure>,
    /// Whether the window is closed; the message is kept here until it is saved.
    pub closed: bool,
    /// Incremented with each change.
    pub revision: u64,
    /// The last revision saved to the server.
    pub saved: u64,
    /// The revision that is being saved.
    pub(super) saving: Option<u64>,
    /// The initial content (signature, quotation); if unchanged, nothing was written.
    pub(super) initial: Draft,
    pub(super) next_upload: u32,
}

impl Composition {
    /// A new message.
    pub fn new(to: Vec<Contact>, signature: &str) -> Composition {
        Composition::begun(Draft {
            to,
            text: signed(signature),
            ..Draft::default()
        })
    }

    /// A message from a `mailto:` link.
    pub fn linked(mut draft: Draft, signature: &str) -> Composition {
        draft.text.push_str(&signed(signature));
        Composition::begun(draft)
    }

    /// A message with initial content.
    pub fn begun(draft: Draft) -> Composition {
        Composition {
            initial: draft.clone(),
            draft,
            ..Composition::default()
        }
    }

    /// A stored draft.
    pub fn opened(draft: Draft) -> Composition {
        Composition {
            draft: without_final_line_end(draft),
            ..Composition::default()
        }
    }

    /// A message from a closed tab; it counts as unsaved.
    pub(super) fn restored(
        draft: Draft,
        carried: Vec<Carried>,
        uploads: Vec<Upload>,
    ) -> Composition {
        Composition {
            draft,
            carried,
            next_upload: uploads.iter().map(|upload| upload.key).max().unwrap_or(0),
            uploads,
            revision: 1,
            ..Composition::default()
        }
    }

    /// Edits the draft.
    pub fn edit(&mut self, change: impl FnOnce(&mut Draft)) {
        change(&mut self.draft);
        self.changed();
    }

    pub(super) fn changed(&mut self) {
        self.revision += 1;
        if matches!(self.phase, Phase::Rejected(_)) {
            self.phase = Phase::Editing;
        }
    }

    /// Whether the text is still the initial one.
    pub fn is_text_untouched(&self) -> bool {
        self.draft.text == self.initial.text
    }

    /// Whether there are unsaved changes.
    pub fn is_unsaved(&self) -> bool {
        self.revision > self.saved && !self.is_blank()
    }

    /// Whether everything is on the server, so that the copy on this device is not needed.
    pub fn is_settled(&self) -> bool {
        !self.is_unsaved()
            && self.saving.is_none()
            && self.collision.is_none()
            && self.uploads.iter().all(|upload| upload.failed.is_some())
    }

    /// Whether a save is in progress.
    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Starts saving the newest revision, if it is unsaved and saving is possible.
    pub fn begin_save(&mut self) -> Option<(Draft, u64)> {
        let free =
            self.saving.is_none() && self.collision.is_none() && self.phase != Phase::Sending;
        (free && self.is_unsaved()).then(|| {
            self.saving = Some(self.revision);
            (self.outgoing(), self.revision)
        })
    }

    /// The draft as it is saved and sent, without control characters.
    pub fn outgoing(&self) -> Draft {
        let mut draft = self.draft.clone();
        if draft.text.contains(is_unwanted) {
            draft.text = without_controls(&draft.text);
        }
        draft
    }

    /// Resets a discarded message to the state kept for undo.
    pub fn discarded(&mut self) {
        self.uploads.clear();
        (self.phase, self.saving, self.collision) = (Phase::Editing, None, None);
    }

    /// Applies the result of a save: the ID of the stored version, or a failure.
    pub fn save_ended(&mut self, revision: u64, result: Result<StoredMessageId, Failure>) {
        self.saving = None;
        self.save_failure = None;
        match result {
            Ok(id) => {
                self.saved = self.saved.max(revision);
                self.draft.stored = Some(id);
            }
            Err(failure) => self.collide_or(failure, |this, failure| {
                this.save_failure = Some(failure);
            }),
        }
    }

    /// Records that sending begins.
    pub fn send_begun(&mut self) {
        self.phase = Phase::Sending;
        self.refused.clear();
    }

    /// Records that sending failed.
    pub fn send_failed(&mut self, failure: Failure) {
        self.phase = Phase::Editing;
        match &failure {
            Failure::Problem(Problem::Recipients(rejected)) => {
                let addresses = rejected.iter().map(|r| r.address.clone());
                self.refused.extend(addresses);
            }
            Failure::Problem(Problem::Address(address)) => self.refused.push(address.clone()),
            _ => {}
        }
        self.collide_or(failure, |this, failure| {
            this.phase = Phase::Rejected(failure);
        });
    }

    fn collide_or(&mut self, failure: Failure, other: impl FnOnce(&mut Self, Failure)) {
        match failure {
            Failure::Problem(Problem::DraftConflict(draft)) => {
                self.collision = Some(Collision::Changed(Box::new(without_final_line_end(*draft))));
            }
            Failure::Problem(Problem::AlreadySent(_)) => self.collision = Some(Collision::Sent),
            Failure::Problem(Problem::OriginalGone) if self.refers_to_original() => {
                self.drop_original();
                if self.phase != Phase::Sending {
                    self.phase = Phase::Rejected(failure);
                }
            }
            failure => other(self, failure),
        }
    }

    /// Applies the status of the stored version. A version that this window can show without losing
    /// changes is shown.
    pub fn checked(&mut self, status: DraftStatus) {
        if self.saving.is_some() || self.phase == Phase::Sending || self.collision.is_some() {
            return;
        }
        match status {
            DraftStatus::Current => {}
            DraftStatus::Changed(other) if self.is_unsaved() => {
                let other = Box::new(without_final_line_end(*other));
                self.collision = Some(Collision::Changed(other));
            }
            DraftStatus::Changed(other) => self.show(*other),
            DraftStatus::Sent(_) => self.collision = Some(Collision::Sent),
            DraftStatus::Gone => self.collision = Some(Collision::Deleted),
        }
    }

    /// Replaces the content with another version, which is stored already.
    fn show(&mut self, other: Draft) {
        let (key, window) = (self.draft.key.clone(), self.draft.window.clone());
        self.draft = Composition::opened(other).draft;
        (self.draft.key, self.draft.window) = (key, window);
        self.carried.clear();
        self.generation += 1;
        self.revision += 1;
        self.saved = self.revision;
    }

    /// Resolves a collision in favour of this version: it replaces the other one.
    pub fn keep_mine(&mut self) {
        match self.collision.take() {
            Some(Collision::Changed(other)) => self.draft.stored = other.stored,
            Some(Collision::Deleted) => self.draft.stored = None,
            other => self.collision = other,
        }
        self.changed();
    }

    /// Resolves a collision in favour of the other version.
    pub fn keep_theirs(&mut self) {
        if let Some(Collision::Changed(other)) = self.collision.take() {
            self.show(*other);
        }
    }

    /// Resolves a collision by keeping this version as a separate message under a new key; the
    /// other one stays unchanged.
    pub fn keep_both(&mut self, key: String) {
        if self.collision.take().is_some() {
            self.draft.key = key;
            self.draft.stored = None;
            self.changed();
        }
    }

    /// Whether nothing was written, so that no draft is needed.
    pub fn is_blank(&self) -> bool {
        let (now, first) = (&self.draft, &self.initial);
        let touched = |now: &str, first: &str| now != first && !now.trim().is_empty();
        let empty = self.uploads.is_empty() && now.attachments.is_empty() && now.stored.is_none();
        empty
            && (&now.to, &now.cc, &now.bcc) == (&first.to, &first.cc, &first.bcc)
            && !touched(&now.subject, &first.subject)
            && !touched(&now.text, &first.text)
    }

    /// What is wrong with a recipient of this message. One that the server refused stays marked
    /// until the message is sent again; one of `own`, the user's addresses, tells which domains
    /// without a dot exist.
    pub fn recipient_fault(&self, address: &str, own: &[String]) -> Option<AddressFault> {
        let refused = || self.refused.iter().any(|refused| same(refused, address));
        address_fault(address)
            .or_else(|| refused().then_some(AddressFault::Refused))
            .or_else(|| is_dotless(address, own).then_some(AddressFault::Dotless))
    }

    /// The first reason that blocks sending.
    pub fn send_blocker(&self, bytes_max: u64) -> Option<SendBlocker> {
        let d = &self.draft;
        let mut all = d.to.iter().chain(&d.cc).chain(&d.bcc).peekable();
        if all.peek().is_none() {
            return Some(SendBlocker::NoRecipient);
        }
        if let Some(bad) = all.find(|contact| address_fault(&contact.address).is_some()) {
            return Some(SendBlocker::InvalidAddress(bad.address.clone()));
        }
        if let Some(failed) = self.uploads.iter().find(|upload| upload.failed.is_some()) {
            return Some(SendBlocker::UploadFailed(failed.name.clone()));
        }
        if !self.uploads.is_empty() {
            return Some(SendBlocker::Uploading);
        }
        (bytes_max > 0 && self.bytes() > bytes_max).then_some(SendBlocker::TooLarge(bytes_max))
    }
}

/// Removes the final line end, which belongs to the message format.
fn without_final_line_end(mut draft: Draft) -> Draft {
    if draft.text.ends_with('\n') {
        draft.text.pop();
    }
    draft
}

/// The text of a new message with this signature.
pub(super) fn signed(signature: &str) -> String {
    if signature.trim().is_empty() {
        String::new()
    } else {
        format!("\n\n-- \n{}", signature.trim_end())
    }
}

#[cfg(test)]
mod tests;

//! The recipient header fields of a message being written.

use wire::{Contact, Draft};

/// A recipient header field.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the header fields")]
pub enum Line {
    To,
    Cc,
    Bcc,
}

impl Line {
    /// Its recipients.
    pub fn of(self, draft: &mut Draft) -> &mut Vec<Contact> {
        match self {
            Line::To => &mut draft.to,
            Line::Cc => &mut draft.cc,
            Line::Bcc => &mut draft.bcc,
        }
    }

    /// Its recipients, to read.
    pub fn read(self, draft: &Draft) -> &[Contact] {
        match self {
            Line::To => &draft.to,
            Line::Cc => &draft.cc,
            Line::Bcc => &draft.bcc,
        }
    }

    /// The name in element IDs.
    pub fn word(self) -> &'static str {
        match self {
            Line::To => "to",
            Line::Cc => "cc",
            Line::Bcc => "bcc",
        }
    }
}

//! The files of a message being written: uploads, attachments of the forwarded message, their size,
//! and whether the text mentions one.

use super::super::failure::Failure;
use super::super::files::encoded;
use super::Composition;
use mail::StoredMessageId;
use serde::{Deserialize, Serialize};
use wire::Uploaded;

/// An attachment of the forwarded message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Message and part.
    pub part: (StoredMessageId, String),
    /// File name.
    pub name: String,
    /// Size in bytes.
    #[serde(alias = "octets")]
    pub bytes: u64,
}

/// An upload in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Number in this message.
    pub key: u32,
    /// File name.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Bytes sent so far.
    pub sent: u64,
    /// The failure, if it failed.
    pub failed: Option<Failure>,
}

impl Composition {
    /// A name for a new file that no other file of the message has: browsers name every pasted
    /// picture `image.png`.
    pub fn free_name(&self, name: &str) -> String {
        let attached = self.draft.attachments.iter().map(|file| &file.name);
        let carried = self.carried.iter().map(|file| &file.name);
        let uploads = self.uploads.iter().map(|file| &file.name);
        let taken: Vec<&String> = attached.chain(carried).chain(uploads).collect();
        let (stem, ending) = match name.rfind('.') {
            Some(dot) if dot > 0 => name.split_at(dot),
            _ => (name, ""),
        };
        let mut free = name.to_owned();
        let mut number = 2;
        while taken.contains(&&free) {
            free = format!("{stem} ({number}){ending}");
            number += 1;
        }
        free
    }

    /// Adds an upload; returns its key.
    pub fn upload(&mut self, name: &str, bytes: u64) -> u32 {
        self.next_upload += 1;
        self.uploads.push(Upload {
            key: self.next_upload,
            name: name.to_owned(),
            bytes,
            sent: 0,
            failed: None,
        });
        self.next_upload
    }

    /// Updates the progress of an upload.
    pub fn progress(&mut self, key: u32, sent: u64) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.key == key) {
            upload.sent = sent.min(upload.bytes);
        }
    }

    /// Records that an upload completed or failed. Returns false if it was removed in the meantime.
    pub fn uploaded(&mut self, key: u32, result: Result<Uploaded, Failure>) -> bool {
        let Some(at) = self.uploads.iter().position(|upload| upload.key == key) else {
            return false;
        };
        match result {
            Ok(uploaded) => {
                self.uploads.remove(at);
                self.edit(|draft| draft.attachments.push(uploaded));
            }
            Err(failure) => self.uploads[at].failed = Some(failure),
        }
        true
    }

    /// Removes a forwarded attachment.
    pub fn drop_carried(&mut self, index: usize) {
        if index < self.carried.len() {
            self.carried.remove(index);
            let parts = self.carried.iter().map(|c| c.part.clone()).collect();
            self.edit(|draft| draft.forwarded = parts);
        }
    }

    /// Makes a forward plain text: the text of its original becomes editable, its pictures become
    /// attachments.
    pub fn make_plain(&mut self) {
        let Some(original) = self.draft.original.take() else {
            return;
        };
        let text = format!("{}\n\n{}", self.draft.text, original.text);
        for picture in original.pictures {
            self.carried.push(Carried {
                part: (original.message, picture.path),
                name: picture.name,
                bytes: picture.bytes,
            });
        }
        let parts = self.carried.iter().map(|c| c.part.clone()).collect();
        self.edit(|draft| (draft.text, draft.forwarded) = (text, parts));
        self.generation += 1;
    }

    /// Whether the message includes anything of a message that it forwards.
    pub fn refers_to_original(&self) -> bool {
        self.draft.original.is_some() || !self.carried.is_empty()
    }

    /// Removes what cannot be forwarded since the original was deleted. Its text stays.
    pub fn drop_original(&mut self) {
        self.make_plain();
        self.carried.clear();
        self.edit(|draft| draft.forwarded.clear());
        self.generation += 1;
    }

    /// The approximate message size in bytes, with encoded attachments.
    pub fn bytes(&self) -> u64 {
        let files = self
            .draft
            .attachments
            .iter()
            .map(|a| a.bytes)
            .chain(self.carried.iter().map(|c| c.bytes));
        let original = self.draft.original.iter();
        let pictures = original
            .clone()
            .flat_map(|o| o.pictures.iter().map(|p| p.bytes));
        // Estimate for the text and HTML versions.
        let original_bytes: u64 = original.map(|o| 3 * o.text.len() as u64).sum();
        let under_way = self
            .uploads
            .iter()
            .filter(|u| u.failed.is_none())
            .map(|u| u.bytes);
        let files = files.chain(pictures).chain(under_way);
        files.map(encoded).sum::<u64>() + self.draft.text.len() as u64 + original_bytes
    }

    /// Whether the text mentions an attachment although there is none.
    pub fn promises_attachment(&self) -> bool {
        let none =
            self.draft.attachments.is_empty() && self.carried.is_empty() && self.uploads.is_empty();
        let own: String = self
            .draft
            .text
            .lines()
            .take_while(|line| !line.starts_with('>') && *line != "-- ")
            .collect::<Vec<_>>()
            .join("\n");
        let own = own
            .strip_suffix(self.initial.text.trim_start())
            .unwrap_or(&own)
            .to_lowercase();
        let own = if self.draft.forwards.is_some() {
            own.split("-----").next().unwrap_or_default()
        } else {
            &own
        };
        none && PROMISES.iter().any(|promise| own.contains(promise))
    }
}

/// Words that mention an attachment.
const PROMISES: [&str; 9] = [
    "attached",
    "attachment",
    "i attach",
    "enclosed",
    "附件",
    "附上",
    "随信附",
    "附图",
    "见附",
];

//! A message being composed: its initial content (new, reply, forward), what blocks sending, what
//! is unsaved. Uploading and saving happen elsewhere and report here.

use crate::state::address::{plausible, same, shown};
use crate::state::files::encoded;
use mail::StoredMessageId;
use serde::{Deserialize, Serialize};
use wire::{Attachment, Contact, Draft, MessageView, Problem, Uploaded};

/// The kind of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// To the sender.
    Reply,
    /// To the sender and all recipients.
    All,
    /// Forward to someone else.
    Forward,
}

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
    /// Why it failed.
    pub failed: Option<Failure>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server's problem.
    Problem(Problem),
    /// The connection was lost before the reply.
    ConnectionLost,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Problem(problem)
    }
}

/// The phase of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// Being edited.
    #[default]
    Writing,
    /// Being sent.
    Sending,
    /// Rejected; being edited again.
    Refused(Failure),
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

/// A message being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Writing {
    /// The draft as sent to the server.
    pub draft: Draft,
    /// Forwarded attachments.
    pub carried: Vec<Carried>,
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// The phase.
    pub phase: Phase,
    /// Incremented with each change.
    pub revision: u64,
    /// The last revision saved to the server.
    pub saved: u64,
    /// The initial text (signature, quotation); unchanged means nothing was written.
    initial_text: String,
    next_key: u32,
}

/// The form stored in the browser in case the tab is closed.
#[derive(Serialize, Deserialize)]
struct StoredWriting {
    draft: Draft,
    carried: Vec<Carried>,
}

impl Writing {
    /// A new message.
    pub fn new(to: Vec<Contact>, signature: &str) -> Writing {
        let text = signed(signature);
        Writing {
            initial_text: text.clone(),
            draft: Draft {
                to,
                text,
                ..Draft::default()
            },
            ..Writing::default()
        }
    }

    /// A stored draft.
    pub fn opened(mut draft: Draft) -> Writing {
        // The final line end belongs to the message format.
        if draft.text.ends_with('\n') {
            draft.text.pop();
        }
        Writing {
            draft,
            ..Writing::default()
        }
    }

    /// A reply or forward. `me` are the user's addresses; `intro` is the text above the quotation.
    pub fn answer(
        message: &MessageView,
        how: ReplyKind,
        me: &[String],
        intro: &str,
        signature: &str,
    ) -> Writing {
        let mut draft = Draft {
            from: identity(message, me),
            references: message.references.clone(),
            ..Draft::default()
        };
        let mut carried = Vec::new();
        let signature = signed(signature);
        match how {
            ReplyKind::Forward => {
                draft.subject = prefixed(
                    "Fwd: ",
                    &message.row.subject,
                    &["fwd:", "fw:", "转发:", "转发："],
                );
                draft.text = format!("{signature}\n\n{intro}\n\n{}", message.text.trim_end());
                draft.forwards = Some(message.row.id);
                carried = message
                    .attachments
                    .iter()
                    .map(|a| carry(message.row.id, a))
                    .collect();
                draft.forwarded = carried.iter().map(|c| c.part.clone()).collect();
            }
            ReplyKind::Reply | ReplyKind::All => {
                (draft.to, draft.cc) = recipients(message, how == ReplyKind::All, me);
                draft.subject = prefixed(
                    "Re: ",
                    &message.row.subject,
                    &["re:", "回复:", "回复：", "答复:", "答复："],
                );
                draft.text = format!("{signature}\n\n{intro}\n{}", quoted(&message.text));
                draft.answers = Some(message.row.id);
            }
        }
        Writing {
            initial_text: draft.text.clone(),
            draft,
            carried,
            ..Writing::default()
        }
    }

    /// Serializes the message for storage in the browser.
    pub fn keep(&self) -> String {
        let kept = StoredWriting {
            draft: self.draft.clone(),
            carried: self.carried.clone(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Restores a stored message; it counts as unsaved.
    pub fn restore(text: &str) -> Option<Writing> {
        let kept: StoredWriting = serde_json::from_str(text).ok()?;
        Some(Writing {
            draft: kept.draft,
            carried: kept.carried,
            revision: 1,
            ..Writing::default()
        })
    }

    /// Edits the draft.
    pub fn edit(&mut self, change: impl FnOnce(&mut Draft)) {
        change(&mut self.draft);
        self.revision += 1;
        if matches!(self.phase, Phase::Refused(_)) {
            self.phase = Phase::Writing;
        }
    }

    /// Whether there are unsaved changes.
    pub fn unsaved(&self) -> bool {
        self.revision > self.saved && !self.is_blank()
    }

    /// The server has saved this revision under this id.
    pub fn kept(&mut self, revision: u64, id: StoredMessageId) {
        self.saved = revision;
        self.draft.stored = Some(id);
    }

    /// Whether nothing was written, so that no draft is needed.
    pub fn is_blank(&self) -> bool {
        let d = &self.draft;
        let untouched = d.text.trim().is_empty() || d.text == self.initial_text;
        let answers = d.answers.is_some() || d.forwards.is_some();
        untouched
            && d.attachments.is_empty()
            && self.uploads.is_empty()
            && d.stored.is_none()
            && (answers
                || (d.subject.trim().is_empty()
                    && d.to.is_empty()
                    && d.cc.is_empty()
                    && d.bcc.is_empty()))
    }

    /// An upload starts; returns its key.
    pub fn upload(&mut self, name: &str, bytes: u64) -> u32 {
        self.next_key += 1;
        self.uploads.push(Upload {
            key: self.next_key,
            name: name.to_owned(),
            bytes,
            sent: 0,
            failed: None,
        });
        self.next_key
    }

    /// Updates the progress of an upload.
    pub fn progress(&mut self, key: u32, sent: u64) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.key == key) {
            upload.sent = sent.min(upload.bytes);
        }
    }

    /// An upload completed or failed. Returns false if it was removed meanwhile.
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

    /// The approximate message size in bytes, with encoded attachments.
    pub fn bytes(&self) -> u64 {
        let files = self
            .draft
            .attachments
            .iter()
            .map(|a| a.bytes)
            .chain(self.carried.iter().map(|c| c.bytes));
        let under_way = self
            .uploads
            .iter()
            .filter(|u| u.failed.is_none())
            .map(|u| u.bytes);
        files.chain(under_way).map(encoded).sum::<u64>() + self.draft.text.len() as u64
    }

    /// What blocks sending, the first reason.
    pub fn send_blocker(&self, bytes_max: u64) -> Option<SendBlocker> {
        let d = &self.draft;
        let mut all = d.to.iter().chain(&d.cc).chain(&d.bcc).peekable();
        if all.peek().is_none() {
            return Some(SendBlocker::NoRecipient);
        }
        if let Some(bad) = all.find(|contact| !plausible(&contact.address)) {
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

    /// Whether the text mentions an attachment and there is none.
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
            .strip_suffix(self.initial_text.trim_start())
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

fn signed(signature: &str) -> String {
    if signature.trim().is_empty() {
        String::new()
    } else {
        format!("\n\n-- \n{}", signature.trim_end())
    }
}

fn carry(message: StoredMessageId, attachment: &Attachment) -> Carried {
    Carried {
        part: (message, attachment.path.clone()),
        name: attachment.name.clone(),
        bytes: attachment.bytes,
    }
}

/// The user's address that the message was sent to.
fn identity(message: &MessageView, me: &[String]) -> String {
    let recipients = || message.to.iter().chain(&message.cc).chain(&message.from);
    me.iter()
        .find(|mine| recipients().any(|r| same(&r.address, mine)))
        .cloned()
        .unwrap_or_default()
}

/// The recipients of a reply. A reply to one's own message goes to its recipients.
fn recipients(message: &MessageView, all: bool, me: &[String]) -> (Vec<Contact>, Vec<Contact>) {
    let mine = |contact: &Contact| me.iter().any(|address| same(address, &contact.address));
    let own =
        !message.from.is_empty() && message.from.iter().all(mine) && message.reply_to.is_empty();
    let writer = if message.reply_to.is_empty() {
        &message.from
    } else {
        &message.reply_to
    };
    let (mut to, mut cc): (Vec<Contact>, Vec<Contact>) = (Vec::new(), Vec::new());
    let take = |list: &mut Vec<Contact>, seen: &mut Vec<String>, contact: &Contact| {
        let address = contact.address.to_lowercase();
        if !address.is_empty() && !seen.contains(&address) {
            seen.push(address);
            list.push(contact.clone());
        }
    };
    let mut seen = Vec::new();
    for contact in if own { &message.to } else { writer } {
        take(&mut to, &mut seen, contact);
    }
    if all {
        for contact in message.to.iter().filter(|c| !mine(c)) {
            take(&mut to, &mut seen, contact);
        }
        for contact in message.cc.iter().filter(|c| !mine(c)) {
            take(&mut cc, &mut seen, contact);
        }
    }
    (to, cc)
}

fn prefixed(prefix: &str, subject: &str, known: &[&str]) -> String {
    let lower = subject.trim_start().to_lowercase();
    if known.iter().any(|k| lower.starts_with(k)) {
        subject.trim().to_owned()
    } else {
        format!("{prefix}{}", subject.trim())
    }
}

/// Quotes a text (RFC 3676 §4.5): `>` before each line, with a space unless it is quoted already.
fn quoted(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with('>') {
            format!(">{line}")
        } else {
            format!("> {line}").trim_end().to_owned()
        }
    };
    text.trim_end()
        .lines()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

/// `Name <address>` lists for the lines above a forwarded message.
pub fn written(contacts: &[Contact]) -> String {
    let one = |c: &Contact| {
        if c.name.trim().is_empty() {
            c.address.clone()
        } else {
            format!("{} <{}>", shown(c), c.address)
        }
    };
    contacts.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;

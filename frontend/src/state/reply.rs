//! Replies and forwards: recipients, subject, quotation and attachments of the new message.

use super::address::{is_misleading, key, same, shown};
use super::draft::files::Carried;
use super::draft::{Composition, signed};
use mail::StoredMessageId;
use wire::{Attachment, Contact, Draft, MessageView};

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

impl Composition {
    /// A reply or forward. `me` are the user's addresses; `intro` is the text above the quotation.
    pub fn answer(
        message: &MessageView,
        how: ReplyKind,
        me: &[String],
        intro: &str,
        signature: &str,
    ) -> Composition {
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
        Composition {
            carried,
            ..Composition::begun(draft)
        }
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
        let address = key(&contact.address);
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
        if c.name.trim().is_empty() || is_misleading(c) {
            c.address.clone()
        } else {
            format!("{} <{}>", shown(c), c.address)
        }
    };
    contacts.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "reply_tests.rs"]
pub(super) mod tests;

//! Replies and forwards: recipients, subject, quotation and attachments of the new message.

use super::address::{is_misleading, key, same, shown};
use super::draft::files::Carried;
use super::draft::{Composition, signed};
use mail::StoredMessageId;
use wire::{Attachment, Contact, Draft, MessageView, Original};

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
                draft.subject = mime::subject::of_forward(&message.row.subject);
                draft.text = format!("{signature}\n\n{intro}");
                draft.forwards = Some(message.row.id);
                if message.has_html {
                    draft.original = Some(original(message));
                } else {
                    draft
                        .text
                        .push_str(&format!("\n\n{}", message.text.trim_end()));
                }
                let is_shown = |a: &&Attachment| message.pictures.iter().any(|p| p.path == a.path);
                carried = message
                    .attachments
                    .iter()
                    .filter(|a| !is_shown(a))
                    .map(|a| carry(message.row.id, a))
                    .collect();
                draft.forwarded = carried.iter().map(|c| c.part.clone()).collect();
            }
            ReplyKind::Reply | ReplyKind::All => {
                (draft.to, draft.cc) = recipients(message, how == ReplyKind::All, me);
                draft.subject = mime::subject::of_reply(&message.row.subject);
                draft.text = format!("{signature}\n\n{intro}\n{}", quoted(&message.text));
                draft.answers = Some(message.row.id);
            }
        }
        Composition {
            carried,
            exposes: message.blind_copy && draft.to.len() + draft.cc.len() > 1,
            ..Composition::begun(draft)
        }
    }
}

fn original(message: &MessageView) -> Original {
    Original {
        message: message.row.id,
        text: message.text.trim_end().to_owned(),
        pictures: message.pictures.clone(),
    }
}

fn carry(message: StoredMessageId, attachment: &Attachment) -> Carried {
    Carried {
        part: (message, attachment.path.clone()),
        name: attachment.name.clone(),
        bytes: attachment.bytes,
    }
}

/// The user's address that received the message: by Delivered-To, else by To and Cc, else by From.
/// Empty if no address matches.
fn identity(message: &MessageView, me: &[String]) -> String {
    let delivered = message
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Delivered-To"))
        .map(|(_, value)| value.as_str());
    let named = message.to.iter().chain(&message.cc).chain(&message.from);
    let exactly = |address: &str| me.iter().find(|mine| same(mine, address));
    let nearly = |address: &str| me.iter().find(|mine| is_form_of(address, mine));
    let all: Vec<&str> = delivered
        .chain(named.map(|contact| contact.address.as_str()))
        .collect();
    let found = all.iter().find_map(|a| exactly(a).or_else(|| nearly(a)));
    found.cloned().unwrap_or_default()
}

/// Whether `address` is `plain`, possibly with a subaddress (RFC 5233).
fn is_form_of(address: &str, plain: &str) -> bool {
    let without_detail = |address: &str| {
        let key = key(address);
        match key.rsplit_once('@') {
            Some((local, domain)) => {
                let user = local.split_once('+').map_or(local, |(user, _)| user);
                format!("{}@{domain}", if user.is_empty() { local } else { user })
            }
            None => key,
        }
    };
    without_detail(address) == without_detail(plain)
}

/// The recipients of a reply, To and Cc. The user's own addresses are excluded, unless there is no
/// other. A reply to a message that the user sent goes to its recipients.
fn recipients(message: &MessageView, all: bool, me: &[String]) -> (Vec<Contact>, Vec<Contact>) {
    let mine = |contact: &&Contact| {
        let address = contact.address.as_str();
        me.iter().any(|own| is_form_of(address, own))
            || message.own.iter().any(|own| same(own, address))
    };
    let others =
        |list: &[Contact]| -> Vec<Contact> { list.iter().filter(|c| !mine(c)).cloned().collect() };
    // RFC 5322 §3.6.2: replies go to Reply-To. A copy of a message sent by the user has no trace
    // fields, unlike one that a web form sent in the user's name.
    let is_own = !message.from.is_empty() && message.from.iter().all(|c| mine(&c));
    let came_in = message
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("Received"));
    let mut writer = others(&message.reply_to);
    if writer.is_empty() || is_own && !came_in {
        writer = others(&message.from);
    }
    let mut seen = Vec::new();
    let mut unseen = |list: Vec<Contact>| -> Vec<Contact> {
        let mut is_new = |contact: &Contact| {
            let address = key(&contact.address);
            let new = !address.is_empty() && !seen.contains(&address);
            seen.push(address);
            new
        };
        list.into_iter().filter(|c| is_new(c)).collect()
    };
    let (mut to, mut cc) = (unseen(writer), Vec::new());
    if all || to.is_empty() {
        to.extend(unseen(others(&message.to)));
    }
    if all || to.is_empty() {
        cc = unseen(others(&message.cc));
    }
    if to.is_empty() && cc.is_empty() {
        to = unseen(message.from.clone());
    } else if to.is_empty() {
        to = std::mem::take(&mut cc);
    }
    (to, cc)
}

/// Quotes a text (RFC 3676 §4.5): `>` before each line, followed by a space unless the line is a
/// quotation itself.
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

/// A list of `Name <address>` for the lines above a forwarded message.
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

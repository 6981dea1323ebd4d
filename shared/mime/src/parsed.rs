//! A message as a reader sees it: decoded header, text, HTML, inline pictures, attachments. The
//! HTML is not sanitized: the caller must do that before showing it.

use mail::Time;

use crate::address::{NameAddr, addresses};
use crate::attached::{
    AttachedPart, INNER, INNER_DEPTH_MAX, attached, cut_uuencoded, drop_repeated_calendars,
    shown_path,
};
use crate::bodies::{self, Placed};
use crate::calendar::{self, Invitation};
use crate::tree::{Holds, Tree};
use crate::{charset, date, field, html, ids};

/// The most header fields that are returned.
pub const FIELDS_MAX: usize = 1000;
/// The most bytes of one text part; the rest is available as an attachment.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A decoded message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedMessage {
    /// Every field of the header, in order.
    pub fields: Vec<DisplayedField>,
    /// Decoded, on one line.
    pub subject: String,
    /// The authors.
    pub from: Vec<NameAddr>,
    /// The sender, where it is not the author (RFC 5322 §3.6.2).
    pub sender: Vec<NameAddr>,
    /// Reply-To.
    pub reply_to: Vec<NameAddr>,
    /// The To recipients.
    pub to: Vec<NameAddr>,
    /// The Cc recipients.
    pub cc: Vec<NameAddr>,
    /// The Bcc recipients; present only in one's own messages.
    pub bcc: Vec<NameAddr>,
    /// The date, where it could be parsed.
    pub date: Option<Time>,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// In-Reply-To without brackets.
    pub in_reply_to: Vec<String>,
    /// References without brackets, oldest first.
    pub references: Vec<String>,
    /// The text, with LF line ends; converted from the HTML where there is only that. Empty without
    /// either.
    pub text: String,
    /// The HTML, in UTF-8 but otherwise unchanged: **not sanitized**.
    pub html: Option<String>,
    /// Pictures that the HTML references by `cid:`.
    pub inline: Vec<AttachedPart>,
    /// All other parts.
    pub attachments: Vec<AttachedPart>,
    /// The first event of a calendar part.
    pub invitation: Option<Invitation>,
}

/// A field for the display of all headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayedField {
    /// The name as written.
    pub name: String,
    /// Decoded, on one line.
    pub value: String,
    /// The whole field, invalid UTF-8 replaced.
    pub raw: String,
}

impl ParsedMessage {
    /// Neither text nor HTML shows anything.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
            && self
                .html
                .as_deref()
                .is_none_or(|html| html::html_to_text(html).is_empty() && !has_picture(html))
    }
}

fn has_picture(html: &str) -> bool {
    memchr::memmem::find(html.to_ascii_lowercase().as_bytes(), b"<img").is_some()
}

/// Decodes a message. Never fails: a malformed one yields at least its text.
///
/// ```
/// let message = mime::read(b"Subject: =?utf-8?Q?caf=C3=A9?=\r\n\r\nAt noon.\r\n");
/// assert_eq!(message.subject, "caf\u{e9}");
/// assert_eq!(message.text.trim_end(), "At noon.");
/// ```
pub fn read(message: &[u8]) -> ParsedMessage {
    read_within(message, INNER_DEPTH_MAX)
}

fn read_within(message: &[u8], depth: usize) -> ParsedMessage {
    let tree = Tree::parse(message);
    let mut parsed = ParsedMessage::default();
    read_header(&tree, &mut parsed);
    let sorted = bodies::sort(&tree);
    let is_html = |p: &Placed| tree.part(p.index).media.is_html();
    let mut texts = Vec::new();
    let mut packed = Vec::new();
    for placed in &sorted.text {
        let mut text = bodies::plain_text(&tree, placed.index, true, TEXT_BYTES_MAX);
        if !is_html(placed) {
            cut_uuencoded(&tree, placed, &mut text, &mut packed);
        }
        texts.push(text);
    }
    parsed.text = texts.join("\n");
    if parsed.text.trim().is_empty() && !sorted.html.is_empty() {
        // The plain text is empty, as in messages whose alternative is a mere formality.
        let pieces = sorted
            .html
            .iter()
            .filter(|p| is_html(p))
            .map(|p| bodies::plain_text(&tree, p.index, true, TEXT_BYTES_MAX));
        parsed.text = pieces.collect::<Vec<_>>().join("\n");
    }
    if sorted.html.iter().any(is_html) {
        let pieces = sorted.html.iter().map(|p| {
            let text = bodies::decoded_text(&tree, p.index, TEXT_BYTES_MAX);
            if is_html(p) {
                text
            } else {
                format!("<div>{}</div>", html::text_to_html(&text))
            }
        });
        parsed.html = Some(pieces.collect::<Vec<_>>().join("\n"));
    }
    let mut inner = Vec::new();
    for placed in &sorted.attachments {
        let list = if placed.inline {
            &mut parsed.inline
        } else {
            &mut parsed.attachments
        };
        list.extend(attached(&tree, placed));
        if tree.part(placed.index).holds == Holds::Message && depth > 0 {
            let message = inner_message(&tree, placed, depth - 1);
            parsed.attachments.extend(message.attachments.clone());
            inner.push(message);
        }
    }
    parsed.attachments.extend(packed);
    drop_repeated_calendars(&tree, &sorted.attachments, &mut parsed.attachments);
    parsed.invitation = calendar::find(&tree, &sorted.attachments);
    if let ([message], true) = (&mut inner[..], parsed.is_blank()) {
        // A wrapper without a text of its own shows the message in it.
        parsed.text = std::mem::take(&mut message.text);
        parsed.html = message.html.take();
        parsed.inline.append(&mut message.inline);
    }
    parsed
}

/// The message that a part holds, its paths as seen from outside. The part may be encoded, although
/// RFC 2046 §5.2.1 forbids it.
fn inner_message(tree: &Tree<'_>, placed: &Placed, depth: usize) -> ParsedMessage {
    let bytes = tree.encoding(placed.index).decode(tree.body(placed.index));
    let mut message = read_within(&bytes, depth);
    let outer = shown_path(&placed.path);
    for part in message.inline.iter_mut().chain(&mut message.attachments) {
        part.path = format!("{outer}{INNER}{}", part.path);
    }
    message
}

fn read_header(tree: &Tree<'_>, parsed: &mut ParsedMessage) {
    for f in tree.fields(0).take(FIELDS_MAX) {
        let name = f.name.to_ascii_lowercase();
        match &*name {
            "subject" if parsed.subject.is_empty() => parsed.subject = f.text(),
            "from" if parsed.from.is_empty() => parsed.from = addresses(f.value),
            "sender" if parsed.sender.is_empty() => parsed.sender = addresses(f.value),
            "reply-to" if parsed.reply_to.is_empty() => parsed.reply_to = addresses(f.value),
            "to" => parsed.to.extend(addresses(f.value)),
            "cc" => parsed.cc.extend(addresses(f.value)),
            "bcc" => parsed.bcc.extend(addresses(f.value)),
            "date" if parsed.date.is_none() => parsed.date = date::parse(f.value),
            "message-id" if parsed.message_id.is_none() => {
                parsed.message_id = ids(f.value).into_iter().next();
            }
            "in-reply-to" if parsed.in_reply_to.is_empty() => parsed.in_reply_to = ids(f.value),
            "references" if parsed.references.is_empty() => parsed.references = ids(f.value),
            _ => {}
        }
        let raw = &tree.bytes
            [tree.part(0).header.start + f.range.start..tree.part(0).header.start + f.range.end];
        parsed.fields.push(DisplayedField {
            name: f.name.to_owned(),
            value: f.text(),
            raw: charset::guess(raw.trim_ascii_end()).into_owned(),
        });
    }
}

/// The decoded value of the first field of that name.
pub fn header_text(message: &[u8], name: &str) -> Option<String> {
    field::find(message, name).map(|f| f.text())
}

#[cfg(test)]
mod tests;

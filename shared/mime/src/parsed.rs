//! A message as a reader sees it: decoded header, text, HTML, inline pictures, attachments. The
//! HTML is not sanitized: the caller must do that before showing it.

use std::borrow::Cow;

use mail::Time;

use crate::address::{NameAddr, addresses};
use crate::bodies::{self, Placed};
use crate::section::resolve;
use crate::tree::{Holds, Tree};
use crate::{charset, date, field, html, ids, tnef, uu, word};

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

/// A part that can be opened or saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedPart {
    /// The path for [`attachment`]: part numbers as in IMAP, and `~n` for the n-th file packed
    /// inside the part (uuencode, TNEF).
    pub path: String,
    /// A safe file name, never empty.
    pub name: String,
    /// `image/png`
    pub media_type: String,
    /// Decoded size in octets.
    pub bytes: u64,
    /// Content-ID without brackets.
    pub content_id: Option<String>,
}

/// The content of a part, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// A safe file name, never empty.
    pub name: String,
    /// `image/png`
    pub media_type: String,
    /// For text: the declared charset.
    pub charset: Option<String>,
    /// The bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// Decodes a message. Never fails: a malformed one yields at least its text.
///
/// ```
/// let message = mime::read(b"Subject: =?utf-8?Q?caf=C3=A9?=\r\n\r\nAt noon.\r\n");
/// assert_eq!(message.subject, "caf\u{e9}");
/// assert_eq!(message.text.trim_end(), "At noon.");
/// ```
pub fn read(message: &[u8]) -> ParsedMessage {
    let tree = Tree::parse(message);
    let mut parsed = ParsedMessage::default();
    read_header(&tree, &mut parsed);
    let sorted = bodies::sort(&tree);
    let is_html = |p: &Placed| tree.part(p.index).media.is("text", "html");
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
    for placed in &sorted.attachments {
        let list = if placed.inline {
            &mut parsed.inline
        } else {
            &mut parsed.attachments
        };
        list.extend(attached(&tree, placed));
    }
    parsed.attachments.extend(packed);
    parsed
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

/// A part as an attachment; a TNEF part yields the files in it.
fn attached(tree: &Tree<'_>, placed: &Placed) -> Vec<AttachedPart> {
    let path = shown_path(&placed.path);
    if is_tnef(tree, placed) {
        let files = tnef::files(&tree.encoding(placed.index).decode(tree.body(placed.index)));
        if !files.is_empty() {
            let one = |(i, f): (usize, tnef::Packed)| {
                packed_file(format!("{path}~{}", i + 1), f.name, f.bytes.len())
            };
            return files.into_iter().enumerate().map(one).collect();
        }
    }
    vec![AttachedPart {
        path,
        name: bodies::file_name(tree, placed),
        media_type: tree.part(placed.index).media.name(),
        bytes: tree
            .encoding(placed.index)
            .decoded_len(tree.body(placed.index)) as u64,
        content_id: bodies::content_id(tree, placed.index),
    }]
}

fn packed_file(path: String, name: String, len: usize) -> AttachedPart {
    AttachedPart {
        path,
        media_type: type_by_name(&name).to_owned(),
        name,
        bytes: len as u64,
        content_id: None,
    }
}

/// Removes uuencoded files from a text and lists them.
fn cut_uuencoded(
    tree: &Tree<'_>,
    placed: &Placed,
    text: &mut String,
    packed: &mut Vec<AttachedPart>,
) {
    let found = uu::files(text.as_bytes());
    if found.is_empty() {
        return;
    }
    // Numbered as in `attachment`: by their position in the part's bytes.
    let in_part = uu::files(&tree.encoding(placed.index).decode(tree.body(placed.index)));
    if in_part.len() != found.len() {
        return;
    }
    for (i, file) in in_part.into_iter().enumerate() {
        packed.push(packed_file(
            format!("{}~{}", shown_path(&placed.path), i + 1),
            uu_name(&file),
            file.bytes.len(),
        ));
    }
    for file in found.iter().rev() {
        text.replace_range(file.range.clone(), "");
    }
}

fn uu_name(file: &uu::Found) -> String {
    let name = bodies::safe_name(&word::decode(&file.name));
    if name.is_empty() {
        "file.bin".to_owned()
    } else {
        name
    }
}

/// The decoded content of the part at `path`, see [`AttachedPart::path`]; also of text parts.
pub fn attachment<'a>(message: &'a [u8], path: &str) -> Option<Content<'a>> {
    let tree = Tree::parse(message);
    let (numbers, packed) = match path.split_once('~') {
        Some((numbers, n)) => (numbers, Some(n.parse::<usize>().ok()?.checked_sub(1)?)),
        None => (path, None),
    };
    let numbers = numbers
        .split('.')
        .map(|n| n.parse().ok())
        .collect::<Option<Vec<u32>>>()?;
    let index = resolve(&tree, &numbers)?;
    let part = tree.part(index);
    if part.holds == Holds::Parts {
        return None;
    }
    let placed = Placed {
        index,
        path: numbers,
        inline: false,
    };
    let bytes = tree.encoding(index).decode(tree.body(index));
    let Some(n) = packed else {
        let charset = if part.media.kind == "text" {
            part.media.parameters.text("charset")
        } else {
            None
        };
        return Some(Content {
            name: bodies::file_name(&tree, &placed),
            media_type: part.media.name(),
            charset,
            bytes,
        });
    };
    let (name, bytes) = if is_tnef(&tree, &placed) {
        tnef::files(&bytes)
            .into_iter()
            .nth(n)
            .map(|f| (f.name, f.bytes))?
    } else {
        uu::files(&bytes)
            .into_iter()
            .nth(n)
            .map(|f| (uu_name(&f), f.bytes))?
    };
    Some(Content {
        media_type: type_by_name(&name).to_owned(),
        name,
        charset: None,
        bytes: Cow::Owned(bytes),
    })
}

fn is_tnef(tree: &Tree<'_>, placed: &Placed) -> bool {
    let media = &tree.part(placed.index).media;
    media.is("application", "ms-tnef") || media.is("application", "vnd.ms-tnef")
}

fn shown_path(path: &[u32]) -> String {
    path.iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

/// The media type of a packed file, by its name only.
fn type_by_name(name: &str) -> &'static str {
    let ending = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match &*ending {
        "txt" => "text/plain",
        "html" | "htm" => "text/html",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "eml" => "message/rfc822",
        _ => "application/octet-stream",
    }
}

/// The decoded value of the first field of that name.
pub fn header_text(message: &[u8], name: &str) -> Option<String> {
    field::find(message, name).map(|f| f.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RICH: &str = "From: =?utf-8?B?5p2O6Zu3?= <a@b.test>\r\nSubject: =?gb2312?B?xOO6ww==?=\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
        --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n\
        --a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n\
        --r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>hello <img src=\"cid:pic@a\"></p>\r\n\
        --r\r\nContent-Type: image/png\r\nContent-ID: <pic@a>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--r--\r\n--a--\r\n\
        --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''%E4%BD%A0%E5%A5%BD.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n\
        --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--m--\r\n";

    #[test]
    fn reads_text_html_pictures_and_attachments() {
        let l = read(RICH.as_bytes());
        assert_eq!(
            (&*l.subject, l.from[0].shown(), &*l.text),
            ("你好", "李雷", "hello")
        );
        assert_eq!(
            l.html.as_deref(),
            Some("<p>hello <img src=\"cid:pic@a\"></p>")
        );
        assert_eq!(l.inline.len(), 1);
        assert_eq!(
            (
                &*l.inline[0].path,
                l.inline[0].content_id.as_deref(),
                l.inline[0].bytes
            ),
            ("1.2.2", Some("pic@a"), 3)
        );
        let names: Vec<_> = l
            .attachments
            .iter()
            .map(|a| (&*a.path, &*a.name, &*a.media_type, a.bytes))
            .collect();
        assert_eq!(
            names,
            [
                ("2", "你好.pdf", "application/pdf", 5),
                ("3", "inner.eml", "message/rfc822", 19)
            ]
        );
        assert_eq!(
            attachment(RICH.as_bytes(), "2").unwrap().bytes,
            &b"Hello"[..]
        );
        assert_eq!(attachment(RICH.as_bytes(), "3.1").unwrap().bytes, &b"x"[..]);
        for none in ["", "9", "2~1", "1", "a", "0", "2.1", "99999999999"] {
            assert!(attachment(RICH.as_bytes(), none).is_none(), "{none}");
        }
    }

    #[test]
    fn html_alone_gives_text_too() {
        let l = read(b"Content-Type: text/html; charset=gb2312\r\n\r\n<p>\xc4\xe3\xba\xc3</p>");
        assert_eq!((&*l.text, l.html.as_deref()), ("你好", Some("<p>你好</p>")));
    }

    #[test]
    fn uuencoded_files_leave_the_text() {
        let l = read(b"A: b\r\n\r\nsee\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nbye\r\n");
        assert_eq!(l.text, "see\nbye\n");
        assert_eq!(
            (&*l.attachments[0].name, &*l.attachments[0].path),
            ("cat.txt", "1~1")
        );
        assert_eq!(
            attachment(
                b"A: b\r\n\r\nsee\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n",
                "1~1"
            )
            .unwrap()
            .bytes,
            &b"Cat"[..]
        );
    }

    #[test]
    fn a_message_that_is_only_a_file_lists_it() {
        let l = read(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA");
        assert_eq!(
            (
                l.attachments[0].name.as_str(),
                &*l.attachments[0].path,
                l.text.as_str()
            ),
            ("part-1.png", "1", "")
        );
    }
}

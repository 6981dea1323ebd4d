//! Values that are computed once, when a message is stored, and read many times: the IMAP forms of
//! its structure and the columns of a message list.

use mail::Time;
use serde::{Deserialize, Serialize};

use crate::address::{NameAddr, addresses};
use crate::attached::INNER_DEPTH_MAX;
use crate::bodies::{self, Bodies};
use crate::tree::{Holds, Tree};
use crate::{calendar, date, envelope, ids, structure, subject};

/// The longest preview, in characters.
pub const PREVIEW_CHARS_MAX: usize = 200;
/// The most addresses of one field in a summary; the envelope has all.
pub const CORRESPONDENTS_MAX: usize = 100;
/// The longest subject in a summary, in characters.
pub const SUBJECT_CHARS_MAX: usize = 1000;
/// How much of a text part is read for the preview, in bytes; of HTML more, since much of it is not
/// shown.
const PREVIEW_BYTES_MAX: usize = 4 * 1024;
const PREVIEW_HTML_BYTES_MAX: usize = 64 * 1024;

/// A message as IMAP and message lists need it. The first three are complete IMAP values,
/// parentheses included, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// ENVELOPE (RFC 9051 §7.5.2).
    pub envelope: Vec<u8>,
    /// BODY, without extension data.
    pub body: Vec<u8>,
    /// BODYSTRUCTURE.
    pub body_structure: Vec<u8>,
    /// The summary for message lists.
    pub summary: Summary,
}

/// The decoded facts of a message. Its JSON has short names and omits empty values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// The offset of the body: the size of header and empty line.
    #[serde(rename = "h")]
    pub header_bytes: u32,
    /// Decoded, on one line.
    #[serde(rename = "s", skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// RFC 5256 §2.1; empty where it equals the subject.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    /// The authors.
    #[serde(rename = "f", skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<NameAddr>,
    /// The To recipients.
    #[serde(rename = "t", skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<NameAddr>,
    /// The Cc recipients.
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<NameAddr>,
    /// The date, where it could be parsed.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub date: Option<Time>,
    /// Message-ID without brackets.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// In-Reply-To without brackets.
    #[serde(rename = "r", skip_serializing_if = "Vec::is_empty")]
    pub in_reply_to: Vec<String>,
    /// References without brackets, oldest first.
    #[serde(rename = "e", skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The beginning of the text, white space collapsed, at most [`PREVIEW_CHARS_MAX`] characters.
    #[serde(rename = "p", skip_serializing_if = "String::is_empty")]
    pub preview: String,
    /// The number of attachments; inline pictures do not count.
    #[serde(rename = "a", skip_serializing_if = "is_zero")]
    pub attachments: u32,
    /// Their total decoded size in bytes.
    #[serde(rename = "o", skip_serializing_if = "is_zero64")]
    pub attachment_bytes: u64,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn is_zero64(n: &u64) -> bool {
    *n == 0
}

impl Summary {
    /// The base subject (RFC 5256 §2.1), the key for threading and sorting, without case.
    pub fn base_subject(&self) -> &str {
        self.base.as_deref().unwrap_or(&self.subject)
    }
}

/// Computes the outline. Never fails: a malformed message has a sensible outline too.
pub fn outline(message: &[u8]) -> Outline {
    let tree = Tree::parse(message);
    let mut out = Outline {
        summary: summary(&tree),
        ..Outline::default()
    };
    envelope::write(tree.fields(0), &mut out.envelope);
    structure::write(&tree, 0, false, &mut out.body);
    structure::write(&tree, 0, true, &mut out.body_structure);
    out
}

fn summary(tree: &Tree<'_>) -> Summary {
    let mut s = Summary {
        header_bytes: u32::try_from(tree.part(0).header.end).unwrap_or(u32::MAX),
        ..Summary::default()
    };
    for field in tree.fields(0) {
        let list = |list: &mut Vec<NameAddr>| {
            list.extend(addresses(field.value));
            list.truncate(CORRESPONDENTS_MAX);
        };
        match field.name.len() {
            2 if field.is("To") => list(&mut s.to),
            2 if field.is("Cc") => list(&mut s.cc),
            4 if field.is("From") && s.from.is_empty() => list(&mut s.from),
            4 if field.is("Date") && s.date.is_none() => s.date = date::parse(field.value),
            7 if field.is("Subject") && s.subject.is_empty() => {
                s.subject = field.text().chars().take(SUBJECT_CHARS_MAX).collect();
            }
            10 if field.is("Message-ID") && s.message_id.is_none() => {
                s.message_id = ids(field.value).into_iter().next();
            }
            10 if field.is("References") && s.references.is_empty() => {
                s.references = ids(field.value);
            }
            11 if field.is("In-Reply-To") && s.in_reply_to.is_empty() => {
                s.in_reply_to = ids(field.value);
            }
            _ => {}
        }
    }
    s.base = Some(subject::base(&s.subject)).filter(|b| *b != s.subject);
    let bodies = bodies::sort(tree);
    for placed in bodies.attachments.iter().filter(|p| !p.inline) {
        s.attachments += 1;
        s.attachment_bytes += tree
            .encoding(placed.index)
            .decoded_len(tree.body(placed.index)) as u64;
    }
    s.preview = preview(tree, &bodies, INNER_DEPTH_MAX);
    s
}

/// The first informative text: quoted lines are skipped unless there is nothing else. Without any
/// text the event that the message announces, or the message that it wraps.
fn preview(tree: &Tree<'_>, bodies: &Bodies, depth: usize) -> String {
    let mut quoted = String::new();
    for placed in bodies.text.iter().chain(&bodies.html) {
        let is_html = tree.part(placed.index).media.is_html();
        let bytes_max = if is_html {
            PREVIEW_HTML_BYTES_MAX
        } else {
            PREVIEW_BYTES_MAX
        };
        let text = bodies::plain_text(tree, placed.index, false, bytes_max);
        let own = fold(text.lines().filter(|l| !l.starts_with('>')));
        if !own.is_empty() {
            return own;
        }
        if quoted.is_empty() {
            quoted = fold(text.lines().map(|l| l.trim_start_matches(['>', ' '])));
        }
    }
    if quoted.is_empty()
        && let Some(event) = calendar::find(tree, &bodies.attachments)
    {
        quoted = fold([event.summary.as_str(), &event.location].into_iter());
    }
    if quoted.is_empty() && depth > 0 {
        quoted = preview_of_inner(tree, bodies, depth - 1).unwrap_or_default();
    }
    quoted
}

/// The preview of the one message that this one wraps, or its subject.
fn preview_of_inner(tree: &Tree<'_>, bodies: &Bodies, depth: usize) -> Option<String> {
    let mut inner = bodies
        .attachments
        .iter()
        .filter(|p| tree.part(p.index).holds == Holds::Message);
    let (Some(placed), None) = (inner.next(), inner.next()) else {
        return None;
    };
    let bytes = tree.encoding(placed.index).decode(tree.body(placed.index));
    let inner = Tree::parse(&bytes);
    let text = preview(&inner, &bodies::sort(&inner), depth);
    if !text.is_empty() {
        return Some(text);
    }
    let subject = inner.fields(0).find(|f| f.is("Subject"))?.text();
    Some(fold(subject.lines()))
}

fn fold<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut chars = 0;
    for word in lines.flat_map(str::split_whitespace) {
        let space = usize::from(chars > 0);
        if chars + space >= PREVIEW_CHARS_MAX {
            break;
        }
        if space == 1 {
            out.push(' ');
        }
        chars += space;
        for c in word
            .chars()
            .filter(|c| !c.is_control())
            .take(PREVIEW_CHARS_MAX - chars)
        {
            out.push(c);
            chars += 1;
        }
    }
    // Drops a character that was cut in the middle.
    out.truncate(out.trim_end_matches('\u{fffd}').trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collects_the_summary_of_a_message() {
        let m = "From: =?utf-8?B?5p2O6Zu3?= <lilei@glasspost.test>\r\nTo: b@c.test\r\nSubject: Re: hello\r\nDate: Sat, 21 Nov 2026 09:33:05 +0800\r\n\
            Message-ID: <2@a>\r\nIn-Reply-To: <1@a>\r\nReferences: <0@a> <1@a>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\nxOO6w6Os\r\nysC95w==\r\n\
            --b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\nAAA=\r\n--b--\r\n";
        let s = outline(m.as_bytes()).summary;
        assert_eq!(
            (s.from[0].shown(), s.base_subject(), &*s.preview),
            ("李雷", "hello", "你好，世界")
        );
        assert_eq!((s.attachments, s.attachment_bytes), (1, 5));
        assert_eq!(s.date, Some(Time::from_civil(2026, 11, 21, 1, 33, 5)));
        assert_eq!(
            (
                s.message_id.as_deref(),
                &s.in_reply_to[..],
                s.references.len()
            ),
            (Some("2@a"), &["1@a".to_owned()][..], 2)
        );
        assert_eq!(&m[s.header_bytes as usize..][..3], "--b");
        let stored = serde_json::to_string(&s).unwrap();
        assert_eq!(serde_json::from_str::<Summary>(&stored).unwrap(), s);
    }

    #[test]
    fn preview_is_limited_to_200_characters() {
        for (given, shown) in [
            (PREVIEW_CHARS_MAX, PREVIEW_CHARS_MAX),
            (PREVIEW_CHARS_MAX + 1, PREVIEW_CHARS_MAX),
        ] {
            let s = outline(format!("A: b\r\n\r\n{}", "你".repeat(given)).as_bytes()).summary;
            assert_eq!(s.preview.chars().count(), shown);
        }
    }

    #[test]
    fn a_message_without_text_previews_its_event_or_the_message_in_it() {
        let preview = |message: &str| outline(message.as_bytes()).summary.preview;
        let event = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Weekly review\r\nLOCATION:Room 2\r\n\
            DTSTART:20260310T180000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let parts = |text: &str| {
            format!(
                "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>{text}</p>\r\n\
                 --b\r\nContent-Type: text/calendar; method=request\r\n\r\n{event}--b--\r\n"
            )
        };
        assert_eq!(preview(&parts("&nbsp;")), "Weekly review Room 2");
        assert_eq!(preview(&parts("Please come")), "Please come");
        let alone = format!("Content-Type: text/calendar; method=request\r\n\r\n{event}");
        assert_eq!(preview(&alone), "Weekly review Room 2");
        let read = crate::read(alone.as_bytes());
        assert_eq!((read.text.as_str(), read.attachments.len()), ("", 1));
        assert_eq!(read.invitation.unwrap().summary, "Weekly review");
        let wrapped = |inner: &str| format!("Content-Type: message/rfc822\r\n\r\n{inner}");
        assert_eq!(
            preview(&wrapped("Subject: x\r\n\r\nIn the wrapper\r\n")),
            "In the wrapper"
        );
        assert_eq!(
            preview(&wrapped("Subject: Only a subject\r\n\r\n")),
            "Only a subject"
        );
        assert_eq!(preview(&wrapped(&parts(""))), "Weekly review Room 2");
    }

    #[test]
    fn an_empty_message_has_an_outline() {
        let o = outline(b"");
        assert_eq!(o.envelope, b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
        assert_eq!(
            o.body,
            b"(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)"
        );
        assert_eq!(serde_json::to_string(&o.summary).unwrap(), "{\"h\":0}");
    }
}

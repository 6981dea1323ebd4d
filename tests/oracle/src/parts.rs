//! Whole messages: the part tree, the ranges of parts, the bodies that are shown, the attachments.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use mime::{Encoding, What};

use crate::Report;
use crate::explain_parts::Texts;
use crate::structure::{self, Holds, Part};
use crate::{Reason, Theme};

/// A part that is content.
pub(crate) struct Leaf {
    pub(crate) path: Vec<u32>,
    /// `text/plain`
    pub(crate) media: String,
    /// Its header.
    pub(crate) header: Vec<u8>,
    /// The message has no other part, so that its header is the message's.
    pub(crate) is_root: bool,
}

/// What both parsers find in a message.
pub(crate) struct Parts<'a> {
    own: Part,
    /// `None` where there is no header, and `mail-parser` returns nothing.
    other: Option<Message<'a>>,
    /// The parts that are content.
    pub(crate) leaves: Vec<Leaf>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Parts<'a> {
        let own = structure::of(message);
        let mut leaves = Vec::new();
        collect(message, &own, &mut leaves);
        if let (Holds::Content, Some(leaf)) = (&own.holds, leaves.first_mut()) {
            leaf.is_root = true;
        }
        Parts {
            own,
            other: MessageParser::default().parse(message),
            leaves,
        }
    }

    /// Compares the trees and, where they are equal, the ranges of their leaves.
    pub(crate) fn compare_trees(&self, message: &[u8], report: &mut Report) {
        let Some(other) = &self.other else { return };
        let own_shape = own_shape(&self.own);
        let other_shape = other_shape(other, 0, "text/plain");
        let same = own_shape == other_shape;
        report.check(
            Theme::PartTree,
            message,
            own_shape,
            other_shape,
            |own, other| Reason::of_tree(message, own, other),
        );
        if !same
            || self
                .leaves
                .iter()
                .any(|leaf| is_encoded_message(&leaf.header))
        {
            return;
        }
        for (leaf, range) in self.leaves.iter().zip(other_ranges(other, 0)) {
            let own = structure::bytes(message, &leaf.path, What::All);
            let other = message.get(range).unwrap_or_default();
            report.check(
                Theme::PartRanges,
                own,
                digest(own),
                digest(other),
                |_, _| Reason::of_range(message, own, other),
            );
        }
    }

    fn texts(&self, message: &[u8]) -> Texts {
        let mut texts = Texts {
            nests_messages: own_shape(&self.own).contains("(message/"),
            ..Texts::default()
        };
        for leaf in &self.leaves {
            let raw = structure::bytes(message, &leaf.path, What::All);
            let encoding = mime::find(&leaf.header, "Content-Transfer-Encoding")
                .map(|f| Encoding::of(f.value))
                .unwrap_or_default();
            let digits = raw.iter().filter(|b| !b.is_ascii_whitespace()).count();
            let padding = raw.trim_ascii_end().iter().filter(|b| **b == b'=').count();
            let is_whole = digits.is_multiple_of(4)
                && raw.trim_ascii_end().ends_with(&b"=="[..padding.min(2)])
                && padding <= 2;
            texts.is_cut |= encoding == Encoding::Base64 && !is_whole;
            if leaf.media.starts_with("text/") {
                let charset = mime::find(&leaf.header, "Content-Type")
                    .and_then(|f| mime::parameter(f.value, "charset"));
                let decoded = encoding.decode(raw);
                texts.is_undeclared |= charset.is_none() && std::str::from_utf8(&decoded).is_err();
                texts.has_empty |= decoded.trim_ascii().is_empty();
            }
        }
        texts
    }

    /// Compares what is shown and what is attached.
    pub(crate) fn compare_bodies(&self, message: &[u8], report: &mut Report) {
        if let Some(other) = &self.other {
            compare_bodies(message, other, self.texts(message), report);
        }
    }
}

fn collect(message: &[u8], part: &Part, leaves: &mut Vec<Leaf>) {
    match &part.holds {
        Holds::Parts(children) => children.iter().for_each(|c| collect(message, c, leaves)),
        Holds::Message(inner) => collect(message, inner, leaves),
        Holds::Content => leaves.push(Leaf {
            path: part.path.clone(),
            media: part.media.clone(),
            header: structure::bytes(message, &part.path, What::Mime).to_vec(),
            is_root: false,
        }),
    }
}

fn is_encoded_message(header: &[u8]) -> bool {
    let is_message = mime::find(header, "Content-Type")
        .is_some_and(|f| f.unfolded().to_ascii_lowercase().starts_with(b"message/"));
    let encoding = mime::find(header, "Content-Transfer-Encoding");
    is_message && encoding.is_some_and(|f| Encoding::of(f.value) != Encoding::Identity)
}

/// `multipart/mixed[text/plain message/rfc822(text/plain)]`
fn own_shape(part: &Part) -> String {
    match &part.holds {
        Holds::Content => part.media.clone(),
        Holds::Message(inner) => format!("{}({})", part.media, own_shape(inner)),
        Holds::Parts(children) => {
            let children: Vec<String> = children.iter().map(own_shape).collect();
            format!("{}[{}]", part.media, children.join(" "))
        }
    }
}

fn other_shape(message: &Message<'_>, id: u32, default: &str) -> String {
    let Some(part) = message.parts.get(id as usize) else {
        return "?".to_owned();
    };
    let media = media_of(part).unwrap_or_else(|| default.to_owned());
    match &part.body {
        PartType::Multipart(children) => {
            let default = if media == "multipart/digest" {
                "message/rfc822"
            } else {
                "text/plain"
            };
            let children: Vec<String> = children
                .iter()
                .map(|child| match *child > id {
                    true => other_shape(message, *child, default),
                    // It may list a multipart as a child of itself.
                    false => "cycle".to_owned(),
                })
                .collect();
            format!("{media}[{}]", children.join(" "))
        }
        PartType::Message(inner) => format!("{media}({})", other_shape(inner, 0, "text/plain")),
        _ => media,
    }
}

fn media_of(part: &MessagePart<'_>) -> Option<String> {
    let media = part.content_type()?;
    Some(format!("{}/{}", media.ctype(), media.subtype()?).to_lowercase())
}

/// The ranges of the leaves' bodies in the message.
fn other_ranges(message: &Message<'_>, id: u32) -> Vec<Range<usize>> {
    let Some(part) = message.parts.get(id as usize) else {
        return Vec::new();
    };
    match &part.body {
        PartType::Multipart(children) => children
            .iter()
            .filter(|child| **child > id)
            .flat_map(|child| other_ranges(message, *child))
            .collect(),
        PartType::Message(inner) => other_ranges(inner, 0),
        _ => Vec::from([Range {
            start: part.raw_body_offset() as usize,
            end: part.raw_end_offset() as usize,
        }]),
    }
}

fn compare_bodies(message: &[u8], other: &Message<'_>, texts: Texts, report: &mut Report) {
    let follows = follows_from(report);
    let own = mime::read(message);
    let bodies = |ids: &[u32]| -> Vec<(bool, String)> {
        ids.iter().filter_map(|id| shown(other, *id)).collect()
    };
    let joined = |bodies: Vec<(bool, String)>| -> String {
        bodies.into_iter().map(|(_, text)| text).collect()
    };
    report.check(
        Theme::TextBody,
        message,
        letters(&own.text),
        joined(bodies(&other.text_body)),
        |own, other| follows.or_else(|| Reason::of_text_body(message, texts, own, other)),
    );
    let htmls = bodies(&other.html_body);
    let has_html = htmls.iter().any(|(is_html, _)| *is_html);
    let html = own.html.as_deref().map(|h| letters(&mime::html_to_text(h)));
    report.check(
        Theme::HtmlBody,
        message,
        html.unwrap_or_default(),
        if has_html {
            joined(htmls)
        } else {
            String::new()
        },
        |own, other| follows.or_else(|| Reason::of_html_body(message, texts, own, other)),
    );
    report.check(
        Theme::Attachments,
        message,
        own_attachments(message, &own),
        other_attachments(other),
        |own, other| follows.or_else(|| Reason::of_attachments(message, texts, own, other)),
    );
}

/// A difference found before, from which one in what is shown follows.
fn follows_from(report: &Report) -> Option<Reason> {
    if report.differs_in(&[Theme::PartTree, Theme::PartRanges]) {
        Some(Reason::FollowsFromTree)
    } else if report.differs_in(&[Theme::Transfer, Theme::Charsets]) {
        Some(Reason::FollowsFromContent)
    } else {
        // Of the parameters, these two say how a body is read.
        let decides = |own: &str| own.starts_with("charset=") || own.starts_with("boundary=");
        let mut fields = report.differences.iter();
        fields
            .any(|d| d.theme == Theme::Parameters && decides(&d.own))
            .then_some(Reason::FollowsFromField)
    }
}

/// The letters of a body part, both parsers' HTML converted by `mime`: here only the choice of
/// parts is compared, the conversion is a theme of its own.
fn shown(message: &Message<'_>, id: u32) -> Option<(bool, String)> {
    match &message.parts.get(id as usize)?.body {
        PartType::Text(text) => Some((false, letters(text))),
        PartType::Html(html) => Some((true, letters(&mime::html_to_text(html)))),
        _ => None,
    }
}

/// Letters and digits only.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn own_attachments(message: &[u8], parsed: &mime::ParsedMessage) -> String {
    let mut found: Vec<String> = parsed
        .attachments
        .iter()
        .chain(&parsed.inline)
        // Files within files are found by `mime` only.
        .filter(|a| !a.path.contains([':', '~']))
        .filter_map(|a| mime::attachment(message, &a.path))
        .map(|content| {
            let media = content.media_type;
            if media.starts_with("text/") {
                let text = mime::decode_charset(content.charset.as_deref(), &content.bytes);
                described(&media, letters(&text).as_bytes())
            } else {
                described(&media, &content.bytes)
            }
        })
        .collect();
    found.sort();
    found.join(", ")
}

fn other_attachments(message: &Message<'_>) -> String {
    let mut found: Vec<String> = message
        .attachments
        .iter()
        .filter_map(|id| message.parts.get(*id as usize))
        .map(|part| {
            let default = match part.body {
                PartType::Message(_) => "message/rfc822",
                _ => "text/plain",
            };
            let media = media_of(part).unwrap_or_else(|| default.to_owned());
            match &part.body {
                PartType::Text(text) | PartType::Html(text) if media.starts_with("text/") => {
                    described(&media, letters(text).as_bytes())
                }
                _ => described(&media, part.contents()),
            }
        })
        .collect();
    found.sort();
    found.join(", ")
}

fn described(media: &str, bytes: &[u8]) -> String {
    if matches!(media, "message/rfc822" | "message/global") {
        return media.to_owned();
    }
    format!("{media} {}", digest(bytes))
}

/// The length and a hash.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{} bytes #{:08x}", bytes.len(), hasher.finish() as u32)
}

//! Why part trees, their content and what is shown differ.

use mime::Encoding;

use crate::explain_fields::memchr_find;
use crate::explain_words::{has_disputed_byte, of_charset_name};
use crate::irregular::irregularity;
use crate::reason::Reason;

/// What is unusual about the content of the parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Texts {
    /// A text without a charset that is not UTF-8.
    pub(crate) is_undeclared: bool,
    /// A text is empty.
    pub(crate) has_empty: bool,
    /// A message in a part holds only a message.
    pub(crate) nests_messages: bool,
    /// A base64 text ends within a group.
    pub(crate) is_cut: bool,
}

impl Reason {
    /// Why part trees differ.
    pub(crate) fn of_tree(message: &[u8], own: &str, _: &str) -> Option<Reason> {
        irregularity(message).or_else(|| of_shape(message, own))
    }

    /// Why the ranges of a part differ.
    pub(crate) fn of_range(message: &[u8], own: &[u8], other: &[u8]) -> Option<Reason> {
        irregularity(message).or_else(|| {
            if own.is_empty() || other.is_empty() {
                return Some(Reason::EmptyPart);
            }
            memchr_find(&message.to_ascii_lowercase(), b"base64").then_some(Reason::Base64Noise)
        })
    }

    /// Why the texts that are shown differ.
    pub(crate) fn of_text_body(
        message: &[u8],
        texts: Texts,
        own: &str,
        other: &str,
    ) -> Option<Reason> {
        irregularity(message).or_else(|| of_shown(message, texts, own, other))
    }

    /// Why the HTML that is shown differs.
    pub(crate) fn of_html_body(
        message: &[u8],
        texts: Texts,
        own: &str,
        other: &str,
    ) -> Option<Reason> {
        irregularity(message).or_else(|| of_shown(message, texts, own, other))
    }

    /// Why the attachments differ.
    pub(crate) fn of_attachments(
        message: &[u8],
        texts: Texts,
        own: &str,
        other: &str,
    ) -> Option<Reason> {
        irregularity(message).or_else(|| of_shown(message, texts, own, other))
    }

    /// Why a transfer encoding is decoded differently.
    pub(crate) fn of_transfer(encoding: Encoding, raw: &[u8]) -> Option<Reason> {
        let is_known =
            |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b) || b.is_ascii_whitespace();
        match encoding {
            Encoding::Base64 => (!raw.iter().all(is_known)).then_some(Reason::Base64Noise),
            _ if has_lone_line_end(raw) => Some(Reason::LoneCr),
            _ => has_bare_equals(raw).then_some(Reason::BareEquals),
        }
    }

    /// Why a text in a charset is decoded differently.
    pub(crate) fn of_charset(name: &str, bytes: &[u8], own: &str, other: &str) -> Option<Reason> {
        let lower = name.trim().to_ascii_lowercase();
        if let Some(reason) = of_charset_name(name) {
            return Some(reason);
        }
        if has_disputed_byte(name, bytes) {
            return Some(Reason::CharsetTable);
        }
        if matches!(&*lower, "us-ascii" | "ascii") {
            return (!bytes.is_ascii()).then_some(Reason::UndeclaredCharset);
        }
        let is_utf16 =
            lower.contains("utf-16") || lower.contains("ucs-2") || lower.contains("unicode");
        if is_utf16 && !bytes.len().is_multiple_of(2) {
            return Some(Reason::CutCharacter);
        }
        let has_mark = [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"]
            .iter()
            .any(|mark| bytes.starts_with(mark));
        if has_mark {
            return Some(Reason::CharsetDecoder);
        }
        let is_c1 = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
        let same = own
            .chars()
            .zip(other.chars())
            .all(|(a, b)| a == b || (is_c1(a) && b == '\u{fffd}'));
        same.then_some(Reason::UndefinedByte)
    }

    /// Why HTML is converted differently.
    pub(crate) fn of_html(html: &str, _: &str, _: &str) -> Option<Reason> {
        let html = html.to_ascii_lowercase();
        let hidden = [
            "<head",
            "<style",
            "<script",
            "<title",
            "<template",
            "<noscript",
            "<textarea",
            "<xmp",
            "<!",
            "<?",
            "&",
        ];
        let closes = html.matches('<').count() == html.matches('>').count();
        // No tag begins with another character (WHATWG HTML §13.2.5.6).
        let begins_tag = |t: &str| t.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let has_stray = html.split('<').skip(1).any(|t| !begins_tag(t));
        let has_hidden = hidden.iter().any(|h| html.contains(h));
        (has_hidden || has_stray || !closes || has_quoted_angle(&html)).then_some(Reason::Markup)
    }
}

/// A tree that differs although the delimiters are in order.
fn of_shape(message: &[u8], own: &str) -> Option<Reason> {
    let text = message.to_ascii_lowercase();
    let folded = memchr_find(&text, b"boundary=\r\n");
    let commented = text
        .split(|b| *b == b'\n')
        .any(|l| l.starts_with(b"content-type") && l.contains(&b'('));
    if folded || commented {
        return Some(Reason::FollowsFromField);
    }
    own.contains("(message/")
        .then_some(Reason::MessageInMessage)
}

/// What is shown differs although the tree is the same.
fn of_shown(message: &[u8], texts: Texts, own: &str, other: &str) -> Option<Reason> {
    let text = message.to_ascii_lowercase();
    let has = |part: &[u8]| memchr_find(&text, part);
    if texts.nests_messages {
        return Some(Reason::MessageInMessage);
    }
    if has(b"\nbegin ") || has(b"uuencode") || has(b"ms-tnef") {
        return Some(Reason::PackedFiles);
    }
    if has(b"multipart/alternative") && has(b"attachment") {
        return Some(Reason::AttachedAlternative);
    }
    if has(b"multipart/alternative")
        && [&b"image/"[..], b"audio/", b"video/"]
            .iter()
            .any(|m| has(m))
    {
        return Some(Reason::MediaInAlternative);
    }
    if has(b"text/calendar") || has(b"application/ics") {
        return Some(Reason::OtherText);
    }
    if other.is_empty() && !own.is_empty() && has(b"message/") {
        return Some(Reason::Wrapper);
    }
    if has_named_text(&text) {
        return Some(Reason::NamedPart);
    }
    if has_other_text(&text) {
        return Some(Reason::OtherText);
    }
    if has(b"content-type: text\r") || has(b"content-type: text;") {
        return Some(Reason::MalformedHeader);
    }
    if texts.is_undeclared {
        return Some(Reason::UndeclaredCharset);
    }
    if texts.is_cut {
        return Some(Reason::CutBase64);
    }
    (texts.has_empty && has(b"text/html") && other.is_empty()).then_some(Reason::EmptyText)
}

/// A part of text with a file name in its disposition.
fn has_named_text(message: &[u8]) -> bool {
    parts_with(message, b"content-type: text/").any(|h| memchr_find(h, b"filename"))
}

/// Text of another kind than plain and HTML.
fn has_other_text(message: &[u8]) -> bool {
    let known = [&b"text/plain"[..], b"text/html"];
    parts_with(message, b"content-type: text/").any(|h| !known.iter().any(|k| memchr_find(h, k)))
}

/// The paragraphs of a message that hold this text: headers of parts, for the most part.
fn parts_with<'a>(message: &'a [u8], text: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.windows(4).position(|w| w == b"\r\n\r\n");
        let (paragraph, tail) = rest.split_at(end.map_or(rest.len(), |i| i + 4));
        rest = tail;
        Some(paragraph)
    })
    .filter(move |paragraph| memchr_find(paragraph, text))
}

/// A CR without LF, or an LF without CR beside CR LF.
fn has_lone_line_end(raw: &[u8]) -> bool {
    let lines = raw.windows(2).filter(|w| w == b"\r\n").count();
    let (crs, lfs) = raw.iter().fold((0, 0), |(crs, lfs), b| {
        (
            crs + usize::from(*b == b'\r'),
            lfs + usize::from(*b == b'\n'),
        )
    });
    crs != lines || (crs > 0 && lfs != lines)
}

/// An equals sign before other things than two hexadecimal digits or the line's end.
fn has_bare_equals(raw: &[u8]) -> bool {
    let is_code =
        |rest: &[u8]| matches!(rest, [h, l, ..] if h.is_ascii_hexdigit() && l.is_ascii_hexdigit());
    let is_soft =
        |rest: &[u8]| rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n");
    raw.iter()
        .enumerate()
        .filter(|(_, b)| **b == b'=')
        .any(|(i, _)| !is_code(&raw[i + 1..]) && !is_soft(&raw[i + 1..]))
}

/// An angle bracket within the quoted value of an attribute.
fn has_quoted_angle(html: &str) -> bool {
    html.split('<').skip(1).any(|tag| {
        tag.split('>')
            .next()
            .is_some_and(|t| t.matches('"').count() % 2 == 1)
    })
}

//! The parts of a message under construction: leaves with their encoding, multiparts with
//! boundaries that occur nowhere in them.

use super::header::{HeaderWriter, LINE_CHARS_MAX, check_id};
use super::{BuildError, FilePart, encode};
use crate::file_name::safe_file_name;

/// A part with its header fields, ready to be written.
#[derive(Debug)]
pub(super) struct Entity {
    /// Fields without line ends, folded where necessary. Content-Type of a multipart lacks its
    /// boundary.
    pub(super) fields: Vec<String>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Leaf(Vec<u8>),
    Parts(Vec<Entity>),
}

impl Entity {
    /// A text part in UTF-8.
    pub(super) fn text(subtype: &str, text: &str) -> Entity {
        let encoded = encode::text(text);
        Entity {
            fields: vec![
                format!("Content-Type: text/{subtype}; charset=utf-8"),
                format!("Content-Transfer-Encoding: {}", encoded.encoding),
            ],
            content: Content::Leaf(encoded.bytes),
        }
    }

    pub(super) fn multipart(
        subtype: &str,
        parameters: &[(&str, &str)],
        parts: Vec<Entity>,
    ) -> Entity {
        let mut field = format!("Content-Type: multipart/{subtype}");
        for (name, value) in parameters {
            field.push_str(&format!("; {name}=\"{value}\""));
        }
        Entity {
            fields: vec![field],
            content: Content::Parts(parts),
        }
    }

    /// A file or an inline picture.
    pub(super) fn file(piece: &FilePart, inline: bool) -> Result<Entity, BuildError> {
        let name = safe_file_name(&piece.name);
        let mut media = media_type(&piece.media_type);
        // RFC 2046 §5.2.1: an inner message may not be encoded; one that is not safe unencoded
        // becomes application/octet-stream.
        let as_is = media == "message/rfc822" && encode::is_safe(&piece.bytes);
        if media.starts_with("message/") && !as_is || media.starts_with("multipart/") {
            media = "application/octet-stream".to_owned();
        }
        let disposition = format!(
            "Content-Disposition: {}",
            if inline { "inline" } else { "attachment" }
        );
        let mut fields = vec![
            format!("Content-Type: {media}"),
            disposition + &parameter("filename", &name),
        ];
        if let Some(id) = &piece.content_id {
            check_id(id)?;
            fields.push(format!("Content-ID: <{id}>"));
        }
        if as_is {
            fields.push("Content-Transfer-Encoding: 7bit".to_owned());
            let text = encode::with_crlf(&String::from_utf8_lossy(&piece.bytes));
            return Ok(Entity {
                fields,
                content: Content::Leaf(text.into_bytes()),
            });
        }
        let encoded = encode::base64(&piece.bytes);
        fields.push(format!("Content-Transfer-Encoding: {}", encoded.encoding));
        Ok(Entity {
            fields,
            content: Content::Leaf(encoded.bytes),
        })
    }

    fn holds(&self, text: &[u8]) -> bool {
        match &self.content {
            Content::Leaf(bytes) => memchr::memmem::find(bytes, text).is_some(),
            Content::Parts(parts) => parts.iter().any(|p| p.holds(text)),
        }
    }

    fn write(&self, boundaries: &mut Boundaries, out: &mut Vec<u8>) {
        let parts = match &self.content {
            Content::Leaf(bytes) => {
                for field in &self.fields {
                    out.extend_from_slice(field.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(bytes);
                return;
            }
            Content::Parts(parts) => parts,
        };
        let boundary = boundaries.next();
        for (i, field) in self.fields.iter().enumerate() {
            out.extend_from_slice(field.as_bytes());
            if i == 0 {
                out.extend_from_slice(format!(";\r\n boundary=\"{boundary}\"").as_bytes());
            }
            out.extend_from_slice(b"\r\n");
        }
        for part in parts {
            out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
            part.write(boundaries, out);
        }
        out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    }
}

/// A header and a body as one message.
pub(super) fn message(header: HeaderWriter, body: &Entity, seed: &str) -> Vec<u8> {
    let mut out = header.out;
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    body.write(&mut Boundaries::new(body, seed), &mut out);
    out
}

/// Boundaries that differ from each other and occur in no part. `=_` occurs in no encoded text (RFC
/// 2045 §6.7).
struct Boundaries {
    stem: String,
    count: usize,
}

impl Boundaries {
    fn new(body: &Entity, seed: &str) -> Boundaries {
        let mut hash = seed.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        loop {
            let stem = format!("=_{hash:016x}_");
            if !body.holds(stem.as_bytes()) {
                return Boundaries { stem, count: 0 };
            }
            hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        }
    }

    fn next(&mut self) -> String {
        self.count += 1;
        // The last letter keeps one boundary from being a prefix of another.
        format!("{}{}z", self.stem, self.count)
    }
}

fn media_type(text: &str) -> String {
    let is_token = |t: &str| {
        !t.is_empty()
            && t.len() <= 100
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    match text.split_once('/') {
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) => text.to_ascii_lowercase(),
        _ => "application/octet-stream".to_owned(),
    }
}

/// `; name=value`: a quoted string where possible, else encoded and split (RFC 2231 §3, §4).
/// Nothing for an empty value.
fn parameter(name: &str, value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let is_plain = value
        .bytes()
        .all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\')
        && !value.contains("=?");
    if is_plain && value.len() + name.len() + 5 <= LINE_CHARS_MAX {
        return format!(";\r\n {name}=\"{value}\"");
    }
    let room = LINE_CHARS_MAX - name.len() - 16;
    let mut pieces = vec![String::new()];
    for c in value.chars() {
        let mut coded = String::new();
        for b in c.encode_utf8(&mut [0; 4]).bytes() {
            // attribute-char := any (US-ASCII) CHAR except SPACE, CTLs, "*", "'", "%", or tspecials
            if b.is_ascii_alphanumeric() || b"!#$&+-.^_`{|}~".contains(&b) {
                coded.push(b as char);
            } else {
                coded.push_str(&format!("%{b:02X}"));
            }
        }
        if pieces.last().is_some_and(|p| p.len() + coded.len() > room) {
            pieces.push(String::new());
        }
        if let Some(last) = pieces.last_mut() {
            last.push_str(&coded);
        }
    }
    if let [only] = &pieces[..] {
        return format!(";\r\n {name}*=utf-8''{only}");
    }
    let piece = |(i, p): (usize, &String)| {
        format!(
            ";\r\n {name}*{i}*={}{p}",
            if i == 0 { "utf-8''" } else { "" }
        )
    };
    pieces.iter().enumerate().map(piece).collect()
}

//! The parts of a message that can be opened or saved, files packed inside parts included: their
//! names, paths and contents.

use std::borrow::Cow;

use crate::bodies::{self, Placed};
use crate::file_name::safe_file_name;
use crate::section::resolve;
use crate::tree::{Holds, Tree};
use crate::{tnef, uu, word};

/// How deep messages inside messages are read for their files.
pub(crate) const INNER_DEPTH_MAX: usize = 4;
/// In a path: what follows is a path within the message that the part holds.
pub(crate) const INNER: char = ':';

/// A part that can be opened or saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedPart {
    /// The path for [`attachment`]: part numbers as in IMAP, and `~n` for the n-th file packed
    /// inside the part (uuencode, TNEF). `2:1.3` is part 1.3 of the message that part 2 holds.
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

/// An invitation is often sent twice, as an alternative of the text and as a file: it is listed
/// once.
pub(crate) fn drop_repeated_calendars(
    tree: &Tree<'_>,
    parts: &[Placed],
    listed: &mut Vec<AttachedPart>,
) {
    let is_calendar = |p: &&Placed| {
        let media = &tree.part(p.index).media;
        media.is("text", "calendar") || media.is("application", "ics")
    };
    let content = |p: &Placed| tree.encoding(p.index).decode(tree.body(p.index));
    let calendars: Vec<&Placed> = parts.iter().filter(is_calendar).collect();
    for (i, one) in calendars.iter().enumerate() {
        let same =
            |other: &&Placed| content(one).trim_ascii_end() == content(other).trim_ascii_end();
        if calendars[i + 1..].iter().copied().any(|other| same(&other)) {
            let path = shown_path(&one.path);
            listed.retain(|part| part.path != path);
        }
    }
}

/// A part as an attachment; a TNEF part yields the files in it.
pub(crate) fn attached(tree: &Tree<'_>, placed: &Placed) -> Vec<AttachedPart> {
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
pub(crate) fn cut_uuencoded(
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
    let name = safe_file_name(&word::decode(&file.name));
    if name.is_empty() {
        "file.bin".to_owned()
    } else {
        name
    }
}

/// The decoded content of the part at `path`, see [`AttachedPart::path`]; also of text parts.
pub fn attachment<'a>(message: &'a [u8], path: &str) -> Option<Content<'a>> {
    if let Some((outer, rest)) = path.split_once(INNER) {
        if rest.matches(INNER).count() >= INNER_DEPTH_MAX {
            return None;
        }
        let inner = attachment(message, outer).filter(|c| is_message(&c.media_type))?;
        let found = attachment(&inner.bytes, rest)?;
        return Some(Content {
            bytes: Cow::Owned(found.bytes.into_owned()),
            ..found
        });
    }
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

fn is_message(media_type: &str) -> bool {
    matches!(media_type, "message/rfc822" | "message/global")
}

fn is_tnef(tree: &Tree<'_>, placed: &Placed) -> bool {
    let media = &tree.part(placed.index).media;
    media.is("application", "ms-tnef") || media.is("application", "vnd.ms-tnef")
}

pub(crate) fn shown_path(path: &[u32]) -> String {
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

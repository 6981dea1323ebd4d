//! Classifies the parts of a message: text, inline pictures, attachments (after RFC 8621 §4.1.4).

use crate::field::find;
use crate::file_name::safe_file_name;
use crate::lines::unfold;
use crate::tree::{Holds, Tree};
use crate::{charset, html, word};

/// A part with its number.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) index: usize,
    pub(crate) path: Vec<u32>,
    /// Shown inside the HTML text by its Content-ID.
    pub(crate) inline: bool,
}

/// The parts by their use. A part may be text for both views.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    pub(crate) text: Vec<Placed>,
    pub(crate) html: Vec<Placed>,
    pub(crate) attachments: Vec<Placed>,
}

/// Classifies the parts of a message.
pub(crate) fn sort(tree: &Tree<'_>) -> Bodies {
    let mut bodies = Bodies::default();
    if tree.part(0).holds == Holds::Parts {
        walk(
            tree,
            0,
            &mut Vec::new(),
            Views {
                text: true,
                html: true,
                alternative: tree.part(0).media.subtype == "alternative",
            },
            &mut bodies,
        );
    } else {
        let placed = Placed {
            index: 0,
            path: vec![1],
            inline: false,
        };
        let part = tree.part(0);
        if part.holds == Holds::Content
            && part.media.is_text()
            // RFC 6047 §2.4: an invitation may be the whole message.
            && !part.media.is("text", "calendar")
            && tree.disposition(0).kind != "attachment"
        {
            bodies.text.push(placed.clone());
            bodies.html.push(placed);
        } else {
            bodies.attachments.push(placed);
        }
    }
    let shows_html = bodies
        .html
        .iter()
        .any(|p| tree.part(p.index).media.is_html());
    for placed in &mut bodies.attachments {
        placed.inline &= shows_html;
    }
    bodies
}

/// The views in which the present part may be text.
#[derive(Clone, Copy)]
struct Views {
    text: bool,
    html: bool,
    /// An ancestor is a multipart/alternative.
    alternative: bool,
}

fn walk(tree: &Tree<'_>, index: usize, path: &mut Vec<u32>, views: Views, bodies: &mut Bodies) {
    let subtype = tree.part(index).media.subtype.as_str();
    let before = (bodies.text.len(), bodies.html.len());
    let mut views = views;
    for (i, &child) in tree.part(index).children.iter().enumerate() {
        path.push(i as u32 + 1);
        let part = tree.part(child);
        if part.holds == Holds::Parts {
            let alternative = views.alternative || part.media.subtype == "alternative";
            walk(
                tree,
                child,
                path,
                Views {
                    alternative,
                    ..views
                },
                bodies,
            );
        } else {
            place(tree, child, i, subtype, path, &mut views, bodies);
        }
        path.pop();
    }
    // An alternative of only one kind is shown in both views.
    if subtype == "alternative" && views.text && views.html {
        let (texts, htmls) = (bodies.text.len() - before.0, bodies.html.len() - before.1);
        if texts == 0 && htmls > 0 {
            bodies.text.extend_from_slice(&bodies.html[before.1..]);
        } else if htmls == 0 && texts > 0 {
            bodies.html.extend_from_slice(&bodies.text[before.0..]);
        }
    }
}

fn place(
    tree: &Tree<'_>,
    child: usize,
    position: usize,
    multipart: &str,
    path: &[u32],
    views: &mut Views,
    bodies: &mut Bodies,
) {
    let part = tree.part(child);
    let disposition = tree.disposition(child);
    let has_id = tree
        .fields(child)
        .any(|f| f.is("Content-ID") && !f.value.trim_ascii().is_empty());
    let placed = Placed {
        index: child,
        path: path.to_vec(),
        inline: has_id && (multipart == "related" || disposition.kind == "inline"),
    };
    let named = disposition
        .parameters
        .text("filename")
        .or_else(|| part.media.parameters.text("name"))
        .is_some();
    let (plain, html) = (part.media.is("text", "plain"), part.media.is_html());
    let is_text = part.holds == Holds::Content
        && (plain || html)
        && disposition.kind != "attachment"
        && (position == 0 || (multipart != "related" && !named) || multipart == "alternative");
    if !is_text {
        bodies.attachments.push(placed);
        return;
    }
    if multipart == "alternative" {
        let list = if plain {
            &mut bodies.text
        } else {
            &mut bodies.html
        };
        list.push(placed);
        return;
    }
    if views.alternative {
        // Inside one branch of an alternative: it belongs to one view only.
        if plain {
            views.html = false;
        } else {
            views.text = false;
        }
    }
    if views.text {
        bodies.text.push(placed.clone());
    }
    if views.html {
        bodies.html.push(placed.clone());
    }
    if !views.text && !views.html {
        // Text behind HTML in one branch of an alternative is in no view: listed, not lost.
        bodies.attachments.push(placed);
    }
}

/// The decoded text of a text part, of at most about `bytes_max` bytes of its body.
pub(crate) fn decoded_text(tree: &Tree<'_>, index: usize, bytes_max: usize) -> String {
    let part = tree.part(index);
    let raw = tree.body(index);
    let cut = &raw[..raw.len().min(bytes_max)];
    let bytes = tree.encoding(index).decode(cut);
    let declared = part.media.parameters.text("charset");
    let charset = match declared {
        None if part.media.is("text", "html") => charset::declared_in_html(&bytes),
        // XML without a declaration is UTF-8 (XML 1.0 §4.3.3), which a guess finds.
        declared => declared,
    };
    let text = charset::decode(charset.as_deref(), &bytes).into_owned();
    let text = if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    };
    let is_flowed = part.media.is("text", "plain")
        && part
            .media
            .parameters
            .text("format")
            .is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
    if is_flowed {
        let delsp = part
            .media
            .parameters
            .text("delsp")
            .is_some_and(|d| d.eq_ignore_ascii_case("yes"));
        return unflow(&text, delsp);
    }
    text
}

/// The text of a text part as plain text, HTML converted.
pub(crate) fn plain_text(tree: &Tree<'_>, index: usize, links: bool, bytes_max: usize) -> String {
    let text = decoded_text(tree, index, bytes_max);
    if tree.part(index).media.is_html() {
        html::to_text(&text, links, bytes_max)
    } else {
        text
    }
}

/// Joins flowed lines (RFC 3676 §4): a line that ends in a space continues in the next of the same
/// quote depth.
fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut flowing: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let rest = &line[depth..];
        // RFC 3676 §4.4: removes a stuffed space.
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = rest == "-- ";
        if flowing != Some(depth) || signature {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = rest.ends_with(' ') && !signature;
        out.push_str(if flows && delsp {
            &rest[..rest.len() - 1]
        } else {
            rest
        });
        flowing = flows.then_some(depth);
    }
    out.push('\n');
    out
}

/// The file name for saving a part, made safe: no folders, no control characters, not empty.
pub(crate) fn file_name(tree: &Tree<'_>, placed: &Placed) -> String {
    let part = tree.part(placed.index);
    let given = tree
        .disposition(placed.index)
        .parameters
        .text("filename")
        .or_else(|| part.media.parameters.text("name"));
    if let Some(name) = given.map(|n| safe_file_name(&n)).filter(|n| !n.is_empty()) {
        return name;
    }
    if part.holds == Holds::Message {
        // The part may be encoded, although RFC 2046 §5.2.1 forbids it.
        let inner = tree.encoding(placed.index).decode(tree.body(placed.index));
        let subject = find(&inner, "Subject").map(|f| safe_file_name(&f.text()));
        return format!(
            "{}.eml",
            subject
                .filter(|s| !s.is_empty())
                .unwrap_or_else(|| "message".to_owned())
        );
    }
    if part.media.is("text", "calendar") {
        // The name that calendar programs give an invitation (RFC 6047 §2.4).
        return "invite.ics".to_owned();
    }
    let number = placed
        .path
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".");
    let ending = match (&*part.media.kind, &*part.media.subtype) {
        ("text", "plain") => "txt",
        ("text", "vcard" | "x-vcard") => "vcf",
        ("image", "jpeg") => "jpg",
        ("image", "svg+xml") => "svg",
        ("message", _) => "txt",
        ("application", "pgp-signature") => "asc",
        ("text" | "image" | "audio" | "video", s)
            if s.len() <= 5 && s.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            s
        }
        ("application", s @ ("pdf" | "zip" | "json" | "xml" | "rtf")) => s,
        _ => "bin",
    };
    format!("part-{number}.{ending}")
}

/// Content-ID without its brackets.
pub(crate) fn content_id(tree: &Tree<'_>, index: usize) -> Option<String> {
    let field = tree.fields(index).find(|f| f.is("Content-ID"))?;
    let value = unfold(field.value);
    let value = value.strip_prefix(b"<").unwrap_or(&value);
    let value = value.strip_suffix(b">").unwrap_or(value);
    Some(word::decode(value)).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_join_within_their_quote() {
        let text = ">> Thou villainous ill-breeding spongy \n>> dizzy-eyed!\n> Henceforth, the \n> coding style\n plain \n end\n-- \nname\n";
        assert_eq!(
            unflow(text, false),
            ">> Thou villainous ill-breeding spongy dizzy-eyed!\n> Henceforth, the coding style\nplain end\n-- \nname\n"
        );
        assert_eq!(unflow("你 \n好\n", true), "你好\n");
    }
}

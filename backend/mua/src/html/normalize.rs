//! Bounds the work of the sanitizer's HTML parser. HTML's rules for unclosed tags let a small
//! message grow into a huge or very deep page and keep a parser busy for minutes. This single pass
//! closes every tag, bounds the depth and drops elements that the sanitizer would remove anyway. It
//! is not a security boundary: where it reads a message differently from a browser, the sanitizer
//! still sees every tag.

use super::{ELEMENT_ATTRIBUTES, ELEMENTS, GLOBAL_ATTRIBUTES};

/// Nesting limit; deeper tags are dropped and their text is kept.
pub const DEPTH_MAX: usize = 256;
/// Attributes read per tag.
pub const ATTRIBUTES_MAX: usize = 64;

/// Void elements (HTML §13.1.2).
const VOID: [&str; 5] = ["br", "hr", "img", "wbr", "col"];
/// Raw text elements (HTML §13.1.2), dropped with their content.
const RAW: [&str; 8] = [
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
];
/// Elements dropped with their content.
const SKIPPED: [&str; 11] = [
    "svg", "math", "object", "applet", "template", "select", "datalist", "canvas", "frameset",
    "portal", "noscript",
];
/// Elements that may contain only table parts.
const TABLE_PARTS: [&str; 5] = ["table", "tbody", "thead", "tfoot", "tr"];
/// Table parts.
const IN_TABLES: [&str; 9] = [
    "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "colgroup", "col",
];
/// Elements that do not close an open paragraph.
const PHRASES: [&str; 36] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "br", "cite", "code", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u", "wbr", "col", "td", "th",
];

struct Tag<'a> {
    name: String,
    end: bool,
    self_closing: bool,
    attributes: Vec<(String, &'a str)>,
}

enum Piece<'a> {
    Text(&'a str),
    Tag(Tag<'a>),
    /// A comment, a declaration or an invalid end tag.
    Nothing,
}

/// Rewrites the HTML with bounded depth and every tag closed.
pub(super) fn normalize_html(html: &str) -> String {
    let mut writer = Writer {
        out: String::with_capacity(html.len() + html.len() / 4),
        open: Vec::new(),
    };
    let mut rest = html;
    // The skipped element: the position after its start tag, the nesting depth of its name, and the
    // name.
    let mut skipping: Option<(&str, usize, String)> = None;
    let mut may_skip = true;
    loop {
        let Some((piece, after)) = next_piece(rest) else {
            match skipping.take() {
                // It is never closed: only its tag is dropped, and nothing is skipped any more.
                Some((begin, ..)) => (rest, may_skip) = (begin, false),
                None => break,
            }
            continue;
        };
        rest = after;
        match (piece, &mut skipping) {
            (Piece::Tag(tag), _) if !tag.end && tag.name == "plaintext" => rest = "",
            (Piece::Tag(tag), _) if !tag.end && RAW.contains(&tag.name.as_str()) => {
                rest = after_raw(rest, &tag.name);
            }
            (Piece::Tag(tag), Some((_, depth, name))) if tag.name == *name && !tag.self_closing => {
                *depth = if tag.end { *depth - 1 } else { *depth + 1 };
                if *depth == 0 {
                    skipping = None;
                }
            }
            (_, Some(_)) | (Piece::Nothing, _) => {}
            (Piece::Tag(tag), None)
                if may_skip
                    && !tag.end
                    && !tag.self_closing
                    && SKIPPED.contains(&tag.name.as_str()) =>
            {
                skipping = Some((rest, 1, tag.name));
            }
            (Piece::Tag(tag), None) => writer.tag(&tag),
            (Piece::Text(text), None) => writer.text(text),
        }
    }
    writer.close_to(0);
    writer.out
}

// Reads the next token (HTML §13.2.5, simplified). `None` at the end; an incomplete tag is dropped,
// as in browsers.
fn next_piece(html: &str) -> Option<(Piece<'_>, &str)> {
    if !html.starts_with('<') {
        let end = html.find('<').unwrap_or(html.len());
        return (end > 0).then(|| (Piece::Text(&html[..end]), &html[end..]));
    }
    let after = &html[1..];
    let starts_with_letter = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    match after.as_bytes().first() {
        Some(b'!') if after.starts_with("!--") => {
            Some((Piece::Nothing, after_comment(&after[3..])))
        }
        Some(b'/') if starts_with_letter(&after[1..]) => read_tag(&after[1..], true),
        Some(b'!' | b'?' | b'/') => Some((
            Piece::Nothing,
            after.find('>').map_or("", |end| &after[end + 1..]),
        )),
        Some(_) if starts_with_letter(after) => read_tag(after, false),
        _ => Some((Piece::Text("&lt;"), after)),
    }
}

fn after_comment(text: &str) -> &str {
    if let Some(rest) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return rest;
    }
    let ends = [
        text.find("-->").map(|i| i + 3),
        text.find("--!>").map(|i| i + 4),
    ];
    ends.into_iter()
        .flatten()
        .min()
        .map_or("", |end| &text[end..])
}

fn after_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(start) = rest.find("</") {
        rest = &rest[start + 2..];
        let named = rest
            .get(..name.len())
            .is_some_and(|n| n.eq_ignore_ascii_case(name));
        if named
            && rest[name.len()..]
                .starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
        {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

fn read_tag(text: &str, end: bool) -> Option<(Piece<'_>, &str)> {
    let len = text
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
        .unwrap_or(text.len());
    let mut tag = Tag {
        name: text[..len].to_ascii_lowercase(),
        end,
        self_closing: false,
        attributes: Vec::new(),
    };
    let mut rest = &text[len..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        if let Some(after) = rest.strip_prefix('>') {
            return Some((Piece::Tag(tag), after));
        }
        if let Some(after) = rest.strip_prefix('/') {
            tag.self_closing = after.starts_with('>');
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return Some((Piece::Nothing, ""));
        }
        let (name, value, after) = read_attribute(rest);
        if tag.attributes.len() < ATTRIBUTES_MAX && !end {
            tag.attributes.push((name.to_ascii_lowercase(), value));
        }
        rest = after;
    }
}

// `attribute-name [ "=" attribute-value ]`; returns name, value without quotes, and the rest.
fn read_attribute(text: &str) -> (&str, &str, &str) {
    // A leading `=` belongs to the name (HTML §13.2.5.32).
    let first = text.chars().next().map_or(0, char::len_utf8);
    let len = text[first..]
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '='))
        .map_or(text.len(), |i| first + i);
    let (name, rest) = text.split_at(len);
    let spaced = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let Some(value) = spaced.strip_prefix('=') else {
        return (name, "", rest);
    };
    let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => match value[1..].find(quote) {
            Some(end) => (name, &value[1..=end], &value[end + 2..]),
            None => (name, &value[1..], ""),
        },
        _ => {
            let end = value
                .find(|c: char| c.is_ascii_whitespace() || c == '>')
                .unwrap_or(value.len());
            (name, &value[..end], &value[end..])
        }
    }
}

/// Writes well-nested tags.
struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if !text.trim_ascii().is_empty() {
            self.leave_table_parts();
        }
        self.out.push_str(text);
    }

    // Browsers move content between rows in front of the table, which is slow to parse; here it
    // gets a row and a cell.
    fn leave_table_parts(&mut self) {
        match self.open.last() {
            Some(&"tr") => self.open_bare("td"),
            Some(top) if TABLE_PARTS.contains(top) => {
                self.open_bare("tr");
                self.open_bare("td");
            }
            _ => {}
        }
    }

    fn open_bare(&mut self, name: &'static str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        self.open.push(name);
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let Some(name) = ELEMENTS.into_iter().find(|n| *n == tag.name) else {
            return;
        };
        let void = VOID.contains(&name);
        if tag.end {
            match name {
                "br" => self.begin(name, &[]),
                _ if void => {}
                _ => self.end(name),
            }
            return;
        }
        self.end_implied(name);
        if IN_TABLES.contains(&name) {
            if !self.open.contains(&"table") {
                return;
            }
        } else {
            self.leave_table_parts();
        }
        // Leaves room for an implied row and cell.
        if void || self.open.len() + 2 < DEPTH_MAX {
            self.begin(name, &tag.attributes);
            if !void {
                self.open.push(name);
            }
        }
    }

    fn begin(&mut self, name: &'static str, attributes: &[(String, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            let known = GLOBAL_ATTRIBUTES.contains(&attribute.as_str())
                || ELEMENT_ATTRIBUTES
                    .iter()
                    .any(|(of, names)| *of == name && names.contains(&attribute.as_str()));
            if known {
                self.out.push(' ');
                self.out.push_str(attribute);
                self.out.push_str("=\"");
                self.out.push_str(&value.replace('"', "&quot;"));
                self.out.push('"');
            }
        }
        self.out.push('>');
    }

    // Closes elements whose end tag is implied by a new element (HTML §13.1.2.4).
    fn end_implied(&mut self, name: &str) {
        let (ended, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol", "table", "td", "th"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl", "table", "td", "th"]),
            "td" | "th" => (&["td", "th", "caption"], &["table"]),
            "tr" => (&["tr", "caption", "colgroup"], &["table"]),
            "tbody" | "thead" | "tfoot" => (
                &["tbody", "thead", "tfoot", "tr", "caption", "colgroup"],
                &["table"],
            ),
            "a" => (&["a"], &["table", "td", "th"]),
            _ if !PHRASES.contains(&name) => (&["p"], &["table", "td", "th", "caption"]),
            _ => return,
        };
        // The outermost one inside the boundary: a new row group closes the row and the group.
        let floor = self
            .open
            .iter()
            .rposition(|open| within.contains(open))
            .map_or(0, |i| i + 1);
        if let Some(at) = self.open[floor..]
            .iter()
            .position(|open| ended.contains(open))
        {
            self.close_to(floor + at);
        }
    }

    // An end tag closes the innermost element of its name, but not across a cell or table.
    fn end(&mut self, name: &str) {
        let walls: &[&str] = if IN_TABLES.contains(&name) || name == "table" {
            &["table"]
        } else {
            &["table", "td", "th", "caption"]
        };
        for at in (0..self.open.len()).rev() {
            if self.open[at] == name {
                return self.close_to(at);
            }
            if walls.contains(&self.open[at]) {
                return;
            }
        }
    }

    fn close_to(&mut self, len: usize) {
        while self.open.len() > len {
            if let Some(name) = self.open.pop() {
                self.out.push_str("</");
                self.out.push_str(name);
                self.out.push('>');
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! HTML → text, for previews, search and text alternatives; text → HTML, for showing plain
//! messages. The result of `text_to_html` is safe to show. HTML from a message is *not* sanitized
//! here: that is done in `mua`.

use memchr::{memchr, memmem};

mod quote;
mod reference;

pub use quote::text_to_html;

use reference::Place;

/// Between the cells of a table's row.
const CELLS: &str = " | ";

/// Converts HTML to plain text: blocks on lines of their own, list items with `- `, quotes with `>
/// `, a bar between the cells of a row, links with their target after them, white space in `<pre>`
/// as it is. Scripts, styles and comments are dropped.
pub fn html_to_text(html: &str) -> String {
    to_text(html, true, usize::MAX)
}

/// As [`html_to_text`]; `links` says whether targets are shown; stops after about `bytes_max` bytes
/// of output.
pub(crate) fn to_text(html: &str, links: bool, bytes_max: usize) -> String {
    let mut writer = Writer {
        links,
        ..Writer::default()
    };
    let bytes = html.as_bytes();
    let mut at = 0;
    while at < bytes.len() && writer.out.len() < bytes_max {
        let text_end = memchr(b'<', &bytes[at..]).map_or(bytes.len(), |i| at + i);
        writer.text(&html[at..text_end]);
        at = text_end;
        if at < bytes.len() {
            at = markup(html, at, &mut writer);
        }
    }
    writer.out.truncate(writer.out.trim_end().len());
    writer.out
}

// Handles the markup at the `<` at `at`; returns the offset after it.
fn markup(html: &str, at: usize, writer: &mut Writer) -> usize {
    let rest = &html.as_bytes()[at..];
    let find = |needle: &[u8], from: usize| {
        rest.get(from..)
            .and_then(|r| memmem::find(r, needle))
            .map(|i| from + i)
    };
    let skip_to = |i: Option<usize>, len: usize| i.map_or(html.len(), |i| at + i + len);
    if rest.starts_with(b"<!--") {
        return comment_end(rest).map_or(html.len(), |i| at + i);
    }
    if rest.starts_with(b"<![CDATA[") {
        let end = find(b"]]>", 9);
        writer.text(&html[at + 9..end.map_or(html.len(), |i| at + i)]);
        return skip_to(end, 3);
    }
    if rest.starts_with(b"<!") || rest.starts_with(b"<?") {
        return skip_to(find(b">", 2), 1);
    }
    let closing = rest.get(1) == Some(&b'/');
    let name_start = 1 + usize::from(closing);
    if !rest.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
        // WHATWG HTML §13.2.5.7: an end tag without a name is a comment.
        if closing && rest.len() > name_start {
            return skip_to(find(b">", name_start), 1);
        }
        writer.text("<");
        return at + 1;
    }
    let Some(end) = tag_end(rest) else {
        return html.len();
    };
    let tag = &rest[name_start..end];
    let name_len = tag
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || *b == b':' || *b == b'-'))
        .unwrap_or(tag.len());
    let name = String::from_utf8_lossy(&tag[..name_len.min(16)]).to_ascii_lowercase();
    if !closing
        && matches!(
            &*name,
            "script" | "style" | "title" | "template" | "noscript" | "textarea" | "xmp"
        )
        && !tag.ends_with(b"/")
    {
        return skip_element(rest, end, &name).map_or(html.len(), |i| at + i);
    }
    let attributes = &html[at + name_start + name_len..at + end];
    writer.tag(&name, closing, attributes);
    at + end + 1
}

/// The offset after a comment. `<!-->` and `<!--->` are complete ones, and `--!>` ends one too
/// (WHATWG HTML §13.2.5.43–52).
fn comment_end(rest: &[u8]) -> Option<usize> {
    // The dashes that begin the comment may also end it, but not with an exclamation mark.
    let ends =
        |at: &usize| (rest[2..*at].ends_with(b"--")) || (*at >= 7 && rest[..*at].ends_with(b"--!"));
    memchr::memchr_iter(b'>', rest)
        .filter(|at| *at >= 4)
        .find(ends)
        .map(|at| at + 1)
}

/// The offset of the tag's `>`; one inside a quoted attribute value does not count.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut before_value = false;
    for (i, &b) in tag.iter().enumerate() {
        match quote {
            Some(q) if b == q => quote = None,
            Some(_) => {}
            None if b == b'>' => return Some(i),
            None if before_value && matches!(b, b'"' | b'\'') => quote = Some(b),
            None => {}
        }
        before_value = b == b'=' || (before_value && b.is_ascii_whitespace());
    }
    None
}

// The offset after the closing tag of an element whose content is not shown.
fn skip_element(rest: &[u8], from: usize, name: &str) -> Option<usize> {
    memmem::find_iter(&rest[from..], b"</")
        .map(|i| from + i + 2)
        .find_map(|i| {
            let found = rest.get(i..i + name.len())?;
            found
                .eq_ignore_ascii_case(name.as_bytes())
                .then(|| memchr(b'>', &rest[i..]).map_or(rest.len(), |e| i + e + 1))
        })
}

#[derive(Default)]
struct Writer {
    out: String,
    links: bool,
    /// White space is pending before the next word.
    space: bool,
    /// Line ends pending before the next word.
    breaks: usize,
    quote: usize,
    /// The quote depth of the last line.
    written_quote: usize,
    preformatted: usize,
    /// Nothing of a `<pre>` was read yet: a line end here does not count (WHATWG HTML §13.2.6.4.7).
    pre_begins: bool,
    /// A cell has begun behind another one of its row.
    cell: bool,
    link: Option<(String, usize)>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        self.decoded(text, Place::Text);
    }

    // Writes a text with its character references decoded.
    fn decoded(&mut self, text: &str, place: Place) {
        let mut rest = text;
        while let Some(i) = memchr(b'&', rest.as_bytes()) {
            self.words(&rest[..i]);
            rest = &rest[i..];
            let (characters, len) = reference::read(rest, place).unwrap_or(("&".to_owned(), 1));
            self.words(&characters);
            rest = &rest[len..];
        }
        self.words(rest);
    }

    fn words(&mut self, text: &str) {
        for c in text.chars() {
            let begins = std::mem::take(&mut self.pre_begins);
            if self.preformatted > 0 && (c.is_whitespace() || c == '\r') {
                self.preformatted_space(c, begins);
            } else if c.is_whitespace() || c.is_control() {
                self.space = true;
                self.pre_begins = begins && c == '\r';
            } else if !matches!(
                c,
                '\u{200b}' | '\u{200c}' | '\u{feff}' | '\u{ad}' | '\u{34f}'
            ) {
                // The characters that are dropped are padding of hidden preview lines in
                // newsletters.
                self.settle();
                self.out.push(c);
            }
        }
    }

    fn preformatted_space(&mut self, c: char, begins: bool) {
        match c {
            '\r' => self.pre_begins = begins,
            '\n' if begins => {}
            '\n' => self.breaks += 1,
            c => {
                self.settle();
                self.out.push(if c == '\t' { c } else { ' ' });
            }
        }
    }

    // Writes pending line ends, quote marks and space.
    fn settle(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        if self.out.is_empty() {
            self.breaks = 0;
            self.space = false;
            self.mark(self.quote);
            return;
        }
        if self.breaks > 0 {
            // An empty line between two quote depths belongs to the lesser.
            let between = self.quote.min(self.written_quote);
            for left in (0..self.breaks).rev() {
                self.out.truncate(self.out.trim_end_matches(' ').len());
                self.out.push('\n');
                self.mark(if left == 0 { self.quote } else { between });
            }
            self.breaks = 0;
            self.space = false;
            return;
        }
        if cell && !self.out.ends_with('\n') {
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.push_str(CELLS);
        } else if self.space {
            self.out.push(' ');
        }
        self.space = false;
    }

    fn mark(&mut self, level: usize) {
        for _ in 0..level {
            self.out.push_str("> ");
        }
        self.written_quote = level;
    }

    fn block(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    fn tag(&mut self, name: &str, closing: bool, attributes: &str) {
        match name {
            "br" => self.breaks = (self.breaks + 1).min(3),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" => {
                self.block(2);
            }
            "hr" => {
                self.block(1);
                self.words("———");
                self.block(1);
            }
            "pre" => {
                self.block(2);
                self.pre_begins = !closing;
                self.preformatted = if closing {
                    self.preformatted.saturating_sub(1)
                } else {
                    self.preformatted + 1
                };
            }
            "blockquote" => {
                self.block(2);
                self.quote = if closing {
                    self.quote.saturating_sub(1)
                } else {
                    (self.quote + 1).min(quote::LEVELS_MAX)
                };
            }
            "li" => {
                self.block(1);
                if !closing {
                    self.words("-");
                    self.space = true;
                }
            }
            "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "dt"
            | "dd" | "form" | "center" | "body" | "main" | "figure" | "figcaption" | "caption" => {
                self.block(1);
            }
            "td" | "th" => {
                self.space = true;
                self.cell |= !closing;
            }
            "option" | "label" => self.space = true,
            "a" if self.links => self.anchor(closing, attributes),
            _ => {}
        }
    }

    fn anchor(&mut self, closing: bool, attributes: &str) {
        if let Some((target, start)) = self.link.take() {
            let shown = self.out.get(start..).unwrap_or_default();
            let shown = shown.strip_prefix(CELLS).unwrap_or(shown).trim();
            let bare = |t: &str| {
                t.trim_start_matches("https://")
                    .trim_start_matches("http://")
                    .trim_start_matches("mailto:")
                    .trim_end_matches('/')
                    .to_owned()
            };
            if !shown.is_empty() && bare(shown) != bare(&target) {
                self.words(&format!(" <{target}>"));
            }
        }
        if !closing {
            let target = attribute(attributes, "href").filter(|t| {
                ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|s| starts_with(t, s))
            });
            self.link = target.map(|t| (t, self.out.len()));
        }
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|p| p.eq_ignore_ascii_case(prefix))
}

/// The value of an attribute, entities decoded.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_len = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let found = rest[..name_len].eq_ignore_ascii_case(name);
        rest = rest[name_len..].trim_ascii_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            rest = after.trim_ascii_start();
            (value, rest) = match rest.chars().next() {
                Some(q @ ('"' | '\'')) => rest[1..].split_once(q).unwrap_or((&rest[1..], "")),
                _ => rest.split_at(
                    rest.find(|c: char| c.is_ascii_whitespace())
                        .unwrap_or(rest.len()),
                ),
            };
        }
        if found {
            let mut writer = Writer::default();
            writer.decoded(value, Place::Attribute);
            return Some(writer.out);
        }
    }
}

#[cfg(test)]
mod tests;

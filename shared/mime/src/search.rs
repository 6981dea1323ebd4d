//! The searchable text of a message, and a comparison suited to Chinese: width and case are folded,
//! line breaks inside Chinese text are ignored.

use unicode_normalization::UnicodeNormalization;

use crate::bodies::{self, Placed};
use crate::field::fields;
use crate::transfer::Encoding;
use crate::tree::{Holds, Tree};

/// Bytes of HTML that are read for one byte of text.
const MARKUP_FACTOR: usize = 8;

/// How deep encoded messages inside messages are searched.
const INNER_DEPTH_MAX: usize = 4;

/// The decoded text of a message for search: every text part, HTML converted, inner messages with
/// their subjects and authors included, then the names of its files; about `bytes_max` bytes.
/// Without its own header fields.
pub fn text_of(message: &[u8], bytes_max: usize) -> String {
    text_within(message, bytes_max, INNER_DEPTH_MAX)
}

fn text_within(message: &[u8], bytes_max: usize, depth: usize) -> String {
    let tree = Tree::parse(message);
    let mut out = String::new();
    let mut names = String::new();
    for (index, part) in tree.parts.iter().enumerate() {
        if part.holds == Holds::Parts || out.len() >= bytes_max {
            continue;
        }
        if part.holds == Holds::Message {
            push_inner(&tree, index, bytes_max - out.len(), depth, &mut out);
        }
        if part.holds == Holds::Content && part.media.is_text() {
            out.push_str(&bodies::plain_text(
                &tree,
                index,
                false,
                bytes_max.saturating_mul(MARKUP_FACTOR),
            ));
            out.push('\n');
        }
        let disposition = tree.disposition(index).parameters.text("filename");
        if disposition.is_some() || part.media.parameters.text("name").is_some() {
            names.push_str(&bodies::file_name(
                &tree,
                &Placed {
                    index,
                    path: Vec::new(),
                    inline: false,
                },
            ));
            names.push('\n');
        }
    }
    out.push_str(&names);
    if out.len() > bytes_max {
        let mut end = bytes_max;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
    }
    out
}

/// The subject and authors of the message in a part; of an encoded one, which has no parts in the
/// tree, its text too.
fn push_inner(tree: &Tree<'_>, index: usize, bytes_max: usize, depth: usize, out: &mut String) {
    let encoding = tree.encoding(index);
    let body = encoding.decode(tree.body(index));
    for field in fields(&body).filter(|f| f.is("Subject") || f.is("From")) {
        out.push_str(&field.text());
        out.push('\n');
    }
    if encoding != Encoding::Identity && depth > 0 {
        out.push_str(&text_within(&body, bytes_max, depth - 1));
        out.push('\n');
    }
}

/// The form in which texts are compared: NFKC, lower case, white space collapsed to one space, none
/// between Chinese (or Japanese) characters.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut last = ' ';
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if space && !out.is_empty() && !(is_cjk(last) && is_cjk(c)) {
            out.push(' ');
        }
        space = false;
        out.push(c);
        last = c;
    }
    out
}

/// Characters of scripts without spaces between words: Han, Kana, and their punctuation.
pub(crate) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{30ff}' | '\u{31f0}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// True where the folded haystack contains the folded needle.
pub fn contains(haystack: &str, needle: &str) -> bool {
    Needle::new(needle).is_in(haystack)
}

/// A search text, folded once for many comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle(String);

impl Needle {
    /// Folds the text.
    pub fn new(text: &str) -> Needle {
        Needle(fold(text))
    }

    /// True where the text contains it; every text contains the empty needle (RFC 9051 §6.4.4).
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_empty()
            || memchr::memmem::find(fold(text).as_bytes(), self.0.as_bytes()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_in_any_width_and_case() {
        for (haystack, needle) in [
            ("Hello World", "o w"),
            ("ＨＥＬＬＯ", "hello"),
            ("今天我们学\n习邮件协议", "学习"),
            ("今天我们学习邮件", "邮件"),
            ("CAFÉ", "cafe\u{301}"),
            ("a  b\r\nc", "b c"),
            ("x", ""),
        ] {
            assert!(contains(haystack, needle), "{haystack:?} {needle:?}");
        }
        assert!(!contains("今天", "天今") && !contains("", "x") && !contains("ab", "a b"));
    }

    #[test]
    fn collects_the_text_of_all_parts_up_to_the_limit() {
        let m = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>one</p>\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nA: b\r\n\r\ntwo\r\n--b\r\nContent-Type: image/png; name=three.png\r\n\r\nfour\r\n--b--\r\n";
        assert_eq!(text_of(m, 1000), "one\ntwo\nthree.png\n");
        assert_eq!(text_of(m, 5), "one\nt");
        assert_eq!(text_of("A: b\r\n\r\n你好".as_bytes(), 4), "你");
    }
}

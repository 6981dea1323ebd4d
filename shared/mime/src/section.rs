//! Sections of a message as IMAP's FETCH BODY[…] names them (RFC 9051 §6.4.5, §6.4.5.1): part
//! numbers, HEADER, HEADER.FIELDS, TEXT, MIME.

use std::borrow::Cow;
use std::ops::Range;

use crate::field::{self, Fields};
use crate::tree::{Holds, Tree};

/// `section-spec = section-msgtext / (section-part ["." section-text])`
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Section {
    /// Part numbers from the outside in; empty for the message itself.
    pub path: Vec<u32>,
    /// The piece of the part.
    pub what: What,
}

/// The piece of a message or part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum What {
    /// The whole message, or the body of a part.
    #[default]
    All,
    /// `HEADER`: of the message, or of the message that the part holds.
    Header,
    /// `HEADER.FIELDS (…)` and `HEADER.FIELDS.NOT (…)`
    HeaderFields {
        /// Field names in any case.
        names: Vec<String>,
        /// All other fields instead of these.
        not: bool,
    },
    /// `TEXT`: the body of the message, or of the message that the part holds.
    Text,
    /// `MIME`: the header of the part.
    Mime,
}

/// The bytes of a section; `None` where the message has no such part.
pub fn section<'a>(message: &'a [u8], section: &Section) -> Option<Cow<'a, [u8]>> {
    if let What::HeaderFields { names, not } = &section.what {
        let header = section_range(
            message,
            &Section {
                path: section.path.clone(),
                what: What::Header,
            },
        )?;
        return Some(Cow::Owned(header_fields(&message[header], names, *not)));
    }
    section_range(message, section).map(|r| Cow::Borrowed(&message[r]))
}

/// The range of a section; `None` where there is no such part, or for HEADER.FIELDS, which is not
/// contiguous.
pub fn section_range(message: &[u8], section: &Section) -> Option<Range<usize>> {
    if section.path.is_empty() {
        return match section.what {
            What::All => Some(0..message.len()),
            What::Header => Some(0..field::header_end(message)),
            What::Text => Some(field::header_end(message)..message.len()),
            What::HeaderFields { .. } | What::Mime => None,
        };
    }
    let tree = Tree::parse(message);
    let part = tree.part(resolve(&tree, &section.path)?);
    match section.what {
        What::All => Some(part.body.clone()),
        What::Mime => Some(part.header.clone()),
        What::Header if part.holds == Holds::Message => {
            part.children.first().map(|c| tree.part(*c).header.clone())
        }
        What::Text if part.holds == Holds::Message => {
            part.children.first().map(|c| tree.part(*c).body.clone())
        }
        _ => None,
    }
}

/// The part with these numbers. The body of a message that is not multipart is part 1.
pub(crate) fn resolve(tree: &Tree<'_>, path: &[u32]) -> Option<usize> {
    let mut here = 0;
    // True where `here` is the root of a message, from which part numbers count.
    let mut at_message = true;
    for &number in path {
        if !at_message && tree.part(here).holds == Holds::Message {
            here = *tree.part(here).children.first()?;
            at_message = true;
        }
        if tree.part(here).holds == Holds::Parts {
            here = *tree
                .part(here)
                .children
                .get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        } else if !at_message || number != 1 {
            return None;
        }
        at_message = false;
    }
    Some(here)
}

/// The requested fields as they are, and the empty line after them (RFC 9051 §6.4.5.1).
fn header_fields(header: &[u8], names: &[String], not: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in Fields::of_header(header) {
        if names.iter().any(|n| field.is(n)) != not {
            out.extend_from_slice(&header[field.range]);
            if !out.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    // The message of the example in RFC 9051 §6.4.5.1, its parts filled with their own numbers.
    const MESSAGE: &str = "Subject: root\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain\r\n\r\none\r\n\
        --a\r\nContent-Type: application/octet-stream\r\n\r\ntwo\r\n\
        --a\r\nContent-Type: message/rfc822\r\n\r\nSubject: three\r\nX: y\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\n\r\nthree.one\r\n--b\r\n\r\nthree.two\r\n--b--\r\n\
        --a\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
        --c\r\nContent-Type: image/gif\r\n\r\nfour.one\r\n\
        --c\r\nContent-Type: message/rfc822\r\n\r\nSubject: four.two\r\n\r\nfour.two.one\r\n--c--\r\n--a--\r\n";

    fn check(message: &str, path: &[u32], what: What, expected: Option<&str>) {
        let got = section(
            message.as_bytes(),
            &Section {
                path: path.to_vec(),
                what,
            },
        );
        assert_eq!(
            got.as_deref().map(String::from_utf8_lossy).as_deref(),
            expected,
            "{path:?}"
        );
    }

    #[test]
    fn numbers_parts_as_the_rfc_does() {
        for (path, expected) in [
            (&[1][..], Some("one")),
            (&[2], Some("two")),
            (&[3, 1], Some("three.one")),
            (&[3, 2], Some("three.two")),
            (&[4, 1], Some("four.one")),
            (&[4, 2], Some("Subject: four.two\r\n\r\nfour.two.one")),
            (&[4, 2, 1], Some("four.two.one")),
            (&[5], None),
            (&[0], None),
            (&[1, 1], None),
            (&[4, 2, 1, 1], None),
        ] {
            check(MESSAGE, path, What::All, expected);
        }
    }

    #[test]
    fn headers_and_texts_of_messages_in_parts() {
        check(
            MESSAGE,
            &[4, 2],
            What::Header,
            Some("Subject: four.two\r\n\r\n"),
        );
        check(MESSAGE, &[4, 2], What::Text, Some("four.two.one"));
        check(
            MESSAGE,
            &[4, 2],
            What::Mime,
            Some("Content-Type: message/rfc822\r\n\r\n"),
        );
        check(MESSAGE, &[1], What::Header, None);
        check(
            MESSAGE,
            &[],
            What::Header,
            Some("Subject: root\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"),
        );
        check(MESSAGE, &[], What::Mime, None);
    }

    #[test]
    fn the_body_of_a_plain_message_is_its_part_one() {
        check("A: b\r\n\r\nbody", &[1], What::All, Some("body"));
        check("A: b\r\n\r\nbody", &[1], What::Mime, Some("A: b\r\n\r\n"));
        check("A: b\r\n\r\nbody", &[2], What::All, None);
        check("A: b\r\n\r\nbody", &[1, 1], What::All, None);
        check(
            "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nbody",
            &[1, 1],
            What::All,
            Some("body"),
        );
    }

    #[test]
    fn selects_header_fields_and_appends_an_empty_line() {
        let fields = |not| What::HeaderFields {
            names: vec!["SUBJECT".into(), "none".into()],
            not,
        };
        check(MESSAGE, &[], fields(false), Some("Subject: root\r\n\r\n"));
        check(
            MESSAGE,
            &[3],
            fields(true),
            Some("X: y\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"),
        );
        check("Subject: x", &[], fields(false), Some("Subject: x\r\n\r\n"));
    }
}

//! The section of a message that FETCH requests: `BODY[1.2.HEADER.FIELDS (From)]<0.512>` as a type
//! (RFC 3501 §6.4.5). Does not read messages.

use crate::write;
use std::ops::Range;

/// The requested piece of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionText {
    /// The whole message, or the part's content.
    All,
    /// `HEADER`
    Header,
    /// `HEADER.FIELDS (…)`
    Fields(Vec<String>),
    /// `HEADER.FIELDS.NOT (…)`
    FieldsNot(Vec<String>),
    /// `TEXT`
    Text,
    /// `MIME`
    Mime,
}

/// `section`: the part's numbers, empty for the message itself, and the piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `1.2` as `[1, 2]`.
    pub part: Vec<u32>,
    /// The piece of the part.
    pub text: SectionText,
}

/// One BODY[…], BODY.PEEK[…] or RFC822… item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionItem {
    /// The section.
    pub section: Section,
    /// Reading it does not set `\Seen`.
    pub peek: bool,
    /// `<offset.count>`: the requested range of octets.
    pub partial: Option<(u32, u32)>,
    // The name of the item in the response.
    label: Box<[u8]>,
}

impl SectionItem {
    /// `BODY[…]` or `BODY.PEEK[…]`.
    pub fn body(section: Section, peek: bool, partial: Option<(u32, u32)>) -> SectionItem {
        let mut label = b"BODY[".to_vec();
        put_section(&mut label, &section);
        label.push(b']');
        // RFC 3501 §7.4.2: the response names the origin octet only.
        if let Some((origin, _)) = partial {
            label.push(b'<');
            write::number(&mut label, u64::from(origin));
            label.push(b'>');
        }
        SectionItem {
            section,
            peek,
            partial,
            label: label.into(),
        }
    }

    /// `RFC822`, `RFC822.HEADER`, `RFC822.TEXT`: obsolete names (RFC 3501 §6.4.5); only the header
    /// is a peek.
    pub fn rfc822(name: &'static str, text: SectionText) -> SectionItem {
        let peek = text == SectionText::Header;
        SectionItem {
            section: Section {
                part: Vec::new(),
                text,
            },
            peek,
            partial: None,
            label: name.as_bytes().into(),
        }
    }

    /// Its name in the response: `BODY[1.MIME]<0>`.
    pub fn label(&self) -> &[u8] {
        &self.label
    }

    /// The requested range of a section of `octets`; empty where the origin is past the end.
    pub fn range(&self, bytes: u64) -> Range<u64> {
        match self.partial {
            None => 0..bytes,
            Some((origin, count)) => {
                let from = u64::from(origin).min(bytes);
                from..(from + u64::from(count)).min(bytes)
            }
        }
    }
}

fn put_section(out: &mut Vec<u8>, section: &Section) {
    for (i, n) in section.part.iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        write::number(out, u64::from(*n));
    }
    if !section.part.is_empty() && section.text != SectionText::All {
        out.push(b'.');
    }
    match &section.text {
        SectionText::All => {}
        SectionText::Header => out.extend_from_slice(b"HEADER"),
        SectionText::Text => out.extend_from_slice(b"TEXT"),
        SectionText::Mime => out.extend_from_slice(b"MIME"),
        SectionText::Fields(names) => put_fields(out, b"HEADER.FIELDS (", names),
        SectionText::FieldsNot(names) => put_fields(out, b"HEADER.FIELDS.NOT (", names),
    }
}

fn put_fields(out: &mut Vec<u8>, head: &[u8], names: &[String]) {
    out.extend_from_slice(head);
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        write::astring(out, name.as_bytes());
    }
    out.push(b')');
}

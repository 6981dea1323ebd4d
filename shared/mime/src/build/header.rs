//! Writes header fields with folding and encoded words (RFC 2047 §2). Rejects every value that
//! could inject a line.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::BuildError;
use super::encode::{q_byte, q_len};
use crate::address::NameAddr;

/// Lines are folded before this column (RFC 5322 §2.1.1; RFC 2047 §2 requires 76 for lines with an
/// encoded word).
pub(super) const LINE_CHARS_MAX: usize = 76;
/// The longest encoded word (RFC 2047 §2).
const WORD_CHARS_MAX: usize = 75;
/// `=?utf-8?B?` and `?=`
const WORD_FRAME_CHARS: usize = 12;

/// Writes fields one after another.
#[derive(Default)]
pub(super) struct HeaderWriter {
    pub(super) out: Vec<u8>,
    column: usize,
}

impl HeaderWriter {
    /// A field with a known valid value: dates, media types.
    pub(super) fn token(&mut self, name: &str, value: &str) {
        self.begin(name);
        self.put(value);
        self.end();
    }

    /// Unstructured text, encoded where necessary. An empty text writes no field.
    pub(super) fn unstructured(&mut self, name: &str, text: &str) -> Result<(), BuildError> {
        if name.is_empty() || !name.bytes().all(|b| matches!(b, 33..=57 | 59..=126)) {
            return Err(BuildError::Field(name.to_owned()));
        }
        if text.chars().any(char::is_control) {
            return Err(BuildError::Injection(name.to_owned()));
        }
        if text.is_empty() {
            return Ok(());
        }
        self.begin(name);
        if is_plain(text) {
            self.fold_words(text);
        } else {
            self.encoded_words(text);
        }
        self.end();
        Ok(())
    }

    /// An address list; no field for an empty one.
    pub(super) fn addresses(&mut self, name: &str, list: &[NameAddr]) -> Result<(), BuildError> {
        if list.is_empty() {
            return Ok(());
        }
        self.begin(name);
        for (i, who) in list.iter().enumerate() {
            if i > 0 {
                self.put(",");
                self.space(who.name.len() + who.address.len() + 4);
            }
            self.mailbox(name, who)?;
        }
        self.end();
        Ok(())
    }

    /// `mailbox = name-addr / addr-spec` (RFC 5322 §3.4)
    fn mailbox(&mut self, field: &str, who: &NameAddr) -> Result<(), BuildError> {
        check_address(&who.address)?;
        if who.name.chars().any(char::is_control) {
            return Err(BuildError::Injection(field.to_owned()));
        }
        let name = who.name.trim();
        if name.is_empty() {
            self.put(&who.address);
            return Ok(());
        }
        if !is_plain(name) {
            self.encoded_words(name);
        } else if name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b))
        {
            self.fold_words(name);
        } else {
            // quoted-string (RFC 5322 §3.2.4)
            let quoted: String = name
                .chars()
                .flat_map(|c| {
                    matches!(c, '"' | '\\')
                        .then_some('\\')
                        .into_iter()
                        .chain([c])
                })
                .collect();
            self.put(&format!("\"{quoted}\""));
        }
        self.space(who.address.len() + 2);
        self.put(&format!("<{}>", who.address));
        Ok(())
    }

    /// `1*msg-id`; no field for an empty list.
    pub(super) fn ids(&mut self, name: &str, ids: &[String]) -> Result<(), BuildError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.begin(name);
        for (i, id) in ids.iter().enumerate() {
            check_id(id)?;
            if i > 0 {
                self.space(id.len() + 2);
            }
            self.put(&format!("<{id}>"));
        }
        self.end();
        Ok(())
    }

    fn begin(&mut self, name: &str) {
        self.column = 0;
        self.put(name);
        self.put(": ");
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
    }

    // White space: folded where the following word would not fit on the line.
    fn space(&mut self, following: usize) {
        if self.column + 1 + following > LINE_CHARS_MAX {
            self.fold();
        } else {
            self.put(" ");
        }
    }

    fn fold(&mut self) {
        self.out.extend_from_slice(b"\r\n ");
        self.column = 1;
    }

    fn fold_words(&mut self, text: &str) {
        for (i, word) in text.split(' ').enumerate() {
            if i > 0 {
                // Some parsers end the header at a line of white space.
                if word.is_empty() {
                    self.put(" ");
                } else {
                    self.space(word.len());
                }
            }
            self.put(word);
        }
    }

    /// Encodes the text as encoded words, in the shorter of both encodings, split between
    /// characters (RFC 2047 §5).
    fn encoded_words(&mut self, text: &str) {
        let base64 = text.len().div_ceil(3) * 4 <= q_len(text);
        let mut rest = text;
        while !rest.is_empty() {
            if self.column + WORD_FRAME_CHARS + 16 > LINE_CHARS_MAX {
                self.fold();
            }
            let room = WORD_CHARS_MAX.min(LINE_CHARS_MAX - self.column) - WORD_FRAME_CHARS;
            let mut end = 0;
            for (i, c) in rest.char_indices() {
                let taken = &rest[..i + c.len_utf8()];
                let len = if base64 {
                    taken.len().div_ceil(3) * 4
                } else {
                    q_len(taken)
                };
                if len > room {
                    break;
                }
                end = taken.len();
            }
            let (now, later) = rest.split_at(end);
            let coded = if base64 {
                STANDARD.encode(now)
            } else {
                now.bytes().map(q_byte).collect()
            };
            self.put(&format!(
                "=?utf-8?{}?{coded}?=",
                if base64 { 'B' } else { 'Q' }
            ));
            rest = later;
            if !rest.is_empty() {
                self.fold();
            }
        }
    }
}

/// ASCII that cannot be mistaken for an encoded word.
fn is_plain(text: &str) -> bool {
    text.is_ascii()
        && !text.contains("=?")
        && text.split(' ').all(|w| w.len() <= LINE_CHARS_MAX)
        && text.trim() == text
}

/// An address, possibly incomplete, that cannot break out of its place in the field.
fn check_address(address: &str) -> Result<(), BuildError> {
    let harmless = !address.is_empty()
        && address.len() <= 320
        && !address
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>()[]:;,\\\"".contains(c));
    if harmless || mail::Address::parse(address).is_ok() {
        Ok(())
    } else {
        Err(BuildError::Address(address.to_owned()))
    }
}

pub(super) fn check_id(id: &str) -> Result<(), BuildError> {
    let good = !id.is_empty()
        && id.len() <= crate::ids::ID_BYTES_MAX - 30
        && id
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>'));
    if good {
        Ok(())
    } else {
        Err(BuildError::Identifier(id.to_owned()))
    }
}

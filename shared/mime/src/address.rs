//! Addresses in header fields: mailboxes with display names, groups, comments, obsolete forms (RFC
//! 5322 §3.4, §4.4). Tolerant of malformed fields. Envelope addresses are `mail::Address`.

use serde::{Deserialize, Serialize};

use crate::lexer::{Lexer, Token};
use crate::word;

/// The most addresses read from one field.
pub const ADDRESSES_MAX: usize = 10_000;

/// A mailbox in a header (RFC 5322 §3.4): a display name, which may be empty, and an address as
/// text, which need not be valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NameAddr {
    /// Decoded; empty where it is absent.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `alice@glasspost.test`; empty in malformed fields.
    #[serde(rename = "a", default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

impl NameAddr {
    /// From a display name and an address.
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> NameAddr {
        NameAddr {
            name: name.into(),
            address: address.into(),
        }
    }

    /// The text for a message list: the name, else the address.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() {
            &self.address
        } else {
            &self.name
        }
    }
}

/// A mailbox as bytes: unquoted, encoded words not decoded, as in IMAP's ENVELOPE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RawMailbox {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) route: Option<Vec<u8>>,
    pub(crate) local: Vec<u8>,
    pub(crate) host: Vec<u8>,
}

/// An element of an address list, in its original order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Mailbox(RawMailbox),
    GroupStart(Vec<u8>),
    GroupEnd,
}

/// The mailboxes of an address list, groups flattened, names decoded.
pub fn addresses(value: &[u8]) -> Vec<NameAddr> {
    let mailboxes = parse(value).into_iter().filter_map(|item| match item {
        Item::Mailbox(m) => Some(m),
        _ => None,
    });
    mailboxes.map(|m| m.decoded()).collect()
}

impl RawMailbox {
    fn decoded(&self) -> NameAddr {
        let name = self.name.as_deref().map(word::decode).unwrap_or_default();
        let words = self.local.contains(&b' ') || word::is_encoded(&self.local);
        if self.host.is_empty() && name.is_empty() && words {
            // Words without an address are a name.
            return NameAddr {
                name: word::decode(&self.local),
                address: String::new(),
            };
        }
        // RFC 2047 §5 (3): an encoded word has no meaning within an address.
        let mut address = local_part_text(&word::literal(&self.local));
        if !self.host.is_empty() {
            address.push('@');
            address.push_str(&word::literal(&self.host));
        }
        NameAddr { name, address }
    }
}

/// Quotes a local part where necessary (RFC 5322 §3.4.1).
fn local_part_text(local: &str) -> String {
    if local.bytes().all(|b| {
        !b.is_ascii() || b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.:".contains(&b)
    }) {
        return local.to_owned();
    }
    let mut out = String::with_capacity(local.len() + 2);
    out.push('"');
    for c in local.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// `address-list = (address *("," address)) / obs-addr-list` (RFC 5322 §3.4, §4.4).
pub(crate) fn parse(value: &[u8]) -> Vec<Item> {
    let mut reader = Reader::default();
    let mut lexer = Lexer::new(value);
    while let Some(token) = lexer.next() {
        if reader.items.len() >= ADDRESSES_MAX {
            break;
        }
        match token {
            Token::Atom(a) => reader.piece(&a, lexer.spaced),
            Token::Quoted(q) => reader.piece(&q, lexer.spaced),
            Token::Literal(l) => reader.piece(l, lexer.spaced),
            Token::Comment(c) => reader.comment = Some(c).filter(|c| !c.trim_ascii().is_empty()),
            Token::Special(b) => reader.special(b, &mut lexer),
        }
    }
    reader.flush();
    if reader.in_group {
        reader.items.push(Item::GroupEnd);
    }
    reader.items
}

/// A word of a phrase or address, and whether white space precedes it.
struct Piece {
    bytes: Vec<u8>,
    spaced: bool,
}

#[derive(Default)]
struct Reader {
    items: Vec<Item>,
    pieces: Vec<Piece>,
    /// The number of words before the `@`.
    at: Option<usize>,
    angle: Option<RawMailbox>,
    comment: Option<Vec<u8>>,
    in_group: bool,
    /// The elements read since the group began.
    members: usize,
}

impl Reader {
    fn piece(&mut self, bytes: &[u8], spaced: bool) {
        self.pieces.push(Piece {
            bytes: bytes.to_vec(),
            spaced,
        });
    }

    fn special(&mut self, b: u8, lexer: &mut Lexer<'_>) {
        match b {
            b'<' => {
                // `a <b@c> <d@e>`: a missing comma.
                if self.angle.is_some() {
                    self.flush();
                }
                self.rejoin_at();
                let (mailbox, closed_by, comment) = angle(lexer);
                self.angle = mailbox;
                self.comment = comment.or(self.comment.take());
                if let Some(b) = closed_by {
                    self.special(b, lexer);
                }
            }
            b'@' if self.angle.is_none() => self.at_sign(),
            b':' if self.begins_group() => {
                // `one: a@b, two: c@d`: the first group lacks its end.
                if self.in_group {
                    self.items.push(Item::GroupEnd);
                }
                let name = join_words(&self.pieces);
                let name = if name.is_empty() {
                    self.comment.take().unwrap_or_default()
                } else {
                    name
                };
                self.items.push(Item::GroupStart(name));
                self.in_group = true;
                self.members = 0;
                self.clear();
            }
            b',' => self.flush(),
            b';' => {
                self.flush();
                if std::mem::take(&mut self.in_group) {
                    self.items.push(Item::GroupEnd);
                }
            }
            b':' => self.piece(b":", false),
            _ => {}
        }
    }

    /// A colon ends a phrase. Within a group it does so only at the beginning of an element, since
    /// names may contain a colon.
    fn begins_group(&self) -> bool {
        self.angle.is_none()
            && self.at.is_none()
            && (!self.in_group || (!self.pieces.is_empty() && self.members > 0))
    }

    /// The `@` of a bare address. Two addresses may be separated by white space only, as where a
    /// list was folded without its comma.
    fn at_sign(&mut self) {
        let Some(at) = self.at else {
            self.at = Some(self.pieces.len());
            return;
        };
        let mut start = self.pieces.len().saturating_sub(1);
        while start > at && binds(&self.pieces[start - 1], &self.pieces[start]) {
            start -= 1;
        }
        if start > at {
            let next = self.pieces.split_off(start);
            self.flush();
            self.at = Some(next.len());
            self.pieces = next;
        }
    }

    /// `a@b <a@b>`: what looked like an address is the display name.
    fn rejoin_at(&mut self) {
        if let Some(at) = self.at.take() {
            self.pieces.insert(
                at,
                Piece {
                    bytes: b"@".to_vec(),
                    spaced: false,
                },
            );
        }
    }

    fn clear(&mut self) {
        self.pieces.clear();
        self.at = None;
        self.angle = None;
        self.comment = None;
    }

    fn flush(&mut self) {
        let comment = self.comment.take();
        let mailbox = if let Some(mut mailbox) = self.angle.take() {
            let name = join_words(&self.pieces);
            mailbox.name = if name.is_empty() { comment } else { Some(name) };
            Some(mailbox)
        } else if let Some(at) = self.at {
            Some(self.bare_address(at, comment))
        } else if self.pieces.is_empty() {
            None
        } else {
            // A name or a local part alone: kept, so that the reader sees it.
            Some(RawMailbox {
                name: comment,
                route: None,
                local: join_words(&self.pieces),
                host: Vec::new(),
            })
        };
        self.members += usize::from(mailbox.is_some());
        self.items.extend(mailbox.map(Item::Mailbox));
        self.clear();
    }

    // `John Smith john@example.test`: the local part is the words adjacent to the @; dots bind
    // across spaces.
    fn bare_address(&self, at: usize, comment: Option<Vec<u8>>) -> RawMailbox {
        let mut start = at.saturating_sub(1);
        while start > 0 && binds(&self.pieces[start - 1], &self.pieces[start]) {
            start -= 1;
        }
        let mut end = at;
        while end < self.pieces.len()
            && (end == at || binds(&self.pieces[end - 1], &self.pieces[end]))
        {
            end += 1;
        }
        let name = join_words(&self.pieces[..start]);
        RawMailbox {
            name: if name.is_empty() { comment } else { Some(name) },
            route: None,
            local: join_tight(&self.pieces[start..at]),
            host: join_tight(&self.pieces[at..end]),
        }
    }
}

fn binds(left: &Piece, right: &Piece) -> bool {
    !right.spaced || left.bytes.ends_with(b".") || right.bytes.starts_with(b".")
}

/// `angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr`, after its `<`. Returns the
/// mailbox (`None` for `<>`), a `,` or `;` that ended it instead of `>`, and a comment inside.
fn angle(lexer: &mut Lexer<'_>) -> (Option<RawMailbox>, Option<u8>, Option<Vec<u8>>) {
    let (mut route, mut local, mut host) = (None, Vec::new(), Vec::new());
    let (mut at, mut closed_by, mut comment) = (false, None, None);
    while let Some(token) = lexer.next() {
        match token {
            Token::Special(b'>') => break,
            Token::Special(b',') if !(at && local.is_empty()) => {
                closed_by = Some(b',');
                break;
            }
            Token::Special(b';') => {
                closed_by = Some(b';');
                break;
            }
            Token::Special(b'@') if !at => at = true,
            // obs-route = obs-domain-list ":" (RFC 5322 §4.4)
            Token::Special(b':') if at && local.is_empty() => {
                route = Some([b"@", &host[..]].concat());
                host.clear();
                at = false;
            }
            Token::Special(b) => if at { &mut host } else { &mut local }.push(b),
            Token::Comment(c) => comment = Some(c),
            Token::Atom(a) => if at { &mut host } else { &mut local }.extend_from_slice(&a),
            Token::Quoted(q) => if at { &mut host } else { &mut local }.extend_from_slice(&q),
            Token::Literal(l) => if at { &mut host } else { &mut local }.extend_from_slice(l),
        }
    }
    let mailbox = (!local.is_empty() || !host.is_empty()).then_some(RawMailbox {
        name: None,
        route,
        local,
        host,
    });
    (mailbox, closed_by, comment)
}

fn join_words(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        if piece.spaced && !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(&piece.bytes);
    }
    out
}

fn join_tight(pieces: &[Piece]) -> Vec<u8> {
    pieces
        .iter()
        .flat_map(|p| p.bytes.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests;

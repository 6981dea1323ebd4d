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
mod tests {
    use super::*;

    fn check(value: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, a)| NameAddr::new(*n, *a))
            .collect();
        assert_eq!(addresses(value.as_bytes()), expected, "{value:?}");
    }

    #[test]
    fn reads_the_examples_of_the_rfc() {
        check(
            "John Doe <jdoe@machine.example>",
            &[("John Doe", "jdoe@machine.example")],
        );
        check(
            "\"Joe Q. Public\" <john.q.public@example.com>",
            &[("Joe Q. Public", "john.q.public@example.com")],
        );
        check("Joe Q. Public <a@b.test>", &[("Joe Q. Public", "a@b.test")]);
        check(
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <s@example.net>",
            &[
                ("", "boss@nil.test"),
                ("Giant; \"Big\" Box", "s@example.net"),
            ],
        );
        check(
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
            &[
                ("Ed Jones", "c@a.test"),
                ("", "joe@where.test"),
                ("John", "jdoe@one.test"),
            ],
        );
        check("Undisclosed recipients:;", &[]);
        check(
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
            &[("Pete", "pete@silly.test")],
        );
        check(
            "Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test  . example",
            &[
                ("Mary Smith", "mary@example.net"),
                ("", "jdoe@test.example"),
            ],
        );
        check("user@domain (Real Name)", &[("Real Name", "user@domain")]);
    }

    #[test]
    fn decodes_names_and_guesses_raw_ones() {
        check("=?gb2312?B?xOO6ww==?= <a@b.test>", &[("你好", "a@b.test")]);
        check("\"=?utf-8?Q?a?= b\" <a@b.test>", &[("a b", "a@b.test")]);
        check(
            "=?utf-8?Q?Doe,_John?= <a@b.test>",
            &[("Doe, John", "a@b.test")],
        );
        check("李雷 <a@例子.测试>", &[("李雷", "a@例子.测试")]);
        check("=?utf-8?q?Ops?=", &[("Ops", "")]);
    }

    #[test]
    fn encoded_words_in_an_address_are_not_decoded() {
        for address in [
            "pay@=?utf-8?q?shop.test?=",
            "=?utf-8?q?ceo=40shop.test=3E?=@other.test",
            "=?utf-8?b?Y2Vv?=@other.test",
        ] {
            check(&format!("Boss <{address}>"), &[("Boss", address)]);
            check(address, &[("", address)]);
        }
        check("a\u{0}b@c.test", &[("", "\"a b\"@c.test")]);
    }

    #[test]
    fn recovers_from_malformed_lists() {
        check("John <a@b.com", &[("John", "a@b.com")]);
        check("a@b.com <a@b.com>", &[("a@b.com", "a@b.com")]);
        check(
            "John Smith john@example.com",
            &[("John Smith", "john@example.com")],
        );
        check("root", &[("", "root")]);
        check("James Derrick", &[("James Derrick", "")]);
        check("\"unclosed <a@b.com>", &[("unclosed", "a@b.com")]);
        check(
            "Joe <a@b.com> <c@d.com>",
            &[("Joe", "a@b.com"), ("", "c@d.com")],
        );
        check("<>", &[]);
        check("<a@b.c, X <d@e.f>", &[("", "a@b.c"), ("X", "d@e.f")]);
        check(
            "<http://www.host.com/list/> (Web)",
            &[("Web", "http://www.host.com/list/")],
        );
        check("\"a b\"@c.test", &[("", "\"a b\"@c.test")]);
        check(
            "a@b.test\r\n\tc@d.test e@f.test",
            &[("", "a@b.test"), ("", "c@d.test"), ("", "e@f.test")],
        );
        check("x (home)@ (y) b.test", &[("y", "x@b.test")]);
        check(",,;;<>,", &[]);
    }

    #[test]
    fn a_group_ends_where_the_next_begins() {
        let items = parse(b"red: a@b.test, blue: c@d.test");
        let starts: Vec<_> = items
            .iter()
            .filter_map(|i| match i {
                Item::GroupStart(name) => Some(String::from_utf8_lossy(name)),
                _ => None,
            })
            .collect();
        assert_eq!(starts, ["red", "blue"]);
        let ends = items.iter().filter(|i| **i == Item::GroupEnd).count();
        assert_eq!(ends, 2);
        check(
            "red: a@b.test, blue: c@d.test",
            &[("", "a@b.test"), ("", "c@d.test")],
        );
    }

    #[test]
    fn takes_ten_thousand_addresses_and_not_one_more() {
        assert_eq!(
            addresses("a@b,".repeat(ADDRESSES_MAX).as_bytes()).len(),
            ADDRESSES_MAX
        );
        assert_eq!(
            addresses("a@b,".repeat(ADDRESSES_MAX + 1).as_bytes()).len(),
            ADDRESSES_MAX
        );
    }
}

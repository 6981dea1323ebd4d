//! The part tree of a message as `mime` reports it: its BODYSTRUCTURE, read back, so that only the
//! public interface is compared.

use mime::{Section, What};

/// What a part holds.
#[derive(Debug)]
pub(crate) enum Holds {
    Content,
    Parts(Vec<Part>),
    Message(Box<Part>),
}

/// One part.
#[derive(Debug)]
pub(crate) struct Part {
    /// Its numbers, as in IMAP.
    pub(crate) path: Vec<u32>,
    /// `text/plain`
    pub(crate) media: String,
    pub(crate) holds: Holds,
}

/// The tree of a message.
pub(crate) fn of(message: &[u8]) -> Part {
    let wire = mime::outline(message).body_structure;
    let mut reader = Reader {
        bytes: &wire,
        at: 0,
    };
    part(&reader.value(), Vec::new(), true)
}

/// The bytes of a part's body, or of its header with `What::Mime`.
pub(crate) fn bytes<'a>(message: &'a [u8], path: &[u32], what: What) -> &'a [u8] {
    let path = path.to_vec();
    mime::section_range(message, &Section { path, what })
        .map(|range| &message[range])
        .unwrap_or_default()
}

/// `is_root`: the part is the root of a message, so its own number is left out where it holds
/// parts.
fn part(value: &Value, path: Vec<u32>, is_root: bool) -> Part {
    let items = value.items();
    let numbered = |number: u32| [&path[..], &[number]].concat();
    if matches!(items.first(), Some(Value::List(_))) {
        let children = items
            .iter()
            .take_while(|item| matches!(item, Value::List(_)))
            .zip(1..)
            .map(|(child, number)| part(child, numbered(number), false))
            .collect::<Vec<_>>();
        let subtype = items.get(children.len()).map(Value::text);
        return Part {
            media: format!("multipart/{}", subtype.unwrap_or_default()),
            holds: Holds::Parts(children),
            path,
        };
    }
    let path = if is_root { numbered(1) } else { path };
    let media = match items {
        [kind, subtype, ..] => format!("{}/{}", kind.text(), subtype.text()),
        _ => String::new(),
    };
    // body-type-msg has an envelope and a structure after the size (RFC 9051 §7.5.2).
    let holds = match items.get(8) {
        Some(inner @ Value::List(_)) if media.starts_with("message/") => {
            Holds::Message(Box::new(part(inner, path.clone(), true)))
        }
        _ => Holds::Content,
    };
    Part { path, media, holds }
}

#[derive(Debug)]
enum Value {
    Text(String),
    List(Vec<Value>),
}

impl Value {
    fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            Value::Text(_) => &[],
        }
    }

    fn text(&self) -> String {
        match self {
            Value::Text(text) => text.to_lowercase(),
            Value::List(_) => String::new(),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Value {
        match self.bytes.get(self.at) {
            Some(b'(') => self.list(),
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal(),
            _ => self.atom(),
        }
    }

    fn list(&mut self) -> Value {
        let mut items = Vec::new();
        self.at += 1;
        while let Some(b) = self.bytes.get(self.at) {
            match b {
                b')' => {
                    self.at += 1;
                    break;
                }
                b' ' => self.at += 1,
                _ => items.push(self.value()),
            }
        }
        Value::List(items)
    }

    fn quoted(&mut self) -> Value {
        let mut text = Vec::new();
        self.at += 1;
        while let Some(&b) = self.bytes.get(self.at) {
            self.at += 1;
            match b {
                b'"' => break,
                b'\\' => {
                    text.extend(self.bytes.get(self.at));
                    self.at += 1;
                }
                _ => text.push(b),
            }
        }
        Value::Text(String::from_utf8_lossy(&text).into_owned())
    }

    fn literal(&mut self) -> Value {
        let rest = &self.bytes[self.at..];
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let length = std::str::from_utf8(&rest[1..=digits])
            .ok()
            .and_then(|n| n.parse::<usize>().ok())
            .unwrap_or_default();
        // `{n}` CR LF
        let start = (digits + 4).min(rest.len());
        let end = (start + length).min(rest.len());
        self.at += end;
        Value::Text(String::from_utf8_lossy(&rest[start..end]).into_owned())
    }

    fn atom(&mut self) -> Value {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|b| matches!(b, b' ' | b'(' | b')'))
            .unwrap_or(rest.len());
        self.at += length.max(1);
        Value::Text(String::from_utf8_lossy(&rest[..length]).into_owned())
    }
}

//! The header of a message for signatures: its fields with their exact bytes.

use std::collections::HashMap;
use std::ops::Range;

/// The offset of the body, after the first empty line (RFC 5322 §2.1), even where the lines before
/// it are not header fields.
pub(crate) fn end(message: &[u8]) -> usize {
    if message.starts_with(b"\r\n") {
        return 2;
    }
    message
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(message.len(), |i| i + 4)
}

/// A header and its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
    // Indices by name in lower case, from the top: signatures can name many fields, and hostile
    // messages have many.
    by_name: HashMap<String, Vec<usize>>,
}

impl Head {
    /// Reads the header at the beginning of `head`.
    pub(crate) fn new(head: &[u8]) -> Head {
        let bytes = head[..end(head)].to_vec();
        let mut fields: Vec<(String, Range<usize>)> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            fields.extend(
                mime::fields(rest)
                    .map(|f| (f.name.to_owned(), at + f.range.start..at + f.range.end)),
            );
            // Some programs end the header at a line that is not a field, others go on: so the
            // fields after it are read too.
            let here = mime::header_end(rest);
            let line = rest[here..]
                .iter()
                .position(|b| *b == b'\n')
                .map_or(rest.len() - here, |i| i + 1);
            at += here + line;
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, (name, _)) in fields.iter().enumerate() {
            by_name
                .entry(name.to_ascii_lowercase())
                .or_default()
                .push(index);
        }
        Head {
            bytes,
            fields,
            by_name,
        }
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        &self.fields[index].0
    }

    /// The field with its line end.
    pub(crate) fn raw(&self, index: usize) -> &[u8] {
        &self.bytes[self.fields[index].1.clone()]
    }

    /// The bytes after the colon.
    pub(crate) fn value(&self, index: usize) -> &[u8] {
        let raw = self.raw(index);
        raw.iter()
            .position(|b| *b == b':')
            .map_or(&[], |colon| &raw[colon + 1..])
    }

    /// The indices of the fields with that name, in any case, from the top.
    pub(crate) fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.by_name
            .get(&name.to_ascii_lowercase())
            .into_iter()
            .flatten()
            .copied()
    }
}

//! A message's header as signatures see it: its fields, each with the very bytes of which it
//! consists.

use std::collections::HashMap;
use std::ops::Range;

/// Where the body begins: behind the first empty line (RFC 5322 §2.1), whatever the lines before it
/// are.
pub(crate) fn end(message: &[u8]) -> usize {
    if message.starts_with(b"\r\n") {
        return 2;
    }
    message
        .windows(4)
        .position(|w| w == b"\r\n\r\n")
        .map_or(message.len(), |i| i + 4)
}

/// The fields of a header, which is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
    // By name in lower case, from the top: a hostile message has many fields, and signatures name
    // many.
    by_name: HashMap<String, Vec<usize>>,
}

impl Head {
    /// `head`: the header and perhaps something behind it.
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
            // A line that is no field ends the header for a reader; for others it may not, so what
            // follows is looked at as well.
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

    /// What follows the colon.
    pub(crate) fn value(&self, index: usize) -> &[u8] {
        let raw = self.raw(index);
        raw.iter()
            .position(|b| *b == b':')
            .map_or(&[], |colon| &raw[colon + 1..])
    }

    /// The fields of that name, in any case, from the top.
    pub(crate) fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.by_name
            .get(&name.to_ascii_lowercase())
            .into_iter()
            .flatten()
            .copied()
    }
}

//! A letter's header as signatures see it: its fields, each with the very bytes of which it consists.

use std::ops::Range;

/// Where the body begins: behind the first empty line (RFC 5322 §2.1), whatever the lines before it are.
pub(crate) fn end(message: &[u8]) -> usize {
    if message.starts_with(b"\r\n") {
        return 2;
    }
    message.windows(4).position(|w| w == b"\r\n\r\n").map_or(message.len(), |i| i + 4)
}

/// The fields of a header, which is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
}

impl Head {
    /// `head`: the header and perhaps something behind it.
    pub(crate) fn new(head: &[u8]) -> Head {
        let bytes = head[..end(head)].to_vec();
        let mut fields = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            fields.extend(mime::fields(rest).map(|f| (f.name.to_owned(), at + f.range.start..at + f.range.end)));
            // A line that is no field ends the header for a reader; for others it may not, so what follows is looked at as well.
            let here = mime::header_end(rest);
            let line = rest[here..].iter().position(|b| *b == b'\n').map_or(rest.len() - here, |i| i + 1);
            at += here + line;
        }
        Head { bytes, fields }
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
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
        raw.iter().position(|b| *b == b':').map_or(&[], |colon| &raw[colon + 1..])
    }

    /// The fields of that name, from the top.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        let name = name.to_owned();
        (0..self.fields.len()).filter(move |i| self.fields[*i].0.eq_ignore_ascii_case(&name))
    }
}

//! A letter's header as signatures see it: its fields, each with the very bytes of which it consists.

use std::ops::Range;

/// The fields of a header, which is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    fields: Vec<(String, Range<usize>)>,
}

impl Head {
    /// `head`: the header and perhaps something behind it.
    pub(crate) fn new(head: &[u8]) -> Head {
        let bytes = head[..mime::header_end(head)].to_vec();
        let fields = mime::fields(&bytes).map(|f| (f.name.to_owned(), f.range)).collect();
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

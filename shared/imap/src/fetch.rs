//! FETCH responses, written row by row into the output buffer. The session passes the role a
//! [`Page`]: the requested messages and items, and space; the role fills it as far as it likes and
//! returns it, repeatedly. So a hundred thousand messages, or one of a hundred megabytes, are never
//! in memory as one response.
//!
//! Envelope and body structure were rendered by `mime` at delivery and are copied as they are.

use crate::command::Item;
use crate::limits;
use crate::section::SectionItem;
use crate::view::Target;
use crate::write;
use mail::{Flags, Time};
use std::sync::Arc;

/// The requested items of a FETCH, with what the role must read for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    /// In the client's order.
    pub items: Vec<Item>,
    /// A section is read without PEEK from a writable mailbox: `\Seen` is set (RFC 3501 §6.4.5),
    /// and where that changes the flags, the row contains them.
    pub mark_seen: bool,
    /// Rows contain the UID although it was not requested: UID STORE.
    pub by_uid: bool,
}

/// A part of the rows of a FETCH or STORE.
#[derive(Debug)]
pub struct Page {
    targets: Vec<Target>,
    at: usize,
    out: Vec<u8>,
    items: Arc<Items>,
    open: bool,
    literal_left: u64,
    lost: bool,
    keywords: Option<Vec<String>>,
    traced: Option<Box<Traced>>,
}

/// A summary of the first rows, for the journey.
#[derive(Debug, Default)]
pub(crate) struct Traced {
    pub(crate) rows: u8,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn new(items: Arc<Items>, traced: bool) -> Page {
        let traced = traced.then(Box::default);
        Page {
            targets: Vec::new(),
            at: 0,
            out: Vec::new(),
            items,
            open: false,
            literal_left: 0,
            lost: false,
            keywords: None,
            traced,
        }
    }

    /// Further messages to write; the earlier ones are done.
    pub(crate) fn refill(&mut self, fill: impl FnOnce(&mut Vec<Target>)) {
        self.targets.clear();
        self.at = 0;
        fill(&mut self.targets);
    }

    pub(crate) fn take_rows(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn take_traced(&mut self) -> Option<Box<Traced>> {
        self.traced.take()
    }

    /// A row is unfinished: nothing else may be sent before it; continue with [`Page::resume`].
    pub fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn has_lost(&self) -> bool {
        self.lost
    }

    /// The items of each message.
    pub fn items(&self) -> &Arc<Items> {
        &self.items
    }

    /// The messages still to be written, in order.
    pub fn targets(&self) -> &[Target] {
        &self.targets[self.at..]
    }

    /// True where enough is written: return the page.
    pub fn is_full(&self) -> bool {
        self.out.len() >= limits::PAGE_BYTES_FULL
    }

    /// Skips the next message: it has no row.
    pub fn pass(&mut self) {
        self.at += 1;
    }

    /// The next message no longer exists (another session expunged it).
    pub fn lose(&mut self) {
        self.at += 1;
        self.lost = true;
    }

    /// All keywords of the mailbox, where a row has one that the client does not know yet.
    pub fn announce_keywords(&mut self, keywords: Vec<String>) {
        self.keywords = Some(keywords);
    }

    pub(crate) fn take_keywords(&mut self) -> Option<Vec<String>> {
        self.keywords.take()
    }

    /// Begins the row of the next message.
    pub fn row(&mut self) -> Option<Row<'_>> {
        let target = *self.targets.get(self.at)?;
        self.at += 1;
        self.open = true;
        self.out.extend_from_slice(b"* ");
        write::number(&mut self.out, u64::from(target.seq));
        self.out.extend_from_slice(b" FETCH (");
        if let Some(traced) = self.traced.as_deref_mut() {
            traced.rows = traced.rows.saturating_add(1);
            if traced.rows <= limits::TRACED_ROWS_MAX {
                traced.text.push_str(&format!("* {} FETCH (", target.seq));
            }
        }
        Some(Row { page: self, target })
    }

    /// Continues the unfinished row, whose literal is incomplete.
    pub fn resume(&mut self) -> Option<Row<'_>> {
        let target = *self.targets.get(self.at.checked_sub(1)?)?;
        self.open.then_some(Row { page: self, target })
    }
}

/// One `* n FETCH (…)`. Write the attributes in any order, then [`Row::end`] it.
#[derive(Debug)]
pub struct Row<'a> {
    page: &'a mut Page,
    target: Target,
}

impl Row<'_> {
    /// The message.
    pub fn target(&self) -> Target {
        self.target
    }

    fn attribute(&mut self, name: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let out = &mut self.page.out;
        if out.last() != Some(&b'(') {
            out.push(b' ');
        }
        out.extend_from_slice(name);
        out.push(b' ');
        let start = out.len();
        write(out);
        let written = start..out.len();
        self.trace(name, written);
    }

    // Summarizes what was written: literals by their length only.
    fn trace(&mut self, name: &[u8], written: std::ops::Range<usize>) {
        let Some(traced) = self
            .page
            .traced
            .as_deref_mut()
            .filter(|t| t.rows <= limits::TRACED_ROWS_MAX)
        else {
            return;
        };
        if !traced.text.ends_with('(') {
            traced.text.push(' ');
        }
        traced.text.push_str(&String::from_utf8_lossy(name));
        traced.text.push(' ');
        let written = &self.page.out[written];
        let end = if written.first() == Some(&b'{') {
            written.iter().position(|&b| b == b'\r')
        } else {
            None
        };
        let short = String::from_utf8_lossy(
            &written[..end.unwrap_or(written.len()).min(limits::TRACED_BYTES_MAX)],
        );
        traced.text.push_str(&short);
    }

    /// `FLAGS (…)`, with `\Recent` where the message is recent in this session.
    pub fn flags(&mut self, flags: &Flags) {
        let recent = self.target.recent;
        self.attribute(b"FLAGS", |out| write::flags(out, flags, recent));
    }

    /// `UID n`
    pub fn uid(&mut self) {
        let uid = self.target.uid;
        self.attribute(b"UID", |out| write::number(out, u64::from(uid)));
    }

    /// `INTERNALDATE "…"`
    pub fn internal_date(&mut self, date: Time) {
        self.attribute(b"INTERNALDATE", |out| {
            out.push(b'"');
            out.extend_from_slice(date.imap().as_bytes());
            out.push(b'"');
        });
    }

    /// `RFC822.SIZE n`
    pub fn size(&mut self, bytes: u64) {
        self.attribute(b"RFC822.SIZE", |out| write::number(out, bytes));
    }

    /// `ENVELOPE (…)`, rendered before.
    pub fn envelope(&mut self, rendered: &[u8]) {
        self.attribute(b"ENVELOPE", |out| out.extend_from_slice(rendered));
    }

    /// `BODY (…)`, rendered before.
    pub fn body(&mut self, rendered: &[u8]) {
        self.attribute(b"BODY", |out| out.extend_from_slice(rendered));
    }

    /// `BODYSTRUCTURE (…)`, rendered before.
    pub fn body_structure(&mut self, rendered: &[u8]) {
        self.attribute(b"BODYSTRUCTURE", |out| out.extend_from_slice(rendered));
    }

    /// A section with its content, already cut to the partial range; `None` where the message has
    /// no such part.
    pub fn section(&mut self, item: &SectionItem, bytes: Option<&[u8]>) {
        self.attribute(item.label(), |out| match bytes {
            Some(bytes) => {
                write::literal_head(out, bytes.len() as u64);
                push_without_nul(out, bytes);
            }
            None => out.extend_from_slice(b"NIL"),
        });
    }

    /// Announces a section whose content follows by [`Row::bytes`], over several turns if needed.
    pub fn section_head(&mut self, item: &SectionItem, bytes: u64) {
        self.attribute(item.label(), |out| write::literal_head(out, bytes));
        self.page.literal_left = bytes;
    }

    /// Writes the next octets of the announced section. Octets beyond the announced length are not
    /// written.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let n = usize::try_from(self.page.literal_left)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        push_without_nul(&mut self.page.out, &bytes[..n]);
        self.page.literal_left -= n as u64;
    }

    /// How many octets of the announced section are missing.
    pub fn missing(&self) -> u64 {
        self.page.literal_left
    }

    /// True where enough is written: return the page and continue with [`Page::resume`] at the next
    /// turn.
    pub fn is_full(&self) -> bool {
        self.page.is_full()
    }

    /// Ends the row. A row whose announced octets are missing cannot end: the session closes the
    /// connection.
    pub fn end(self) {
        if self.page.literal_left > 0 {
            return;
        }
        self.page.out.extend_from_slice(b")\r\n");
        self.page.open = false;
        if let Some(traced) = self
            .page
            .traced
            .as_deref_mut()
            .filter(|t| t.rows <= limits::TRACED_ROWS_MAX)
        {
            traced.text.push_str(")\n");
        }
    }
}

/// A literal holds no NUL (RFC 3501 §9, CHAR8): it becomes `?`, so that the length stays. Only
/// binary messages (RFC 3030) have one.
fn push_without_nul(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.extend_from_slice(bytes);
    if bytes.contains(&0) {
        for byte in out[start..].iter_mut().filter(|b| **b == 0) {
            *byte = b'?';
        }
    }
}

#[cfg(test)]
mod tests;

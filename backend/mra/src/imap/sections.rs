//! FETCH BODY[…]: sections of messages. Whole messages and their texts are streamed from the store;
//! a part is located in the message, which is read once. A row may take several turns.

use super::rows::plain_item;
use super::{Role, refuse};
use imap::fetch::{Page, Row};
use imap::section::{SectionItem, SectionText};
use imap::view::Target;
use imap::{Item, Refusal};
use std::ops::Range;
use std::sync::Arc;
use store::{Mailbox, Message, MessageReader, OutlineView, Store};

// Bytes read at once of a message that is streamed.
const PIECE: usize = 64 * 1024;
// Messages up to this size are read once, whatever sections are requested.
const WHOLE_MAX: u64 = 64 * 1024;
// Outlines read at once, ahead of their rows.
const OUTLINES_AHEAD: usize = 32;
// How much of a larger message is first read for its header.
const HEADER_GUESS: usize = 16 * 1024;
// Messages marked `\Seen` in one write, ahead of their rows.
const SEEN_AHEAD: usize = 32;

/// A row that is being written.
pub(super) struct OpenRow {
    message: Message,
    outline: Vec<u8>,
    // Open from the beginning of the row: another session that expunges the message does not cut
    // it short.
    reader: Option<MessageReader>,
    // The whole message, once a part of it was requested.
    whole: Option<Vec<u8>>,
    item: usize,
    stream: Option<Range<u64>>,
    flags_changed: bool,
}

// Where a section is.
enum Place {
    Nowhere,
    // A range of the message.
    Range(Range<u64>),
    // Assembled from several ranges.
    Bytes(Vec<u8>),
}

impl Role {
    /// Writes rows with sections until the page is full.
    pub(super) async fn content_rows(
        &mut self,
        mailbox: &Arc<Mailbox>,
        page: &mut Page,
    ) -> Result<(), Refusal> {
        let store = self.store().clone();
        let items = Arc::clone(page.items());
        loop {
            let mut open = match self.row.take() {
                Some(open) => open,
                None if page.is_full() => return Ok(()),
                None => {
                    let Some(target) = page.targets().first().copied() else {
                        return Ok(());
                    };
                    if items.mark_seen {
                        let ahead: Vec<Target> =
                            page.targets().iter().take(SEEN_AHEAD).copied().collect();
                        if mailbox.read(|s| s.entry(target.uid).is_some_and(store::Entry::unseen)) {
                            self.mark_seen(mailbox, &ahead).await?;
                        }
                    }
                    let opened = self.open_row(mailbox, target, page.targets()).await?;
                    let opened = match opened {
                        Some(open) => prepare(&store, mailbox, open, &items.items).await?,
                        None => None,
                    };
                    match opened {
                        Some(open) => open,
                        None => {
                            page.lose();
                            continue;
                        }
                    }
                }
            };
            let resumed = page.is_open();
            let row = if resumed { page.resume() } else { page.row() };
            let Some(row) = row else { return Ok(()) };
            if !resumed {
                self.tell_fetched(&open.message, &items.items)?;
            }
            if !go_on(mailbox, row, &mut open, &items.items)? {
                self.row = Some(open);
                return Ok(());
            }
        }
    }

    /// The row of the next message; `None` where another session has expunged it.
    async fn open_row(
        &mut self,
        mailbox: &Arc<Mailbox>,
        target: Target,
        next: &[Target],
    ) -> Result<Option<Box<OpenRow>>, Refusal> {
        let Some(entry) = mailbox.read(|s| s.entry(target.uid).cloned()) else {
            return Ok(None);
        };
        let Some(outline) = self.outline_ahead(mailbox, target.uid, next).await? else {
            return Ok(None);
        };
        let prefix = OutlineView::read(&outline).map_err(refuse)?.prefix.to_vec();
        let flags_changed = self
            .selected()?
            .own
            .binary_search_by_key(&target.uid, |o| o.0)
            .is_ok();
        let message = Message { entry, prefix };
        Ok(Some(Box::new(OpenRow {
            message,
            outline,
            reader: None,
            whole: None,
            item: 0,
            stream: None,
            flags_changed,
        })))
    }

    // The outline of a message, read together with those of the next messages.
    async fn outline_ahead(
        &mut self,
        mailbox: &Mailbox,
        uid: u32,
        next: &[Target],
    ) -> Result<Option<Vec<u8>>, Refusal> {
        while self.ahead.front().is_some_and(|(at, _)| *at < uid) {
            self.ahead.pop_front();
        }
        if self.ahead.is_empty() {
            let next = &next[..next.len().min(OUTLINES_AHEAD)];
            self.ahead = self.outlines(mailbox, next).await?.into();
            while self.ahead.front().is_some_and(|(at, _)| *at < uid) {
                self.ahead.pop_front();
            }
        }
        Ok(self
            .ahead
            .pop_front_if(|(at, _)| *at == uid)
            .map(|(_, outline)| outline))
    }

    // Records in the message's journey that it was fetched.
    fn tell_fetched(&mut self, message: &Message, items: &[Item]) -> Result<(), Refusal> {
        let Some(journey) = message.entry.journey else {
            return Ok(());
        };
        let taken = items.iter().find_map(|item| match item {
            Item::Section(s) if takes_content(s) => Some(s),
            _ => None,
        });
        if let Some(item) = taken {
            let (now, by) = (self.now(), self.account()?.address.to_string());
            self.recorder.fetched(
                now,
                journey,
                by,
                String::from_utf8_lossy(item.label()).into_owned(),
            );
        }
        Ok(())
    }
}

// Opens the message before the row begins, and reads it if it is small. `None` where another
// session has expunged it meanwhile: then it has no row, instead of one with empty sections.
async fn prepare(
    store: &Store,
    mailbox: &Mailbox,
    mut open: Box<OpenRow>,
    items: &[Item],
) -> Result<Option<Box<OpenRow>>, Refusal> {
    if !items.iter().any(|i| matches!(i, Item::Section(_))) {
        return Ok(Some(open));
    }
    let opened = store.open_message(&open.message).await;
    let opened = opened.and_then(|mut reader| {
        let length = open.message.entry.bytes;
        if length <= WHOLE_MAX {
            open.whole = Some(reader.read(0, usize::try_from(length).unwrap_or(usize::MAX))?);
        }
        open.reader = Some(reader);
        Ok(())
    });
    match opened {
        Ok(()) => Ok(Some(open)),
        Err(_) if !store.still_has(mailbox, open.message.entry.uid).await => Ok(None),
        // A broken message has a row, so that it does not hide the others.
        Err(store::Fault::Broken(_)) => Ok(Some(open)),
        Err(fault) => Err(refuse(fault)),
    }
}

// Headers are fetched for lists; the content counts as read. Of a message fetched in pieces only
// the first counts.
fn takes_content(item: &SectionItem) -> bool {
    let first = item.partial.is_none_or(|(origin, _)| origin == 0);
    first && matches!(item.section.text, SectionText::All | SectionText::Text)
}

// Continues; false where the page is full before the row is done.
fn go_on(
    mailbox: &Mailbox,
    mut row: Row<'_>,
    open: &mut OpenRow,
    items: &[Item],
) -> Result<bool, Refusal> {
    loop {
        if let Some(stream) = open.stream.clone() {
            if !pour(&mut row, open, stream)? {
                return Ok(false);
            }
            open.stream = None;
            open.item += 1;
        }
        let Some(item) = items.get(open.item) else {
            break;
        };
        match item {
            Item::Section(section) => {
                if let Some(stream) = begin_section(&mut row, open, section) {
                    open.stream = Some(stream);
                    continue;
                }
            }
            Item::Flags => {
                let flags = flags_now(mailbox, open);
                row.flags(&flags);
            }
            item => {
                let outline = OutlineView::read(&open.outline).map_err(refuse)?;
                plain_item(&mut row, item, &open.message.entry, Some(&outline));
            }
        }
        open.item += 1;
    }
    // RFC 3501 §6.4.5: if this changed the flags, they are part of the response.
    if open.flags_changed && !items.contains(&Item::Flags) {
        let flags = flags_now(mailbox, open);
        row.flags(&flags);
    }
    row.end();
    Ok(true)
}

fn flags_now(mailbox: &Mailbox, open: &OpenRow) -> mail::Flags {
    let entry = &open.message.entry;
    mailbox.read(|s| {
        s.entry(entry.uid)
            .map_or_else(|| entry.all_flags(), store::Entry::all_flags)
    })
}

// Copies a streamed section into the row; false where the page is full before the end.
fn pour(row: &mut Row<'_>, open: &mut OpenRow, mut stream: Range<u64>) -> Result<bool, Refusal> {
    while stream.start < stream.end {
        if row.is_full() {
            open.stream = Some(stream);
            return Ok(false);
        }
        let len = PIECE.min(usize::try_from(stream.end - stream.start).unwrap_or(PIECE));
        let read;
        let piece = match &open.whole {
            Some(whole) => whole
                .get(stream.start as usize..)
                .map_or(&[][..], |rest| &rest[..len.min(rest.len())]),
            None => {
                read = open.read(stream.start, len).map_err(refuse)?;
                &read[..]
            }
        };
        if piece.is_empty() {
            return Err(refuse(store::Fault::Broken(format!(
                "message {} is shorter than it says",
                open.message.entry.uid
            ))));
        }
        row.bytes(piece);
        stream.start += piece.len() as u64;
    }
    Ok(true)
}

// Writes the name of a section and its content, or its length where it is streamed.
fn begin_section(row: &mut Row<'_>, open: &mut OpenRow, item: &SectionItem) -> Option<Range<u64>> {
    let place = match place_of(open, item) {
        Ok(place) => place,
        Err(fault) => {
            // A broken message does not hide the others.
            tracing::error!(uid = open.message.entry.uid, %fault, "cannot read a message");
            Place::Nowhere
        }
    };
    match place {
        Place::Nowhere => row.section(item, None),
        Place::Bytes(bytes) => {
            let range = item.range(bytes.len() as u64);
            row.section(item, Some(&bytes[range.start as usize..range.end as usize]));
        }
        Place::Range(section) => {
            let range = item.range(section.end - section.start);
            let range = section.start + range.start..section.start + range.end;
            row.section_head(item, range.end - range.start);
            return Some(range);
        }
    }
    None
}

fn place_of(open: &mut OpenRow, item: &SectionItem) -> Result<Place, store::Fault> {
    let length = open.message.entry.bytes;
    let section = mime::Section {
        path: item.section.part.clone(),
        what: what(&item.section.text),
    };
    if open.whole.is_none() && (length <= WHOLE_MAX || !section.path.is_empty()) {
        open.whole = Some(open.read(0, usize::try_from(length).unwrap_or(usize::MAX))?);
    }
    if !section.path.is_empty() {
        let whole = open.whole.as_deref().unwrap_or_default();
        return Ok(match mime::section_range(whole, &section) {
            Some(range) => Place::Range(range.start as u64..range.end as u64),
            None => mime::section(whole, &section)
                .map_or(Place::Nowhere, |part| Place::Bytes(part.into_owned())),
        });
    }
    Ok(match item.section.text {
        SectionText::All => {
            // Detected before its length is announced, not after.
            if open.whole.is_none() {
                open.read(length.saturating_sub(1), 1)?;
            }
            Place::Range(0..length)
        }
        SectionText::Text => Place::Range(header(open)?.len() as u64..length),
        SectionText::Header => Place::Bytes(header(open)?),
        SectionText::Fields(_) | SectionText::FieldsNot(_) => {
            let header = header(open)?;
            mime::section(&header, &section)
                .map_or(Place::Nowhere, |part| Place::Bytes(part.into_owned()))
        }
        SectionText::Mime => Place::Nowhere,
    })
}

fn what(text: &SectionText) -> mime::What {
    match text {
        SectionText::All => mime::What::All,
        SectionText::Header => mime::What::Header,
        SectionText::Text => mime::What::Text,
        SectionText::Mime => mime::What::Mime,
        SectionText::Fields(names) => mime::What::HeaderFields {
            names: names.clone(),
            not: false,
        },
        SectionText::FieldsNot(names) => mime::What::HeaderFields {
            names: names.clone(),
            not: true,
        },
    }
}

fn header(open: &mut OpenRow) -> Result<Vec<u8>, store::Fault> {
    if let Some(whole) = &open.whole {
        return Ok(whole[..mime::header_end(whole)].to_vec());
    }
    match &mut open.reader {
        Some(reader) => read_header(reader),
        None => Err(not_open()),
    }
}

impl OpenRow {
    fn read(&mut self, offset: u64, len: usize) -> Result<Vec<u8>, store::Fault> {
        match &mut self.reader {
            Some(reader) => reader.read(offset, len),
            None => Err(not_open()),
        }
    }
}

fn not_open() -> store::Fault {
    store::Fault::Broken("the content cannot be opened".to_owned())
}

/// The header of a message with the empty line that ends it.
pub(super) fn read_header(message: &mut MessageReader) -> Result<Vec<u8>, store::Fault> {
    let mut guess = HEADER_GUESS;
    loop {
        let mut bytes = message.read(0, guess)?;
        let end = mime::header_end(&bytes);
        // The end was found, or nothing is left to read.
        if end < bytes.len() || bytes.len() < guess {
            bytes.truncate(end);
            return Ok(bytes);
        }
        guess = guess.saturating_mul(8);
    }
}

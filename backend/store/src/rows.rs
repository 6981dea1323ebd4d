//! The encodings of frequent rows: fixed layouts with a version byte in front. Rare rows are JSON,
//! defined beside their types.

use crate::blob::BlobRef;
use crate::engine::Fault;
use crate::entry::Entry;
use mail::{JourneyId, Time};

const VERSION: u8 = 1;

fn broken(what: &str) -> Fault {
    Fault::Broken(format!("a {what} row has an unknown format"))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// A blob reference as kind and number.
pub(crate) fn blob_parts(blob: BlobRef) -> (u8, u64) {
    match blob {
        BlobRef::Row(id) => (0, id),
        BlobRef::File(id) => (1, id),
    }
}

pub(crate) fn blob_from(kind: u8, id: u64) -> Option<BlobRef> {
    match kind {
        0 => Some(BlobRef::Row(id)),
        1 => Some(BlobRef::File(id)),
        _ => None,
    }
}

/// Encodes a message's entry.
pub(crate) fn write_entry(e: &Entry) -> Vec<u8> {
    let (kind, id) = blob_parts(e.blob);
    let keywords = e
        .keywords
        .as_deref()
        .map(|k| k.join(" "))
        .unwrap_or_default();
    let mut row = Vec::with_capacity(44 + keywords.len());
    row.push(VERSION);
    row.extend_from_slice(&e.modseq.to_le_bytes());
    row.push(e.flags);
    row.extend_from_slice(&e.date.0.to_le_bytes());
    row.extend_from_slice(&e.bytes.to_le_bytes());
    row.extend_from_slice(&e.journey.map_or(0, |j| j.0).to_le_bytes());
    row.push(kind);
    row.extend_from_slice(&id.to_le_bytes());
    row.extend_from_slice(keywords.as_bytes());
    row
}

pub(crate) fn read_entry(uid: u32, row: &[u8]) -> Result<Entry, Fault> {
    parse_entry(uid, row).ok_or_else(|| broken("message"))
}

fn parse_entry(uid: u32, row: &[u8]) -> Option<Entry> {
    let mut r = Reader(row);
    if r.u8()? != VERSION {
        return None;
    }
    let (modseq, flags, date, bytes, journey) = (r.u64()?, r.u8()?, r.u64()?, r.u64()?, r.u64()?);
    let blob = blob_from(r.u8()?, r.u64()?)?;
    let keywords = std::str::from_utf8(r.0).ok()?;
    let keywords = (!keywords.is_empty()).then(|| keywords.split(' ').map(str::to_owned).collect());
    let journey = (journey != 0).then_some(JourneyId(journey));
    Some(Entry {
        uid,
        flags,
        keywords,
        modseq,
        date: Time(date as i64),
        bytes,
        journey,
        blob,
    })
}

/// A mailbox's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The next UID.
    pub uid_next: u32,
    /// The highest modification sequence.
    pub modseq: u64,
    /// The number of messages.
    pub total: u32,
    /// The number of messages without `\Seen`.
    pub unseen: u32,
    /// The size of all messages.
    pub bytes: u64,
}

pub(crate) fn write_counters(c: &Counters) -> Vec<u8> {
    let mut row = vec![VERSION];
    row.extend_from_slice(&c.uid_next.to_le_bytes());
    row.extend_from_slice(&c.modseq.to_le_bytes());
    row.extend_from_slice(&c.total.to_le_bytes());
    row.extend_from_slice(&c.unseen.to_le_bytes());
    row.extend_from_slice(&c.bytes.to_le_bytes());
    row
}

pub(crate) fn read_counters(row: &[u8]) -> Result<Counters, Fault> {
    let mut r = Reader(row);
    let mut parse = || {
        if r.u8()? != VERSION {
            return None;
        }
        Some(Counters {
            uid_next: r.u32()?,
            modseq: r.u64()?,
            total: r.u32()?,
            unseen: r.u32()?,
            bytes: r.u64()?,
        })
    };
    parse().ok_or_else(|| broken("counter"))
}

/// What was parsed from a message at delivery: IMAP's responses as bytes, the summary for the
/// webmail's list as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutlineRow {
    /// The fields that this host put before the content: Return-Path, Delivered-To, Received. The
    /// message is the prefix followed by the content.
    pub prefix: Vec<u8>,
    /// ENVELOPE (RFC 9051 §7.5.2).
    pub envelope: Vec<u8>,
    /// BODY.
    pub body: Vec<u8>,
    /// BODYSTRUCTURE.
    pub body_structure: Vec<u8>,
    /// [`mime::Summary`] as JSON.
    pub card: Vec<u8>,
}

pub(crate) fn write_outline(o: &OutlineRow) -> Vec<u8> {
    let parts = [&o.prefix, &o.envelope, &o.body, &o.body_structure, &o.card];
    let mut row = Vec::with_capacity(21 + parts.iter().map(|p| p.len()).sum::<usize>());
    row.push(VERSION);
    for part in parts {
        row.extend_from_slice(&(part.len() as u32).to_le_bytes());
    }
    for part in parts {
        row.extend_from_slice(part);
    }
    row
}

/// An outline row that is read without copying; see [`OutlineRow`] for the parts.
#[derive(Clone, Copy, Debug)]
pub struct OutlineView<'a> {
    /// See [`OutlineRow::prefix`].
    pub prefix: &'a [u8],
    /// ENVELOPE.
    pub envelope: &'a [u8],
    /// BODY.
    pub body: &'a [u8],
    /// BODYSTRUCTURE.
    pub body_structure: &'a [u8],
    /// [`mime::Summary`] as JSON.
    pub card: &'a [u8],
}

impl<'a> OutlineView<'a> {
    /// Decodes an outline row.
    ///
    /// # Errors
    /// [`Fault::Broken`] where the format is unknown.
    pub fn read(row: &'a [u8]) -> Result<OutlineView<'a>, Fault> {
        let mut r = Reader(row);
        let mut parse = || {
            if r.u8()? != VERSION {
                return None;
            }
            let lens = [r.u32()?, r.u32()?, r.u32()?, r.u32()?, r.u32()?];
            let mut part = |n: usize| r.take(lens[n] as usize);
            Some(OutlineView {
                prefix: part(0)?,
                envelope: part(1)?,
                body: part(2)?,
                body_structure: part(3)?,
                card: part(4)?,
            })
        };
        parse().ok_or_else(|| broken("outline"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_rows_decode_to_the_same_values() {
        let entry = Entry {
            uid: 7,
            flags: 5,
            keywords: Some(vec!["$Forwarded".into(), "课".into()].into_boxed_slice()),
            modseq: u64::MAX,
            date: Time(-5),
            bytes: 1 << 40,
            journey: Some(JourneyId(9)),
            blob: BlobRef::File(3),
        };
        assert_eq!(read_entry(7, &write_entry(&entry)), Ok(entry));
        let counters = Counters {
            uid_next: u32::MAX,
            modseq: 2,
            total: 3,
            unseen: 1,
            bytes: 99,
        };
        assert_eq!(read_counters(&write_counters(&counters)), Ok(counters));
        let outline = OutlineRow {
            prefix: b"a".to_vec(),
            envelope: b"bc".to_vec(),
            body: vec![],
            body_structure: b"d".to_vec(),
            card: b"{}".to_vec(),
        };
        let row = write_outline(&outline);
        let view = OutlineView::read(&row).unwrap();
        assert_eq!(
            (view.prefix, view.envelope, view.body_structure, view.card),
            (&b"a"[..], &b"bc"[..], &b"d"[..], &b"{}"[..])
        );
    }

    #[test]
    fn a_broken_row_is_an_error() {
        for cut in 0..21 {
            assert!(OutlineView::read(&write_outline(&OutlineRow::default())[..cut]).is_err());
            assert!(read_entry(1, &vec![VERSION; cut]).is_err());
        }
        assert!(read_counters(b"").is_err());
    }
}

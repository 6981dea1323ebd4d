//! The encodings of event rows: a part (the events of one message, written with it) and a bundle
//! (of many messages, written together). Both are the compact form, compressed with LZ4, since
//! dialogues are repetitive. Decodes every form that was ever written.

use event::Event;
use mail::JourneyId;

// The first byte of a part: an LZ4 block with its length in front follows. JSON, the oldest form,
// begins with `[`.
const JSON: u8 = 1;
const COMPACT: u8 = 2;
// The first byte of a bundle.
const BUNDLE: u8 = 1;
// The largest decompressed row, above what a connection can produce.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Encodes events, given in the compact form, as a part.
pub(super) fn pack(compact: &[u8]) -> Vec<u8> {
    compressed(COMPACT, compact)
}

/// Decodes a part, a row of [`crate::engine::Keyspace::Journeys`].
///
/// # Errors
/// What is wrong with the row, for the log.
pub fn unpack(part: &[u8]) -> Result<Vec<Event>, String> {
    match part.split_first() {
        Some((&COMPACT, packed)) => {
            event::from_compact(&decompressed(packed)?).map_err(|e| e.to_string())
        }
        Some((&JSON, packed)) => {
            event::from_json(&decompressed(packed)?).map_err(|e| e.to_string())
        }
        _ => event::from_json(part).map_err(|e| e.to_string()),
    }
}

/// The events of one message in a log: journey, length, compact form.
pub(super) struct Record<'a> {
    pub(super) journey: JourneyId,
    pub(super) compact: &'a [u8],
    /// The offset of the next record in the log.
    pub(super) end: usize,
}

const HEADER_BYTES: usize = 16;

/// Appends a record whose compact form `write` appends.
pub(super) fn append(log: &mut Vec<u8>, journey: JourneyId, write: impl FnOnce(&mut Vec<u8>)) {
    log.extend_from_slice(&journey.0.to_be_bytes());
    log.extend_from_slice(&[0; 8]);
    let begin = log.len();
    write(log);
    let length = (log.len() - begin) as u64;
    log[begin - 8..begin].copy_from_slice(&length.to_be_bytes());
}

/// The records of a log; an error where it is truncated, and nothing after it.
pub(super) fn records(log: &[u8]) -> impl Iterator<Item = Result<Record<'_>, &'static str>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = log.get(at..).filter(|rest| !rest.is_empty())?;
        let read = || {
            let number = |from: usize| {
                rest.get(from..from + 8)?
                    .try_into()
                    .ok()
                    .map(u64::from_be_bytes)
            };
            let (journey, length) = (JourneyId(number(0)?), usize::try_from(number(8)?).ok()?);
            Some((journey, rest.get(HEADER_BYTES..)?.get(..length)?))
        };
        let Some((journey, compact)) = read() else {
            at = log.len();
            return Some(Err("the bundle is truncated"));
        };
        at += HEADER_BYTES + compact.len();
        Some(Ok(Record {
            journey,
            compact,
            end: at,
        }))
    })
}

/// Encodes a log as a bundle; `buffer` is the reused compression buffer.
pub(super) fn bundle(log: &[u8], buffer: &mut Vec<u8>) -> Vec<u8> {
    compressed_in(buffer, BUNDLE, log)
}

/// Decodes the events of one message in a bundle.
///
/// # Errors
/// What is wrong with the row, for the log.
pub(super) fn unbundle(row: &[u8], journey: JourneyId) -> Result<Vec<Event>, String> {
    let Some((&BUNDLE, packed)) = row.split_first() else {
        return Err("the bundle has an unknown format".into());
    };
    let log = decompressed(packed)?;
    let mut events = Vec::new();
    for record in records(&log) {
        let record = record?;
        if record.journey == journey {
            events.extend(event::from_compact(record.compact).map_err(|e| e.to_string())?);
        }
    }
    Ok(events)
}

fn compressed(form: u8, bytes: &[u8]) -> Vec<u8> {
    compressed_in(&mut Vec::new(), form, bytes)
}

fn compressed_in(buffer: &mut Vec<u8>, form: u8, bytes: &[u8]) -> Vec<u8> {
    let most = lz4_flex::block::get_maximum_output_size(bytes.len());
    if buffer.len() < most {
        buffer.resize(most, 0);
    }
    // The buffer holds the worst case, so this cannot fail.
    let packed = lz4_flex::block::compress_into(bytes, buffer).unwrap_or_default();
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&[form], size.as_slice(), &buffer[..packed]].concat()
}

fn decompressed(packed: &[u8]) -> Result<Vec<u8>, String> {
    let size = packed
        .first_chunk::<4>()
        .map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if size > BYTES_MAX {
        return Err(format!("the row has {size} bytes"));
    }
    lz4_flex::block::decompress_size_prepended(packed).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::event_at;
    use super::*;

    fn events() -> Vec<Event> {
        (0..40).map(|seq| Event { seq, ..event_at(5) }).collect()
    }

    #[test]
    fn decodes_every_form_of_a_part() {
        let json = event::to_json(&events());
        let earlier = compressed(JSON, &json);
        for part in [json, earlier, pack(&event::to_compact(&events()))] {
            assert_eq!(unpack(&part).unwrap(), events());
        }
    }

    #[test]
    fn a_bundle_returns_the_events_of_each_message() {
        let mut log = Vec::new();
        append(&mut log, JourneyId(1), |log| {
            event::append_compact(log, &events()[..3]);
        });
        append(&mut log, JourneyId(2), |_| {});
        append(&mut log, JourneyId(3), |log| {
            event::append_compact(log, &events()[3..10]);
        });
        append(&mut log, JourneyId(3), |log| {
            event::append_compact(log, &events()[10..]);
        });
        let of = |journey| unbundle(&bundle(&log, &mut Vec::new()), JourneyId(journey)).unwrap();
        assert_eq!(
            [of(1), of(2), of(3), of(4)],
            [
                events()[..3].to_vec(),
                vec![],
                events()[3..].to_vec(),
                vec![]
            ]
        );
    }

    #[test]
    fn refuses_rows_that_are_too_large_or_malformed() {
        let claims = |form, bytes: usize| {
            [
                &[form],
                u32::try_from(bytes).unwrap().to_le_bytes().as_slice(),
                &[0],
            ]
            .concat()
        };
        assert_eq!(
            unpack(&claims(COMPACT, BYTES_MAX + 1)).unwrap_err(),
            format!("the row has {} bytes", BYTES_MAX + 1)
        );
        assert_eq!(
            unbundle(&claims(BUNDLE, BYTES_MAX + 1), JourneyId(1)).unwrap_err(),
            format!("the row has {} bytes", BYTES_MAX + 1)
        );
        for part in [
            vec![COMPACT],
            vec![COMPACT, 5, 0, 0, 0, 0xff],
            vec![9, 9],
            Vec::new(),
        ] {
            assert!(
                unpack(&part).is_err() && unbundle(&part, JourneyId(1)).is_err(),
                "{part:?}"
            );
        }
        let short = [7u64.to_be_bytes(), 100u64.to_be_bytes()].concat();
        for end in [9, 15, 16] {
            assert_eq!(
                unbundle(&compressed(BUNDLE, &short[..end]), JourneyId(7)).unwrap_err(),
                "the bundle is truncated"
            );
        }
    }
}

//! The forms in which events are rows: a part (one message's, written with it) and a bundle (many
//! messages', written together). Both are the events' compact form, compressed, for dialogues repeat
//! themselves. Reads every form that was ever written.

use event::Event;
use mail::JourneyId;

// A part's first octet: what follows is compressed (LZ4 block, its length before it). JSON, the
// oldest form, begins with `[`.
const JSON: u8 = 1;
const COMPACT: u8 = 2;
// A bundle's.
const BUNDLE: u8 = 1;
// What a row may become when it is unpacked; more than a connection can say.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Events in their compact form as a part of a journey.
pub(super) fn pack(compact: &[u8]) -> Vec<u8> {
    compressed(COMPACT, compact)
}

/// The events of a part, as it stands in [`crate::engine::Space::Journeys`].
///
/// # Errors
/// A sentence, where it cannot be read.
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

/// One message's events in a log: the message's journey, the length, the compact form.
pub(super) struct Piece<'a> {
    pub(super) journey: JourneyId,
    pub(super) compact: &'a [u8],
    /// Where the next one begins, in octets from the log's beginning.
    pub(super) end: usize,
}

const HEAD: usize = 16;

/// Adds a piece that `write` appends.
pub(super) fn append(log: &mut Vec<u8>, journey: JourneyId, write: impl FnOnce(&mut Vec<u8>)) {
    log.extend_from_slice(&journey.0.to_be_bytes());
    log.extend_from_slice(&[0; 8]);
    let begin = log.len();
    write(log);
    let length = (log.len() - begin) as u64;
    log[begin - 8..begin].copy_from_slice(&length.to_be_bytes());
}

/// The pieces of a log; an error where it ends early, and nothing after it.
pub(super) fn pieces(log: &[u8]) -> impl Iterator<Item = Result<Piece<'_>, &'static str>> {
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
            Some((journey, rest.get(HEAD..)?.get(..length)?))
        };
        let Some((journey, compact)) = read() else {
            at = log.len();
            return Some(Err("a bundle that ends early"));
        };
        at += HEAD + compact.len();
        Some(Ok(Piece {
            journey,
            compact,
            end: at,
        }))
    })
}

/// A log as a bundle's row; `room` is where it is compressed, kept from one to the next.
pub(super) fn bundle(log: &[u8], room: &mut Vec<u8>) -> Vec<u8> {
    compressed_in(room, BUNDLE, log)
}

/// One message's events in a bundle's row.
///
/// # Errors
/// A sentence, where it cannot be read.
pub(super) fn unbundle(row: &[u8], journey: JourneyId) -> Result<Vec<Event>, String> {
    let Some((&BUNDLE, packed)) = row.split_first() else {
        return Err("a bundle of another form".into());
    };
    let log = decompressed(packed)?;
    let mut events = Vec::new();
    for piece in pieces(&log) {
        let piece = piece?;
        if piece.journey == journey {
            events.extend(event::from_compact(piece.compact).map_err(|e| e.to_string())?);
        }
    }
    Ok(events)
}

fn compressed(form: u8, bytes: &[u8]) -> Vec<u8> {
    compressed_in(&mut Vec::new(), form, bytes)
}

fn compressed_in(room: &mut Vec<u8>, form: u8, bytes: &[u8]) -> Vec<u8> {
    let most = lz4_flex::block::get_maximum_output_size(bytes.len());
    if room.len() < most {
        room.resize(most, 0);
    }
    // There is room for the worst case, so it cannot fail.
    let packed = lz4_flex::block::compress_into(bytes, room).unwrap_or_default();
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&[form], size.as_slice(), &room[..packed]].concat()
}

fn decompressed(packed: &[u8]) -> Result<Vec<u8>, String> {
    let size = packed
        .first_chunk::<4>()
        .map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if size > BYTES_MAX {
        return Err(format!("a row of {size} octets"));
    }
    lz4_flex::block::decompress_size_prepended(packed).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;
    use super::*;

    fn events() -> Vec<Event> {
        (0..40).map(|seq| Event { seq, ..told(5) }).collect()
    }

    #[test]
    fn every_form_of_a_part_that_was_ever_written_is_read() {
        let json = event::to_json(&events());
        let earlier = compressed(JSON, &json);
        for part in [json, earlier, pack(&event::to_compact(&events()))] {
            assert_eq!(unpack(&part).unwrap(), events());
        }
    }

    #[test]
    fn a_bundle_gives_each_message_its_own() {
        let mut log = Vec::new();
        append(&mut log, JourneyId(1), |log| {
            event::append_compact(log, &events()[..3])
        });
        append(&mut log, JourneyId(2), |_| {});
        append(&mut log, JourneyId(3), |log| {
            event::append_compact(log, &events()[3..10])
        });
        append(&mut log, JourneyId(3), |log| {
            event::append_compact(log, &events()[10..])
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
    fn a_row_that_would_be_too_large_or_is_none_is_an_error() {
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
            format!("a row of {} octets", BYTES_MAX + 1)
        );
        assert_eq!(
            unbundle(&claims(BUNDLE, BYTES_MAX + 1), JourneyId(1)).unwrap_err(),
            format!("a row of {} octets", BYTES_MAX + 1)
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
                "a bundle that ends early"
            );
        }
    }
}

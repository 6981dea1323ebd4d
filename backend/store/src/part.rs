//! A part of a journey as a row: the events in their compact form, compressed, for dialogues repeat themselves. Reads every form that was ever written.

use event::Event;

// A part's first octet: what follows is compressed (LZ4 block, its length before it). JSON, the oldest form, begins with `[`.
const JSON: u8 = 1;
const COMPACT: u8 = 2;
// What a part may become when it is unpacked; more than a connection can say.
const OCTETS_MAX: usize = 64 * 1024 * 1024;

/// Events as a part of a journey.
pub(crate) fn pack(events: &[Event]) -> Vec<u8> {
    let mut part = vec![COMPACT];
    part.extend(lz4_flex::block::compress_prepend_size(&event::to_compact(events)));
    part
}

/// The events of a part, as it stands in [`crate::engine::Space::Journeys`].
///
/// # Errors
/// A sentence, where it cannot be read.
pub fn unpack(part: &[u8]) -> Result<Vec<Event>, String> {
    match part.split_first() {
        Some((&COMPACT, packed)) => event::from_compact(&decompressed(packed)?).map_err(|e| e.to_string()),
        Some((&JSON, packed)) => event::from_json(&decompressed(packed)?).map_err(|e| e.to_string()),
        _ => event::from_json(part).map_err(|e| e.to_string()),
    }
}

fn decompressed(packed: &[u8]) -> Result<Vec<u8>, String> {
    let size = packed.first_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    if size > OCTETS_MAX {
        return Err(format!("a part of {size} octets"));
    }
    lz4_flex::block::decompress_size_prepended(packed).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Kind, Role};
    use mail::{Duration, JourneyId, SpanId, Time};

    fn events() -> Vec<Event> {
        let kind = Kind::Closed { after: Duration::from_secs(1) };
        let event = |seq| Event {
            at: Time(1),
            seq,
            journey: Some(JourneyId(7)),
            span: SpanId(1),
            parent: None,
            host: "mail.a.test".into(),
            role: Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: kind.explain().into(),
            claimed: false,
            kind: kind.clone(),
        };
        (0..40).map(event).collect()
    }

    #[test]
    fn every_form_that_was_ever_written_is_read() {
        let json = event::to_json(&events());
        let compressed = [&[JSON], lz4_flex::block::compress_prepend_size(&json).as_slice()].concat();
        for part in [json, compressed, pack(&events())] {
            assert_eq!(unpack(&part).unwrap(), events());
        }
    }

    #[test]
    fn a_part_that_would_be_too_large_or_is_none_is_an_error() {
        let claims = |octets: usize| [&[COMPACT], u32::try_from(octets).unwrap().to_le_bytes().as_slice(), &[0]].concat();
        assert_eq!(unpack(&claims(OCTETS_MAX + 1)).unwrap_err(), format!("a part of {} octets", OCTETS_MAX + 1));
        for part in [vec![COMPACT], vec![COMPACT, 5, 0, 0, 0, 0xff], vec![9, 9], Vec::new()] {
            assert!(unpack(&part).is_err(), "{part:?}");
        }
    }
}

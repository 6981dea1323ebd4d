//! Events that version 0.1 stored are read. `tests/data/events-v1.*` were written by that version:
//! every kind, every check.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{
    Check, Event, Kind, Locale, Localize, ProofFact, Reason, Verdict, from_compact, from_json,
    to_compact, to_json,
};

const COMPACT: &[u8] = include_bytes!("data/events-v1.compact");
const JSON: &[u8] = include_bytes!("data/events-v1.json");

fn find(events: &[Event], wanted: &Check) -> (Verdict, Reason, Vec<(u32, String)>) {
    let found = events.iter().find_map(|event| match &event.kind {
        Kind::Check {
            check,
            verdict,
            reason,
            proof,
        } if check == wanted => {
            let steps = proof
                .iter()
                .map(|step| (step.depth, step.sentence(Locale::Chinese)))
                .collect();
            Some((*verdict, reason.clone(), steps))
        }
        _ => None,
    });
    found.unwrap()
}

#[test]
fn compact_and_json_forms_of_version_0_1_hold_the_same_events() {
    let events = from_compact(COMPACT).unwrap();
    assert_eq!(events.len(), 68);
    assert_eq!(events, from_json(JSON).unwrap());
    // And they can be stored again.
    assert_eq!(from_compact(&to_compact(&events)).unwrap(), events);
    assert_eq!(from_json(&to_json(&events)).unwrap(), events);
}

#[test]
fn reason_of_version_0_1_is_shown_as_it_was_written() {
    let events = from_compact(COMPACT).unwrap();
    let (verdict, reason, steps) = find(&events, &Check::Ptr);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(
        reason,
        Reason::legacy("192.0.2.25 has no name (PTR): +2 points")
    );
    assert!(steps.is_empty());
    assert_eq!(find(&events, &Check::NullSender).1, Reason::None);
    assert_eq!(
        find(&events, &Check::Other("something-new".into())).1,
        Reason::legacy("words that no table knows")
    );
    let unreachable = events.iter().find_map(|event| match &event.kind {
        Kind::Unreachable { peer, reason } => Some((peer.as_str(), reason.clone())),
        _ => None,
    });
    assert_eq!(
        unreachable,
        Some((
            "mx1.b.test [192.0.2.25]:25",
            Reason::legacy("connection refused")
        ))
    );
}

#[test]
fn proof_of_version_0_1_keeps_its_steps_and_their_depth() {
    let events = from_compact(COMPACT).unwrap();
    let (_, _, steps) = find(&events, &Check::Spf);
    assert_eq!(
        steps[1],
        (0, "record a.test v=spf1 ip4:192.0.2.0/24 -all".to_owned())
    );
    let deepest = events.iter().flat_map(|event| match &event.kind {
        Kind::Check { proof, .. } => proof.as_slice(),
        _ => &[],
    });
    let deepest: Vec<_> = deepest.filter(|step| step.depth == 1).collect();
    assert_eq!(deepest.len(), 3);
    let flips = events.iter().flat_map(|event| match &event.kind {
        Kind::Check { proof, .. } => proof.as_slice(),
        _ => &[],
    });
    assert_eq!(
        flips
            .filter(|step| matches!(step.fact, ProofFact::LegacyFlip { .. }))
            .count(),
        5
    );
}

//! The compact form: writing and reading back, and invalid bytes.

use super::*;
use crate::{Check, Kind, Party, ProofFact, ProofStep, Reason};
use mail::session::Speaker;
use mail::{Duration, JourneyId, Reply, SpanId, Time};

fn event(at: i64, seq: u64, kind: Kind) -> Event {
    Event {
        at: Time(at),
        seq,
        journey: Some(JourneyId(7 << 32)),
        span: SpanId(u64::MAX),
        parent: None,
        host: "mx.a.test".into(),
        role: Role::Mta,
        before: "greeted".into(),
        after: "".into(),
        explain: kind.explain().into(),
        claimed: false,
        kind,
    }
}

// The events of every message.
fn way() -> Vec<Kind> {
    let party = |role, name: Option<&str>| Party {
        role,
        address: "192.0.2.7:25".into(),
        name: name.map(str::to_owned),
    };
    let to = || "邮@b.test".to_owned();
    let accepted = |sender: &str, added: &[&str]| Kind::Accepted {
        message: u64::MAX,
        sender: sender.into(),
        recipients: vec![to(), "c@b.test".into()],
        bytes: 1 << 40,
        added: added.iter().map(|&field| field.to_owned()).collect(),
    };
    vec![
        Kind::Connect {
            protocol: Protocol::Smtp,
            client: party(Role::Mua, None),
            server: party(Role::Mta, Some("mx.a.test")),
        },
        Kind::Connect {
            protocol: Protocol::Web,
            client: party(Role::Mta, Some("")),
            server: party(Role::Mra, None),
        },
        accepted(
            "a@a.test",
            &["Received: from x\r\n\tby y\r\n", "Subject: \"邮\"\r\n", ""],
        ),
        accepted("", &[]),
        Kind::Attempt {
            number: u32::MAX,
            domain: "b.test".into(),
            recipients: vec![to()],
        },
        Kind::Attempt {
            number: 1,
            domain: String::new(),
            recipients: Vec::new(),
        },
        Kind::Delivered {
            recipient: to(),
            mailbox: "INBOX".into(),
            uid: 7,
        },
        Kind::Closed {
            after: Duration::from_micros(u64::MAX),
        },
    ]
}

fn dialogue() -> Vec<Event> {
    let line = |speaker, text: &str, sealed, redacted| Kind::Line {
        speaker,
        text: text.into(),
        sealed,
        redacted,
    };
    let check = |verdict| Kind::Check {
        check: Check::Spf,
        verdict,
        reason: Reason::legacy("邮 – v=spf1"),
        proof: vec![ProofStep {
            depth: 2,
            fact: ProofFact::NoTermMatches,
        }],
    };
    let mut events = vec![
        event(
            1_795_267_323_191_125,
            9,
            line(Speaker::Server, "220 mx.a.test", false, false),
        ),
        event(
            1_795_267_323_191_130,
            10,
            line(Speaker::Client, "AUTH PLAIN ••••", true, true),
        ),
        // A clock that was put back, and a number that is lower than the last.
        event(-5, 2, check(Verdict::Pass)),
        event(i64::MAX, u64::MAX, check(Verdict::Fail)),
        event(i64::MIN, 0, check(Verdict::Neutral)),
        event(
            0,
            1,
            Kind::Closed {
                after: Duration::from_secs(3),
            },
        ),
        event(
            0,
            3,
            Kind::Deferred {
                recipient: "b@b.test".into(),
                reply: Reply::new(451, (4, 3, 0), "later"),
                cause: Some(Reason::legacy("later")),
                next: Time(8),
            },
        ),
        event(0, 4, Kind::Unknown),
    ];
    events.extend(way().into_iter().map(|kind| event(9, 9, kind)));
    for (number, event) in events.iter_mut().enumerate() {
        event.claimed = number % 2 == 0;
        event.parent = (number % 3 == 0).then_some(SpanId(number as u64));
        event.role = ROLES[number % ROLES.len()];
        if number == 5 {
            event.journey = None;
        }
    }
    events
}

#[test]
fn events_come_back_as_they_were() {
    let events = dialogue();
    assert_eq!(from_compact(&to_compact(&events)).unwrap(), events);
    assert!(from_compact(&[]).unwrap().is_empty());
}

#[test]
fn what_was_written_before_a_kind_had_a_form_of_its_own_is_read() {
    for kind in way() {
        let unknown = to_compact(&[event(1, 1, Kind::Unknown)]);
        let mut before = unknown[..unknown.len() - "\"unknown\"".len() - 1].to_vec();
        let json = serde_json::to_vec(&kind).unwrap();
        // The length in seven bits each, the lowest first.
        before.extend([json.len() as u8 & 0x7f | 0x80, (json.len() >> 7) as u8]);
        before.extend(json);
        let now = event(1, 1, kind.clone());
        assert_eq!(
            from_compact(&before).unwrap(),
            [Event {
                explain: "unknown".into(),
                ..now
            }]
        );
    }
}

#[test]
fn a_form_or_a_number_that_there_is_not_is_an_error() {
    let whole = to_compact(&[event(
        1,
        1,
        Kind::Attempt {
            number: 1,
            domain: "d".into(),
            recipients: Vec::new(),
        },
    )]);
    let form = whole.len() - 6;
    assert_eq!(&whole[form..], [ATTEMPT, 1, 0, 1, b'd', 0]);
    let with = |at: usize, bytes: &[u8]| from_compact(&[&whole[..at], bytes].concat());
    assert!(matches!(
        with(form, &[99]),
        Err(CompactError::Invalid("form"))
    ));
    assert!(matches!(
        with(form + 1, &[0xff, 0xff, 0xff, 0xff, 0x7f]),
        Err(CompactError::Invalid("number"))
    ));
    assert!(
        matches!(
            with(form + 5, &[0xff, 0xff, 0xff, 0xff, 0x7f]),
            Err(CompactError::Short)
        ),
        "recipients that do not follow"
    );
}

#[test]
fn bytes_that_end_early_or_were_changed_are_an_error_or_other_events_but_never_a_panic() {
    let whole = to_compact(&dialogue());
    let readable = |bytes: &[u8]| from_compact(bytes).is_ok();
    let ends: Vec<usize> = (0..whole.len())
        .filter(|end| readable(&whole[..*end]))
        .collect();
    assert_eq!(
        ends.len(),
        dialogue().len(),
        "only between two events: {ends:?}"
    );
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[at] = value;
            let _ = from_compact(&changed);
        }
    }
}

#[test]
fn a_length_that_is_claimed_costs_nothing() {
    // An event whose host name has a stated length of 2^63 bytes.
    let mut bytes = vec![2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0];
    bytes.extend([0xff; 8]);
    bytes.push(0x7f);
    assert!(matches!(from_compact(&bytes), Err(CompactError::Short)));
}

#[test]
fn differences_either_way_are_small_numbers() {
    for (difference, number) in [
        (0, 0),
        (-1, 1),
        (1, 2),
        (i64::MAX, u64::MAX - 1),
        (i64::MIN, u64::MAX),
    ] {
        assert_eq!((zigzag(difference), unzigzag(number)), (number, difference));
    }
}

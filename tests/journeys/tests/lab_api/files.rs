//! Exported files of a run: the transcript and the packet capture.

use super::{asked, files, play, text};
use base64::Engine;
use sim::api::{ApiRequest, ApiResponse, Language, Pcapng, Plan, Range};
use sim::scenario::read;

fn transcript(scenario: &str, language: Language) -> String {
    match asked(&ApiRequest::Transcript {
        plan: Plan {
            scenario: scenario.to_owned(),
            edits: None,
        },
        language,
        range: None,
    }) {
        ApiResponse::Transcript(transcript) => transcript.text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transcript_has_each_line_once_in_either_language() {
    for (name, text) in files() {
        let scenario = read(&text).unwrap();
        let (chinese, english) = (
            transcript(&text, Language::Zh),
            transcript(&text, Language::En),
        );
        assert!(
            chinese.starts_with(&scenario.title.zh) && english.starts_with(&scenario.title.en),
            "{name}"
        );
        assert_eq!(chinese.lines().count(), english.lines().count(), "{name}");
        assert_eq!(chinese, transcript(&text, Language::Zh), "{name}");
    }
    let first = transcript(&text(1), Language::En);
    for line in [
        "C  EHLO mail.a.test",
        "S  220 mail.b.test",
        "C* MAIL FROM:<alice@a.test>",
        "accepted the message for bob@b.test",
        "delivered to INBOX of bob@b.test",
    ] {
        assert!(first.contains(line), "{line} is not in\n{first}");
    }
    let connections = first
        .matches("connection: mail.a.test [192.0.2.25:49152] → mail.b.test [198.51.100.25:25]")
        .count();
    assert_eq!(
        (connections, first.matches("C  EHLO mail.a.test").count()),
        (1, 1),
        "{first}"
    );
    assert!(transcript(&text(1), Language::Zh).contains("接收了给 bob@b.test 的邮件"));
}

fn packets(scenario: &str, range: Option<Range>) -> Pcapng {
    match asked(&ApiRequest::Pcapng {
        plan: Plan {
            scenario: scenario.to_owned(),
            edits: None,
        },
        range,
    }) {
        ApiResponse::Pcapng(capture) => capture,
        other => panic!("{other:?}"),
    }
}

/// The times of the packets in microseconds; checks that the block lengths of the file are
/// consistent.
fn times(name: &str, capture: &Pcapng) -> Vec<u64> {
    let file = base64::engine::general_purpose::STANDARD
        .decode(&capture.base64)
        .unwrap();
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut at, mut times) = (0, Vec::new());
    while at < file.len() {
        let length = word(at + 4) as usize;
        assert_eq!(
            word(at + length - 4) as usize,
            length,
            "{name}: a block at {at}"
        );
        if word(at) == 6 {
            times.push(u64::from(word(at + 12)) << 32 | u64::from(word(at + 16)));
        }
        at += length;
    }
    assert_eq!(at, file.len(), "{name}");
    times
}

#[test]
fn a_packet_file_has_valid_blocks_and_the_stated_packets() {
    for (name, text) in files() {
        let capture = packets(&text, None);
        let times = times(&name, &capture);
        assert!(times.is_sorted(), "{name}: the time runs back");
        assert_eq!(
            (times.len(), capture.whole),
            (capture.packets, true),
            "{name}"
        );
    }
}

#[test]
fn a_part_of_a_run_spans_its_events_and_open_connections() {
    for (name, text) in files() {
        let played = play(&text, None).unwrap();
        let (all, whole) = (played.events.len() - 1, times(&name, &packets(&text, None)));
        let of = |first, last| times(&name, &packets(&text, Some(Range { first, last })));
        // Packets after the last event were already in transit.
        assert!(of(0, usize::MAX) == whole, "{name}");
        let moment = |place: usize| u64::try_from(played.moments[place].0).unwrap();
        for (first, last) in [(0, all / 3), (all / 3, 2 * all / 3), (2 * all / 3, all)] {
            let part = of(first, last);
            let meant = whole
                .iter()
                .filter(|at| **at >= moment(first) && **at <= moment(last))
                .count();
            assert!(
                part.len() >= meant && part.last().is_none_or(|at| *at <= moment(last)),
                "{name} {first}–{last}"
            );
        }
        // Connections that had already ended are left out.
        let late = of(all, all);
        assert!(
            late.len() < whole.len(),
            "{name}: {} of {}",
            late.len(),
            whole.len()
        );
    }
    let played = play(&text(1), None).unwrap();
    let transcript = |range| match asked(&ApiRequest::Transcript {
        plan: Plan {
            scenario: text(1),
            edits: None,
        },
        language: Language::En,
        range,
    }) {
        ApiResponse::Transcript(transcript) => transcript.text,
        other => panic!("{other:?}"),
    };
    let dns = played
        .events
        .iter()
        .position(|event| matches!(event.kind, event::Kind::Dns { .. }))
        .unwrap();
    let part = transcript(Some(Range {
        first: dns,
        last: dns,
    }));
    assert!(
        part.ends_with("DNS b.test Mx → 10 mail.b.test.\n")
            && part.matches("mail.a.test  ").count() == 1,
        "{part}"
    );
    assert_eq!(
        transcript(Some(Range {
            first: 0,
            last: usize::MAX
        })),
        transcript(None)
    );
}

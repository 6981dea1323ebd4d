//! The Lab's API: every scenario played through it gives the same run as without it, byte for byte;
//! invalid edits are refused with the place of the error; everything has a limit.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use base64::Engine;
use sim::api::{ApiRequest, ApiResponse, Language, Pcapng, Plan, PlayedRun, Range, answer};
use sim::scenario::{EDITS_FORM, Edits, Scenario, ScenarioError, read, run, to_json};
use std::fs;
use std::path::PathBuf;

fn files() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|path| {
        path.file_name().is_some_and(|n| {
            n.to_string_lossy()
                .starts_with(|c: char| c.is_ascii_digit())
        })
    });
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn text(number: u32) -> String {
    let (_, text) = files()
        .into_iter()
        .find(|(name, _)| name.starts_with(&format!("{number:02}-")))
        .unwrap();
    text
}

fn asked(request: &ApiRequest) -> ApiResponse {
    serde_json::from_str(&answer(&serde_json::to_string(request).unwrap())).unwrap()
}

fn play(scenario: &str, edits: Option<Edits>) -> Result<PlayedRun, ScenarioError> {
    match asked(&ApiRequest::Play(Plan {
        scenario: scenario.to_owned(),
        edits,
    })) {
        ApiResponse::Played(played) => Ok(*played),
        ApiResponse::Refused(refused) => Err(refused),
        other => panic!("{other:?}"),
    }
}

fn edits(scenario: &Scenario, json: &serde_json::Value) -> Edits {
    let mut whole = serde_json::json!({ "form": EDITS_FORM, "scenario": scenario.number, "version": scenario.version });
    whole
        .as_object_mut()
        .unwrap()
        .extend(json.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

#[test]
fn every_scenario_and_its_export_play_the_same_run() {
    for (name, text) in files() {
        let scenario = read(&text).unwrap();
        let plain = run(&scenario, &[]).unwrap();
        let played = play(&text, None).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(
            played.fingerprint,
            format!("{:016x}", plain.fingerprint),
            "{name}"
        );
        assert_eq!(
            event::to_json(&played.events),
            event::to_json(&plain.events),
            "{name}"
        );
        let again =
            play(&to_json(&played.scenario), None).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(again, played, "{name}: what was exported is another");
        assert!(
            played
                .questions
                .windows(2)
                .all(|two| two[0].before <= two[1].before)
        );
        assert!(
            played.questions.iter().all(|asked| asked.right.len() == 1),
            "{name}: {:?}",
            played.questions
        );
        assert!(!played.records.is_empty() && played.hosts.len() == scenario.hosts.len());
    }
}

#[test]
fn every_accepted_message_has_its_text_and_added_fields() {
    for (name, text) in files() {
        let played = play(&text, None).unwrap();
        for event in &played.events {
            let event::Kind::Accepted {
                added, recipients, ..
            } = &event.kind
            else {
                continue;
            };
            let message = played
                .messages
                .iter()
                .find(|l| Some(l.journey) == event.journey);
            let Some(message) = message else {
                // What nobody keeps has no text: a message all of whose recipients were refused in
                // the same moment.
                let journey = event.journey;
                let settled = |kind: &event::Kind| matches!(kind, event::Kind::Bounced { .. });
                let gone = played
                    .events
                    .iter()
                    .filter(|e| e.journey == journey && settled(&e.kind))
                    .count();
                assert_eq!(gone, recipients.len(), "{name}: no text for {journey:?}");
                continue;
            };
            let field = message.text.lines().next().unwrap();
            assert!(
                added
                    .iter()
                    .any(|line| line.starts_with(field.split(':').next().unwrap())),
                "{name}: {field} {added:?}"
            );
        }
    }
}

#[test]
fn an_edit_at_a_time_leaves_earlier_events_untouched() {
    let (first, lost) = (text(1), text(10));
    let cases = [
        (&first, "1200ms", r#"{"fault": {"down": "mail.b.test"}}"#),
        (&first, "1200ms", r#"{"fault": {"crash": "mail.a.test"}}"#),
        (
            &first,
            "1300ms",
            r#"{"fault": {"clock": {"host": "mail.a.test", "seconds": 3600}}}"#,
        ),
        (
            &first,
            "1200ms",
            r#"{"fault": {"link": {"between": ["mail.a.test", "mail.b.test"], "latency": "3s"}}}"#,
        ),
        (
            &first,
            "1250ms",
            r#"{"fault": {"disk": {"host": "mail.b.test", "full": true}}}"#,
        ),
        (
            &lost,
            "30s",
            r#"{"zone": {"set": "b.test. MX 10 mail.a.test."}}"#,
        ),
        (
            &lost,
            "30s",
            r#"{"fault": {"reply": {"to": "mail.b.test", "port": 25, "command": "RCPT", "reply": "550 5.1.1 No"}}}"#,
        ),
    ];
    for (text, at, step) in cases {
        let scenario = read(text).unwrap();
        let step: serde_json::Value = serde_json::from_str(step).unwrap();
        let mut step = step.as_object().unwrap().clone();
        step.insert("at".into(), at.into());
        let edits = edits(&scenario, &serde_json::json!({ "steps": [step] }));
        let (plain, edited) = (
            play(text, None).unwrap(),
            play(text, Some(edits.clone())).unwrap(),
        );
        let moment = sim::START + edits.steps[0].at.0;
        // The message that a line belongs to is known only when the message is accepted.
        let before = |played: &PlayedRun| {
            let before = played.events.iter().take_while(|e| e.at < moment);
            before
                .map(|e| event::Event {
                    journey: None,
                    ..e.clone()
                })
                .collect::<Vec<_>>()
        };
        assert!(!before(&plain).is_empty(), "{at} is too early");
        assert_eq!(
            event::to_json(&before(&plain)),
            event::to_json(&before(&edited)),
            "{step:?}"
        );
        assert_ne!(
            plain.fingerprint, edited.fingerprint,
            "{step:?} changes nothing"
        );
    }
}

#[test]
fn edits_change_seed_records_hosts_and_steps() {
    let first = text(1);
    let scenario = read(&first).unwrap();
    let plain = play(&first, None).unwrap();
    let check = |json: serde_json::Value, holds: &dyn Fn(&PlayedRun) -> bool| {
        let played =
            play(&first, Some(edits(&scenario, &json))).unwrap_or_else(|e| panic!("{json}: {e:?}"));
        assert!(
            played.fingerprint != plain.fingerprint && holds(&played),
            "{json}: {:?}",
            played.outcome
        );
    };
    let lost = |played: &PlayedRun| played.outcome.messages("bob@b.test") == 0;
    check(serde_json::json!({ "seed": 4711 }), &|played| {
        played.outcome.messages("bob@b.test") == 1
    });
    check(serde_json::json!({ "latency": "1s" }), &|played| {
        played.ended == plain.ended
    });
    check(
        serde_json::json!({ "records": [{ "name": "b.test", "type": "MX", "data": ["0 ."] }] }),
        &lost,
    );
    check(
        serde_json::json!({ "zone": "a.test. MX 10 mail.a.test." }),
        &lost,
    );
    check(
        serde_json::json!({ "without-steps": (0..scenario.steps.len()).collect::<Vec<_>>() }),
        &|played| played.messages.is_empty(),
    );
    let mut host = serde_json::to_value(
        scenario
            .hosts
            .iter()
            .find(|h| h.name == "mail.b.test")
            .unwrap(),
    )
    .unwrap();
    host["person"] = serde_json::json!([]);
    check(serde_json::json!({ "hosts": [host] }), &lost);
}

/// Checks that edits of the first scenario are refused with a sentence that contains `sentence`.
fn check_refused(json: serde_json::Value, sentence: &str) {
    let first = text(1);
    let scenario = read(&first).unwrap();
    let mut whole = serde_json::json!({ "form": EDITS_FORM, "scenario": scenario.number, "version": scenario.version });
    whole
        .as_object_mut()
        .unwrap()
        .extend(json.as_object().unwrap().clone());
    let request = serde_json::json!({ "play": { "scenario": first, "edits": whole } });
    match serde_json::from_str(&answer(&request.to_string())).unwrap() {
        ApiResponse::Refused(refused) => {
            let text = refused.text();
            assert!(
                text.en.contains(sentence),
                "{json}: {} is not {sentence}",
                text.en
            );
            assert!(!text.zh.is_empty());
        }
        other => panic!("{json} was played: {other:?}"),
    }
}

#[test]
fn refuses_edits_of_another_form_scenario_or_version() {
    for (json, sentence) in [
        (
            serde_json::json!({ "form": EDITS_FORM + 1 }),
            "form 2; this version reads form 1",
        ),
        (
            serde_json::json!({ "scenario": 2 }),
            "The edits belong to scenario 2; this is scenario 1",
        ),
        (
            serde_json::json!({ "version": 0 }),
            "an older version of scenario 1",
        ),
        (
            serde_json::json!({ "version": 99 }),
            "a newer version of scenario 1",
        ),
        (
            serde_json::json!({ "colour": "red" }),
            "Unknown key “colour”",
        ),
    ] {
        check_refused(json, sentence);
    }
}

#[test]
fn refuses_edits_that_name_what_does_not_exist_and_says_where() {
    for (json, sentence) in [
        (
            serde_json::json!({ "tweaks": [77] }),
            "There is no tweak 78",
        ),
        (serde_json::json!({ "tweaks": [0, 0] }), "is chosen twice"),
        (
            serde_json::json!({ "exercise": 77 }),
            "There is no exercise 78",
        ),
        (
            serde_json::json!({ "without-steps": [77] }),
            "Step 78, which is to be removed, does not exist",
        ),
        (
            serde_json::json!({ "without-hosts": ["nobody.test"] }),
            "The host to be removed, nobody.test, does not exist",
        ),
        (
            serde_json::json!({ "without-hosts": ["mail.b.test"] }),
            "mail.b.test",
        ),
    ] {
        check_refused(json, sentence);
    }
}

#[test]
fn refuses_edits_of_the_world_that_do_not_fit_and_says_where() {
    for (json, sentence) in [
        (
            serde_json::json!({ "zone": "a.test. MX ten mx" }),
            "Zone file, line 1: “ten” is not a whole number",
        ),
        (
            serde_json::json!({ "lasts": "401d" }),
            "no longer than 400 days",
        ),
        (
            serde_json::json!({ "latency": "61m" }),
            "no more than 3600 seconds",
        ),
    ] {
        check_refused(json, sentence);
    }
    for (name, address, sentence) in [
        (
            "mail.real.org",
            "192.0.2.77",
            "must end in .test or .example",
        ),
        ("mail.c.test", "8.8.8.8", "cannot be an address of the Lab"),
        (
            "mail.c.test",
            "198.51.100.25",
            "Another host already has the address",
        ),
        ("mail.c.test", "far away", "“far away” is not an IP address"),
    ] {
        check_refused(
            serde_json::json!({ "hosts": [{ "name": name, "address": address, "runs": "nothing" }] }),
            sentence,
        );
    }
}

#[test]
fn refuses_steps_that_do_not_fit_and_says_where() {
    for (at, mut step, sentence) in [
        (
            "1000d",
            serde_json::json!({ "fault": { "down": "mail.b.test" } }),
            "The run has ended by then",
        ),
        (
            "1s",
            serde_json::json!({ "fault": { "down": "mail.c.test" } }),
            "There is no host mail.c.test",
        ),
        (
            "1s",
            serde_json::json!({ "fault": { "dance": "mail.b.test" } }),
            "“dance” is not allowed here",
        ),
        (
            "1s",
            serde_json::json!({ "fault": { "dns": { "name": "b.test", "answer": "maybe" } } }),
            "“maybe” is not a DNS failure",
        ),
        (
            "1s",
            serde_json::json!({ "zone": { "set": "x WKS y" } }),
            "Record type “WKS” is not supported",
        ),
        (
            "1s",
            serde_json::json!({ "type": { "on": "mail.a.test", "to-host": "mail.b.test", "port": 25, "lines": "EHLO" } }),
            "A dialogue line must begin with",
        ),
    ] {
        step["at"] = at.into();
        check_refused(serde_json::json!({ "steps": [step] }), sentence);
    }
}

#[test]
fn refuses_invalid_requests_and_scenarios_with_their_place() {
    for (request, sentence) in [
        ("", "Invalid request"),
        ("{", "Invalid request"),
        ("null", "Invalid request"),
        (r#"{"dance": {}}"#, "“dance” is not allowed here"),
        (
            r#"{"play": {"scenario": "number = 1\nversion = \"one\""}}"#,
            "2:11: Found the string “one”",
        ),
        (
            r#"{"play": {"scenario": "{\"number\": true}"}}"#,
            "1:12: Found true",
        ),
        (r#"{"play": {"scenario": ""}}"#, "Missing key"),
    ] {
        let ApiResponse::Refused(error) = serde_json::from_str(&answer(request)).unwrap() else {
            panic!("{request}")
        };
        let shown = error.to_string();
        assert!(shown.contains(sentence), "{request}: {shown}");
    }
}

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
        ApiResponse::Pcapng(told) => told,
        other => panic!("{other:?}"),
    }
}

/// The times of the packets, in microseconds; the blocks of the file fit.
fn times(name: &str, told: &Pcapng) -> Vec<u64> {
    let file = base64::engine::general_purpose::STANDARD
        .decode(&told.base64)
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
        let told = packets(&text, None);
        let times = times(&name, &told);
        assert!(times.is_sorted(), "{name}: the time runs back");
        assert_eq!((times.len(), told.whole), (told.packets, true), "{name}");
    }
}

#[test]
fn a_part_of_a_run_spans_its_events_and_open_connections() {
    for (name, text) in files() {
        let played = play(&text, None).unwrap();
        let (all, whole) = (played.events.len() - 1, times(&name, &packets(&text, None)));
        let of = |first, last| times(&name, &packets(&text, Some(Range { first, last })));
        // Packets after the last event were in transit already.
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
        // Connections that had ended by then are left out.
        let late = of(all, all);
        assert!(
            late.len() < whole.len(),
            "{name}: {} of {}",
            late.len(),
            whole.len()
        );
    }
    let played = play(&text(1), None).unwrap();
    let told = |range| match asked(&ApiRequest::Transcript {
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
    let part = told(Some(Range {
        first: dns,
        last: dns,
    }));
    assert!(
        part.ends_with("DNS b.test Mx → 10 mail.b.test.\n")
            && part.matches("mail.a.test  ").count() == 1,
        "{part}"
    );
    assert_eq!(
        told(Some(Range {
            first: 0,
            last: usize::MAX
        })),
        told(None)
    );
}

//! The Lab's API: every scenario played through it gives the same run as a direct run, byte for
//! byte; invalid edits are rejected with the position of the error; everything has a limit.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod files;
mod refusals;

use sim::api::{ApiRequest, ApiResponse, Plan, PlayedRun, answer};
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
                // A message whose recipients were all rejected immediately is not stored and has no
                // text.
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
        // The message of a line is known only once the message is accepted.
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

#[test]
fn a_host_that_is_off_the_network_is_listed_with_its_downtime() {
    let played = play(&text(22), None).unwrap();
    let down = |name: &str| {
        let host = played.hosts.iter().find(|host| host.name == name);
        host.unwrap().down.clone()
    };
    let mx1 = down("mx1.b.test");
    assert_eq!((mx1[0].from, mx1[0].until), (played.began, None));
    assert!(down("mx2.b.test").is_empty());
    // In the scenario on retries, the host comes back online.
    let played = play(&text(48), None).unwrap();
    let host = played.hosts.iter().find(|host| !host.down.is_empty());
    let until = host.unwrap().down[0].until.unwrap();
    assert!(until > played.began && until < played.ended);
}

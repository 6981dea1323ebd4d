//! Rejected edits, requests and scenarios, each with the position of the error.

use super::text;
use sim::api::{ApiResponse, answer};
use sim::scenario::{EDITS_FORM, read};

/// Checks that edits of the first scenario are rejected with a sentence that contains `sentence`.
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
fn rejects_edits_of_another_format_scenario_or_version() {
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
fn rejects_edits_that_refer_to_missing_items() {
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
fn rejects_invalid_edits_of_the_world_with_their_position() {
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
fn rejects_invalid_steps_with_their_position() {
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
fn rejects_invalid_requests_and_scenarios_with_their_position() {
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

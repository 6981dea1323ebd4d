//! Limits of scenarios, edits and requests: each is accepted at its limit and rejected one past it.
//! Endless runs are stopped.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use serde_json::{Value, json};
use sim::api::{ApiResponse, REQUEST_BYTES_MAX, answer};
use sim::error::{Counted, Document, Problem, RunProblem, StepProblem};
use sim::scenario::{
    Bounds, CLOCK_SECONDS_MAX, DIALOGUE_LINES_MAX, DOMAINS_MAX, EDITS_BYTES_MAX, EDITS_FORM, Edits,
    FILE_BYTES_MAX, HOSTS_MAX, LASTS_MAX, LATENCY_MAX, PEOPLE_MAX, RECIPIENTS_MAX, STEPS_MAX,
    Scenario, ZONE_BYTES_MAX, edited, read, read_any, run_within,
};
use std::fs;
use std::path::PathBuf;

fn first() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../static/scenarios/01-first-message.toml");
    fs::read_to_string(file).unwrap()
}

fn edits(scenario: &Scenario, json: &Value) -> Edits {
    let mut whole =
        json!({ "form": EDITS_FORM, "scenario": scenario.number, "version": scenario.version });
    whole
        .as_object_mut()
        .unwrap()
        .extend(json.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

// Checks that a value at the limit is accepted and one more is not.
fn check(max: usize, expected: impl Into<Problem>, with: impl Fn(&Scenario, usize) -> Value) {
    let scenario = read(&first()).unwrap();
    let edit = |count| edited(&scenario, &edits(&scenario, &with(&scenario, count)));
    let expected = expected.into();
    assert_eq!(edit(max).map(drop), Ok(()), "{max}: {expected:?}");
    assert_eq!(edit(max + 1).map(drop).unwrap_err().problem, expected);
}

fn too_many(what: Counted, max: usize) -> Problem {
    Problem::TooMany {
        what,
        count: max + 1,
        max,
    }
}

fn too_large(document: Document, bytes_max: usize) -> Problem {
    Problem::TooLarge {
        document,
        bytes: bytes_max + 1,
        bytes_max,
    }
}

fn host(number: usize) -> Value {
    json!({ "name": format!("h{number}.test"), "address": format!("203.0.113.{number}"), "runs": "nothing" })
}

#[test]
fn limits_hosts_steps_people_and_domains() {
    check(
        HOSTS_MAX,
        too_many(Counted::Hosts, HOSTS_MAX),
        |scenario, count| json!({ "hosts": (0..count - scenario.hosts.len()).map(host).collect::<Vec<_>>() }),
    );
    check(
        STEPS_MAX,
        too_many(Counted::Steps, STEPS_MAX),
        |scenario, count| {
            let tweaks = scenario.tweaks.iter().flat_map(|t| &t.steps).count();
            let exercises: usize = scenario
                .exercises
                .iter()
                .map(|e| e.edits.len() + e.solution.len())
                .sum();
            let fresh = count - scenario.steps.len() - tweaks - exercises;
            json!({ "steps": vec![json!({ "at": "1s", "fault": { "up": "mail.b.test" } }); fresh] })
        },
    );
    check(
        PEOPLE_MAX,
        too_many(Counted::People, PEOPLE_MAX),
        |scenario, count| {
            let there: usize = scenario.hosts.iter().map(|h| h.people.len()).sum();
            let people: Vec<Value> = (0..count - there)
                .map(|n| json!({ "address": format!("p{n}@c.test") }))
                .collect();
            json!({ "hosts": [{ "name": "mail.c.test", "address": "203.0.113.1", "runs": "glasspost", "domains": ["c.test"], "person": people }] })
        },
    );
    check(
        DOMAINS_MAX,
        too_many(Counted::Domains, DOMAINS_MAX),
        |scenario, count| {
            let there: usize = scenario.hosts.iter().map(|h| h.domains.len()).sum();
            let domains: Vec<String> = (0..count - there).map(|n| format!("d{n}.test")).collect();
            json!({ "hosts": [{ "name": "mail.c.test", "address": "203.0.113.1", "runs": "glasspost", "domains": domains }] })
        },
    );
    check(
        RECIPIENTS_MAX,
        too_many(Counted::Recipients, RECIPIENTS_MAX),
        |_, count| {
            let submit = json!({ "on": "laptop.a.test", "to-host": "mail.a.test", "from": "a@a.test", "to": vec!["b@b.test"; count], "message": "" });
            json!({ "steps": [{ "at": "1s", "submit": submit }] })
        },
    );
    check(
        DIALOGUE_LINES_MAX,
        too_many(Counted::DialogueLines, DIALOGUE_LINES_MAX),
        |_, count| {
            let typed = json!({ "on": "laptop.a.test", "to-host": "mail.b.test", "port": 25, "lines": "> NOOP\n".repeat(count) });
            json!({ "steps": [{ "at": "1s", "type": typed }] })
        },
    );
}

#[test]
fn limits_sizes_durations_and_clocks() {
    check(
        ZONE_BYTES_MAX,
        too_many(Counted::ZoneBytes, ZONE_BYTES_MAX),
        |scenario, count| {
            let steps = scenario
                .steps
                .iter()
                .chain(scenario.tweaks.iter().flat_map(|t| &t.steps));
            let there: usize = steps
                .map(|s| {
                    if let sim::scenario::Step::Zone { set, .. } = &s.step {
                        set.len()
                    } else {
                        0
                    }
                })
                .sum();
            json!({ "zone": format!(";{}", "x".repeat(count - there - 1)) })
        },
    );
    check(
        LATENCY_MAX.as_millis() as usize,
        StepProblem::Latency {
            seconds_max: LATENCY_MAX.as_secs(),
        },
        |_, count| json!({ "latency": format!("{count}ms") }),
    );
    check(
        LASTS_MAX.as_millis() as usize,
        StepProblem::TooLong {
            days_max: LASTS_MAX.as_secs() / 86_400,
        },
        |_, count| json!({ "lasts": format!("{count}ms") }),
    );
    check(
        CLOCK_SECONDS_MAX as usize,
        StepProblem::Clock {
            seconds_max: CLOCK_SECONDS_MAX,
        },
        |_, count| json!({ "steps": [{ "at": "1s", "fault": { "clock": { "host": "mail.b.test", "seconds": -(count as i64) } } }] }),
    );
    let long = |bytes: usize| {
        let text = first();
        format!("{text}\n#{}", "x".repeat(bytes - text.len() - 2))
    };
    assert!(read_any(&long(FILE_BYTES_MAX)).is_ok());
    assert_eq!(
        read_any(&long(FILE_BYTES_MAX + 1)).unwrap_err().problem,
        too_large(Document::Scenario, FILE_BYTES_MAX)
    );
    let padded = |bytes: usize| {
        let text = edits(&read(&first()).unwrap(), &json!({})).to_json();
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    assert!(Edits::read(&padded(EDITS_BYTES_MAX)).is_ok());
    assert_eq!(
        Edits::read(&padded(EDITS_BYTES_MAX + 1))
            .unwrap_err()
            .problem,
        too_large(Document::Edits, EDITS_BYTES_MAX)
    );
}

#[test]
fn accepts_a_request_at_its_limit_and_rejects_one_more_byte() {
    let request = |bytes: usize| {
        let text = json!({ "cards": {} }).to_string();
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    let asked = |bytes| serde_json::from_str::<ApiResponse>(&answer(&request(bytes))).unwrap();
    assert!(matches!(asked(REQUEST_BYTES_MAX), ApiResponse::Cards(_)));
    assert!(
        matches!(asked(REQUEST_BYTES_MAX + 1), ApiResponse::Refused(refused) if refused.problem == too_large(Document::Request, REQUEST_BYTES_MAX))
    );
}

// Finds the smallest bound within which the run ends; one less stops it for this reason.
fn check_bound(stops: impl Fn(&Problem, u64) -> bool, bounds: impl Fn(u64) -> Bounds) {
    let scenario = read(&first()).unwrap();
    let (mut low, mut high) = (0, 1_000_000);
    while low + 1 < high {
        let middle = u64::midpoint(low, high);
        if run_within(&scenario, &bounds(middle)).is_ok() {
            high = middle;
        } else {
            low = middle;
        }
    }
    let error = run_within(&scenario, &bounds(low)).unwrap_err();
    assert!(low > 100 && stops(&error.problem, low), "{low}: {error}");
}

#[test]
fn limits_a_run_by_events_and_by_turns() {
    check_bound(
        |problem, n| matches!(problem, Problem::Run(RunProblem::TooManyEvents { max, .. }) if *max as u64 == n),
        |n| Bounds {
            events_max: n as usize,
            ..Bounds::default()
        },
    );
    check_bound(
        |problem, n| matches!(problem, Problem::Run(RunProblem::TooManyTurns { max, .. }) if *max == n),
        |n| Bounds {
            turns_max: n,
            ..Bounds::default()
        },
    );
}

fn refused(scenario: &str, edits: &Edits) -> Problem {
    let request = json!({ "play": { "scenario": scenario, "edits": edits } }).to_string();
    match serde_json::from_str(&answer(&request)).unwrap() {
        ApiResponse::Refused(refused) => refused.problem,
        other => panic!(
            "it was played: {} events",
            if let ApiResponse::Played(p) = other {
                p.events.len()
            } else {
                0
            }
        ),
    }
}

#[test]
fn stops_a_flood_of_messages() {
    let scenario = read(&first()).unwrap();
    let message = |n: usize| {
        let submit = json!({ "on": "laptop.a.test", "to-host": "mail.a.test", "login": "alice@a.test", "from": "alice@a.test",
            "to": ["bob@b.test"], "message": "Subject: again\n\nand again\n" });
        json!({ "at": format!("{}ms", 1000 + n), "submit": submit })
    };
    let flood = edits(
        &scenario,
        &json!({ "steps": (0..500).map(message).collect::<Vec<_>>() }),
    );
    assert!(matches!(
        refused(&first(), &flood),
        Problem::Run(RunProblem::TooManyEvents { .. })
    ));
}

#[test]
fn a_message_in_a_loop_between_two_hosts_is_rejected() {
    let scenario = read(&first()).unwrap();
    let alias = |host: &str, name: &str, to: &str| json!({ "at": "500ms", "alias": { "host": host, "name": name, "to": [to] } });
    let submit = json!({ "at": "2s", "submit": { "on": "laptop.a.test", "to-host": "mail.a.test", "login": "alice@a.test", "from": "alice@a.test",
        "to": ["round@b.test"], "message": "From: alice@a.test\nSubject: round\n\nand round\n" } });
    let steps = [
        alias("mail.b.test", "round@b.test", "round@a.test"),
        alias("mail.a.test", "round@a.test", "round@b.test"),
        submit,
    ];
    let run = run_within(
        &edited(&scenario, &edits(&scenario, &json!({ "steps": steps }))).unwrap(),
        &Bounds::default(),
    )
    .unwrap();
    assert!(run.events.len() < 20_000, "{}", run.events.len());
    let response = run
        .events
        .iter()
        .map(|e| serde_json::to_string(&e.kind).unwrap())
        .collect::<Vec<_>>();
    assert!(
        response
            .iter()
            .any(|e| e.contains("5.4.6") || e.contains("\"detail\":6")),
        "{}",
        response.last().unwrap()
    );
}

#[test]
fn answers_absurd_values_without_panic() {
    let scenario = read(&first()).unwrap();
    let absurd = [
        json!({ "seed": u64::MAX }),
        json!({ "lasts": "0s" }),
        json!({ "latency": "0ms" }),
        json!({ "lasts": "99999999999999999999d" }),
        json!({ "zone": "" }),
        json!({ "zone": "((((((((((" }),
        json!({ "zone": "a.test. TXT \"" }),
        json!({ "zone": format!("{}.test. A 192.0.2.1", "x".repeat(1000)) }),
        json!({ "zone": "a.test. CNAME a.test." }),
        json!({ "zone": "a.test. TXT \"{dkim:}\"" }),
        json!({ "steps": [{ "at": "1s", "fault": { "link": { "between": ["mail.a.test", "mail.a.test"], "octets-per-second": 1 } } }] }),
        json!({ "steps": [{ "at": "1s", "fault": { "cut": { "from": "mail.a.test", "to": "mail.b.test", "port": 25, "after-octets": u64::MAX } } }] }),
        json!({ "steps": [{ "at": "1s", "fault": { "link": { "between": ["mail.a.test", "mail.b.test"], "lost-per-mille": 65535 } } }] }),
        json!({ "steps": [{ "at": "1s", "fault": { "rewrite": { "from": "mail.a.test", "to": "mail.b.test", "port": 25, "find": "\r", "put": "\n\n\n" } } }] }),
        json!({ "steps": [{ "at": "1s", "zone": { "set": "b.test. MX 10 b.test.", "remove": ["nonsense"] } }] }),
        json!({ "steps": [{ "at": "1s", "quota": { "host": "mail.b.test", "person": "nobody@b.test", "octets": 0 } }] }),
        json!({ "steps": [{ "at": "1s", "fault": { "crash": "laptop.a.test" } }, { "at": "2s", "fault": { "restart": "laptop.a.test" } }] }),
        json!({ "hosts": [{ "name": ".test", "address": "203.0.113.1", "runs": "glasspost" }] }),
        json!({ "hosts": [{ "name": "x.test", "address": "203.0.113.1", "runs": "script", "script": { "25": [] } }] }),
        json!({ "hosts": [{ "name": "x.test", "address": "203.0.113.1", "runs": "script", "script": { "25": ["\u{0}\u{ffff}"] } }] }),
    ];
    for edit in absurd {
        let mut whole =
            json!({ "form": EDITS_FORM, "scenario": scenario.number, "version": scenario.version });
        whole
            .as_object_mut()
            .unwrap()
            .extend(edit.as_object().unwrap().clone());
        for kind in ["play", "pcapng"] {
            let response =
                answer(&json!({ kind: { "scenario": first(), "edits": whole } }).to_string());
            let response: ApiResponse =
                serde_json::from_str(&response).unwrap_or_else(|e| panic!("{edit}: {e}"));
            if let ApiResponse::Refused(refused) = response {
                let text = refused.text();
                assert!(!text.en.is_empty() && !text.zh.is_empty(), "{edit}");
            }
        }
    }
}

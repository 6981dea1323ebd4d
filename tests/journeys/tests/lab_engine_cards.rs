//! Every fault card, applied to a scenario: it is valid, its effect shows in the events, and its
//! fault can be repaired.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind};
use sim::error::{Context, RequestProblem};
use sim::scenario::{
    Card, Edits, Run, Scenario, Span, StepSpec, cards, edited, read, run, run_within,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

fn scenario(name: &str) -> Scenario {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../static/scenarios")
        .join(name);
    read(&fs::read_to_string(file).unwrap()).unwrap()
}

fn card(id: &str) -> Card {
    cards()
        .unwrap()
        .into_iter()
        .find(|card| card.id == id)
        .unwrap_or_else(|| panic!("there is no card {id}"))
}

fn at(text: &str) -> Span {
    serde_json::from_value(text.into()).unwrap()
}

// Parses the steps of a card from `id|at|key=value|key=value`.
fn step(scenario: &Scenario, words: &str) -> Vec<StepSpec> {
    let mut words = words.split('|');
    let (id, moment) = (words.next().unwrap(), words.next().unwrap());
    let chosen: BTreeMap<String, String> = words
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    card(id).played(scenario, &chosen, at(moment)).unwrap()
}

fn played(scenario: &Scenario, cards: &[&str], lasts: &str) -> Run {
    let mut edits = Edits::of(scenario);
    edits.steps = cards.iter().flat_map(|card| step(scenario, card)).collect();
    edits.lasts = Some(at(lasts));
    let late = scenario
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.at > at(lasts));
    edits.without_steps = late.map(|(place, _)| place).collect();
    run_within(
        &edited(scenario, &edits).unwrap(),
        &sim::scenario::Bounds::default(),
    )
    .unwrap()
}

fn searched_text(event: &Event) -> String {
    format!(
        "{} {} {}",
        event.host,
        event.explain,
        serde_json::to_string(&event.kind).unwrap()
    )
}

// Applies the cards to the scenario of the first message; checks that one event contains all words,
// and the number of delivered messages.
fn check(cards: &[&str], lasts: &str, words: &[&str], arrived: usize) {
    let scenario = scenario("01-first-message.toml");
    let run = played(&scenario, cards, lasts);
    let fits = |event: &Event| words.iter().all(|word| searched_text(event).contains(word));
    let story = || {
        run.events
            .iter()
            .map(searched_text)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        run.events.iter().any(fits),
        "{cards:?}: {words:?} never happened\n{}",
        story()
    );
    assert_eq!(
        run.outcome.messages("bob@b.test"),
        arrived,
        "{cards:?}\n{}",
        story()
    );
    assert_eq!(
        run.fingerprint,
        played(&scenario, cards, lasts).fingerprint,
        "{cards:?}: two runs differ"
    );
}

const LINK: &str = "|from=mail.a.test|to=mail.b.test";

fn on_link(id: &str, rest: &str) -> String {
    format!("{id}|0s{LINK}{rest}")
}

#[test]
fn host_cards_break_and_repair_hosts() {
    check(
        &["host-down|0s|host=mail.b.test"],
        "10m",
        &["mail.a.test", "connect.failed", "TimedOut"],
        0,
    );
    check(
        &[
            "host-down|0s|host=mail.b.test",
            "host-up|10m|host=mail.b.test",
        ],
        "2h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &["host-crash|0s|host=mail.b.test"],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
    check(
        &[
            "host-crash|0s|host=mail.b.test",
            "host-restart|10m|host=mail.b.test",
        ],
        "2h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &["disk-full|0s|host=mail.b.test"],
        "10m",
        &["mail.a.test", "queue.deferred", "452"],
        0,
    );
    check(
        &[
            "disk-full|0s|host=mail.b.test",
            "disk-room|10m|host=mail.b.test",
        ],
        "2h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &["clock-wrong|0s|host=mail.b.test|seconds=-7200"],
        "10m",
        &["mail.b.test", "queue.accepted", "Mon, 2 Mar 2026 06:00"],
        1,
    );
    check(
        &["certificate|0s|host=mail.b.test|kind=none"],
        "10m",
        &["mail.a.test", "tls"],
        1,
    );
}

#[test]
fn link_cards_break_and_repair_links() {
    check(
        &[&on_link("link-slow", "")],
        "10m",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &[&on_link("link-narrow", "|octets=10")],
        "1h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &[&on_link("link-lossy", "|lost=900")],
        "1h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &[&on_link("link-held", "")],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
    check(
        &[&on_link("link-severed", "")],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
    let mended = format!("link-mended|10m{LINK}");
    check(
        &[&on_link("link-severed", ""), &mended],
        "2h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &[&on_link("way-severed", "")],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
    check(
        &["way-severed|0s|from=mail.b.test|to=mail.a.test"],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
    check(
        &[&on_link("port-blocked", "")],
        "10m",
        &["mail.a.test", "connect.failed"],
        0,
    );
}

#[test]
fn connection_cards_break_connections_and_replace_replies() {
    check(
        &[&on_link("cut-at-octet", "")],
        "10m",
        &["mail.a.test", "queue.deferred"],
        1,
    );
    check(
        &[&on_link("cut-one-way", "")],
        "1h",
        &["mail.a.test", "queue.deferred"],
        1,
    );
    check(
        &[&on_link("lost-250", "")],
        "3h",
        &["mail.a.test", "queue.deferred"],
        2,
    );
    check(
        &["reply-code|0s|to=mail.b.test"],
        "10m",
        &["mail.a.test", "queue.deferred", "\"code\":452"],
        1,
    );
    check(
        &["reply-code|0s|to=mail.b.test|reply=550 5.1.1 Nobody"],
        "2m",
        &["mail.a.test", "queue.bounced", "\"code\":550"],
        0,
    );
    // The server offers CHUNKING, so the client uses BDAT and the reply to its last chunk is
    // replaced. The server already has the message, so it is delivered twice.
    check(
        &["reply-to-data|0s|to=mail.b.test"],
        "10m",
        &["mail.a.test", "queue.deferred", "\"code\":452"],
        2,
    );
    check(
        &["reply-to-data|0s|to=mail.b.test|reply=554 5.6.0 No"],
        "2m",
        &["mail.a.test", "queue.bounced", "\"code\":554"],
        1,
    );
    check(
        &["reply-to-message|0s|to=mail.b.test"],
        "10m",
        &["mail.a.test", "queue.deferred", "\"code\":451"],
        2,
    );
}

#[test]
fn attacker_cards_change_the_delivered_message() {
    check(
        &[&on_link("starttls-stripped", "")],
        "2m",
        &["mail.a.test", "XXXXXXXX"],
        1,
    );
    let scenario = scenario("01-first-message.toml");
    let tampered = |cards: &[&str]| {
        let run = played(&scenario, cards, "10m");
        assert!(run.events.iter().any(|e| matches!(&e.kind, Kind::Delivered { recipient, .. } if recipient == "bob@b.test")), "{cards:?}");
        run.outcome.contains("bob@b.test", "Pwned")
    };
    let words = "|find=Subject: |put=Subject: Pwned ";
    assert!(tampered(&[&on_link("body-tampered", words)]));
    assert!(!tampered(&[
        &on_link("body-tampered", words),
        &on_link("way-honest", "")
    ]));
    // Traffic inside TLS cannot be changed.
    let only = step(&scenario, &on_link("body-tampered", words)).split_off(1);
    assert!(
        !run(&scenario, &only)
            .unwrap()
            .outcome
            .contains("bob@b.test", "Pwned")
    );
}

#[test]
fn dns_cards_make_dns_fail_or_stale() {
    check(
        &["dns-fails|0s|name=b.test"],
        "2m",
        &["mail.a.test", "dns.mx", "serverfailure"],
        0,
    );
    check(
        &["dns-fails|0s|name=b.test|answer=nxdomain"],
        "2m",
        &["mail.a.test", "queue.bounced"],
        0,
    );
    check(
        &["dns-fails|0s|name=b.test|answer=timeout"],
        "2m",
        &["mail.a.test", "dns.mx", "timeout"],
        0,
    );
    let scenario = scenario("01-first-message.toml");
    let moved: StepSpec = serde_json::from_value(
        serde_json::json!({ "at": "500ms", "zone": { "set": "b.test. MX 0 ." } }),
    )
    .unwrap();
    let arrives = |stale: bool| {
        let mut steps = if stale {
            step(&scenario, "dns-stale|0s|host=mail.a.test|name=b.test")
        } else {
            Vec::new()
        };
        steps.push(moved.clone());
        run(&scenario, &steps)
            .unwrap()
            .outcome
            .messages("bob@b.test")
    };
    assert_eq!((arrives(false), arrives(true)), (0, 1));
}

#[test]
fn policy_cards_change_replies() {
    check(
        &["listed|0s|from=mail.a.test|to=mail.b.test"],
        "10m",
        &["mail.b.test", "25.2.0.192.bl.example"],
        0,
    );
    check(
        &["greylist|0s|host=mail.b.test"],
        "4m",
        &["mail.a.test", "queue.deferred", "\"code\":451"],
        0,
    );
    check(
        &["greylist|0s|host=mail.b.test"],
        "3h",
        &["mail.a.test", "queue.relayed"],
        1,
    );
    check(
        &["quota|0s|host=mail.b.test|person=bob@b.test"],
        "10m",
        &["mail.b.test", "5.2.2"],
        0,
    );
}

#[test]
fn every_card_is_valid_and_tested() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let here = include_str!("lab_engine_cards.rs");
    let mut ids = Vec::new();
    for card in cards().unwrap() {
        let mut texts = vec![card.title.clone(), card.lead.clone()];
        for choose in &card.choose {
            texts.push(choose.label.clone());
            texts.extend(choose.options.iter().map(|option| option.say.clone()));
        }
        for text in texts {
            assert!(
                chinese(&text.zh) && !chinese(&text.en) && !text.en.is_empty(),
                "{}: {text:?}",
                card.id
            );
        }
        assert!(
            here.contains(&format!("\"{}|", card.id))
                || here.contains(&format!("on_link(\"{}\"", card.id)),
            "{} is not played",
            card.id
        );
        assert!(!ids.contains(&card.id), "{} is there twice", card.id);
        ids.push(card.id);
    }
}

#[test]
fn reports_choices_that_are_missing_or_out_of_range() {
    let scenario = scenario("01-first-message.toml");
    let refused = |id: &str, pairs: &[(&str, &str)], expected: RequestProblem| {
        let chosen = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let error = card(id).played(&scenario, &chosen, at("1s")).unwrap_err();
        assert_eq!(error.problem, expected.into());
        assert!(
            matches!(error.context[..], [Context::Card(_), Context::Choice(_)]),
            "{error:?}"
        );
    };
    let clock = |seconds: &'static str| [("host", "mail.b.test"), ("seconds", seconds)];
    refused("host-down", &[], RequestProblem::NotChosen);
    refused(
        "clock-wrong",
        &clock("86401"),
        RequestProblem::OutOfRange("86401".into()),
    );
    refused(
        "clock-wrong",
        &clock("soon"),
        RequestProblem::NotANumber("soon".into()),
    );
    refused(
        "certificate",
        &[("host", "mail.b.test"), ("kind", "pretty")],
        RequestProblem::NotOffered("pretty".into()),
    );
    refused(
        "port-blocked",
        &[
            ("from", "mail.a.test"),
            ("to", "mail.b.test"),
            ("port", "65536"),
        ],
        RequestProblem::NotAPort("65536".into()),
    );
    assert!(
        card("clock-wrong")
            .played(
                &scenario,
                &clock("86400").map(|(k, v)| (k.into(), v.into())).into(),
                at("1s")
            )
            .is_ok()
    );
}

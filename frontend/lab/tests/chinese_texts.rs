//! The Chinese texts of the player contain no English sentences: runs every scenario with its
//! tweaks and exercises, and checks every step, caption and proof. Protocol lines and other
//! quotations are ignored.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind};
use frontend::i18n::Language;
use frontend::stage::dns_text::record_text;
use frontend::stage::i18n::{caption, line_text};
use frontend::stage::model::{StepKind, Timeline};
use frontend::stage::proof::{ProofNode, proofs};
use frontend::stage::sentences::sentence;
use sim::scenario::{Scenario, StepSpec, read, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Maximum number of events checked per run: later rounds of a loop repeat the same sentences.
const EVENTS_MAX: usize = 800;
/// Maximum number of consecutive English words; more make a sentence.
const WORDS_MAX: usize = 2;
/// Fixed terms of several words.
const NAMES: [&str; 2] = [
    // RFC 5321 §4.1.1.2
    "MAIL FROM",
    // RFC 5321 §4.1.1.3
    "RCPT TO",
];

fn scenarios() -> Vec<(String, Scenario)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.retain(|path| name(path).starts_with(|c: char| c.is_ascii_digit()));
    files
        .iter()
        .map(|path| {
            (
                name(path),
                read(&fs::read_to_string(path).unwrap()).unwrap(),
            )
        })
        .collect()
}

// No edits, each tweak, and each exercise without and with its solution.
fn edits(scenario: &Scenario) -> Vec<Vec<StepSpec>> {
    let mut all = vec![Vec::new()];
    all.extend(scenario.tweaks.iter().map(|tweak| tweak.steps.clone()));
    for (place, _) in scenario.exercises.iter().enumerate() {
        let exercise = scenario.exercise(place).unwrap();
        all.extend([exercise.with(&[]), exercise.with(&exercise.solution)]);
    }
    all
}

fn without_quotations(sentence: &str) -> String {
    let mut left = String::new();
    let mut depth = 0_usize;
    for c in sentence.chars() {
        match c {
            '“' => depth += 1,
            '”' => depth = depth.saturating_sub(1),
            c if depth == 0 => left.push(c),
            _ => {}
        }
    }
    NAMES
        .iter()
        .fold(left, |left, name| left.replace(name, "…"))
}

/// The length of the longest sequence of English words.
fn english(sentence: &str) -> usize {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'\'')
    };
    let trimmed = |word: &str| word.trim_matches([',', '.', ';', ':', '(', ')']).to_owned();
    let mut longest = 0;
    for part in without_quotations(sentence).split(|c: char| !c.is_ascii()) {
        let mut here = 0;
        for word in part.split(' ') {
            here = if is_word(&trimmed(word)) { here + 1 } else { 0 };
            longest = longest.max(here);
        }
    }
    longest
}

// Text of this event that may be in any language: lines of the dialogue, records.
fn foreign(event: &Event, zh: Language) -> Vec<String> {
    match &event.kind {
        Kind::Line { text, .. } => {
            let text = line_text(zh, &event.explain, text);
            vec![
                text.replace('\n', " / "),
                text.lines().next().unwrap_or_default().to_owned(),
            ]
        }
        Kind::Dns {
            answer: Ok(records),
            ..
        } => records.iter().map(record_text).collect(),
        _ => Vec::new(),
    }
}

fn nodes<'n>(node: &'n ProofNode, into: &mut Vec<&'n str>) {
    into.push(&node.text);
    node.children.iter().for_each(|child| nodes(child, into));
}

fn check_sentence(sentence: &str, of: &Event, found: &mut BTreeSet<String>) {
    let bare = foreign(of, Language::Chinese)
        .iter()
        .filter(|f| !f.is_empty())
        .fold(sentence.to_owned(), |sentence, foreign| {
            sentence.replace(foreign, "…")
        });
    if english(&bare) > WORDS_MAX {
        found.insert(sentence.to_owned());
    }
}

// Events seen in an earlier run are skipped; numbers are ignored in the comparison.
fn check_events(mut events: Vec<Event>, seen: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
    let zh = Language::Chinese;
    let normalized = |event: &Event| {
        let kind = serde_json::to_string(&event.kind).unwrap();
        kind.replace(|c: char| c.is_ascii_digit(), "0")
    };
    let identity = |event: &Event| (event.host.to_string(), event.seq);
    let fresh: BTreeSet<(String, u64)> = events
        .iter()
        .filter(|e| seen.insert(normalized(e)))
        .map(identity)
        .collect();
    let Some(last) = events.iter().rposition(|e| fresh.contains(&identity(e))) else {
        return;
    };
    events.truncate(EVENTS_MAX.min(last + 1));
    let timeline = Timeline::from_events(events);
    let mut messages = BTreeSet::new();
    for position in 0..timeline.len() {
        let StepKind::Event(number) = timeline.steps[position].kind else {
            continue;
        };
        let event = &timeline.events[number];
        if !fresh.contains(&identity(event)) {
            continue;
        }
        check_sentence(&sentence(&timeline, position, zh), event, found);
        check_sentence(&caption(zh, event, None), event, found);
        if matches!(event.kind, Kind::Check { .. }) {
            messages.extend(timeline.steps[position].message);
        }
    }
    for message in messages {
        for proof in proofs(&timeline, Some(message), None, timeline.last(), zh) {
            let StepKind::Event(number) = timeline.steps[proof.at].kind else {
                continue;
            };
            let mut sentence = vec![proof.flip.as_str()];
            nodes(&proof.root, &mut sentence);
            sentence
                .iter()
                .for_each(|sentence| check_sentence(sentence, &timeline.events[number], found));
        }
    }
}

#[test]
fn chinese_pages_contain_no_english_sentences() {
    let mut found = BTreeSet::new();
    let (mut runs, mut seen) = (0, BTreeSet::new());
    for (name, scenario) in scenarios() {
        for edits in edits(&scenario) {
            check_events(
                run(&scenario, &edits)
                    .unwrap_or_else(|e| panic!("{name}: {e}"))
                    .events,
                &mut seen,
                &mut found,
            );
            runs += 1;
        }
    }
    assert!(runs > 150, "{runs}");
    assert!(
        found.is_empty(),
        "{}",
        found.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn english_sentences_are_detected() {
    for (sentence, expected) in [
        (
            "MTA mail.a.test 检查“SPF”：不通过（the name server failed）。",
            4,
        ),
        ("MTA mail.a.test 答：“the name server failed”", 1),
        ("主机记下 a.test publishes no SPF record", 4),
        ("SPF · MAIL FROM a.test: fail", 1),
    ] {
        assert_eq!(english(sentence), expected, "{sentence}");
    }
}

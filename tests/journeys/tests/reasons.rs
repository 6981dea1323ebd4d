//! What hosts write down of their reasons is known by its words: each sentence that can be said in
//! the reader's language is still written by some host, word for word.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::reason::{Reason, sentences};
use sim::api::{Answer, Language, Plan, Request, answer};
use std::fs;
use std::path::{Path, PathBuf};

/// Sentences that the system says, not a host of ours: of the network (`std::io`), of the operating
/// system.
const OF_THE_SYSTEM: &str = "net.";
/// Sentences that are put together of pieces, so that no file holds them in one: the score without
/// its parts, the bits of an RSA key, a policy's lines. Tests of their own crates hold them.
const PUT_TOGETHER: [&str; 3] = ["door.score-none", "dkim.value-bits", "sts.policy"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, into: &mut String) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

// The longest piece between two gaps; format strings have gaps of their own there.
fn piece(sentence: &str) -> &str {
    let pieces = sentence
        .split(['{', '}'])
        .enumerate()
        .filter(|(place, _)| place % 2 == 0)
        .map(|(_, piece)| piece);
    pieces.max_by_key(|piece| piece.len()).unwrap_or_default()
}

#[test]
fn every_sentence_that_is_known_is_still_written_by_a_host() {
    let mut written = String::new();
    for folder in [
        "backend/auth",
        "backend/mda",
        "backend/msa",
        "backend/mta",
        "backend/queue",
        "backend/sim",
        "backend/store",
        "backend/world",
    ] {
        sources(&root().join(folder).join("src"), &mut written);
    }
    for folder in ["shared/mail/src", "shared/smtp/src"] {
        sources(&root().join(folder), &mut written);
    }
    // A sentence may be broken over lines by a backslash, and marks are escaped in a literal.
    let written = written.replace("\\\"", "\"");
    let ours = |key: &str| !key.starts_with(OF_THE_SYSTEM) && !PUT_TOGETHER.contains(&key);
    let gone: Vec<&str> = sentences()
        .filter(|(key, said)| ours(key) && !written.contains(piece(said)))
        .map(|(key, _)| key)
        .collect();
    assert!(
        gone.is_empty(),
        "nobody writes these any more, or in other words: {gone:?}"
    );
}

#[test]
fn a_transcript_in_chinese_says_the_hosts_reasons_in_chinese() {
    let file = root().join("static/scenarios/48-retry.toml");
    let plan = Plan {
        scenario: fs::read_to_string(file).unwrap(),
        edits: None,
    };
    let said = |language| {
        let request = serde_json::json!({ "transcript": { "plan": serde_json::to_value(&plan).unwrap(), "language": language } });
        let _ = serde_json::from_value::<Request>(request.clone()).unwrap();
        match serde_json::from_str(&answer(&request.to_string())).unwrap() {
            Answer::Transcript(transcript) => transcript.text,
            other => panic!("{other:?}"),
        }
    };
    let (zh, en) = (said(Language::Zh), said(Language::En));
    assert!(
        zh.contains("451 4.4.1 连不上 mail.b.test：超时") && !zh.contains("cannot be reached"),
        "{zh}"
    );
    assert!(zh.contains("a.test 没有公布 SPF 记录"), "{zh}");
    assert!(
        en.contains("mail.b.test cannot be reached: timed out"),
        "{en}"
    );
}

#[test]
fn a_sentence_has_its_key_and_its_words() {
    let read = Reason::read("mail.b.test cannot be reached: timed out").unwrap();
    assert_eq!(
        (read.key, read.words.len(), read.is_own()),
        ("own.unreachable", 2, true)
    );
}

//! Every explanation key that a session or an event can produce has an explanation in both
//! languages. The keys are taken from the source code.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn explanations(file: &str) -> BTreeMap<String, serde_json::Value> {
    let text = fs::read_to_string(root().join("static/explain").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The keys in a crate's sources: string literals that begin with the name of a protocol.
fn keys_of(protocol: &str) -> BTreeSet<String> {
    let mut texts = Vec::new();
    sources(
        &root().join("shared").join(protocol).join("src"),
        &mut texts,
    );
    let start = format!("\"{protocol}.");
    let mut keys = BTreeSet::new();
    for text in texts {
        for (i, _) in text.match_indices(&start) {
            let literal = text[i + 1..].split('"').next().unwrap();
            if literal
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
            {
                keys.insert(literal.to_owned());
            }
        }
    }
    assert!(keys.len() > 15, "{protocol}: {keys:?}");
    keys
}

#[test]
fn both_languages_have_the_same_keys_and_full_texts() {
    let (en, zh) = (explanations("en.json"), explanations("zh-CN.json"));
    assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>());
    for (key, entry) in en.iter().chain(&zh) {
        for (field, chars_min) in [("title", 2), ("text", 16)] {
            assert!(
                entry[field]
                    .as_str()
                    .is_some_and(|t| t.chars().count() >= chars_min),
                "{key} has no {field}"
            );
        }
    }
    for (key, entry) in &en {
        assert_eq!(entry["rfc"], zh[key]["rfc"], "{key}");
        assert!(
            zh[key]["text"]
                .as_str()
                .unwrap()
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{key} is not in Chinese"
        );
    }
}

#[test]
fn every_key_of_the_protocols_is_explained() {
    let en = explanations("en.json");
    for protocol in ["smtp", "imap", "pop3"] {
        let missing: Vec<_> = keys_of(protocol)
            .into_iter()
            .filter(|k| !en.contains_key(k))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
    for code in [
        211, 214, 521, 534, 220, 221, 235, 250, 251, 252, 334, 354, 421, 450, 451, 452, 454, 500,
        501, 502, 503, 504, 530, 535, 538, 550, 551, 552, 553, 554, 555, 556,
    ] {
        assert!(en.contains_key(&format!("smtp.reply.{code}")), "{code}");
    }
}

#[test]
fn every_kind_of_event_is_explained() {
    let en = explanations("en.json");
    let text = fs::read_to_string(root().join("shared/event/src/kind.rs")).unwrap();
    let (_, body) = text.split_once("pub fn explain(&self)").unwrap();
    let body = body.split_once("\n    }\n").unwrap().0;
    let keys: Vec<_> = body.split('"').skip(1).step_by(2).collect();
    assert!(keys.len() > 15, "{keys:?}");
    let missing: Vec<_> = keys.into_iter().filter(|k| !en.contains_key(*k)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

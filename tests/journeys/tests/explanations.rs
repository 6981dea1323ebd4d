//! Every explanation key that a session or an event can produce has an explanation in both
//! languages, and so has every reply code and enhanced status code. Keys and codes are taken from
//! the source code.

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
}

/// The reply codes of RFC 5321 §4.2.3, RFC 4954 §6, RFC 3207 §4 and RFC 7504 §4.
const REPLY_CODES: [u16; 33] = [
    211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 450, 451, 452, 454, 455, 500, 501, 502,
    503, 504, 521, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556,
];

/// The subjects of RFC 3463 §3 and the number of their details: X.0.0, X.1.0 to X.1.8, and so on.
const ENHANCED_SUBJECTS: [(u16, u16); 8] = [
    (0, 0),
    (1, 8),
    (2, 4),
    (3, 5),
    (4, 7),
    (5, 5),
    (6, 5),
    (7, 7),
];

/// Codes that a source text contains: `(5, 1, 1)`, and the reply code if one precedes it, as in
/// `Reply::new(550, (5, 1, 1), …)`.
fn codes_in(text: &str) -> Vec<(Option<u16>, [u16; 3])> {
    let mut codes = Vec::new();
    for (i, _) in text.match_indices('(') {
        let inside = text[i + 1..].split(')').next().unwrap();
        let numbers: Result<Vec<u16>, _> = inside.split(',').map(|n| n.trim().parse()).collect();
        let Ok(Ok(numbers)) = numbers.map(<[u16; 3]>::try_from) else {
            continue;
        };
        if !matches!(numbers[0], 2 | 4 | 5) {
            continue;
        }
        let before = text[..i].trim_end().strip_suffix(',').unwrap_or_default();
        let word = before.rsplit(|c: char| !c.is_ascii_digit()).next();
        let reply = word
            .filter(|w| w.len() == 3)
            .and_then(|w| w.parse::<u16>().ok());
        codes.push((reply, numbers));
    }
    codes
}

/// The codes of all replies and delivery status notifications of this host.
fn codes_of_the_product() -> Vec<(Option<u16>, [u16; 3])> {
    let mut texts = Vec::new();
    for folder in ["shared/smtp/src", "shared/event/src"] {
        sources(&root().join(folder), &mut texts);
    }
    for role in ["auth", "queue", "msa", "mta", "mda"] {
        sources(&root().join("backend").join(role).join("src"), &mut texts);
    }
    texts.iter().flat_map(|text| codes_in(text)).collect()
}

#[test]
fn finds_the_codes_in_a_source_text() {
    let text = "Reply::new(\n 452,\n (4, 5, 3),\n) K::Full => (552, (5, 2, 2)), EnhancedCode(2, 1, 5), \
                point(7, 1, 2), (4, ..)";
    let expected = [
        (Some(452), [4, 5, 3]),
        (Some(552), [5, 2, 2]),
        (None, [2, 1, 5]),
    ];
    assert_eq!(codes_in(text), expected);
}

#[test]
fn every_reply_code_is_explained() {
    assert!(REPLY_CODES.is_sorted());
    let en = explanations("en.json");
    let sent: BTreeSet<u16> = codes_of_the_product()
        .into_iter()
        .filter_map(|(reply, _)| reply)
        .collect();
    assert!(sent.len() > 20, "{sent:?}");
    let missing: Vec<_> = sent
        .into_iter()
        .chain(REPLY_CODES)
        .filter(|code| !en.contains_key(&format!("smtp.reply.{code}")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

// A code that this host sends has an entry of its own; for X.0.0 the entry of the class suffices.
#[test]
fn every_enhanced_code_that_this_host_sends_is_explained() {
    let en = explanations("en.json");
    let sent: BTreeSet<[u16; 3]> = codes_of_the_product()
        .into_iter()
        .map(|(_, enhanced)| enhanced)
        .collect();
    assert!(sent.len() > 35, "{sent:?}");
    let missing: Vec<_> = sent
        .into_iter()
        .filter(|[class, subject, detail]| {
            let general = *subject == 0 && en.contains_key(&format!("enhanced.{class}"));
            !general && !en.contains_key(&format!("enhanced.{class}.{subject}.{detail}"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

// Codes that other hosts send: an entry of their own or of their class and subject, such as
// `enhanced.4.3`. For successes the entry of the class suffices.
#[test]
fn every_enhanced_code_of_rfc_3463_is_explained() {
    let en = explanations("en.json");
    let mut missing = Vec::new();
    for class in [2, 4, 5] {
        for (subject, details) in ENHANCED_SUBJECTS {
            for detail in 0..=details {
                let mut keys = vec![
                    format!("enhanced.{class}.{subject}.{detail}"),
                    format!("enhanced.{class}.{subject}"),
                ];
                if class == 2 || subject == 0 {
                    keys.push(format!("enhanced.{class}"));
                }
                if !keys.iter().any(|key| en.contains_key(key)) {
                    missing.push(keys.remove(0));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
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

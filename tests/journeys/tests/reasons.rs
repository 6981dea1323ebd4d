//! Chinese transcripts give the hosts' own reasons in Chinese: they contain no English sentence of
//! the message catalogue, except in dialogue lines and quotation marks, which hold text from other
//! hosts.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use sim::api::{ApiResponse, Language, Plan, answer};
use std::fs;
use std::path::{Path, PathBuf};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios")
}

fn transcript(file: &Path, language: Language) -> String {
    let plan = Plan {
        scenario: fs::read_to_string(file).unwrap(),
        edits: None,
    };
    let request = serde_json::json!({ "transcript": { "plan": serde_json::to_value(&plan).unwrap(), "language": language } });
    match serde_json::from_str(&answer(&request.to_string())).unwrap() {
        ApiResponse::Transcript(transcript) => transcript.text,
        other => panic!("{other:?}"),
    }
}

// The text outside quotation marks.
fn unquoted(line: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for c in line.chars() {
        match c {
            '“' => depth += 1,
            '”' => depth = depth.saturating_sub(1),
            c if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

// Whether a text contains three consecutive lower-case words.
fn is_english_prose(text: &str) -> bool {
    let word = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
    let words: Vec<bool> = text.split(' ').map(word).collect();
    words.windows(3).any(|three| three.iter().all(|word| *word))
}

#[test]
fn chinese_transcripts_contain_no_english_reasons() {
    let mut found = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(scenarios())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                name.to_string_lossy()
                    .starts_with(|c: char| c.is_ascii_digit())
            })
        })
        .collect();
    files.sort();
    assert!(files.len() > 10);
    for file in files {
        for line in transcript(&file, Language::Zh).lines() {
            let about_checks = ["检查 ", "无法连接 ", "暂缓投递", "投递失败"];
            if about_checks.iter().any(|words| line.contains(words))
                && is_english_prose(&unquoted(line))
            {
                found.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn own_replies_are_translated_in_transcripts() {
    let file = scenarios().join("48-retry.toml");
    let chinese = transcript(&file, Language::Zh);
    assert!(
        chinese.contains("451 4.4.1 无法连接 mail.b.test：超时"),
        "{chinese}"
    );
    assert!(chinese.contains("a.test 没有发布 SPF 记录"), "{chinese}");
    let english = transcript(&file, Language::En);
    assert!(
        english.contains("cannot connect to mail.b.test: timed out"),
        "{english}"
    );
}

//! Checks the guide to writing scenarios: its example meets its expectations, both languages show
//! the same example, and every key used in the collection is explained in both.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use sim::scenario::{Scenario, read, run, to_json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const GUIDES: [&str; 2] = ["docs/SCENARIOS.md", "docs/SCENARIOS.zh-CN.md"];

fn text(path: &str) -> String {
    fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path),
    )
    .unwrap()
}

fn example(guide: &str) -> String {
    let whole = text(guide);
    let (_, behind) = whole
        .split_once("```toml\n")
        .unwrap_or_else(|| panic!("{guide} has no example"));
    behind.split("```").next().unwrap().to_owned()
}

#[test]
fn the_example_is_a_scenario_that_meets_its_expectations() {
    let scenario: Scenario =
        read(&example(GUIDES[0])).unwrap_or_else(|e| panic!("the example: {e}"));
    let plain = run(&scenario, &[]).unwrap();
    assert_eq!(scenario.expect.unmet(&plain), []);
    for question in &scenario.questions {
        assert_eq!(
            question.answer_key(&plain).map(|(_, right)| right.len()),
            Some(1),
            "{}",
            question.ask.en
        );
    }
    let exercise = scenario.exercise(0).unwrap();
    assert!(!exercise.unmet(&plain).is_empty());
    assert_eq!(
        exercise.unmet(&run(&scenario, &exercise.with(&exercise.solution)).unwrap()),
        []
    );
}

#[test]
fn both_languages_show_the_same_example() {
    assert_eq!(example(GUIDES[0]), example(GUIDES[1]));
}

// Keys below these are chosen by the author of the scenario, or belong to the configuration of the
// server.
const FREE: [&str; 6] = ["messages", "says", "lacks", "queued", "settings", "set"];

fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, below) in fields {
                // The port numbers of a script are not keys.
                if !key.chars().all(|c| c.is_ascii_digit()) {
                    found.insert(key.clone());
                }
                if !FREE.contains(&key.as_str()) {
                    keys(below, found);
                }
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|below| keys(below, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_format_is_explained_in_both_languages() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut found = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if file.file_name().is_some_and(|n| {
            n.to_string_lossy()
                .starts_with(|c: char| c.is_ascii_digit())
        }) {
            let scenario = read(&fs::read_to_string(file).unwrap()).unwrap();
            keys(
                &serde_json::from_str(&to_json(&scenario)).unwrap(),
                &mut found,
            );
        }
    }
    assert!(found.len() > 40, "{found:?}");
    for guide in GUIDES {
        let (words, _) = text(guide)
            .split_once("```toml")
            .map(|(before, after)| (before.to_owned(), after.to_owned()))
            .unwrap();
        let documented = |key: &str| {
            [
                format!("`{key}`"),
                format!(".{key}]"),
                format!("[{key}]"),
                format!("fault.{key}`"),
                format!("{key} ="),
            ]
            .iter()
            .any(|form| words.contains(form))
        };
        let missing: Vec<&String> = found.iter().filter(|key| !documented(key)).collect();
        assert!(missing.is_empty(), "{guide} does not explain {missing:?}");
    }
}

#[test]
fn both_readmes_state_the_number_of_scenarios() {
    let count = journeys::scenarios().len();
    for (readme, stated) in [
        ("README.md", format!(" {count} scenarios ")),
        ("README.zh-CN.md", format!("{count} 个场景")),
    ] {
        assert!(
            text(readme).contains(&stated),
            "{readme}: {count} scenarios"
        );
    }
}

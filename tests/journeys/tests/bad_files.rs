//! Mutated scenario files: broken ones, other formats, and real ones truncated, reordered,
//! duplicated and enlarged. Each runs or is rejected with a typed error that has a sentence in both
//! languages; none makes the simulator panic or run without end.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use serde_json::{Value, json};
use sim::api::{ApiResponse, answer};
use sim::error::{Document, HostProblem, Problem, RequestProblem, RunProblem, StepProblem, Syntax};
use sim::scenario::{EDITS_FORM, FILE_BYTES_MAX, LASTS_MAX, ScenarioError, read, to_json};
use std::fs;
use std::path::PathBuf;

/// Number of mutations of each kind.
const ROUNDS: u64 = 80;

fn files() -> Vec<String> {
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
    files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

fn first() -> String {
    files().into_iter().next().unwrap()
}

fn asked(request: &Value) -> ApiResponse {
    serde_json::from_str(&answer(&request.to_string())).unwrap()
}

fn refusal(request: &Value) -> Option<ScenarioError> {
    match asked(request) {
        ApiResponse::Refused(refused) => {
            let text = refused.text();
            let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert!(
                text.zh.chars().any(chinese) && text.en.chars().any(char::is_alphabetic),
                "{refused:?}"
            );
            Some(refused)
        }
        _ => None,
    }
}

// Checks the error for a file with edits, and the line of the error (`None`: no line).
fn check(
    file: &str,
    edits: Option<Value>,
    line: Option<usize>,
    expected: impl Fn(&ScenarioError) -> bool,
) {
    let request = match edits {
        Some(edits) => json!({ "play": { "scenario": file, "edits": edits } }),
        None => json!({ "play": { "scenario": file } }),
    };
    let refused = refusal(&request).unwrap_or_else(|| panic!("it was played"));
    assert_eq!(refused.place.map(|(line, _)| line), line, "{refused:?}");
    assert!(expected(&refused), "{refused:?}");
}

fn is_syntax(error: &ScenarioError) -> bool {
    matches!(error.problem, Problem::Syntax(_))
}

#[test]
fn reports_the_line_of_an_error_in_a_file() {
    let file = first();
    let line_of = |words: &str| {
        file.lines()
            .position(|line| line.starts_with(words))
            .unwrap()
            + 1
    };
    let unknown_key = |error: &ScenarioError| matches!(&error.problem, Problem::Syntax(Syntax::UnknownKey { key, .. }) if key == "seeds");
    let seed = Some(line_of("seed"));
    let with = |from: &str, to: &str| file.replacen(from, to, 1);
    check(&with("seed = 1", "seed = = 1"), None, seed, is_syntax);
    check(&with("seed = 1", "seeds = 1"), None, seed, unknown_key);
    check(
        &with("number = 1", "number = \"one\""),
        None,
        Some(1),
        is_syntax,
    );
    let large = with("version = ", "version = 9999999999999999999");
    check(&large, None, Some(2), is_syntax);
    let cut = &file[..file.find("[[step]]").unwrap() + 4];
    check(cut, None, Some(line_of("[[step]]")), is_syntax);
    check("", None, Some(1), is_syntax);
    check("<html>", None, Some(1), is_syntax);
    check(
        "{ \"number\": 1,\n \"version\": }",
        None,
        Some(2),
        is_syntax,
    );
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    check(&deep, None, Some(1), is_syntax);
    let deep = format!("{{\"number\": {}1", "[".repeat(5_000));
    check(&deep, None, Some(1), is_syntax);
    let long = format!("{file}\n#{}", "x".repeat(FILE_BYTES_MAX));
    check(&long, None, None, |error| {
        matches!(
            error.problem,
            Problem::TooLarge {
                document: Document::Scenario,
                bytes_max: FILE_BYTES_MAX,
                ..
            }
        )
    });
}

#[test]
fn reports_the_invalid_host_or_step() {
    let file = first();
    let with = |from: &str, to: &str| {
        assert!(file.contains(from), "{from}");
        file.replacen(from, to, 1)
    };
    let unknown = |name: &'static str| {
        move |error: &ScenarioError| error.problem == HostProblem::Unknown(name.to_owned()).into()
    };
    check(
        &with("name = \"mail.b.test\"", "name = \"mail.b.com\""),
        None,
        None,
        unknown("mail.b.test"),
    );
    check(
        &with("address = \"198.51.100.25\"", "address = \"8.8.8.8\""),
        None,
        None,
        |error| error.problem == sim::LabError::Address([8, 8, 8, 8].into()).into(),
    );
    check(
        &with("on = \"laptop.a.test\"", "on = \"nobody.a.test\""),
        None,
        None,
        unknown("nobody.a.test"),
    );
    let days_max = LASTS_MAX.as_secs() / 86_400;
    check(
        &with("lasts = \"", "lasts = \"999999999"),
        None,
        None,
        |error| error.problem == StepProblem::TooLong { days_max }.into(),
    );
    let zone_line = |wanted: usize| move |error: &ScenarioError| matches!(error.problem, Problem::Zone(sim::error::ZoneProblem::Entry { line, .. }) if line == wanted);
    let mx = "zone = \"\"\"\na.test. MX ten mail.a.test.\n";
    check(&with("zone = \"\"\"\n", mx), None, None, zone_line(1));
    let nonsense = "zone = \"\"\"\n\n)))) nonsense ((((\n";
    check(&with("zone = \"\"\"\n", nonsense), None, None, zone_line(2));
}

#[test]
fn rejects_edits_of_another_format_scenario_or_version() {
    let file = first();
    let scenario = read(&file).unwrap();
    let (number, version) = (scenario.number, scenario.version);
    let refused = |form: u32, number: u32, version: u32, expected: RequestProblem| {
        let edits = json!({ "form": form, "scenario": number, "version": version });
        check(&file, Some(edits), None, |error| {
            error.problem == expected.clone().into()
        });
    };
    let other_form = RequestProblem::EditsForm {
        form: EDITS_FORM + 1,
        known: EDITS_FORM,
    };
    refused(EDITS_FORM + 1, number, version, other_form);
    let other_scenario = RequestProblem::OtherScenario {
        edits: number + 1,
        scenario: number,
    };
    refused(EDITS_FORM, number + 1, version, other_scenario);
    for edits in [version - 1, version + 1] {
        let other_version = RequestProblem::OtherVersion {
            scenario: number,
            edits,
            version,
        };
        refused(EDITS_FORM, number, edits, other_version);
    }
}

#[test]
fn stops_an_endless_loop() {
    let file = first();
    let scenario = read(&file).unwrap();
    let message = "From: alice@a.test\nSubject: round\n\nand round\n";
    let submit = |at: u32| {
        json!({ "at": format!("{at}s"), "submit": { "on": "laptop.a.test", "to-host": "mail.a.test", "login": "alice@a.test",
            "from": "alice@a.test", "to": ["round@b.test"], "message": message } })
    };
    let alias = |host: &str, name: &str, to: &str| json!({ "at": "0s", "alias": { "host": host, "name": name, "to": [to] } });
    let mut steps = vec![
        alias("mail.b.test", "round@b.test", "round@a.test"),
        alias("mail.a.test", "round@a.test", "round@b.test"),
    ];
    steps.extend((1..200).map(submit));
    let edits = json!({ "form": EDITS_FORM, "scenario": scenario.number, "version": scenario.version, "steps": steps });
    match asked(&json!({ "play": { "scenario": file, "edits": edits } })) {
        // Stopped, or the hosts reject every message in the loop; in any case the run ends.
        ApiResponse::Refused(refused) => assert!(
            matches!(
                refused.problem,
                Problem::Run(RunProblem::TooManyEvents { .. } | RunProblem::TooManyTurns { .. })
            ),
            "{refused:?}"
        ),
        ApiResponse::Played(played) => assert!(played.events.len() <= 20_000),
        other => panic!("{other:?}"),
    }
}

/// Seeded random numbers (SplitMix64), so that a failing file can be reproduced.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

// Replaces one number in the text with an extreme one.
fn other_number(text: &str, dice: &mut Dice) -> String {
    const NUMBERS: [&str; 8] = [
        "0",
        "-1",
        "4294967296",
        "18446744073709551615",
        "9223372036854775808",
        "1e308",
        "65536",
        "255",
    ];
    let places: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .map(|(at, _)| at)
        .collect();
    let at = places[dice.below(places.len())];
    let end = text[at..]
        .find(|c: char| !c.is_ascii_digit())
        .map_or(text.len(), |n| at + n);
    format!(
        "{}{}{}",
        &text[..at],
        NUMBERS[dice.below(NUMBERS.len())],
        &text[end..]
    )
}

// Nests a value of the JSON document, or replaces it with a value of another type.
fn other_value(value: &mut Value, dice: &mut Dice) {
    let inner: Vec<&mut Value> = match value {
        Value::Array(all) => all.iter_mut().collect(),
        Value::Object(all) => all.values_mut().collect(),
        _ => Vec::new(),
    };
    let count = inner.len();
    if count > 0 && dice.below(5) > 0 {
        other_value(inner.into_iter().nth(dice.below(count)).unwrap(), dice);
        return;
    }
    let held = value.take();
    *value = match dice.below(6) {
        0 => Value::Null,
        1 => json!([held]),
        2 => json!({ "x": held }),
        3 => json!("\u{0}\u{202e}玻璃".repeat(1 + dice.below(2_000))),
        4 => json!(u64::MAX),
        _ => (0..100).fold(held, |inner, _| json!([inner])),
    };
}

fn mutated(kind: &str, file: &str, others: &[String], dice: &mut Dice) -> String {
    match kind {
        "cut" => file[..file.floor_char_boundary(dice.below(file.len()))].to_owned(),
        "swapped" => {
            let mut all = lines(file);
            let (one, other) = (dice.below(all.len()), dice.below(all.len()));
            all.swap(one, other);
            all.join("\n")
        }
        "doubled" => {
            let mut all = lines(file);
            let from = dice.below(all.len());
            let some = all[from..(from + 1 + dice.below(40)).min(all.len())].to_vec();
            let to = dice.below(all.len());
            all.splice(to..to, some);
            all.join("\n")
        }
        "left out" => {
            let mut all = lines(file);
            all.remove(dice.below(all.len()));
            all.join("\n")
        }
        "numbers" => other_number(file, dice),
        "mixed" => {
            let other = lines(&others[dice.below(others.len())]);
            let mut all = lines(file);
            all.truncate(dice.below(all.len()));
            all.extend_from_slice(&other[dice.below(other.len())..]);
            all.join("\n")
        }
        _ => {
            let mut value: Value = serde_json::from_str(&to_json(&read(file).unwrap())).unwrap();
            other_value(&mut value, dice);
            value.to_string()
        }
    }
}

#[test]
fn mutated_files_run_or_are_rejected_without_panic() {
    let files = files();
    // Long runs have their own tests; this test is about parsing.
    let short: Vec<&String> = files
        .iter()
        .filter(|file| !file.contains("number = 52") && !file.contains("number = 23"))
        .collect();
    let (mut played, mut refused) = (0, 0);
    for kind in [
        "cut", "swapped", "doubled", "left out", "numbers", "mixed", "values",
    ] {
        for round in 0..ROUNDS {
            let mut dice = Dice(round.wrapping_mul(1_000_003) ^ kind.len() as u64);
            let file = short[dice.below(short.len())];
            let changed = mutated(kind, file, &files, &mut dice);
            match refusal(&json!({ "play": { "scenario": changed } })) {
                Some(_) => refused += 1,
                None => played += 1,
            }
        }
    }
    assert!(
        played > 50 && refused > 100,
        "{played} were played, {refused} were refused: the mutations do not reach far"
    );
}

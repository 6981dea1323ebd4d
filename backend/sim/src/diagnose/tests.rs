//! Invalid scenario files are rejected with the position and the kind of the error.

use crate::error::{Found, NameProblem, Problem, ScenarioError, Syntax, ValueKind, Wanted};
use crate::lab::LabError;
use crate::scenario::{Edits, read, read_any, to_json};
use world::zone::EntryError;

const GOOD: &str = include_str!("../../../../static/scenarios/01-first-message.toml");

fn good_json() -> String {
    to_json(&read(GOOD).unwrap())
}

fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

fn error(text: &str) -> ScenarioError {
    match read_any(text) {
        Ok(_) => panic!("it can be read:\n{text}"),
        Err(error) => error,
    }
}

fn line(text: &str, from: &str) -> Option<usize> {
    let offset = text.find(from).unwrap();
    Some(text[..offset].matches('\n').count() + 1)
}

// Checks the error of the valid file with one change: its kind, and that it is on the changed line.
fn check(from: &str, to: &str, expected: impl Into<Problem>) {
    let invalid = with(GOOD, from, to);
    let error = error(&invalid);
    assert_eq!(error.problem, expected.into(), "{to}");
    assert_eq!(
        error.place.map(|(line, _)| line),
        line(&invalid, to),
        "{to}"
    );
}

fn check_json(from: &str, to: &str, expected: impl Into<Problem>) {
    let invalid = with(&good_json(), from, to);
    let error = error(&invalid);
    assert_eq!(error.problem, expected.into(), "{to}");
    assert_eq!(
        error.place.map(|(line, _)| line),
        line(&invalid, to),
        "{to}"
    );
}

fn wrong_type(kind: ValueKind, value: &str, wanted: Wanted) -> Syntax {
    Syntax::WrongType {
        found: found(kind, value),
        wanted: Some(wanted),
    }
}

fn found(kind: ValueKind, value: &str) -> Found {
    Found {
        kind,
        value: value.to_owned(),
    }
}

#[test]
fn reports_errors_in_toml_with_their_lines() {
    check("number = 1", "number = one", Syntax::Toml("one".into()));
    check(
        "number = 1",
        "number = \"one\"",
        wrong_type(ValueKind::Text, "one", Wanted::Unsigned),
    );
    check(
        "number = 1",
        "number = -1",
        Syntax::InvalidValue(found(ValueKind::Integer, "-1")),
    );
    check(
        "number = 1",
        "number = 99999999999999999999",
        Syntax::InvalidValue(found(ValueKind::Integer, "99999999999999999999")),
    );
    check(
        "runs = \"glasspost\"",
        "runs = \"sendmail\"",
        Syntax::UnknownKeyword {
            keyword: "sendmail".into(),
            known: ["glasspost", "script", "nothing"].map(str::to_owned).into(),
        },
    );
    check(
        "runs = \"glasspost\"",
        "runs = 25",
        wrong_type(ValueKind::Integer, "25", Wanted::Keyword),
    );
    check(
        "to-host = \"mail.a.test\"",
        "to-host = 5",
        wrong_type(ValueKind::Integer, "5", Wanted::Text),
    );
    check(
        "lasts = \"",
        "lasts = \"x",
        Syntax::NotADuration(duration_after("lasts = \"x")),
    );
}

// The duration in the valid file with an `x` before it.
fn duration_after(changed: &str) -> String {
    let invalid = with(GOOD, "lasts = \"", changed);
    let start = invalid.find(changed).unwrap() + changed.len() - 1;
    invalid[start..].split('"').next().unwrap().to_owned()
}

#[test]
fn reports_missing_and_unknown_keys() {
    let error_of = |from: &str, to: &str| error(&with(GOOD, from, to)).problem;
    assert_eq!(
        error_of("seed = 1\n", ""),
        Syntax::MissingKey("seed".into()).into()
    );
    let unknown = error_of("seed = 1\n", "seeds = 1\n");
    let Problem::Syntax(Syntax::UnknownKey { key, known }) = unknown else {
        panic!("{unknown:?}");
    };
    assert!(key == "seeds" && known.contains(&"seed".to_owned()));
}

#[test]
fn reports_errors_in_json_with_their_lines() {
    check_json(
        "\"number\": 1,",
        "\"number\": true,",
        wrong_type(ValueKind::Boolean, "true", Wanted::Unsigned),
    );
    check_json("\"number\": 1,", "\"number\": ,", Syntax::Json);
    let json = good_json();
    let twice = with(&json, "\"number\": 1,", "\"number\": 1, \"number\": 2,");
    assert_eq!(
        error(&twice).problem,
        Syntax::DuplicateKey("number".into()).into()
    );
    let half = error(&json[..json.len() / 2]).problem;
    assert_eq!(half, Syntax::Truncated.into());
    let deep = format!(
        "{{\"number\": {}1{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert_eq!(error(&deep).problem, Syntax::TooDeep.into());
}

#[test]
fn reports_errors_in_edits() {
    let edits = |rest: &str| {
        Edits::read(&format!(
            "{{\"form\":1,\"scenario\":1,\"version\":1,{rest}}}"
        ))
    };
    let problem = |rest: &str| edits(rest).unwrap_err().problem;
    assert_eq!(
        problem("\"lasts\":\"soon\""),
        Syntax::NotADuration("soon".into()).into()
    );
    assert_eq!(
        problem("\"tweaks\":[true]"),
        wrong_type(ValueKind::Boolean, "true", Wanted::Unsigned).into()
    );
    assert!(edits("\"tweaks\":[]").is_ok());
}

#[test]
fn reports_names_and_addresses_outside_the_lab() {
    let json = good_json();
    let problem = |from: &str, to: &str| error(&with(&json, from, to)).problem;
    assert_eq!(
        problem("\"192.0.2.25\"", "\"8.8.8.8\""),
        LabError::Address([8, 8, 8, 8].into()).into()
    );
    assert_eq!(
        problem("\"alice@a.test\"", "\"alice\""),
        NameProblem::NotAnAddress("alice".into()).into()
    );
    let in_zone = |line: &str| problem("\"zone\": \"", &format!("\"zone\": \"{line}\\n"));
    let entry = |problem| Problem::Zone(crate::error::ZoneProblem::Entry { line: 1, problem });
    assert_eq!(
        in_zone("x.test. A here"),
        entry(EntryError::NotIpv4("here".into()))
    );
    assert_eq!(
        in_zone("x.test. SPF x"),
        entry(EntryError::UnknownType("SPF".into()))
    );
}

#[test]
fn every_error_has_a_sentence_in_both_languages() {
    let json = good_json();
    let invalid = [
        with(GOOD, "number = 1", "number = one"),
        with(GOOD, "[[host]]", "[[host]"),
        with(GOOD, "runs = \"glasspost\"", "runs = \"sendmail\""),
        with(&json, "192.0.2.25", "here"),
        json[..json.len() / 2].to_owned(),
        String::new(),
    ];
    for text in invalid {
        let error = error(&text);
        let sentence = error.text();
        assert!(
            sentence.zh.ends_with('。') && sentence.en.ends_with('.'),
            "{sentence:?}"
        );
        let chinese = sentence.zh.chars().filter(|c| *c > '\u{2e80}').count();
        assert!(chinese >= 2, "{sentence:?}");
        // Errors are sent to the page as JSON.
        let serialized = serde_json::to_string(&error).unwrap();
        assert_eq!(
            serde_json::from_str::<ScenarioError>(&serialized).unwrap(),
            error
        );
    }
}

//! The text of HTML: the tokenizer tests of html5lib whose input is text with character references
//! and comments only.

use serde_json::Value;
use std::path::Path;
use suites::{Exception, Suite, Suites, Verdict};

use crate::folded;

/// A text in HTML and the characters that it stands for.
struct Case {
    html: String,
    text: String,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("html5lib-text", "html/html5lib-tests")
            .cases_min(300)
            .cases(read)
            .except(&EXCEPTIONS)
            .check(|case| {
                Verdict::compare(
                    folded(&mime::html_to_text(&case.html)).as_str(),
                    folded(&case.text).as_str(),
                )
            }),
    );
}

const EXCEPTIONS: [Exception<Case>; 3] = [
    Exception {
        theme: "control characters",
        reason: "none is text (RFC 5198 §2): they separate words",
        applies: |case| case.text.contains(char::is_control),
    },
    Exception {
        theme: "characters without width",
        reason: "left out of previews: newsletters pad a hidden line with them",
        applies: |case| {
            case.text
                .contains(['\u{200b}', '\u{200c}', '\u{feff}', '\u{ad}'])
        },
    },
    Exception {
        theme: "CDATA sections",
        reason: "shown, since mail is also written as XHTML, where they are text (XML §2.7)",
        applies: |case| case.html.starts_with("<![CDATA["),
    },
];

fn read(folder: &Path) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for file in suites::files(&folder.join("tokenizer"), &["test"]) {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let table = suites::json(&file);
        let tests = table["tests"].as_array();
        for (number, test) in tests.into_iter().flatten().enumerate() {
            if let Some(case) = case(test) {
                let about = test["description"].as_str().unwrap_or_default();
                let name = format!("{stem}::{number}-{}", suites::label(about));
                cases.push((name, case));
            }
        }
    }
    cases
}

// None for a test that begins in another state, is escaped twice, or has a token that is not text.
fn case(test: &Value) -> Option<Case> {
    let in_data = |states: &Value| {
        let states = states.as_array();
        states.is_none_or(|all| all.iter().any(|state| state == "Data state"))
    };
    if test["doubleEscaped"] == true || !in_data(&test["initialStates"]) {
        return None;
    }
    let mut text = String::new();
    for token in test["output"].as_array()? {
        match (token[0].as_str(), token[1].as_str()) {
            (Some("Character"), Some(characters)) => text.push_str(characters),
            (Some("Comment"), _) => {}
            (None, _) if token == "ParseError" => {}
            _ => return None,
        }
    }
    Some(Case {
        html: test["input"].as_str()?.to_owned(),
        text,
    })
}

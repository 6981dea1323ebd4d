//! ARC: the validation cases of ValiMail's suite, and the sealed messages of mail-auth.

use crate::table::Table;
use auth::arc::Arc as Chain;
use auth::{DnsLookups, MessageReader};
use event::{Locale, Localize};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use suites::{Exception, Suite, Suites, Verdict, block_on};

struct Case {
    table: Arc<Table>,
    message: String,
    /// `pass`, `fail`, `None`, or empty.
    cv: String,
}

const EXCEPTIONS: [Exception<Case>; 1] = [Exception {
    theme: "the suite expects no verdict on a chain that already failed",
    reason: "a seal that says cv=fail ends the chain with fail (RFC 8617 §5.2 step 2)",
    applies: |case| case.cv.is_empty() && case.message.contains("cv=fail"),
}];

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("arc-validation", "arc/valimail-arc-suite")
            .cases_min(70)
            .cases(|folder| read(&folder.join("arc-draft-validation-tests.yml")))
            .except(&EXCEPTIONS)
            .check(|case| {
                let message = suites::crlf(case.message.as_bytes());
                let got = verify(&case.table, &message);
                let expected = match case.cv.to_ascii_lowercase() {
                    cv if cv.is_empty() => "none".to_owned(),
                    cv => cv,
                };
                Verdict::when(got.result.as_str() == expected, || {
                    let reason = got.reason.sentence(Locale::English);
                    format!("{} instead of {expected}: {reason}", got.result.as_str())
                })
            }),
    );
    all.add(
        Suite::new("arc-mail-auth", "arc/mail-auth-arc")
            .cases_min(2)
            .cases(|folder| {
                let all = crate::samples(folder);
                let case = |file: &_| (crate::stem(file), crate::with_records(file));
                all.iter().map(|file| case(file)).collect()
            })
            .check(|(table, message)| {
                let got = verify(table, message);
                Verdict::compare(got.result.as_str(), "pass")
            }),
    );
}

fn verify(table: &Table, message: &[u8]) -> Chain {
    let world = table.clone().world();
    let mut dns = DnsLookups::new(&world);
    let mut reader = MessageReader::default();
    reader.write(message);
    block_on(reader.finish().verify_arc(&mut dns))
}

fn read(file: &Path) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for document in suites::yaml("ARC suite", &with_unique_names(&suites::text(file))) {
        let mut table = Table::default();
        for (name, text) in document["txt-records"].as_object().unwrap() {
            table.text(name, text.as_str().unwrap());
        }
        let table = Arc::new(table);
        for (name, case) in document["tests"].as_object().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let case = Case {
                table: table.clone(),
                message: text(&case["message"]),
                cv: text(&case["cv"]),
            };
            cases.push((name.clone(), case));
        }
    }
    cases
}

/// Some names of cases occur twice, which YAML forbids; the later ones get a number.
fn with_unique_names(text: &str) -> String {
    let mut names = HashMap::<&str, usize>::new();
    let mut unique = String::new();
    for line in text.lines() {
        let name = line
            .strip_prefix("  ")
            .and_then(|l| l.strip_suffix(':'))
            .filter(|l| l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        let times = name.map_or(1, |name| {
            let times = names.entry(name).or_default();
            *times += 1;
            *times
        });
        match name {
            Some(name) if times > 1 => unique.push_str(&format!("  {name}_{times}:\n")),
            _ => {
                unique.push_str(line);
                unique.push('\n');
            }
        }
    }
    unique
}

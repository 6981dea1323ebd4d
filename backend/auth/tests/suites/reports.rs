//! Reports that came in: aggregate, TLS and abuse reports as others write them.

use auth::report::{looks_like_one, read};
use serde_json::Value;
use std::net::IpAddr;
use std::path::Path;
use suites::{Suite, Suites, Verdict};

pub fn add(all: &mut Suites) {
    for (name, data, kind, count) in [
        ("aggregate-reports", "dmarc/aggregate-reports", "dmarc", 5),
        ("tls-reports", "dmarc/tlsrpt-reports", "tls", 2),
        ("abuse-reports", "dmarc/arf-reports", "arf", 3),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(count)
                .cases(|folder| {
                    let all = suites::files(folder, &["eml"]);
                    all.into_iter()
                        .map(|file| (crate::stem(&file), file))
                        .collect()
                })
                .check(move |file| check(file, kind)),
        );
    }
}

fn check(file: &Path, kind: &str) -> Verdict {
    let bytes = suites::bytes(file);
    let Some(got) = read(&bytes) else {
        return Verdict::Differs("it cannot be read".to_owned());
    };
    Verdict::compare(got.kind, kind)
        .and(|| {
            Verdict::when(looks_like_one(&bytes), || {
                "does not look like one".to_owned()
            })
        })
        .and(|| {
            // What the suite says about it, value by value, where both have one of that name.
            let expected = file.with_extension("json");
            if !expected.exists() {
                return Verdict::Agrees;
            }
            match difference(&suites::json(&expected), &got.report, "report") {
                None => Verdict::Agrees,
                Some(how) => Verdict::Differs(how),
            }
        })
}

fn difference(expected: &Value, got: &Value, place: &str) -> Option<String> {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => expected
            .iter()
            .find_map(|(key, value)| difference(value, got.get(key)?, &format!("{place}/{key}"))),
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            let mut pairs = expected.iter().zip(got);
            pairs.find_map(|(e, g)| difference(e, g, place))
        }
        (Value::Array(expected), Value::Array(got)) => Some(format!(
            "{place}: {} instead of {}",
            got.len(),
            expected.len()
        )),
        (Value::String(e), Value::String(g)) => {
            let (e, g) = (e.trim(), g.trim());
            let same_address = || e.parse::<IpAddr>().is_ok_and(|e| g.parse() == Ok(e));
            let same = e.eq_ignore_ascii_case(g) || same_address();
            (!same).then(|| format!("{place}: {g} instead of {e}"))
        }
        _ => None,
    }
}

//! Reports that came in: aggregate, TLS and abuse reports as others write them.

use auth::report::{looks_like_one, read};
use serde_json::Value;
use std::net::IpAddr;

async fn check(folder: &str, kind: &str) {
    let Some(dir) = crate::folder(folder) else {
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "eml") {
            continue;
        }
        seen += 1;
        let bytes = std::fs::read(&path).unwrap();
        let got = read(&bytes).unwrap_or_else(|| panic!("{} cannot be read", path.display()));
        assert_eq!(got.kind, kind, "{}", path.display());
        assert!(
            looks_like_one(&bytes),
            "{} does not look like a report",
            path.display()
        );
        // What the collection says about it, value by value, where both have one of that name.
        let Ok(expected) = std::fs::read_to_string(path.with_extension("json")) else {
            continue;
        };
        let expected: Value = serde_json::from_str(&expected).unwrap();
        compare(&expected, &got.report, &path.display().to_string());
    }
    assert!(seen > 0, "{folder} has no messages");
}

fn compare(expected: &Value, got: &Value, place: &str) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, value) in expected {
                if let Some(found) = got.get(key) {
                    compare(value, found, &format!("{place}/{key}"));
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) => {
            assert_eq!(expected.len(), got.len(), "{place}");
            expected
                .iter()
                .zip(got)
                .for_each(|(e, g)| compare(e, g, place));
        }
        (Value::String(e), Value::String(g)) => {
            let (e, g) = (e.trim(), g.trim());
            let same_address = || e.parse::<IpAddr>().is_ok_and(|e| g.parse() == Ok(e));
            assert!(
                e.eq_ignore_ascii_case(g) || same_address(),
                "{place}: {g} instead of {e}"
            );
        }
        _ => {}
    }
}

#[tokio::test]
async fn aggregate_reports_are_read() {
    check("dmarc/aggregate-reports", "dmarc").await;
}

#[tokio::test]
async fn tls_reports_are_read() {
    check("dmarc/tlsrpt-reports", "tls").await;
}

#[tokio::test]
async fn abuse_reports_are_read() {
    check("dmarc/arf-reports", "arf").await;
}

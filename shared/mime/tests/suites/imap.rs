//! ENVELOPE, BODY and BODYSTRUCTURE against Dovecot's tables.

use crate::value::Value;
use serde_json::Value as Json;
use suites::{Suite, Suites, Verdict};

const DATA: &str = "imap/dovecot-imap-vectors";

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("envelope", DATA)
            .cases(|folder| suites::table(&folder.join("envelope.json")))
            .check(|case| compare(&outline(case).envelope, &case["envelope"])),
    );
    all.add(
        Suite::new("bodystructure", DATA)
            .cases(|folder| suites::table(&folder.join("bodystructure.json")))
            .check(|case| {
                let outline = outline(case);
                compare(&outline.body, &case["body"])
                    .and(|| compare(&outline.body_structure, &case["bodystructure"]))
            }),
    );
}

fn outline(case: &Json) -> mime::Outline {
    let message = case["message"].as_str().unwrap();
    mime::outline(&suites::crlf(message.as_bytes()))
}

/// The tables hold what stands inside the outer parentheses.
fn compare(wire: &[u8], expected: &Json) -> Verdict {
    let expected = expected.as_str().unwrap();
    let got = Value::read_all(wire).unwrap().remove(0).lower();
    let wanted = Value::List(Value::read_all(expected.as_bytes()).unwrap()).lower();
    Verdict::when(got == wanted, || {
        let got = String::from_utf8_lossy(wire);
        format!("     got: {got}\nexpected: ({expected})")
    })
}

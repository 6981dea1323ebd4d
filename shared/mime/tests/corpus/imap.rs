//! ENVELOPE, BODY and BODYSTRUCTURE against Dovecot's tables.

use crate::folder::{corpus, crlf, table};
use crate::value::Value;

fn check(wire: &[u8], expected: &str, message: &str) {
    // The tables hold what stands inside the outer parentheses.
    let got = Value::read_all(wire).unwrap().remove(0).lower();
    let expected = Value::List(Value::read_all(expected.as_bytes()).unwrap()).lower();
    assert_eq!(
        got,
        expected,
        "{message}\n{}",
        String::from_utf8_lossy(wire)
    );
}

#[test]
fn envelopes_are_as_the_table_has_them() {
    let Some(folder) = corpus("imap/dovecot-imap-vectors") else {
        return;
    };
    for case in table(&folder, "envelope.json") {
        let message = case["message"].as_str().unwrap();
        check(
            &mime::outline(&crlf(message.as_bytes())).envelope,
            case["envelope"].as_str().unwrap(),
            message,
        );
    }
}

#[test]
fn structures_are_as_the_table_has_them() {
    let Some(folder) = corpus("imap/dovecot-imap-vectors") else {
        return;
    };
    for case in table(&folder, "bodystructure.json") {
        let message = case["message"].as_str().unwrap();
        let outline = mime::outline(&crlf(message.as_bytes()));
        check(&outline.body, case["body"].as_str().unwrap(), message);
        check(
            &outline.body_structure,
            case["bodystructure"].as_str().unwrap(),
            message,
        );
    }
}

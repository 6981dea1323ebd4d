//! Sequences that some servers take for the end of a message: none splits a message here.

use crate::Dialogue;
use std::path::Path;
use suites::{Suite, Suites, Verdict};

struct Case {
    message: String,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("smuggling", "smtp/smuggling")
            .cases_min(5)
            .cases(read)
            .check(|case| {
                data(&case.message);
                chunk(&case.message);
                outgoing(&case.message);
                Verdict::Agrees
            }),
    );
}

fn read(folder: &Path) -> Vec<(String, Case)> {
    let all = suites::json(&folder.join("smuggling.json"));
    let template = all["message_template"].as_str().unwrap();
    let sequences = all["end_of_data_sequences"].as_array().unwrap();
    let case = |sequence: &serde_json::Value| {
        let fake = sequence["sequence"].as_str().unwrap();
        let message = template
            .replace("{inject}", fake)
            .replace("{sender_address_smuggled}", "f@there.test");
        (
            suites::label(&fake.escape_default().to_string()),
            Case { message },
        )
    };
    sequences.iter().map(case).collect()
}

fn data(message: &str) {
    let mut it = Dialogue::new(&[]);
    it.in_data();
    it.say(message.as_bytes());
    assert!(it.last().starts_with("554 5.6.0"));
    assert!(it.role.messages.is_empty());
}

fn chunk(message: &str) {
    let mut it = Dialogue::new(&[]);
    it.say(b"EHLO c.test\r\nMAIL FROM:<a@there.test>\r\nRCPT TO:<bob@here.test>\r\n");
    it.say(format!("BDAT {} LAST\r\n{message}", message.len()).as_bytes());
    assert!(it.last().starts_with("554 5.6.0"));
    it.say(b"NOOP\r\n");
    assert!(it.last().starts_with("250 2.0.0 Ok") && it.role.messages.is_empty());
}

/// What we send has whole line ends only, so that any receiver sees one message.
fn outgoing(message: &str) {
    let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
    stuffer.feed(message.trim_end_matches("\r\n.\r\n").as_bytes(), &mut wire);
    stuffer.finish(&mut wire);
    let text = String::from_utf8(wire).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    assert_eq!(text.matches("\r\n.\r\n").count(), 1);
}

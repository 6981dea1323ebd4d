//! Sequences that some servers take for the end of a message, sent to the inbound role: none
//! smuggles a second message, and nothing is stored.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod dialogue;
mod host;

use dialogue::check;
use std::path::Path;
use suites::{Suite, Verdict, block_on_paused};

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        all.add(
            Suite::new("smuggling", "smtp/smuggling")
                .cases_min(5)
                .cases(read)
                .check(|message| {
                    let dialogue = [
                        ("EHLO c.test", "250"),
                        ("MAIL FROM:<a@b.test>", "250"),
                        ("RCPT TO:<alice@here.test>", "250"),
                        ("DATA", "354"),
                        (message.as_str(), "554 5.6.0"),
                        ("NOOP", "250"),
                        ("QUIT", "221"),
                    ];
                    let stored = block_on_paused(check(&dialogue));
                    Verdict::when(stored.is_empty(), || format!("{stored:?}"))
                }),
        );
    })
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let all = suites::json(&folder.join("smuggling.json"));
    let template = all["message_template"].as_str().unwrap();
    let sequences = all["end_of_data_sequences"].as_array().unwrap();
    let case = |sequence: &serde_json::Value| {
        let fake = sequence["sequence"].as_str().unwrap();
        let message = template
            .replace("{inject}", fake)
            .replace("{sender_address_smuggled}", "alice@here.test");
        let message = message.strip_suffix("\r\n.\r\n").unwrap_or(&message);
        let name = suites::label(&fake.escape_default().to_string());
        // The line's own CR LF follows the last dot.
        (name, format!("{message}\r\n."))
    };
    sequences.iter().map(case).collect()
}

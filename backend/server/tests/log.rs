//! What the program writes to its log.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const CONFIG: &str = r#"
[server]
hostname = "mx.here.test"
[listen]
smtp = "127.0.0.1:0"
submission = "off"
submissions = "off"
imap = "off"
imaps = "off"
pop3 = "off"
pop3s = "off"
https = "off"
"#;

#[test]
fn a_log_that_is_no_terminal_holds_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let [config, data] = ["glasspost.toml", "data"].map(|name| folder.path().join(name));
    let text = CONFIG.replace(
        "[listen]",
        &format!("data = \"{}\"\n[listen]", data.display()),
    );
    fs::write(&config, text).unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_glasspost"))
        .args(["serve", "--config"])
        .arg(&config)
        .env("TERM", "xterm-256color")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut written = String::new();
    let log = BufReader::new(server.stderr.take().unwrap());
    for line in log.lines().map(Result::unwrap) {
        written.push_str(&line);
        if line.contains("listening") {
            break;
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(written.contains("listening"), "{written}");
    assert!(!written.contains('\u{1b}'), "{written}");
}

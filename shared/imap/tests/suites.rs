//! Tables that Dovecot's authors wrote for their own server, where the meaning is the same here.
//! Skipped where the corpus is absent.

// Tests may panic.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use imap::list;
use imap::write;
use mail::session::{Session, Step};
use mail::{Time, from_modified_utf7, to_modified_utf7};
use serde_json::Value;
use std::sync::Arc;

fn table(name: &str) -> Vec<Value> {
    let path = format!(
        "{}/../../../shared/corpus/imap/dovecot-imap-vectors/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
        Err(_) => {
            eprintln!("skipped: the corpus is not here");
            Vec::new()
        }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(s) => s.as_bytes().to_vec(),
        other => {
            let hex = other["hex"].as_str().unwrap();
            (0..hex.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
                .collect()
        }
    }
}

#[test]
fn patterns_match_names_as_in_dovecot() {
    for case in table("list-match") {
        let (pattern, name) = (
            case["pattern"].as_str().unwrap(),
            case["input"].as_str().unwrap(),
        );
        let yes = case["result"]["const"].as_str().unwrap() == "IMAP_MATCH_YES";
        let name = if case["inbox_caseless"] == true {
            name.replacen(&name[..5], "INBOX", 1)
        } else {
            name.to_owned()
        };
        // Without caseless INBOX the table wants INBOX to be like any name; here it never is.
        if case["inbox_caseless"] != true && name.eq_ignore_ascii_case("INBOX") {
            continue;
        }
        assert_eq!(list::matches(pattern, &name), yes, "{case}");
    }
}

#[test]
fn mailbox_names_are_coded_as_in_dovecot() {
    for case in table("mutf7") {
        let (utf8, coded) = (case["utf8"].as_str(), case["mutf7"].as_str());
        if let (Some(utf8), Some(coded)) = (utf8, coded) {
            assert_eq!(to_modified_utf7(utf8), coded);
        }
        if let Some(coded) = coded {
            assert_eq!(from_modified_utf7(coded).as_deref(), utf8, "{coded}");
        }
    }
}

// Quoted or literal is the writer's choice; what a reader takes out must be the same.
#[test]
fn strings_are_written_so_that_they_read_back_as_in_dovecot() {
    for (name, write) in [
        (
            "quote-append_astring",
            write::astring as fn(&mut Vec<u8>, &[u8]),
        ),
        ("quote-append_nstring", |out: &mut Vec<u8>, text: &[u8]| {
            write::nstring(out, Some(text));
        }),
    ] {
        for case in table(name) {
            let mut out = Vec::new();
            write(&mut out, &bytes(&case["input"]));
            assert_eq!(read(&out), read(&bytes(&case["output"])), "{case}");
        }
    }
}

fn read(written: &[u8]) -> Vec<u8> {
    match written.first() {
        Some(b'{') => written[written.iter().position(|&b| b == b'\n').unwrap() + 1..].to_vec(),
        Some(b'"') => {
            let inner = &written[1..written.len() - 1];
            let mut out = Vec::new();
            let mut bytes = inner.iter();
            while let Some(&b) = bytes.next() {
                out.push(if b == b'\\' {
                    *bytes.next().unwrap()
                } else {
                    b
                });
            }
            out
        }
        _ => written.to_vec(),
    }
}

fn reply_to(text: &[u8], signed_in: bool) -> String {
    let config = imap::Config {
        host: "a.test".into(),
        version: "0".into(),
        starttls: false,
        plaintext_login: true,
        append_bytes_max: 100,
        trace: false,
    };
    let mut server = imap::Server::new(Arc::new(config), false);
    let now = Time::from_secs(0);
    server.start(now);
    if signed_in {
        server.receive(b"x LOGIN a b\r\nx SELECT INBOX\r\n", now);
    }
    server.receive(text, now);
    let mut received = String::new();
    while let Some(step) = server.step() {
        match step {
            Step::Send(bytes) => received.push_str(&String::from_utf8_lossy(&bytes)),
            Step::Query(ask) => {
                let answer = match ask {
                    imap::Query::Login { .. } => imap::Decision::LoggedIn,
                    imap::Query::Select { .. } => imap::Decision::Selected(Box::default()),
                    imap::Query::Search(_) => imap::Decision::Found(imap::set::UidSet::new()),
                    _ => imap::Decision::Changes(Box::default()),
                };
                server.answer(answer, now);
            }
            _ => {}
        }
    }
    received.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn accepts_and_refuses_tags_as_dovecot() {
    for case in table("tag-and-command") {
        let input = bytes(&case["input"]);
        // The table's third outcome, "needs more", and a CR in the middle belong to its own reader.
        if case["ret"] == 0 || input.contains(&b'\r') {
            continue;
        }
        let tag = case["result"].as_str();
        let line = [
            &input[..],
            if tag.is_some() { b"\r\n" } else { b" NOOP\r\n" },
        ]
        .concat();
        let reply = reply_to(&line, false);
        match tag {
            Some(tag) => assert!(reply.starts_with(&format!("{tag} ")), "{case}: {reply}"),
            None => assert!(reply.starts_with("* BAD"), "{case}: {reply}"),
        }
    }
}

#[test]
fn accepts_rev1_search_keys_as_dovecot() {
    // Keys of extensions that are not served here.
    let foreign = [
        "SAVED", "X-", "OLDER", "YOUNGER", "MODSEQ", "INTHREAD", "MIMEPART",
    ];
    for name in ["search-args", "search-simplify"] {
        for case in table(name) {
            let input = case["input"].as_str().unwrap();
            if foreign.iter().any(|f| input.contains(f)) {
                continue;
            }
            // The tables split words at spaces: `( A )` and an empty last word are theirs, not
            // IMAP's.
            let mut line = input.replace("( ", "(").replace(" )", ")");
            if line.ends_with(' ') {
                line.push_str("\"\"");
            }
            let reply = reply_to(format!("a SEARCH {line}\r\n").as_bytes(), true);
            assert!(reply.starts_with("a OK"), "{input}: {reply}");
        }
    }
}

//! Tables that Dovecot's authors wrote for their own server, where the meaning is the same here.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use imap::list;
use imap::write;
use mail::session::{Session, Step};
use mail::{Time, from_modified_utf7, to_modified_utf7};
use serde_json::Value;
use std::sync::Arc;
use suites::{Exception, Suite, Suites, Verdict, bytes_of};

const DOVECOT: &str = "imap/dovecot-imap-vectors";

fn main() -> std::process::ExitCode {
    suites::run(|all| {
        names(all);
        strings(all);
        commands(all);
    })
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_default()
}

const INBOX: Exception<Value> = Exception {
    theme: "INBOX like any other name",
    reason: "INBOX is one mailbox in upper and lower case (RFC 3501 §5.1)",
    applies: |case| {
        case["inbox_caseless"] != true && text(case, "input").eq_ignore_ascii_case("INBOX")
    },
};

/// Names of mailboxes.
fn names(all: &mut Suites) {
    all.add(
        Suite::new("list-match", DOVECOT)
            .cases_min(16)
            .cases(|folder| suites::table(&folder.join("list-match.json")))
            .except(&[INBOX])
            .check(|case| {
                let name = text(case, "input");
                let name = if case["inbox_caseless"] == true {
                    name.replacen(&name[..5], "INBOX", 1)
                } else {
                    name.to_owned()
                };
                let expected = case["result"]["const"] == "IMAP_MATCH_YES";
                Verdict::compare(&list::matches(text(case, "pattern"), &name), &expected)
            }),
    );
    all.add(
        Suite::new("mutf7", DOVECOT)
            .cases_min(4)
            .cases(|folder| suites::table(&folder.join("mutf7.json")))
            .check(|case| {
                let (utf8, coded) = (case["utf8"].as_str(), case["mutf7"].as_str());
                let Some(coded) = coded else {
                    return Verdict::Skipped("text that Dovecot cannot encode".into());
                };
                Verdict::compare(&from_modified_utf7(coded).as_deref(), &utf8).and(|| {
                    let encoded = utf8.map(to_modified_utf7);
                    Verdict::when(encoded.as_deref().is_none_or(|e| e == coded), || {
                        format!("{encoded:?} instead of {coded:?}")
                    })
                })
            }),
    );
}

/// Strings: quoted or literal is the writer's choice; what a reader takes out must be the same.
fn strings(all: &mut Suites) {
    for (name, write) in [
        (
            "quote-append_astring",
            write::astring as fn(&mut Vec<u8>, &[u8]),
        ),
        ("quote-append_nstring", |out: &mut Vec<u8>, text: &[u8]| {
            write::nstring(out, Some(text));
        }),
    ] {
        all.add(
            Suite::new("strings", DOVECOT)
                .cases(move |folder| suites::table(&folder.join(format!("{name}.json"))))
                .check(move |case| {
                    let mut out = Vec::new();
                    write(&mut out, &bytes_of(&case["input"]));
                    Verdict::compare(&read(&out), &read(&bytes_of(&case["output"])))
                }),
        );
    }
}

/// What a client takes out of a string.
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

const EXTENSIONS: Exception<Value> = Exception {
    theme: "search keys of extensions",
    reason: "extensions that are not announced here have them (RFC 3501 §6.4.4 has not)",
    applies: |case| {
        let keys = [
            "SAVED", "X-", "OLDER", "YOUNGER", "MODSEQ", "INTHREAD", "MIMEPART",
        ];
        keys.iter().any(|key| text(case, "input").contains(key))
    },
};

/// Tags and search keys.
fn commands(all: &mut Suites) {
    all.add(
        Suite::new("tags", DOVECOT)
            .cases_min(10)
            .cases(|folder| suites::table(&folder.join("tag-and-command.json")))
            .check(|case| {
                let input = bytes_of(&case["input"]);
                if case["ret"] == 0 || input.contains(&b'\r') {
                    return Verdict::Skipped("a session waits for the end of a line".into());
                }
                let tag = case["result"].as_str();
                let rest = if tag.is_some() {
                    &b"\r\n"[..]
                } else {
                    b" NOOP\r\n"
                };
                let reply = reply_to(&[&input[..], rest].concat(), false);
                let expected = tag.map_or("* BAD".to_owned(), |tag| format!("{tag} "));
                Verdict::when(reply.starts_with(&expected), || format!("{reply:?}"))
            }),
    );
    all.add(
        Suite::new("search", DOVECOT)
            .cases_min(120)
            .cases(|folder| {
                let table = |name: &str| suites::table(&folder.join(name));
                [table("search-args.json"), table("search-simplify.json")].concat()
            })
            .except(&[EXTENSIONS])
            .check(|case| {
                // The tables split words at spaces: `( A )` and an empty last word are theirs,
                // not IMAP's.
                let input = text(case, "input");
                let mut line = input.replace("( ", "(").replace(" )", ")");
                if line.ends_with(' ') {
                    line.push_str("\"\"");
                }
                let reply = reply_to(format!("a SEARCH {line}\r\n").as_bytes(), true);
                Verdict::when(reply.starts_with("a OK"), || format!("{reply:?}"))
            }),
    );
}

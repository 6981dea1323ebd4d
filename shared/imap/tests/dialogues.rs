//! Every file of `dialogues/` is played to sessions over a toy role, whole and split at every byte,
//! and each line of the server must match the file.
//!
//! Lines of a dialogue: `C: …` is sent by the client of session 1, and `S: …` is the server's line
//! that must follow (`…` matches anything); `2C:` and `2S:` belong to session 2. `! changed 2`
//! sends session 2 a notice, `! wait 1800` lets seconds pass, `! shutdown` and `! close` end the
//! connection, `! tls 1` ends the handshake. `S| done`: the session has ended. First line `#
//! config: starttls plaintext limit=100`.

// Tests may panic.
#![allow(clippy::unwrap_used)]

mod toy;

use imap::{Config, Notice, Server};
use mail::session::{Session, Step, TlsInfo};
use mail::{Duration, MailboxName, Time};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use toy::{House, Role};

struct Line {
    server: Server,
    role: Role,
    received: String,
    traces: Vec<mail::session::Line>,
    done: bool,
}

impl Line {
    fn new(number: usize, config: &Arc<Config>, tls: bool, house: &House, now: Time) -> Line {
        let mut server = Server::new(Arc::clone(config), tls);
        server.start(now);
        let mut line = Line {
            server,
            role: Role::new(number, Rc::clone(house)),
            received: String::new(),
            traces: Vec::new(),
            done: false,
        };
        line.run(now);
        line
    }

    fn run(&mut self, now: Time) {
        while let Some(step) = self.server.step() {
            match step {
                Step::Send(bytes) => self.received.push_str(&String::from_utf8_lossy(&bytes)),
                Step::Query(ask) => {
                    let answer = self.role.answer(ask, now);
                    self.server.answer(answer, now);
                }
                Step::StartTls => self.received.push_str("(handshake)\r\n"),
                Step::Trace(line) => self.traces.push(line),
                Step::Done => {
                    self.received.push_str("(closed)\r\n");
                    self.done = true;
                }
            }
        }
    }
}

fn fits(pattern: &str, line: &str) -> bool {
    let mut rest = line;
    let mut parts = pattern.split('…').peekable();
    let Some(first) = parts.next() else {
        return false;
    };
    if parts.peek().is_none() {
        return first == line;
    }
    let Some(after) = rest.strip_prefix(first) else {
        return false;
    };
    rest = after;
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

fn config_of(dialogue: &str) -> (Config, bool) {
    let words: Vec<&str> = dialogue
        .lines()
        .next()
        .and_then(|l| l.strip_prefix("# config:"))
        .map(|l| l.split_whitespace().collect())
        .unwrap_or_default();
    let limit = words
        .iter()
        .find_map(|w| w.strip_prefix("limit="))
        .map_or(1000, |n| n.parse().unwrap());
    let config = Config {
        host: "mx.glasspost.test".into(),
        version: "0".into(),
        starttls: words.contains(&"starttls"),
        plaintext_login: words.contains(&"plaintext"),
        append_bytes_max: limit,
        trace: true,
    };
    (config, words.contains(&"tls"))
}

/// Plays a dialogue with the client's bytes in pieces of `size`; answers the traces of session 1.
fn check(file: &str, dialogue: &str, size: usize) -> Vec<mail::session::Line> {
    let (config, tls) = config_of(dialogue);
    let (config, mut now) = (Arc::new(config), Time::from_civil(2026, 11, 21, 9, 0, 0));
    let house: House = Rc::new(RefCell::new(BTreeMap::from([(
        MailboxName::inbox(),
        toy::Folder::default(),
    )])));
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    for (at, text) in dialogue.lines().enumerate() {
        let at = format!("{file}:{} in pieces of {size}: {text}", at + 1);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(event) = text.strip_prefix("! ") {
            let (what, rest) = event.split_once(' ').unwrap_or((event, "1"));
            if what == "wait" {
                now = now + Duration::from_secs(rest.parse().unwrap());
            }
            let number = rest.parse().unwrap_or(1);
            for line in lines
                .iter_mut()
                .filter(|(n, _)| what == "wait" || **n == number)
                .map(|(_, l)| l)
            {
                match what {
                    "wait" if line.server.deadline().is_some_and(|d| d <= now) => {
                        line.server.tick(now);
                    }
                    "wait" => {}
                    "changed" => line.server.notice(Notice::Changed, now),
                    "shutdown" => line.server.notice(Notice::ShuttingDown, now),
                    "close" => line.server.closed(now),
                    "tls" => {
                        let tls = TlsInfo {
                            version: "TLS 1.3".into(),
                            cipher: "x".into(),
                            server_name: None,
                            verified: false,
                            exporter: None,
                        };
                        line.server.tls_started(tls, now);
                    }
                    _ => panic!("{at}"),
                }
                line.run(now);
            }
            continue;
        }
        let (who, words) = text.split_once(':').unwrap_or_else(|| panic!("{at}"));
        let words = words.strip_prefix(' ').unwrap_or(words);
        let (number, side) = who.split_at(who.len() - 1);
        let number: usize = if number.is_empty() {
            1
        } else {
            number.parse().unwrap()
        };
        let line = lines
            .entry(number)
            .or_insert_with(|| Line::new(number, &config, tls, &house, now));
        if side == "S" {
            let Some((first, rest)) = line.received.split_once("\r\n") else {
                panic!("{at}\nnothing more is received; {}", line.server.state())
            };
            assert!(fits(words, first), "{at}\nbut it received: {first}\n{rest}");
            line.received = rest.to_owned();
        } else {
            // `\` at the end joins lines into one packet, so that nothing is answered between.
            let bytes = format!("{words}\r\n");
            for piece in bytes.as_bytes().chunks(size) {
                line.server.receive(piece, now);
                line.run(now);
            }
        }
    }
    for (number, line) in &lines {
        assert_eq!(
            line.received, "",
            "{file}: session {number} received more than it should"
        );
    }
    lines.remove(&1).map(|l| l.traces).unwrap_or_default()
}

fn dialogues() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dialogues");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|f| {
            (
                f.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(f).unwrap(),
            )
        })
        .collect()
}

#[test]
fn plays_every_dialogue_whole_and_split_at_every_byte() {
    let dialogues = dialogues();
    assert!(dialogues.len() > 10);
    for (file, dialogue) in &dialogues {
        for size in [usize::MAX, 1, 2, 3, 5] {
            check(file, dialogue, size);
        }
    }
}

#[test]
fn traces_do_not_contain_passwords() {
    for (file, dialogue) in &dialogues() {
        for line in check(file, dialogue, usize::MAX) {
            let mut all = String::new();
            write!(all, "{line:?}").unwrap();
            let secret = all.contains("secret")
                || all.contains("AGFsaWNlAHNlY3JldA==")
                || all.contains("YWxpY2UAYWxpY2UAc2VjcmV0");
            assert!(!secret, "{file}: {all}");
            assert!(!line.text.contains("••••") || line.redacted, "{all}");
        }
    }
}

#[test]
fn traces_the_first_rows_of_a_large_fetch_and_a_count() {
    let mut dialogue = String::from("# config: plaintext\nC: a LOGIN alice secret\n");
    for _ in 0..40 {
        dialogue.push_str("C: b APPEND INBOX {3+}\nC: abc\n");
    }
    dialogue.push_str("C: c SELECT INBOX\nC: d FETCH 1:* (UID BODY.PEEK[])\n");
    let (config, _) = config_of(&dialogue);
    let house: House = Rc::new(RefCell::new(BTreeMap::from([(
        MailboxName::inbox(),
        toy::Folder::default(),
    )])));
    let now = Time::from_secs(0);
    let mut line = Line::new(1, &Arc::new(config), false, &house, now);
    for text in dialogue.lines().filter_map(|l| l.strip_prefix("C: ")) {
        line.server.receive(format!("{text}\r\n").as_bytes(), now);
        line.run(now);
    }
    let last = line.traces.last().unwrap();
    assert_eq!(last.explain, "imap.reply.ok");
    assert_eq!(
        last.text.lines().map(|l| l.to_owned()).collect::<Vec<_>>(),
        [
            "* 1 FETCH (UID 1 BODY[] {3})",
            "* 2 FETCH (UID 2 BODY[] {3})",
            "* 3 FETCH (UID 3 BODY[] {3})",
            "… 40 in all",
            "d OK Completed"
        ]
    );
}

proptest::proptest! {
    #[test]
    fn random_bytes_never_break_a_session(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), login in proptest::prelude::any::<bool>()) {
        feed(&bytes, login);
    }

    #[test]
    fn random_words_never_break_a_session(words in proptest::collection::vec("(a|b|UID|FETCH|STORE|SELECT|INBOX|1:\\*|2|\\(|\\)|FLAGS|BODY\\[\\]|SEARCH|ALL|APPEND|\\{3\\}|\\{4\\+\\}|IDLE|DONE|\r\n|\r\n|\"x\"|NOOP|COPY|EXPUNGE|CLOSE|STARTTLS|LOGOUT)", 0..60), login in proptest::prelude::any::<bool>()) {
        feed(words.join(" ").as_bytes(), login);
    }
}

fn feed(bytes: &[u8], login: bool) {
    let (config, _) = config_of("# config: plaintext starttls");
    let house: House = Rc::new(RefCell::new(BTreeMap::from([(
        MailboxName::inbox(),
        toy::Folder::default(),
    )])));
    let now = Time::from_secs(0);
    let mut line = Line::new(1, &Arc::new(config), false, &house, now);
    if login {
        line.server.receive(
            b"a LOGIN alice secret\r\na APPEND INBOX {3+}\r\nabc\r\na SELECT INBOX\r\n",
            now,
        );
        line.run(now);
    }
    for piece in bytes.chunks(7) {
        line.server.receive(piece, now);
        line.run(now);
    }
    line.server.closed(now);
    line.run(now);
    // Every line of an answer has an answer's form, whatever came in.
    let good = |l: &str| {
        l.starts_with("* ")
            || l.starts_with("+ ")
            || l.contains(" OK ")
            || l.contains(" NO ")
            || l.contains(" BAD ")
            || l.starts_with('(')
            || l.ends_with(')')
    };
    assert!(
        line.received.split_terminator("\r\n").all(good),
        "{}",
        line.received
    );
}

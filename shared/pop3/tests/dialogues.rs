//! Every file of `dialogues/` is played to sessions over a toy maildrop, whole and split at every
//! byte. Each line of the server must match the file, and no trace may contain a secret.
//!
//! Lines of a dialogue: `C: …` is sent by the client, and `S: …` is the server's line that must
//! follow (`…` matches anything). `! wait 600` lets seconds pass, `! bye` is the role's notice that
//! the connection must end, `! close` closes it, `! tls` ends the handshake, `! kept 1 3` checks
//! which messages are left. First line `# config: starttls plaintext tls`.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod toy;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use mail::session::{Session, Step, TlsInfo};
use mail::{Duration, Time};
use pop3::{Config, Notice, Server};
use toy::Role;

/// One connection with everything that was received on it.
struct Play {
    server: Server,
    role: Role,
    received: Vec<u8>,
    traces: Vec<mail::session::Line>,
    now: Time,
}

impl Play {
    fn new(config: Config, tls: bool) -> Play {
        let mut play = Play {
            server: Server::new(Arc::new(config), tls),
            role: Role::default(),
            received: Vec::new(),
            traces: Vec::new(),
            now: Time::from_secs(1),
        };
        play.server.start(play.now);
        play.run();
        play
    }

    fn run(&mut self) {
        while let Some(step) = self.server.step() {
            match step {
                Step::Send(bytes) => self.received.extend(bytes),
                Step::Query(query) => {
                    assert!(
                        self.server.step().is_none(),
                        "no step while a question is out"
                    );
                    let answer = self.role.answer(query);
                    self.server.answer(answer, self.now);
                }
                Step::StartTls => self.received.extend(b"(handshake)\r\n"),
                Step::Trace(line) => self.traces.push(line),
                Step::Done => self.received.extend(b"(closed)\r\n"),
            }
        }
    }

    fn send(&mut self, bytes: &[u8], piece_bytes: usize) {
        for piece in bytes.chunks(piece_bytes) {
            self.server.receive(piece, self.now);
            self.run();
        }
    }

    fn order(&mut self, order: &str) {
        let words: Vec<&str> = order.split(' ').collect();
        match words[0] {
            "wait" => {
                self.now = self.now + Duration::from_secs(words[1].parse().unwrap());
                if self.server.deadline().is_some_and(|d| d <= self.now) {
                    self.server.tick(self.now);
                }
            }
            "bye" => self.server.notice(Notice::Bye, self.now),
            "close" => self.server.closed(self.now),
            "tls" => self.server.tls_started(
                TlsInfo {
                    version: "TLS 1.3".into(),
                    cipher: "x".into(),
                    server_name: None,
                    verified: false,
                    exporter: None,
                },
                self.now,
            ),
            "kept" => assert_eq!(
                self.role.kept(),
                words[1..]
                    .iter()
                    .map(|n| n.parse().unwrap())
                    .collect::<Vec<u32>>()
            ),
            other => panic!("no such order: {other}"),
        }
        self.run();
    }
}

fn config(starttls: bool, trace: bool) -> Config {
    Config {
        host: "mx.a.test".into(),
        starttls,
        plaintext_login: true,
        trace,
    }
}

fn fits(pattern: &str, line: &str) -> bool {
    match pattern.split_once('…') {
        Some((start, end)) => {
            line.len() >= start.len() + end.len() && line.starts_with(start) && line.ends_with(end)
        }
        None => pattern == line,
    }
}

fn check(name: &str, dialogue: &str, piece_bytes: usize) {
    let words = dialogue
        .lines()
        .next()
        .and_then(|l| l.strip_prefix("# config:"))
        .unwrap_or_default();
    let has = |word: &str| words.split_whitespace().any(|w| w == word);
    let config = Config {
        plaintext_login: has("plaintext"),
        ..config(has("starttls"), true)
    };
    let mut play = Play::new(config, has("tls"));
    let mut heard = 0;
    let mut waiting: Vec<u8> = Vec::new();
    for (number, line) in dialogue.lines().enumerate() {
        let place = format!("{name}:{} in pieces of {piece_bytes}", number + 1);
        // What the client says in a row comes in one go: pipelined.
        if let Some(received) = line.strip_prefix("C: ") {
            waiting.extend(
                received
                    .replace("\\0", "\0")
                    .replace("\\r", "\r")
                    .as_bytes(),
            );
            waiting.extend(b"\r\n");
            continue;
        }
        play.send(&std::mem::take(&mut waiting), piece_bytes);
        if let Some(expected) = line.strip_prefix("S: ") {
            let rest = &play.received[heard..];
            let end = rest
                .windows(2)
                .position(|w| w == b"\r\n")
                .unwrap_or_else(|| panic!("{place}: nothing more was received"));
            let got = String::from_utf8_lossy(&rest[..end]).into_owned();
            assert!(
                fits(expected, &got),
                "{place}: {got:?} instead of {expected:?}"
            );
            heard += end + 2;
        } else if let Some(order) = line.strip_prefix("! ") {
            assert_eq!(
                String::from_utf8_lossy(&play.received[heard..]),
                "",
                "{place}: more was received"
            );
            play.order(order);
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{place}: {line}");
        }
    }
    play.send(&waiting, piece_bytes);
    assert_eq!(
        String::from_utf8_lossy(&play.received[heard..]),
        "",
        "{name}: more was received at the end"
    );
    for line in &play.traces {
        assert!(
            !line.text.contains("secret") && !line.text.contains("c2VjcmV0"),
            "{name}: {line:?}"
        );
        assert!(
            line.explain.starts_with("pop3.") && !line.text.contains('\r'),
            "{name}: {line:?}"
        );
    }
}

#[test]
fn plays_every_dialogue_whole_and_in_pieces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let dialogue = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for piece_bytes in [usize::MAX, 1, 2, 3, 7, 64] {
            check(&name, &dialogue, piece_bytes);
        }
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn traces_show_states_and_redactions() {
    let mut play = Play::new(config(false, true), false);
    play.send(
        b"USER alice\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n",
        usize::MAX,
    );
    let traced: Vec<String> = play
        .traces
        .iter()
        .map(|line| {
            assert_eq!(line.redacted, line.text.contains("••••"), "{line:?}");
            let (before, after) = (line.before, line.after);
            format!("{}|{before}|{after}|{}", line.text, line.explain)
        })
        .collect();
    assert_eq!(
        traced,
        [
            "+OK mx.a.test Glasspost POP3 ready|authorization|authorization|pop3.greeting",
            "USER alice|authorization|authorization|pop3.user",
            "+OK Send password|authorization|authorization|pop3.reply.ok",
            "PASS ••••|authorization|authorization|pop3.pass",
            "+OK 3 messages|authorization|transaction|pop3.reply.ok",
            "RETR 1|transaction|transaction|pop3.retr",
            "+OK 42 octets\n⋯\n.|transaction|transaction|pop3.reply.ok",
            "QUIT|transaction|transaction|pop3.quit",
            "+OK Logging out; messages left: 3|transaction|update|pop3.reply.ok",
        ]
    );
}

#[test]
fn large_message_is_streamed_in_pieces() {
    let mut play = Play::new(config(false, false), false);
    let body = ".a line of the big message\r\n".repeat(20_000);
    play.role
        .messages
        .push((9, format!("A: b\r\n\r\n{body}").into_bytes()));
    play.send(
        b"USER alice\r\nPASS secret\r\nRETR 4\r\nTOP 4 1\r\nLIST 4\r\n",
        usize::MAX,
    );
    let received = String::from_utf8(std::mem::take(&mut play.received)).unwrap();
    let length = 8 + body.len();
    let expected = format!(
        "+OK {length} octets\r\nA: b\r\n\r\n{}.\r\n",
        body.replace("\r\n.", "\r\n..").replacen('.', "..", 1)
    );
    assert!(received.contains(&expected));
    assert!(received.ends_with(&format!(
        "+OK Top of message follows\r\nA: b\r\n\r\n..a line of the big message\r\n.\r\n+OK 4 {length}\r\n"
    )));
    assert!(play.role.asked.iter().all(|length| *length <= 65_536) && play.role.asked.len() > 8);
}

#[test]
fn failure_in_the_middle_of_a_message_ends_the_connection() {
    let mut play = Play::new(config(false, false), false);
    play.role.messages.push((9, vec![b'a'; 200_000]));
    play.role.fails_at = Some(65_536);
    play.send(
        b"USER alice\r\nPASS secret\r\nDELE 1\r\nRETR 4\r\nQUIT\r\n",
        usize::MAX,
    );
    let received = String::from_utf8_lossy(&play.received);
    assert!(received.ends_with("aaa(closed)\r\n") && !received.contains("bye"));
    assert_eq!(play.role.kept(), [1, 3, 4, 9]);
}

#[test]
fn long_listing_is_streamed() {
    let mut play = Play::new(config(false, true), false);
    play.role
        .messages
        .extend((10..60_000).map(|uid| (uid, b"A: b\r\n\r\n".to_vec())));
    play.send(b"USER alice\r\nPASS secret\r\n", usize::MAX);
    play.received.clear();
    play.server.receive(b"UIDL\r\n", play.now);
    let mut pieces = 0;
    while let Some(step) = play.server.step() {
        if let Step::Send(bytes) = step {
            assert!(bytes.len() < 2 * pop3::limits::LISTING_BYTES);
            pieces += 1;
        }
    }
    assert!(pieces > 20, "{pieces}");
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    fn line() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            Just(b"USER alice\r\n".to_vec()),
            Just(b"PASS secret\r\n".to_vec()),
            Just(b"AUTH PLAIN\r\n".to_vec()),
            Just(b"AGFsaWNlAHNlY3JldA==\r\n".to_vec()),
            Just(b"*\r\n".to_vec()),
            Just(b"STLS\r\n".to_vec()),
            Just(b"CAPA\r\n".to_vec()),
            Just(b"STAT\r\n".to_vec()),
            Just(b"LIST\r\n".to_vec()),
            Just(b"UIDL 2\r\n".to_vec()),
            Just(b"RETR 2\r\n".to_vec()),
            Just(b"TOP 1 1\r\n".to_vec()),
            Just(b"DELE 2\r\n".to_vec()),
            Just(b"RSET\r\n".to_vec()),
            Just(b"QUIT\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..80),
            Just(vec![b'x'; 3000]),
        ]
    }

    proptest! {
        #[test]
        fn answers_do_not_depend_on_fragmentation(lines in proptest::collection::vec(line(), 0..30), piece_bytes in 1usize..50) {
            let all: Vec<u8> = lines.concat();
            let play = |piece_bytes: usize| {
                let mut play = Play::new(config(true, true), false);
                for piece in all.chunks(piece_bytes) {
                    play.server.receive(piece, play.now);
                    play.run();
                    // A handshake throws away what came with STLS, which depends on the cut: the
                    // dialogues look at that.
                    if play.received.ends_with(b"(handshake)\r\n") {
                        return (Vec::new(), play.role.kept());
                    }
                }
                play.server.closed(play.now);
                play.run();
                (play.received, play.role.kept())
            };
            let (whole, kept) = play(usize::MAX);
            let (cut, kept_cut) = play(piece_bytes);
            prop_assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(&cut));
            prop_assert_eq!(&kept, &kept_cut);
            // Every line before (closed) is a reply, a listing, or a message; nothing is deleted
            // without QUIT.
            if !all.windows(4).any(|w| w.eq_ignore_ascii_case(b"QUIT")) {
                prop_assert_eq!(kept, vec![1, 3, 4]);
            }
        }
    }
}

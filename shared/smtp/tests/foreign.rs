//! Test data of other projects: dialogues of chasquid, tables of Dovecot, smuggling sequences, a
//! dot-stuffing sample of gmime. Each exclusion states its reason.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod play;

use mail::session::Session;
use play::server_role::{ServerRole, server};
use play::{Player, corpus, unescape};
use serde_json::Value;
use smtp::server::Server;
use std::path::Path;

fn json(folder: &Path, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    serde_json::from_str::<Value>(&text)
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

/// A text of the tables: a string, or bytes in hex.
fn bytes(value: &Value) -> Vec<u8> {
    match value.get("hex") {
        Some(hex) => {
            let hex = hex.as_str().unwrap();
            (0..hex.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
                .collect()
        }
        None => value.as_str().unwrap().as_bytes().to_vec(),
    }
}

/// A session with its role, and the replies not yet read.
struct Dialogue {
    player: Player<Server>,
    role: ServerRole,
    looked: usize,
}

impl Dialogue {
    fn new(settings: &[(&str, &str)]) -> Dialogue {
        let settings: Vec<_> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let mut it = Dialogue {
            player: Player::new(server(&settings)),
            role: ServerRole::default(),
            looked: 0,
        };
        it.player.session.start(it.player.now);
        it.say(b"");
        it
    }

    fn say(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(4096) {
            self.player.session.receive(piece, self.player.now);
            let role = &mut self.role;
            self.player.pump(&mut |query, log| role.answer(query, log));
        }
        let role = &mut self.role;
        self.player.pump(&mut |query, log| role.answer(query, log));
    }

    /// The next reply line.
    fn reply(&mut self) -> String {
        loop {
            let line = self
                .player
                .log
                .get(self.looked)
                .cloned()
                .unwrap_or_default();
            self.looked += 1;
            match line.strip_prefix("say ") {
                Some(reply) => return reply.to_owned(),
                None if line.is_empty() => return String::new(),
                None => {}
            }
        }
    }

    /// The last reply so far; earlier ones are skipped.
    fn last(&mut self) -> String {
        self.looked = self.player.log.len();
        self.player
            .log
            .iter()
            .rev()
            .find_map(|l| l.strip_prefix("say "))
            .unwrap_or_default()
            .to_owned()
    }

    fn in_data(&mut self) {
        self.say(b"EHLO c.test\r\nMAIL FROM:<a@there.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n");
        assert!(self.last().starts_with("354"));
    }
}

// `('a' * 899 + '\r\n') * 1166` and the like, as the dialogues use them.
fn python(expression: &str) -> Vec<u8> {
    if expression.starts_with('(') {
        let inner = b"a"
            .repeat(899)
            .into_iter()
            .chain(*b"\r\n")
            .collect::<Vec<_>>();
        assert!(
            expression.starts_with("('a' * 899 + '\\r\\n') * "),
            "{expression}"
        );
        let count: usize = expression.rsplit(' ').next().unwrap().parse().unwrap();
        return inner.repeat(count);
    }
    unescape(expression.trim_matches('\''))
}

#[test]
fn answers_chasquid_dialogues_in_their_reply_class() {
    let Some(folder) = corpus("chasquid-dialogs") else {
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|e| e != "cmy") {
            continue;
        }
        chasquid(&name, &std::fs::read_to_string(&path).unwrap());
    }
}

fn chasquid(name: &str, text: &str) {
    let tls = text.contains("tls_connect");
    let listener = if tls { "submission-tls" } else { "transfer" };
    let mut it = Dialogue::new(&[("listener", listener), ("message_bytes_max", "1048576")]);
    for line in text.lines().map(|l| l.strip_prefix("c ").unwrap_or(l)) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "->" => it.say(format!("{rest}\r\n").as_bytes()),
            "~>" => it.say(&python(rest)),
            "<..." => while !it.reply().starts_with("250 ") {},
            "<-" | "<~" => {
                let reply = it.reply();
                let code = rest.get(..3).unwrap_or(rest);
                // Not decided by a session: whether the header is well formed.
                let roles_own = name == "bad_data" && code == "554";
                // Our code may be another one of the same class, and success is always exactly the
                // same.
                let fits = reply.starts_with(&code[..1])
                    && (!code.starts_with(['2', '3']) || reply.starts_with(code));
                assert!(fits || roles_own, "{name}: {line:?} but {reply:?}");
            }
            _ => {}
        }
    }
    let messages = it.role.messages;
    match name {
        "data_dot_stuffing" => {
            assert!(messages[0].ends_with(r#""From: Mailer daemon <somewhere@horns.com>\r\nSubject: I've come to haunt you\r\n\r\nMuahahahaha\r\n\r\n.x\r\n\r\n.\r\n\r\nThis is stuffy.\r\n\r\n""#), "{messages:?}");
        }
        "sendmail" | "bad_data" => assert_eq!(messages.len(), 1, "{name}"),
        _ => assert_eq!(messages.len(), 0, "{name}"),
    }
}

#[test]
fn no_false_end_of_data_splits_a_message() {
    let Some(folder) = corpus("smuggling") else {
        return;
    };
    let all: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("smuggling.json")).unwrap())
            .unwrap();
    for sequence in all["end_of_data_sequences"].as_array().unwrap() {
        let fake = sequence["sequence"].as_str().unwrap();
        let message = all["message_template"]
            .as_str()
            .unwrap()
            .replace("{inject}", fake)
            .replace("{sender_address_smuggled}", "f@there.test");
        let mut it = Dialogue::new(&[]);
        it.in_data();
        it.say(message.as_bytes());
        assert!(it.last().starts_with("554 5.6.0"), "{fake:?}");
        assert!(it.role.messages.is_empty(), "{fake:?}");
        // By BDAT: refused, or one message as it is.
        let mut it = Dialogue::new(&[]);
        it.say(b"EHLO c.test\r\nMAIL FROM:<a@there.test>\r\nRCPT TO:<bob@here.test>\r\n");
        it.say(format!("BDAT {} LAST\r\n{message}", message.len()).as_bytes());
        assert!(it.last().starts_with("554 5.6.0"), "{fake:?}");
        it.say(b"NOOP\r\n");
        assert!(
            it.last().starts_with("250 2.0.0 Ok") && it.role.messages.is_empty(),
            "{fake:?}"
        );
        // And going out: what we send has whole line ends only, so that any receiver sees one
        // message.
        let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
        stuffer.feed(message.trim_end_matches("\r\n.\r\n").as_bytes(), &mut wire);
        stuffer.finish(&mut wire);
        let text = String::from_utf8(wire).unwrap();
        assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "{fake:?}");
        assert_eq!(text.matches("\r\n.\r\n").count(), 1, "{fake:?}");
    }
}

#[test]
fn dot_stuffing_agrees_with_dovecot_and_gmime() {
    if let Some(folder) = corpus("dovecot-smtp-vectors") {
        for case in json(&folder, "dot-stuffing.json") {
            let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
            stuffer.feed(&bytes(&case["input"]), &mut wire);
            stuffer.finish(&mut wire);
            assert_eq!(wire, bytes(&case["output"]), "{case}");
        }
        for case in json(&folder, "dot-unstuffing.json") {
            let input = bytes(&case["input"]);
            let (mut reader, mut message) = (smtp::Unstuffer::default(), Vec::new());
            let fed = reader.feed(&input, |span| message.extend_from_slice(span));
            let text = String::from_utf8_lossy(&input);
            // Dovecot takes bare line ends here; they must be refused, so it is enough that they
            // are seen.
            if text.replace("\r\n", "").contains(['\r', '\n']) {
                assert!(reader.summary().bare || !fed.ended, "{case}");
            } else {
                assert_eq!(
                    (message, fed.ended),
                    (bytes(&case["output"]), true),
                    "{case}"
                );
            }
        }
    }
    if let Some(folder) = corpus("gmime-dot-stuffing") {
        let read = |file: &str| {
            std::fs::read_to_string(folder.join(file))
                .unwrap()
                .replace('\n', "\r\n")
        };
        let (mut stuffer, mut wire) = (smtp::Stuffer::default(), Vec::new());
        stuffer.feed(read("smtp-input.txt").as_bytes(), &mut wire);
        stuffer.finish(&mut wire);
        assert_eq!(
            String::from_utf8(wire).unwrap(),
            read("smtp-output.txt") + ".\r\n"
        );
    }
}

#[test]
fn accepts_and_rejects_commands_as_dovecot_does() {
    let Some(folder) = corpus("dovecot-smtp-vectors") else {
        return;
    };
    for case in json(&folder, "command-invalid.json") {
        let mut it = Dialogue::new(&[]);
        it.say(b"HELO c.test\r\n");
        // A limit of 38 octets is not one of ours; a command that does not end is waited for.
        let command = bytes(&case["command"]);
        if case.get("limits").is_some() || !command.ends_with(b"\r\n") {
            continue;
        }
        it.say(&command);
        assert!(it.last().starts_with('5'), "{case}");
    }
    for case in json(&folder, "mail-params-valid.json")
        .iter()
        .chain(&json(&folder, "mail-params-invalid.json"))
    {
        let input = case["input"].as_str().unwrap();
        let mut it = Dialogue::new(&[
            ("listener", "submission-tls"),
            ("message_bytes_max", "1000000000"),
        ]);
        it.say(b"EHLO c.test\r\nAUTH PLAIN AGFsaWNlAHdvbmRlcg==\r\n");
        it.say(format!("MAIL FROM:<a@b.test> {input}\r\n").as_bytes());
        let good = case.get("params").is_some();
        // The tables' own FROP is not offered. Offered always, where the tables ask for it to be
        // announced first: all the others.
        let not_offered = input.contains("FROP");
        let offered = [
            "BODY=8BITMIME",
            "BODY=BINARYMIME",
            "AUTH=<>",
            "ENVID=AABBCC",
            "RET=FULL",
        ]
        .contains(&input);
        assert_eq!(
            it.last().starts_with("250"),
            (good && !not_offered) || offered,
            "{case}"
        );
    }
}

#[test]
fn client_parses_replies_as_dovecot_does() {
    let Some(folder) = corpus("dovecot-smtp-vectors") else {
        return;
    };
    // Each as a greeting: whether it can be read shows in the result, or in the EHLO that follows.
    let unreadable = |case: &Value| {
        let config = smtp::client::Config::new(mail::Host::new("c.test").unwrap());
        let mut player = Player::new(smtp::client::Client::new(
            std::sync::Arc::new(config),
            false,
        ));
        player.session.start(player.now);
        player
            .session
            .receive(&bytes(&case["reply"]).clone(), player.now);
        let mut broken = false;
        player.pump(&mut |query, _| {
            broken |= matches!(query, smtp::client::Query::Failed(result) if !result.is_remote());
            smtp::client::Decision::Go
        });
        broken
    };
    for mut case in json(&folder, "reply-valid.json") {
        case["reply"] = case["input"].clone();
        assert!(!unreadable(&case), "{case}");
    }
    for case in json(&folder, "reply-invalid.json") {
        // Control characters in the text are shown as spaces; our limit of length is far above 50
        // octets.
        let forgiven =
            bytes(&case["reply"]).iter().any(|b| *b < 9) || case.get("max_size").is_some();
        assert_eq!(unreadable(&case), !forgiven, "{case}");
    }
}

#[test]
fn parses_paths_as_dovecot_does_within_the_rfc() {
    let Some(folder) = corpus("dovecot-smtp-vectors") else {
        return;
    };
    let takes = |path: &str| {
        let mut it = Dialogue::new(&[]);
        it.say(format!("HELO c.test\r\nMAIL FROM:{path}\r\n").as_bytes());
        it.last().starts_with("250")
    };
    for case in json(&folder, "address-mailbox-valid.json") {
        let input = case["input"].as_str().unwrap();
        // Against RFC 5321 §4.1.2: dots at an edge or side by side, a label that begins with a
        // hyphen.
        let against = [
            "email@-example.com",
            "email.@example.com",
            "Abc..123@example.com",
        ]
        .contains(&input);
        assert_eq!(takes(&format!("<{input}>")), !against, "{case}");
    }
    for case in json(&folder, "address-mailbox-invalid.json") {
        let input = case["input"].as_str().unwrap();
        // `<>` is nobody, and right; the Japanese one needs SMTPUTF8 and is refused without it.
        assert_eq!(takes(&format!("<{input}>")), input.is_empty(), "{case}");
    }
}

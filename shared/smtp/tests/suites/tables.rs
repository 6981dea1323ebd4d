//! Commands, parameters, replies and paths of Dovecot's tables.

use crate::Dialogue;
use crate::play::Player;
use mail::session::Session;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use suites::{Exception, Suite, Suites, Verdict, bytes_of};

const DOVECOT: &str = "smtp/dovecot-smtp-vectors";

/// A row with whether its table has what is right.
struct Row {
    valid: bool,
    row: Value,
}

impl Row {
    fn input(&self) -> &str {
        self.row["input"].as_str().unwrap_or_default()
    }
}

/// The rows of `NAME-valid.json` and `NAME-invalid.json`.
fn both(folder: &Path, name: &str) -> Vec<(String, Row)> {
    let read = |valid: bool| {
        let kind = if valid { "valid" } else { "invalid" };
        let rows = suites::table(&folder.join(format!("{name}-{kind}.json"))).into_iter();
        rows.map(move |(name, row)| (name, Row { valid, row }))
    };
    read(true).chain(read(false)).collect()
}

fn accepted(row: &Row, reply: &str) -> Verdict {
    Verdict::when(reply.starts_with("250") == row.valid, || {
        format!("{reply:?} to {}", row.row)
    })
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("commands", DOVECOT)
            .cases_min(7)
            .cases(|folder| suites::table(&folder.join("command-invalid.json")))
            .check(command),
    );
    all.add(
        Suite::new("mail-parameters", DOVECOT)
            .cases_min(10)
            .cases(|folder| both(folder, "mail-params"))
            .except(&PARAMETERS)
            .check(|row| {
                let listener = ("listener", "submission-tls");
                let mut it = Dialogue::new(&[listener, ("message_bytes_max", "1000000000")]);
                it.say(b"EHLO c.test\r\nAUTH PLAIN AGFsaWNlAHdvbmRlcg==\r\n");
                it.say(format!("MAIL FROM:<a@b.test> {}\r\n", row.input()).as_bytes());
                accepted(row, &it.last())
            }),
    );
    all.add(
        Suite::new("replies", DOVECOT)
            .cases_min(6)
            .cases(|folder| both(folder, "reply"))
            .except(&REPLIES)
            .check(|row| Verdict::compare(&is_readable(&reply(row)), &row.valid)),
    );
    all.add(
        Suite::new("paths", DOVECOT)
            .cases_min(20)
            .cases(|folder| both(folder, "address-mailbox"))
            .except(&PATHS)
            .check(|row| {
                let mut it = Dialogue::new(&[]);
                it.say(format!("HELO c.test\r\nMAIL FROM:<{}>\r\n", row.input()).as_bytes());
                accepted(row, &it.last())
            }),
    );
}

fn command(row: &Value) -> Verdict {
    let command = bytes_of(&row["command"]);
    if row.get("limits").is_some() {
        return Verdict::Skipped("its limit of parameters is not ours".into());
    }
    if !command.ends_with(b"\r\n") {
        return Verdict::Skipped("a session waits for the end of a command".into());
    }
    let mut it = Dialogue::new(&[]);
    it.say(b"HELO c.test\r\n");
    it.say(&command);
    let reply = it.last();
    Verdict::when(reply.starts_with('5'), || format!("{reply:?}"))
}

const PARAMETERS: [Exception<Row>; 2] = [
    Exception {
        theme: "a parameter that the table made up",
        reason: "a parameter that was not announced is rejected (RFC 5321 §4.1.1.11)",
        applies: |row| row.valid && row.input().contains("FROP"),
    },
    Exception {
        theme: "a parameter that only the table's server does not announce",
        reason: "what EHLO announced is permitted (RFC 5321 §2.2.1); these are announced here",
        applies: |row| {
            let announced = row.row["caps"]["const"].as_str().unwrap_or_default();
            let needed = match row.input().split('=').next() {
                Some("AUTH") => "AUTH",
                Some("BODY") => "8BITMIME",
                Some("ENVID" | "RET") => "DSN",
                _ => return false,
            };
            !row.valid && !announced.contains(needed)
        },
    },
];

fn reply(row: &Row) -> Vec<u8> {
    bytes_of(&row.row[if row.valid { "input" } else { "reply" }])
}

const REPLIES: [Exception<Row>; 2] = [
    Exception {
        theme: "control characters in the text of a reply",
        reason: "the text is for people only (RFC 5321 §4.2); they are shown as spaces",
        applies: |row| reply(row).iter().any(|b| *b < 9),
    },
    Exception {
        theme: "a limit of 50 bytes for a reply",
        reason: "512 bytes a line are permitted (RFC 5321 §4.5.3.1.5)",
        applies: |row| row.row.get("max_size").is_some(),
    },
];

/// Reads it as a greeting: whether it can be read shows in the result, or in the EHLO that follows.
fn is_readable(reply: &[u8]) -> bool {
    let config = smtp::client::Config::new(mail::Host::new("c.test").unwrap());
    let client = smtp::client::Client::new(Arc::new(config), false);
    let mut player = Player::new(client);
    player.session.start(player.now);
    player.session.receive(reply, player.now);
    let mut broken = false;
    player.pump(&mut |query, _| {
        broken |= matches!(query, smtp::client::Query::Failed(result) if !result.is_remote());
        smtp::client::Decision::Go
    });
    !broken
}

const PATHS: [Exception<Row>; 3] = [
    Exception {
        theme: "dots at an edge of a local part, or side by side",
        reason: "a dot-string has atoms between its dots (RFC 5321 §4.1.2)",
        applies: |row| {
            let local = row.input().split('@').next().unwrap_or_default();
            row.valid && local.split('.').any(str::is_empty)
        },
    },
    Exception {
        theme: "a label that begins with a hyphen",
        reason: "it begins with a letter or digit (RFC 5321 §4.1.2)",
        applies: |row| row.valid && row.input().contains("@-"),
    },
    Exception {
        theme: "the null reverse-path",
        reason: "MAIL FROM:<> is permitted (RFC 5321 §4.5.5)",
        applies: |row| row.input().is_empty(),
    },
];

//! Checks every line of every scenario, tweaks included, against the RFCs instead of our own code:
//! which reply may answer which command (RFC 5321 §4.3.2 and the extensions), in which state a
//! command can succeed, and how a reply changes the state (RFC 1939, RFC 9051).

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind, Role};
use mail::session::Speaker;
use sim::scenario::{Run, Scenario, read, run};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::PathBuf;

// RFC 5321 §4.3.2: replies allowed to any command.
const ALWAYS: [u16; 3] = [421, 500, 501];

/// The success and failure replies to each command, with the source.
const SMTP: [(&str, &[u16]); 16] = [
    // §4.3.2 CONNECTION ESTABLISHMENT; 521 of RFC 7504 §3.
    ("", &[220, 554, 521]),
    ("ehlo", &[250, 504, 550, 502]),
    ("helo", &[250, 504, 550, 502]),
    // SIZE (RFC 1870 §6): 552, 452. A domain that does not accept mail: 556 (RFC 7504 §4).
    ("mail", &[250, 552, 451, 452, 550, 553, 503, 455, 555, 556]),
    (
        "rcpt",
        &[
            250, 251, 550, 551, 552, 553, 450, 451, 452, 503, 455, 555, 556,
        ],
    ),
    ("data", &[354, 450, 451, 452, 550, 552, 503, 554]),
    // The end of the message.
    ("dot", &[250, 552, 554, 451, 452, 450, 550]),
    // RFC 3030 §2: the same as at the end of the message; 503 out of sequence.
    ("bdat", &[250, 552, 554, 451, 452, 450, 550, 503]),
    ("rset", &[250]),
    ("vrfy", &[250, 251, 252, 550, 551, 553, 502, 504]),
    ("expn", &[250, 252, 550, 502, 504]),
    ("help", &[211, 214, 502, 504]),
    ("noop", &[250]),
    ("quit", &[221]),
    // RFC 3207 §4; 502 and 503 if it is not offered (RFC 5321 §4.2.4).
    ("starttls", &[220, 454, 502, 503]),
    // RFC 4954 §4, §6; 538 of RFC 2554 §6, with 5.7.11 still in the registry.
    ("auth", &[235, 334, 432, 454, 502, 503, 504, 534, 535, 538]),
];

// Replies that a policy may give beyond the table, with the reason.
const BY_POLICY: [(&str, u16, &str); 2] = [
    (
        "mail",
        554,
        "RFC 5321 §7.8: a host may refuse service for operational reasons; lists are answered with 554 (RFC 5782 §7)",
    ),
    (
        "rcpt",
        554,
        "RFC 5321 §7.8: as with MAIL; the refusal waits for RCPT so that postmaster can be reached",
    ),
];

fn allowed(command: &str, code: u16) -> bool {
    // RFC 4954 §6: any command except these may be answered with 530 (authentication required); RFC
    // 3207 §4 says the same for STARTTLS.
    let may_want_more = !matches!(
        command,
        "" | "ehlo" | "helo" | "noop" | "rset" | "quit" | "auth"
    );
    let listed = SMTP
        .iter()
        .any(|(name, codes)| *name == command && codes.contains(&code));
    let policy = BY_POLICY
        .iter()
        .any(|(name, by, _)| *name == command && *by == code);
    listed || policy || ALWAYS.contains(&code) || (code == 530 && may_want_more)
}

#[test]
fn the_reply_table_matches_rfc_5321() {
    for (command, code, expected) in [
        ("mail", 250, true),
        ("mail", 354, false),
        ("data", 354, true),
        ("data", 250, false),
        ("quit", 250, false),
    ] {
        assert_eq!(allowed(command, code), expected, "{command} {code}");
    }
    assert!(
        allowed("rcpt", 530) && !allowed("quit", 530) && allowed("noop", 421) && !allowed("", 250)
    );
}

/// A line of a dialogue in the events.
struct DialogueLine<'a> {
    text: &'a str,
    explain: &'a str,
    before: &'a str,
    after: &'a str,
    speaker: Speaker,
}

/// A session as recorded by one side, in order; `None` is a TLS handshake.
#[derive(Default)]
struct Conversation<'a> {
    by_client: bool,
    lines: Vec<Option<DialogueLine<'a>>>,
}

fn conversations(run: &Run) -> BTreeMap<(String, u64, &'static str), Conversation<'_>> {
    let mut all: BTreeMap<_, Conversation<'_>> = BTreeMap::new();
    let mut clients = BTreeSet::new();
    for event in &run.events {
        let line = match &event.kind {
            Kind::Line { speaker, text, .. } => Some(DialogueLine {
                text,
                explain: &event.explain,
                before: &event.before,
                after: &event.after,
                speaker: *speaker,
            }),
            Kind::Tls(_) => None,
            Kind::Connect { client, .. } if client.name.as_deref() == Some(&event.host) => {
                clients.insert(event.span.0);
                continue;
            }
            _ => continue,
        };
        let conversation = all
            .entry((event.host.to_string(), event.span.0, protocol(event)))
            .or_default();
        // Only a client continues with another message on an open connection.
        let begins = conversation.lines.is_empty()
            && line
                .as_ref()
                .is_some_and(|line| line.speaker == Speaker::Client && line.before == "hello");
        conversation.by_client |= begins || clients.contains(&event.span.0);
        conversation.lines.push(line);
    }
    all
}

fn protocol(event: &Event) -> &'static str {
    match (event.role, &event.explain) {
        (Role::Mra, explain) if explain.starts_with("pop3") => "pop3",
        (Role::Mra, explain) if explain.starts_with("imap") => "imap",
        (Role::Mra, _) => "tls",
        _ => "smtp",
    }
}

fn smtp(by_client: bool, lines: &[Option<DialogueLine<'_>>]) -> Vec<String> {
    let mut faults = Vec::new();
    // The commands not answered yet; the greeting answers the connection. If a client continues
    // with another message on a reused connection, the dialogue starts in the middle.
    let first = lines.iter().flatten().next();
    let kept = first.filter(|line| {
        line.speaker == Speaker::Client && !line.before.is_empty() && line.before != "connected"
    });
    let mut open: VecDeque<String> = if kept.is_some() {
        VecDeque::new()
    } else {
        VecDeque::from([String::new()])
    };
    let mut state = if kept.is_some() { "hello" } else { "connected" };
    for line in lines {
        let Some(line) = line else {
            // RFC 3207 §4.2: the handshake resets the session. With implicit TLS the greeting is
            // still to come.
            state = if open.is_empty() { "greeted" } else { state };
            continue;
        };
        let word = line.explain.strip_prefix("smtp.").unwrap_or(line.explain);
        if line.speaker == Speaker::Client {
            match word {
                "message" => {}
                "auth.response" => open.push_back("auth".to_owned()),
                word => open.push_back(word.to_owned()),
            }
            continue;
        }
        let code: u16 = line
            .text
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0);
        let command = match open.pop_front() {
            Some(command) => command,
            None if code == 421 => continue,
            None => {
                faults.push(format!("{} answers nothing", line.text));
                continue;
            }
        };
        // An unknown command is recognized only by its reply.
        if !matches!(command.as_str(), "unknown" | "absent") && !allowed(&command, code) {
            faults.push(format!("{} to {command:?}", line.text));
        }
        let (next, fault) = next_state(by_client, &command, code, line, state);
        state = next;
        faults.extend(fault);
    }
    faults
}

// RFC 5321 §3.3, §4.1.4: the state after a reply, and a fault if another one was recorded. A
// scripted side records no states.
fn next_state(
    by_client: bool,
    command: &str,
    code: u16,
    line: &DialogueLine<'_>,
    state: &'static str,
) -> (&'static str, Option<String>) {
    if line.after.is_empty() {
        return (state, None);
    }
    // A client may give up after any reply: it then finishes this message or keeps its state.
    if by_client && line.after == "hello" {
        return ("hello", None);
    }
    if by_client && line.after == line.before {
        return (state, None);
    }
    let next = match (command, code) {
        (_, 421) | ("quit", 221) => "closed",
        ("", 220) => "greeted",
        ("", 554 | 521) => "refused",
        ("ehlo" | "helo", 250) | ("dot", _) => "hello",
        ("rset", 250) if state != "greeted" => "hello",
        ("mail", 250) => "mail",
        ("rcpt", 250 | 251) => "rcpt",
        ("data", 354) => "data",
        ("starttls", 220) => "tls",
        ("auth", 334) => "auth",
        ("auth", _) if state == "auth" => "hello",
        // RFC 3030 §2: LAST or a rejection ends the message; earlier chunks do not.
        ("bdat", _) if line.after == "hello" => "hello",
        ("bdat", _) if matches!(line.after, "bdat" | "broken") => return (state, None),
        _ => state,
    };
    let fault = || {
        format!(
            "{} to {command:?} leads from {state} to {}, not to {next}",
            line.text, line.after
        )
    };
    (next, (line.after != next).then(fault))
}

fn pop3(lines: &[Option<DialogueLine<'_>>]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut asked: VecDeque<String> = VecDeque::from(["greeting".to_owned()]);
    for line in lines.iter().flatten() {
        let word = line.explain.strip_prefix("pop3.").unwrap_or(line.explain);
        if line.speaker == Speaker::Client {
            asked.push_back(word.to_owned());
            continue;
        }
        let (good, reply) = (line.text.starts_with("+OK"), line.text);
        // RFC 1939 §3: two status indicators; RFC 5034 §4: `+` continues an authentication
        // exchange.
        if !good && !reply.starts_with("-ERR") && !reply.starts_with("+ ") {
            faults.push(format!("{reply} is no reply"));
        }
        let Some(command) = asked.pop_front() else {
            faults.push(format!("{reply} answers nothing"));
            continue;
        };
        if line.before.is_empty() {
            continue;
        }
        // RFC 1939 §4–§6; CAPA in both states, STLS and AUTH only in the AUTHORIZATION state (RFC
        // 2449 §5, RFC 2595 §4, RFC 5034 §4).
        let valid_state = match command.as_str() {
            "user" | "pass" | "apop" | "stls" | "auth" | "auth.response" | "greeting" => {
                line.before == "authorization"
            }
            "stat" | "list" | "retr" | "dele" | "noop" | "rset" | "top" | "uidl" => {
                line.before == "transaction"
            }
            "quit" | "capa" => matches!(line.before, "authorization" | "transaction"),
            _ => false,
        };
        if good && !valid_state {
            faults.push(format!("{command} succeeds in {}", line.before));
        }
        let next = match (command.as_str(), good) {
            ("pass" | "apop" | "auth" | "auth.response", true) => "transaction",
            ("quit", true) if line.before == "transaction" => "update",
            _ => line.before,
        };
        let ends = command == "quit" && matches!(line.after, "update" | "closed" | "authorization");
        if line.after != next && !ends && !line.after.is_empty() {
            faults.push(format!(
                "{reply} to {command} leads to {}, not to {next}",
                line.after
            ));
        }
    }
    faults
}

fn imap(lines: &[Option<DialogueLine<'_>>]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut asked: VecDeque<(String, String)> = VecDeque::new();
    let mut state = "not-authenticated".to_owned();
    for line in lines.iter().flatten() {
        let word = line
            .explain
            .strip_prefix("imap.")
            .unwrap_or(line.explain)
            .trim_start_matches("uid-");
        if line.speaker == Speaker::Client {
            // DONE and the lines of an exchange belong to a pending command.
            let goes_on =
                word == "idle.done" || (word == "authenticate" && !line.text.contains(' '));
            if !goes_on {
                asked.push_back((
                    line.text.split(' ').next().unwrap_or_default().to_owned(),
                    word.to_owned(),
                ));
            }
            continue;
        }
        let last = line.text.lines().last().unwrap_or_default();
        let mut words = last.split(' ');
        let (tag, status) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        // RFC 9051 §7: untagged responses and continuation requests may come at any time.
        if matches!(tag, "*" | "+") {
            continue;
        }
        let Some((wanted, command)) = asked.pop_front() else {
            faults.push(format!("{last} answers nothing"));
            continue;
        };
        if tag != wanted || !matches!(status, "OK" | "NO" | "BAD") {
            faults.push(format!("{last} is no answer to {wanted} {command}"));
        }
        // RFC 9051 §6.1–§6.4.
        let valid_state = match command.as_str() {
            "capability" | "noop" | "logout" | "id" => true,
            "starttls" | "authenticate" | "login" => state == "not-authenticated",
            "close" | "unselect" | "expunge" | "search" | "fetch" | "store" | "copy" | "move"
            | "check" => state == "selected",
            _ => matches!(state.as_str(), "authenticated" | "selected"),
        };
        if status == "OK" && !valid_state {
            faults.push(format!("{command} succeeds in {state}"));
        }
        state = match (command.as_str(), status) {
            ("login" | "authenticate", "OK") => "authenticated".to_owned(),
            ("select" | "examine", "OK") => "selected".to_owned(),
            // RFC 9051 §6.3.2: a SELECT that fails leaves no mailbox selected.
            ("select" | "examine", "NO") | ("close" | "unselect", "OK") => {
                "authenticated".to_owned()
            }
            _ => state,
        };
        if command != "logout" && !line.after.is_empty() && line.after != state {
            faults.push(format!("{last} leads to {}, not to {state}", line.after));
        }
    }
    faults
}

fn check_run(run: &Run) -> (usize, Vec<String>) {
    let (mut lines, mut faults) = (0, Vec::new());
    for ((host, _, protocol), conversation) in conversations(run) {
        lines += conversation.lines.iter().flatten().count();
        let found = match protocol {
            "smtp" => smtp(conversation.by_client, &conversation.lines),
            "pop3" => pop3(&conversation.lines),
            "imap" => imap(&conversation.lines),
            _ => Vec::new(),
        };
        faults.extend(
            found
                .into_iter()
                .map(|fault| format!("{host}: {}", fault.replace('\n', " | "))),
        );
    }
    (lines, faults)
}

fn runs(scenario: &Scenario) -> Vec<(String, Run)> {
    let play = |title: &str, steps: &[_]| {
        (
            title.to_owned(),
            run(scenario, steps).unwrap_or_else(|e| panic!("{}, “{title}”: {e}", scenario.number)),
        )
    };
    let tweaked = scenario
        .tweaks
        .iter()
        .map(|tweak| play(&tweak.title.en, &tweak.steps));
    std::iter::once(play("", &[])).chain(tweaked).collect()
}

#[test]
fn every_reply_and_state_is_allowed_by_the_rfcs() {
    let (mut lines, mut faults) = (0, Vec::new());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|path| {
        path.file_name().is_some_and(|n| {
            n.to_string_lossy()
                .starts_with(|c: char| c.is_ascii_digit())
        })
    });
    files.sort();
    for file in files {
        let scenario = read(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for (title, run) in runs(&scenario) {
            let (judged_lines, found) = check_run(&run);
            lines += judged_lines;
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("{} “{title}”, {fault}", scenario.number)),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(lines > 5_000, "only {lines} lines were judged");
}

#[test]
fn detects_a_line_that_breaks_the_rfcs() {
    let line = |speaker, text, explain, before, after| {
        Some(DialogueLine {
            text,
            explain,
            before,
            after,
            speaker,
        })
    };
    let (client, server) = (Speaker::Client, Speaker::Server);
    let greeting = || {
        line(
            server,
            "220 hello",
            "smtp.reply.220",
            "connected",
            "greeted",
        )
    };
    let wrong_code = vec![
        greeting(),
        line(client, "QUIT", "smtp.quit", "greeted", "greeted"),
        line(server, "250 ok", "smtp.reply.250", "greeted", "greeted"),
    ];
    assert_eq!(smtp(false, &wrong_code), [r#"250 ok to "quit""#]);
    let wrong_state = vec![
        greeting(),
        line(client, "NOOP", "smtp.noop", "greeted", "greeted"),
        line(server, "250 ok", "smtp.reply.250", "greeted", "mail"),
    ];
    assert_eq!(smtp(false, &wrong_state).len(), 1);
    let unasked = vec![
        greeting(),
        line(server, "250 ok", "smtp.reply.250", "greeted", "greeted"),
    ];
    assert_eq!(smtp(false, &unasked), ["250 ok answers nothing"]);
    let too_early = vec![
        line(
            server,
            "+OK ready",
            "pop3.greeting",
            "authorization",
            "authorization",
        ),
        line(
            client,
            "RETR 1",
            "pop3.retr",
            "authorization",
            "authorization",
        ),
        line(
            server,
            "+OK 5 octets",
            "pop3.reply.ok",
            "authorization",
            "authorization",
        ),
    ];
    assert_eq!(pop3(&too_early), ["retr succeeds in authorization"]);
    let not_selected = vec![
        line(
            client,
            "a FETCH 1 FLAGS",
            "imap.fetch",
            "not-authenticated",
            "not-authenticated",
        ),
        line(
            server,
            "a OK done",
            "imap.reply.ok",
            "not-authenticated",
            "not-authenticated",
        ),
    ];
    assert_eq!(imap(&not_selected), ["fetch succeeds in not-authenticated"]);
}

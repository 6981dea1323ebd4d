//! The console, in which a user types to a host of a scenario, and the server that a user acts as
//! for a real client.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use mail::session::Speaker;
use serde_json::json;
use sim::api::{
    ApiRequest, ApiResponse, CONSOLE_TURNS_MAX, ConsoleRequest, ConsoleState, ConsoleTurn,
    LINE_BYTES_MAX, Plan, ServeRequest, ServerState, answer,
};
use std::fs;
use std::path::PathBuf;

fn first() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../static/scenarios/01-first-message.toml");
    fs::read_to_string(file).unwrap()
}

fn asked(request: &ApiRequest) -> ApiResponse {
    serde_json::from_str(&answer(&serde_json::to_string(request).unwrap())).unwrap()
}

fn says(lines: &[&str]) -> Vec<ConsoleTurn> {
    lines
        .iter()
        .map(|line| ConsoleTurn::Say((*line).to_owned()))
        .collect()
}

fn console(host: &str, port: u16, tls: bool, turns: Vec<ConsoleTurn>) -> ApiResponse {
    let plan = Plan {
        scenario: first(),
        edits: None,
    };
    let at = serde_json::from_value(json!("20s")).unwrap();
    asked(&ApiRequest::Console(ConsoleRequest {
        plan,
        from: "laptop.a.test".into(),
        host: host.into(),
        port,
        tls,
        at,
        turns,
    }))
}

fn typed(host: &str, port: u16, tls: bool, lines: &[&str]) -> ConsoleState {
    match console(host, port, tls, says(lines)) {
        ApiResponse::Typed(typed) => *typed,
        other => panic!("{other:?}"),
    }
}

// The host's reply to the last input.
fn answered(typed: &ConsoleState) -> Vec<&str> {
    typed.lines[typed.answer..]
        .iter()
        .map(|line| line.text.as_str())
        .collect()
}

#[test]
fn a_message_typed_line_by_line_is_answered_and_delivered() {
    let lines = [
        ("", "220 mail.b.test", "greeted"),
        ("EHLO laptop.a.test", "250-mail.b.test", "ready"),
        ("MAIL FROM:<alice@a.test>", "250 2.1.0", "mail"),
        ("RCPT TO:<nobody@b.test>", "550 5.1.1", "mail"),
        ("RCPT TO:<bob@b.test>", "250 2.1.5", "rcpt"),
        ("DATA", "354", "data"),
        ("Subject: by hand", "", "data"),
        ("", "", "data"),
        ("ConsoleState.", "", "data"),
        (".", "250 2.", "ready"),
        ("QUIT", "221", "closed"),
    ];
    for count in 0..lines.len() {
        let sent: Vec<&str> = lines[1..=count].iter().map(|(say, ..)| *say).collect();
        let typed = typed("mail.b.test", 25, false, &sent);
        let (_, wanted, _) = lines[count];
        let there = answered(&typed)
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned();
        assert!(
            there.starts_with(wanted) && there.is_empty() == wanted.is_empty(),
            "{sent:?}: {there:?}"
        );
        assert_eq!(typed.open, count + 1 < lines.len(), "{sent:?}");
        assert!(!typed.state.is_empty(), "{sent:?}");
        let delivered = typed
            .played
            .outcome
            .mailboxes
            .iter()
            .any(|m| m.subjects.contains(&"by hand".to_owned()));
        assert_eq!(delivered, count >= 9, "{sent:?}");
        // The lines are in chronological order.
        assert!(typed.lines.windows(2).all(|two| two[0].at <= two[1].at));
    }
}

#[test]
fn imap_and_pop3_work_over_tls_and_report_their_states() {
    let imap = typed(
        "mail.b.test",
        993,
        true,
        &["a LOGIN bob@b.test open-sesame", "b SELECT INBOX"],
    );
    assert!(
        answered(&imap).last().unwrap().starts_with("b OK"),
        "{:?}",
        imap.lines
    );
    assert_eq!(imap.state, "selected");
    assert!(
        imap.lines[0].sealed
            && imap.lines[0].text.is_empty()
            && imap.lines.iter().all(|l| l.sealed)
    );
    let pop3 = typed(
        "mail.b.test",
        995,
        true,
        &["USER bob@b.test", "PASS open-sesame", "STAT"],
    );
    assert!(answered(&pop3)[0].starts_with("+OK "), "{:?}", pop3.lines);
}

#[test]
fn reports_a_connection_without_an_answer() {
    let refused = typed("laptop.a.test", 25, false, &[]);
    assert!(refused.lines.is_empty() && !refused.open && refused.state.is_empty());
    let idle = console(
        "mail.b.test",
        25,
        false,
        vec![ConsoleTurn::Wait(
            serde_json::from_value(json!("20m")).unwrap(),
        )],
    );
    let ApiResponse::Typed(idle) = idle else {
        panic!("{idle:?}")
    };
    assert!(
        !idle.open && idle.lines.last().unwrap().text.starts_with("421"),
        "{:?}",
        idle.lines
    );
    let closed = console("mail.b.test", 25, false, vec![ConsoleTurn::Close]);
    let ApiResponse::Typed(closed) = closed else {
        panic!("{closed:?}")
    };
    assert!(!closed.open);
}

#[test]
fn accepts_a_dialogue_at_its_limits_and_rejects_one_past_them() {
    let line = |bytes: usize| vec![ConsoleTurn::Say("x".repeat(bytes))];
    let many = |count: usize| says(&vec!["NOOP"; count]);
    for (turns, fits) in [
        (line(LINE_BYTES_MAX), true),
        (line(LINE_BYTES_MAX + 1), false),
        (many(CONSOLE_TURNS_MAX), true),
        (many(CONSOLE_TURNS_MAX + 1), false),
    ] {
        let answer = console("mail.b.test", 25, false, turns);
        assert_eq!(matches!(answer, ApiResponse::Typed(_)), fits, "{answer:?}");
    }
}

fn serve(connections: &[&[&str]]) -> ServerState {
    let plan = Plan {
        scenario: first(),
        edits: None,
    };
    let connections = connections.iter().map(|replies| says(replies)).collect();
    match asked(&ApiRequest::Serve(ServeRequest {
        plan,
        host: "mail.b.test".into(),
        port: 25,
        connections,
    })) {
        ApiResponse::Served(served) => *served,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_sends_its_next_command_after_each_typed_reply() {
    let replies = [
        ("", ""),
        ("220 mail.b.test played by hand", "EHLO mail.a.test"),
        (
            "250-mail.b.test\n250 SIZE 1000000",
            "MAIL FROM:<alice@a.test>",
        ),
        ("250 2.1.0 ok", "RCPT TO:<bob@b.test>"),
        ("250 2.1.5 ok", "DATA"),
        ("354 go", "."),
        ("250 2.0.0 mine now", "QUIT"),
    ];
    for count in 0..replies.len() {
        let sent: Vec<&str> = replies[1..=count].iter().map(|(reply, _)| *reply).collect();
        let served = serve(&[&sent]);
        let waiting = served.waiting.as_ref().unwrap();
        assert!(
            waiting.last.starts_with(replies[count].1),
            "{sent:?}: {waiting:?}"
        );
        assert_eq!(
            (waiting.connection, waiting.last.is_empty()),
            (0, count == 0)
        );
        assert_eq!(
            waiting.state.is_empty(),
            count == 0,
            "{sent:?}: {}",
            waiting.state
        );
        assert!(
            waiting.otherwise.is_some() && served.connections[0].open,
            "{sent:?}"
        );
        let notified = served
            .played
            .events
            .iter()
            .any(|e| matches!(e.kind, event::Kind::Relayed { .. }));
        assert_eq!(notified, count >= 6, "{sent:?}");
    }
}

#[test]
fn pipelined_commands_are_answered_one_after_the_other() {
    let greeting = [
        "220 hi",
        "250-hi\n250 PIPELINING",
        "250 one",
        "250 two",
        "354 three",
        "250 four",
    ];
    let served = serve(&[&greeting]);
    let talk: Vec<(Speaker, &str)> = served.connections[0]
        .lines
        .iter()
        .map(|l| (l.speaker, l.text.as_str()))
        .collect();
    assert!(
        served
            .played
            .events
            .iter()
            .any(|e| matches!(e.kind, event::Kind::Relayed { .. })),
        "{talk:?}"
    );
}

#[test]
fn a_deferred_client_retries_and_an_unanswered_one_gives_up() {
    let served = serve(&[&["421 4.3.2 not now"]]);
    assert_eq!(
        served.waiting.as_ref().map(|w| w.connection),
        Some(1),
        "{:?}",
        served.connections
    );
    let again = serve(&[&["421 4.3.2 not now"], &["220 now"]]);
    assert!(again.waiting.unwrap().last.starts_with("EHLO"));
    let silent = serve(&[]);
    let otherwise = silent.waiting.unwrap().otherwise.unwrap();
    assert!(
        silent.played.events[otherwise..]
            .iter()
            .any(|e| matches!(e.kind, event::Kind::Deferred { .. }))
    );
    assert!(
        silent
            .played
            .outcome
            .queued
            .contains(&("mail.a.test".to_owned(), 1))
    );
}

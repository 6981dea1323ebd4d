//! The console, driven only by its suggestions: from the greeting to the message in the mailbox, in
//! SMTP, POP3 and IMAP, with STARTTLS and implicit TLS; and acting as a server with the suggested
//! replies. The simulator answers.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use lab::console::dialogue::{DialogueState, Ending, Line, LineSource, Port, Protocol};
use lab::console::hints::{TypingUser, hints};
use lab::console::replies::{offers, pending};
use mail::Duration;
use mail::session::Speaker;
use sim::api::{
    ApiRequest, ApiResponse, ConsoleRequest, ConsoleState, ConsoleTurn, DialogueLine, Plan,
    ServeRequest, ServerState, answer,
};
use sim::scenario::Span;

const SCENARIO: &str = include_str!("../../../static/scenarios/01-first-message.toml");

fn plan() -> Plan {
    Plan {
        scenario: SCENARIO.to_owned(),
        edits: None,
    }
}

fn ask(request: &ApiRequest) -> ApiResponse {
    serde_json::from_str(&answer(&serde_json::to_string(request).unwrap())).unwrap()
}

fn typed(port: u16, turns: &[ConsoleTurn]) -> ConsoleState {
    let host = if port == 25 || port == 110 || port == 995 || port == 993 {
        "mail.b.test"
    } else {
        "mail.a.test"
    };
    let from = if host == "mail.a.test" {
        "laptop.a.test"
    } else {
        "phone.b.test"
    };
    let request = ApiRequest::Console(ConsoleRequest {
        plan: plan(),
        from: from.into(),
        host: host.into(),
        port,
        tls: Port::of(port).unwrap().tls,
        at: Span(Duration::from_secs(360)),
        turns: turns.to_vec(),
    });
    match ask(&request) {
        ApiResponse::Typed(typed) => *typed,
        other => panic!("{other:?}"),
    }
}

fn dialogue_lines(dialogue: &[DialogueLine]) -> Vec<Line> {
    as_side(dialogue, Speaker::Client)
}

fn as_server(dialogue: &[DialogueLine]) -> Vec<Line> {
    as_side(dialogue, Speaker::Server)
}

fn as_side(dialogue: &[DialogueLine], mine: Speaker) -> Vec<Line> {
    let mut sealed = false;
    let mut all = Vec::new();
    for one in dialogue {
        let handshake = one.sealed && !sealed && one.text.is_empty();
        let spoken = if one.speaker == mine {
            LineSource::Local
        } else {
            LineSource::Remote
        };
        all.push(Line {
            source: if handshake {
                LineSource::Console
            } else {
                spoken
            },
            text: one.text.clone(),
            sealed: one.sealed,
        });
        sealed |= one.sealed;
    }
    all
}

// Follows the suggestion that `pick` chooses, turn by turn, until the connection is closed.
fn follow(
    port: u16,
    who: &TypingUser,
    pick: impl Fn(usize, &[String]) -> usize,
) -> (ConsoleState, Vec<String>) {
    let protocol = Port::of(port).unwrap().protocol;
    let mut turns = Vec::new();
    for _ in 0..40 {
        let now = typed(port, &turns);
        let lines = dialogue_lines(&now.lines);
        let texts = lines.iter().map(|line| line.text.clone()).collect();
        if !now.open {
            return (now, texts);
        }
        let offered = hints(protocol, &DialogueState::of(protocol, &lines), who);
        assert!(!offered.is_empty(), "no hint after {texts:?}");
        let words: Vec<String> = offered.iter().map(|hint| hint.line.clone()).collect();
        let hint = &offered[pick(turns.len(), &words)];
        turns.push(if hint.handshake {
            ConsoleTurn::Seal
        } else {
            ConsoleTurn::Say(hint.line.clone())
        });
    }
    panic!("the talk does not end");
}

fn alice() -> TypingUser {
    TypingUser {
        machine: "laptop.a.test".into(),
        address: "alice@a.test".into(),
        password: "open-sesame".into(),
        other: "bob@b.test".into(),
    }
}

fn bob() -> TypingUser {
    TypingUser {
        machine: "phone.b.test".into(),
        address: "bob@b.test".into(),
        password: "open-sesame".into(),
        other: "bob@b.test".into(),
    }
}

// Picks the suggestion that contains the text of this turn; an empty text is the handshake or an
// empty line.
fn containing<'a>(order: &'a [&'a str]) -> impl Fn(usize, &[String]) -> usize + 'a {
    move |turn, words| {
        let wanted = order[turn];
        let fits = |w: &String| {
            if wanted.is_empty() {
                w.is_empty()
            } else {
                w.contains(wanted)
            }
        };
        words
            .iter()
            .position(fits)
            .unwrap_or_else(|| panic!("{wanted:?} is not among {words:?}"))
    }
}

#[test]
fn suggestions_submit_a_message_with_starttls_and_login() {
    let order = [
        "EHLO",
        "STARTTLS",
        "",
        "EHLO",
        "AUTH PLAIN",
        "MAIL",
        "RCPT",
        "DATA",
        "From:",
        "To:",
        "Subject:",
        "",
        "Hello",
        ".",
        "QUIT",
    ];
    let (end, texts) = follow(587, &alice(), containing(&order));
    let all = texts.join("\n");
    assert!(
        all.contains("220 2.0.0")
            && all.contains("235 2.7.0")
            && all.contains("354 ")
            && all.contains("250 2.0.0 Accepted"),
        "{all}"
    );
    assert!(end.lines.iter().any(|line| line.sealed), "{all}");
    let messages = end
        .played
        .outcome
        .mailboxes
        .iter()
        .find(|m| m.person == "bob@b.test")
        .map_or(0, |m| m.subjects.len());
    assert_eq!(messages, 2, "{:?}", end.played.outcome);
}

#[test]
fn suggestions_deliver_an_unauthenticated_message_on_port_25() {
    let who = TypingUser {
        address: "carol@else.example".into(),
        ..bob()
    };
    let order = [
        "HELO", "MAIL", "RCPT", "DATA", "Subject:", "", "Hello", ".", "QUIT",
    ];
    let (_, texts) = follow(25, &who, containing(&order));
    assert!(
        texts
            .iter()
            .any(|line| line.starts_with("250 2.0.0 Accepted")),
        "{}",
        texts.join("\n")
    );
}

#[test]
fn suggestions_fetch_the_message_with_pop3_and_imap() {
    let open = ["USER", "PASS", "STAT", "LIST", "RETR 1", "QUIT"];
    let starttls = [&["STLS", ""], open.as_slice()].concat();
    for (port, order) in [(995, open.as_slice()), (110, starttls.as_slice())] {
        let (_, texts) = follow(port, &bob(), containing(order));
        let all = texts.join("\n");
        assert!(
            all.contains("+OK 1 ") && all.contains("this message goes through five hands"),
            "{port}: {all}"
        );
    }
    let order = ["LOGIN", "SELECT", "FETCH 1 BODY[]", "LOGOUT"];
    let (_, texts) = follow(993, &bob(), containing(&order));
    let all = texts.join("\n");
    assert!(
        all.contains("* 1 EXISTS")
            && all.contains("this message goes through five hands")
            && all.contains("OK LOGOUT")
            || all.contains("* BYE"),
        "{all}"
    );
}

#[test]
fn an_unexpected_handshake_ends_the_connection() {
    let end = typed(25, &[ConsoleTurn::Seal]);
    assert!(
        !end.lines
            .iter()
            .any(|line| line.sealed && line.speaker == Speaker::Server),
        "{:?}",
        end.lines
    );
}

fn served(replies: &[&str]) -> ServerState {
    let turns = replies
        .iter()
        .map(|reply| ConsoleTurn::Say((*reply).to_owned()))
        .collect();
    let request = ApiRequest::Serve(ServeRequest {
        plan: plan(),
        host: "mail.b.test".into(),
        port: 25,
        connections: vec![turns],
    });
    match ask(&request) {
        ApiResponse::Served(served) => *served,
        other => panic!("{other:?}"),
    }
}

#[test]
fn suggested_replies_have_the_announced_effect() {
    let mut replies: Vec<String> = Vec::new();
    for _ in 0..12 {
        let now = served(&replies.iter().map(String::as_str).collect::<Vec<_>>());
        let Some(waiting) = now.waiting.clone() else {
            break;
        };
        if waiting.connection > 0 {
            break;
        }
        replies.push(
            offers(
                Protocol::Smtp,
                &pending(&as_server(&now.connections[waiting.connection].lines)),
                "mail.b.test",
            )[0]
            .reply
            .clone(),
        );
    }
    let end = served(&replies.iter().map(String::as_str).collect::<Vec<_>>());
    let recorded = |served: &ServerState, key: &str| {
        served
            .played
            .events
            .iter()
            .any(|e| e.explain == key && e.host == "mail.a.test")
    };
    assert!(recorded(&end, "queue.relayed"), "{replies:?}");
    let no = served(&["220 mx", "250 mx", "250 ok", "550 5.1.1 No such user"]);
    assert!(recorded(&no, "queue.bounced"), "{:?}", no.connections);
    let later = served(&[
        "220 mx",
        "250 mx",
        "250 ok",
        "450 4.7.1 Greylisted, come back later",
    ]);
    assert!(recorded(&later, "queue.deferred") && !recorded(&later, "queue.bounced"));
}

#[test]
fn text_instead_of_a_handshake_is_recognized_as_the_reason() {
    let say = |line: &str| ConsoleTurn::Say(line.to_owned());
    for (port, turns, expected) in [
        (
            587,
            vec![
                say("EHLO laptop.a.test"),
                say("STARTTLS"),
                say("MAIL FROM:<alice@a.test>"),
            ],
            Ending::HandshakeExpected,
        ),
        (
            110,
            vec![say("STLS"), say("USER bob@b.test")],
            Ending::HandshakeExpected,
        ),
        (
            143,
            vec![say("a1 STARTTLS"), say("a2 CAPABILITY")],
            Ending::HandshakeExpected,
        ),
        (25, vec![say("EHLO x.test"), say("QUIT")], Ending::Goodbye),
        (143, vec![say("a1 LOGOUT")], Ending::Goodbye),
    ] {
        let state = typed(port, &turns);
        assert!(!state.open, "{port}: {:?}", state.lines);
        assert_eq!(
            Ending::of(&dialogue_lines(&state.lines)),
            expected,
            "{port}"
        );
    }
}

//! The Lab's console to the real server: typed lines reach only this host's own services, act only
//! as the signed-in user, and nothing leaves the host. Tested with two accounts, every service, and
//! a browser that disconnects at every point.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{A, PASSWORD, TwoHosts};
use mail::{Duration, Secret};
use mua::console::{
    ConsoleInput, ConsoleOutput, ConsoleParams, Consoles, EndReason, IDLE_MAX, OUTPUT_BYTES_MAX,
    Service, run,
};
use std::sync::Arc;
use store::{Account, NewAccount};
use tokio::sync::mpsc;

const ALICE: &str = "alice@a.test";
const MALLORY: &str = "mallory@a.test";

fn hosts(seed: u64) -> TwoHosts {
    let hosts = TwoHosts::new(seed);
    let (store, now) = (hosts.node(A).store().clone(), hosts.world(A).now());
    hosts.talk(async move {
        let new = NewAccount {
            address: MALLORY.parse().unwrap(),
            name: String::new(),
            password: Secret::new("another"),
        };
        store.add_account(new, [7; 16], now).await.unwrap();
    });
    hosts
}

fn account(hosts: &TwoHosts, address: &str) -> Account {
    let (store, address) = (hosts.node(A).store().clone(), address.parse().unwrap());
    hosts.talk(async move { store.account_of(&address).await.unwrap().unwrap() })
}

// Types lines, with pauses in which all activity ends; returns the output of the server.
fn console(hosts: &TwoHosts, service: Service, who: &str, lines: &[&str]) -> String {
    let script: Vec<(ConsoleInput, u64)> = lines
        .iter()
        .map(|line| {
            (
                if *line == "(seal)" {
                    ConsoleInput::StartTls
                } else {
                    ConsoleInput::Line((*line).to_owned())
                },
                10,
            )
        })
        .collect();
    let outputs = play(hosts, service, who, script);
    outputs.iter().map(show).collect()
}

fn show(output: &ConsoleOutput) -> String {
    match output {
        ConsoleOutput::Open { .. } => String::new(),
        ConsoleOutput::Text(text) => text.clone(),
        ConsoleOutput::Tls { .. } => "(sealed)\r\n".into(),
        ConsoleOutput::End(over) => format!("({over:?})"),
    }
}

fn play(
    hosts: &TwoHosts,
    service: Service,
    who: &str,
    script: Vec<(ConsoleInput, u64)>,
) -> Vec<ConsoleOutput> {
    let (node, world, account) = (hosts.node(A).clone(), hosts.world(A), account(hosts, who));
    hosts.talk(async move {
        let (input_sender, inputs) = mpsc::channel(16);
        let (output_sender, mut outputs) = mpsc::channel(16);
        let opening = ConsoleParams {
            service,
            account,
            from: "192.0.2.77".parse().unwrap(),
            browser_tls: true,
        };
        let (mua, own) = (node.mua().clone(), Arc::new(node));
        let typing = async move {
            world.sleep(Duration::from_secs(10)).await;
            for (line, wait) in script {
                if input_sender.send(Some(line)).await.is_err() {
                    break;
                }
                world.sleep(Duration::from_secs(wait)).await;
            }
        };
        let collecting = async move {
            let mut all = Vec::new();
            while let Some(output) = outputs.recv().await {
                all.push(output);
            }
            all
        };
        let console = async move {
            run(
                &mua,
                own,
                opening,
                inputs,
                output_sender,
                std::future::pending(),
            )
            .await;
        };
        let ((), (), all) = tokio::join!(console, typing, collecting);
        all
    })
}

#[track_caller]
fn check(transcript: &str, expected: &[&str]) {
    let mut rest = transcript;
    for piece in expected {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => panic!("{piece:?} does not come (in this order) in:\n{transcript}"),
        }
    }
}

// base64 of NUL name NUL password (RFC 4616 §2).
fn plain(name: &str, password: &str) -> String {
    base64(&format!("\0{name}\0{password}"))
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three
            .iter()
            .fold(0u32, |sum, byte| (sum << 8) | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let symbol = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place > three.len() {
                '='
            } else {
                symbol.into()
            });
        }
    }
    out
}

const MESSAGE: [&str; 8] = [
    "MAIL FROM:<alice@a.test>",
    "RCPT TO:<mallory@a.test>",
    "DATA",
    "Subject: by hand",
    "",
    "typed",
    ".",
    "QUIT",
];

#[test]
fn a_message_typed_over_starttls_is_delivered_with_its_journey() {
    let hosts = hosts(51);
    let auth = format!("AUTH PLAIN {}", plain(ALICE, PASSWORD));
    let mut lines = vec!["EHLO me.test", "STARTTLS", "(seal)", "EHLO me.test", &auth];
    lines.extend(MESSAGE);
    let transcript = console(&hosts, Service::Submission, ALICE, &lines);
    check(
        &transcript,
        &[
            "220 mx.a.test",
            "250-STARTTLS",
            "220 2.0.0",
            "(sealed)",
            "250-AUTH",
            "235 2.7.0",
            "250",
            "250",
            "354",
            "250 2.0.0 Accepted",
            "221",
            "(Closed)",
        ],
    );
    assert_eq!(hosts.count(A, MALLORY), 1);
    assert!(
        hosts
            .decisions()
            .contains(&format!("{A}: delivered {MALLORY} INBOX"))
    );
    let inbox = hosts.inbox(A, MALLORY);
    assert!(
        inbox[0].contains("[192.0.2.77]") && inbox[0].contains("with ESMTPSA"),
        "the trace names the browser's address: {}",
        inbox[0]
    );
}

#[test]
fn implicit_tls_is_encrypted_before_the_first_line() {
    let hosts = hosts(52);
    let transcript = console(
        &hosts,
        Service::Imaps,
        ALICE,
        &[
            "a LOGIN alice@a.test \"open sesame\"",
            "b SELECT INBOX",
            "c LOGOUT",
        ],
    );
    check(
        &transcript,
        &[
            "(sealed)",
            "* OK",
            "a OK",
            "* 0 EXISTS",
            "b OK",
            "* BYE",
            "c OK",
            "(Closed)",
        ],
    );
    let transcript = console(
        &hosts,
        Service::Pop3s,
        ALICE,
        &["USER alice@a.test", "PASS open sesame", "STAT", "QUIT"],
    );
    check(
        &transcript,
        &[
            "(sealed)", "+OK", "+OK", "+OK", "+OK 0 0", "+OK", "(Closed)",
        ],
    );
}

#[test]
fn rejects_login_to_another_account_even_with_its_password() {
    let hosts = hosts(53);
    for (name, password) in [(ALICE, PASSWORD), (ALICE, "wrong"), ("nobody@a.test", "x")] {
        let auth = format!("AUTH PLAIN {}", plain(name, password));
        let transcript = console(
            &hosts,
            Service::Submissions,
            MALLORY,
            &["EHLO me.test", &auth, "MAIL FROM:<alice@a.test>", "QUIT"],
        );
        check(
            &transcript,
            &["535 5.7.8 authentication failed", "530 5.7.0", "221"],
        );
        let login = format!("a LOGIN {name} \"{password}\"");
        let transcript = console(
            &hosts,
            Service::Imaps,
            MALLORY,
            &[&login, "b SELECT INBOX", "c LOGOUT"],
        );
        check(
            &transcript,
            &[
                "a NO [AUTHENTICATIONFAILED] Invalid user name or password",
                "b BAD",
                "c OK",
            ],
        );
        let (user, pass) = (format!("USER {name}"), format!("PASS {password}"));
        let transcript = console(
            &hosts,
            Service::Pop3s,
            MALLORY,
            &[&user, &pass, "STAT", "QUIT"],
        );
        check(
            &transcript,
            &[
                "+OK",
                "-ERR [AUTH] Invalid user name or password",
                "-ERR",
                "+OK",
            ],
        );
    }
    // Signing in to the user's own account succeeds.
    let auth = format!("AUTH PLAIN {}", plain(MALLORY, "another"));
    check(
        &console(
            &hosts,
            Service::Submissions,
            MALLORY,
            &["EHLO me.test", &auth, "QUIT"],
        ),
        &["235 2.7.0"],
    );
}

#[test]
fn does_not_reveal_whether_another_account_exists() {
    let hosts = hosts(54);
    let of = |name: &str, password: &str| {
        let begun = hosts.world(A).now();
        let transcript = console(
            &hosts,
            Service::Pop3s,
            MALLORY,
            &[&format!("USER {name}"), &format!("PASS {password}")],
        );
        (transcript, hosts.world(A).now().since(begun))
    };
    let there = of("alice@a.test", PASSWORD);
    let nowhere = of("nobody@a.test", PASSWORD);
    assert_eq!(
        there.0.replace(char::is_numeric, ""),
        nowhere.0.replace(char::is_numeric, "")
    );
}

#[test]
fn accepts_only_own_sender_and_local_recipients() {
    let hosts = hosts(55);
    let auth = format!("AUTH PLAIN {}", plain(ALICE, PASSWORD));
    let lines = [
        "EHLO me.test",
        &auth,
        "MAIL FROM:<mallory@a.test>",
        "MAIL FROM:<alice@a.test>",
        "RCPT TO:<bob@b.test>",
        "RSET",
        "QUIT",
    ];
    check(
        &console(&hosts, Service::Submissions, ALICE, &lines),
        &["235", "553 5.7.1", "250", "550 5.7.1", "250", "221"],
    );
    let lines = [
        "EHLO me.test",
        "MAIL FROM:<mallory@a.test>",
        "MAIL FROM:<victim@b.test>",
        "MAIL FROM:<alice@a.test>",
        "RCPT TO:<bob@b.test>",
        "RCPT TO:<mallory@a.test>",
        "DATA",
        "Subject: over port 25",
        ".",
        "QUIT",
    ];
    let transcript = console(&hosts, Service::Smtp, ALICE, &lines);
    check(
        &transcript,
        &[
            "220",
            "553 5.7.1 <mallory@a.test>",
            "553 5.7.1 <victim@b.test>",
            "250",
            "550 5.7.1",
            "250",
            "354",
            "250 2.0.0",
            "221",
        ],
    );
    hosts.rest();
    assert_eq!((hosts.count(A, MALLORY), hosts.queued(A)), (1, 0));
    assert!(
        hosts.lab.traffic().is_empty(),
        "nothing went over the network"
    );
}

#[test]
fn the_console_ignores_trusted_networks() {
    let mut hosts = TwoHosts::without_hosts(56);
    hosts.start_with(A, |config| {
        config.submission.networks = vec!["192.0.2.0/24".parse().unwrap()];
    });
    let transcript = console(
        &hosts,
        Service::Submission,
        ALICE,
        &["EHLO me.test", "MAIL FROM:<alice@a.test>", "QUIT"],
    );
    check(&transcript, &["530 5.7.0", "221"]);
}

#[test]
fn counts_failed_logins_for_the_browsers_address() {
    let hosts = hosts(57);
    let pass: Vec<String> = (0..6)
        .map(|n| format!("a{n} LOGIN mallory@a.test guess{n}"))
        .collect();
    let lines: Vec<&str> = pass.iter().map(String::as_str).collect();
    let mut transcript = String::new();
    for _ in 0..8 {
        transcript = console(&hosts, Service::Imaps, MALLORY, &lines);
    }
    assert!(
        transcript.contains("Too many failed logins"),
        "{transcript}"
    );
    let right = console(
        &hosts,
        Service::Imaps,
        MALLORY,
        &["a LOGIN mallory@a.test another"],
    );
    check(&right, &["Too many failed logins"]);
}

#[test]
fn an_unexpected_handshake_ends_the_console() {
    let hosts = hosts(58);
    let transcript = console(&hosts, Service::Smtp, ALICE, &["(seal)", "EHLO me.test"]);
    assert!(transcript.ends_with("(Handshake)"), "{transcript}");
    // Lines typed after STARTTLS without a handshake do not start TLS.
    let transcript = console(
        &hosts,
        Service::Submission,
        ALICE,
        &["EHLO me.test", "STARTTLS", "EHLO me.test"],
    );
    check(&transcript, &["220 2.0.0"]);
    assert!(!transcript.contains("(sealed)"), "{transcript}");
}

#[test]
fn an_idle_console_ends_at_its_limit() {
    let hosts = hosts(59);
    let idle = IDLE_MAX.as_secs();
    let line = |text: &str, wait| (ConsoleInput::Line(text.into()), wait);
    // Signed in, so that the host's own timeout is longer than the console's.
    let waits = |seconds| {
        vec![
            line("a LOGIN alice@a.test \"open sesame\"", seconds),
            line("b LOGOUT", 1),
        ]
    };
    let stays = play(&hosts, Service::Imaps, ALICE, waits(idle - 1));
    assert!(
        stays.iter().any(|output| show(output).contains("b OK")),
        "{stays:?}"
    );
    assert_eq!(stays.last(), Some(&ConsoleOutput::End(EndReason::Closed)));
    let ends = play(&hosts, Service::Imaps, ALICE, waits(idle + 1));
    assert_eq!(ends.last(), Some(&ConsoleOutput::End(EndReason::Idle)));
}

#[test]
fn limits_the_output_of_a_host() {
    let hosts = hosts(60);
    let big = "x".repeat(70).repeat(1024 * 12);
    let lines: String = big
        .as_bytes()
        .chunks(70)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect();
    assert!(lines.len() * 5 > OUTPUT_BYTES_MAX && lines.len() * 4 < OUTPUT_BYTES_MAX);
    let message = format!("Subject: big\r\n\r\n{lines}");
    let world = hosts.world(journeys::LAPTOP);
    let sent = hosts.talk(async move {
        journeys::submit(world, Service::Submission, ALICE, ALICE, &[ALICE], message).await
    });
    assert!(sent.all_accepted());
    let fetch = [
        "a LOGIN alice@a.test \"open sesame\"",
        "b SELECT INBOX",
        "c FETCH 1 BODY[]",
        "d FETCH 1 BODY[]",
        "e FETCH 1 BODY[]",
        "f FETCH 1 BODY[]",
        "g NOOP",
    ];
    assert!(console(&hosts, Service::Imaps, ALICE, &fetch).contains("g OK"));
    let more: Vec<&str> = fetch[..6]
        .iter()
        .copied()
        .chain(["g FETCH 1 BODY[]", "h NOOP"])
        .collect();
    let transcript = console(&hosts, Service::Imaps, ALICE, &more);
    assert!(transcript.ends_with("(LimitReached)") && !transcript.contains("h OK"));
}

#[test]
fn a_browser_that_disconnects_leaves_no_partial_state() {
    let auth = format!("AUTH PLAIN {}", plain(ALICE, PASSWORD));
    let mut lines = vec!["EHLO me.test", "STARTTLS", "(seal)", "EHLO me.test", &auth];
    lines.extend(MESSAGE);
    let hosts = hosts(61);
    let dot = lines.iter().position(|line| *line == ".").unwrap();
    for kept in 0..=lines.len() {
        let before = hosts.count(A, MALLORY);
        console(&hosts, Service::Submission, ALICE, &lines[..kept]);
        hosts.rest();
        let came = hosts.count(A, MALLORY) - before;
        assert_eq!(came, usize::from(kept > dot), "gone after {kept} lines");
        assert_eq!(hosts.queued(A), 0, "gone after {kept} lines");
    }
    // The maildrop is unlocked again, whenever the browser disconnected (RFC 1939 §4).
    let pop = ["USER alice@a.test", "PASS open sesame", "STAT", "DELE 1"];
    for kept in 0..=pop.len() {
        console(&hosts, Service::Pop3s, ALICE, &pop[..kept]);
        check(
            &console(&hosts, Service::Pop3s, ALICE, &pop[..3]),
            &["+OK", "+OK", "+OK", "+OK"],
        );
    }
}

#[test]
fn limits_consoles_per_account() {
    let consoles = Consoles::default();
    let hosts = hosts(62);
    let (alice, mallory) = (account(&hosts, ALICE).id, account(&hosts, MALLORY).id);
    let places: Vec<_> = std::iter::from_fn(|| consoles.acquire(alice))
        .take(10)
        .collect();
    assert_eq!(places.len(), mua::console::CONSOLES_MAX as usize);
    assert!(consoles.acquire(mallory).is_some());
}

//! The client session against the server session, over an in-memory connection that splits the
//! bytes.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod play;

use mail::session::{Session, Step, TlsInfo};
use mail::{Secret, Time};
use play::server_role::{ServerRole, server};
use proptest::prelude::*;
use smtp::client::{
    Client, Config, Decision, Login, OutgoingMessage, Phase, Query, RecipientResult, TlsPolicy,
};
use std::sync::Arc;

/// What the client's role received.
#[derive(Default)]
struct ClientResults {
    outcomes: Vec<Vec<RecipientResult>>,
    failed: Vec<RecipientResult>,
}

struct Wire {
    piece: usize,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

// Runs both until neither makes progress; answers whether both are done.
fn converse(
    client: &mut Client,
    server: &mut smtp::server::Server,
    role: &mut ServerRole,
    results: &mut ClientResults,
    body: &[u8],
    wire: &mut Wire,
) -> bool {
    let now = Time::from_secs(1);
    let tls = TlsInfo {
        version: "TLS 1.3".into(),
        cipher: "X".into(),
        server_name: None,
        verified: true,
        exporter: None,
    };
    let (mut log, mut sent, mut begun, mut at, mut done) = (vec![], 0, 0, 0, (false, false));
    let (mut client_tls, mut server_tls) = (false, false);
    loop {
        let mut moved = false;
        while let Some(step) = client.step() {
            moved = true;
            match step {
                Step::Send(bytes) => wire.to_server.extend(bytes),
                Step::StartTls => client_tls = true,
                Step::Trace(_) => {}
                Step::Done => done.0 = true,
                Step::Query(query) => {
                    let answer = match query {
                        Query::Next(_) if begun < 2 => {
                            (begun, at) = (begun + 1, 0);
                            Decision::Message(message(begun))
                        }
                        Query::Next(_) => Decision::Quit,
                        Query::Body if at == body.len() => Decision::BodyEnd,
                        Query::Body => {
                            let end = body.len().min(at + 7);
                            let piece = body[at..end].to_vec();
                            at = end;
                            Decision::Body(piece)
                        }
                        Query::Results(recipients) => {
                            results.outcomes.push(recipients);
                            Decision::Go
                        }
                        Query::Failed(result) => {
                            results.failed.push(result);
                            Decision::Go
                        }
                        Query::TlsStarted(_) => Decision::Go,
                    };
                    client.answer(answer, now);
                }
            }
        }
        while let Some(step) = server.step() {
            moved = true;
            match step {
                Step::Send(bytes) => wire.to_client.extend(bytes),
                Step::StartTls => server_tls = true,
                Step::Trace(_) => {}
                Step::Done => done.1 = true,
                Step::Query(query) => server.answer(role.answer(query, &mut log), now),
            }
        }
        if client_tls && server_tls && wire.to_server.is_empty() && wire.to_client.is_empty() {
            (client_tls, server_tls) = (false, false);
            client.tls_started(tls.clone(), now);
            server.tls_started(tls.clone(), now);
            moved = true;
        }
        for (from, to_server) in [(&mut wire.to_server, true), (&mut wire.to_client, false)] {
            let piece: Vec<u8> = from.drain(..from.len().min(wire.piece)).collect();
            if !piece.is_empty() {
                moved = true;
                if to_server {
                    server.receive(&piece, now);
                } else {
                    client.receive(&piece, now);
                }
            }
        }
        sent += 1;
        assert!(sent < 1_000_000, "they never come to rest");
        if !moved {
            return done == (true, true);
        }
    }
}

fn message(number: usize) -> OutgoingMessage {
    let recipients = ["bob@here.test", "nobody@here.test", "postmaster@here.test"]
        .map(|a| mail::Recipient::new(a.parse().unwrap()));
    let sender = mail::Path::parse("<alice@here.test>").unwrap();
    OutgoingMessage {
        bytes: Some(number as u64),
        body: mail::BodyKind::EightBit,
        ..OutgoingMessage::new(sender, recipients.to_vec())
    }
}

fn check_with(
    listener: &str,
    body: &[u8],
    piece: usize,
    more: &[(&str, &str)],
    chunking: bool,
) -> Vec<String> {
    let mut settings = vec![("listener".to_owned(), listener.to_owned())];
    settings.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let mut server = server(&settings);
    let mut config = Config::new(mail::Host::new("c.test").unwrap());
    config.chunking = chunking;
    config.tls = if listener.ends_with("tls") {
        TlsPolicy::Never
    } else {
        TlsPolicy::Required
    };
    if listener.starts_with("submission") {
        config.login = Some(Login {
            user: "alice".into(),
            secret: Secret::new("wonder"),
        });
    }
    let mut client = Client::new(Arc::new(config), listener.ends_with("tls")).with_rng([3; 24]);
    let (mut role, mut results) = (ServerRole::default(), ClientResults::default());
    client.start(Time::default());
    server.start(Time::default());
    let mut wire = Wire {
        piece,
        to_server: vec![],
        to_client: vec![],
    };
    assert!(
        converse(
            &mut client,
            &mut server,
            &mut role,
            &mut results,
            body,
            &mut wire
        ),
        "{listener}: not done"
    );
    assert!(results.failed.is_empty(), "{:?}", results.failed);
    assert_eq!(results.outcomes.len(), 2);
    for results in &results.outcomes {
        assert!(
            results[0].is_accepted() && results[2].is_accepted(),
            "{results:?}"
        );
        assert_eq!(
            (
                results[1].reply.code,
                results[1].phase,
                results[1].is_remote()
            ),
            (550, Phase::Rcpt, true)
        );
    }
    role.messages
}

#[test]
fn transfers_two_messages_on_one_connection_for_any_split() {
    let body = "Subject: 你好\r\n\r\n.\r\n..\r\n.a\r\nb".as_bytes();
    for listener in ["transfer", "submission", "submission-tls", "transfer-tls"] {
        for piece in 1..80 {
            for chunking in [true, false] {
                let messages = check_with(listener, body, piece, &[], chunking);
                let text = String::from_utf8_lossy(body).into_owned() + "\r\n";
                assert_eq!(
                    messages,
                    vec![
                        format!(
                            "<alice@here.test> > <bob@here.test> <postmaster@here.test> : {text:?}"
                        );
                        2
                    ]
                );
            }
        }
    }
}

#[test]
fn long_message_is_the_same_by_bdat_and_data() {
    let body: Vec<u8> = (0..9000)
        .flat_map(|n| format!(".line {n} \u{fc}\r\n").into_bytes())
        .chain(b"{end}".repeat(40_000))
        .collect();
    let whole = check_with("transfer", &body, 5000, &[], true);
    assert_eq!(whole, check_with("transfer", &body, 5000, &[], false));
    assert!(whole[0].len() > body.len() && whole.len() == 2);
}

#[test]
fn client_authenticates_to_server_by_every_mechanism() {
    for mechanism in [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
        "SCRAM-SHA-1",
        "SCRAM-SHA-256",
        "PLAIN SCRAM-SHA-256 CRAM-MD5",
    ] {
        for piece in [1, 7, 1000] {
            let messages = check_with(
                "submission",
                b"x",
                piece,
                &[("mechanisms", mechanism)],
                true,
            );
            assert_eq!(messages.len(), 2, "{mechanism}");
        }
    }
}

proptest! {
    #[test]
    fn no_body_can_smuggle_a_second_message(body in prop::collection::vec(prop::sample::select(b".\r\na".to_vec()), 0..40), piece in 1usize..30) {
        let mut body = body;
        body.extend(b"\r\nMAIL FROM:<forged@here.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\nsmuggled");
        let messages = check_with("transfer", &body, piece, &[], piece % 2 == 0);
        prop_assert!(messages.len() == 2 && messages.iter().all(|l| l.starts_with("<alice@here.test>")));
    }
}

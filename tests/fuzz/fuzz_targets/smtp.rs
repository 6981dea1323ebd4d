//! Random bytes for both SMTP sessions: no panic, no endless loop, output bounded by input. The first byte chooses whom to feed and
//! how; the next how to cut what follows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::session::{Session, Step, TlsInfo};
use mail::{Host, Time};
use smtp::{client, server};
use std::sync::Arc;

/// More steps than this for one input is an endless loop.
const STEPS_MAX: usize = 1_000_000;
/// So much output for each octet of input, and for nothing.
const SAID_PER_BYTE_MAX: usize = 60;
const SAID_ALWAYS_MAX: usize = 4096;

fuzz_target!(|data: &[u8]| {
    let [choice, size, input @ ..] = data else { return };
    let pieces = input.chunks(usize::from(*size).max(1));
    let said = if choice & 1 == 0 {
        let kind = if choice & 2 == 0 { server::Kind::Transfer } else { server::Kind::Submission };
        let mut config = server::Config::new(kind, "mx.here.test".parse().expect("a domain"), true);
        config.limits.message_bytes_max = 4096;
        config.mechanisms = sasl::Mechanisms::of(sasl::Mechanism::ALL);
        let session = server::Server::new(Arc::new(config), choice & 4 != 0).with_rng([7; 32]);
        feed(if choice & 8 != 0 { session.trusted() } else { session }, pieces, |query| match query {
            server::Query::Keys { hash, user } => server::Decision::Keys(sasl::scram::Keys::for_unknown_user(hash, b"k", &user, 4096)),
            _ => server::Decision::Go,
        })
    } else {
        let mut config = client::Config::new(Host::new("mx.here.test").expect("a host"));
        if choice & 2 != 0 {
            config.login = Some(client::Login { user: "alice".to_owned(), secret: mail::Secret::new("secret") });
        }
        let mut messages = 3;
        let mut pieces_left = 0;
        feed(client::Client::new(Arc::new(config), choice & 4 != 0).with_rng([7; 24]), pieces, move |query| match query {
            client::Query::Next(_) if messages > 0 => {
                (messages, pieces_left) = (messages - 1, 2);
                client::Decision::Message(message())
            }
            client::Query::Next(_) => client::Decision::Quit,
            client::Query::Body if pieces_left > 0 => {
                pieces_left -= 1;
                client::Decision::Body(b"a\n.\r\r.b".to_vec())
            }
            client::Query::Body => client::Decision::BodyEnd,
            client::Query::Results(fates) => {
                assert_eq!(fates.len(), 2);
                client::Decision::Go
            }
            client::Query::TlsStarted(_) | client::Query::Failed(_) => client::Decision::Go,
        })
    };
    assert!(said <= SAID_ALWAYS_MAX + SAID_PER_BYTE_MAX * input.len());
});

fn message() -> client::Message {
    let to = ["bob@there.test", "carol@there.test"].map(|a| mail::Recipient::new(a.parse().expect("an address")));
    client::Message { bytes: Some(12), ..client::Message::new(mail::Path::Null, to.to_vec()) }
}

// Feeds the pieces, then closes; gives how many octets were said.
fn feed<'a, S: Session>(mut session: S, pieces: impl Iterator<Item = &'a [u8]>, mut role: impl FnMut(S::Query) -> S::Decision) -> usize {
    let now = Time::from_secs(1);
    let (mut said, mut steps) = (0, 0);
    let mut pump = |session: &mut S| {
        while let Some(step) = session.step() {
            steps += 1;
            assert!(steps < STEPS_MAX, "the session never comes to rest");
            match step {
                Step::Send(bytes) => said += bytes.len(),
                Step::Query(query) => {
                    let answer = role(query);
                    session.answer(answer, now);
                }
                Step::StartTls => {
                    let tls = TlsInfo { version: "TLS 1.3".to_owned(), cipher: "X".to_owned(), server_name: None, verified: true, exporter: None };
                    session.tls_started(tls, now);
                }
                Step::Trace(line) => assert!(!line.text.ends_with('\n')),
                Step::Done => return false,
            }
        }
        true
    };
    session.start(now);
    let mut open = pump(&mut session);
    for piece in pieces {
        if !open {
            break;
        }
        session.receive(piece, now);
        open = pump(&mut session);
    }
    if open {
        session.closed(now);
        assert!(!pump(&mut session), "the session does not end when its peer does");
    }
    said
}

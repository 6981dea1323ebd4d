//! Random bytes for the POP3 session, before and after login: no panic, no endless loop. The role lets everyone in and has two
//! messages. The first byte chooses where to begin, the next how to cut what follows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mail::Time;
use mail::session::{Session, Step, TlsInfo};
use pop3::{Decision, Query, Config, Maildrop, Message, Server};
use std::sync::Arc;

/// More steps than this for one input is an endless loop.
const STEPS_MAX: usize = 1_000_000;

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\r\n..\r\nbare\nend";

fuzz_target!(|data: &[u8]| {
    let [choice, size, input @ ..] = data else { return };
    let config = Arc::new(Config { host: "mail.here.test".to_owned(), starttls: true, plaintext_login: true, trace: true });
    let mut session = Server::new(config, choice & 1 != 0);
    let mut steps = 0;
    session.start(Time::from_secs(1));
    let begin: &[u8] = if choice & 2 == 0 { b"" } else { b"USER alice\r\nPASS wonder\r\n" };
    for piece in std::iter::once(begin).chain(input.chunks(usize::from(*size).max(1))) {
        session.receive(piece, Time::from_secs(1));
        if !pump(&mut session, &mut steps) {
            return;
        }
    }
    session.closed(Time::from_secs(2));
    assert!(!pump(&mut session, &mut steps), "the session does not end when its peer does");
});

fn pump(session: &mut Server, steps: &mut usize) -> bool {
    let now = Time::from_secs(1);
    while let Some(step) = session.step() {
        *steps += 1;
        assert!(*steps < STEPS_MAX, "the session never comes to rest");
        match step {
            Step::Send(_) | Step::Trace(_) => {}
            Step::Query(query) => session.answer(answer(query), now),
            Step::StartTls => {
                let tls = TlsInfo { version: "TLS 1.3".to_owned(), cipher: "X".to_owned(), server_name: None, verified: false, exporter: None };
                session.tls_started(tls, now);
            }
            Step::Done => return false,
        }
    }
    true
}

fn answer(query: Query) -> Decision {
    match query {
        Query::Login { .. } => {
            let message = |uid| Message { uid, bytes: MESSAGE.len() as u32 };
            Decision::Maildrop(Maildrop { validity: 1, messages: vec![message(3), message(9)] })
        }
        Query::Read { offset, bytes_max, .. } => {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(MESSAGE.len());
            let to = from.saturating_add(bytes_max as usize).min(MESSAGE.len());
            Decision::Bytes(MESSAGE[from..to].to_vec())
        }
        Query::Update { .. } => Decision::Done,
    }
}

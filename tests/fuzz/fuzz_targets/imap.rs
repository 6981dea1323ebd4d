//! Random bytes for the IMAP session, before and after login: no panic, no endless loop. The role lets everyone in, shows one mailbox
//! and gives pages back as they came. The first byte chooses where to begin, the next how to cut what follows.
#![no_main]

use imap::set::UidSet;
use imap::{Decision, Query, Config, Selected, Server};
use libfuzzer_sys::fuzz_target;
use mail::Time;
use mail::session::{Session, Step, TlsInfo};
use std::sync::Arc;

/// More steps than this for one input is an endless loop.
const STEPS_MAX: usize = 1_000_000;

fuzz_target!(|data: &[u8]| {
    let [choice, size, input @ ..] = data else { return };
    let config = Arc::new(Config {
        host: "mail.here.test".to_owned(),
        version: "0".to_owned(),
        starttls: true,
        plaintext_login: true,
        append_bytes_max: 4096,
        trace: true,
    });
    let mut session = Server::new(config, choice & 1 != 0);
    let mut steps = 0;
    session.start(Time::from_secs(1));
    let begin: &[u8] = match choice >> 1 & 3 {
        0 => b"",
        1 => b"a LOGIN alice wonder\r\n",
        _ => b"a LOGIN alice wonder\r\nb SELECT INBOX\r\n",
    };
    let pieces = std::iter::once(begin).chain(input.chunks(usize::from(*size).max(1)));
    for piece in pieces {
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
        Query::Login { .. } => Decision::LoggedIn,
        Query::Select { .. } => {
            let uids = UidSet::from_ranges(vec![(1, 3), (7, 9)]);
            Decision::Selected(Box::new(Selected { uids, uid_validity: 1, uid_next: 10, ..Selected::default() }))
        }
        Query::Sync { .. } => Decision::Changes(Box::default()),
        Query::Mailboxes => Decision::Mailboxes(Vec::new()),
        Query::Status(..) => Decision::Status(imap::Status::default()),
        Query::AppendEnd => Decision::Appended(1, 10),
        Query::Search(_) => Decision::Found(UidSet::range(1, 3)),
        Query::Fetch(page) | Query::Store(page, _) => {
            let mut page = page;
            while !page.targets().is_empty() && !page.is_full() && page.row().is_some() {}
            Decision::Page(page)
        }
        Query::Copy { uids, .. } => Decision::Copied(1, uids.clone(), uids),
        _ => Decision::Done,
    }
}

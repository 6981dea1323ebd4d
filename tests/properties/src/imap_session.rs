//! The IMAP session, before and after the login: no panic, no endless loop. The role accepts every
//! login, shows one mailbox and returns pages as they came. The first byte chooses where to begin,
//! the second into how long pieces the rest is cut.

use crate::dialogue::{lines_of, with_choices};
use crate::session::run;
use imap::set::UidSet;
use imap::{Config, Decision, Query, Selected, Server};
use std::sync::Arc;

const TLS: u8 = 1;
const LOGGED_IN: u8 = 2;
const SELECTED: u8 = 4;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let inputs = lines_of("shared/imap/tests/dialogues", "C: ");
    with_choices(&[[TLS, 255], [LOGGED_IN, 7], [SELECTED, 255]], &inputs)
}

pub(crate) fn check(data: &[u8]) {
    let [choice, size, input @ ..] = data else {
        return;
    };
    let config = Config {
        host: "mail.here.test".to_owned(),
        version: "0".to_owned(),
        starttls: true,
        plaintext_login: true,
        append_bytes_max: 4096,
        trace: true,
    };
    let beginning: &[u8] = match choice & (LOGGED_IN | SELECTED) {
        0 => b"",
        LOGGED_IN => b"a LOGIN alice wonder\r\n",
        _ => b"a LOGIN alice wonder\r\nb SELECT INBOX\r\n",
    };
    let pieces = std::iter::once(beginning).chain(input.chunks(usize::from(*size).max(1)));
    run(
        Server::new(Arc::new(config), choice & TLS != 0),
        pieces,
        answer,
    );
}

fn answer(query: Query) -> Decision {
    match query {
        Query::Login { .. } => Decision::LoggedIn,
        Query::Select { .. } => Decision::Selected(Box::new(Selected {
            uids: UidSet::from_ranges(vec![(1, 3), (7, 9)]),
            uid_validity: 1,
            uid_next: 10,
            ..Selected::default()
        })),
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

//! The POP3 session, before and after the login: no panic, no endless loop. The role accepts every
//! login and has two messages. The first byte chooses where to begin, the second into how long
//! pieces the rest is cut.

use crate::dialogue::{lines_of, with_choices};
use crate::session::run;
use pop3::{Config, Decision, Maildrop, Message, Query, Server};
use std::sync::Arc;

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\r\n..\r\nbare\nend";

const TLS: u8 = 1;
const LOGGED_IN: u8 = 2;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let inputs = lines_of("shared/pop3/tests/dialogues", "C: ");
    with_choices(&[[TLS, 255], [LOGGED_IN, 7]], &inputs)
}

pub(crate) fn check(data: &[u8]) {
    let [choice, size, input @ ..] = data else {
        return;
    };
    let config = Config {
        host: "mail.here.test".to_owned(),
        starttls: true,
        plaintext_login: true,
        trace: true,
    };
    let beginning: &[u8] = if choice & LOGGED_IN == 0 {
        b""
    } else {
        b"USER alice\r\nPASS wonder\r\n"
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
        Query::Login { .. } => {
            let message = |uid| Message {
                uid,
                bytes: MESSAGE.len() as u32,
            };
            Decision::Maildrop(Maildrop {
                validity: 1,
                messages: vec![message(3), message(9)],
            })
        }
        Query::Read {
            offset, bytes_max, ..
        } => {
            let from = usize::try_from(offset)
                .unwrap_or(usize::MAX)
                .min(MESSAGE.len());
            let to = from.saturating_add(bytes_max as usize).min(MESSAGE.len());
            Decision::Bytes(MESSAGE[from..to].to_vec())
        }
        Query::Update { .. } => Decision::Done,
    }
}

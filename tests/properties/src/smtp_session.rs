//! Both SMTP sessions: no panic, no endless loop, output bounded by input. The first byte chooses
//! the side and its configuration, the second into how long pieces the rest is cut.

use crate::dialogue::{lines_of, with_choices};
use crate::session::run;
use mail::Host;
use smtp::{client, server};
use std::sync::Arc;

/// The most output for each byte of input, and without any.
const SENT_BYTES_PER_BYTE_MAX: usize = 60;
const SENT_BYTES_ALWAYS_MAX: usize = 4096;

const CLIENT: u8 = 1;
/// Server: submission rather than transfer. Client: with a login.
const SUBMISSION: u8 = 2;
const TLS: u8 = 4;
const TRUSTED: u8 = 8;

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let server = lines_of("shared/smtp/tests/dialogues/server", "C: ");
    let client = lines_of("shared/smtp/tests/dialogues/client", "S: ");
    let mut seeds = with_choices(&[[0, 255], [SUBMISSION | TLS, 7], [TRUSTED, 1]], &server);
    seeds.extend(with_choices(
        &[[CLIENT, 255], [CLIENT | SUBMISSION, 7]],
        &client,
    ));
    seeds
}

pub(crate) fn check(data: &[u8]) {
    let [choice, size, input @ ..] = data else {
        return;
    };
    let pieces = input.chunks(usize::from(*size).max(1));
    let sent_bytes = if choice & CLIENT == 0 {
        feed_server(*choice, pieces)
    } else {
        feed_client(*choice, pieces)
    };
    assert!(
        sent_bytes <= SENT_BYTES_ALWAYS_MAX + SENT_BYTES_PER_BYTE_MAX * input.len(),
        "{sent_bytes} bytes sent for {} received",
        input.len()
    );
}

fn feed_server<'a>(choice: u8, pieces: impl Iterator<Item = &'a [u8]>) -> usize {
    let kind = if choice & SUBMISSION == 0 {
        server::Kind::Transfer
    } else {
        server::Kind::Submission
    };
    let host = "mx.here.test".parse().expect("a domain");
    let mut config = server::Config::new(kind, host, true);
    config.limits.message_bytes_max = 4096;
    config.mechanisms = sasl::Mechanisms::of(sasl::Mechanism::ALL);
    let session = server::Server::new(Arc::new(config), choice & TLS != 0).with_rng([7; 32]);
    let session = if choice & TRUSTED != 0 {
        session.trusted()
    } else {
        session
    };
    run(session, pieces, |query| match query {
        server::Query::Keys { hash, user } => {
            server::Decision::Keys(sasl::scram::Keys::for_unknown_user(hash, b"k", &user, 4096))
        }
        _ => server::Decision::Go,
    })
}

fn feed_client<'a>(choice: u8, pieces: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut config = client::Config::new(Host::new("mx.here.test").expect("a host"));
    if choice & SUBMISSION != 0 {
        config.login = Some(client::Login {
            user: "alice".to_owned(),
            secret: mail::Secret::new("secret"),
        });
    }
    let session = client::Client::new(Arc::new(config), choice & TLS != 0).with_rng([7; 24]);
    let mut messages_left = 3;
    let mut pieces_left = 0;
    run(session, pieces, move |query| match query {
        client::Query::Next(_) if messages_left > 0 => {
            (messages_left, pieces_left) = (messages_left - 1, 2);
            client::Decision::Message(message())
        }
        client::Query::Next(_) => client::Decision::Quit,
        client::Query::Body if pieces_left > 0 => {
            pieces_left -= 1;
            client::Decision::Body(b"a\n.\r\r.b".to_vec())
        }
        client::Query::Body => client::Decision::BodyEnd,
        client::Query::Results(results) => {
            assert_eq!(results.len(), 2, "one result for each recipient");
            client::Decision::Go
        }
        client::Query::TlsStarted(_) | client::Query::Failed(_) => client::Decision::Go,
    })
}

fn message() -> client::OutgoingMessage {
    let recipients = ["bob@there.test", "carol@there.test"]
        .map(|address| mail::Recipient::new(address.parse().expect("an address")));
    client::OutgoingMessage {
        bytes: Some(12),
        ..client::OutgoingMessage::new(mail::Path::Null, recipients.to_vec())
    }
}

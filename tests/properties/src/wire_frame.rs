//! Frames between browser and backend: any text can be decoded or is refused, and what was decoded
//! is the same after it was encoded and decoded again.

use mail::{Flags, MailboxId, StoredMessageId, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use wire::console::{ConsoleInput, ConsoleOutput, EndReason};
use wire::{
    Call, Changed, Contact, Draft, Frame, Identity, ListOrder, Notification, Problem, Request,
    Response, Row, Uploaded, Window,
};

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let requests = [
        Request::Hello {
            version: wire::VERSION,
        },
        Request::List {
            folder: MailboxId(3),
            offset: 0,
            count: 50,
            order: ListOrder::Newest,
        },
        Request::Search {
            query: "from:bob \"a b\"".to_owned(),
            folder: None,
            offset: 0,
            count: 200,
            days: Vec::new(),
        },
        Request::Flag {
            ids: vec![StoredMessageId(1 << 32 | 7)],
            add: vec!["\\Seen".to_owned()],
            remove: Vec::new(),
        },
        Request::Save {
            draft: Draft::default(),
        },
        Request::Ping,
    ];
    let responses = [
        Response::Window(Window::default()),
        Response::Changes(Some(Changed {
            rows: vec![row()],
            gone: vec![StoredMessageId(2)],
            ..Changed::default()
        })),
        Response::Opened(Box::default()),
        Response::Done,
    ];
    let encode = |value: serde_json::Result<Vec<u8>>| value.expect("a frame can be encoded");
    let mut seeds: Vec<Vec<u8>> = requests
        .into_iter()
        .map(|request| encode(serde_json::to_vec(&Call { id: 7, request })))
        .collect();
    seeds.extend(responses.into_iter().map(|response| {
        encode(serde_json::to_vec(&Frame::Reply {
            id: 7,
            result: Ok(response),
        }))
    }));
    seeds.extend([
        encode(serde_json::to_vec(&Frame::Reply {
            id: 8,
            result: Err(Problem::Gone),
        })),
        encode(serde_json::to_vec(&Frame::Notification(
            Notification::Bye { again: true },
        ))),
        encode(serde_json::to_vec(&ConsoleInput::Line("EHLO x".to_owned()))),
        encode(serde_json::to_vec(&ConsoleOutput::End(EndReason::Idle))),
        b"{\"id\":8}".to_vec(),
    ]);
    seeds
}

fn row() -> Row {
    Row {
        id: StoredMessageId(1 << 32 | 7),
        folder: MailboxId(1),
        uid: 7,
        who: Contact::default(),
        subject: "Hello \u{4f60}\u{597d}".to_owned(),
        preview: String::new(),
        date: Time::from_secs(1_795_000_000),
        bytes: 1024,
        attachments: 1,
        sort: String::new(),
        flags: Flags::default(),
    }
}

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let call = decoded_again::<Call>(text);
    match (call, mua::session::read_call(text)) {
        (Some(call), Ok(read)) => assert_eq!(call, read),
        (None, Err(_)) => {}
        (call, read) => panic!("read as {call:?} and as {read:?}"),
    }
    decoded_again::<Frame>(text);
    decoded_again::<ConsoleInput>(text);
    decoded_again::<ConsoleOutput>(text);
    decoded_again::<Identity>(text);
    decoded_again::<Uploaded>(text);
}

// Decodes, encodes and decodes; `None` if the text is no such value.
fn decoded_again<T: DeserializeOwned + Serialize + PartialEq + Debug>(text: &str) -> Option<T> {
    let value: T = serde_json::from_str(text).ok()?;
    let encoded = serde_json::to_string(&value).unwrap_or_else(|e| panic!("{value:?}: {e}"));
    let again: T = serde_json::from_str(&encoded).unwrap_or_else(|e| panic!("{encoded}: {e}"));
    assert_eq!(again, value, "{encoded}");
    Some(value)
}

//! Messages made by a grammar, and messages of the collections with pieces exchanged: each
//! difference between the two parsers has a reason in its input.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::OnceLock;

use mime::NameAddr;
use mime::build::{Draft, FilePart, compose};
use oracle::{compare, corpus, grammar};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

fn check(message: &[u8]) {
    let report = compare(message);
    let found: Vec<String> = report
        .unexplained()
        .map(|d| {
            format!(
                "{}\n input {:?}\n mime {:?}\n mail-parser {:?}",
                d.theme.name(),
                d.input,
                d.own,
                d.other
            )
        })
        .collect();
    assert!(
        found.is_empty(),
        "{}\n---\n{}",
        found.join("\n"),
        String::from_utf8_lossy(message)
    );
}

/// The messages that every machine has, without the largest ones.
fn messages() -> &'static [Vec<u8>] {
    static MESSAGES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut collections = corpus::collections();
        collections
            .swap_remove(0)
            .messages
            .into_iter()
            .map(|m| m.bytes)
            .filter(|bytes| bytes.len() < 20_000)
            .collect()
    })
}

/// A change of one message, with pieces of another.
#[derive(Clone, Debug)]
enum Change {
    /// Removes a line.
    Remove(prop::sample::Index),
    /// Repeats a line.
    Repeat(prop::sample::Index),
    /// Replaces the value of a field by that of another message's field of the same name.
    Field(prop::sample::Index, prop::sample::Index),
    /// Replaces a byte.
    Byte(prop::sample::Index, u8),
    /// Cuts the end off.
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => index().prop_map(Change::Remove),
        1 => index().prop_map(Change::Repeat),
        6 => (index(), index()).prop_map(|(a, b)| Change::Field(a, b)),
        1 => (index(), 32u8..127).prop_map(|(a, b)| Change::Byte(a, b)),
        1 => index().prop_map(Change::Cut),
    ]
}

impl Change {
    fn apply(&self, message: &mut Vec<u8>) {
        if message.is_empty() {
            return;
        }
        match self {
            Change::Remove(at) | Change::Repeat(at) => {
                let mut lines: Vec<Vec<u8>> = message
                    .split_inclusive(|b| *b == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect();
                let at = at.index(lines.len());
                if matches!(self, Change::Remove(_)) {
                    lines.remove(at);
                } else {
                    lines.insert(at, lines[at].clone());
                }
                *message = lines.concat();
            }
            Change::Field(field, other) => {
                let found = mime::fields(message).count();
                if found == 0 {
                    return;
                }
                let donor = &messages()[other.index(messages().len())];
                let field = mime::fields(message).nth(field.index(found)).unwrap();
                let Some(value) = mime::find(donor, field.name).map(|f| f.value.to_vec()) else {
                    return;
                };
                let line = [field.name.as_bytes(), b":", &value, b"\r\n"].concat();
                let range = field.range;
                message.splice(range, line);
            }
            Change::Byte(at, byte) => {
                let at = at.index(message.len());
                message[at] = *byte;
            }
            Change::Cut(at) => message.truncate(at.index(message.len())),
        }
    }
}

fn correspondent() -> impl Strategy<Value = NameAddr> {
    ("[ -~äöü你好]{0,30}", "[a-z][a-z0-9.+]{0,8}[a-z]")
        .prop_map(|(name, local)| NameAddr::new(name.trim(), format!("{local}@here.test")))
        .prop_filter("two dots", |m| !m.address.contains(".."))
}

fn draft() -> impl Strategy<Value = Draft> {
    let file = (
        "[a-zA-Z0-9äß你 .()'-]{1,60}",
        prop::collection::vec(any::<u8>(), 0..300),
    )
        .prop_map(|(name, bytes)| FilePart {
            name,
            media_type: "application/octet-stream".to_owned(),
            content_id: None,
            bytes,
        });
    let list = || prop::collection::vec(correspondent(), 1..4);
    let text = "([ -~äöü你好=]{0,90}\n){0,6}";
    (
        list(),
        list(),
        "[ -~äöü你好😀]{0,120}",
        text,
        prop::option::of("<p>[a-zäöü你好 =]{0,200}</p>"),
        prop::collection::vec(file, 0..3),
        0i64..8_000_000_000,
    )
        .prop_map(|(from, to, subject, text, html, attachments, date)| Draft {
            from: from[..1].to_vec(),
            to,
            subject,
            text,
            html,
            attachments,
            date: Some(mail::Time::from_secs(date)),
            message_id: Some("1@here.test".to_owned()),
            ..Draft::default()
        })
}

proptest! {
    #![proptest_config(Config::with_cases(200))]

    #[test]
    fn parsers_agree_on_messages_that_this_host_builds(draft in draft()) {
        let message = compose(&draft).unwrap();
        check(&message);
        let read = mime::read(&message);
        prop_assert_eq!(&read.to, &draft.to);
        prop_assert_eq!(read.date, draft.date);
    }

    #[test]
    fn parsers_agree_on_messages_of_the_grammar(decisions in prop::collection::vec(any::<u8>(), 0..120)) {
        check(&grammar::message(&decisions));
    }
}

proptest! {
    // The rules for malformed messages are not complete: the cases are the same in each run, and
    // fuzzing looks for more.
    #![proptest_config(Config { rng_seed: RngSeed::Fixed(1), ..Config::with_cases(1000) })]

    #[test]
    fn parsers_agree_on_changed_messages(at in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..4)) {
        let mut message = messages()[at.index(messages().len())].clone();
        for change in changes {
            change.apply(&mut message);
        }
        check(&message);
    }
}

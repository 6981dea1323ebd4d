//! Every message of the collections that are on this machine: each difference between the two
//! parsers has a reason in its input. The messages that `mail-parser` publishes are there wherever
//! it was compiled.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail and speak"
)]

use oracle::{Theme, compare, corpus, mailbox};

#[test]
fn parsers_agree_on_published_messages_but_for_known_reasons() {
    let mut messages = 0;
    let mut wrong = Vec::new();
    for collection in corpus::collections() {
        if collection.messages.is_empty() {
            println!("skipped: {} is not on this machine", collection.name);
        }
        for message in collection.messages {
            messages += 1;
            for d in compare(&message.bytes).unexplained() {
                wrong.push(format!(
                    "{}: {}\n mime {:?}\n mail-parser {:?}",
                    message.name,
                    d.theme.name(),
                    d.own,
                    d.other
                ));
            }
        }
    }
    assert!(messages > 100, "{messages}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parsers_agree_on_the_mailbox_of_the_benchmarks() {
    for number in 0..100 {
        let report = compare(&mailbox::message(number));
        assert!(report.differences.is_empty(), "{:?}", report.differences);
        assert!(report.compared[Theme::PartTree as usize] > 0);
    }
}

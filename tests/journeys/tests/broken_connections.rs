//! The connection between a and b breaks after every byte of the dialogue, in every way. Each
//! recipient that a has accepted ends up delivered, bounced or queued, never lost; a message is
//! delivered twice only if the final 250 was lost (RFC 1047).

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{A, B, LAPTOP, TwoHosts, submit};
use mail::Duration;
use node::Service;
use sim::{Break, Cut, Direction};

fn send(hosts: &TwoHosts) {
    let laptop = hosts.world(LAPTOP);
    let message = "From: alice@a.test\r\nSubject: hello\r\n\r\nhello\r\n".to_owned();
    let sent = hosts.talk(async move {
        submit(
            laptop,
            Service::Submission,
            "alice@a.test",
            "alice@a.test",
            &["bob@b.test"],
            message,
        )
        .await
    });
    assert!(sent.all_accepted(), "seed {}: {sent:?}", hosts.seed);
}

// The number of bytes sent on port 25 in a direction if nothing breaks.
fn whole(hosts: &TwoHosts, direction: Direction) -> u64 {
    send(hosts);
    hosts.rest();
    let on_25 = hosts
        .lab
        .traffic()
        .into_iter()
        .filter(|t| t.server.port() == 25);
    on_25.map(|t| t.bytes(direction)).max().unwrap()
}

// Cuts after every byte; returns the distances from the end, in bytes, at which the message was
// delivered twice.
fn check(seed: u64, direction: Direction, how: Break) -> Vec<u64> {
    let hosts = TwoHosts::new(seed);
    let bytes = whole(&hosts, direction);
    let (mut before, mut doubled) = (hosts.count(B, "bob@b.test"), Vec::new());
    for after_bytes in 0..=bytes {
        hosts.cut_between(Cut {
            from: None,
            to: None,
            port: None,
            direction,
            after_bytes,
            how,
            connections: 1,
        });
        send(&hosts);
        hosts.pass(Duration::from_secs(2 * 3600));
        let case =
            format!("seed {seed}, {direction:?} cut after {after_bytes} of {bytes}, {how:?}");
        let copies = hosts.count(B, "bob@b.test") - before;
        let (notices, waiting) = (
            hosts.count(A, "alice@a.test"),
            hosts.queued(A) + hosts.queued(B),
        );
        assert_eq!(
            (notices, waiting),
            (0, 0),
            "{case}: a passing fault is neither reported nor left waiting for two hours"
        );
        assert!(copies >= 1, "{case}: forgotten");
        assert!(copies <= 2, "{case}: {copies} copies");
        if copies == 2 {
            doubled.push(bytes - after_bytes);
        }
        before += copies;
    }
    doubled
}

// The replies that end the dialogue: `250 2.0.0 Accepted as …`, `221 2.0.0 …`.
const LAST_REPLIES_BYTES: u64 = 120;

#[test]
fn cut_server_to_client_with_reset() {
    let doubled = check(21, Direction::ToClient, Break::Reset);
    assert!(
        !doubled.is_empty() && doubled.iter().all(|left| *left <= LAST_REPLIES_BYTES),
        "{doubled:?}"
    );
}

#[test]
fn cut_server_to_client_silently() {
    let doubled = check(22, Direction::ToClient, Break::Silent);
    assert!(
        !doubled.is_empty() && doubled.iter().all(|left| *left <= LAST_REPLIES_BYTES),
        "{doubled:?}"
    );
}

#[test]
fn cut_server_to_client_one_way() {
    let doubled = check(23, Direction::ToClient, Break::OneWay);
    assert!(
        !doubled.is_empty() && doubled.iter().all(|left| *left <= LAST_REPLIES_BYTES),
        "{doubled:?}"
    );
}

// After the final dot comes `QUIT`, six bytes.
const QUIT_BYTES: u64 = 6;

#[test]
fn cut_client_to_server_with_reset() {
    let doubled = check(24, Direction::ToServer, Break::Reset);
    assert!(
        doubled.iter().all(|left| *left <= QUIT_BYTES),
        "{doubled:?}"
    );
}

#[test]
fn cut_client_to_server_silently() {
    let doubled = check(25, Direction::ToServer, Break::Silent);
    assert!(
        doubled.iter().all(|left| *left <= QUIT_BYTES),
        "{doubled:?}"
    );
}

#[test]
fn cut_client_to_server_one_way() {
    let doubled = check(26, Direction::ToServer, Break::OneWay);
    assert!(doubled.is_empty(), "what b says comes through: {doubled:?}");
}

//! What becomes of messages when something is broken: each recipient is served, told of, or waits;
//! nobody is forgotten.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{A, B, Country, LAPTOP, PHONE, RETRY, Submitted, submit};
use mail::{Duration, Reply};
use node::Service;
use sim::{Act, listen};
use std::net::{Ipv4Addr, SocketAddr};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn send_as(
    country: &Country,
    sender: &'static str,
    recipients: &'static [&'static str],
    head: &str,
) -> Submitted {
    let laptop = country.world(LAPTOP);
    let message = format!(
        "{head}From: alice@a.test\r\nSubject: hello\r\nMessage-ID: <1@laptop.a.test>\r\n\r\nhello\r\n"
    );
    country.talk(async move {
        submit(
            laptop,
            Service::Submission,
            "alice@a.test",
            sender,
            recipients,
            message,
        )
        .await
    })
}

fn send(country: &Country, recipients: &'static [&'static str]) {
    let sent = send_as(country, "alice@a.test", recipients, "");
    assert!(sent.all_taken(), "seed {}: {sent:?}", country.seed);
}

// Only decisions that hold one of the words.
fn decisions(country: &Country, words: &[&str]) -> Vec<String> {
    country
        .decisions()
        .into_iter()
        .filter(|d| words.iter().any(|w| d.contains(w)))
        .collect()
}

// b's port 25 follows a script.
fn misbehave(country: &Country, scripts: Vec<Vec<Act>>, repeat: bool) {
    let world = country.world(B);
    let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25);
    country.talk(async move { listen(&world, at, scripts, repeat).await.unwrap() });
}

// The one notice that alice got.
fn notice(country: &Country) -> String {
    let messages = country.inbox(A, "alice@a.test");
    assert_eq!(messages.len(), 1, "seed {}: {messages:?}", country.seed);
    let notice = messages[0].clone();
    // RFC 3464 §2, RFC 5321 §4.5.5
    assert!(
        notice.starts_with("Return-Path: <>\r\n")
            && notice.contains("report-type=\"delivery-status\""),
        "{notice}"
    );
    notice
}

#[test]
fn b_is_down_and_comes_back_and_the_message_arrives_once() {
    let country = Country::new(1);
    country.lab.set_up(B, false).unwrap();
    send(&country, &["bob@b.test"]);
    country.pass(2 * HOUR);
    assert_eq!((country.queued(A), country.count(B, "bob@b.test")), (1, 0));
    country.lab.set_up(B, true).unwrap();
    // The next attempt is at most two hours and a tenth away.
    country.pass(3 * HOUR);
    assert_eq!(
        (
            country.queued(A),
            country.queued(B),
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (0, 0, 1, 0)
    );
    assert!(
        decisions(&country, &["deferred"])
            .iter()
            .all(|d| d == "mx.a.test: deferred bob@b.test 451")
    );
    assert!(!decisions(&country, &["unreachable"]).is_empty());
}

#[test]
fn b_stays_down_and_after_five_days_alice_is_told_twice_first_of_the_delay() {
    let country = Country::new(2);
    country.lab.set_up(B, false).unwrap();
    send(&country, &["bob@b.test"]);
    // The delay is told with the first attempt that fails after so long; intervals have doubled up
    // to then.
    country.pass(2 * RETRY.warn_after + HOUR);
    let warning = notice(&country);
    assert!(
        warning.contains("Action: delayed") && warning.contains("Will-Retry-Until:"),
        "{warning}"
    );
    let begun = country.lab.now();
    country.rest();
    assert!(country.lab.now().since(begun) < 5 * DAY);
    let messages = country.inbox(A, "alice@a.test");
    assert_eq!((messages.len(), country.queued(A)), (2, 0));
    assert!(
        messages[1].contains("Action: failed") && messages[1].contains("Status: 5.4.7"),
        "{}",
        messages[1]
    );
    assert_eq!(
        decisions(&country, &["bounced"]),
        ["mx.a.test: bounced bob@b.test 451 told"]
    );
    let attempts = decisions(&country, &["attempt"]).len();
    assert!(
        (20..60).contains(&attempts),
        "{attempts} attempts in five days"
    );
}

#[test]
fn b_says_421_and_450_and_then_takes_it() {
    let mut country = Country::without_hosts(3);
    country.start(A);
    let greeting = vec![Act::line("421 4.3.2 mx.b.test: not now"), Act::HearAll];
    let mailbox = vec![
        Act::line("220 mx.b.test"),
        Act::hear_line(),
        Act::line("250 mx.b.test"),
        Act::hear_line(),
        Act::line("250 2.1.0 ok"),
        Act::hear_line(),
        Act::line("450 4.2.1 bob's mailbox is busy"),
        Act::hear_line(),
        Act::line("221 2.0.0 bye"),
    ];
    misbehave(&country, vec![greeting, mailbox], false);
    send(&country, &["bob@b.test"]);
    country.pass(HOUR);
    let deferred = [
        "mx.a.test: deferred bob@b.test 421",
        "mx.a.test: deferred bob@b.test 450",
    ];
    assert_eq!(decisions(&country, &["deferred"])[..2], deferred);
    country.start(B);
    country.pass(4 * HOUR);
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test"),
            country.queued(A)
        ),
        (1, 0, 0)
    );
}

#[test]
fn an_unknown_user_at_b_is_told_to_alice_and_the_known_one_gets_the_message() {
    let country = Country::new(4);
    send(&country, &["nobody@b.test", "bob@b.test"]);
    country.rest();
    let notice = notice(&country);
    for part in [
        "Final-Recipient: rfc822; nobody@b.test",
        "Action: failed",
        "Status: 5.1.1",
        "Remote-MTA: dns; mx.b.test",
        "<1@laptop.a.test>",
    ] {
        assert!(notice.contains(part), "{part} is missing: {notice}");
    }
    assert!(!notice.contains("Final-Recipient: rfc822; bob@b.test"));
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.queued(A),
            country.queued(B)
        ),
        (1, 0, 0)
    );
}

#[test]
fn what_cannot_be_delivered_and_has_no_sender_is_dropped_and_recorded() {
    let country = Country::new(5);
    assert!(send_as(&country, "", &["nobody@b.test"], "").all_taken());
    country.rest();
    assert_eq!(
        decisions(&country, &["bounced"]),
        ["mx.a.test: bounced nobody@b.test 550 nobody told"]
    );
    assert_eq!(
        (
            country.count(A, "alice@a.test"),
            country.count(B, "bob@b.test"),
            country.queued(A)
        ),
        (0, 0, 0)
    );
}

#[test]
fn a_full_disk_at_b_defers_and_nothing_is_lost() {
    let country = Country::new(6);
    country.lab.disk(B).unwrap().set_full(true);
    send(&country, &["bob@b.test"]);
    country.pass(HOUR);
    let refused = country.lab.timeline().iter().any(|e| match &e.kind {
        event::Kind::Deferred { reply, .. } => {
            *reply == Reply::new(452, (4, 3, 1), reply.lines.join("\n"))
        }
        _ => false,
    });
    assert!(refused, "452 4.3.1");
    assert_eq!(country.queued(A), 1);
    country.lab.disk(B).unwrap().set_full(false);
    country.pass(4 * HOUR);
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.queued(A),
            country.count(A, "alice@a.test")
        ),
        (1, 0, 0)
    );
}

#[test]
fn a_full_disk_at_a_refuses_the_submission_and_keeps_nothing() {
    let country = Country::new(7);
    country.lab.disk(A).unwrap().set_full(true);
    let refused = send_as(&country, "alice@a.test", &["bob@b.test"], "");
    assert_eq!(
        (
            refused.0[0].code,
            refused.0[0].enhanced.unwrap().to_string()
        ),
        (452, "4.3.1".to_owned())
    );
    country.lab.disk(A).unwrap().set_full(false);
    country.rest();
    assert_eq!((country.queued(A), country.count(B, "bob@b.test")), (0, 0));
    send(&country, &["bob@b.test"]);
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
}

#[test]
fn a_domain_that_leads_back_here_a_null_mx_and_a_missing_domain_are_told_at_once() {
    let country = Country::new(8);
    send(&country, &["x@loop.test", "x@null.test", "x@nowhere.test"]);
    country.rest();
    let statuses: Vec<String> = country
        .inbox(A, "alice@a.test")
        .iter()
        .flat_map(|notice| {
            notice
                .lines()
                .filter(|l| l.starts_with("Status: "))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        statuses,
        ["Status: 5.4.6", "Status: 5.1.10", "Status: 5.1.2"]
    );
    assert!(country.lab.now().since(sim::START) < HOUR && country.queued(A) == 0);
}

#[test]
fn a_message_that_has_passed_fifty_one_hosts_loops() {
    let country = Country::new(9);
    let sent = |country: &Country, hosts: usize| {
        send_as(
            country,
            "alice@a.test",
            &["bob@b.test"],
            &"Received: from x by y; now\r\n".repeat(hosts),
        )
    };
    let refused = sent(&country, 51);
    assert_eq!(
        (
            refused.0[0].code,
            refused.0[0].enhanced.unwrap().to_string()
        ),
        (554, "5.4.6".to_owned())
    );
    // One that a lets through at the limit has one line more at b.
    assert!(sent(&country, 50).all_taken());
    country.rest();
    assert!(notice(&country).contains("Status: 5.4.6"));
    assert_eq!(country.count(B, "bob@b.test"), 0);
    assert!(sent(&country, 49).all_taken());
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
}

#[test]
fn a_crash_of_a_right_after_its_250_loses_nothing() {
    let mut country = Country::new(10);
    country.lab.set_up(B, false).unwrap();
    send(&country, &["bob@b.test"]);
    country.crash(A);
    country.pass(HOUR);
    country.lab.set_up(A, true).unwrap();
    country.lab.set_up(B, true).unwrap();
    country.start(A);
    country.pass(4 * HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (1, 0));
}

#[test]
fn a_stranger_may_not_relay_through_a() {
    let country = Country::new(11);
    let stranger = country.world(PHONE);
    let said = country.talk(async move {
        let connection = stranger
            .network
            .connect("192.0.2.25:25".parse().unwrap())
            .await
            .unwrap();
        let script = [
            Act::hear_line(),
            Act::line("HELO phone.b.test"),
            Act::hear_line(),
            Act::line("MAIL FROM:<bob@b.test>"),
            Act::hear_line(),
            Act::line("RCPT TO:<carol@c.test>"),
            Act::hear_line(),
            Act::line("QUIT"),
            Act::HearAll,
        ];
        String::from_utf8(sim::perform(&stranger, connection, &script).await).unwrap()
    });
    let relay = said.lines().nth(3).unwrap();
    assert!(
        relay.starts_with("550 5.7.1") || relay.starts_with("554 5.7.1"),
        "{said}"
    );
}

// Lets b take the message, but a not hear or not write it down.
fn until_taken(country: &Country) {
    for _ in 0..1000 {
        country.pass(Duration::from_millis(5));
        if country.count(B, "bob@b.test") == 1 {
            return;
        }
    }
    panic!("seed {}: b never took it", country.seed);
}

#[test]
fn what_was_relayed_is_not_sent_again_because_a_disk_is_full() {
    let country = Country::new(51);
    send(&country, &["bob@b.test"]);
    country.pass(Duration::from_millis(100));
    country.lab.disk(A).unwrap().set_full(true);
    until_taken(&country);
    country.pass(2 * HOUR);
    assert_eq!(
        (country.queued(A), country.count(B, "bob@b.test")),
        (1, 1),
        "the outcome waits to be written down"
    );
    country.lab.disk(A).unwrap().set_full(false);
    country.rest();
    assert_eq!(
        (
            country.queued(A),
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (0, 1, 0)
    );
}

#[test]
fn a_host_that_dies_while_it_sends_begins_again_as_soon_as_it_is_back() {
    let mut country = Country::new(52);
    country
        .lab
        .edit_link(A, B, |link| link.held = true)
        .unwrap();
    send(&country, &["bob@b.test"]);
    country.pass(Duration::from_secs(2));
    country.crash(A);
    country
        .lab
        .edit_link(A, B, |link| link.held = false)
        .unwrap();
    country.lab.set_up(A, true).unwrap();
    country.start(A);
    country.pass(Duration::from_secs(30));
    assert_eq!(
        (country.queued(A), country.count(B, "bob@b.test")),
        (0, 1),
        "it does not wait for the end of the dead one's lease"
    );
}

#[test]
fn a_clock_that_jumps_ahead_loses_nothing_and_one_that_jumps_back_holds_nothing_for_ever() {
    for (seed, hours) in [(53, 200), (54, -3)] {
        let country = Country::new(seed);
        country.lab.set_up(B, false).unwrap();
        send(&country, &["bob@b.test"]);
        country.pass(HOUR);
        country
            .lab
            .set_clock(
                A,
                sim::Skew {
                    offset_micros: hours * 3_600_000_000,
                    drift_ppm: 0,
                },
            )
            .unwrap();
        country.lab.set_up(B, true).unwrap();
        country.pass(12 * HOUR);
        let told = country
            .inbox(A, "alice@a.test")
            .iter()
            .filter(|n| n.contains("Action: failed"))
            .count();
        assert_eq!(
            (country.queued(A), country.count(B, "bob@b.test") + told),
            (0, 1),
            "{hours} hours"
        );
    }
}

#[test]
fn dns_that_fails_and_then_answers_delays_and_nothing_more() {
    for (seed, failure) in [
        (55, mail::dns::Failure::ServerFailure),
        (56, mail::dns::Failure::Timeout),
    ] {
        for name in ["b.test", "mx.b.test"] {
            let country = Country::new(seed);
            country.lab.zones().fail(name, Some(failure));
            send(&country, &["bob@b.test"]);
            country.pass(HOUR);
            assert!(
                decisions(&country, &["deferred"])
                    .iter()
                    .all(|d| d == "mx.a.test: deferred bob@b.test 451")
            );
            country.lab.zones().fail(name, None);
            country.rest();
            assert_eq!(
                (
                    country.queued(A),
                    country.count(B, "bob@b.test"),
                    country.count(A, "alice@a.test")
                ),
                (0, 1, 0),
                "{name} {failure}"
            );
        }
    }
}

#[test]
fn a_message_that_may_not_go_yet_waits_for_its_time_here_and_abroad() {
    let country = Country::new(57);
    let mut envelope = mail::Envelope::new(
        "alice@a.test".parse().ok(),
        ["bob@b.test", "alice@a.test"].map(|a| a.parse().unwrap()),
    );
    envelope.hold_until = Some(country.lab.now() + 5 * HOUR);
    assert!(
        country
            .post(envelope, "Subject: later\n\nhello\n")
            .is_positive()
    );
    country.pass(4 * HOUR);
    assert_eq!(
        (
            country.queued(A),
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (1, 0, 0)
    );
    country.rest();
    assert_eq!(
        (
            country.queued(A),
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (0, 1, 1)
    );
}

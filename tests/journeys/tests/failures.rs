//! Messages under failures: each recipient is delivered, bounced or queued; none is lost.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{A, B, LAPTOP, PHONE, RETRY, Submitted, TwoHosts, submit};
use mail::{Duration, Reply};
use node::Service;
use sim::{Act, listen};
use std::net::{Ipv4Addr, SocketAddr};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn send_as(
    hosts: &TwoHosts,
    sender: &'static str,
    recipients: &'static [&'static str],
    head: &str,
) -> Submitted {
    let laptop = hosts.world(LAPTOP);
    let message = format!(
        "{head}From: alice@a.test\r\nSubject: hello\r\nMessage-ID: <1@laptop.a.test>\r\n\r\nhello\r\n"
    );
    hosts.talk(async move {
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

fn send(hosts: &TwoHosts, recipients: &'static [&'static str]) {
    let sent = send_as(hosts, "alice@a.test", recipients, "");
    assert!(sent.all_accepted(), "seed {}: {sent:?}", hosts.seed);
}

// The decisions that contain one of the words.
fn decisions(hosts: &TwoHosts, words: &[&str]) -> Vec<String> {
    hosts
        .decisions()
        .into_iter()
        .filter(|d| words.iter().any(|w| d.contains(w)))
        .collect()
}

// Replaces b's server on port 25 with scripts.
fn serve_scripts(hosts: &TwoHosts, scripts: Vec<Vec<Act>>, repeat: bool) {
    let world = hosts.world(B);
    let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25);
    hosts.talk(async move { listen(&world, at, scripts, repeat).await.unwrap() });
}

// The only notification that alice received.
fn notice(hosts: &TwoHosts) -> String {
    let messages = hosts.inbox(A, "alice@a.test");
    assert_eq!(messages.len(), 1, "seed {}: {messages:?}", hosts.seed);
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
fn a_message_is_delivered_once_after_b_was_down() {
    let hosts = TwoHosts::new(1);
    hosts.lab.set_up(B, false).unwrap();
    send(&hosts, &["bob@b.test"]);
    hosts.pass(2 * HOUR);
    assert_eq!((hosts.queued(A), hosts.count(B, "bob@b.test")), (1, 0));
    hosts.lab.set_up(B, true).unwrap();
    // The next attempt is at most 2.1 hours away.
    hosts.pass(3 * HOUR);
    assert_eq!(
        (
            hosts.queued(A),
            hosts.queued(B),
            hosts.count(B, "bob@b.test"),
            hosts.count(A, "alice@a.test")
        ),
        (0, 0, 1, 0)
    );
    assert!(
        decisions(&hosts, &["deferred"])
            .iter()
            .all(|d| d == "mx.a.test: deferred bob@b.test 451")
    );
    assert!(!decisions(&hosts, &["unreachable"]).is_empty());
}

#[test]
fn alice_gets_a_delay_notice_and_a_bounce_when_b_stays_down() {
    let hosts = TwoHosts::new(2);
    hosts.lab.set_up(B, false).unwrap();
    send(&hosts, &["bob@b.test"]);
    // The delay is reported with the first failed attempt after that time; by then the retry
    // intervals have doubled.
    hosts.pass(2 * RETRY.warn_after + HOUR);
    let warning = notice(&hosts);
    assert!(
        warning.contains("Action: delayed") && warning.contains("Will-Retry-Until:"),
        "{warning}"
    );
    let begun = hosts.lab.now();
    hosts.rest();
    assert!(hosts.lab.now().since(begun) < 5 * DAY);
    let messages = hosts.inbox(A, "alice@a.test");
    assert_eq!((messages.len(), hosts.queued(A)), (2, 0));
    assert!(
        messages[1].contains("Action: failed") && messages[1].contains("Status: 5.4.7"),
        "{}",
        messages[1]
    );
    assert_eq!(
        decisions(&hosts, &["bounced"]),
        ["mx.a.test: bounced bob@b.test 451 sender notified"]
    );
    let attempts = decisions(&hosts, &["attempt"]).len();
    assert!(
        (20..60).contains(&attempts),
        "{attempts} attempts in five days"
    );
}

#[test]
fn b_accepts_after_421_and_450() {
    let mut hosts = TwoHosts::without_hosts(3);
    hosts.start(A);
    let greeting = vec![Act::line("421 4.3.2 mx.b.test: not now"), Act::ReadAll];
    let mailbox = vec![
        Act::line("220 mx.b.test"),
        Act::wait_for_line(),
        Act::line("250 mx.b.test"),
        Act::wait_for_line(),
        Act::line("250 2.1.0 ok"),
        Act::wait_for_line(),
        Act::line("450 4.2.1 bob's mailbox is busy"),
        Act::wait_for_line(),
        Act::line("221 2.0.0 bye"),
    ];
    serve_scripts(&hosts, vec![greeting, mailbox], false);
    send(&hosts, &["bob@b.test"]);
    hosts.pass(HOUR);
    let deferred = [
        "mx.a.test: deferred bob@b.test 421",
        "mx.a.test: deferred bob@b.test 450",
    ];
    assert_eq!(decisions(&hosts, &["deferred"])[..2], deferred);
    hosts.start(B);
    hosts.pass(4 * HOUR);
    assert_eq!(
        (
            hosts.count(B, "bob@b.test"),
            hosts.count(A, "alice@a.test"),
            hosts.queued(A)
        ),
        (1, 0, 0)
    );
}

#[test]
fn an_unknown_recipient_bounces_and_the_known_one_gets_the_message() {
    let hosts = TwoHosts::new(4);
    send(&hosts, &["nobody@b.test", "bob@b.test"]);
    hosts.rest();
    let notice = notice(&hosts);
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
            hosts.count(B, "bob@b.test"),
            hosts.queued(A),
            hosts.queued(B)
        ),
        (1, 0, 0)
    );
}

#[test]
fn an_undeliverable_message_without_sender_is_dropped() {
    let hosts = TwoHosts::new(5);
    assert!(send_as(&hosts, "", &["nobody@b.test"], "").all_accepted());
    hosts.rest();
    assert_eq!(
        decisions(&hosts, &["bounced"]),
        ["mx.a.test: bounced nobody@b.test 550 nobody notified"]
    );
    assert_eq!(
        (
            hosts.count(A, "alice@a.test"),
            hosts.count(B, "bob@b.test"),
            hosts.queued(A)
        ),
        (0, 0, 0)
    );
}

#[test]
fn a_full_disk_at_b_defers_and_nothing_is_lost() {
    let hosts = TwoHosts::new(6);
    hosts.lab.disk(B).unwrap().set_full(true);
    send(&hosts, &["bob@b.test"]);
    hosts.pass(HOUR);
    let refused = hosts.lab.timeline().iter().any(|e| match &e.kind {
        event::Kind::Deferred { reply, .. } => {
            *reply == Reply::new(452, (4, 3, 1), reply.lines.join("\n"))
        }
        _ => false,
    });
    assert!(refused, "452 4.3.1");
    assert_eq!(hosts.queued(A), 1);
    hosts.lab.disk(B).unwrap().set_full(false);
    hosts.pass(4 * HOUR);
    assert_eq!(
        (
            hosts.count(B, "bob@b.test"),
            hosts.queued(A),
            hosts.count(A, "alice@a.test")
        ),
        (1, 0, 0)
    );
}

#[test]
fn below_its_disk_reserve_b_defers_mail_until_there_is_room() {
    let hosts = TwoHosts::new(8);
    let disk = hosts.lab.disk(B).unwrap();
    disk.set_capacity(100_000_000);
    let space = store::Volume::space(&*disk).unwrap();
    let used = space.total_bytes - space.free_bytes;
    // One sixteenth is free, less than the eighth that new mail must leave free.
    disk.set_capacity(used + used / 15);
    send(&hosts, &["bob@b.test"]);
    hosts.pass(HOUR);
    assert_eq!((hosts.queued(A), hosts.count(B, "bob@b.test")), (1, 0));
    disk.set_capacity(100_000_000);
    hosts.pass(4 * HOUR);
    assert_eq!((hosts.queued(A), hosts.count(B, "bob@b.test")), (0, 1));
}

#[test]
fn a_full_disk_at_a_rejects_the_submission_and_stores_nothing() {
    let hosts = TwoHosts::new(7);
    hosts.lab.disk(A).unwrap().set_full(true);
    let refused = send_as(&hosts, "alice@a.test", &["bob@b.test"], "");
    assert_eq!(
        (
            refused.0[0].code,
            refused.0[0].enhanced.unwrap().to_string()
        ),
        (452, "4.3.1".to_owned())
    );
    hosts.lab.disk(A).unwrap().set_full(false);
    hosts.rest();
    assert_eq!((hosts.queued(A), hosts.count(B, "bob@b.test")), (0, 0));
    send(&hosts, &["bob@b.test"]);
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
}

#[test]
fn routing_loops_null_mx_and_missing_domains_bounce_immediately() {
    let hosts = TwoHosts::new(8);
    send(&hosts, &["x@loop.test", "x@null.test", "x@nowhere.test"]);
    hosts.rest();
    let statuses: Vec<String> = hosts
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
    assert!(hosts.lab.now().since(sim::START) < HOUR && hosts.queued(A) == 0);
}

#[test]
fn a_message_with_fifty_one_hops_is_a_loop() {
    let hosts = TwoHosts::new(9);
    let sent = |hosts: &TwoHosts, hops: usize| {
        send_as(
            hosts,
            "alice@a.test",
            &["bob@b.test"],
            &"Received: from x by y; now\r\n".repeat(hops),
        )
    };
    let refused = sent(&hosts, 51);
    assert_eq!(
        (
            refused.0[0].code,
            refused.0[0].enhanced.unwrap().to_string()
        ),
        (554, "5.4.6".to_owned())
    );
    // A message that passes a at the limit has one more Received field at b.
    assert!(sent(&hosts, 50).all_accepted());
    hosts.rest();
    assert!(notice(&hosts).contains("Status: 5.4.6"));
    assert_eq!(hosts.count(B, "bob@b.test"), 0);
    assert!(sent(&hosts, 49).all_accepted());
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
}

#[test]
fn a_crash_of_a_right_after_its_250_loses_nothing() {
    let mut hosts = TwoHosts::new(10);
    hosts.lab.set_up(B, false).unwrap();
    send(&hosts, &["bob@b.test"]);
    hosts.crash(A);
    hosts.pass(HOUR);
    hosts.lab.set_up(A, true).unwrap();
    hosts.lab.set_up(B, true).unwrap();
    hosts.start(A);
    hosts.pass(4 * HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 0));
}

#[test]
fn an_unknown_client_cannot_relay_through_a() {
    let hosts = TwoHosts::new(11);
    let stranger = hosts.world(PHONE);
    let transcript = hosts.talk(async move {
        let connection = stranger
            .network
            .connect("192.0.2.25:25".parse().unwrap())
            .await
            .unwrap();
        let script = [
            Act::wait_for_line(),
            Act::line("HELO phone.b.test"),
            Act::wait_for_line(),
            Act::line("MAIL FROM:<bob@b.test>"),
            Act::wait_for_line(),
            Act::line("RCPT TO:<carol@c.test>"),
            Act::wait_for_line(),
            Act::line("QUIT"),
            Act::ReadAll,
        ];
        String::from_utf8(sim::perform(&stranger, connection, &script).await).unwrap()
    });
    let relay = transcript.lines().nth(3).unwrap();
    assert!(
        relay.starts_with("550 5.7.1") || relay.starts_with("554 5.7.1"),
        "{transcript}"
    );
}

// Waits until b has accepted the message, while a does not know it yet or cannot record it.
fn wait_until_accepted(hosts: &TwoHosts) {
    for _ in 0..1000 {
        hosts.pass(Duration::from_millis(5));
        if hosts.count(B, "bob@b.test") == 1 {
            return;
        }
    }
    panic!("seed {}: b never took it", hosts.seed);
}

#[test]
fn a_full_disk_does_not_cause_relayed_mail_to_be_resent() {
    let hosts = TwoHosts::new(51);
    send(&hosts, &["bob@b.test"]);
    hosts.pass(Duration::from_millis(100));
    hosts.lab.disk(A).unwrap().set_full(true);
    wait_until_accepted(&hosts);
    hosts.pass(2 * HOUR);
    assert_eq!(
        (hosts.queued(A), hosts.count(B, "bob@b.test")),
        (1, 1),
        "the outcome waits to be written down"
    );
    hosts.lab.disk(A).unwrap().set_full(false);
    hosts.rest();
    assert_eq!(
        (
            hosts.queued(A),
            hosts.count(B, "bob@b.test"),
            hosts.count(A, "alice@a.test")
        ),
        (0, 1, 0)
    );
}

#[test]
fn a_host_that_crashes_while_sending_retries_after_restart() {
    let mut hosts = TwoHosts::new(52);
    hosts.lab.edit_link(A, B, |link| link.held = true).unwrap();
    send(&hosts, &["bob@b.test"]);
    hosts.pass(Duration::from_secs(2));
    hosts.crash(A);
    hosts.lab.edit_link(A, B, |link| link.held = false).unwrap();
    hosts.lab.set_up(A, true).unwrap();
    hosts.start(A);
    hosts.pass(Duration::from_secs(30));
    assert_eq!(
        (hosts.queued(A), hosts.count(B, "bob@b.test")),
        (0, 1),
        "it does not wait for the end of the dead one's lease"
    );
}

#[test]
fn clock_jumps_lose_nothing_and_block_nothing() {
    for (seed, hours) in [(53, 200), (54, -3)] {
        let hosts = TwoHosts::new(seed);
        hosts.lab.set_up(B, false).unwrap();
        send(&hosts, &["bob@b.test"]);
        hosts.pass(HOUR);
        hosts
            .lab
            .set_clock(
                A,
                sim::Skew {
                    offset_micros: hours * 3_600_000_000,
                    drift_ppm: 0,
                },
            )
            .unwrap();
        hosts.lab.set_up(B, true).unwrap();
        hosts.pass(12 * HOUR);
        let notices = hosts
            .inbox(A, "alice@a.test")
            .iter()
            .filter(|n| n.contains("Action: failed"))
            .count();
        assert_eq!(
            (hosts.queued(A), hosts.count(B, "bob@b.test") + notices),
            (0, 1),
            "{hours} hours"
        );
    }
}

#[test]
fn temporary_dns_failures_only_delay_delivery() {
    for (seed, failure) in [
        (55, mail::dns::Failure::ServerFailure),
        (56, mail::dns::Failure::Timeout),
    ] {
        for name in ["b.test", "mx.b.test"] {
            let hosts = TwoHosts::new(seed);
            hosts.lab.zones().fail(name, Some(failure));
            send(&hosts, &["bob@b.test"]);
            hosts.pass(HOUR);
            assert!(
                decisions(&hosts, &["deferred"])
                    .iter()
                    .all(|d| d == "mx.a.test: deferred bob@b.test 451")
            );
            hosts.lab.zones().fail(name, None);
            hosts.rest();
            assert_eq!(
                (
                    hosts.queued(A),
                    hosts.count(B, "bob@b.test"),
                    hosts.count(A, "alice@a.test")
                ),
                (0, 1, 0),
                "{name} {failure}"
            );
        }
    }
}

#[test]
fn a_future_release_message_is_held_for_all_recipients() {
    let hosts = TwoHosts::new(57);
    let mut envelope = mail::Envelope::new(
        "alice@a.test".parse().ok(),
        ["bob@b.test", "alice@a.test"].map(|a| a.parse().unwrap()),
    );
    envelope.hold_until = Some(hosts.lab.now() + 5 * HOUR);
    assert!(
        hosts
            .post(envelope, "Subject: later\n\nhello\n")
            .is_positive()
    );
    hosts.pass(4 * HOUR);
    assert_eq!(
        (
            hosts.queued(A),
            hosts.count(B, "bob@b.test"),
            hosts.count(A, "alice@a.test")
        ),
        (1, 0, 0)
    );
    hosts.rest();
    assert_eq!(
        (
            hosts.queued(A),
            hosts.count(B, "bob@b.test"),
            hosts.count(A, "alice@a.test")
        ),
        (0, 1, 1)
    );
}

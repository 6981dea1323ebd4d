//! Inbound policy in the virtual world: one of two hosts checks the clients that connect to it.

use event::{Kind, Verdict};
use journeys::{A, B, LAPTOP, PHONE, TwoHosts, fetch_by_imap, submit};
use mail::Duration;
use node::Service;
use node::policy::GreylistTimes;
use node::policy::{AnswerRange, DnsList, ListKind, Weight};
use node::rate::Rate;

const MESSAGE: &str =
    "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: x\r\n\r\nDear Bob\r\n";

async fn alice_writes(world: world::World) -> bool {
    submit(
        world,
        Service::Submission,
        "alice@a.test",
        "alice@a.test",
        &["bob@b.test"],
        MESSAGE.to_owned(),
    )
    .await
    .all_accepted()
}

fn sent(hosts: &TwoHosts) {
    let laptop = hosts.world(LAPTOP);
    assert!(hosts.talk(alice_writes(laptop)), "seed {}", hosts.seed);
}

fn checks(hosts: &TwoHosts) -> Vec<String> {
    hosts.story(|e| match &e.kind {
        Kind::Check { check, verdict, .. } if e.host == B => Some(format!("{check} {verdict:?}")),
        _ => None,
    })
}

#[test]
fn a_greylisted_message_is_retried_and_the_next_one_does_not_wait() {
    let mut hosts = TwoHosts::without_hosts(1);
    hosts.start(A);
    hosts.start_with(B, |config| {
        config.inbound.greylist = Some(GreylistTimes::default());
    });
    sent(&hosts);
    hosts.pass(Duration::from_secs(60));
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (0, 1));
    hosts.pass(Duration::from_secs(20 * 60));
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 0));
    assert!(
        hosts
            .decisions()
            .iter()
            .any(|d| d == "mx.a.test: deferred bob@b.test 451"),
        "{:?}",
        hosts.decisions()
    );
    sent(&hosts);
    hosts.pass(Duration::from_secs(60));
    assert_eq!(hosts.count(B, "bob@b.test"), 2);
    // The record survives a crash.
    hosts.crash(B);
    hosts.lab.set_up(B, true).expect("the machine is known");
    hosts.start_with(B, |config| {
        config.inbound.greylist = Some(GreylistTimes::default());
    });
    sent(&hosts);
    hosts.pass(Duration::from_secs(60));
    assert_eq!(hosts.count(B, "bob@b.test"), 3);
    assert_eq!(
        checks(&hosts)
            .iter()
            .filter(|c| *c == "greylist Pass")
            .count(),
        3
    );
}

#[test]
fn a_listed_host_gets_the_reason_and_its_user_a_bounce() {
    let mut hosts = TwoHosts::without_hosts(2);
    hosts.start(A);
    hosts.start_with(B, |config| {
        let list = DnsList {
            zone: "bl.test".into(),
            kind: ListKind::Block,
            weight: Weight::Reject,
            answers: vec![AnswerRange::DEFAULT],
        };
        config.inbound.lists = vec![list];
    });
    hosts.lab.zones().add(
        "25.2.0.192.bl.test",
        mail::dns::Record::A("127.0.0.2".parse().expect("an address")),
    );
    sent(&hosts);
    hosts.rest();
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (0, 0));
    let notice = hosts.inbox(A, "alice@a.test").remove(0);
    assert!(
        notice.contains("192.0.2.25 is on bl.test:") && notice.contains("5.7.1"),
        "{notice}"
    );
}

#[test]
fn unanswered_dns_rejects_nothing_and_delays_only_briefly() {
    let mut hosts = TwoHosts::without_hosts(3);
    hosts.start(A);
    hosts.start_with(B, |config| {
        let zones = ["bl.test", "bl2.test", "bl3.test"];
        let list = |zone: &str| DnsList {
            zone: zone.into(),
            kind: ListKind::Block,
            weight: Weight::Reject,
            answers: vec![AnswerRange::DEFAULT],
        };
        config.inbound.lists = zones.map(list).to_vec();
    });
    hosts
        .lab
        .set_dns(B, false, Duration::from_millis(10))
        .expect("the host is known");
    let begun = hosts.lab.now();
    sent(&hosts);
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
    let undecided = hosts.story(|e| match &e.kind {
        Kind::Check {
            check,
            verdict: Verdict::Neutral,
            ..
        } if e.host == B => Some(check.to_string()),
        _ => None,
    });
    for check in ["ptr", "helo", "dnsbl"] {
        assert!(
            undecided.iter().any(|c| c == check),
            "{check} is not among {undecided:?}"
        );
    }
    assert!(
        hosts.lab.now().since(begun) < Duration::from_secs(60),
        "{:?}",
        hosts.lab.now().since(begun)
    );
}

#[test]
fn clients_that_fetch_too_often_are_delayed() {
    let mut hosts = TwoHosts::without_hosts(4);
    hosts.start_with(B, |config| {
        config.inbound.rates.connections = Some(Rate::new(2, 60));
    });
    let fetch = |hosts: &TwoHosts| hosts.talk(fetch_by_imap(hosts.world(PHONE)));
    for greeted in [true, true, false] {
        assert_eq!(fetch(&hosts).contains("* OK"), greeted);
    }
    hosts.pass(Duration::from_secs(60));
    assert!(fetch(&hosts).contains("* OK"));
}

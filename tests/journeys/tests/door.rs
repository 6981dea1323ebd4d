//! The door in the virtual world: what two hosts make of each other when one of them checks who
//! calls.

use event::{Kind, Verdict};
use journeys::{A, B, Country, LAPTOP, PHONE, fetch_by_imap, submit};
use mail::Duration;
use node::Service;
use node::door::{Answers, DnsList, ListKind, Weigh};
use node::rate::{GreylistTimes, Rate};

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
    .all_taken()
}

fn sent(country: &Country) {
    let laptop = country.world(LAPTOP);
    assert!(country.talk(alice_writes(laptop)), "seed {}", country.seed);
}

fn checks(country: &Country) -> Vec<String> {
    country.story(|e| match &e.kind {
        Kind::Check { check, verdict, .. } if e.host == B => Some(format!("{check} {verdict:?}")),
        _ => None,
    })
}

#[test]
fn a_greylisted_message_comes_back_by_itself_and_the_next_one_does_not_wait() {
    let mut country = Country::without_hosts(1);
    country.start(A);
    country.start_with(B, |config| {
        config.inbound.greylist = Some(GreylistTimes::default())
    });
    sent(&country);
    country.pass(Duration::from_secs(60));
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (0, 1));
    country.pass(Duration::from_secs(20 * 60));
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (1, 0));
    assert!(
        country
            .decisions()
            .iter()
            .any(|d| d == "mx.a.test: deferred bob@b.test 451"),
        "{:?}",
        country.decisions()
    );
    sent(&country);
    country.pass(Duration::from_secs(60));
    assert_eq!(country.count(B, "bob@b.test"), 2);
    // It outlives a crash.
    country.crash(B);
    country.lab.set_up(B, true).expect("the machine is known");
    country.start_with(B, |config| {
        config.inbound.greylist = Some(GreylistTimes::default())
    });
    sent(&country);
    country.pass(Duration::from_secs(60));
    assert_eq!(country.count(B, "bob@b.test"), 3);
    assert_eq!(
        checks(&country)
            .iter()
            .filter(|c| *c == "greylist Pass")
            .count(),
        3
    );
}

#[test]
fn a_listed_host_hears_why_and_its_user_is_told() {
    let mut country = Country::without_hosts(2);
    country.start(A);
    country.start_with(B, |config| {
        let list = DnsList {
            zone: "bl.test".into(),
            kind: ListKind::Block,
            weigh: Weigh::Refuse,
            answers: vec![Answers::USUAL],
        };
        config.inbound.lists = vec![list];
    });
    country.lab.zones().add(
        "25.2.0.192.bl.test",
        mail::dns::Record::A("127.0.0.2".parse().expect("an address")),
    );
    sent(&country);
    country.rest();
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (0, 0));
    let notice = country.inbox(A, "alice@a.test").remove(0);
    assert!(
        notice.contains("192.0.2.25 is on bl.test:") && notice.contains("5.7.1"),
        "{notice}"
    );
}

#[test]
fn dns_that_does_not_answer_refuses_nobody_and_delays_for_a_moment_only() {
    let mut country = Country::without_hosts(3);
    country.start(A);
    country.start_with(B, |config| {
        let zones = ["bl.test", "bl2.test", "bl3.test"];
        let list = |zone: &str| DnsList {
            zone: zone.into(),
            kind: ListKind::Block,
            weigh: Weigh::Refuse,
            answers: vec![Answers::USUAL],
        };
        config.inbound.lists = zones.map(list).to_vec();
    });
    country
        .lab
        .set_dns(B, false, Duration::from_millis(10))
        .expect("the host is known");
    let begun = country.lab.now();
    sent(&country);
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
    let undecided = country.story(|e| match &e.kind {
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
        country.lab.now().since(begun) < Duration::from_secs(60),
        "{:?}",
        country.lab.now().since(begun)
    );
}

#[test]
fn whoever_reads_too_often_waits_as_well() {
    let mut country = Country::without_hosts(4);
    country.start_with(B, |config| {
        config.inbound.rates.connections = Some(Rate::new(2, 60))
    });
    let hear = |country: &Country| country.talk(fetch_by_imap(country.world(PHONE)));
    for greeted in [true, true, false] {
        assert_eq!(hear(&country).contains("* OK"), greeted);
    }
    country.pass(Duration::from_secs(60));
    assert!(hear(&country).contains("* OK"));
}

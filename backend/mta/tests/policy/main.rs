//! The policy of port 25: each check in a world of its own, and what holds for every client whatever
//! DNS says.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

#[path = "../host/mod.rs"]
mod host;

mod fixture;
mod rate_limits;
mod seeded;

use event::{Kind, Verdict};
use fixture::{Fixture, ZONE, list, open};
use host::{Exchange, Node, Talk, wire, world};
use limits::{Rate, RateLimits};
use mail::dns::{Answer, Failure, Question};
use mail::{Duration, JourneyId, Time};
use mta::policy::{AnswerRange, Checks, DnsList, InboundPolicy, ListKind, Tarpit, Weight};
use mta::{Inbound, InboundConfig};
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use store::GreylistTimes;
use tokio::sync::watch;
use world::zone::Zones;
use world::{BoxFuture, Resolver, World};

#[tokio::test(start_paused = true)]
async fn rejects_denied_address_in_place_of_the_greeting() {
    let entry = mta::policy::ListEntry {
        reason: Some("sends only spam".into()),
        ..("192.0.2.0/24".parse().unwrap())
    };
    let policy = InboundPolicy {
        deny: vec![entry],
        allow: vec!["192.0.2.7".parse().unwrap()],
        ..open()
    };
    let fixture = Fixture::new(policy, "").await;
    let replies = fixture
        .check(
            "192.0.2.1",
            &[("", "554 5.7.1"), ("EHLO c.test", "503"), ("QUIT", "221")],
        )
        .await;
    assert!(replies[0].contains("sends only spam"), "{replies:?}");
    fixture
        .check("192.0.2.7", &[("", "220"), ("QUIT", "221")])
        .await;
    fixture
        .check("::ffff:192.0.2.1", &[("", "554 5.7.1"), ("QUIT", "221")])
        .await;
}

#[tokio::test(start_paused = true)]
async fn rejects_denied_domain_in_helo_sender_and_ptr() {
    let deny = ["helo:ylmf-pc", "sender:spam.test", "dyn.test"]
        .map(|e| e.parse().unwrap())
        .to_vec();
    let fixture = Fixture::new(InboundPolicy { deny, ..open() }, ZONE).await;
    fixture
        .check(
            "192.0.2.1",
            &[
                ("", "220"),
                ("EHLO ylmf-pc", "550 5.7.1"),
                ("MAIL FROM:<a@b.test>", "503"),
            ],
        )
        .await;
    let chat = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<x@sub.spam.test>", "550 5.7.1"),
        ("MAIL FROM:<x@fine.test>", "250"),
    ];
    fixture.check("192.0.2.1", &chat).await;
    fixture
        .message("192.0.2.9", "c.test", "a@b.test", "550 5.7.1")
        .await;
    // Postmaster too.
    let chat = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<postmaster@here.test>", "550 5.7.1"),
    ];
    fixture.check("192.0.2.9", &chat).await;
    fixture
        .message("192.0.2.1", "c.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn allows_by_name_only_where_dns_confirms_it() {
    let mut policy = InboundPolicy {
        allow: vec!["good.test".parse().unwrap()],
        ..open()
    };
    policy.checks.helo_unresolved = Weight::Reject;
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Reject)];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.1", "unknown.test", "a@b.test", "250")
        .await
        .unwrap();
    // Its PTR is a mere claim, and so is its HELO; but its sender is on the list.
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "550 5.7.1")
        .await;
    fixture
        .message("192.0.2.2", "unknown.test", "a@good.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn ptr_name_must_resolve_to_the_address() {
    let mut policy = open();
    (policy.checks.ptr_missing, policy.checks.ptr_unconfirmed) = (Weight::Score(3), Weight::Reject);
    let fixture = Fixture::new(policy, ZONE).await;
    let passes = "ptr Pass, helo Neutral, recipient Pass";
    assert_eq!(fixture.checks("192.0.2.1", "mailonly.test").await, passes);
    assert_eq!(fixture.checks("2001:db8::1", "mailonly.test").await, passes);
    assert_eq!(
        fixture.checks("192.0.2.77", "mailonly.test").await,
        "ptr Fail, helo Neutral, score Pass, recipient Pass"
    );
    fixture
        .message("192.0.2.2", "c.test", "a@b.test", "550 5.7.25")
        .await;
}

#[tokio::test(start_paused = true)]
async fn compares_helo_with_the_client() {
    let mut policy = open();
    let refuse = Weight::Reject;
    let checks = &mut policy.checks;
    (
        checks.helo_syntax,
        checks.helo_own,
        checks.helo_literal,
        checks.helo_unresolved,
    ) = (refuse, refuse, refuse, refuse);
    let fixture = Fixture::new(policy, ZONE).await;
    for (hello, rcpt) in [
        ("good.test", "250"),
        ("mailonly.test", "250"),
        ("[192.0.2.1]", "250"),
        ("[192.0.2.2]", "550 5.7.1"),
        ("mx.here.test", "550 5.7.1"),
        ("HERE.test", "550 5.7.1"),
        ("unknown.test", "550 5.7.1"),
        ("localhost", "550 5.7.1"),
        ("a..b", "550 5.7.1"),
    ] {
        fixture.message("192.0.2.1", hello, "a@b.test", rcpt).await;
    }
    // The web server of our domain may have its name.
    fixture
        .node
        .store
        .add_domain(&"good.test".parse().unwrap())
        .await
        .unwrap();
    fixture
        .message("192.0.2.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "550 5.7.1")
        .await;
    fixture
        .message("2001:db8::1", "[IPv6:2001:db8:0::1]", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("127.0.0.1", "mx.here.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn dns_lists_score_as_configured_for_matching_answers_only() {
    let mut policy = open();
    policy.lists = vec![
        list("bl.test", ListKind::Block, Weight::Score(6)),
        list("rhs.test", ListKind::Domain, Weight::Score(4)),
    ];
    let fixture = Fixture::new(policy.clone(), ZONE).await;
    for (from, sender, score) in [
        (
            "192.0.2.2",
            "a@b.test",
            Some((Verdict::Neutral, "6 points (dnsbl +6)")),
        ),
        (
            "2001:db8::2",
            "a@b.test",
            Some((Verdict::Neutral, "6 points (dnsbl +6)")),
        ),
        ("192.0.2.3", "a@b.test", None),
        ("192.0.2.4", "a@b.test", None),
        ("192.0.2.5", "a@b.test", None),
        (
            "192.0.2.6",
            "a@bad.test",
            Some((Verdict::Pass, "4 points (rhsbl +4)")),
        ),
    ] {
        let checks = fixture
            .message(from, "good.test", sender, "250")
            .await
            .unwrap();
        let found = checks.iter().find(|(name, ..)| name == "score");
        assert_eq!(
            found.map(|(_, verdict, why)| (*verdict, why.split(';').next().unwrap())),
            score,
            "{from}"
        );
    }
    // Both together reach ten.
    fixture
        .message("192.0.2.2", "good.test", "a@bad.test", "550 5.7.1")
        .await;
    let checks = fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    let (_, _, why) = checks
        .iter()
        .find(|(name, verdict, _)| name == "dnsbl" && *verdict == Verdict::Fail)
        .unwrap();
    assert_eq!(
        why,
        "192.0.2.2 is on bl.test: 127.0.0.2 (seen sending spam) (+6 points)"
    );
    policy
        .lists
        .push(list("wl.test", ListKind::Welcome, Weight::Score(2)));
    let fixture = Fixture::new(policy, ZONE).await;
    let checks = fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    assert!(
        checks.iter().any(|(name, verdict, why)| name == "score"
            && *verdict == Verdict::Pass
            && why.starts_with("4 points")),
        "{checks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn greeting_waits_for_dns_only_where_it_may_reject() {
    let mut policy = open();
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Reject)];
    let fixture = Fixture::slow(policy.clone(), ZONE, Some(Duration::from_secs(2))).await;
    let begun = fixture.now();
    fixture
        .check(
            "192.0.2.2",
            &[
                ("", "220"),
                ("EHLO good.test", "250"),
                ("MAIL FROM:<>", "250"),
            ],
        )
        .await;
    assert!(
        fixture.now().since(begun) < Duration::from_secs(1),
        "{:?}",
        fixture.now().since(begun)
    );
    let refused = [
        ("", "220"),
        ("EHLO good.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<bob@here.test>", "550 5.7.1"),
    ];
    fixture.check("192.0.2.2", &refused).await;
    let fixture = Fixture::slow(
        InboundPolicy {
            refuse_at_connect: true,
            ..policy
        },
        ZONE,
        Some(Duration::from_secs(2)),
    )
    .await;
    fixture
        .check("192.0.2.2", &[("", "554 5.7.1"), ("QUIT", "221")])
        .await;
    fixture
        .message("192.0.2.6", "good.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn caches_dns_answers_for_their_ttl() {
    let mut policy = open();
    policy.lists = vec![list("bl.test", ListKind::Block, Weight::Note)];
    let fixture = Fixture::slow(
        policy,
        "2.2.0.192.bl.test. 60 A 127.0.0.2\n",
        Some(Duration::from_secs(2)),
    )
    .await;
    for (pause, waits) in [(0, true), (0, false), (50, false), (60, true)] {
        fixture.node.world.sleep(Duration::from_secs(pause)).await;
        let begun = fixture.now();
        fixture
            .message("192.0.2.2", "[192.0.2.2]", "a@[192.0.2.2]", "250")
            .await
            .unwrap();
        assert_eq!(
            fixture.now().since(begun) >= Duration::from_secs(2),
            waits,
            "after {pause} s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn greylists_an_unknown_client_once() {
    let times = GreylistTimes::default();
    let mut policy = InboundPolicy {
        greylist: Some(times),
        allow: vec!["198.51.100.0/24".parse().unwrap()],
        ..open()
    };
    policy.lists = vec![list("wl.test", ListKind::Welcome, Weight::Score(1))];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.1", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture.node.world.sleep(Duration::from_secs(299)).await;
    fixture
        .message("192.0.2.77", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture.node.world.sleep(Duration::from_secs(1)).await;
    fixture
        .message("192.0.2.77", "good.test", "A@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("192.0.2.78", "good.test", "other@b.test", "250")
        .await
        .unwrap();
    // Not asked: whoever is allowed or trusted, whoever a list speaks for, whoever writes to
    // postmaster.
    fixture
        .message("198.51.100.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    fixture
        .message("127.0.0.1", "good.test", "a@b.test", "250")
        .await
        .unwrap();
    let chat = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        ("RCPT TO:<postmaster>", "250"),
        ("RSET", "250"),
    ];
    fixture.check("203.0.113.9", &chat).await;
}

#[tokio::test(start_paused = true)]
async fn does_not_greylist_clients_on_a_welcome_list() {
    let mut policy = InboundPolicy {
        greylist: Some(GreylistTimes::default()),
        ..open()
    };
    policy.lists = vec![list("wl.test", ListKind::Welcome, Weight::Score(1))];
    let fixture = Fixture::new(policy, ZONE).await;
    fixture
        .message("192.0.2.3", "good.test", "a@b.test", "451 4.7.1")
        .await;
    fixture
        .message("192.0.2.2", "good.test", "a@b.test", "250")
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn detects_early_talker_and_keeps_its_input() {
    for (weight, refused) in [(Weight::Reject, true), (Weight::Score(2), false)] {
        let mut policy = InboundPolicy {
            greet_pause: Duration::from_secs(2),
            ..open()
        };
        policy.checks.early_talker = weight;
        let fixture = Fixture::new(policy, ZONE).await;
        let (caller, called) = wire("192.0.2.1:4000", "203.0.113.25:25");
        let (_stop, stopped) = watch::channel(false);
        let talk = async {
            let mut talk = Talk::new(caller);
            talk.say("EHLO good.test\r\n").await;
            let greeting = talk.reply().await;
            assert_eq!(greeting.starts_with("554 5.5.1"), refused, "{greeting}");
            let heard = talk.reply().await;
            assert_eq!(heard.starts_with("250"), !refused, "{heard}");
            talk.ask("QUIT", "221").await;
        };
        tokio::join!(fixture.inbound.serve(called, stopped), talk);
        // Who waits is greeted after the pause.
        let begun = fixture.now();
        fixture
            .check("192.0.2.1", &[("", "220"), ("QUIT", "221")])
            .await;
        assert_eq!(fixture.now().since(begun).as_secs(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn bounce_has_one_recipient() {
    let fixture = Fixture::new(open(), "").await;
    let (alice, bob) = ("RCPT TO:<alice@here.test>", "RCPT TO:<bob@here.test>");
    let chat = [
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<>", "250"),
        (alice, "250"),
        (bob, "550 5.5.3"),
        (alice, "250"),
    ];
    fixture.check("192.0.2.1", &chat).await;
}

#[tokio::test(start_paused = true)]
async fn accepts_alias_that_leads_to_a_mailbox() {
    let fixture = Fixture::new(open(), "").await;
    let store = &fixture.node.store;
    for (name, target) in [
        ("team", "alice@here.test"),
        ("away", "carol@there.test"),
        ("gone", "nobody@here.test"),
    ] {
        store
            .add_targets(
                &format!("{name}@here.test").parse().unwrap(),
                &[target.parse().unwrap()],
            )
            .await
            .unwrap();
    }
    let mut chat = vec![
        ("", "220"),
        ("EHLO c.test", "250"),
        ("MAIL FROM:<a@b.test>", "250"),
    ];
    chat.extend([
        ("RCPT TO:<team@here.test>", "250"),
        ("RCPT TO:<away@here.test>", "250"),
        ("RCPT TO:<gone@here.test>", "550 5.1.1"),
    ]);
    fixture.check("192.0.2.1", &chat).await;
    let alice = store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    store.set_quota(alice.id, Some(0)).await.unwrap();
    fixture
        .check(
            "192.0.2.1",
            &[
                chat[0],
                chat[1],
                chat[2],
                ("RCPT TO:<team@here.test>", "452 4.2.2"),
            ],
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn records_findings_with_the_lookups_that_decided() {
    let fixture = Fixture::new(InboundPolicy::default(), ZONE).await;
    let mut chat = vec![("", "220"), ("EHLO unknown.test", "250")];
    let message = [
        ("MAIL FROM:<a@b.test>", "250"),
        ("RCPT TO:<alice@here.test>", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0"),
    ];
    chat.extend(message.iter().chain(&message));
    let replies = fixture.check("192.0.2.2", &chat).await;
    for reply in replies.iter().filter(|r| r.contains("Accepted as")) {
        let journey: JourneyId = reply.rsplit(' ').next().unwrap().parse().unwrap();
        let recorded = fixture
            .node
            .store
            .journeys()
            .read(journey)
            .await
            .unwrap()
            .into_iter()
            .filter_map(|e| match e.kind {
                Kind::Check {
                    check,
                    verdict,
                    reason,
                    ..
                } => {
                    let reason = reason.english();
                    Some(format!("{check} {verdict:?}: {reason} [{}]", e.explain))
                }
                Kind::Dns {
                    question, answer, ..
                } => Some(format!(
                    "{question}: {}",
                    answer.map_or_else(|f| f.to_string(), |r| r.len().to_string())
                )),
                Kind::Line { text, .. } if text.starts_with("RCPT") => Some("RCPT".to_owned()),
                _ => None,
            });
        let mut recorded: Vec<String> = recorded.collect();
        // In the order of time: in this world all of it happens in the same millisecond.
        recorded.sort_by_key(|t| t.starts_with("RCPT"));
        let expected = [
            "2.2.0.192.in-addr.arpa Ptr: 1",
            "good.test A: 1",
            "ptr Fail: the PTR record of 192.0.2.2 is good.test, but good.test does not resolve to it (+1 points) [check.ptr]",
            "unknown.test A: no such domain (NXDOMAIN)",
            "helo Fail: unknown.test does not exist in DNS (+1 points) [check.helo]",
            "score Pass: 2 points (ptr +1, helo +1); Junk from 5, rejected from 10 [check.score]",
            "recipient Pass: alice@here.test [check]",
            "RCPT",
        ];
        assert_eq!(recorded, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn relays_for_listed_networks_only() {
    let fixture = Fixture::new(
        InboundPolicy {
            relay: vec!["192.0.2.0/29".parse().unwrap()],
            ..open()
        },
        ZONE,
    )
    .await;
    for (from, rcpt) in [
        ("192.0.2.1", "250"),
        ("192.0.2.7", "250"),
        ("192.0.2.8", "550 5.7.1"),
        ("2001:db8::1", "550 5.7.1"),
    ] {
        let chat = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<dave@elsewhere.test>", rcpt),
            ("RCPT TO:<alice@here.test>", "250"),
            ("RCPT TO:<nobody@here.test>", "550 5.1.1"),
        ];
        fixture.check(from, &chat).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rejects_one_hop_more_than_allowed() {
    let fixture = Fixture::new(
        InboundPolicy {
            hops_max: 12,
            ..open()
        },
        ZONE,
    )
    .await;
    for (hops, reply) in [(12, "250 2.0.0"), (13, "554 5.4.6")] {
        let message = format!(
            "{}Subject: x\r\n\r\nhello\r\n.",
            "Received: x\r\n".repeat(hops)
        );
        let chat = [
            ("", "220"),
            ("EHLO good.test", "250"),
            ("MAIL FROM:<carol@there.test>", "250"),
            ("RCPT TO:<alice@here.test>", "250"),
            ("DATA", "354"),
            (message.as_str(), reply),
        ];
        fixture.check("192.0.2.1", &chat).await;
    }
}

//! The policy of port 25: each check with hosts and DNS of its own, and properties that hold for
//! every client and every DNS answer.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

#[path = "../host/mod.rs"]
mod host;

mod dns_lists;
mod fixture;
mod greylist;
mod names;
mod rate_limits;
mod recipients;
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
async fn records_findings_with_the_lookups_that_decided() {
    let fixture = Fixture::new(InboundPolicy::default(), ZONE).await;
    let mut dialogue = vec![("", "220"), ("EHLO unknown.test", "250")];
    let message = [
        ("MAIL FROM:<a@b.test>", "250"),
        ("RCPT TO:<alice@here.test>", "250"),
        ("DATA", "354"),
        ("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0"),
    ];
    dialogue.extend(message.iter().chain(&message));
    let replies = fixture.check("192.0.2.2", &dialogue).await;
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

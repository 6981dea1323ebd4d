//! The way out: which hosts are called, in which order, and what each answer means for the message.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod host;

use event::Kind;
use host::{Exchange, Node, Talk, world};
use mail::{Envelope, JourneyId, QueueId, Recipient, SpanId};
use mta::{Inbound, InboundConfig, Outbound, OutboundConfig};
use queue::{DeliveryAttempt, DeliveryOutcome, QueuedContent, Transport};
use smtp::server::{Config, Kind as Listener};
use std::sync::{Arc, Mutex};
use store::{BlobRef, Content};
use tokio::sync::{mpsc, watch};
use world::{Connection, World};

const ZONE: &str = "
there.test.      MX 10 mx1.there.test.
there.test.      MX 20 mx2.there.test.
mx1.there.test.  A 192.0.2.11
mx2.there.test.  A 192.0.2.12
bare.test.       A 192.0.2.11
null.test.       MX 0 .
loop.test.       MX 10 mx.here.test.
self.test.       MX 10 alias.test.
alias.test.      A 192.0.2.9
lost.test.       MX 10 nowhere.test.
text.test.       TXT \"no mail\"
";

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.dot\r\nbare\nend";

fn outbound(world: &World, node: &Node) -> Outbound {
    let mut config = OutboundConfig::new("mx.here.test".parse().unwrap());
    config.own = vec!["192.0.2.9:25".parse().unwrap()];
    Outbound::new(world.clone(), node.store.clone(), config)
}

async fn send(outbound: &Outbound, node: &Node, to: &[&str]) -> Vec<DeliveryOutcome> {
    let envelope = Envelope::new(
        "alice@here.test".parse().ok(),
        to.iter().map(|a| a.parse().unwrap()),
    );
    let recipients: Vec<Recipient> = envelope.recipients.clone();
    let content = Content::Small(MESSAGE.to_vec());
    let prefix = b"Received: here\r\n";
    let attempt = DeliveryAttempt {
        message: QueueId(1),
        journey: JourneyId(7),
        parent: SpanId(1),
        span: SpanId(2),
        number: 1,
        envelope: &envelope,
        recipients: &recipients,
        prefix,
        content: QueuedContent::incoming(BlobRef::Row(0), &content),
        bytes: (MESSAGE.len() + prefix.len()) as u64,
        arrived: node.world.now(),
        now: node.world.now(),
    };
    let mut tx = node.store.begin();
    outbound.deliver(&attempt, &mut tx).await
}

fn show(outcomes: &[DeliveryOutcome]) -> Vec<String> {
    let shown = |outcome: &DeliveryOutcome| match outcome {
        DeliveryOutcome::Delivered => "delivered".to_owned(),
        DeliveryOutcome::Relayed { host, reply, .. } => format!("relayed {host} {reply}"),
        DeliveryOutcome::Deferred(diagnostic, host) => {
            let reply = &diagnostic.reply;
            format!("deferred {} {reply}", host.as_deref().unwrap_or("-"))
        }
        DeliveryOutcome::Failed(diagnostic, host) => {
            let reply = &diagnostic.reply;
            format!("failed {} {reply}", host.as_deref().unwrap_or("-"))
        }
        DeliveryOutcome::Busy => "busy".to_owned(),
    };
    outcomes.iter().map(shown).collect()
}

type Heard = Arc<Mutex<Vec<String>>>;

/// Says its replies, one for each line heard, whatever it is; after 354 it hears a message. `cut`
/// closes.
async fn script(
    mut calls: mpsc::UnboundedReceiver<Connection>,
    mut replies: Vec<&'static str>,
    heard: Heard,
) {
    while !replies.is_empty() {
        let Some(connection) = calls.recv().await else {
            return;
        };
        let mut talk = Talk::new(connection);
        loop {
            if replies.is_empty() {
                break;
            }
            let reply = replies.remove(0);
            if reply == "cut" {
                break;
            }
            talk.say(&format!("{reply}\r\n")).await;
            if reply.starts_with("354") {
                while talk.line().await != "." {}
                heard.lock().unwrap().push(".".to_owned());
                continue;
            }
            if reply.starts_with("221") || reply.starts_with("421") {
                break;
            }
            let line = talk.line().await;
            heard.lock().unwrap().push(line);
        }
    }
}

struct Scene {
    node: Node,
    exchange: Exchange,
    world: World,
}

async fn scene(tls_works: bool) -> Scene {
    let exchange = Exchange::default();
    let world = world(exchange.clone(), ZONE, tls_works);
    let node = Node::new(world.clone(), "mx.here.test", "here.test", &["alice"]).await;
    Scene {
        node,
        exchange,
        world,
    }
}

// Sends while the two scripts are played by mx1 and mx2; none: nobody listens there.
async fn check(
    to: &[&str],
    mx1: &[&'static str],
    mx2: &[&'static str],
    expected: &[&str],
) -> Vec<String> {
    let scene = scene(true).await;
    let out = outbound(&scene.world, &scene.node);
    let heard = Heard::default();
    let play = |at: &str, replies: &[&'static str]| {
        let calls = (!replies.is_empty()).then(|| scene.exchange.listen(at));
        let (replies, heard) = (replies.to_vec(), heard.clone());
        async move {
            if let Some(calls) = calls {
                script(calls, replies, heard).await;
            }
            // The script ends with its last reply.
            std::future::pending::<()>().await;
        }
    };
    let (first, second) = (play("192.0.2.11:25", mx1), play("192.0.2.12:25", mx2));
    let outcomes = tokio::select! {
        outcomes = send(&out, &scene.node, to) => outcomes,
        () = first => unreachable!("a script waits"),
        () = second => unreachable!("a script waits"),
    };
    assert_eq!(outcomes.len(), expected.len());
    for (got, expected) in show(&outcomes).iter().zip(expected) {
        assert!(
            got.starts_with(expected),
            "{to:?}: expected {expected:?}, got {got:?}"
        );
    }
    heard.lock().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn relays_to_another_host_with_and_without_tls() {
    for tls_works in [true, false] {
        let scene = scene(tls_works).await;
        let there = Node::new(
            scene.world.clone(),
            "mx1.there.test",
            "there.test",
            &["bob"],
        )
        .await;
        let smtp = Arc::new(Config::new(
            Listener::Transfer,
            "mx1.there.test".parse().unwrap(),
            true,
        ));
        let inbound = Inbound::new(
            there.world.clone(),
            there.store.clone(),
            there.queue.clone(),
            InboundConfig::new(smtp),
        );
        let mut calls = scene.exchange.listen("192.0.2.11:25");
        let (_stop, stopped) = watch::channel(false);
        let out = outbound(&scene.world, &scene.node);
        let sent = async {
            let outcomes = send(&out, &scene.node, &["bob@there.test", "nobody@there.test"]).await;
            let shown = show(&outcomes);
            assert!(
                shown[0].starts_with("relayed mx1.there.test 250 2.0.0 Accepted as "),
                "{shown:?}"
            );
            assert!(
                shown[1].starts_with("failed mx1.there.test 550 5.1.1 "),
                "{shown:?}"
            );
            // The connection rests for a moment, then it ends.
            scene.world.sleep(mail::Duration::from_secs(30)).await;
        };
        let served = async {
            while let Some(connection) = calls.recv().await {
                inbound.serve(connection, stopped.clone()).await;
            }
        };
        tokio::select! {
            () = sent => {}
            () = served => unreachable!("the exchange stays open"),
        }
        let messages = there.messages();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].0, ["bob@there.test"]);
        let with = if tls_works {
            "with ESMTPS\r\n"
        } else {
            "with ESMTP\r\n"
        };
        assert!(messages[0].1.contains(with), "{}", messages[0].1);
        assert!(
            messages[0]
                .1
                .ends_with("\r\nReceived: here\r\nSubject: x\r\n\r\n.dot\r\nbare\r\nend\r\n"),
            "{}",
            messages[0].1
        );
        journey_is_whole(&scene.node, tls_works).await;
    }
}

async fn journey_is_whole(node: &Node, tls_works: bool) {
    let events = node.store.journeys().read(JourneyId(7)).await.unwrap();
    let count = |is: &dyn Fn(&Kind) -> bool| events.iter().filter(|e| is(&e.kind)).count();
    assert_eq!(
        count(&|k| matches!(k, Kind::Dns { .. })),
        4,
        "MX, the policy, AAAA, A"
    );
    assert_eq!(
        count(&|k| matches!(k, Kind::Connect { .. })),
        if tls_works { 1 } else { 2 }
    );
    assert_eq!(
        count(&|k| matches!(k, Kind::Tls(_))),
        usize::from(tls_works)
    );
    assert_eq!(
        count(&|k| matches!(k, Kind::Closed { .. })),
        if tls_works { 1 } else { 2 }
    );
    let data = events.iter().find(|e| e.explain == "smtp.bdat").unwrap();
    assert!(matches!(data.kind, Kind::Line { sealed, .. } if sealed == tls_works));
}

#[tokio::test(start_paused = true)]
async fn routes_and_rejects_by_dns() {
    for (to, expected) in [
        ("a@null.test", "failed - 556 5.1.10"),
        ("a@missing.test", "failed - 550 5.1.2"),
        ("a@loop.test", "failed - 554 5.4.6"),
        ("a@self.test", "failed - 554 5.4.6"),
        ("a@lost.test", "failed - 550 5.4.4"),
        ("a@text.test", "failed - 550 5.4.4"),
        ("a@there.test", "deferred - 451 4.4.1"),
    ] {
        check(&[to], &[], &[], &[expected]).await;
    }
    let scene = scene(true).await;
    let zones = world::zone::Zones::read(ZONE).unwrap();
    for failure in [
        mail::dns::Failure::ServerFailure,
        mail::dns::Failure::Timeout,
    ] {
        zones.fail("there.test", Some(failure));
        let world = World {
            resolver: Arc::new(zones.clone()),
            ..scene.world.clone()
        };
        let outcomes = send(
            &outbound(&world, &scene.node),
            &scene.node,
            &["a@there.test"],
        )
        .await;
        assert!(
            show(&outcomes)[0].starts_with("deferred - 451 4.4.3"),
            "{outcomes:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn sends_recipients_of_a_domain_in_one_transaction() {
    let replies = [
        "220 x",
        "250 x",
        "250 ok",
        "550 5.1.1 no",
        "451 4.7.1 later",
        "250 ok",
        "354",
        "250 2.0.0 done",
        "221 bye",
    ];
    let to = ["a@there.test", "b@there.test", "c@there.test"];
    let expected = [
        "failed mx1.there.test 550 5.1.1",
        "deferred mx1.there.test 451 4.7.1",
        "relayed mx1.there.test 250 2.0.0 done",
    ];
    let heard = check(&to, &replies, &[], &expected).await;
    assert_eq!(
        heard[1..6],
        [
            "MAIL FROM:<alice@here.test>",
            "RCPT TO:<a@there.test>",
            "RCPT TO:<b@there.test>",
            "RCPT TO:<c@there.test>",
            "DATA"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn tries_the_next_host_after_a_connection_failure() {
    let good = [
        "220 x", "250 x", "250 ok", "250 ok", "354", "250 done", "221 bye",
    ];
    let relayed = ["relayed mx2.there.test 250 done"];
    check(&["a@there.test"], &[], &good, &relayed).await;
    check(&["a@there.test"], &["421 busy"], &good, &relayed).await;
    check(
        &["a@there.test"],
        &["554 not you", "221 bye"],
        &good,
        &relayed,
    )
    .await;
    check(
        &["a@there.test"],
        &["220 x", "250 x", "cut"],
        &good,
        &relayed,
    )
    .await;
    check(
        &["a@there.test"],
        &["220 x", "250 x", "250 ok", "250 ok", "421 going", "cut"],
        &good,
        &relayed,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn reply_about_the_recipient_is_final_for_the_attempt() {
    let good = [
        "220 x", "250 x", "250 ok", "250 ok", "354", "250 done", "221 bye",
    ];
    check(
        &["a@there.test"],
        &["220 x", "250 x", "250 ok", "450 4.2.1 greylisted", "221"],
        &good,
        &["deferred mx1.there.test 450 4.2.1"],
    )
    .await;
    check(
        &["a@there.test"],
        &["220 x", "250 x", "550 5.7.1 no", "221"],
        &good,
        &["failed mx1.there.test 550 5.7.1"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn does_not_try_the_next_host_after_a_lost_final_reply() {
    let good = [
        "220 x", "250 x", "250 ok", "250 ok", "354", "250 done", "221 bye",
    ];
    check(
        &["a@there.test"],
        &["220 x", "250 x", "250 ok", "250 ok", "354", "cut"],
        &good,
        &["deferred - 451 4.4.2"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn uses_the_domain_itself_without_mx() {
    let good = [
        "220 x", "250 x", "250 ok", "250 ok", "354", "250 done", "221 bye",
    ];
    check(
        &["a@bare.test"],
        &good,
        &[],
        &["relayed bare.test 250 done"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn sends_excess_recipients_with_another_copy_on_the_same_connection() {
    let first = [
        "220 x",
        "250 x",
        "250 ok",
        "250 ok",
        "250 ok",
        "452 4.5.3 too many",
        "354",
        "250 2.0.0 one",
    ];
    let second = ["250 ok", "250 ok", "354", "250 2.0.0 two", "221 bye"];
    let to = ["a@there.test", "b@there.test", "c@there.test"];
    let expected = [
        "relayed mx1.there.test 250 2.0.0 one",
        "relayed mx1.there.test 250 2.0.0 one",
        "relayed mx1.there.test 250 2.0.0 two",
    ];
    let heard = check(&to, &[&first[..], &second].concat(), &[], &expected).await;
    let envelope_lines: Vec<&str> = heard
        .iter()
        .map(String::as_str)
        .filter(|l| l.starts_with("MAIL") || l.starts_with("RCPT"))
        .collect();
    assert_eq!(
        envelope_lines[4..],
        ["MAIL FROM:<alice@here.test>", "RCPT TO:<c@there.test>"]
    );
}

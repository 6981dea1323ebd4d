//! Port 25: who may write to whom, what a message looks like inside, and what its journey tells.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

mod host;

use event::Kind;
use host::{Exchange, Node, Talk, wire, world};
use mail::JourneyId;
use mta::{Inbound, InboundConfig};
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use store::engine::memory::Memory;
use store::{MemoryBlobs, PasswordCost, Space, Store};
use tokio::sync::watch;

async fn talk<F: Future<Output = ()>>(
    node: &Node,
    say: impl FnOnce(Talk, watch::Sender<bool>) -> F,
) {
    let smtp = Arc::new(Config::new(
        Listener::Transfer,
        "mx.here.test".parse().unwrap(),
        true,
    ));
    let inbound = Inbound::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        InboundConfig::new(smtp),
    );
    let (caller, called) = wire("192.0.2.1:4000", "192.0.2.2:25");
    let (stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        assert!(talk.reply().await.starts_with("220 mx.here.test"));
        talk.ask("EHLO c.test", "250 ").await;
        say(talk, stop).await;
    };
    tokio::join!(inbound.serve(called, stopped), talk);
}

async fn node() -> Node {
    Node::new(
        world(Exchange::default(), "", true),
        "mx.here.test",
        "here.test",
        &["alice", "bob"],
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn below_the_disk_reserve_mail_is_deferred_before_it_is_sent() {
    let engine = Arc::new(Memory::default());
    let (blobs, cost) = (Arc::new(MemoryBlobs::default()), PasswordCost::NONE);
    let space = Space::with_reserve(engine.clone(), 1_000_000);
    let store = Store::open_within(engine.clone(), blobs, cost, space)
        .await
        .unwrap();
    let world = world(Exchange::default(), "", true);
    let node = Node::on(store, world, "mx.here.test", "here.test", &["bob"]).await;
    let used = engine.used_bytes();
    talk(&node, |mut talk, _stop| async move {
        talk.ask("MAIL FROM:<carol@there.test>", "250").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        // An eighth is kept free.
        engine.set_capacity(used * 9 / 8);
        talk.ask("Subject: x\r\n\r\nx\r\n.", "452 4.3.1").await;
        talk.ask("MAIL FROM:<carol@there.test>", "452 4.3.1").await;
        engine.set_capacity(used + 100_000);
        talk.ask("MAIL FROM:<carol@there.test>", "250").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        talk.ask("Subject: x\r\n\r\nx\r\n.", "250").await;
    })
    .await;
    assert_eq!(node.messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_nul_is_taken_in_binary_messages_only() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        for message in ["Subject: \0\r\n\r\nx\r\n", "Subject: x\r\n\r\n\0.\r\n"] {
            let length = message.len();
            for (parameters, transfer, expected) in [
                ("", format!("DATA\r\n{message}."), "554 5.6.0"),
                (" BODY=8BITMIME", format!("DATA\r\n{message}."), "554 5.6.0"),
                ("", format!("BDAT {length} LAST\r\n{message}"), "554 5.6.0"),
                (
                    " BODY=BINARYMIME",
                    format!("BDAT {length} LAST\r\n{message}"),
                    "250 2.0.0",
                ),
            ] {
                let from = format!("MAIL FROM:<carol@there.test>{parameters}");
                talk.ask(&from, "250").await;
                talk.ask("RCPT TO:<bob@here.test>", "250").await;
                if let Some(data) = transfer.strip_prefix("DATA\r\n") {
                    talk.ask("DATA", "354").await;
                    talk.ask(data, expected).await;
                } else {
                    talk.say(&transfer).await;
                    assert!(talk.reply().await.starts_with(expected));
                }
                talk.ask("RSET", "250").await;
            }
        }
    })
    .await;
    assert_eq!(node.messages().len(), 2);
}

fn journey(reply: &str) -> JourneyId {
    reply.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn accepts_local_recipients_only() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        talk.ask("MAIL FROM:<carol@there.test>", "250 2.1.0").await;
        talk.ask("RCPT TO:<nobody@here.test>", "550 5.1.1").await;
        talk.ask("RCPT TO:<carol@elsewhere.test>", "550 5.7.1")
            .await;
        talk.ask("RCPT TO:<alice@[192.0.2.2]>", "550 5.7.1").await;
        talk.ask("RCPT TO:<carol%elsewhere.test@here.test>", "550 5.7.1")
            .await;
        talk.ask("RCPT TO:<elsewhere.test!carol@here.test>", "550 5.7.1")
            .await;
        talk.ask("RCPT TO:<\"carol@elsewhere.test\"@here.test>", "550 5.7.1")
            .await;
        talk.ask("RCPT TO:<@here.test:carol@elsewhere.test>", "501 5.1.3")
            .await;
        talk.ask("RCPT TO:<Alice+lists@here.test>", "250 2.1.5")
            .await;
        talk.ask("RCPT TO:<alice+LISTS@here.test>", "250 2.1.5")
            .await;
        talk.ask("RCPT TO:<Postmaster>", "250 2.1.5").await;
        talk.ask("DATA", "354").await;
        talk.ask("Subject: x\r\n\r\nhello\r\n.", "250 2.0.0").await;
        talk.ask("QUIT", "221").await;
    })
    .await;
    let messages = node.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        messages[0].0,
        ["Alice+lists@here.test", "postmaster@here.test"]
    );
    let text = &messages[0].1;
    assert!(text.starts_with("Received: from c.test ([192.0.2.1])\r\n\tby mx.here.test (Glasspost) with ESMTP\r\n\tid "), "{text}");
    assert!(
        text.ends_with("+0000\r\nSubject: x\r\n\r\nhello\r\n") && !text.contains("for <"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn rejects_a_loop_and_keeps_a_message_without_header() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        for (received, reply) in [(50, "250 2.0.0"), (51, "554 5.4.6")] {
            talk.ask("MAIL FROM:<>", "250").await;
            talk.ask("RCPT TO:<bob@here.test>", "250").await;
            talk.ask("DATA", "354").await;
            talk.ask(
                &format!("{}\r\nx\r\n.", "Received: x\r\n".repeat(received)),
                reply,
            )
            .await;
        }
        talk.ask("MAIL FROM:<>", "250").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        talk.ask("no header here\r\n.", "250 2.0.0").await;
        talk.ask("MAIL FROM:<>", "250").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        talk.ask("bare\nline\r\n.", "554 5.6.0").await;
    })
    .await;
    let messages = node.messages();
    assert_eq!(messages.len(), 2);
    assert!(
        messages[1].1.ends_with("\r\n\r\nno header here\r\n")
            && messages[1].1.contains("for <bob@here.test>;"),
        "{}",
        messages[1].1
    );
}

#[tokio::test(start_paused = true)]
async fn rejects_recipient_over_quota() {
    let node = node().await;
    let alice = node
        .store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    node.store.set_quota(alice.id, Some(1000)).await.unwrap();
    talk(&node, |mut talk, _stop| async move {
        talk.ask("MAIL FROM:<> SIZE=1001", "250").await;
        talk.ask("RCPT TO:<alice@here.test>", "552 5.2.2").await;
        talk.ask("RSET", "250").await;
        talk.ask("MAIL FROM:<> SIZE=1000", "250").await;
        talk.ask("RCPT TO:<alice@here.test>", "250").await;
        talk.ask("RSET", "250").await;
        // Not announced, and found out at the end: refused, not returned. With bob, who has room,
        // it is taken.
        for (others, reply) in [(false, "552 5.2.2"), (true, "250 2.0.0")] {
            talk.ask("MAIL FROM:<carol@there.test>", "250").await;
            talk.ask("RCPT TO:<alice@here.test>", "250").await;
            if others {
                talk.ask("RCPT TO:<bob@here.test>", "250").await;
            }
            talk.ask("DATA", "354").await;
            talk.ask(
                &format!("Subject: x\r\n\r\n{}\r\n.", "x".repeat(990)),
                reply,
            )
            .await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn journey_has_dialogue_and_checks_up_to_the_final_250() {
    let node = node().await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    talk(&node, |mut talk, _stop| async move {
        talk.ask("STARTTLS", "220").await;
        talk.ask("EHLO c.test", "250").await;
        talk.ask("MAIL FROM:<first@there.test>", "250").await;
        talk.ask("RSET", "250").await;
        talk.ask("MAIL FROM:<carol@there.test>", "250").await;
        talk.ask("RCPT TO:<nobody@here.test>", "550").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        let accepted = talk.ask("Subject: x\r\n\r\nhello\r\n.", "250").await;
        talk.ask("QUIT", "221").await;
        sender.send(journey(&accepted)).unwrap();
    })
    .await;
    let events = node
        .store
        .journeys()
        .read(receiver.await.unwrap())
        .await
        .unwrap();
    let lines: Vec<_> = events
        .iter()
        .filter_map(|e| match &e.kind {
            Kind::Line { text, sealed, .. } => Some(format!(
                "{}{}",
                if *sealed { "*" } else { "" },
                text.lines().next().unwrap_or_default()
            )),
            Kind::Check { check, verdict, .. } => Some(format!("{check} {verdict:?}")),
            Kind::Accepted { .. } => Some("accepted".to_owned()),
            Kind::Connect { .. } => Some("connect".to_owned()),
            Kind::Tls(_) => Some("tls".to_owned()),
            Kind::Closed { .. } => Some("closed".to_owned()),
            _ => None,
        })
        .collect();
    let expected = [
        "connect",
        "220 mx.here.test ESMTP Glasspost",
        "EHLO c.test",
        "250-mx.here.test greets c.test",
        "STARTTLS",
        "220 2.0.0 Ready to start TLS",
        "tls",
        "*EHLO c.test",
        "*250-mx.here.test greets c.test",
        "*MAIL FROM:<carol@there.test>",
        "*250 2.1.0 Sender ok",
        "*RCPT TO:<nobody@here.test>",
        "recipient Fail",
        "*550 5.1.1 <nobody@here.test>: no such mailbox here",
        "*RCPT TO:<bob@here.test>",
        "ptr Fail",
        "helo Fail",
        "score Pass",
        "recipient Pass",
        "*250 2.1.5 Recipient ok",
        "*DATA",
        "*354 End data with <CRLF>.<CRLF>",
        "*21",
        "*.",
        "accepted",
    ];
    assert_eq!(lines[..expected.len()], expected);
    assert!(
        lines[expected.len()].starts_with("*250 2.0.0 Accepted as "),
        "{lines:?}"
    );
    assert_eq!(
        lines[expected.len() + 1..],
        [
            "*QUIT",
            "*221 2.0.0 mx.here.test closing connection",
            "closed"
        ]
    );
    assert!(
        events.iter().all(|e| e.explain != "line"),
        "a line without an explanation"
    );
}

#[tokio::test(start_paused = true)]
async fn announces_shutdown() {
    let node = node().await;
    talk(&node, |mut talk, stop| async move {
        talk.ask("NOOP", "250").await;
        stop.send(true).unwrap();
        assert!(talk.reply().await.starts_with("421 4.3.2"));
        assert_eq!(talk.line().await, "");
    })
    .await;
}

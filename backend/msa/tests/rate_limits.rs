//! How often a user may submit: limits by account, over SMTP and from the browser alike.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

#[path = "../../mta/tests/host/mod.rs"]
mod host;

use event::{Recorder, Role};
use host::{Exchange, Node, Talk, tls_info, wire, world};
use limits::{Rate, RateLimiter, RateLimits};
use login::Authenticator;
use mail::{Duration, Envelope, SpanId};
use msa::{Msa, Submission};
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use tokio::sync::watch;

async fn fixture(limits: RateLimits) -> (Node, Msa) {
    let node = Node::new(
        world(Exchange::default(), "", true),
        "mail.here.test",
        "here.test",
        &["alice", "bob"],
    )
    .await;
    let smtp = Arc::new(Config::new(
        Listener::Submission,
        "mail.here.test".parse().unwrap(),
        true,
    ));
    let authenticator = Authenticator::new(node.store.clone(), node.world.clone());
    let config = msa::Config {
        rates: RateLimiter::new(limits),
        ..msa::Config::new(smtp, authenticator)
    };
    let msa = Msa::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        config,
    );
    (node, msa)
}

/// In TLS from the first byte; the first line is the greeting.
async fn check(msa: &Msa, dialogue: &[(&str, &str)]) {
    let (caller, mut called) = wire("192.0.2.1:4000", "203.0.113.25:465");
    called.tls = Some(tls_info());
    let (_stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        for (line, expected) in dialogue {
            if !line.is_empty() {
                talk.say(&format!("{line}\r\n")).await;
            }
            let reply = talk.reply().await;
            assert!(
                reply.starts_with(expected),
                "{line:?}: expected {expected:?}, got {reply:?}"
            );
        }
    };
    tokio::join!(msa.serve(called, stopped), talk);
}

// `\0alice@here.test\0wonder`
const ALICE: (&str, &str) = ("AUTH PLAIN AGFsaWNlQGhlcmUudGVzdAB3b25kZXI=", "235");
const HELLO: [(&str, &str); 2] = [("", "220"), ("EHLO c.test", "250")];
const MAIL: &str = "MAIL FROM:<alice@here.test>";

#[tokio::test(start_paused = true)]
async fn limits_messages_and_recipients_per_account() {
    let limits = RateLimits {
        account_messages: Some(Rate::new(2, 3600)),
        account_recipients: Some(Rate::new(3, 3600)),
        ..RateLimits::default()
    };
    let (node, msa) = fixture(limits).await;
    let rcpt = |n: u32| format!("RCPT TO:<{n}@there.test>");
    let names: Vec<String> = (0..4).map(rcpt).collect();
    let mut dialogue = [HELLO.as_slice(), &[ALICE, (MAIL, "250")]].concat();
    dialogue.extend(names[..3].iter().map(|name| (name.as_str(), "250")));
    dialogue.extend([
        (names[3].as_str(), "452 4.5.3"),
        ("RSET", "250"),
        (MAIL, "250"),
        ("RSET", "250"),
        (MAIL, "450 4.7.1"),
    ]);
    check(&msa, &dialogue).await;
    // On another connection, and from the browser, it is the same account.
    check(
        &msa,
        &[HELLO.as_slice(), &[ALICE, (MAIL, "450 4.7.1")]].concat(),
    )
    .await;
    let account = node
        .store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let sink = Arc::new(node.store.journeys().clone());
    let mut recorder = Recorder::new(
        "mail.here.test",
        Role::Mua,
        SpanId(1),
        None,
        node.world.sequence.clone(),
        sink,
    );
    recorder.begin();
    let envelope = Envelope::new(
        Some(account.address.clone()),
        ["bob@here.test".parse().unwrap()],
    );
    let submission = Submission {
        account: &account,
        envelope,
        message: b"Subject: x\r\n\r\nhello\r\n",
    };
    assert_eq!(
        msa.submit(submission, &mut recorder)
            .await
            .unwrap_err()
            .reply()
            .code,
        450
    );
    node.world.sleep(Duration::from_secs(1800)).await;
    check(&msa, &[HELLO.as_slice(), &[ALICE, (MAIL, "250")]].concat()).await;
}

#[tokio::test(start_paused = true)]
async fn rejects_connection_over_the_rate_limit() {
    let (_node, msa) = fixture(RateLimits {
        connections: Some(Rate::new(1, 60)),
        ..RateLimits::default()
    })
    .await;
    check(&msa, &[("", "220"), ("QUIT", "221")]).await;
    check(&msa, &[("", "421 4.7.0")]).await;
}

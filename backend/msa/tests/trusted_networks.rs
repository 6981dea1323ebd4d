//! What a configuration opens: networks that need no login, the directory for users; and what is
//! told of a login in a message's journey.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../../mta/tests/host/mod.rs"]
mod host;

use event::{Event, Kind, Verdict};
use host::{Exchange, Node, Talk, tls_info, wire, world};
use login::Authenticator;
use mail::{JourneyId, Time};
use msa::Msa;
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use tokio::sync::watch;

async fn node() -> Node {
    Node::new(
        world(Exchange::default(), "", true),
        "mail.here.test",
        "here.test",
        &["alice", "bob"],
    )
    .await
}

// A client at `from`, who has heard the greeting and said EHLO.
async fn talk<F: Future<Output = ()>>(
    node: &Node,
    from: &str,
    in_tls: bool,
    say: impl FnOnce(Talk) -> F,
) {
    let mut smtp = Config::new(
        Listener::Submission,
        "mail.here.test".parse().unwrap(),
        true,
    );
    smtp.directory = true;
    let authenticator = Authenticator::new(node.store.clone(), node.world.clone());
    let config = msa::Config {
        trusted_networks: vec!["192.0.2.0/28".parse().unwrap()],
        ..msa::Config::new(Arc::new(smtp), authenticator)
    };
    let msa = Msa::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        config,
    );
    let (caller, mut called) = wire(from, "192.0.2.2:587");
    called.tls = in_tls.then(tls_info);
    let (_stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        talk.reply().await;
        talk.ask("EHLO printer.here.test", "250 ").await;
        say(talk).await;
    };
    tokio::join!(msa.serve(called, stopped), talk);
}

async fn checks(node: &Node, accepted: &str) -> Vec<(String, Verdict, String)> {
    let journey: JourneyId = accepted.rsplit(' ').next().unwrap().parse().unwrap();
    let events = node.store.journeys().read(journey).await.unwrap();
    let check = |e: Event| {
        if let Kind::Check {
            check,
            verdict,
            reason,
            ..
        } = e.kind
        {
            Some((check.to_string(), verdict, reason.english()))
        } else {
            None
        }
    };
    events.into_iter().filter_map(check).collect()
}

#[tokio::test(start_paused = true)]
async fn trusted_network_submits_without_a_login() {
    let node = node().await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    talk(&node, "192.0.2.7:4000", false, |mut talk| async move {
        talk.ask("MAIL FROM:<printer@there.test>", "553 5.7.1")
            .await;
        talk.ask("MAIL FROM:<printer@here.test>", "250 2.1.0").await;
        talk.ask("RCPT TO:<bob@here.test>", "250 2.1.5").await;
        talk.ask("DATA", "354").await;
        sender
            .send(
                talk.ask("Subject: no toner\r\n\r\nx\r\n.", "250 2.0.0 Accepted as ")
                    .await,
            )
            .unwrap();
        talk.ask("MAIL FROM:<>", "250").await;
    })
    .await;
    let messages = node.messages();
    assert!(
        messages[0].1.contains("with ESMTP\r\n")
            && messages[0].1.contains("\r\nFrom: <printer@here.test>\r\n"),
        "{}",
        messages[0].1
    );
    let checks = checks(&node, &receiver.await.unwrap()).await;
    assert!(
        checks
            .iter()
            .any(|(name, verdict, _)| name == "client-network" && *verdict == Verdict::Pass),
        "{checks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn other_networks_must_authenticate() {
    let node = node().await;
    talk(&node, "192.0.2.16:4000", false, |mut talk| async move {
        talk.ask(
            "MAIL FROM:<printer@here.test>",
            "530 5.7.0 Must issue a STARTTLS",
        )
        .await;
        talk.ask("VRFY bob", "530").await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn journey_names_the_app_password() {
    let node = node().await;
    let alice = "alice@here.test".parse().unwrap();
    let app = node
        .store
        .add_app_password(&alice, "phone", [3; 36], Time(1))
        .await
        .unwrap();
    let message = sasl::encode(&sasl::plain::message(
        "alice@here.test",
        &mail::Secret::new(app.as_str()),
    ));
    let (sender, receiver) = tokio::sync::oneshot::channel();
    talk(&node, "198.51.100.1:4000", true, |mut talk| async move {
        talk.ask(&format!("AUTH PLAIN {message}"), "235 2.7.0")
            .await;
        talk.ask("MAIL FROM:<alice@here.test> BODY=BINARYMIME", "250")
            .await;
        talk.ask("RCPT TO:<bob@here.test> NOTIFY=NEVER", "250")
            .await;
        talk.ask("BDAT 14\r\nSubject: x\r\n", "250 2.0.0 14 bytes")
            .await;
        sender
            .send(
                talk.ask("BDAT 4 LAST\r\n\0\n", "250 2.0.0 Accepted as ")
                    .await,
            )
            .unwrap();
    })
    .await;
    let accepted = receiver.await.unwrap();
    let checks = checks(&node, &accepted).await;
    let login = checks.iter().find(|(name, ..)| name == "login").unwrap();
    assert_eq!(
        login.2,
        "alice@here.test signed in by PLAIN with the app password “phone”"
    );
    assert!(
        node.messages()[0]
            .1
            .ends_with("\r\nContent-Transfer-Encoding: base64\r\n\r\nAAoNCg==\r\n"),
        "{:?}",
        node.messages()[0].1
    );
    let journey: JourneyId = accepted.rsplit(' ').next().unwrap().parse().unwrap();
    let json = String::from_utf8(event::to_json(
        &node.store.journeys().read(journey).await.unwrap(),
    ))
    .unwrap();
    assert!(!json.contains(&app) && !json.contains(&app.replace('-', "")));
}

#[tokio::test(start_paused = true)]
async fn answers_vrfy_and_expn_of_authenticated_users() {
    let node = node().await;
    let team = "team@here.test".parse().unwrap();
    node.store
        .add_targets(
            &team,
            &[
                "bob@here.test".parse().unwrap(),
                "carol@there.test".parse().unwrap(),
            ],
        )
        .await
        .unwrap();
    talk(&node, "192.0.2.7:4000", false, |mut talk| async move {
        for (asked, reply) in [
            ("VRFY bob", "250 2.1.5 bob <bob@here.test>"),
            ("VRFY Bob <bob@here.test>", "250 2.1.5 bob <bob@here.test>"),
            ("VRFY nobody", "550 5.1.1"),
            ("VRFY carol@there.test", "252 2.5.0"),
            ("EXPN nobody", "550 5.1.1"),
            ("EXPN carol@there.test", "550 5.1.1"),
            ("EXPN team", "250 2.1.5 <carol@there.test>"),
        ] {
            talk.ask(asked, reply).await;
        }
    })
    .await;
}

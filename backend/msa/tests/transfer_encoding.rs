//! What leaves submission passes hosts that take only lines of 7-bit text; what may not be changed
//! is announced as it is, or refused.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../../mta/tests/host/mod.rs"]
mod host;

use event::catalogue::submission::{RecodedAs, SubmissionReason, UnfitContent};
use event::{Check, Kind, Reason};
use host::{Exchange, Node, Talk, tls_info, wire, world};
use login::Authenticator;
use mail::BodyKind;
use msa::Msa;
use queue::QueuedMessage;
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use tokio::sync::watch;

// `\0alice@here.test\0wonder`
const ALICE: &str = "AUTH PLAIN AGFsaWNlQGhlcmUudGVzdAB3b25kZXI=";
const FROM: &str = "From: alice@here.test\r\n";

async fn node() -> Node {
    Node::new(
        world(Exchange::default(), "", true),
        "mail.here.test",
        "here.test",
        &["alice", "bob"],
    )
    .await
}

// Submits one message to bob and to another host.
async fn submit(node: &Node, parameters: &str, message: &str, expected: &str) {
    let smtp = Config::new(
        Listener::Submission,
        "mail.here.test".parse().unwrap(),
        true,
    );
    let authenticator = Authenticator::new(node.store.clone(), node.world.clone());
    let msa = Msa::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        msa::Config::new(Arc::new(smtp), authenticator),
    );
    let (caller, mut called) = wire("192.0.2.1:4000", "192.0.2.2:465");
    called.tls = Some(tls_info());
    let (_stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        talk.reply().await;
        talk.ask("EHLO c.test", "250 ").await;
        talk.ask(ALICE, "235").await;
        talk.ask(&format!("MAIL FROM:<alice@here.test>{parameters}"), "250")
            .await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        let other = match parameters.contains("SMTPUTF8") {
            true => "li@例子.test",
            false => "carol@there.test",
        };
        talk.ask(&format!("RCPT TO:<{other}>"), "250").await;
        talk.ask("DATA", "354").await;
        talk.ask(&format!("{message}\r\n."), expected).await;
        talk.ask("QUIT", "221").await;
    };
    tokio::join!(msa.serve(called, stopped), talk);
}

// The body kinds that wait for other hosts.
async fn queued(node: &Node) -> Vec<BodyKind> {
    let rows = node.store.spool_after(None, 10).await.unwrap();
    rows.iter()
        .map(|row| QueuedMessage::from_row(&row.row).unwrap().envelope.body)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn eight_bit_text_is_encoded_before_it_is_queued() {
    let node = node().await;
    let message = format!(
        "{FROM}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nViele Grüße aus der Stadt"
    );
    submit(&node, " BODY=8BITMIME SMTPUTF8", &message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(
        text.ends_with("Content-Transfer-Encoding: quoted-printable\r\n\r\nViele Gr=C3=BC=C3=9Fe aus der Stadt\r\n"),
        "{text}"
    );
    assert_eq!(queued(&node).await, [BodyKind::SevenBit]);
}

// Why the journey says that the message was recoded.
async fn recoding(node: &Node) -> Option<Reason> {
    let rows = node.store.spool_after(None, 10).await.unwrap();
    let journey = QueuedMessage::from_row(&rows.last().unwrap().row)
        .unwrap()
        .journey;
    let events = node.store.journeys().read(journey).await.unwrap();
    events.into_iter().find_map(|event| match event.kind {
        Kind::Check {
            check: Check::Recode,
            reason,
            ..
        } => Some(reason),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn text_without_mime_fields_gets_them_and_the_journey_says_so() {
    let node = node().await;
    let message = format!("{FROM}Subject: x\r\n\r\nViele Grüße aus der Stadt");
    submit(&node, " BODY=8BITMIME", &message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(
        text.ends_with("Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nViele Gr=C3=BC=C3=9Fe aus der Stadt\r\n"),
        "{text}"
    );
    let reason = SubmissionReason::Recoded {
        found: vec![UnfitContent::EightBit],
        changes: vec![RecodedAs::QuotedPrintable],
    };
    assert_eq!(recoding(&node).await, Some(reason.into()));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_signed_already_is_not_touched() {
    let node = node().await;
    let message = format!(
        "DKIM-Signature: v=1; d=here.test\r\n{FROM}To: Li <li@例子.test>\r\nDate: Sat, 21 Nov 2026 09:33:05 +0000\r\nMessage-ID: <1@here.test>\r\n\r\nViele Grüße"
    );
    submit(&node, " BODY=8BITMIME SMTPUTF8", &message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(text.ends_with(&format!("{message}\r\n")), "{text}");
    assert_eq!(queued(&node).await, [BodyKind::EightBit]);
    assert_eq!(recoding(&node).await, None);
}

#[tokio::test(start_paused = true)]
async fn lines_that_are_too_long_are_encoded_also_in_a_large_message() {
    let node = node().await;
    let line = "0123456789".repeat(150);
    for lines in [1, 400] {
        let message = format!("{FROM}\r\n{}", format!("{line}\r\n").repeat(lines));
        submit(&node, "", &message, "250").await;
        let (_, text) = node.messages().pop().unwrap();
        assert!(text.lines().all(|l| l.len() <= 998));
        assert!(text.contains("\r\nContent-Transfer-Encoding: quoted-printable\r\n"));
        let shown = mime::text_of(text.as_bytes(), 1_000_000);
        assert_eq!(shown.matches(&line).count(), lines);
    }
}

#[tokio::test(start_paused = true)]
async fn signed_parts_are_announced_as_8bit_and_refused_with_long_lines() {
    let node = node().await;
    let signed = |text: &str| {
        format!(
            "{FROM}MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=a\r\n\r\n--a\r\n\r\n{text}\r\n--a--"
        )
    };
    let message = signed("Grüße");
    submit(&node, " BODY=8BITMIME", &message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(
        text.ends_with(&format!("{}\r\n", &message[FROM.len()..])),
        "{text}"
    );
    assert_eq!(queued(&node).await, [BodyKind::EightBit]);
    submit(&node, "", &signed(&"x".repeat(999)), "554 5.6.2").await;
    assert_eq!(node.messages().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_alone_is_international_is_sent_as_a_labels() {
    let node = node().await;
    let message = format!("{FROM}To: Li <li@例子.test>\r\nSubject: x\r\n\r\nx");
    submit(&node, " SMTPUTF8", &message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(text.contains("\r\nTo: Li <li@xn--fsqu00a.test>\r\n") && text.is_ascii());
    let rows = node.store.spool_after(None, 10).await.unwrap();
    let envelope = QueuedMessage::from_row(&rows[0].row).unwrap().envelope;
    let recipient = envelope.recipients[0].address.to_string();
    assert_eq!(recipient, "li@xn--fsqu00a.test");
}

#[tokio::test(start_paused = true)]
async fn a_from_without_brackets_is_written_in_valid_form() {
    let node = node().await;
    let message = "From: 2.OG Drucker alice@here.test\r\nSubject: x\r\n\r\nx";
    submit(&node, "", message, "250").await;
    let text = node.messages().remove(0).1;
    assert!(
        text.contains("\r\nFrom: \"2.OG Drucker\" <alice@here.test>\r\nSubject: x\r\n"),
        "{text}"
    );
}

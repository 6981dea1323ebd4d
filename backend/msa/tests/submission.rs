//! Submission: who may write under which name, what the message looks like inside, and what its
//! journey tells and does not tell.
#![allow(clippy::unwrap_used)] // a test that cannot go on stops

#[path = "../../mta/tests/host/mod.rs"]
mod host;

use event::{Check, Kind, Recorder, Role, Verdict};
use host::{Exchange, Node, Talk, tls_info, wire, world};
use login::Authenticator;
use mail::{Envelope, JourneyId, SpanId};
use msa::{Msa, Submission, SubmitError};
use smtp::server::{Config, Kind as Listener};
use std::sync::Arc;
use tokio::sync::watch;

fn msa(node: &Node) -> Msa {
    let smtp = Arc::new(Config::new(
        Listener::Submission,
        "mail.here.test".parse().unwrap(),
        true,
    ));
    let authenticator = Authenticator::new(node.store.clone(), node.world.clone());
    Msa::new(
        node.world.clone(),
        node.store.clone(),
        node.queue.clone(),
        msa::Config::new(smtp, authenticator),
    )
}

// In TLS from the first byte, as on port 465.
async fn talk<F: Future<Output = ()>>(
    node: &Node,
    say: impl FnOnce(Talk, watch::Sender<bool>) -> F,
) {
    let (caller, mut called) = wire("192.0.2.1:4000", "192.0.2.2:465");
    called.tls = Some(tls_info());
    let (stop, stopped) = watch::channel(false);
    let talk = async {
        let mut talk = Talk::new(caller);
        assert!(talk.reply().await.starts_with("220 mail.here.test"));
        talk.ask("EHLO c.test", "250 ").await;
        say(talk, stop).await;
    };
    let msa = msa(node);
    tokio::join!(msa.serve(called, stopped), talk);
}

async fn node() -> Node {
    let node = Node::new(
        world(Exchange::default(), "", true),
        "mail.here.test",
        "here.test",
        &["alice", "bob"],
    )
    .await;
    let alice = node
        .store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    node.store
        .add_alias(alice.id, "al@here.test".parse().unwrap())
        .await
        .unwrap();
    node
}

// `\0alice@here.test\0wonder`
const ALICE: &str = "AUTH PLAIN AGFsaWNlQGhlcmUudGVzdAB3b25kZXI=";

#[tokio::test(start_paused = true)]
async fn completes_a_message_and_redacts_its_journey() {
    let node = node().await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    talk(&node, |mut talk, _stop| async move {
        talk.ask(ALICE, "235 2.7.0").await;
        talk.ask("MAIL FROM:<alice@here.test>", "250 2.1.0").await;
        talk.ask("RCPT TO:<bob@here.test>", "250 2.1.5").await;
        talk.ask("RCPT TO:<nobody@here.test>", "550 5.1.1").await;
        talk.ask("RCPT TO:<carol@[192.0.2.1]>", "550 5.1.2").await;
        talk.ask("RCPT TO:<carol@there.test>", "250 2.1.5").await;
        talk.ask("DATA", "354").await;
        let accepted = talk
            .ask(
                "Subject: x\r\nBcc: carol@there.test\r\n\r\nhello\r\n.",
                "250 2.0.0 Accepted as ",
            )
            .await;
        talk.ask("QUIT", "221").await;
        sender
            .send(
                accepted
                    .rsplit(' ')
                    .next()
                    .unwrap()
                    .parse::<JourneyId>()
                    .unwrap(),
            )
            .unwrap();
    })
    .await;
    let journey = receiver.await.unwrap();
    let messages = node.messages();
    assert_eq!(
        (messages.len(), &messages[0].0),
        (1, &vec!["bob@here.test".to_owned()])
    );
    let expected = format!(
        "Received: from c.test ([192.0.2.1])\r\n\tby mail.here.test (Glasspost) with ESMTPSA\r\n\t(TLS 1.3 NONE)\r\n\tid {journey};\r\n\tSat, 21 Nov 2026 09:33:05 +0000\r\n\
         Date: Sat, 21 Nov 2026 09:33:05 +0000\r\nMessage-ID: <{journey}@mail.here.test>\r\nFrom: <alice@here.test>\r\nSubject: x\r\n\r\nhello\r\n"
    );
    assert_eq!(messages[0].1, expected);
    let events = node.store.journeys().read(journey).await.unwrap();
    assert_eq!(
        recipient_checks(&events),
        [
            (Check::Recipient, Verdict::Pass),
            (Check::Recipient, Verdict::Fail),
            (Check::Recipient, Verdict::Fail),
            (Check::Relay, Verdict::Pass),
        ],
    );
    // Carol's part waits in the queue.
    assert_eq!(node.store.spool_after(None, 10).await.unwrap().len(), 1);
    let events = node.store.journeys().read(journey).await.unwrap();
    let json = String::from_utf8(event::to_json(&events)).unwrap();
    assert!(
        !json.contains("AGFsaWNl") && !json.contains("wonder") && json.contains("AUTH PLAIN ••••"),
        "{json}"
    );
    assert!(events.iter().any(|e| matches!(
        &e.kind,
        Kind::Check {
            check: Check::SenderRight,
            ..
        }
    )));
    let header = events
        .iter()
        .find_map(|e| {
            if let Kind::Accepted { added, .. } = &e.kind {
                Some(added.clone())
            } else {
                None
            }
        })
        .unwrap();
    let names: Vec<&str> = header
        .iter()
        .filter_map(|field| field.split(':').next())
        .collect();
    assert_eq!(
        names,
        ["Received", "Date", "Message-ID", "From", "Subject"],
        "the header as it now stands, what was added first"
    );
}

// What was checked of each recipient: that a local one exists, or that mail is relayed to a domain.
fn recipient_checks(events: &[event::Event]) -> Vec<(Check, Verdict)> {
    let checks = events.iter().filter_map(|event| match &event.kind {
        Kind::Check { check, verdict, .. } => Some((check.clone(), *verdict)),
        _ => None,
    });
    let of_recipient =
        |(check, _): &(Check, Verdict)| matches!(check, Check::Recipient | Check::Relay);
    checks.filter(of_recipient).collect()
}

#[tokio::test(start_paused = true)]
async fn only_local_recipients_are_checked_for_existence() {
    let node = node().await;
    let msa = msa(&node);
    let account = node
        .store
        .account_of(&"alice@here.test".parse().unwrap())
        .await;
    let account = account.unwrap().unwrap();
    let sink = Arc::new(node.store.journeys().clone());
    let sequence = node.world.sequence.clone();
    let mut recorder = Recorder::new("mail.here.test", Role::Mua, SpanId(3), None, sequence, sink);
    recorder.begin();
    let to = ["bob@here.test", "carol@there.test"].map(|a| a.parse().unwrap());
    let submission = Submission {
        account: &account,
        envelope: Envelope::new("alice@here.test".parse().ok(), to),
        message: b"From: alice@here.test\r\nSubject: x\r\n\r\nhello\r\n",
    };
    let accepted = msa.submit(submission, &mut recorder).await.unwrap();
    let events = node.store.journeys().read(accepted.journey).await.unwrap();
    assert_eq!(
        recipient_checks(&events),
        [
            (Check::Recipient, Verdict::Pass),
            (Check::Relay, Verdict::Pass),
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn users_send_under_their_own_addresses_only() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        talk.ask("MAIL FROM:<alice@here.test>", "530 5.7.0").await;
        talk.ask(ALICE, "235").await;
        for (sender, reply) in [
            ("<bob@here.test>", "553 5.7.1"),
            ("<alice@there.test>", "553 5.7.1"),
            ("<postmaster>", "553 5.1.7"),
            ("<alice@here.test>", "250"),
            ("<Alice+lists@here.test>", "250"),
            ("<al@here.test>", "250"),
            ("<>", "250"),
        ] {
            talk.ask(&format!("MAIL FROM:{sender}"), reply).await;
            talk.ask("RSET", "250").await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rejects_wrong_credentials() {
    let node = node().await;
    // wrong password · nobody of that name · acting for bob
    for bad in [
        "\0alice@here.test\0wrong",
        "\0nobody@here.test\0wonder",
        "bob@here.test\0alice@here.test\0wonder",
        "\0alice@@\0wonder",
    ] {
        talk(&node, |mut talk, _stop| async move {
            talk.ask(&format!("AUTH PLAIN {}", base64(bad)), "535 5.7.8")
                .await;
            talk.ask("MAIL FROM:<alice@here.test>", "530").await;
        })
        .await;
    }
    for good in [
        "\0alice\0wonder",
        "\0al@here.test\0wonder",
        "alice@here.test\0alice@here.test\0wonder",
    ] {
        talk(&node, |mut talk, _stop| async move {
            talk.ask(&format!("AUTH PLAIN {}", base64(good)), "235")
                .await;
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_may_be_typed_in_any_form() {
    let node = node().await;
    let forms = ["Pa\u{df}w\u{f6}rt 1", "Pa\u{df}wo\u{308}rt\u{a0}\u{ff11}"];
    for stored in forms {
        let alice = "alice@here.test".parse().unwrap();
        let stored = mail::Secret::new(stored);
        node.store
            .set_password(&alice, &stored, [4; 16])
            .await
            .unwrap();
        for typed in forms {
            let plain = base64(&format!("\0alice@here.test\0{typed}"));
            let [user, typed] = ["alice@here.test", typed].map(base64);
            talk(&node, |mut talk, _stop| async move {
                talk.ask(&format!("AUTH PLAIN {plain}"), "235").await;
            })
            .await;
            talk(&node, |mut talk, _stop| async move {
                talk.ask(&format!("AUTH LOGIN {user}"), "334").await;
                talk.ask(&typed, "235").await;
            })
            .await;
        }
    }
}

fn base64(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |n: u32| SIGNS[(n & 63) as usize] as char;
    let group = |g: &[u8]| {
        let n = g.iter().fold(0, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - g.len()));
        let all: String = [n >> 18, n >> 12, n >> 6, n]
            .into_iter()
            .map(sign)
            .collect();
        format!("{}{}", &all[..=g.len()], &"=="[..3 - g.len()])
    };
    text.as_bytes().chunks(3).map(group).collect()
}

#[tokio::test(start_paused = true)]
async fn reads_headers_for_any_split() {
    let node = node().await;
    let message = format!(
        "From: alice@here.test\r\nBcc: x@y.test\r\nSubject: {}\r\n\r\nbody\r\n",
        "long ".repeat(20)
    );
    for cut in (1..message.len()).step_by(7) {
        let (first, second) = (message[..cut].to_owned(), message[cut..].to_owned());
        talk(&node, |mut talk, _stop| async move {
            talk.ask(ALICE, "235").await;
            talk.ask("MAIL FROM:<alice@here.test>", "250").await;
            talk.ask("RCPT TO:<bob@here.test>", "250").await;
            talk.ask("DATA", "354").await;
            talk.say(&first).await;
            tokio::task::yield_now().await;
            talk.ask(&format!("{second}."), "250").await;
        })
        .await;
    }
    for (_, text) in node.messages() {
        assert!(
            !text.contains("Bcc") && text.ends_with("long \r\n\r\nbody\r\n"),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn rejects_an_overlong_header() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        talk.ask(ALICE, "235").await;
        talk.ask("MAIL FROM:<alice@here.test>", "250").await;
        talk.ask("RCPT TO:<bob@here.test>", "250").await;
        talk.ask("DATA", "354").await;
        talk.ask(&format!("{}.", "X-Long: y\r\n".repeat(30_000)), "552 5.3.4")
            .await;
        talk.ask("NOOP", "250").await;
    })
    .await;
    assert!(node.messages().is_empty());
}

#[tokio::test(start_paused = true)]
async fn webmail_submission_follows_the_same_rules() {
    let node = node().await;
    let msa = msa(&node);
    let account = node
        .store
        .account_of(&"alice@here.test".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let submit = async |from: &str, to: &[&str]| -> Result<String, SubmitError> {
        let sink = Arc::new(node.store.journeys().clone());
        let mut recorder = Recorder::new(
            "mail.here.test",
            Role::Mua,
            SpanId(3),
            None,
            node.world.sequence.clone(),
            sink,
        );
        recorder.begin();
        let envelope = Envelope::new(from.parse().ok(), to.iter().map(|a| a.parse().unwrap()));
        let message = b"From: alice@here.test\r\nSubject: x\r\n\r\nhello\r\n";
        let submission = Submission {
            account: &account,
            envelope,
            message,
        };
        msa.submit(submission, &mut recorder)
            .await
            .map(|accepted| accepted.journey.to_string())
    };
    let code =
        |result: Result<String, SubmitError>| result.unwrap_err().to_string()[..9].to_owned();
    assert_eq!(
        code(submit("bob@here.test", &["bob@here.test"]).await),
        "553 5.7.1"
    );
    assert_eq!(
        code(submit("alice@here.test", &["nobody@here.test"]).await),
        "550 5.1.1"
    );
    assert_eq!(code(submit("alice@here.test", &[]).await), "554 5.5.1");
    let journey = submit("alice@here.test", &["bob@here.test"]).await.unwrap();
    let messages = node.messages();
    assert_eq!(messages.len(), 1);
    assert!(
        messages[0].1.starts_with(&format!("Received: by mail.here.test (Glasspost) with HTTP\r\n\tid {journey}\r\n\tfor <bob@here.test>;")),
        "{}",
        messages[0].1
    );
}

#[tokio::test(start_paused = true)]
async fn requires_starttls_before_auth_on_587() {
    let node = node().await;
    let (caller, called) = wire("192.0.2.1:4000", "192.0.2.2:587");
    let (_stop, stopped) = watch::channel(false);
    let msa = msa(&node);
    let talk = async {
        let mut talk = Talk::new(caller);
        talk.reply().await;
        talk.ask("EHLO c.test", "250 ").await;
        talk.ask(ALICE, "538 5.7.11").await;
        talk.ask("STARTTLS", "220").await;
        talk.ask(ALICE, "503").await;
        talk.ask("EHLO c.test", "250 ").await;
        talk.ask(ALICE, "235").await;
    };
    tokio::join!(msa.serve(called, stopped), talk);
}

#[tokio::test(start_paused = true)]
async fn rejects_foreign_authors_and_nul_characters() {
    let node = node().await;
    talk(&node, |mut talk, _stop| async move {
        talk.ask(ALICE, "235").await;
        for (message, expected) in [
            ("From: bob@here.test\r\n\r\nx\r\n.", "550 5.7.1"),
            (
                "From: \"alice@here.test\" <eve@evil.test>\r\n\r\nx\r\n.",
                "550 5.7.1",
            ),
            // No address at all, encoded words do not stand for one
            // (RFC 2047, section 5): the server writes the account's own.
            (
                "From: <=?utf-8?q?bob=40here.test?=>\r\n\r\nx\r\n.",
                "250 2.0.0",
            ),
            ("From: alice@here.test\r\n\r\na\0b\r\n.", "554 5.6.0"),
            (
                "From: alice@here.test\r\nSubject: \0\r\n\r\nx\r\n.",
                "554 5.6.0",
            ),
            ("From: alice@here.test\r\n\r\nx\r\n.", "250 2.0.0"),
        ] {
            talk.ask("MAIL FROM:<alice@here.test>", "250").await;
            talk.ask("RCPT TO:<bob@here.test>", "250").await;
            talk.ask("DATA", "354").await;
            talk.ask(message, expected).await;
            talk.ask("RSET", "250").await;
        }
    })
    .await;
    let messages = node.messages();
    assert_eq!(messages.len(), 2);
    for (_, text) in messages {
        assert!(text.contains("From: <alice@here.test>") || text.contains("From: alice@here.test"));
    }
}

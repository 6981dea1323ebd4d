//! IMAP over the memory store, as a client sees it: one message and large ones, two sessions on one
//! mailbox, quota and full disks, journeys. No sockets: sessions are driven by hand.

#![allow(clippy::unwrap_used)] // tests may panic

#[path = "../host/mod.rs"]
mod host;

mod client_view;
mod fetch;
mod two_sessions;

use event::Kind;
use host::{Client, TestHost, host, host_over};
use mail::{Duration, Flags, JourneyId, MailboxName};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Delivery, FlagChange, MemoryBlobs, OutlineRow, PasswordCost, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MESSAGE: &[u8] =
    b"From: bob@b.test\r\nTo: alice@glasspost.test\r\nDate: Fri, 20 Nov 2026 23:30:00 -0800\r\nSubject: =?utf-8?B?5L2c5Lia?=\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello one\r\n\
    --b\r\nContent-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\nxOO6w6OsysC95w==\r\n--b--\r\n";

impl TestHost {
    /// A message that came by the MDA, with a journey.
    async fn deliver(&self, text: &[u8], journey: u64) -> u32 {
        let inbox = self.store.inbox(self.alice.id).await.unwrap();
        let mut writer = self.store.writer();
        writer.write(text).unwrap();
        let content = writer.finish().await.unwrap();
        let mut tx = self.store.begin();
        let blob = tx.content(&content);
        let prefix = b"Return-Path: <bob@b.test>\r\n";
        let whole = [prefix.as_slice(), text].concat();
        tx.deliver(Delivery {
            mailbox: inbox,
            blob,
            bytes: whole.len() as u64,
            outline: Arc::new(OutlineRow::of(&whole, prefix.len())),
            flags: Flags::default(),
            date: self.world.now(),
            journey: Some(JourneyId(journey)),
            event: None,
        });
        tx.commit().await.unwrap()[0].uid
    }

    async fn kinds(&self, journey: u64) -> Vec<String> {
        let events = self
            .store
            .journeys()
            .read(JourneyId(journey))
            .await
            .unwrap();
        let short = |e: &event::Event| match &e.kind {
            Kind::Line { text, .. } => text.lines().next().unwrap_or_default().to_owned(),
            Kind::Fetched { by, what, .. } => format!("fetched {what} by {by}"),
            Kind::Pushed { to, .. } => format!("pushed to {to}"),
            Kind::Connect { .. } => "connect".into(),
            other => other.explain().into(),
        };
        events.iter().map(short).collect()
    }
}

async fn check(client: &mut Client, command: &str, expected: &[&str]) {
    let received = client.send(&format!("c {command}")).await;
    assert_eq!(received.lines().collect::<Vec<_>>(), expected, "{command}");
}

#[tokio::test]
async fn wrong_passwords_are_delayed_and_disclose_nothing() {
    let host = host().await;
    let mut client = host.connect().await;
    let mut waits = Vec::new();
    for user in ["alice@glasspost.test", "nobody@glasspost.test", "alice"] {
        let before = host.world.now();
        check(
            &mut client,
            &format!("LOGIN {user} wrong"),
            &["c NO [AUTHENTICATIONFAILED] Invalid user name or password"],
        )
        .await;
        waits.push(host.world.now().since(before));
    }
    assert!(
        waits[0] > Duration::ZERO && waits.is_sorted() && waits[2] > waits[0],
        "{waits:?}"
    );
    check(
        &mut client,
        "LOGIN not-an-address@@ x",
        &["c NO [AUTHENTICATIONFAILED] Invalid user name or password"],
    )
    .await;
    assert!(
        client
            .send("c LOGIN alice secret")
            .await
            .starts_with("c OK"),
        "a name without a domain means the only one"
    );
    // `alice` acts as herself, and as nobody else: \0alice\0secret with an authzid before it.
    for (response, expected) in [
        ("YWxpY2VAZ2xhc3Nwb3N0LnRlc3QAYWxpY2UAc2VjcmV0", "c OK"),
        (
            "Ym9iQGdsYXNzcG9zdC50ZXN0AGFsaWNlAHNlY3JldA==",
            "c NO [AUTHORIZATIONFAILED]",
        ),
    ] {
        let received = host
            .connect()
            .await
            .send(&format!("c AUTHENTICATE PLAIN {response}"))
            .await;
        assert!(received.starts_with(expected), "{received}");
    }
}

#[tokio::test]
async fn a_password_may_be_typed_in_any_form() {
    let host = host().await;
    // With `\0alice@glasspost.test\0` before it, in base64.
    let forms = [
        (
            "Pa\u{df}w\u{f6}rt 1",
            "AGFsaWNlQGdsYXNzcG9zdC50ZXN0AFBhw593w7ZydCAx",
        ),
        (
            "Pa\u{df}wo\u{308}rt\u{a0}\u{ff11}",
            "AGFsaWNlQGdsYXNzcG9zdC50ZXN0AFBhw593b8yIcnTCoO+8kQ==",
        ),
    ];
    for (stored, _) in forms {
        let stored = mail::Secret::new(stored);
        let set = host
            .store
            .set_password(&host.alice.address, &stored, [4; 16]);
        set.await.unwrap();
        for (typed, plain) in forms {
            for command in [
                format!("c LOGIN alice \"{typed}\""),
                format!("c LOGIN alice {{{}+}}\r\n{typed}", typed.len()),
                format!("c AUTHENTICATE PLAIN {plain}"),
            ] {
                let received = host.connect().await.send(&command).await;
                assert!(received.starts_with("c OK"), "{command}: {received}");
            }
        }
    }
}

#[tokio::test]
async fn idle_client_is_notified_at_once() {
    let host = host().await;
    host.deliver(MESSAGE, 1).await;
    let (mut one, mut two) = (host.alice().await, host.alice().await);
    one.send("s SELECT INBOX").await;
    two.send("s SELECT INBOX").await;
    assert_eq!(one.send("i IDLE").await, "+ idling\r\n");
    assert_eq!(one.receive_all().await, "");
    host.deliver(MESSAGE, 2).await;
    assert_eq!(one.receive_all().await, "* 2 EXISTS\r\n* 2 RECENT\r\n");
    assert_eq!(host.kinds(2).await, ["pushed to alice@glasspost.test"]);
    two.send("t STORE 1 +FLAGS (\\Deleted Work)").await;
    assert_eq!(
        one.receive_all().await,
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Work)\r\n* 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent Work))\r\n"
    );
    assert!(two.send("t EXPUNGE").await.starts_with("* 1 EXPUNGE\r\n"));
    assert_eq!(one.receive_all().await, "* 1 EXPUNGE\r\n");
    assert_eq!(one.send("DONE").await, "i OK IDLE completed\r\n");
    assert_eq!(one.send("i IDLE").await, "+ idling\r\n");
    assert_eq!(
        one.later(Duration::from_secs(31 * 60)).await,
        "* BYE Autologout after inactivity\r\n"
    );
    assert!(one.done);
}

#[tokio::test]
async fn serves_a_connection_to_its_end_and_says_bye_at_shutdown() {
    let host = host().await;
    host.clock.hold();
    let (mut ours, theirs) = tokio::io::duplex(64 * 1024);
    let address = "192.0.2.7:50000".parse().unwrap();
    let connection = world::Connection {
        stream: Box::new(theirs),
        local: address,
        remote: address,
        tls: None,
    };
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let client = async {
        ours.write_all(b"a LOGIN alice secret\r\nb SELECT INBOX\r\nc IDLE\r\n")
            .await
            .unwrap();
        let mut received = Vec::new();
        while !received.ends_with(b"+ idling\r\n") {
            assert!(ours.read_buf(&mut received).await.unwrap() > 0);
        }
        host.deliver(MESSAGE, 1).await;
        while !received.ends_with(b"* 1 RECENT\r\n") {
            assert!(ours.read_buf(&mut received).await.unwrap() > 0);
        }
        stop.send(true).unwrap();
        received.clear();
        ours.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"* BYE Server shutting down\r\n");
    };
    let config = Arc::new(host::config());
    tokio::join!(host.imap.serve(connection, config, stopping), client);
}

#[tokio::test]
async fn silent_store_hides_only_its_own_change() {
    let host = host().await;
    host.deliver(MESSAGE, 1).await;
    host.deliver(MESSAGE, 2).await;
    let (mut one, mut two) = (host.alice().await, host.alice().await);
    one.send("s SELECT INBOX").await;
    two.send("s SELECT INBOX").await;
    two.send("t STORE 1 +FLAGS.SILENT (\\Answered)").await;
    check(
        &mut one,
        "STORE 1:2 +FLAGS.SILENT (\\Flagged)",
        &[
            "* 1 FETCH (UID 1 FLAGS (\\Answered \\Flagged \\Recent))",
            "c OK Completed",
        ],
    )
    .await;
    check(&mut one, "NOOP", &["c OK NOOP completed"]).await;
    check(
        &mut two,
        "NOOP",
        &[
            "* 1 FETCH (UID 1 FLAGS (\\Answered \\Flagged))",
            "* 2 FETCH (UID 2 FLAGS (\\Flagged))",
            "c OK NOOP completed",
        ],
    )
    .await;
}

#[tokio::test]
async fn deleted_mailbox_ends_the_session() {
    let host = host().await;
    let (mut one, mut two) = (host.alice().await, host.alice().await);
    one.send("c CREATE Box").await;
    one.send("s SELECT Box").await;
    one.send("i IDLE").await;
    two.send("t DELETE Box").await;
    assert_eq!(
        one.receive_all().await,
        "* BYE [NONEXISTENT] Selected mailbox was deleted by another session\r\n"
    );
    for (command, code) in [
        ("DELETE INBOX", "CANNOT"),
        ("DELETE Sent", "CANNOT"),
        ("DELETE Box", "NONEXISTENT"),
        ("CREATE sent/a/b/c", ""),
        ("CREATE Sent", "ALREADYEXISTS"),
        ("RENAME sent sent/x", "CANNOT"),
        ("RENAME INBOX Old", ""),
        ("SELECT Box", "NONEXISTENT"),
        ("APPEND Box {3+}\r\nabc", "TRYCREATE"),
        ("APPEND INBOX {0+}\r\n", "CANNOT"),
    ] {
        let received = two.send(&format!("c {command}")).await;
        let expected = if code.is_empty() {
            "c OK".to_owned()
        } else {
            format!("c NO [{code}]")
        };
        assert!(received.starts_with(&expected), "{command}: {received}");
    }
    let received = two.send("c LIST (SPECIAL-USE) \"\" %").await;
    assert!(
        received.contains("* LIST (\\HasNoChildren \\Drafts) \"/\" Drafts")
            && received.contains("\\Trash"),
        "{received}"
    );
}

#[tokio::test]
async fn quota_and_full_disk_are_reported_without_loss() {
    let engine = Arc::new(store::engine::memory::Memory::default());
    let store = Store::open(
        engine.clone(),
        Arc::new(MemoryBlobs::default()),
        PasswordCost::NONE,
    )
    .await
    .unwrap();
    let host = host_over(store).await;
    let mut client = host.alice().await;
    assert!(client.append("INBOX", MESSAGE).await.contains("APPENDUID"));
    client.send("s SELECT INBOX").await;
    host.store
        .set_quota(host.alice.id, Some(MESSAGE.len() as u64 + 10))
        .await
        .unwrap();
    assert!(
        client
            .append("INBOX", MESSAGE)
            .await
            .contains("ap NO [OVERQUOTA]")
    );
    assert!(
        client
            .send("c COPY 1 Trash")
            .await
            .starts_with("c NO [OVERQUOTA]")
    );
    assert!(
        client
            .send("c MOVE 1 Trash")
            .await
            .starts_with("* OK [COPYUID"),
        "what only changes its place needs no room"
    );
    host.store.set_quota(host.alice.id, None).await.unwrap();
    engine.set_full(true);
    assert!(
        client
            .append("INBOX", MESSAGE)
            .await
            .contains("ap NO [LIMIT]")
    );
    assert!(
        client
            .send("c CREATE Box")
            .await
            .starts_with("c NO [LIMIT]")
    );
    engine.set_full(false);
    assert!(client.append("INBOX", MESSAGE).await.contains("APPENDUID"));
}

#[tokio::test]
async fn journey_of_a_message_shows_its_fetch() {
    let host = host().await;
    for journey in 1..=9 {
        host.deliver(MESSAGE, journey).await;
    }
    let mut client = host.alice().await;
    client.send("s SELECT INBOX").await;
    client
        .send("l FETCH 1:* (FLAGS ENVELOPE BODY.PEEK[HEADER])")
        .await;
    assert!(host.kinds(1).await.is_empty(), "lists are no reading");
    client.send("f FETCH 1 BODY[]").await;
    let kinds = host.kinds(1).await;
    assert_eq!(kinds[0], "connect");
    let rest: Vec<&str> = kinds
        .iter()
        .map(String::as_str)
        .filter(|t| !t.starts_with("* "))
        .collect();
    assert_eq!(
        rest,
        [
            "connect",
            "x LOGIN alice@glasspost.test ••••",
            "x OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT CHILDREN SPECIAL-USE MOVE APPENDLIMIT=50000000] Logged in",
            "s SELECT INBOX",
            "f FETCH 1 BODY[]",
            "fetched BODY[] by alice@glasspost.test",
        ]
    );
    assert!(
        kinds.iter().any(|t| t.starts_with("* 1 FETCH (BODY[] {")),
        "{kinds:?}"
    );
    client.send("g FETCH 2:9 BODY.PEEK[]").await;
    assert_eq!(
        host.kinds(9).await,
        ["fetched BODY[] by alice@glasspost.test"],
        "a download tells each message, without the dialogue"
    );
    assert!(host.kinds(2).await.len() > 4);
}

#[tokio::test]
async fn accepts_chinese_mailbox_names_everywhere() {
    let host = host().await;
    let mut client = host.alice().await;
    check(
        &mut client,
        "CREATE &i,56Cw-/&T1xOGg-",
        &["c OK CREATE completed"],
    )
    .await;
    check(
        &mut client,
        "LIST \"\" &i,56Cw-/%",
        &[
            "* LIST (\\HasNoChildren) \"/\" &i,56Cw-/&T1xOGg-",
            "c OK Completed",
        ],
    )
    .await;
    let folder = host
        .store
        .folder(host.alice.id, &MailboxName::new("课程/作业").unwrap())
        .await
        .unwrap();
    assert!(folder.is_some());
    check(
        &mut client,
        "STATUS &i,56Cw- (MESSAGES)",
        &["* STATUS &i,56Cw- (MESSAGES 0)", "c OK STATUS completed"],
    )
    .await;
}

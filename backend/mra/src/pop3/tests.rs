//! POP3 over the memory store, as a client sees it: the maildrop, its lock, deleting, concurrent
//! IMAP, journeys. No sockets: the sessions are driven by hand.

use super::*;
use event::Kind;
use mail::session::{Session, Step};
use mail::{Flags, JourneyId};
use store::{Delivery, NewAccount, OutlineRow, PasswordCost};

struct TestHost {
    pop3: Pop3,
    store: Store,
    inbox: Arc<Mailbox>,
    closing: watch::Sender<bool>,
}

async fn test_host() -> TestHost {
    let (store, world) = (
        Store::in_memory(PasswordCost::NONE).await.unwrap(),
        world::still::world(),
    );
    store
        .add_domain(&"glasspost.test".parse().unwrap())
        .await
        .unwrap();
    let alice = NewAccount {
        address: "alice@glasspost.test".parse().unwrap(),
        name: String::new(),
        password: Secret::new("secret"),
    };
    let alice = store
        .add_account(alice, [1; 16], world.now())
        .await
        .unwrap();
    let inbox = store.inbox(alice.id).await.unwrap();
    let logins = Authenticator::new(store.clone(), world.clone());
    let pop3 = Pop3::new(world, store.clone(), logins, "mx.glasspost.test", true);
    TestHost {
        pop3,
        store,
        inbox,
        closing: watch::channel(false).0,
    }
}

impl TestHost {
    async fn deliver(&self, text: &[u8], journey: u64) {
        let mut writer = self.store.writer();
        writer.write(text).unwrap();
        let content = writer.finish().await.unwrap();
        let mut tx = self.store.begin();
        let blob = tx.content(&content);
        let prefix = b"Return-Path: <bob@b.test>\r\n";
        let whole = [prefix.as_slice(), text].concat();
        tx.deliver(Delivery {
            mailbox: self.inbox.clone(),
            blob,
            bytes: whole.len() as u64,
            outline: Arc::new(OutlineRow::of(&whole, prefix.len())),
            flags: Flags::default(),
            date: Time::from_secs(1),
            journey: (journey > 0).then_some(JourneyId(journey)),
            event: None,
        });
        tx.commit().await.unwrap();
    }

    async fn connect(&self) -> Client {
        let role = self.pop3.role(
            "192.0.2.7:50000".parse().unwrap(),
            "192.0.2.1:110".parse().unwrap(),
            None,
            self.closing.subscribe(),
        );
        let mut session = self.pop3.session(false);
        session.start(self.pop3.0.world.now());
        let mut client = Client {
            session,
            role,
            received: Vec::new(),
        };
        client.run().await;
        assert_eq!(
            client.receive_all(),
            "+OK mx.glasspost.test Glasspost POP3 ready\r\n"
        );
        client
    }

    async fn alice(&self) -> Client {
        let mut client = self.connect().await;
        let received = client.send("USER alice\r\nPASS secret\r\n").await;
        assert!(
            received.starts_with("+OK Send password\r\n+OK"),
            "{received}"
        );
        client
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
            other => other.explain().to_owned(),
        };
        events.iter().map(short).collect()
    }
}

struct Client {
    session: pop3::Server,
    role: Role,
    received: Vec<u8>,
}

impl Client {
    async fn run(&mut self) {
        while let Some(step) = self.session.step() {
            match step {
                Step::Send(bytes) => self.received.extend(bytes),
                Step::Query(ask) => {
                    let answer = self.role.decide(ask).await;
                    self.session.answer(answer, Time::from_secs(1));
                }
                Step::Trace(line) => self.role.trace(line),
                Step::StartTls => panic!("no TLS here"),
                Step::Done => self.received.extend(b"(closed)"),
            }
        }
    }

    fn receive_all(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.received)).unwrap()
    }

    async fn send(&mut self, text: &str) -> String {
        self.session.receive(text.as_bytes(), Time::from_secs(1));
        self.run().await;
        self.receive_all()
    }
}

#[tokio::test]
async fn fetches_a_message_unchanged_and_records_it() {
    let host = test_host().await;
    host.deliver(b"Subject: one\r\n\r\n.dot\r\n", 7).await;
    let mut client = host.alice().await;
    assert_eq!(client.send("STAT\r\n").await, "+OK 1 49\r\n");
    let validity = host.inbox.uid_validity;
    assert_eq!(
        client.send("UIDL\r\n").await,
        format!("+OK 1 messages (49 octets)\r\n1 {validity}.1\r\n.\r\n")
    );
    assert_eq!(
        client.send("RETR 1\r\n").await,
        "+OK 49 octets\r\nReturn-Path: <bob@b.test>\r\nSubject: one\r\n\r\n..dot\r\n.\r\n"
    );
    assert_eq!(
        client.send("TOP 1 0\r\n").await,
        "+OK Top of message follows\r\nReturn-Path: <bob@b.test>\r\nSubject: one\r\n\r\n.\r\n"
    );
    assert_eq!(
        client.send("QUIT\r\n").await,
        "+OK Logging out; messages left: 1\r\n(closed)"
    );
    client.role.recorder.closed(world::still::STILL);
    let greeting = "+OK mx.glasspost.test Glasspost POP3 ready";
    assert_eq!(
        host.kinds(7).await,
        [
            "connect.pop3",
            greeting,
            "USER alice",
            "+OK Send password",
            "PASS ••••",
            "+OK 1 message",
            "RETR 1",
            "+OK 49 octets",
            "fetched RETR by alice@glasspost.test",
            "closed"
        ]
    );
    assert!(host.inbox.read(|s| s.unseen == 1), "flags are left alone");
}

#[tokio::test]
async fn sizes_are_those_that_retr_sends() {
    let host = test_host().await;
    for text in [
        "Subject: x\r\n\r\n.dot\r\nno end",
        "Subject: y\r\n\r\nend\r\n",
    ] {
        // Without a journey, as a message that a client appended.
        host.deliver(text.as_bytes(), 0).await;
    }
    let mut client = host.alice().await;
    let mut total = 0;
    for number in 1..=2 {
        let listed = client.send(&format!("LIST {number}\r\n")).await;
        let size: usize = listed.trim().rsplit(' ').next().unwrap().parse().unwrap();
        let sent = client.send(&format!("RETR {number}\r\n")).await;
        let (_, content) = sent.split_once("\r\n").unwrap();
        let content = content
            .strip_suffix(".\r\n")
            .unwrap()
            .replace("\r\n..", "\r\n.");
        assert_eq!(size, content.len(), "{sent}");
        total += size;
    }
    let stat = client.send("STAT\r\n").await;
    assert_eq!(stat.trim(), format!("+OK 2 {total}"));
}

#[tokio::test]
async fn deletes_only_at_quit() {
    let host = test_host().await;
    for i in 1..=3 {
        host.deliver(format!("Subject: {i}\r\n\r\n").as_bytes(), i)
            .await;
    }
    let uids = || {
        host.inbox
            .read(|s| s.entries.iter().map(|e| e.uid).collect::<Vec<_>>())
    };
    let mut client = host.alice().await;
    client.send("DELE 1\r\nDELE 2\r\n").await;
    client.session.closed(Time::from_secs(1));
    client.run().await;
    assert_eq!(client.receive_all(), "(closed)");
    assert_eq!(uids(), [1, 2, 3], "a broken connection deletes nothing");
    drop(client);
    let mut client = host.alice().await;
    client.send("DELE 1\r\nDELE 3\r\nRSET\r\nDELE 2\r\n").await;
    assert_eq!(
        client.send("QUIT\r\n").await,
        "+OK Logging out; messages left: 2\r\n(closed)"
    );
    assert_eq!(uids(), [1, 3]);
    let mut client = host.alice().await;
    assert!(
        client.send("UIDL 2\r\n").await.ends_with(".3\r\n"),
        "unique-ids stay"
    );
}

#[tokio::test]
async fn maildrop_has_one_session_at_a_time() {
    let host = test_host().await;
    let first = host.alice().await;
    let mut second = host.connect().await;
    let in_use = "+OK Send password\r\n-ERR [IN-USE] Maildrop is locked by another session\r\n";
    assert_eq!(second.send("USER alice\r\nPASS secret\r\n").await, in_use);
    assert!(
        second
            .send("USER alice\r\nPASS wrong\r\n")
            .await
            .ends_with("-ERR [AUTH] Invalid user name or password\r\n")
    );
    drop(first);
    let mut third = host.alice().await;
    host.deliver(b"A: b\r\n\r\n", 1).await;
    assert_eq!(
        third.send("STAT\r\n").await,
        "+OK 0 0\r\n",
        "what came later is not in the list"
    );
    assert_eq!(
        third.send("QUIT\r\n").await,
        "+OK Logging out; messages left: 0\r\n(closed)"
    );
    // The session of the QUIT still exists, its lock does not.
    let mut fourth = host.alice().await;
    assert_eq!(fourth.send("STAT\r\n").await, "+OK 1 35\r\n");
}

#[tokio::test]
async fn refuses_a_message_that_imap_removed() {
    let host = test_host().await;
    host.deliver(b"A: b\r\n\r\n", 1).await;
    host.deliver(b"A: c\r\n\r\n", 2).await;
    let mut client = host.alice().await;
    host.store
        .delete_permanently(&host.inbox, &[1])
        .await
        .unwrap();
    assert_eq!(
        client.send("RETR 1\r\n").await,
        "-ERR Message was removed by another session\r\n"
    );
    assert!(client.send("RETR 2\r\n").await.starts_with("+OK"));
    assert_eq!(
        client.send("DELE 1\r\nQUIT\r\n").await,
        "+OK Marked for deletion\r\n+OK Logging out; messages left: 1\r\n(closed)"
    );
}

#[tokio::test]
async fn returns_a_large_message_unchanged() {
    let host = test_host().await;
    let large = [
        b"Subject: large\r\n\r\n".as_slice(),
        &b"0123456789abcdef\r\n".repeat(50_000),
    ]
    .concat();
    host.deliver(&large, 1).await;
    let mut client = host.alice().await;
    let received = client.send("RETR 1\r\n").await;
    let length = large.len() + 27;
    assert!(
        received
            == format!(
                "+OK {length} octets\r\nReturn-Path: <bob@b.test>\r\n{}.\r\n",
                String::from_utf8_lossy(&large)
            )
    );
    assert_eq!(
        host.kinds(1).await.last().map(String::as_str),
        Some("fetched RETR by alice@glasspost.test")
    );
}

#[tokio::test]
async fn accepts_user_names_with_and_without_domain() {
    let host = test_host().await;
    for (user, password, let_in) in [
        ("alice@glasspost.test", "secret", true),
        ("Alice", "secret", true),
        ("alice", "wrong", false),
        ("nobody", "secret", false),
        ("a@@b", "secret", false),
    ] {
        let mut client = host.connect().await;
        let received = client
            .send(&format!("USER {user}\r\nPASS {password}\r\n"))
            .await;
        assert_eq!(
            received.ends_with("+OK 0 messages\r\n"),
            let_in,
            "{user} {received}"
        );
    }
}

#[tokio::test]
async fn shutdown_ends_the_session() {
    let host = test_host().await;
    let mut client = host.alice().await;
    host.closing.send_replace(true);
    let Notice::Bye = client.role.notice().await;
    client.session.notice(Notice::Bye, Time::from_secs(1));
    client.run().await;
    assert_eq!(client.receive_all(), "(closed)");
}

#[tokio::test]
async fn a_password_may_be_typed_in_any_form() {
    let host = test_host().await;
    let alice = "alice@glasspost.test".parse().unwrap();
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
        let stored = Secret::new(stored);
        let set = host.store.set_password(&alice, &stored, [4; 16]);
        set.await.unwrap();
        for (typed, plain) in forms {
            for command in [
                format!("USER alice\r\nPASS {typed}\r\n"),
                format!("AUTH PLAIN {plain}\r\n"),
            ] {
                let received = host.connect().await.send(&command).await;
                let last = received.lines().last().unwrap_or_default();
                assert!(last.starts_with("+OK"), "{command}: {received}");
            }
        }
    }
}

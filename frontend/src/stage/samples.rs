//! Journeys and runs for tests.

mod script;

pub use script::{OURS, Script, party};

use event::{Event, Kind, Protocol, Role, Verdict};
use mail::dns::{Record, RecordType};
use mail::{Duration, JourneyId, Reply, SpanId};

const FROM_ALICE: [&str; 5] = [
    "Received: from laptop (127.0.0.1) by mail.glasspost.test\r\n\twith ESMTPSA id 41; Fri, 20 Nov 2026 10:00:00 +0000",
    "Message-ID: <5f2a@glasspost.test>",
    "From: Alice <alice@glasspost.test>",
    "To: Bob <bob@glasspost.test>",
    "Subject: 周五的午餐 / Friday lunch",
];

/// A journey recorded by a real server: to local user Bob, who retrieves it by IMAP, and to Carol
/// at a domain that does not exist.
pub fn recorded() -> Vec<Event> {
    event::from_json(include_bytes!("samples/local_and_bounced.json"))
        .expect("the recording is readable")
}

/// Alice's mail client submits over STARTTLS.
fn submission(s: &mut Script, to: &[&str], extra: impl FnOnce(&mut Script)) {
    s.span(OURS, Role::Msa, 1, None);
    s.connect(
        Protocol::Submission,
        party(Role::Mua, "127.0.0.1:53122", None),
        party(Role::Msa, "127.0.0.1:1587", Some(OURS)),
    );
    s.s("220 mail.glasspost.test ESMTP Glasspost", "greeted");
    s.c("EHLO laptop").s(
        "250-mail.glasspost.test\n250-SIZE 52428800\n250-STARTTLS\n250 ENHANCEDSTATUSCODES",
        "hello",
    );
    s.c("STARTTLS")
        .s("220 2.0.0 Ready to start TLS", "tls")
        .tls();
    s.c("EHLO laptop").s(
        "250-mail.glasspost.test\n250-SIZE 52428800\n250-AUTH PLAIN LOGIN\n250 SMTPUTF8",
        "hello",
    );
    s.c("AUTH PLAIN ••••")
        .s("235 2.7.0 Authentication successful", "authenticated");
    s.c("MAIL FROM:<alice@glasspost.test>")
        .check("sender-right", Verdict::Pass, "alice@glasspost.test")
        .s("250 2.1.0 Ok", "mail");
    for one in to {
        s.c(&format!("RCPT TO:<{one}>"))
            .check("recipient", Verdict::Pass, one)
            .s("250 2.1.5 Ok", "rcpt");
    }
    s.content().check("size", Verdict::Pass, "2143");
    s.accepted("alice@glasspost.test", to, &FROM_ALICE);
    extra(s);
    s.span(OURS, Role::Msa, 1, None)
        .s("250 2.0.0 Accepted as 41", "authenticated")
        .close();
}

/// Alice submits; Bob's mailbox is on the same host, and he retrieves the message by IMAP.
pub fn local_delivery() -> Vec<Event> {
    let mut s = Script::new();
    submission(&mut s, &["bob@glasspost.test"], |s| {
        s.span(OURS, Role::Mta, 2, Some(1))
            .attempt(1, "glasspost.test", &["bob@glasspost.test"])
            .delivered("bob@glasspost.test");
    });
    s.span(OURS, Role::Mra, 3, None)
        .wait(Duration::from_secs(65));
    s.connect(
        Protocol::Imap,
        party(Role::Mua, "127.0.0.1:53200", None),
        party(Role::Mra, "127.0.0.1:1993", Some(OURS)),
    );
    s.s(
        "* OK [CAPABILITY IMAP4rev1] Glasspost ready",
        "not authenticated",
    )
    .tls();
    s.c("a1 LOGIN bob ••••")
        .s("a1 OK Logged in", "authenticated");
    s.c("a2 SELECT INBOX")
        .s("* 14 EXISTS\na2 OK [READ-WRITE] Selected", "selected");
    s.c("a3 UID FETCH 14 BODY[]").s(
        "* 14 FETCH (UID 14 BODY[] {2143})\na3 OK Fetched",
        "selected",
    );
    s.push(Kind::Fetched {
        protocol: Protocol::Imap,
        by: "bob@glasspost.test".into(),
        what: "BODY[]".into(),
    });
    s.c("a4 LOGOUT").s("* BYE\na4 OK", "logout");
    s.events
}

/// An unknown client's script delivers a message to port 25.
pub fn unknown_client_on_25() -> Vec<Event> {
    let mut s = Script::new();
    s.span(OURS, Role::Mta, 1, None);
    s.connect(
        Protocol::Smtp,
        party(Role::Mta, "192.0.2.77:40112", None),
        party(Role::Mta, "127.0.0.1:1025", Some(OURS)),
    );
    s.envelope(
        "shell.example",
        "teacher@school.example",
        &["bob@glasspost.test"],
    )
    .content();
    s.accepted(
        "teacher@school.example",
        &["bob@glasspost.test"],
        &[
            "Received: from shell.example",
            "From: teacher@school.example",
            "Subject: test",
        ],
    );
    s.span(OURS, Role::Mta, 2, Some(1))
        .attempt(1, "glasspost.test", &["bob@glasspost.test"])
        .delivered("bob@glasspost.test");
    s.span(OURS, Role::Mta, 1, None)
        .s("250 2.0.0 Accepted as 41", "hello")
        .close();
    s.events
}

/// Our connection to the MX of b.test, up to RCPT.
fn call_b(s: &mut Script, attempt: u64, number: u32) {
    s.span(OURS, Role::Mta, attempt, Some(1))
        .attempt(number, "b.test", &["carol@b.test"]);
    let mx = Record::Mx(10, "mx.b.test".parse().ok());
    s.dns("b.test", RecordType::Mx, Ok(vec![mx]));
    s.dns(
        "mx.b.test",
        RecordType::A,
        Ok(vec![Record::A([192, 0, 2, 25].into())]),
    );
    s.span(OURS, Role::Mta, attempt + 1, Some(attempt));
    let client = party(Role::Mta, "198.51.100.7:41002", Some(OURS));
    s.connect(
        Protocol::Smtp,
        client,
        party(Role::Mta, "192.0.2.25:25", Some("mx.b.test")),
    );
    s.s("220 mx.b.test ESMTP", "greeted")
        .c("EHLO mail.glasspost.test")
        .s("250-mx.b.test\n250 PIPELINING", "hello");
    s.c("MAIL FROM:<alice@glasspost.test>")
        .s("250 2.1.0 Ok", "mail")
        .c("RCPT TO:<carol@b.test>");
}

/// A message to local user Bob and to Carol at a host that greylists unknown clients (RFC 6647).
pub fn greylisted() -> Vec<Event> {
    let mut s = Script::new();
    submission(&mut s, &["bob@glasspost.test", "carol@b.test"], |s| {
        s.span(OURS, Role::Mta, 2, Some(1))
            .attempt(1, "glasspost.test", &["bob@glasspost.test"])
            .delivered("bob@glasspost.test");
    });
    call_b(&mut s, 4, 1);
    s.s("451 4.7.1 Greylisted, come back in 5 minutes", "mail")
        .c("QUIT")
        .s("221 2.0.0 Bye", "closed");
    let next = s.now() + Duration::from_secs(300);
    s.span(OURS, Role::Mta, 1, None);
    s.push(Kind::Deferred {
        recipient: "carol@b.test".into(),
        reply: Reply::new(451, (4, 7, 1), "Greylisted"),
        cause: None,
        next,
    });
    s.wait(Duration::from_secs(300));
    call_b(&mut s, 6, 2);
    s.s("250 2.1.5 Ok", "rcpt")
        .content()
        .s("250 2.0.0 Queued as 9XK", "hello");
    s.close();
    s.span(OURS, Role::Mta, 1, None);
    s.push(Kind::Relayed {
        recipient: "carol@b.test".into(),
        host: "mx.b.test".into(),
        reply: Reply::new(250, (2, 0, 0), "Queued"),
    });
    s.events
}

/// The remote recipient does not exist: the sender gets a bounce.
pub fn bounced() -> Vec<Event> {
    let mut s = Script::new();
    submission(&mut s, &["carol@b.test"], |_| {});
    call_b(&mut s, 4, 1);
    s.s("550 5.1.1 No such user", "mail")
        .c("QUIT")
        .s("221 2.0.0 Bye", "closed");
    s.span(OURS, Role::Mta, 1, None);
    let reply = Reply::new(550, (5, 1, 1), "No such user");
    s.push(Kind::Bounced {
        recipient: "carol@b.test".into(),
        reply,
        cause: None,
        notice: Some(JourneyId(8)),
    });
    s.events
}

/// Submitted from the browser, pushed to the recipient's open tab, and opened there.
pub fn composed_and_pushed() -> Vec<Event> {
    let mut s = Script::new();
    s.span(OURS, Role::Mua, 1, None);
    s.connect(
        Protocol::Web,
        party(Role::Mua, "127.0.0.1:50001", None),
        party(Role::Msa, OURS, Some(OURS)),
    );
    s.span(OURS, Role::Msa, 1, None);
    s.check("sender-right", Verdict::Pass, "alice@glasspost.test")
        .check("recipient", Verdict::Pass, "bob@glasspost.test");
    s.accepted("alice@glasspost.test", &["bob@glasspost.test"], &FROM_ALICE);
    s.span(OURS, Role::Mta, 2, Some(1))
        .attempt(1, "glasspost.test", &["bob@glasspost.test"])
        .delivered("bob@glasspost.test");
    s.span(OURS, Role::Mua, 3, None);
    s.push(Kind::Pushed {
        protocol: Protocol::Web,
        to: "bob@glasspost.test".into(),
    })
    .wait(Duration::from_secs(40));
    s.push(Kind::Fetched {
        protocol: Protocol::Web,
        by: "bob@glasspost.test".into(),
        what: "message".into(),
    });
    s.events
}

/// One connection between two hosts of the Lab, recorded by both ends.
pub fn both_ends() -> Vec<Event> {
    let mut client = Script::new();
    client.span("mx.a.test", Role::Mta, 1, Some(9));
    let mut server = Script::new();
    server
        .span("mx.b.test", Role::Mta, 2, None)
        .wait(Duration::from_micros(500));
    for s in [&mut client, &mut server] {
        let far = (s.host == "mx.a.test").then_some("mx.b.test");
        let near = (s.host == "mx.a.test").then_some("mx.a.test");
        s.connect(
            Protocol::Smtp,
            party(Role::Mta, "192.0.2.1:4000", near),
            party(Role::Mta, "192.0.2.2:25", far),
        );
        s.envelope("mx.a.test", "alice@a.test", &["bob@b.test"])
            .content();
        if s.host == "mx.b.test" {
            s.accepted("alice@a.test", &["bob@b.test"], &[]);
        }
        s.s("250 2.0.0 Ok", "hello");
    }
    client.events.append(&mut server.events);
    client.events
}

/// Runs recorded by the Lab: a first message, a lost 250, a POP3 session, an IMAP session with
/// IDLE.
pub fn runs() -> Vec<Vec<Event>> {
    let files: [&[u8]; 4] = [
        include_bytes!("samples/run_01_first_message.json"),
        include_bytes!("samples/run_10_lost_250.json"),
        include_bytes!("samples/run_65_pop3_session.json"),
        include_bytes!("samples/run_68_imap_idle.json"),
    ];
    files
        .map(|file| event::from_json(file).expect("the recording is readable"))
        .into()
}

/// The given number of messages in transit at once: each is submitted, and all wait for a host that
/// does not respond.
pub fn crowd(messages: u64) -> Vec<Event> {
    let mut all = Vec::new();
    for n in 0..messages {
        let mut s = Script::new();
        s.wait(Duration::from_millis(n));
        submission(&mut s, &["carol@b.test"], |_| {});
        s.span(OURS, Role::Mta, 4, Some(1))
            .attempt(1, "b.test", &["carol@b.test"]);
        let next = s.now() + Duration::from_secs(300 + n);
        s.push(Kind::Deferred {
            recipient: "carol@b.test".into(),
            reply: Reply::new(451, (4, 4, 1), "no answer"),
            cause: None,
            next,
        });
        all.extend(s.events.into_iter().map(|mut e| {
            e.journey = Some(JourneyId(n + 1));
            e.span = SpanId(e.span.0 + n * 100);
            e.parent = e.parent.map(|p| SpanId(p.0 + n * 100));
            e.seq += n * 1000;
            e
        }));
    }
    all.sort_by_key(|e| (e.at, e.seq));
    all
}

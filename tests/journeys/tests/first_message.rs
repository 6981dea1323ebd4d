//! Alice's message to bob: submission, queue, DNS, transfer, delivery, and retrieval with IMAP and
//! POP3.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind, Role};
use journeys::{A, B, LAPTOP, PHONE, Submitted, TwoHosts, fetch_by_imap, fetch_by_pop3, submit};
use mail::Duration;
use mail::session::Speaker;
use node::Service;
use sim::Skew;

const MESSAGE: &str = "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: the first\r\n\r\nDear Bob,\r\n.\r\nyours, Alice\r\n";

fn send(hosts: &TwoHosts, service: Service) -> Submitted {
    let laptop = hosts.world(LAPTOP);
    hosts.talk(async move {
        submit(
            laptop,
            service,
            "alice@a.test",
            "alice@a.test",
            &["bob@b.test"],
            MESSAGE.into(),
        )
        .await
    })
}

fn deliver(seed: u64) -> TwoHosts {
    let hosts = TwoHosts::new(seed);
    let sent = send(&hosts, Service::Submission);
    assert!(sent.all_accepted(), "seed {seed}: {sent:?}");
    hosts.rest();
    hosts
}

#[test]
fn the_message_is_in_bobs_mailbox_with_its_trace_fields() {
    let hosts = deliver(1);
    let messages = hosts.inbox(B, "bob@b.test");
    assert_eq!(messages.len(), 1);
    let (head, body) = messages[0].split_once("\r\n\r\n").unwrap();
    assert_eq!(
        body, "Dear Bob,\r\n.\r\nyours, Alice\r\n",
        "the dot that was stuffed on the way stands alone again"
    );
    let names: Vec<&str> = head
        .lines()
        .filter(|l| !l.starts_with([' ', '\t']))
        .map(|l| l.split(':').next().unwrap())
        .collect();
    assert_eq!(
        names[..5],
        [
            "Return-Path",
            "Delivered-To",
            "Authentication-Results",
            "Received",
            "Received"
        ]
    );
    assert!(head.starts_with("Return-Path: <alice@a.test>\r\nDelivered-To: bob@b.test\r\n"));
    // RFC 3848: each hop records the protocol by which it received the message.
    assert!(
        head.contains("with ESMTPS") && head.contains("with ESMTPSA"),
        "{head}"
    );
    assert_eq!(
        (
            hosts.queued(A),
            hosts.queued(B),
            hosts.count(A, "alice@a.test")
        ),
        (0, 0, 0)
    );
}

#[test]
fn each_step_happens_once_and_in_order() {
    let hosts = deliver(1);
    assert_eq!(
        hosts.decisions(),
        [
            "mx.a.test: accepted for bob@b.test",
            "mx.a.test: attempt 1 to b.test",
            "mx.b.test: accepted for bob@b.test",
            "mx.b.test: attempt 1 to b.test",
            "mx.b.test: delivered bob@b.test INBOX",
            "mx.a.test: relayed bob@b.test to mx.b.test",
        ]
    );
    let asked = hosts.story(|e| match &e.kind {
        Kind::Dns { question, .. } => Some(question.to_string()),
        _ => None,
    });
    let way = [
        "b.test Mx",
        "_mta-sts.b.test Txt",
        "mx.b.test Aaaa",
        "mx.b.test A",
    ];
    let caller = ["25.2.0.192.in-addr.arpa Ptr", "mx.a.test A"];
    let sender = [
        "mx.a.test Txt",
        "a.test Txt",
        "_dmarc.a.test Txt",
        "_dmarc.test Txt",
    ];
    assert_eq!(asked, [&way[..], &caller, &sender].concat());
}

// The dialogue between the MTAs of a and b, as recorded by one of them.
fn dialogue(hosts: &TwoHosts, host: &'static str) -> Vec<String> {
    hosts.story(|e| match &e.kind {
        Kind::Line { speaker, text, .. } if e.host == host && e.role == Role::Mta => {
            let who = if *speaker == Speaker::Client {
                "C"
            } else {
                "S"
            };
            Some(format!(
                "{who} {}",
                text.split([' ', '\n']).next().unwrap_or_default()
            ))
        }
        _ => None,
    })
}

#[test]
fn both_ends_record_the_same_dialogue() {
    let hosts = deliver(1);
    let lines = dialogue(&hosts, A);
    let verbs: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix("C ")).collect();
    assert_eq!(
        verbs[..6],
        ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "BDAT"]
    );
    let heard = dialogue(&hosts, B);
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(
        sorted(lines),
        sorted(heard),
        "in the order of each end, but the same lines"
    );
}

#[test]
fn events_contain_no_passwords() {
    let hosts = deliver(1);
    let bob = hosts.world(PHONE);
    hosts.talk(async move { fetch_by_pop3(bob).await });
    hosts.rest();
    let all = String::from_utf8(event::to_json(&hosts.lab.timeline())).unwrap();
    // The base64 form of `\0alice@a.test\0open sesame`, and of its end at each of the three
    // alignments.
    for secret in [
        journeys::PASSWORD,
        "b3BlbiBzZXNhbW",
        "9wZW4gc2VzYW1l",
        "vcGVuIHNlc2FtZ",
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("••••"));
}

#[test]
fn fetching_by_imap_and_pop3_is_recorded_in_the_journey() {
    let hosts = deliver(2);
    let (bob, again) = (hosts.world(PHONE), hosts.world(PHONE));
    let imap = hosts.talk(async move { fetch_by_imap(bob).await });
    assert!(
        imap.contains("* 1 EXISTS") && imap.contains("yours, Alice\r\n"),
        "{imap}"
    );
    let pop3 = hosts.talk(async move { fetch_by_pop3(again).await });
    // RFC 1939 §3: the line that is a single dot is dot-stuffed here too.
    assert!(pop3.contains("\r\n..\r\nyours, Alice\r\n.\r\n"), "{pop3}");
    hosts.rest();
    let fetched: Vec<String> = hosts
        .decisions()
        .into_iter()
        .filter(|d| d.contains("fetched"))
        .collect();
    assert_eq!(fetched.len(), 2, "{fetched:?}");
}

#[test]
fn the_same_seed_gives_the_same_events_byte_for_byte() {
    let run = |seed| {
        let hosts = deliver(seed);
        let (bob, again) = (hosts.world(PHONE), hosts.world(PHONE));
        hosts.talk(async move { fetch_by_imap(bob).await });
        hosts.talk(async move { fetch_by_pop3(again).await });
        hosts.rest();
        (hosts.lab.fingerprint(), hosts.lab.timeline())
    };
    let ((first, events), (second, again)) = (run(7), run(7));
    let other = |e: &Event, o: &Event| (e != o).then(|| format!("{e:?}\n{o:?}"));
    assert_eq!(
        events.iter().zip(&again).find_map(|(e, o)| other(e, o)),
        None,
        "the first difference"
    );
    assert_eq!((first, events.len()), (second, again.len()));
    assert_ne!(
        run(8).0,
        first,
        "numbers of spans and journeys are drawn by chance"
    );
}

#[test]
fn submission_over_implicit_tls_works() {
    let hosts = TwoHosts::new(3);
    assert!(send(&hosts, Service::Submissions).all_accepted());
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
}

#[test]
fn a_wrong_clock_at_b_changes_only_times_in_the_header() {
    let hosts = TwoHosts::new(4);
    hosts
        .lab
        .set_clock(
            B,
            Skew {
                offset_micros: -3_600_000_000,
                drift_ppm: 0,
            },
        )
        .unwrap();
    assert!(send(&hosts, Service::Submission).all_accepted());
    hosts.rest();
    let message = &hosts.inbox(B, "bob@b.test")[0];
    assert!(
        message.contains("07:00:0") && message.contains("08:00:0"),
        "b is an hour behind: {message}"
    );
    assert_eq!(
        hosts.decisions().last().unwrap(),
        "mx.a.test: relayed bob@b.test to mx.b.test"
    );
}

#[test]
fn delivery_takes_less_than_two_seconds_of_virtual_time() {
    let hosts = deliver(5);
    let took = hosts.lab.timeline().iter().find_map(|e| match e.kind {
        Kind::Delivered { .. } => Some(e.at.since(sim::START)),
        _ => None,
    });
    assert!(took.unwrap() < Duration::from_secs(2), "{took:?}");
}

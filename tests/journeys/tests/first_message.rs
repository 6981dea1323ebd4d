//! Alice's message to bob: through submission, queue, DNS, transfer and delivery, and out again by
//! IMAP and POP3.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind, Role};
use journeys::{A, B, Country, LAPTOP, PHONE, Submitted, fetch_by_imap, fetch_by_pop3, submit};
use mail::Duration;
use mail::session::Speaker;
use node::Service;
use sim::Skew;

const MESSAGE: &str = "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: the first\r\n\r\nDear Bob,\r\n.\r\nyours, Alice\r\n";

fn send(country: &Country, service: Service) -> Submitted {
    let laptop = country.world(LAPTOP);
    country.talk(async move {
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

fn whole_way(seed: u64) -> Country {
    let country = Country::new(seed);
    let sent = send(&country, Service::Submission);
    assert!(sent.all_taken(), "seed {seed}: {sent:?}");
    country.rest();
    country
}

#[test]
fn the_message_lies_in_bobs_mailbox_with_the_traces_of_its_way() {
    let country = whole_way(1);
    let messages = country.inbox(B, "bob@b.test");
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
    // RFC 3848: each hop says how it was spoken to.
    assert!(
        head.contains("with ESMTPS") && head.contains("with ESMTPSA"),
        "{head}"
    );
    assert_eq!(
        (
            country.queued(A),
            country.queued(B),
            country.count(A, "alice@a.test")
        ),
        (0, 0, 0)
    );
}

#[test]
fn each_step_happens_once_and_in_its_order() {
    let country = whole_way(1);
    assert_eq!(
        country.decisions(),
        [
            "mx.a.test: accepted for bob@b.test",
            "mx.a.test: attempt 1 to b.test",
            "mx.b.test: accepted for bob@b.test",
            "mx.b.test: attempt 1 to b.test",
            "mx.b.test: delivered bob@b.test INBOX",
            "mx.a.test: relayed bob@b.test to mx.b.test",
        ]
    );
    let asked = country.story(|e| match &e.kind {
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

// What was said between a's mta and b's, as one of both recorded it.
fn dialogue(country: &Country, host: &'static str) -> Vec<String> {
    country.story(|e| match &e.kind {
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
    let country = whole_way(1);
    let said = dialogue(&country, A);
    let verbs: Vec<&str> = said.iter().filter_map(|l| l.strip_prefix("C ")).collect();
    assert_eq!(
        verbs[..6],
        ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "BDAT"]
    );
    let heard = dialogue(&country, B);
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(
        sorted(said),
        sorted(heard),
        "in the order of each end, but the same lines"
    );
}

#[test]
fn passwords_are_nowhere_in_the_events() {
    let country = whole_way(1);
    let bob = country.world(PHONE);
    country.talk(async move { fetch_by_pop3(bob).await });
    country.rest();
    let all = String::from_utf8(event::to_json(&country.lab.timeline())).unwrap();
    // `\0alice@a.test\0open sesame` in base64, and the end of it at its three alignments.
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
fn bob_reads_it_by_imap_and_by_pop3_and_that_is_told_to_its_journey() {
    let country = whole_way(2);
    let (bob, again) = (country.world(PHONE), country.world(PHONE));
    let imap = country.talk(async move { fetch_by_imap(bob).await });
    assert!(
        imap.contains("* 1 EXISTS") && imap.contains("yours, Alice\r\n"),
        "{imap}"
    );
    let pop3 = country.talk(async move { fetch_by_pop3(again).await });
    // RFC 1939 §3: the line that is a dot is stuffed here too.
    assert!(pop3.contains("\r\n..\r\nyours, Alice\r\n.\r\n"), "{pop3}");
    country.rest();
    let fetched: Vec<String> = country
        .decisions()
        .into_iter()
        .filter(|d| d.contains("fetched"))
        .collect();
    assert_eq!(fetched.len(), 2, "{fetched:?}");
}

#[test]
fn the_same_seed_gives_the_same_events_byte_for_byte() {
    let run = |seed| {
        let country = whole_way(seed);
        let (bob, again) = (country.world(PHONE), country.world(PHONE));
        country.talk(async move { fetch_by_imap(bob).await });
        country.talk(async move { fetch_by_pop3(again).await });
        country.rest();
        (country.lab.fingerprint(), country.lab.timeline())
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
fn implicit_tls_brings_it_as_well() {
    let country = Country::new(3);
    assert!(send(&country, Service::Submissions).all_taken());
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
}

#[test]
fn a_wrong_clock_at_b_changes_the_times_in_the_header_and_nothing_else() {
    let country = Country::new(4);
    country
        .lab
        .set_clock(
            B,
            Skew {
                offset_micros: -3_600_000_000,
                drift_ppm: 0,
            },
        )
        .unwrap();
    assert!(send(&country, Service::Submission).all_taken());
    country.rest();
    let message = &country.inbox(B, "bob@b.test")[0];
    assert!(
        message.contains("07:00:0") && message.contains("08:00:0"),
        "b is an hour behind: {message}"
    );
    assert_eq!(
        country.decisions().last().unwrap(),
        "mx.a.test: relayed bob@b.test to mx.b.test"
    );
}

#[test]
fn a_message_takes_seconds_of_virtual_time_at_most() {
    let country = whole_way(5);
    let took = country.lab.timeline().iter().find_map(|e| match e.kind {
        Kind::Delivered { .. } => Some(e.at.since(sim::START)),
        _ => None,
    });
    assert!(took.unwrap() < Duration::from_secs(2), "{took:?}");
}

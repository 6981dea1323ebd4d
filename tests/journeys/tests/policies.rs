//! What others publish, and what it is good for: MTA-STS, DANE and REQUIRETLS keep a message from
//! going to the wrong host or in the clear; reports tell of it; relays take it elsewhere; rewritten
//! senders bring bounces home.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Kind, Verdict};
use journeys::{A, B, Country, serve_policy};
use mail::dns::{Failure, Record, RecordType};
use mail::{Duration, Envelope, Notify, Secret, Time};
use node::outbound::{Relay, RelayTls, Srs, TlsReports};
use sim::{Act, Certificate, listen};
use std::net::{Ipv4Addr, SocketAddr};

const HOUR: Duration = Duration::from_secs(3600);
const MESSAGE: &str =
    "From: alice@a.test\nSubject: hello\nMessage-ID: <1@laptop.a.test>\n\nhello\n";
const ENFORCE: &str = "version: STSv1\nmode: enforce\nmx: mx.b.test\nmax_age: 604800\n";

fn envelope(to: &[&str]) -> Envelope {
    Envelope::new(
        "alice@a.test".parse().ok(),
        to.iter().map(|a| a.parse().unwrap()),
    )
}

fn post(country: &Country) {
    assert!(
        country
            .post(envelope(&["bob@b.test"]), MESSAGE)
            .is_positive()
    );
}

// What the last connections came to.
fn deferred(country: &Country) -> Vec<String> {
    country.story(|e| match &e.kind {
        Kind::Deferred { reply, .. } => Some(reply.to_string()),
        _ => None,
    })
}

fn checks(country: &Country, check: &str) -> Vec<(Verdict, String)> {
    let of = |e: &event::Event| match &e.kind {
        Kind::Check {
            check: found,
            verdict,
            reason,
            ..
        } if found.name() == check => Some((*verdict, reason.english())),
        _ => None,
    };
    country.lab.timeline().iter().filter_map(of).collect()
}

// True where no message has left a in the clear.
fn all_sealed(country: &Country) -> bool {
    country
        .lab
        .timeline()
        .iter()
        .filter(|e| e.host == A && e.explain == "smtp.mail")
        .all(|e| matches!(e.kind, Kind::Line { sealed: true, .. }))
}

fn proven(country: &Country) -> bool {
    country
        .lab
        .timeline()
        .iter()
        .any(|e| e.host == A && matches!(&e.kind, Kind::Tls(tls) if tls.verified))
}

fn with_policy(seed: u64, text: &'static str) -> Country {
    let country = Country::new(seed);
    let zones = country.lab.zones();
    zones.add("_mta-sts.b.test", Record::Txt("v=STSv1; id=1;".into()));
    zones.add(
        "mta-sts.b.test",
        Record::A("198.51.100.25".parse().unwrap()),
    );
    country
        .lab
        .set_certificate(B, Some(certificate(&["mx.b.test", "mta-sts.b.test"])))
        .unwrap();
    let world = country.world(B);
    country.talk(async move { serve_policy(world, text).await });
    country
}

fn certificate(names: &[&str]) -> Certificate {
    Certificate {
        names: names.iter().map(|n| (*n).to_owned()).collect(),
        until: Time(i64::MAX),
        trusted: true,
    }
}

#[test]
fn a_policy_is_found_kept_and_obeyed() {
    let country = with_policy(31, ENFORCE);
    post(&country);
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
    assert!(proven(&country) && all_sealed(&country));
    assert_eq!(
        checks(&country, "mta-sts")[0],
        (
            Verdict::Pass,
            "version: STSv1, mode: enforce, mx: mx.b.test, max_age: 604800".to_owned()
        )
    );
    // It is kept: the web server may be gone and DNS forged.
    country
        .lab
        .zones()
        .remove("_mta-sts.b.test", RecordType::Txt);
    country
        .lab
        .zones()
        .fail("mta-sts.b.test", Some(Failure::ServerFailure));
    country
        .lab
        .set_certificate(B, Some(certificate(&["other.test"])))
        .unwrap();
    post(&country);
    country.pass(HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (1, 1));
    assert!(
        deferred(&country)
            .iter()
            .all(|r| r.starts_with("450 4.7.5"))
            && all_sealed(&country),
        "{:?}",
        deferred(&country)
    );
    country
        .lab
        .set_certificate(B, Some(certificate(&["mx.b.test"])))
        .unwrap();
    country.pass(4 * HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (2, 0));
}

#[test]
fn a_host_that_the_policy_does_not_name_gets_nothing_and_testing_only_tells() {
    let country = with_policy(
        32,
        "version: STSv1\nmode: enforce\nmx: *.elsewhere.test\nmax_age: 86400\n",
    );
    post(&country);
    country.pass(HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (0, 1));
    assert!(deferred(&country)[0].starts_with("451 4.7.5"));
    assert!(
        !country.lab.traffic().iter().any(|t| t.server.port() == 25),
        "it was not even called"
    );
    let country = with_policy(
        33,
        "version: STSv1\nmode: testing\nmx: *.elsewhere.test\nmax_age: 86400\n",
    );
    post(&country);
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 1);
    assert_eq!(checks(&country, "mta-sts").last().unwrap().0, Verdict::Fail);
}

#[test]
fn whoever_strips_starttls_gains_nothing() {
    let mut country = Country::without_hosts(34);
    country.start(A);
    country
        .lab
        .zones()
        .add("_mta-sts.b.test", Record::Txt("v=STSv1; id=1;".into()));
    country.lab.zones().add(
        "mta-sts.b.test",
        Record::A("198.51.100.25".parse().unwrap()),
    );
    country
        .lab
        .set_certificate(B, Some(certificate(&["mta-sts.b.test"])))
        .unwrap();
    let (web, smtp) = (country.world(B), country.world(B));
    country.talk(async move { serve_policy(web, ENFORCE).await });
    let script = vec![
        Act::line("220 mx.b.test"),
        Act::hear_line(),
        Act::line("250 mx.b.test"),
        Act::HearAll,
    ];
    let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25);
    country.talk(async move { listen(&smtp, at, vec![script], true).await.unwrap() });
    post(&country);
    country.pass(HOUR);
    assert!(
        deferred(&country)[0].contains("4.7.10"),
        "{:?}",
        deferred(&country)
    );
    assert_eq!(country.queued(A), 1);
}

#[test]
fn a_signed_tlsa_record_decides_and_an_unsigned_one_does_not() {
    let country = Country::new(35);
    let (zones, ours) = (country.lab.zones(), certificate(&["mx.b.test"]));
    let other = certificate(&["forged.test"]);
    zones.add("_25._tcp.mx.b.test", ours.tlsa());
    country.lab.set_certificate(B, Some(other.clone())).unwrap();
    // Not signed: it does not count.
    post(&country);
    country.rest();
    assert_eq!(
        (country.count(B, "bob@b.test"), proven(&country)),
        (1, false)
    );
    zones.sign("b.test");
    post(&country);
    country.pass(HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (1, 1));
    assert!(
        deferred(&country)
            .iter()
            .all(|r| r.starts_with("450 4.7.5")),
        "{:?}",
        deferred(&country)
    );
    // The authority that signed it does not matter: DNS says which certificate.
    country
        .lab
        .set_certificate(
            B,
            Some(Certificate {
                trusted: false,
                ..ours.clone()
            }),
        )
        .unwrap();
    zones.add(
        "_25._tcp.mx.b.test",
        Certificate {
            trusted: false,
            ..ours
        }
        .tlsa(),
    );
    country.pass(4 * HOUR);
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.queued(A),
            proven(&country)
        ),
        (2, 0, true)
    );
    // Whoever suppresses the answer gains nothing.
    zones.fail("_25._tcp.mx.b.test", Some(Failure::ServerFailure));
    post(&country);
    country.pass(HOUR);
    assert!(deferred(&country).last().unwrap().starts_with("451 4.7.5"));
}

#[test]
fn requiretls_goes_to_proven_hosts_only_and_else_comes_back() {
    let strict = || Envelope {
        require_tls: true,
        ..envelope(&["bob@b.test"])
    };
    let country = Country::new(36);
    assert!(country.post(strict(), MESSAGE).is_positive());
    country.rest();
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (0, 1)
    );
    assert!(country.inbox(A, "alice@a.test")[0].contains("Status: 5.7.30"));
    let country = with_policy(37, ENFORCE);
    assert!(country.post(strict(), MESSAGE).is_positive());
    country.rest();
    assert_eq!(
        (
            country.count(B, "bob@b.test"),
            country.count(A, "alice@a.test")
        ),
        (1, 0)
    );
    let said = country.story(|e| match &e.kind {
        Kind::Line { text, .. } if e.host == A && e.explain == "smtp.mail" => Some(text.clone()),
        _ => None,
    });
    assert!(said[0].contains("REQUIRETLS"), "{said:?}");
}

#[test]
fn the_sender_hears_what_was_asked_for_and_nothing_else() {
    let wanted = |notify| {
        let mut envelope = envelope(&["bob@b.test"]);
        envelope.recipients[0].notify = Some(notify);
        envelope.recipients[0].original = Some("rfc822;bob@b.test".into());
        envelope.envelope_id = Some("QQ314159".into());
        envelope
    };
    // b tells itself.
    let country = Country::new(38);
    country.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    country.rest();
    let told = country.inbox(A, "alice@a.test");
    assert_eq!(told.len(), 1);
    for part in [
        "Action: delivered",
        "Original-Envelope-Id: QQ314159",
        "Original-Recipient: rfc822;bob@b.test",
        "Reporting-MTA: dns; mx.b.test",
    ] {
        assert!(told[0].contains(part), "{part}: {}", told[0]);
    }
    // A host that cannot tell: the last one that can says so.
    let mut country = Country::without_hosts(39);
    country.start(A);
    let world = country.world(B);
    let mut script = vec![
        Act::line("220 mx.b.test"),
        Act::hear_line(),
        Act::line("250 mx.b.test"),
    ];
    for reply in ["250 ok", "250 ok", "354 go on"] {
        script.extend([Act::hear_line(), Act::line(reply)]);
    }
    script.extend([
        Act::Hear("\r\n.\r\n".into()),
        Act::line("250 2.0.0 taken"),
        Act::HearAll,
    ]);
    country.talk(async move {
        listen(
            &world,
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25),
            vec![script],
            true,
        )
        .await
        .unwrap()
    });
    country.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    country.rest();
    let told = country.inbox(A, "alice@a.test");
    assert!(
        told.len() == 1
            && told[0].contains("Action: relayed")
            && told[0].contains("Remote-MTA: dns; mx.b.test"),
        "{told:?}"
    );
    // Never.
    let country = Country::new(40);
    country.lab.zones().add("b.test", Record::Mx(0, None));
    country.lab.zones().remove("b.test", RecordType::Mx);
    country.lab.zones().add("b.test", Record::Mx(0, None));
    country.post(wanted(Notify::NEVER), MESSAGE);
    country.rest();
    assert_eq!(
        (country.count(A, "alice@a.test"), country.queued(A)),
        (0, 0)
    );
}

#[test]
fn messages_that_follow_each_other_share_a_connection() {
    let country = Country::new(41);
    for _ in 0..5 {
        post(&country);
        country.pass(Duration::from_secs(1));
    }
    country.rest();
    assert_eq!(country.count(B, "bob@b.test"), 5);
    assert_eq!(
        country
            .lab
            .traffic()
            .iter()
            .filter(|t| t.server.port() == 25)
            .count(),
        1
    );
    assert_eq!(checks(&country, "connection-reused").len(), 4);
    // It is not kept for ever; and one that died while it rested is no reason to wait.
    post(&country);
    country.pass(Duration::from_secs(1));
    country.lab.set_up(B, false).unwrap();
    country.lab.set_up(B, true).unwrap();
    post(&country);
    country.pass(HOUR);
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (7, 0));
}

#[test]
fn a_smart_host_takes_everything_and_its_failure_brings_nobodys_message_back() {
    let mut country = Country::without_hosts(42);
    country.start(B);
    let relay = |host: &str| Relay {
        domain: None,
        host: mail::Host::new(host).unwrap(),
        port: 25,
        tls: RelayTls::Required,
        login: None,
    };
    country.start_with(A, |config| {
        config.outbound.relays = vec![relay("mx.b.test")]
    });
    // c.test has no MX; the relay is asked, and will not.
    country.post(envelope(&["bob@b.test", "carol@c.test"]), MESSAGE);
    country.rest();
    assert_eq!(
        (country.count(B, "bob@b.test"), proven(&country)),
        (1, true)
    );
    assert!(country.inbox(A, "alice@a.test")[0].contains("Final-Recipient: rfc822; carol@c.test"));
    country.crash(A);
    country.lab.set_up(A, true).unwrap();
    country.start_with(A, |config| {
        config.outbound.relays = vec![relay("gone.b.test")]
    });
    post(&country);
    country.pass(HOUR);
    assert_eq!(
        country.queued(A),
        1,
        "a relay without an address is ours to mend"
    );
}

#[test]
fn mail_that_is_only_passed_on_bears_our_domain_and_its_bounce_finds_home() {
    let mut country = Country::without_hosts(43);
    country.start(B);
    let srs = || Srs::new(Secret::new("of a"), "a.test".parse().unwrap());
    country.start_with(A, |config| config.outbound.srs = Some(srs()));
    let forwarded = Envelope::new("carol@c.test".parse().ok(), ["bob@b.test".parse().unwrap()]);
    country.post(forwarded, MESSAGE);
    country.rest();
    let message = &country.inbox(B, "bob@b.test")[0];
    let path = message
        .lines()
        .next()
        .unwrap()
        .strip_prefix("Return-Path: <")
        .unwrap()
        .trim_end_matches('>')
        .to_owned();
    assert!(
        path.starts_with("SRS0=") && path.ends_with("=c.test=carol@a.test"),
        "{path}"
    );
    assert_eq!(
        srs()
            .reverse(&path.parse().unwrap(), country.lab.now())
            .unwrap()
            .to_string(),
        "carol@c.test"
    );
    // b bounces to it: a takes it and passes it on to carol's domain, which is not there.
    let bounce = country.world(B);
    let to = path.clone();
    let said = country.talk(async move {
        let connection = bounce
            .network
            .connect("192.0.2.25:25".parse().unwrap())
            .await
            .unwrap();
        let mut script = vec![Act::hear_line()];
        for line in [
            "HELO mx.b.test".to_owned(),
            "MAIL FROM:<>".into(),
            format!("RCPT TO:<{to}>"),
            format!("RCPT TO:<{}>", to.replace("carol", "eve")),
        ] {
            script.extend([Act::line(&line), Act::hear_line()]);
        }
        script.extend([Act::line("QUIT"), Act::HearAll]);
        String::from_utf8(sim::perform(&bounce, connection, &script).await).unwrap()
    });
    let replies: Vec<&str> = said.lines().collect();
    assert!(
        replies[3].starts_with("250") && replies[4].starts_with("550 5.1.1"),
        "{said}"
    );
}

#[test]
fn a_day_later_the_domain_hears_how_tls_with_it_went() {
    let mut country = Country::without_hosts(44);
    country.start(B);
    country.start_with(A, |config| {
        config.outbound.tls_reports = Some(TlsReports {
            organization: "a.test".into(),
            contact: "alice@a.test".parse().unwrap(),
        });
    });
    country.lab.zones().add(
        "_smtp._tls.b.test",
        Record::Txt("v=TLSRPTv1; rua=mailto:bob@b.test".into()),
    );
    post(&country);
    // After midnight, up to four hours by chance.
    country.pass(30 * HOUR);
    let messages = country.inbox(B, "bob@b.test");
    assert_eq!(messages.len(), 2, "the message, and one report");
    for part in [
        "Subject: Report Domain: b.test Submitter: mx.a.test",
        "report-type=\"tlsrpt\"",
        "application/tlsrpt+json",
    ] {
        assert!(messages[1].contains(part), "{part}: {}", messages[1]);
    }
}

#[test]
fn a_report_of_failing_tls_does_not_wait_for_tls() {
    let mut country = Country::without_hosts(46);
    country.start(B);
    country.start_with(A, |config| {
        config.outbound.tls_reports = Some(TlsReports {
            organization: "a.test".into(),
            contact: "alice@a.test".parse().unwrap(),
        });
    });
    let zones = country.lab.zones();
    zones.add(
        "_smtp._tls.b.test",
        Record::Txt("v=TLSRPTv1; rua=mailto:bob@b.test".into()),
    );
    // The record is of another certificate.
    zones.add(
        "_25._tcp.mx.b.test",
        Certificate {
            trusted: false,
            ..Certificate::good("mx.b.test")
        }
        .tlsa(),
    );
    zones.sign("b.test");
    post(&country);
    country.pass(30 * HOUR);
    let messages = country.inbox(B, "bob@b.test");
    assert_eq!(
        (messages.len(), country.queued(A)),
        (1, 1),
        "the report has come, the message waits"
    );
    assert!(
        messages[0].contains("application/tlsrpt+json"),
        "{}",
        messages[0]
    );
    let counted = checks(&country, "tls-report");
    assert!(
        counted.len() > 1
            && counted
                .iter()
                .all(|(_, why)| why == "mx.b.test: validation-failure, under tlsa"),
        "{counted:?}"
    );
}

#[test]
fn a_message_that_is_held_waits_whatever_comes_and_goes_when_it_is_released() {
    let country = Country::new(45);
    country.lab.set_up(B, false).unwrap();
    post(&country);
    country.pass(HOUR);
    let queue = country.node(A).queue().clone();
    let order = |order| {
        let queue = queue.clone();
        country.talk(async move {
            let row = queue.store().spool_after(None, 1).await.unwrap().remove(0);
            queue.command(row.id, order).await.unwrap()
        })
    };
    assert_eq!(order(queue::QueueCommand::Hold), queue::CommandResult::Done);
    country.lab.set_up(B, true).unwrap();
    country.pass(200 * HOUR);
    assert_eq!(
        (country.count(B, "bob@b.test"), country.queued(A)),
        (0, 1),
        "not even given up"
    );
    assert_eq!(
        order(queue::QueueCommand::Release),
        queue::CommandResult::Done
    );
    country.rest();
    assert_eq!((country.count(B, "bob@b.test"), country.queued(A)), (1, 0));
    assert_eq!(
        (
            checks(&country, "queue-hold").len(),
            checks(&country, "queue-release").len()
        ),
        (1, 1)
    );
}

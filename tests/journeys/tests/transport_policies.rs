//! Transport security and routing: MTA-STS, DANE and REQUIRETLS prevent delivery to the wrong host or
//! in the clear; TLS reports; smart hosts; sender rewriting for forwarded mail.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Kind, Verdict};
use journeys::{A, B, TwoHosts, serve_policy};
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

fn post(hosts: &TwoHosts) {
    assert!(hosts.post(envelope(&["bob@b.test"]), MESSAGE).is_positive());
}

// The results of the last connections.
fn deferred(hosts: &TwoHosts) -> Vec<String> {
    hosts.story(|e| match &e.kind {
        Kind::Deferred { reply, .. } => Some(reply.to_string()),
        _ => None,
    })
}

fn checks(hosts: &TwoHosts, check: &str) -> Vec<(Verdict, String)> {
    let of = |e: &event::Event| match &e.kind {
        Kind::Check {
            check: found,
            verdict,
            reason,
            ..
        } if found.name() == check => Some((*verdict, reason.english())),
        _ => None,
    };
    hosts.lab.timeline().iter().filter_map(of).collect()
}

// Whether no message has left a in the clear.
fn all_sealed(hosts: &TwoHosts) -> bool {
    hosts
        .lab
        .timeline()
        .iter()
        .filter(|e| e.host == A && e.explain == "smtp.mail")
        .all(|e| matches!(e.kind, Kind::Line { sealed: true, .. }))
}

fn proven(hosts: &TwoHosts) -> bool {
    hosts
        .lab
        .timeline()
        .iter()
        .any(|e| e.host == A && matches!(&e.kind, Kind::Tls(tls) if tls.verified))
}

fn with_policy(seed: u64, text: &'static str) -> TwoHosts {
    let hosts = TwoHosts::new(seed);
    let zones = hosts.lab.zones();
    zones.add("_mta-sts.b.test", Record::Txt("v=STSv1; id=1;".into()));
    zones.add(
        "mta-sts.b.test",
        Record::A("198.51.100.25".parse().unwrap()),
    );
    hosts
        .lab
        .set_certificate(B, Some(certificate(&["mx.b.test", "mta-sts.b.test"])))
        .unwrap();
    let world = hosts.world(B);
    hosts.talk(async move { serve_policy(world, text).await });
    hosts
}

fn certificate(names: &[&str]) -> Certificate {
    Certificate {
        names: names.iter().map(|n| (*n).to_owned()).collect(),
        until: Time(i64::MAX),
        trusted: true,
    }
}

#[test]
fn an_mta_sts_policy_is_fetched_cached_and_enforced() {
    let hosts = with_policy(31, ENFORCE);
    post(&hosts);
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
    assert!(proven(&hosts) && all_sealed(&hosts));
    assert_eq!(
        checks(&hosts, "mta-sts")[0],
        (
            Verdict::Pass,
            "policy: version: STSv1, mode: enforce, mx: mx.b.test, max_age: 604800".to_owned()
        )
    );
    // The policy is cached: the web server can be down and DNS forged.
    hosts.lab.zones().remove("_mta-sts.b.test", RecordType::Txt);
    hosts
        .lab
        .zones()
        .fail("mta-sts.b.test", Some(Failure::ServerFailure));
    hosts
        .lab
        .set_certificate(B, Some(certificate(&["other.test"])))
        .unwrap();
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 1));
    assert!(
        deferred(&hosts).iter().all(|r| r.starts_with("450 4.7.5")) && all_sealed(&hosts),
        "{:?}",
        deferred(&hosts)
    );
    hosts
        .lab
        .set_certificate(B, Some(certificate(&["mx.b.test"])))
        .unwrap();
    hosts.pass(4 * HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (2, 0));
}

#[test]
fn enforce_blocks_unlisted_hosts_and_testing_only_reports() {
    let hosts = with_policy(
        32,
        "version: STSv1\nmode: enforce\nmx: *.elsewhere.test\nmax_age: 86400\n",
    );
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (0, 1));
    assert!(deferred(&hosts)[0].starts_with("451 4.7.5"));
    assert!(
        !hosts.lab.traffic().iter().any(|t| t.server.port() == 25),
        "it was not even called"
    );
    let hosts = with_policy(
        33,
        "version: STSv1\nmode: testing\nmx: *.elsewhere.test\nmax_age: 86400\n",
    );
    post(&hosts);
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 1);
    assert_eq!(checks(&hosts, "mta-sts").last().unwrap().0, Verdict::Fail);
}

#[test]
fn stripping_starttls_gains_nothing() {
    let mut hosts = TwoHosts::without_hosts(34);
    hosts.start(A);
    hosts
        .lab
        .zones()
        .add("_mta-sts.b.test", Record::Txt("v=STSv1; id=1;".into()));
    hosts.lab.zones().add(
        "mta-sts.b.test",
        Record::A("198.51.100.25".parse().unwrap()),
    );
    hosts
        .lab
        .set_certificate(B, Some(certificate(&["mta-sts.b.test"])))
        .unwrap();
    let (web, smtp) = (hosts.world(B), hosts.world(B));
    hosts.talk(async move { serve_policy(web, ENFORCE).await });
    let script = vec![
        Act::line("220 mx.b.test"),
        Act::hear_line(),
        Act::line("250 mx.b.test"),
        Act::HearAll,
    ];
    let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25);
    hosts.talk(async move { listen(&smtp, at, vec![script], true).await.unwrap() });
    post(&hosts);
    hosts.pass(HOUR);
    assert!(
        deferred(&hosts)[0].contains("4.7.10"),
        "{:?}",
        deferred(&hosts)
    );
    assert_eq!(hosts.queued(A), 1);
}

#[test]
fn a_signed_tlsa_record_decides_and_an_unsigned_one_does_not() {
    let hosts = TwoHosts::new(35);
    let (zones, ours) = (hosts.lab.zones(), certificate(&["mx.b.test"]));
    let other = certificate(&["forged.test"]);
    zones.add("_25._tcp.mx.b.test", ours.tlsa());
    hosts.lab.set_certificate(B, Some(other.clone())).unwrap();
    // Not signed: it does not count.
    post(&hosts);
    hosts.rest();
    assert_eq!((hosts.count(B, "bob@b.test"), proven(&hosts)), (1, false));
    zones.sign("b.test");
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 1));
    assert!(
        deferred(&hosts).iter().all(|r| r.starts_with("450 4.7.5")),
        "{:?}",
        deferred(&hosts)
    );
    // The authority that signed it does not matter: DNS says which certificate.
    hosts
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
    hosts.pass(4 * HOUR);
    assert_eq!(
        (
            hosts.count(B, "bob@b.test"),
            hosts.queued(A),
            proven(&hosts)
        ),
        (2, 0, true)
    );
    // Suppressing the answer gains nothing.
    zones.fail("_25._tcp.mx.b.test", Some(Failure::ServerFailure));
    post(&hosts);
    hosts.pass(HOUR);
    assert!(deferred(&hosts).last().unwrap().starts_with("451 4.7.5"));
}

#[test]
fn requiretls_goes_to_verified_hosts_only_or_bounces() {
    let strict = || Envelope {
        require_tls: true,
        ..envelope(&["bob@b.test"])
    };
    let hosts = TwoHosts::new(36);
    assert!(hosts.post(strict(), MESSAGE).is_positive());
    hosts.rest();
    assert_eq!(
        (hosts.count(B, "bob@b.test"), hosts.count(A, "alice@a.test")),
        (0, 1)
    );
    assert!(hosts.inbox(A, "alice@a.test")[0].contains("Status: 5.7.30"));
    let hosts = with_policy(37, ENFORCE);
    assert!(hosts.post(strict(), MESSAGE).is_positive());
    hosts.rest();
    assert_eq!(
        (hosts.count(B, "bob@b.test"), hosts.count(A, "alice@a.test")),
        (1, 0)
    );
    let said = hosts.story(|e| match &e.kind {
        Kind::Line { text, .. } if e.host == A && e.explain == "smtp.mail" => Some(text.clone()),
        _ => None,
    });
    assert!(said[0].contains("REQUIRETLS"), "{said:?}");
}

#[test]
fn the_sender_gets_the_requested_notifications_only() {
    let wanted = |notify| {
        let mut envelope = envelope(&["bob@b.test"]);
        envelope.recipients[0].notify = Some(notify);
        envelope.recipients[0].original = Some("rfc822;bob@b.test".into());
        envelope.envelope_id = Some("QQ314159".into());
        envelope
    };
    // b tells itself.
    let hosts = TwoHosts::new(38);
    hosts.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    hosts.rest();
    let told = hosts.inbox(A, "alice@a.test");
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
    let mut hosts = TwoHosts::without_hosts(39);
    hosts.start(A);
    let world = hosts.world(B);
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
    hosts.talk(async move {
        listen(
            &world,
            SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 25),
            vec![script],
            true,
        )
        .await
        .unwrap()
    });
    hosts.post(
        wanted(Notify {
            success: true,
            ..Notify::default()
        }),
        MESSAGE,
    );
    hosts.rest();
    let told = hosts.inbox(A, "alice@a.test");
    assert!(
        told.len() == 1
            && told[0].contains("Action: relayed")
            && told[0].contains("Remote-MTA: dns; mx.b.test"),
        "{told:?}"
    );
    // Never.
    let hosts = TwoHosts::new(40);
    hosts.lab.zones().add("b.test", Record::Mx(0, None));
    hosts.lab.zones().remove("b.test", RecordType::Mx);
    hosts.lab.zones().add("b.test", Record::Mx(0, None));
    hosts.post(wanted(Notify::NEVER), MESSAGE);
    hosts.rest();
    assert_eq!((hosts.count(A, "alice@a.test"), hosts.queued(A)), (0, 0));
}

#[test]
fn consecutive_messages_share_a_connection() {
    let hosts = TwoHosts::new(41);
    for _ in 0..5 {
        post(&hosts);
        hosts.pass(Duration::from_secs(1));
    }
    hosts.rest();
    assert_eq!(hosts.count(B, "bob@b.test"), 5);
    assert_eq!(
        hosts
            .lab
            .traffic()
            .iter()
            .filter(|t| t.server.port() == 25)
            .count(),
        1
    );
    assert_eq!(checks(&hosts, "connection-reused").len(), 4);
    // It is not kept for ever; and one that died while it rested is no reason to wait.
    post(&hosts);
    hosts.pass(Duration::from_secs(1));
    hosts.lab.set_up(B, false).unwrap();
    hosts.lab.set_up(B, true).unwrap();
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (7, 0));
}

#[test]
fn a_smart_host_takes_all_mail_and_its_failure_bounces_none() {
    let mut hosts = TwoHosts::without_hosts(42);
    hosts.start(B);
    let relay = |host: &str| Relay {
        domain: None,
        host: mail::Host::new(host).unwrap(),
        port: 25,
        tls: RelayTls::Required,
        login: None,
    };
    hosts.start_with(A, |config| {
        config.outbound.relays = vec![relay("mx.b.test")];
    });
    // c.test has no MX; the relay is asked, and will not.
    hosts.post(envelope(&["bob@b.test", "carol@c.test"]), MESSAGE);
    hosts.rest();
    assert_eq!((hosts.count(B, "bob@b.test"), proven(&hosts)), (1, true));
    assert!(hosts.inbox(A, "alice@a.test")[0].contains("Final-Recipient: rfc822; carol@c.test"));
    hosts.crash(A);
    hosts.lab.set_up(A, true).unwrap();
    hosts.start_with(A, |config| {
        config.outbound.relays = vec![relay("gone.b.test")];
    });
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!(
        hosts.queued(A),
        1,
        "a relay without an address is ours to mend"
    );
}

#[test]
fn forwarded_mail_has_our_sender_domain_and_bounces_return() {
    let mut hosts = TwoHosts::without_hosts(43);
    hosts.start(B);
    let srs = || Srs::new(Secret::new("of a"), "a.test".parse().unwrap());
    hosts.start_with(A, |config| config.outbound.srs = Some(srs()));
    let forwarded = Envelope::new("carol@c.test".parse().ok(), ["bob@b.test".parse().unwrap()]);
    hosts.post(forwarded, MESSAGE);
    hosts.rest();
    let message = &hosts.inbox(B, "bob@b.test")[0];
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
            .reverse(&path.parse().unwrap(), hosts.lab.now())
            .unwrap()
            .to_string(),
        "carol@c.test"
    );
    // b bounces to it: a takes it and passes it on to carol's domain, which is not there.
    let bounce = hosts.world(B);
    let to = path.clone();
    let said = hosts.talk(async move {
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
fn a_day_later_the_domain_gets_a_tls_report() {
    let mut hosts = TwoHosts::without_hosts(44);
    hosts.start(B);
    hosts.start_with(A, |config| {
        config.outbound.tls_reports = Some(TlsReports {
            organization: "a.test".into(),
            contact: "alice@a.test".parse().unwrap(),
        });
    });
    hosts.lab.zones().add(
        "_smtp._tls.b.test",
        Record::Txt("v=TLSRPTv1; rua=mailto:bob@b.test".into()),
    );
    post(&hosts);
    // After midnight, up to four hours by chance.
    hosts.pass(30 * HOUR);
    let messages = hosts.inbox(B, "bob@b.test");
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
fn a_report_of_failing_tls_is_sent_without_tls() {
    let mut hosts = TwoHosts::without_hosts(46);
    hosts.start(B);
    hosts.start_with(A, |config| {
        config.outbound.tls_reports = Some(TlsReports {
            organization: "a.test".into(),
            contact: "alice@a.test".parse().unwrap(),
        });
    });
    let zones = hosts.lab.zones();
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
    post(&hosts);
    hosts.pass(30 * HOUR);
    let messages = hosts.inbox(B, "bob@b.test");
    assert_eq!(
        (messages.len(), hosts.queued(A)),
        (1, 1),
        "the report has come, the message waits"
    );
    assert!(
        messages[0].contains("application/tlsrpt+json"),
        "{}",
        messages[0]
    );
    let counted = checks(&hosts, "tls-report");
    assert!(
        counted.len() > 1
            && counted
                .iter()
                .all(|(_, why)| why == "mx.b.test: validation-failure, under tlsa"),
        "{counted:?}"
    );
}

#[test]
fn a_held_message_waits_until_it_is_released() {
    let hosts = TwoHosts::new(45);
    hosts.lab.set_up(B, false).unwrap();
    post(&hosts);
    hosts.pass(HOUR);
    let queue = hosts.node(A).queue().clone();
    let order = |order| {
        let queue = queue.clone();
        hosts.talk(async move {
            let row = queue.store().spool_after(None, 1).await.unwrap().remove(0);
            queue.command(row.id, order).await.unwrap()
        })
    };
    assert_eq!(order(queue::QueueCommand::Hold), queue::CommandResult::Done);
    hosts.lab.set_up(B, true).unwrap();
    hosts.pass(200 * HOUR);
    assert_eq!(
        (hosts.count(B, "bob@b.test"), hosts.queued(A)),
        (0, 1),
        "not even given up"
    );
    assert_eq!(
        order(queue::QueueCommand::Release),
        queue::CommandResult::Done
    );
    hosts.rest();
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 0));
    assert_eq!(
        (
            checks(&hosts, "queue-hold").len(),
            checks(&hosts, "queue-release").len()
        ),
        (1, 1)
    );
}

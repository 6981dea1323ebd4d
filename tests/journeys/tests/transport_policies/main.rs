//! Transport security and routing: MTA-STS, DANE and REQUIRETLS prevent delivery to the wrong host
//! or in the clear; TLS reports; smart hosts; sender rewriting for forwarded mail.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod routing;
mod tls_reports;

use event::{Kind, Verdict};
use journeys::{A, B, TwoHosts, serve_policy};
use mail::dns::{Failure, Record, RecordType};
use mail::{Duration, Envelope, Time};
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

// The replies of all deferred deliveries.
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

// Whether a sent no message in the clear.
fn all_encrypted(hosts: &TwoHosts) -> bool {
    hosts
        .lab
        .timeline()
        .iter()
        .filter(|e| e.host == A && e.explain == "smtp.mail")
        .all(|e| matches!(e.kind, Kind::Line { sealed: true, .. }))
}

fn is_verified(hosts: &TwoHosts) -> bool {
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
    assert!(is_verified(&hosts) && all_encrypted(&hosts));
    assert_eq!(
        checks(&hosts, "mta-sts")[0],
        (
            Verdict::Pass,
            "policy: version: STSv1, mode: enforce, mx: mx.b.test, max_age: 604800".to_owned()
        )
    );
    // The policy is cached: the web server may be down and DNS forged.
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
        deferred(&hosts).iter().all(|r| r.starts_with("450 4.7.5")) && all_encrypted(&hosts),
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
fn stripping_starttls_does_not_cause_plaintext_delivery() {
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
        Act::wait_for_line(),
        Act::line("250 mx.b.test"),
        Act::ReadAll,
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
fn a_signed_tlsa_record_is_enforced_and_an_unsigned_one_ignored() {
    let hosts = TwoHosts::new(35);
    let (zones, ours) = (hosts.lab.zones(), certificate(&["mx.b.test"]));
    let other = certificate(&["forged.test"]);
    zones.add("_25._tcp.mx.b.test", ours.tlsa());
    hosts.lab.set_certificate(B, Some(other.clone())).unwrap();
    // The record is not signed, so it is ignored.
    post(&hosts);
    hosts.rest();
    assert_eq!(
        (hosts.count(B, "bob@b.test"), is_verified(&hosts)),
        (1, false)
    );
    zones.sign("b.test");
    post(&hosts);
    hosts.pass(HOUR);
    assert_eq!((hosts.count(B, "bob@b.test"), hosts.queued(A)), (1, 1));
    assert!(
        deferred(&hosts).iter().all(|r| r.starts_with("450 4.7.5")),
        "{:?}",
        deferred(&hosts)
    );
    // The issuing authority does not matter: the TLSA record determines the certificate.
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
            is_verified(&hosts)
        ),
        (2, 0, true)
    );
    // Suppressing the DNS answer does not help an attacker.
    zones.fail("_25._tcp.mx.b.test", Some(Failure::ServerFailure));
    post(&hosts);
    hosts.pass(HOUR);
    assert!(deferred(&hosts).last().unwrap().starts_with("451 4.7.5"));
}

#[test]
fn requiretls_mail_goes_only_to_verified_hosts_or_bounces() {
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
    let lines = hosts.story(|e| match &e.kind {
        Kind::Line { text, .. } if e.host == A && e.explain == "smtp.mail" => Some(text.clone()),
        _ => None,
    });
    assert!(lines[0].contains("REQUIRETLS"), "{lines:?}");
}

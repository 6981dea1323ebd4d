//! TLS reports (RFC 8460).

use super::{HOUR, checks, post};
use journeys::{A, B, TwoHosts};
use mail::dns::Record;
use node::outbound::TlsReports;
use sim::Certificate;

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
    // Reports are sent after midnight, with a random delay of up to four hours.
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
    // The TLSA record belongs to another certificate.
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

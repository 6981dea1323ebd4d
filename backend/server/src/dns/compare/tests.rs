//! Published records compared with what this host needs.

use super::*;
use crate::config::Config;
use crate::dns::expected::expected;
use std::sync::Arc;
use store::SigningKey;
use world::zone::Zones;

fn domain() -> ExpectedRecords {
    let config = Config::parse(
        "[server]\nhostname = \"mx.a.test\"\n[listen]\npop3 = \"off\"\npop3s = \"off\"\n",
    )
    .unwrap();
    let key = SigningKey {
        domain: "a.test".parse().unwrap(),
        selector: "one".into(),
        algorithm: "ed25519-sha256".into(),
        private: Vec::new(),
        record: "v=DKIM1; k=ed25519; p=AAAA".into(),
        state: SigningState::Active,
        created: mail::Time(0),
        since: mail::Time(0),
    };
    expected(&config, &"a.test".parse().unwrap(), &[key])
}

async fn check(zone: &str, expected_problems: &[&str]) {
    let world = World {
        resolver: Arc::new(Zones::read(zone).unwrap()),
        ..world::still::world()
    };
    let findings = compare(&world, &domain()).await;
    let problems: Vec<_> = findings
        .iter()
        .filter(|f| !f.ok)
        .map(|f| f.text.as_str())
        .collect();
    assert_eq!(problems.len(), expected_problems.len(), "{problems:#?}");
    for (got, expected) in problems.iter().zip(expected_problems) {
        assert!(got.contains(expected), "{got} should say {expected}");
    }
}

fn whole() -> String {
    let host = "mx.a.test. A 192.0.2.25\n25.2.0.192.in-addr.arpa. PTR mx.a.test.\n";
    let zone: String = domain().to_zone().replace("\tIN\t", "\t");
    format!("{host}{zone}")
}

#[tokio::test]
async fn the_printed_zone_passes_every_check() {
    check(&whole(), &[]).await;
}

#[tokio::test]
async fn reports_each_difference() {
    check(
        &whole().replace("MX\t10 mx.a.test.", "MX\t10 mx.b.test."),
        &["MX does not include this host", "SPF result for 192.0.2.25"],
    )
    .await;
    check(
        &whole().replace("PTR mx.a.test.", "PTR other.test."),
        &["PTR is another name"],
    )
    .await;
    check(
        &whole().replace("v=spf1 mx -all", "something else"),
        &["has no SPF record"],
    )
    .await;
    check(
        &whole().replace("p=AAAA", "p=BBBB"),
        &["a different key is published"],
    )
    .await;
    check(
        &whole().replace("v=DMARC1", "v=DMARC9"),
        &["has no DMARC record"],
    )
    .await;
    check(&whole().replace("v=STSv1", "x"), &["has no MTA-STS record"]).await;
    check(
        &whole().replace("SRV\t0 1 993", "SRV\t0 1 994"),
        &["_imaps._tcp.a.test does not point to"],
    )
    .await;
}

#[tokio::test]
async fn reports_everything_missing_in_an_empty_zone() {
    check(
        "",
        &[
            "has no MX record",
            "has no address",
            "key not published",
            "has no DMARC record",
            "MTA-STS",
            "TLS-RPT",
            "_submissions",
            "_submission.",
            "_imaps",
            "_imap.",
        ],
    )
    .await;
}

//! Verdicts with their steps, and the limits of RFC 7208 §4.6.4.

use super::*;
use event::{Locale, Localize};
use world::zone::Zones;

// The steps in English, each behind its depth.
fn outline(proof: &Proof) -> Vec<String> {
    let steps = proof.steps().iter();
    steps
        .map(|step| format!("{} {}", step.depth, step.sentence(Locale::English)))
        .collect()
}

async fn ask(zone: &str, ip: &str, domain: &str) -> Spf {
    let mut world = world::still::world();
    world.resolver = std::sync::Arc::new(Zones::read(zone).unwrap());
    let mut dns = DnsLookups::new(&world);
    check(
        &mut dns,
        SpfCheck {
            ip: ip.parse().unwrap(),
            helo: "mx.b.test",
            local: "eve",
            domain,
            receiver: "here.test",
        },
    )
    .await
}

#[tokio::test]
async fn reason_names_record_and_term() {
    let zone = "b.test. TXT \"v=spf1 include:c.test -all\"\nc.test. TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"\n";
    let pass = ask(zone, "192.0.2.7", "B.test").await;
    assert_eq!(pass.result, SpfResult::Pass);
    let reason = "“include:c.test” of b.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.7; its record: v=spf1 ip4:192.0.2.0/24 ?all; its record: v=spf1 include:c.test -all";
    assert_eq!(pass.reason.sentence(Locale::English), reason);
    assert_eq!(
        ask(zone, "::ffff:192.0.2.7", "b.test").await.result,
        SpfResult::Pass
    );
    assert_eq!(
        ask(zone, "198.51.100.7", "b.test").await.result,
        SpfResult::Fail
    );
    assert_eq!(
        ask(zone, "198.51.100.7", "nobody.test").await.result,
        SpfResult::None
    );
}

#[tokio::test]
async fn proof_holds_records_terms_lookups_and_the_smallest_change() {
    async fn check(zone: &str, ip: &str, expected: &[&str]) {
        let got = ask(zone, ip, "b.test").await;
        assert_eq!(outline(&got.proof), expected);
    }
    let zone = "b.test. TXT \"v=spf1 include:c.test a:d.test -all\"\nc.test. TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"\nd.test. A 198.51.100.1\n";
    check(
        zone,
        "198.51.100.7",
        &[
            "0 the client's address is 198.51.100.7",
            "0 b.test TXT: v=spf1 include:c.test a:d.test -all",
            "0 include:c.test does not match (lookups 1, without an answer 0)",
            "1 c.test TXT: v=spf1 ip4:192.0.2.0/24 ?all",
            "1 ip4:192.0.2.0/24 does not match (lookups 1, without an answer 0)",
            "1 ?all matches every host (lookups 1, without an answer 0)",
            "0 a:d.test does not match (lookups 2, without an answer 0)",
            "0 -all matches every host (lookups 2, without an answer 0)",
            "0 ip4:198.51.100.7 added to the record of b.test",
        ],
    )
    .await;
    check(
        zone,
        "192.0.2.7",
        &[
            "0 the client's address is 192.0.2.7",
            "0 b.test TXT: v=spf1 include:c.test a:d.test -all",
            "0 include:c.test passes (lookups 1, without an answer 0)",
            "1 c.test TXT: v=spf1 ip4:192.0.2.0/24 ?all",
            "1 ip4:192.0.2.0/24 covers 192.0.2.7 (lookups 1, without an answer 0)",
            "0 include:c.test removed from the record of b.test",
        ],
    )
    .await;
    let none = "b.test does not exist";
    check(
        "",
        "192.0.2.7",
        &[
            "0 the client's address is 192.0.2.7",
            &format!("0 b.test TXT: {none}"),
            "0 a TXT record at b.test: v=spf1 ip4:192.0.2.7 -all",
        ],
    )
    .await;
    let voids = ask(
        "b.test. TXT \"v=spf1 a:x.test a:y.test a:z.test -all\"\n",
        "192.0.2.7",
        "b.test",
    )
    .await;
    let last: Vec<_> = outline(&voids.proof).into_iter().rev().take(2).collect();
    let stop = "0 a:z.test cannot be evaluated: the lookup of z.test exceeds the limit of 2 lookups without an answer (lookups 3, without an answer 3)";
    let flip = "0 ip4:192.0.2.7 in place of a:z.test in the record of b.test";
    assert_eq!(last, [flip, stop]);
}

#[tokio::test]
async fn ten_lookups_are_allowed_and_eleven_are_not() {
    for (many, expected) in [(10, SpfResult::Pass), (11, SpfResult::PermError)] {
        let terms = "exists:x.test ".repeat(many - 1);
        let zone = format!(
            "b.test. TXT \"v=spf1 {} exists:x.test -all\"\nx.test. A 127.0.0.2\n",
            terms.replace("exists:x.test", "a:y.test")
        );
        let zone = format!("{zone}y.test. A 203.0.113.1\n");
        assert_eq!(
            ask(&zone, "192.0.2.7", "b.test").await.result,
            expected,
            "{many}"
        );
    }
}

#[tokio::test]
async fn two_empty_answers_are_allowed_and_three_are_not() {
    for (many, expected) in [(2, SpfResult::Fail), (3, SpfResult::PermError)] {
        let terms: String = (0..many).map(|n| format!("a:n{n}.test ")).collect();
        let zone = format!("b.test. TXT \"v=spf1 {terms} -all\"\n");
        assert_eq!(
            ask(&zone, "192.0.2.7", "b.test").await.result,
            expected,
            "{many}"
        );
    }
}

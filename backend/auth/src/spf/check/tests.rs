//! Verdicts with their steps, and the limits of RFC 7208 §4.6.4.

use super::*;
use world::zone::Zones;

async fn ask(zone: &str, ip: &str, domain: &str) -> Spf {
    let mut world = world::still::world();
    world.resolver = std::sync::Arc::new(Zones::read(zone).unwrap());
    let mut asking = Asking::new(&world);
    check(
        &mut asking,
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
async fn the_proof_names_record_and_term() {
    let zone = "b.test. TXT \"v=spf1 include:c.test -all\"\nc.test. TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"\n";
    let pass = ask(zone, "192.0.2.7", "B.test").await;
    assert_eq!(pass.result, SpfResult::Pass);
    let why = "“include:c.test” of b.test passes: “ip4:192.0.2.0/24” of c.test covers 192.0.2.7; its record: v=spf1 ip4:192.0.2.0/24 ?all; its record: v=spf1 include:c.test -all";
    assert_eq!(pass.why, why);
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
async fn the_steps_tell_each_record_each_term_the_count_and_the_smallest_change() {
    async fn check(zone: &str, ip: &str, expected: &[&str]) {
        let got = ask(zone, ip, "b.test").await;
        assert_eq!(got.proof.steps(), expected, "{}", got.why);
    }
    let zone = "b.test. TXT \"v=spf1 include:c.test a:d.test -all\"\nc.test. TXT \"v=spf1 ip4:192.0.2.0/24 ?all\"\nd.test. A 198.51.100.1\n";
    check(
        zone,
        "198.51.100.7",
        &[
            "> client 198.51.100.7",
            "> record b.test v=spf1 include:c.test a:d.test -all",
            "> term include:c.test no 1/10 0/2",
            ">> record c.test v=spf1 ip4:192.0.2.0/24 ?all",
            ">> term ip4:192.0.2.0/24 no 1/10 0/2",
            ">> term ?all match 1/10 0/2 fits every host",
            "> term a:d.test no 2/10 0/2",
            "> term -all match 2/10 0/2 fits every host",
            "> flip add ip4:198.51.100.7 b.test",
        ],
    )
    .await;
    check(
        zone,
        "192.0.2.7",
        &[
            "> client 192.0.2.7",
            "> record b.test v=spf1 include:c.test a:d.test -all",
            "> term include:c.test match 1/10 0/2 passes",
            ">> record c.test v=spf1 ip4:192.0.2.0/24 ?all",
            ">> term ip4:192.0.2.0/24 match 1/10 0/2 covers 192.0.2.7",
            "> flip remove include:c.test b.test",
        ],
    )
    .await;
    let none = "b.test does not exist";
    check(
        "",
        "192.0.2.7",
        &[
            "> client 192.0.2.7",
            &format!("> norecord b.test {none}"),
            "> flip publish b.test v=spf1 ip4:192.0.2.7 -all",
        ],
    )
    .await;
    let voids = ask(
        "b.test. TXT \"v=spf1 a:x.test a:y.test a:z.test -all\"\n",
        "192.0.2.7",
        "b.test",
    )
    .await;
    let last: Vec<_> = voids
        .proof
        .steps()
        .iter()
        .rev()
        .take(2)
        .map(String::as_str)
        .collect();
    let stop = "> term a:z.test stop 3/10 3/2 the question for z.test is the third that comes to nothing; 2 are allowed";
    assert_eq!(last, ["> flip replace ip4:192.0.2.7 a:z.test b.test", stop]);
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

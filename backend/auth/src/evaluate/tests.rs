//! The actions for results and modes.

use super::*;
use crate::message::MessageReader;
use world::zone::Zones;

const ZONE: &str = "a.test. TXT \"v=spf1 -all exp=why.a.test\"\nwhy.a.test. TXT \"%{i} is not ours\"\n_dmarc.a.test. TXT \"v=DMARC1; p=reject\"\n\
    _dmarc.b.test. TXT \"v=DMARC1; p=quarantine\"\nc.test. TXT \"v=spf1 +all\"\n_dmarc.c.test. TXT \"v=DMARC1; p=reject\"\n";

async fn check(policies: &Policies, sender: &str, from: &str, expected: &str) -> Evaluation {
    let mut world = world::still::world();
    world.resolver = std::sync::Arc::new(Zones::read(ZONE).unwrap());
    let sender: Address = sender.parse().unwrap();
    let origin = Origin {
        ip: "192.0.2.7".parse().unwrap(),
        helo: "x.test",
        sender: Some(&sender),
        host: "mx.here.test",
    };
    let mut reader = MessageReader::default();
    reader.write(format!("From: {from}\r\n\r\nhello\r\n").as_bytes());
    let evaluation = evaluate(&world, policies, origin, &reader.finish()).await;
    let got = match &evaluation.action {
        Action::Accept => "accept".to_owned(),
        Action::Junk => "junk".to_owned(),
        Action::Reject(reply) => reply.to_string(),
    };
    assert!(
        got.starts_with(expected),
        "{from}: {got} instead of {expected}: {:#?}",
        evaluation.checks
    );
    evaluation
}

#[tokio::test]
async fn applies_the_policy_of_the_authors_domain() {
    let usual = Policies::default();
    check(&usual, "x@c.test", "x@c.test", "accept").await;
    check(
        &usual,
        "x@c.test",
        "x@a.test",
        "550 5.7.1 the message fails DMARC, and a.test asks",
    )
    .await;
    check(&usual, "x@c.test", "x@b.test", "junk").await;
    check(&usual, "x@c.test", "x@nobody.test", "accept").await;
    // Of several authors the strictest counts, in any order; too many authors are suspicious.
    check(
        &usual,
        "x@c.test",
        "x@c.test, y@b.test, z@a.test",
        "550 5.7.1 the message fails DMARC, and a.test",
    )
    .await;
    let many: Vec<String> = (0..=AUTHORS_MAX).map(|n| format!("x@d{n}.test")).collect();
    check(&usual, "x@c.test", &many[1..].join(", "), "accept").await;
    check(&usual, "x@c.test", &many.join(", "), "junk").await;
    check(&usual, "x@c.test", "nobody", "accept").await;
}

#[tokio::test]
async fn each_mode_has_its_effect() {
    let noting = Policies {
        dmarc: Mode::Note,
        ..Policies::default()
    };
    let noted = check(&noting, "x@c.test", "x@a.test", "accept").await;
    assert!(
        noted
            .field
            .contains("dmarc=fail policy.dmarc=reject header.from=a.test"),
        "{}",
        noted.field
    );
    let strict = Policies {
        spf: Mode::Enforce,
        ..noting.clone()
    };
    check(
        &strict,
        "x@a.test",
        "x@nobody.test",
        "550 5.7.23 a.test does not authorize this host to send its mail (SPF); a.test explains: 192.0.2.7 is not ours",
    )
    .await;
    let off = Policies {
        spf: Mode::Off,
        dkim: Mode::Off,
        dmarc: Mode::Off,
        arc: Mode::Off,
        ..Policies::default()
    };
    let nothing = check(&off, "x@a.test", "x@a.test", "accept").await;
    assert_eq!(
        (nothing.lookups.len(), nothing.checks.len(), off.all_off()),
        (0, 0, true)
    );
}

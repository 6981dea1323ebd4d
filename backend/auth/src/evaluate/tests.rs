//! The actions for results and modes.

use super::*;
use crate::message::MessageReader;
use event::Localize as _;
use world::zone::Zones;

const ZONE: &str = "a.test. TXT \"v=spf1 -all exp=why.a.test\"\nwhy.a.test. TXT \"%{i} is not ours\"\n_dmarc.a.test. TXT \"v=DMARC1; p=reject\"\n\
    _dmarc.b.test. TXT \"v=DMARC1; p=quarantine\"\nc.test. TXT \"v=spf1 +all\"\n_dmarc.c.test. TXT \"v=DMARC1; p=reject\"\n\
    _dmarc.slip.test. TXT \"v=DMARC1; p=rejekt\"\n_dmarc.bare.test. TXT \"v=DMARC1 p=reject\"\n\
    _dmarc.none.test. TXT \"v=DMARC1; sp=reject\"\n\
    _dmarc.rua.test. TXT \"v=DMARC1; p=rejekt; rua=mailto:r@rua.test\"\n";

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

#[tokio::test]
async fn a_record_without_a_known_policy_is_named_in_the_verdict() {
    let usual = Policies::default();
    for (from, reason, step) in [
        (
            "x@slip.test",
            "the record at _dmarc.slip.test cannot be used: p=rejekt is none",
            "",
        ),
        (
            "x@bare.test",
            "it must begin with “v=DMARC1;”, not with “v=DMARC1 p=reject”",
            "",
        ),
        (
            "x@none.test",
            "the record at _dmarc.none.test cannot be used: it states no policy",
            "",
        ),
        (
            "x@rua.test",
            "p=none at _dmarc.rua.test",
            "p=rejekt is none of none, quarantine and reject",
        ),
    ] {
        let evaluation = check(&usual, "x@c.test", from, "accept").await;
        let dmarc = evaluation
            .checks
            .iter()
            .find(|one| one.check == Check::Dmarc);
        let dmarc = dmarc.expect("a DMARC verdict");
        let sentence = dmarc.reason.sentence(event::Locale::English);
        assert!(sentence.contains(reason), "{from}: {sentence}");
        let proof: Vec<String> = dmarc
            .proof
            .iter()
            .map(|s| s.sentence(event::Locale::English))
            .collect();
        assert!(proof.iter().any(|s| s.contains(step)), "{from}: {proof:?}");
    }
}

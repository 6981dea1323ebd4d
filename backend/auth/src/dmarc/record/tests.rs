//! Records as domains publish them.

use super::*;
use proptest::prelude::*;

#[test]
fn fills_in_what_is_left_out() {
    let record = DmarcRecord::parse("v=DMARC1; p=reject").unwrap();
    assert_eq!(
        (record.policy, record.subdomains, record.nonexistent),
        (Policy::Reject, Policy::Reject, Policy::Reject)
    );
    assert_eq!(
        (record.psd, record.testing, record.dkim, record.spf),
        (Psd::Unknown, false, Alignment::Relaxed, Alignment::Relaxed)
    );
    let record =
        DmarcRecord::parse("v=DMARC1;p=none;sp=quarantine;t=Y;psd=n;adkim=s;pct=0").unwrap();
    assert_eq!(
        (record.policy, record.subdomains, record.nonexistent),
        (Policy::None, Policy::Quarantine, Policy::Quarantine)
    );
    assert_eq!(
        (record.psd, record.testing, record.dkim),
        (Psd::No, true, Alignment::Strict)
    );
}

#[test]
fn knows_what_is_no_record() {
    for bad in [
        "",
        "v=DMARC1",
        "v=DMARC1; p=foo",
        "v=dmarc1; p=none",
        " v=DMARC1; p=reject",
        "\tv=DMARC1; p=reject",
        "p=none; v=DMARC1",
        "v=DMARC2; p=none",
        "v=spf1 -all",
    ] {
        assert_eq!(DmarcRecord::parse(bad), None, "{bad}");
    }
    assert!(DmarcRecord::parse("v = DMARC1 ;p=none").is_some());
    assert_eq!(
        DmarcRecord::parse("v=DMARC1; p=foo; rua=mailto:a@b.test")
            .unwrap()
            .policy,
        Policy::None
    );
}

#[test]
fn names_a_policy_that_makes_the_record_unusable() {
    for (text, expected) in [
        (
            "v=DMARC1; p=rejekt",
            Some(PolicyFault::Unknown("rejekt".into())),
        ),
        (
            "v=DMARC1 p=rejekt",
            Some(PolicyFault::Version("v=DMARC1 p=rejekt".into())),
        ),
        (
            "p=reject; v=DMARC1",
            Some(PolicyFault::Version("p=reject".into())),
        ),
        (
            "v=dmarc1; p=reject",
            Some(PolicyFault::Version("v=dmarc1".into())),
        ),
        ("v=DMARC1; p=rejekt; rua=mailto:a@b.test", None),
        ("v=DMARC1; p=reject", None),
        ("v=DMARC1", Some(PolicyFault::Missing)),
        ("v=DMARC1; sp=reject", Some(PolicyFault::Missing)),
        ("v=spf1 -all", None),
    ] {
        assert_eq!(unusable_policy(text), expected, "{text}");
    }
}

#[test]
fn reads_addresses_with_their_limits() {
    let record = DmarcRecord::parse(
        "v=DMARC1; p=none; rua=mailto:a@b.test!10m, MAILTO:c@d.test,https://x.test",
    )
    .unwrap();
    let expected = [("a@b.test", Some(10 << 20)), ("c@d.test", None)];
    assert_eq!(
        record
            .aggregate
            .iter()
            .map(|a| (a.address.as_str(), a.bytes_max))
            .collect::<Vec<_>>(),
        expected
    );
}

proptest! {
    #[test]
    fn hostile_records_break_nothing(text in "\\PC{0,60}") {
        let _ = DmarcRecord::parse(&format!("v=DMARC1; p=none; {text}"));
    }
}

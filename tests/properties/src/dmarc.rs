//! DMARC records (RFC 9989): what the record asks for is done to a message of its domain that
//! neither SPF nor DKIM authenticates, and addresses for reports are addresses. The input is the
//! record of the author's domain.

use crate::dns::{ADDRESS, Texts, complete, world};
use auth::dmarc::{DmarcRecord, Policy};
use auth::{Action, MessageReader, Origin, Policies};

const SEEDS: [&str; 5] = [
    "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; fo=1:d; rua=mailto:a@a.test!10m,mailto:b%2Bc@b.test; ruf=mailto:c@a.test",
    "v=DMARC1;p=quarantine;t=y;psd=n",
    "v = DMARC1 ; p = none ; pct=50; ri=86400",
    "v=DMARC1; p=rejekt; rua=mailto:a@a.test",
    "v=DMARC1",
];

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    SEEDS.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let record = DmarcRecord::parse(&text);
    assert_eq!(DmarcRecord::parse(&text), record, "the same text again");
    if let Some(record) = &record {
        assert_eq!(record.text, text);
        for report in record.aggregate.iter().chain(&record.failure) {
            assert!(report.address.contains('@'), "{report:?}");
            assert!(!report.address.contains(char::is_whitespace), "{report:?}");
        }
    }
    // RFC 9989 §4.7: a policy in testing is applied one step milder.
    let policy = match &record {
        None => Policy::None,
        Some(record) if record.testing => record.policy.milder(),
        Some(record) => record.policy,
    };
    let action = action(text);
    let is_expected = match policy {
        Policy::None => action == Action::Accept,
        Policy::Quarantine => action == Action::Junk,
        Policy::Reject => matches!(action, Action::Reject(_)),
    };
    assert!(is_expected, "{action:?} for the policy {policy}");
}

// The action for an unauthenticated message of `a.test`.
fn action(record: String) -> Action {
    let world = world(Texts {
        named: vec![("_dmarc.a.test".to_owned(), record)],
        others: None,
    });
    let mut reader = MessageReader::default();
    reader.write(b"From: alice@a.test\r\n\r\nHello, Bob.\r\n");
    let origin = Origin {
        ip: ADDRESS.into(),
        helo: "mx.b.test",
        sender: None,
        host: "mx.here.test",
    };
    complete(auth::evaluate(
        &world,
        &Policies::default(),
        origin,
        &reader.finish(),
    ))
    .action
}

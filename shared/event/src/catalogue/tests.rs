//! The stored form of every variant, and every sentence.

use super::codec::{Coded, FromBytes, ToBytes};
use super::{authentication, delivery, inbound, network, proof, submission};
use crate::{Locale, Localize, Reason};
use std::fmt::Write;

/// One value of a field's type.
pub(crate) fn sample<T: Coded + 'static>() -> T {
    use std::any::Any;
    // A reason within a reason: the simplest one, for the type's own samples would not end.
    let simple: [Box<dyn Any>; 4] = [
        Box::new(Box::new(Reason::None)),
        Box::new(Box::new(authentication::SpfReason::NoRecord {
            domain: "x.test".into(),
        })),
        Box::new(Box::new(authentication::DkimReason::NoKey {
            name: "s._domainkey.x.test".into(),
        })),
        Box::new(Box::new(authentication::DmarcReason::NoAuthor)),
    ];
    for value in simple {
        if let Ok(value) = value.downcast::<T>() {
            return *value;
        }
    }
    T::samples().remove(0)
}

fn describe<T>(name: &str, lines: &mut String)
where
    T: Coded
        + Localize
        + serde::Serialize
        + serde::de::DeserializeOwned
        + PartialEq
        + std::fmt::Debug,
{
    for value in T::samples() {
        let mut bytes = Vec::new();
        value.put(&mut ToBytes(&mut bytes));
        let mut input = FromBytes::new(&bytes);
        assert_eq!(
            T::take(&mut input),
            Ok(T::take(&mut FromBytes::new(&bytes)).unwrap())
        );
        assert_eq!(T::take(&mut FromBytes::new(&bytes)).unwrap(), value);
        assert!(input.rest.is_empty());
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
        for end in 0..bytes.len() {
            assert!(T::take(&mut FromBytes::new(&bytes[..end])).is_err());
        }
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        writeln!(lines, "{name} {hex} {json}").unwrap();
    }
}

fn all() -> String {
    let mut lines = String::new();
    macro_rules! describe_all {
        ($($area:ident::$name:ident),+ $(,)?) => {
            $(describe::<$area::$name>(stringify!($name), &mut lines);)+
        };
    }
    describe::<Reason>("Reason", &mut lines);
    describe_all!(
        network::NetworkError,
        network::TlsError,
        network::FetchError,
        inbound::PtrReason,
        inbound::HeloReason,
        inbound::ListReason,
        inbound::RateUnit,
        inbound::ScorePart,
        inbound::PolicyReason,
        inbound::Rejection,
        submission::Credential,
        submission::UnfitContent,
        submission::RecodedAs,
        submission::SubmissionReason,
        delivery::SmtpStage,
        delivery::RouteReason,
        delivery::TransportReason,
        delivery::StsError,
        delivery::SecurityReason,
        delivery::QueueReason,
        authentication::AuthResult,
        authentication::SpfIdentity,
        authentication::AuthMethod,
        authentication::DmarcDisposition,
        authentication::AlignmentMode,
        authentication::SpfMatch,
        authentication::SpfReason,
        authentication::SignatureError,
        authentication::KeyRecordError,
        authentication::DkimReason,
        authentication::SigningReason,
        authentication::VerifiedDomain,
        authentication::DmarcReason,
        authentication::ArcReason,
        proof::TermOutcome,
        proof::ProofFact,
        proof::Flip,
    );
    lines
}

// Stored journeys hold these bytes, and events in JSON these names: a line may be added, never
// changed. `BLESS=1` adds lines.
#[test]
fn stored_form_of_every_variant_is_unchanged() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalogue.txt");
    let now = all();
    let known = std::fs::read_to_string(path).unwrap_or_default();
    let gone: Vec<&str> = known
        .lines()
        .filter(|line| !now.lines().any(|n| n == *line))
        .collect();
    assert_eq!(gone, Vec::<&str>::new(), "changed or removed");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, now).unwrap();
    } else {
        assert_eq!(known, now, "run the test with BLESS=1 to add new variants");
    }
}

#[test]
fn hostile_nesting_is_refused() {
    // `Weighed` within `Weighed` …: its number, again and again.
    let weighed = {
        let mut bytes = Vec::new();
        Reason::Weighed {
            reason: Box::new(Reason::None),
            points: 0,
        }
        .put(&mut ToBytes(&mut bytes));
        bytes[0]
    };
    let bytes = vec![weighed; 100_000];
    assert!(Reason::take(&mut FromBytes::new(&bytes)).is_err());
}

#[test]
fn sentences_in_both_languages() {
    let reason = Reason::Weighed {
        reason: Box::new(
            inbound::PtrReason::Missing {
                address: "192.0.2.25".parse().unwrap(),
            }
            .into(),
        ),
        points: 2,
    };
    assert_eq!(
        reason.sentence(Locale::English),
        "192.0.2.25 has no PTR record (+2 points)"
    );
    assert_eq!(
        reason.sentence(Locale::Chinese),
        "192.0.2.25 没有 PTR 记录（+2 分）"
    );
    let unreachable: Reason = delivery::TransportReason::Unreachable {
        peer: "mail.b.test".into(),
        error: network::NetworkError::TimedOut,
    }
    .into();
    assert_eq!(
        unreachable.sentence(Locale::Chinese),
        "无法连接 mail.b.test：超时"
    );
}

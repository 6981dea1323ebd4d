//! DMARC: the vectors of mail-auth for RFC 9989.

use crate::table::Table;
use auth::DnsLookups;
use auth::dmarc::{Alignment, Dmarc, DmarcRecord, DmarcResult, Identifiers, Psd, evaluate};
use mail::dns::Record;
use serde_json::Value;

fn vectors() -> Option<Value> {
    crate::read("dmarc/mail-auth-vectors/vectors.json")
        .map(|text| serde_json::from_str(&text).unwrap())
}

fn table(case: &Value) -> Table {
    let mut table = Table::default();
    for (name, text) in case["txt"].as_object().into_iter().flatten() {
        table.text(name, text.as_str().unwrap());
    }
    for host in case["existing_hosts"].as_array().into_iter().flatten() {
        table.add(host.as_str().unwrap(), Record::A([192, 0, 2, 1].into()));
    }
    table
}

async fn ask(table: Table, from: &str, identifiers: Identifiers) -> Dmarc {
    let world = table.world();
    let mut dns = DnsLookups::new(&world);
    evaluate(&mut dns, from.rsplit_once('@').unwrap().1, &identifiers).await
}

fn identifiers(case: &Value) -> Identifiers {
    let domain = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let (spf, dkim) = (case["spf"].as_str(), case["dkim"].as_str());
    Identifiers {
        spf: (spf == Some("pass")).then(|| domain("mail_from_domain")),
        spf_temporary: (spf == Some("temperror")).then(|| domain("mail_from_domain")),
        dkim: if dkim == Some("pass") {
            vec![domain("dkim_d")]
        } else {
            vec![]
        },
        dkim_temporary: if dkim == Some("temperror") {
            vec![domain("dkim_d")]
        } else {
            vec![]
        },
    }
}

#[tokio::test]
async fn alignment_agrees() {
    let Some(vectors) = vectors() else { return };
    for case in vectors["alignment"].as_array().unwrap() {
        let mut table = Table::default();
        table.text(
            case["record_at"].as_str().unwrap(),
            case["record"].as_str().unwrap(),
        );
        let got = ask(table, case["from"].as_str().unwrap(), identifiers(case)).await;
        assert_eq!(got.result.as_str(), case["dmarc"], "{case} {got:?}");
        assert_eq!(
            (got.spf_aligned, got.dkim_aligned),
            (case["dmarc_spf"] == "pass", case["dmarc_dkim"] == "pass"),
            "{case} {got:?}"
        );
        assert_eq!(got.policy.as_str(), case["policy"], "{case}");
    }
}

#[tokio::test]
async fn the_policy_that_applies_agrees() {
    let Some(vectors) = vectors() else { return };
    for case in vectors["policy_discovery"].as_array().unwrap() {
        let got = ask(
            table(case),
            case["from"].as_str().unwrap(),
            Identifiers::default(),
        )
        .await;
        let policy = if got.result == DmarcResult::None {
            "no-record"
        } else {
            got.policy.as_str()
        };
        assert_eq!(policy, case["policy"], "{case} {got:?}");
    }
}

#[tokio::test]
async fn temporary_errors_and_the_tree_walk_agree() {
    let Some(vectors) = vectors() else { return };
    for case in vectors["temporary_errors"].as_array().unwrap() {
        let mut table = Table::default();
        table.text(
            "_dmarc.example.org",
            "v=DMARC1; p=reject; rua=mailto:d@example.org; ruf=mailto:f@example.org",
        );
        let got = ask(table, "hello@example.org", identifiers(case)).await;
        assert_eq!(got.result.as_str(), case["dmarc"], "{case} {got:?}");
    }
    for case in vectors["tree_walk_and_case"].as_array().unwrap() {
        let got = ask(
            table(case),
            case["from"].as_str().unwrap(),
            identifiers(case),
        )
        .await;
        assert_eq!(
            got.spf_aligned,
            case["dmarc_spf"] == "pass",
            "{case} {got:?}"
        );
    }
}

#[test]
fn records_are_read_alike() {
    let Some(vectors) = vectors() else { return };
    for case in vectors["record_parsing"].as_array().unwrap() {
        let got = DmarcRecord::parse(case["record"].as_str().unwrap()).unwrap();
        let message = |a| if a == Alignment::Strict { "s" } else { "r" };
        let psd = match got.psd {
            Psd::Yes => "y",
            Psd::No => "n",
            Psd::Unknown => "u",
        };
        let list = |all: &[auth::dmarc::ReportAddress]| -> Vec<String> {
            let one = |a: &auth::dmarc::ReportAddress| {
                a.bytes_max
                    .map_or(a.address.clone(), |n| format!("{}!{n}", a.address))
            };
            all.iter().map(one).collect()
        };
        for (key, value) in [
            ("adkim", Value::from(message(got.dkim))),
            ("aspf", Value::from(message(got.spf))),
            ("fo", Value::from(got.failure_options.clone())),
            ("p", Value::from(got.policy.as_str())),
            ("sp", Value::from(got.subdomains.as_str())),
            ("np", Value::from(got.nonexistent.as_str())),
            ("psd", Value::from(psd)),
            ("t", Value::from(got.testing)),
            ("rua", Value::from(list(&got.aggregate))),
            ("ruf", Value::from(list(&got.failure))),
        ] {
            if !case[key].is_null() {
                assert_eq!(value, case[key], "{key} of {case}");
            }
        }
    }
}

//! DMARC: the vectors of mail-auth for RFC 9989.

use crate::table::Table;
use auth::DnsLookups;
use auth::dmarc::{
    Alignment, Dmarc, DmarcRecord, DmarcResult, Identifiers, Psd, ReportAddress, evaluate,
};
use mail::dns::Record;
use serde_json::Value;
use std::path::Path;
use suites::{Suite, Suites, Verdict, block_on};

type Check = fn(&Value) -> Verdict;

pub fn add(all: &mut Suites) {
    for (name, key, check) in [
        ("dmarc-alignment", "alignment", alignment as Check),
        ("dmarc-policy", "policy_discovery", policy),
        (
            "dmarc-temporary-errors",
            "temporary_errors",
            temporary_error,
        ),
        ("dmarc-tree-walk", "tree_walk_and_case", tree_walk),
        ("dmarc-records", "record_parsing", record),
    ] {
        all.add(
            Suite::new(name, "dmarc/mail-auth-vectors")
                .cases(move |folder| read(folder, key))
                .check(check),
        );
    }
}

fn read(folder: &Path, key: &str) -> Vec<(String, Value)> {
    let all = suites::json(&folder.join("vectors.json"));
    let cases = all[key].as_array().unwrap().iter().enumerate();
    let named = cases.map(|(i, case)| {
        let what = ["name", "from", "record"]
            .iter()
            .find_map(|key| case[*key].as_str())
            .unwrap_or_default();
        (format!("{}-{}", i + 1, suites::label(what)), case.clone())
    });
    named.collect()
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

fn ask(table: Table, from: &str, identifiers: Identifiers) -> Dmarc {
    let world = table.world();
    let mut dns = DnsLookups::new(&world);
    let domain = from.rsplit_once('@').unwrap().1;
    block_on(evaluate(&mut dns, domain, &identifiers))
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

fn alignment(case: &Value) -> Verdict {
    let mut table = Table::default();
    let text = |key: &str| case[key].as_str().unwrap();
    table.text(text("record_at"), text("record"));
    let got = ask(table, text("from"), identifiers(case));
    Verdict::compare(got.result.as_str(), text("dmarc"))
        .and(|| {
            let expected = (case["dmarc_spf"] == "pass", case["dmarc_dkim"] == "pass");
            Verdict::compare(&(got.spf_aligned, got.dkim_aligned), &expected)
        })
        .and(|| Verdict::compare(got.policy.as_str(), text("policy")))
}

fn policy(case: &Value) -> Verdict {
    let from = case["from"].as_str().unwrap();
    let got = ask(table(case), from, Identifiers::default());
    let policy = if got.result == DmarcResult::None {
        "no-record"
    } else {
        got.policy.as_str()
    };
    Verdict::compare(policy, case["policy"].as_str().unwrap())
}

fn temporary_error(case: &Value) -> Verdict {
    let mut table = Table::default();
    table.text(
        "_dmarc.example.org",
        "v=DMARC1; p=reject; rua=mailto:d@example.org; ruf=mailto:f@example.org",
    );
    let got = ask(table, "hello@example.org", identifiers(case));
    Verdict::compare(got.result.as_str(), case["dmarc"].as_str().unwrap())
}

fn tree_walk(case: &Value) -> Verdict {
    let from = case["from"].as_str().unwrap();
    let got = ask(table(case), from, identifiers(case));
    Verdict::compare(&got.spf_aligned, &(case["dmarc_spf"] == "pass"))
}

fn record(case: &Value) -> Verdict {
    let Some(got) = DmarcRecord::parse(case["record"].as_str().unwrap()) else {
        return Verdict::Differs("no record".into());
    };
    let mode = |a| if a == Alignment::Strict { "s" } else { "r" };
    let psd = match got.psd {
        Psd::Yes => "y",
        Psd::No => "n",
        Psd::Unknown => "u",
    };
    let list = |all: &[ReportAddress]| -> Vec<String> {
        let one = |a: &ReportAddress| {
            a.bytes_max
                .map_or(a.address.clone(), |n| format!("{}!{n}", a.address))
        };
        all.iter().map(one).collect()
    };
    let tags = [
        ("adkim", Value::from(mode(got.dkim))),
        ("aspf", Value::from(mode(got.spf))),
        ("fo", Value::from(got.failure_options.clone())),
        ("p", Value::from(got.policy.as_str())),
        ("sp", Value::from(got.subdomains.as_str())),
        ("np", Value::from(got.nonexistent.as_str())),
        ("psd", Value::from(psd)),
        ("t", Value::from(got.testing)),
        ("rua", Value::from(list(&got.aggregate))),
        ("ruf", Value::from(list(&got.failure))),
    ];
    let different = tags
        .iter()
        .find(|(key, value)| !case[*key].is_null() && *value != case[*key]);
    different.map_or(Verdict::Agrees, |(key, value)| {
        Verdict::Differs(format!("{key} is {value}"))
    })
}

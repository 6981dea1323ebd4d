//! SPF: the suite of openspf for RFC 7208, and the scenarios of mail-auth.

use crate::table::Table;
use auth::DnsLookups;
use auth::spf::{Spf, SpfCheck, check};
use event::{Locale, Localize};
use mail::Domain;
use mail::dns::{Failure, Question, Record};
use std::net::IpAddr;
use yaml_rust2::Yaml;

/// Case, and why it is not demanded.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "mx-colon-domain-ip4mapped",
    "its exchanger is named foo:bar/baz.example.com, which no mail host can be (RFC 5321 §2.3.5); our records hold none such",
)];

/// Scenario and domain.
const OTHER_EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "DNS Lookup Limits",
        "ok.test.org",
        "its ten names do not exist: the third void lookup is a permerror (RFC 7208 §4.6.4)",
    ),
    (
        "Exists",
        "ip6.test.org",
        "exists asks for A alone, whatever the client's address (RFC 7208 §5.7)",
    ),
    (
        "All test",
        "test.org",
        "a syntax error anywhere makes the record a permerror (RFC 7208 §4.6): there is no “ip:”",
    ),
];

async fn ask(table: Table, ip: &str, helo: &str, sender: &str) -> Spf {
    let world = table.world();
    let mut dns = DnsLookups::new(&world);
    let (local, domain) = sender
        .rsplit_once('@')
        .unwrap_or(("postmaster", if sender.is_empty() { helo } else { sender }));
    let check_what = SpfCheck {
        ip: ip.parse().unwrap(),
        helo,
        local,
        domain,
        receiver: "receiver.test",
    };
    check(&mut dns, check_what).await
}

fn text(yaml: &Yaml) -> String {
    match yaml {
        Yaml::String(s) => s.clone(),
        Yaml::Real(s) => s.clone(),
        Yaml::Integer(n) => n.to_string(),
        Yaml::Array(parts) => parts.iter().map(text).collect(),
        _ => String::new(),
    }
}

fn zone(yaml: &Yaml) -> Table {
    let mut table = Table::default();
    for (name, lines) in yaml.as_hash().unwrap() {
        let name = text(name);
        table.touch(&name);
        let lines = lines.as_vec().unwrap();
        let of = |line: &Yaml| {
            line.as_hash()
                .and_then(|h| h.iter().next().map(|(k, v)| (text(k), v.clone())))
        };
        let has_txt = lines.iter().filter_map(of).any(|(kind, _)| kind == "TXT");
        for line in lines {
            let Some((kind, value)) = of(line) else {
                table.timeout(&name);
                continue;
            };
            let host = |v: &Yaml| Domain::new(text(v).trim_end_matches('.'));
            match kind.as_str() {
                "SPF" if !has_txt => table.text(&name, &text(&value)),
                "TXT" if text(&value) != "NONE" => table.text(&name, &text(&value)),
                "A" => table.add(&name, Record::A(text(&value).parse().unwrap())),
                "AAAA" => table.add(&name, Record::Aaaa(text(&value).parse().unwrap())),
                "PTR" => drop(host(&value).map(|h| table.add(&name, Record::Ptr(h)))),
                "CNAME" => drop(host(&value).map(|h| table.add(&name, Record::Cname(h)))),
                "MX" => {
                    let parts = value.as_vec().unwrap();
                    let preference = u16::try_from(parts[0].as_i64().unwrap()).unwrap();
                    table.add(&name, Record::Mx(preference, host(&parts[1]).ok()));
                }
                _ => {}
            }
        }
    }
    table
}

#[tokio::test]
async fn the_suite_of_openspf_agrees() {
    let Some(suite) = crate::read("spf/openspf-rfc7208/rfc7208-tests.yml") else {
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for document in crate::documents(&suite) {
        let table = zone(&document["zonedata"]);
        for (name, case) in document["tests"].as_hash().unwrap() {
            let name = text(name);
            if EXCEPTIONS.iter().any(|(n, _)| *n == name) {
                continue;
            }
            seen += 1;
            let got = ask(
                table.clone(),
                &text(&case["host"]),
                &text(&case["helo"]),
                &text(&case["mailfrom"]),
            )
            .await;
            let expected: Vec<String> = match &case["result"] {
                Yaml::Array(many) => many.iter().map(text).collect(),
                one => vec![text(one)],
            };
            if !expected.iter().any(|e| e == got.result.as_str()) {
                wrong.push(format!(
                    "{name}: {} instead of {expected:?}: {}",
                    got.result,
                    got.reason.sentence(Locale::English)
                ));
            }
            // The digits of an IPv6 address may be of either case (RFC 7208 §7.3 leaves it open).
            let explanation = got.explanation.unwrap_or_else(|| "DEFAULT".into());
            let wanted = &case["explanation"];
            if !wanted.is_badvalue()
                && got.result.as_str() == "fail"
                && !text(wanted).eq_ignore_ascii_case(&explanation)
            {
                wrong.push(format!(
                    "{name}: explains {explanation:?} instead of {wanted:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{seen} cases, {} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(seen >= 100, "only {seen} cases");
}

#[derive(Clone, Default)]
struct Scenario {
    name: String,
    table: Table,
    // The latest domain, sender and ip.
    parameters: [String; 3],
    tests: Vec<[String; 4]>,
}

// An `expect` line checks the latest parameters; a scenario within another begins with the records
// and parameters of that one.
fn read_scenarios(all: &str) -> Vec<Scenario> {
    let mut scenarios = vec![Scenario::default()];
    let mut whole = None::<Scenario>;
    for line in all.lines() {
        if line.starts_with("---") {
            scenarios.push(Scenario::default());
            whole = None;
        }
        if let Some(name) = line.trim().strip_prefix("- name:") {
            let before = whole.get_or_insert_with(|| scenarios.last().unwrap().clone());
            scenarios.push(Scenario {
                name: name.trim().to_owned(),
                tests: Vec::new(),
                ..before.clone()
            });
            continue;
        }
        let Some(scenario) = scenarios.last_mut() else {
            continue;
        };
        let Some((key, value)) = line.trim().trim_start_matches("- ").split_once(':') else {
            continue;
        };
        let value = value.trim();
        match key {
            "name" => value.clone_into(&mut scenario.name),
            "domain" => value.clone_into(&mut scenario.parameters[0]),
            "sender" => value.clone_into(&mut scenario.parameters[1]),
            "ip" => value.clone_into(&mut scenario.parameters[2]),
            "expect" => {
                let [domain, sender, ip] = scenario.parameters.clone();
                scenario.tests.push([domain, sender, ip, value.to_owned()]);
            }
            kind => record(&mut scenario.table, kind, value),
        }
    }
    scenarios
}

fn record(table: &mut Table, kind: &str, line: &str) {
    let Some((name, value)) = line.split_once(' ') else {
        return;
    };
    let list = || value.split(',').map(str::trim);
    match kind {
        "spf" | "exp" => table.text(name, value.trim()),
        "a" => list().for_each(|ip| table.add(name, Record::A(ip.parse().unwrap()))),
        "aaaa" => list().for_each(|ip| table.add(name, Record::Aaaa(ip.parse().unwrap()))),
        // The exchangers are given by their addresses.
        "mx" => {
            for (n, ip) in list().enumerate() {
                let host = Domain::new(&format!("mx{n}.{name}")).unwrap();
                let ip: IpAddr = ip.parse().unwrap();
                table.add(
                    name,
                    Record::Mx(u16::try_from(n).unwrap(), Some(host.clone())),
                );
                table.add(
                    host.as_str(),
                    match ip {
                        IpAddr::V4(ip) => Record::A(ip),
                        IpAddr::V6(ip) => Record::Aaaa(ip),
                    },
                );
            }
        }
        "ptr" => {
            let reverse = Question::reverse(name.parse().unwrap()).name;
            list().for_each(|host| {
                table.add(
                    &reverse,
                    Record::Ptr(Domain::new(host.trim_end_matches('.')).unwrap()),
                );
            });
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_scenarios_of_mail_auth_agree() {
    let Some(dir) = crate::folder("spf/mail-auth-spf") else {
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "yml") {
            continue;
        }
        for mut scenario in read_scenarios(&std::fs::read_to_string(&path).unwrap()) {
            for name in ["_dns_error.org", "_dns_error.test.org"] {
                scenario.table.fail(name, Failure::ServerFailure);
            }
            for [domain, sender, ip, expect] in &scenario.tests {
                if OTHER_EXCEPTIONS
                    .iter()
                    .any(|(s, d, _)| *s == scenario.name && d == domain)
                {
                    continue;
                }
                seen += 1;
                // Both identities, as they are asked: HELO first, and its failure decides.
                let helo = ask(scenario.table.clone(), ip, domain, "").await;
                let got = if helo.result.as_str() == "fail" {
                    helo
                } else {
                    ask(scenario.table.clone(), ip, domain, sender).await
                };
                let (result, explanation) = expect
                    .split_once(' ')
                    .map_or((expect.as_str(), None), |(r, e)| (r, Some(e)));
                if got.result.as_str() != result
                    || explanation.is_some_and(|e| got.explanation.as_deref() != Some(e))
                {
                    wrong.push(format!(
                        "{}: {domain} {sender} {ip}: {} ({:?}) instead of {expect}: {}",
                        scenario.name,
                        got.result,
                        got.explanation,
                        got.reason.sentence(Locale::English)
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{seen} cases, {} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(seen > 40, "only {seen} cases");
}

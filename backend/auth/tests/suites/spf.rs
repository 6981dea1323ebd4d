//! SPF: the suite of openspf for RFC 7208, and the scenarios of mail-auth.

use crate::table::Table;
use auth::DnsLookups;
use auth::spf::{Spf, SpfCheck, check};
use event::{Locale, Localize};
use mail::Domain;
use mail::dns::{Failure, Question, Record};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use suites::{Exception, Suite, Suites, Verdict, block_on};

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("rfc7208", "spf/openspf-rfc7208")
            .cases_min(100)
            .cases(|folder| read_documents(&folder.join("rfc7208-tests.yml")))
            .except(&EXCEPTIONS)
            .check(verdict),
    );
    all.add(
        Suite::new("spf-mail-auth", "spf/mail-auth-spf")
            .cases_min(40)
            .cases(|folder| {
                let all = suites::files(folder, &["yml"]);
                all.iter().flat_map(|file| scenario_cases(file)).collect()
            })
            .except(&SCENARIO_EXCEPTIONS)
            .check(scenario_verdict),
    );
}

struct Case {
    zone: Arc<Table>,
    host: String,
    helo: String,
    sender: String,
    /// Any of them will do.
    results: Vec<String>,
    explanation: Option<String>,
}

const EXCEPTIONS: [Exception<Case>; 1] = [Exception {
    theme: "a mechanism names an exchanger that can be no host name",
    reason: "a host name has letters, digits and hyphens (RFC 5321 §2.3.5); our records hold no other",
    applies: |case| {
        let domain = case.sender.rsplit('@').next().unwrap_or_default();
        let mut records = case.zone.texts(domain);
        records.any(|record| targets(record, "mx").any(|name| Domain::new(name).is_err()))
    },
}];

/// The names after the colon of a record's mechanisms of one kind, without prefix lengths.
fn targets<'a>(record: &'a str, mechanism: &'a str) -> impl Iterator<Item = &'a str> {
    record.split(' ').filter_map(move |term| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        let (kind, name) = term.split_once(':')?;
        kind.eq_ignore_ascii_case(mechanism).then_some(name)
    })
}

fn ask(table: &Table, ip: &str, helo: &str, sender: &str) -> Spf {
    let world = table.clone().world();
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
    block_on(check(&mut dns, check_what))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Number(n) => n.to_string(),
        Value::Array(parts) => parts.iter().map(text).collect(),
        _ => String::new(),
    }
}

fn zone(records: &Value) -> Table {
    let mut table = Table::default();
    for (name, lines) in records.as_object().unwrap() {
        table.touch(name);
        let lines = lines.as_array().unwrap();
        let of = |line: &Value| {
            line.as_object()
                .and_then(|h| h.iter().next().map(|(k, v)| (k.clone(), v.clone())))
        };
        let has_txt = lines.iter().filter_map(of).any(|(kind, _)| kind == "TXT");
        for line in lines {
            let Some((kind, value)) = of(line) else {
                table.timeout(name);
                continue;
            };
            let host = |v: &Value| Domain::new(text(v).trim_end_matches('.'));
            match kind.as_str() {
                "SPF" if !has_txt => table.text(name, &text(&value)),
                "TXT" if text(&value) != "NONE" => table.text(name, &text(&value)),
                "A" => table.add(name, Record::A(text(&value).parse().unwrap())),
                "AAAA" => table.add(name, Record::Aaaa(text(&value).parse().unwrap())),
                "PTR" => drop(host(&value).map(|h| table.add(name, Record::Ptr(h)))),
                "CNAME" => drop(host(&value).map(|h| table.add(name, Record::Cname(h)))),
                "MX" => {
                    let preference = u16::try_from(value[0].as_i64().unwrap()).unwrap();
                    table.add(name, Record::Mx(preference, host(&value[1]).ok()));
                }
                _ => {}
            }
        }
    }
    table
}

fn read_documents(file: &Path) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for document in suites::yaml("SPF suite", &suites::text(file)) {
        let zone = Arc::new(zone(&document["zonedata"]));
        for (name, case) in document["tests"].as_object().unwrap() {
            let results = match &case["result"] {
                Value::Array(many) => many.iter().map(text).collect(),
                one => vec![text(one)],
            };
            let explanation = &case["explanation"];
            let case = Case {
                zone: zone.clone(),
                host: text(&case["host"]),
                helo: text(&case["helo"]),
                sender: text(&case["mailfrom"]),
                results,
                explanation: (!explanation.is_null()).then(|| text(explanation)),
            };
            cases.push((name.clone(), case));
        }
    }
    cases
}

fn verdict(case: &Case) -> Verdict {
    let got = ask(&case.zone, &case.host, &case.helo, &case.sender);
    let agrees = case.results.iter().any(|e| e == got.result.as_str());
    let result = Verdict::when(agrees, || {
        let reason = got.reason.sentence(Locale::English);
        format!("{} instead of {:?}: {reason}", got.result, case.results)
    });
    // The digits of an IPv6 address may be of either case (RFC 7208 §7.3 leaves it open).
    let explanation = got.explanation.unwrap_or_else(|| "DEFAULT".into());
    let wanted = case.explanation.as_deref();
    result.and(|| {
        let same = wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&explanation));
        Verdict::when(same || got.result.as_str() != "fail", || {
            format!("explains {explanation:?} instead of {wanted:?}")
        })
    })
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

struct ScenarioCase {
    table: Arc<Table>,
    domain: String,
    sender: String,
    ip: String,
    /// The result, and after a space the explanation.
    expect: String,
}

impl ScenarioCase {
    fn domain_of_sender(&self) -> &str {
        self.sender.rsplit('@').next().unwrap_or_default()
    }
}

const SCENARIO_EXCEPTIONS: [Exception<ScenarioCase>; 4] = [
    Exception {
        theme: "more than two names of a record do not exist",
        reason: "the third void lookup is a permerror (RFC 7208 §4.6.4)",
        applies: |case| {
            let mut records = case.table.texts(&case.domain);
            records.any(|record| {
                let names = ["a", "mx", "exists"].map(|kind| targets(record, kind));
                names
                    .into_iter()
                    .flatten()
                    .filter(|n| !case.table.has(n))
                    .count()
                    > 2
            })
        },
    },
    Exception {
        theme: "exists finds a name that has AAAA records alone",
        reason: "exists asks for A, whatever the address of the client (RFC 7208 §5.7)",
        applies: |case| {
            let mut records = case.table.texts(case.domain_of_sender());
            records.any(|r| targets(r, "exists").next().is_some()) && case.table.has_aaaa_alone()
        },
    },
    Exception {
        theme: "ip6 with an IPv4-mapped address and an IPv4 client",
        reason: "a mapped address is an IPv4 address before any mechanism is evaluated, and ip6 compares with IPv6 clients (RFC 7208 §5, §5.6)",
        applies: |case| {
            let mut records = case.table.texts(&case.domain);
            let mapped = |name: &str| name.to_ascii_lowercase().starts_with("::ffff:");
            case.ip.parse::<Ipv4Addr>().is_ok() && records.any(|r| targets(r, "ip6").any(mapped))
        },
    },
    Exception {
        theme: "a record has a mechanism that does not exist",
        reason: "a syntax error anywhere in a record is a permerror (RFC 7208 §4.6)",
        applies: |case| {
            let mut records = case.table.texts(&case.domain);
            records.any(|record| targets(record, "ip").next().is_some())
        },
    },
];

fn scenario_cases(file: &Path) -> Vec<(String, ScenarioCase)> {
    let mut cases = Vec::new();
    for mut scenario in read_scenarios(&suites::text(file)) {
        for name in ["_dns_error.org", "_dns_error.test.org"] {
            scenario.table.fail(name, Failure::ServerFailure);
        }
        let table = Arc::new(scenario.table);
        let label = suites::label(&scenario.name);
        for (n, [domain, sender, ip, expect]) in scenario.tests.into_iter().enumerate() {
            let name = format!("{}::{label}::{}-{domain}", crate::stem(file), n + 1);
            let case = ScenarioCase {
                table: table.clone(),
                domain,
                sender,
                ip,
                expect,
            };
            cases.push((name, case));
        }
    }
    cases
}

fn scenario_verdict(case: &ScenarioCase) -> Verdict {
    let ScenarioCase {
        table,
        domain,
        sender,
        ip,
        expect,
    } = case;
    // Both identities, as they are asked: HELO first, and its failure decides.
    let helo = ask(table, ip, domain, "");
    let got = if helo.result.as_str() == "fail" {
        helo
    } else {
        ask(table, ip, domain, sender)
    };
    let (result, explanation) = expect
        .split_once(' ')
        .map_or((expect.as_str(), None), |(r, e)| (r, Some(e)));
    let same = explanation.is_none_or(|e| got.explanation.as_deref() == Some(e));
    Verdict::when(same && got.result.as_str() == result, || {
        format!(
            "{domain} {sender} {ip}: {} ({:?}) instead of {expect}: {}",
            got.result,
            got.explanation,
            got.reason.sentence(Locale::English)
        )
    })
}

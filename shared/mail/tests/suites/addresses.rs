//! Addresses as SMTP has them: is_email's cases, those of Roundcube, and international ones.

use mail::{Address, Path};
use serde_json::Value;
use suites::{Exception, Suite, Suites, Verdict};

/// An address with the answer of the table.
struct Case {
    address: String,
    is_valid: bool,
    /// What the table has to say about it.
    diagnosis: String,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("isemail", "address/isemail")
            .cases_min(90)
            .cases(|folder| is_email(&folder.join("tests.xml")))
            .except(&IS_EMAIL_EXCEPTIONS)
            .check(check),
    );
    all.add(
        Suite::new("flanker-eai", "address/flanker-eai")
            .cases_min(3)
            .cases(|folder| {
                let lines = suites::lines(&folder.join("valid.txt"), "#");
                let case = |(number, address): (usize, String)| {
                    let case = Case {
                        address,
                        is_valid: true,
                        diagnosis: String::new(),
                    };
                    (number.to_string(), case)
                };
                lines.into_iter().map(case).collect()
            })
            .check(check),
    );
    all.add(
        Suite::new("roundcube-addresses", "address/roundcube")
            .cases_min(20)
            .cases(|folder| roundcube(&suites::json(&folder.join("addresses.json"))))
            .except(&ROUNDCUBE_EXCEPTIONS)
            .check(check),
    );
}

fn check(case: &Case) -> Verdict {
    let parsed = match Path::parse(&format!("<{}>", case.address)) {
        Ok(Path::Address(address)) => Ok(address),
        other => Err(other),
    };
    Verdict::when(parsed.is_ok() == case.is_valid, || {
        let expected = if case.is_valid { "valid" } else { "invalid" };
        format!(
            "{:?}: {parsed:?}, but {expected} ({})",
            case.address, case.diagnosis
        )
    })
    .and(|| match parsed {
        // What is written is read as the same address.
        Ok(address) => Verdict::compare(&Address::parse(&address.to_string()), &Ok(address)),
        Err(_) => Verdict::Agrees,
    })
}

const IS_EMAIL_EXCEPTIONS: [Exception<Case>; 2] = [
    Exception {
        theme: "a quoted local part that has at most 64 bytes without its quotes",
        reason: "the sizes of RFC 5321 §4.5.3.1 are those that must be accepted at least",
        applies: |case| case.diagnosis.ends_with("LOCAL_TOOLONG") && case.address.starts_with('"'),
    },
    Exception {
        theme: "an IPv6 literal in which :: stands for one group",
        reason: "RFC 4291 §2.2 permits it, and RFC 5952 §4.2.2 only advises against it",
        applies: |case| case.diagnosis.ends_with("IPV6DEPRECATED"),
    },
];

const ROUNDCUBE_EXCEPTIONS: [Exception<Case>; 2] = [
    Exception {
        theme: "a domain of one label",
        reason: "`Domain = sub-domain *(\".\" sub-domain)` (RFC 5321 §4.1.2)",
        applies: |case| {
            case.address
                .rsplit('@')
                .next()
                .is_some_and(|domain| !domain.contains('.'))
        },
    },
    Exception {
        theme: "a domain of digits",
        reason: "a label may be digits: `sub-domain = Let-dig [Ldh-str]` (RFC 5321 §4.1.2)",
        applies: |case| {
            case.address.rsplit('@').next().is_some_and(|domain| {
                domain
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'.')
            })
        },
    },
];

/// The categories that an address on the wire may have (RFC 5321 §4.1.2). Comments and folding
/// white space belong to header fields, and obsolete forms are only read there (RFC 5322 §4.4).
const WIRE_CATEGORIES: [&str; 3] = [
    "ISEMAIL_VALID_CATEGORY",
    "ISEMAIL_DNSWARN",
    "ISEMAIL_RFC5321",
];

// `<test id="1"><address>…</address>…<category>…</category><diagnosis>…</diagnosis></test>`
fn is_email(file: &std::path::Path) -> Vec<(String, Case)> {
    let text = suites::text(file);
    let tests = text.split("<test id=\"").skip(1);
    let case = |test: &str| {
        let id = test.split('"').next().unwrap_or_default();
        let category = element(test, "category");
        let case = Case {
            address: element(test, "address"),
            is_valid: WIRE_CATEGORIES.contains(&category.as_str()),
            diagnosis: element(test, "diagnosis"),
        };
        (format!("{id}-{}", suites::label(&case.diagnosis)), case)
    };
    tests.map(case).collect()
}

// The text of an element; empty where it has none. U+2400 and the following stand for control
// characters.
fn element(xml: &str, name: &str) -> String {
    let text = xml
        .split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
        .map_or("", |(text, _)| text);
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        let (reference, after) = reference.split_once(';').unwrap();
        out.push_str(before);
        out.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let hex = number.strip_prefix("#x").unwrap();
                char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap()
            }
        });
        rest = after;
    }
    out.push_str(rest);
    out.chars()
        .map(|c| match u32::from(c) {
            code @ 0x2400..=0x2420 => char::from_u32(code - 0x2400).unwrap(),
            _ => c,
        })
        .collect()
}

fn roundcube(table: &Value) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for (kind, is_valid) in [("valid", true), ("invalid", false)] {
        for (number, case) in table[kind].as_array().unwrap().iter().enumerate() {
            let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            let name = format!("{kind}-{number}-{}", suites::label(&text("note")));
            let case = Case {
                address: text("address"),
                is_valid,
                diagnosis: text("note"),
            };
            cases.push((name, case));
        }
    }
    cases
}

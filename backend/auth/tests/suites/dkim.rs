//! DKIM: the samples of the RFCs, the messages of Mail::DKIM, the data of dkimpy and mail-auth.

use crate::table::Table;
use auth::dkim::{Algorithm, Dkim, DkimResult, Hashing, PrivateKey, sign};
use auth::{DnsLookups, MessageReader};
use base64::Engine;
use mail::Time;
use mail::dns::Failure;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use suites::{Suite, Suites, Verdict, block_on};
use world::still::STILL;
use world::{BoxFuture, Clock};

const RFC_8463_RSA: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
const RFC_8463_ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// When mail-auth's messages were verified: after the last signature, before the first expires.
const MAIL_AUTH_TIME: Time = Time::from_secs(1_667_865_600);

/// A message with the records of its signatures, and the results of all of them.
struct Signed {
    table: Table,
    message: Vec<u8>,
    at: Time,
    results: Expected,
}

enum Expected {
    These(Vec<DkimResult>),
    AllPass,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("rfc8463", "dkim/mimekit-dkim")
            .cases_min(2)
            .cases(|folder| rfc_8463(&suites::text(&folder.join("rfc8463-example.msg"))))
            .check(verify_signed),
    );
    all.add(
        Suite::new("dkim-mail-auth", "dkim/mail-auth-dkim")
            .cases(|folder| {
                let case = |file: &_| {
                    let (table, message) = crate::with_records(file);
                    let signed = Signed {
                        table,
                        message,
                        at: MAIL_AUTH_TIME,
                        results: Expected::AllPass,
                    };
                    (crate::stem(file), signed)
                };
                crate::samples(folder)
                    .iter()
                    .map(|file| case(file))
                    .collect()
            })
            .check(verify_signed),
    );
    all.add(
        Suite::new("dkimpy-signed", "dkim/dkimpy-data")
            .cases_min(2)
            .cases(dkimpy_signed)
            .check(verify_signed),
    );
    all.add(
        Suite::new("dkimpy-sign", "dkim/dkimpy-data")
            .cases_min(7)
            .cases(dkimpy_sign)
            .check(sign_and_verify),
    );
    all.add(
        Suite::new("mail-dkim", "dkim/mail-dkim-corpus")
            .cases_min(27)
            .cases(mail_dkim)
            .check(mail_dkim_verdict),
    );
}

fn verify(table: &Table, message: &[u8], at: Time) -> Vec<Dkim> {
    let mut world = table.clone().world();
    world.clock = Arc::new(FixedClock(at));
    let mut dns = DnsLookups::new(&world);
    let mut reader = MessageReader::default();
    message.chunks(97).for_each(|piece| reader.write(piece));
    block_on(reader.finish().verify_dkim(&mut dns))
}

struct FixedClock(Time);

impl Clock for FixedClock {
    fn now(&self) -> Time {
        self.0
    }

    fn sleep_until(&self, _at: Time) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn verify_signed(case: &Signed) -> Verdict {
    let verdicts = verify(&case.table, &case.message, case.at);
    let results: Vec<_> = verdicts.iter().map(|d| d.result).collect();
    let agrees = match &case.results {
        Expected::These(expected) => results == *expected,
        Expected::AllPass => !results.is_empty() && results.iter().all(|r| *r == DkimResult::Pass),
    };
    Verdict::when(agrees, || format!("{verdicts:#?}"))
}

fn football() -> Table {
    let mut table = Table::default();
    table.text("test._domainkey.football.example.com", RFC_8463_RSA);
    table.text("brisbane._domainkey.football.example.com", RFC_8463_ED25519);
    table
}

fn rfc_8463(message: &str) -> Vec<(String, Signed)> {
    let changed = message.replace("We lost", "We won");
    let case = |message: &str, result| Signed {
        table: football(),
        message: suites::crlf(message.as_bytes()),
        at: STILL,
        results: Expected::These(vec![result; 2]),
    };
    vec![
        ("sample".into(), case(message, DkimResult::Pass)),
        ("changed-body".into(), case(&changed, DkimResult::Fail)),
    ]
}

/// The signed messages of dkimpy, and one of them with a damaged key.
fn dkimpy_signed(folder: &Path) -> Vec<(String, Signed)> {
    let mut cases = Vec::new();
    for file in suites::files(folder, &["msg"]) {
        let name = crate::stem(&file);
        let mut table = football();
        if name == "ed25519test2" {
            let record = suites::text(&folder.join("eximtest.dns"));
            table.text("sed._domainkey.test.ex", record.trim());
        } else if !name.starts_with("rfc6376.signed") {
            continue;
        }
        let message = suites::crlf(&suites::bytes(&file));
        if name == "rfc6376.signed.rsa" {
            let mut table = Table::default();
            let damaged = RFC_8463_RSA.replace("MIGf", "MFw");
            table.text("test._domainkey.football.example.com", &damaged);
            let case = Signed {
                table,
                message: message.clone(),
                at: STILL,
                results: Expected::These(vec![DkimResult::PermError]),
            };
            cases.push((format!("{name}-damaged-key"), case));
        }
        let results = match name.as_str() {
            // Its signature field was changed after signing.
            "rfc6376.signed.no_t" => Expected::These(vec![DkimResult::Fail]),
            _ => Expected::AllPass,
        };
        let signed = Signed {
            table,
            message,
            at: STILL,
            results,
        };
        cases.push((name, signed));
    }
    cases
}

/// A message that is signed here.
struct Unsigned {
    key: Arc<PrivateKey>,
    record: String,
    message: Vec<u8>,
    /// `None` if it cannot be signed.
    result: Option<DkimResult>,
}

/// Each message of dkimpy with each of its keys.
fn dkimpy_sign(folder: &Path) -> Vec<(String, Unsigned)> {
    let read = |name: &str| suites::text(&folder.join(name));
    let pem = read("2048_testkey.key");
    let rsa: String = pem.lines().filter(|l| !l.starts_with("-----")).collect();
    let rsa = PrivateKey::from_der(Algorithm::RsaSha256, &decode(&rsa)).unwrap();
    let seed: [u8; 32] = decode(read("ed25519test.key").trim()).try_into().unwrap();
    let der = PrivateKey::ed25519_der(&seed);
    let ed25519 = PrivateKey::from_der(Algorithm::Ed25519Sha256, &der).unwrap();
    let keys = [("rsa", Arc::new(rsa)), ("ed25519", Arc::new(ed25519))];
    let mut cases = Vec::new();
    for file in suites::files(folder, &["msg", "message"]) {
        for (kind, key) in &keys {
            let name = format!("{}-{kind}", file.file_name().unwrap().to_string_lossy());
            let has_from = !name.starts_with("test_nofrom");
            let case = Unsigned {
                key: key.clone(),
                record: key.record(),
                message: suites::crlf(&suites::bytes(&file)),
                result: has_from.then_some(DkimResult::Pass),
            };
            cases.push((name, case));
        }
    }
    let wrong_version = Unsigned {
        key: keys[0].1.clone(),
        record: read("badversion.txt"),
        message: suites::crlf(read("test.message").as_bytes()),
        result: Some(DkimResult::PermError),
    };
    cases.push(("badversion".into(), wrong_version));
    cases
}

fn sign_and_verify(case: &Unsigned) -> Verdict {
    let message = &case.message;
    let end = message.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let mut hashing = Hashing::default();
    hashing.write(&message[end..]);
    let hash = hashing.finish();
    let (header, at) = (&message[..end], Time(0));
    let signed = sign(&case.key, "example.com", "test", header, &hash, at);
    let (field, expected) = match (signed, case.result) {
        (Ok(signed), Some(expected)) => (signed.field, expected),
        (Err(_), None) => return Verdict::Agrees,
        (Err(error), Some(_)) => return Verdict::Differs(format!("not signed: {error:?}")),
        (Ok(_), None) => return Verdict::Differs("it was signed".into()),
    };
    let mut table = Table::default();
    table.text("test._domainkey.example.com", &case.record);
    let verdicts = verify(&table, &[field.as_bytes(), message].concat(), STILL);
    Verdict::when(verdicts[0].result == expected, || format!("{verdicts:#?}"))
}

fn decode(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

/// A message of Mail::DKIM with what that says of it.
struct Case {
    table: Arc<Table>,
    message: Vec<u8>,
    expected: Value,
}

fn mail_dkim(folder: &Path) -> Vec<(String, Case)> {
    let mut table = Table::default();
    for (_, line) in suites::lines(&folder.join("FAKE_DNS.dat"), "#") {
        let Some((name, text)) = line.trim().split_once(char::is_whitespace) else {
            continue;
        };
        match text.trim() {
            "NXDOMAIN" => {}
            text if text.starts_with("~~") => table.fail(name, Failure::Timeout),
            text => table.text(name, text),
        }
    }
    let table = Arc::new(table);
    let expected = suites::json(&folder.join("expected.json"));
    let cases = expected.as_array().unwrap().iter().map(|expected| {
        let file = expected["file"].as_str().unwrap();
        let case = Case {
            table: table.clone(),
            message: suites::bytes(&folder.join(file)),
            expected: expected.clone(),
        };
        (file.to_owned(), case)
    });
    cases.collect()
}

fn mail_dkim_verdict(case: &Case) -> Verdict {
    let verdicts = verify(&case.table, &case.message, STILL);
    let passes = verdicts.iter().any(|d| d.result == DkimResult::Pass);
    let fails = verdicts.iter().any(|d| d.result == DkimResult::Fail);
    // RFC 6376 demands a pass of v=1 alone, RFC 8301 of sha256 and 1024 bits; where Mail::DKIM
    // passes the rest, a reason to refuse it will do.
    let mut signatures = case.expected["signatures"].as_array().unwrap().iter();
    let modern = signatures.any(|s| {
        let strong = s["key"] == "ed25519" || s["key"].as_u64().is_some_and(|bits| bits >= 1024);
        s["v"] == "1" && s["a"] != "rsa-sha1" && strong
    });
    let good = match case.expected["expect"].as_str().unwrap() {
        "pass" if modern => passes,
        // Not merely a signature that fits nothing.
        "pass" => !passes && !fails,
        _ => !passes,
    };
    Verdict::when(good, || format!("{} but {verdicts:#?}", case.expected))
}

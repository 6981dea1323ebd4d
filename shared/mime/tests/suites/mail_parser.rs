//! Whole messages against the parses of mail-parser: what a reader would notice.

use std::path::Path;

use crate::folded;
use serde_json::Value;
use suites::{Exception, Suite, Suites, Verdict};

/// A message with mail-parser's parse of it.
struct Case {
    message: Vec<u8>,
    parse: Value,
}

pub fn add(all: &mut Suites) {
    for (name, data, count) in [
        ("parses-rfc", "mime/mail-parser-rfc", 10),
        ("parses-thirdparty", "mime/mail-parser-thirdparty", 20),
        ("parses-regressions", "mime/mail-parser-regressions", 70),
        ("parses-malformed", "mime/mail-parser-malformed", 24),
        ("parses-legacy", "mime/mail-parser-legacy", 50),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(count)
                .cases(|folder| {
                    let all = suites::files(folder, &["eml"]).into_iter();
                    all.filter_map(|file| case(&file)).collect()
                })
                .except(exceptions(name))
                .check(check),
        );
    }
}

const ONE_WORD: Exception<Case> = Exception {
    theme: "an author of one word",
    reason: "a word without a phrase and angle brackets is an address (RFC 5322 §3.4), here without its domain",
    applies: |case| {
        let from = header(&case.parse, "From");
        from.is_some_and(|from| shown_addresses(from).iter().any(|one| one.ends_with(" <>")))
    },
};

const COMMENT_NAME: Exception<Case> = Exception {
    theme: "an author with a comment",
    reason: "a comment is no part of the name (RFC 5322 §3.4); it is shown only where there is no name",
    applies: |case| {
        let from = header(&case.parse, "From");
        from.is_some_and(|from| shown_addresses(from).iter().any(|one| one.contains(" (")))
    },
};

const NO_HEADER: Exception<Case> = Exception {
    theme: "a message that begins with no field",
    reason: "there is no header then (RFC 5322 §3.5), and all is body",
    applies: |case| {
        let first = case.message.split(|b| *b == b'\n').next();
        first.is_some_and(|line| !line.contains(&b':'))
    },
};

const TWO_TYPES: Exception<Case> = Exception {
    theme: "two Content-Type fields in one header",
    reason: "at most one is permitted (RFC 2045 §3); the first counts",
    applies: |case| {
        let text = String::from_utf8_lossy(&case.message).to_ascii_lowercase();
        let header = text.split("\n\n").next().unwrap_or_default();
        header.matches("\ncontent-type:").count() > 1
    },
};

const RAW_SUBJECT: Exception<Case> = Exception {
    theme: "8-bit characters in a header that is not UTF-8",
    reason: "RFC 5322 §2.2 permits ASCII alone; they are read in the charset that they fit, where mail-parser shows replacement characters",
    applies: |case| {
        let subject = header(&case.parse, "Subject").and_then(|v| v["text"].as_str());
        subject.is_some_and(|subject| subject.contains('\u{FFFD}'))
    },
};

const UUENCODED: Exception<Case> = Exception {
    theme: "uuencoded files in a text",
    reason: "they are attachments here, as in other mail programs, and no text",
    applies: |case| case.message.windows(7).any(|bytes| bytes == b"\nbegin "),
};

fn exceptions(name: &str) -> &'static [Exception<Case>] {
    match name {
        "parses-rfc" => &[ONE_WORD],
        "parses-regressions" => &[ONE_WORD, COMMENT_NAME, NO_HEADER],
        "parses-malformed" => &[TWO_TYPES],
        "parses-legacy" => &[RAW_SUBJECT, UUENCODED],
        _ => &[],
    }
}

fn case(file: &Path) -> Option<(String, Case)> {
    let parse = file.with_extension("json");
    parse.exists().then(|| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let message = suites::bytes(file);
        let parse = suites::json(&parse);
        (name, Case { message, parse })
    })
}

/// The first value of a field in the header of the message.
fn header<'a>(parse: &'a Value, name: &str) -> Option<&'a Value> {
    let root = usize::try_from(parse["messages"][0]["root"].as_u64()?).ok()?;
    let headers = parse["parts"][root]["headers"].as_array()?;
    let field = headers.iter().find(|header| {
        let found = header["name"].as_str();
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    });
    field.map(|field| &field["value"])
}

/// Addresses as `name <address>`, groups opened.
fn shown_addresses(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |m: &Value| format!("{} <{}>", text(&m["name"]), text(&m["address"]));
    let list = value["address"].as_array().into_iter().flatten();
    list.flat_map(|item| match item["group"]["mailboxes"].as_array() {
        Some(mailboxes) => mailboxes.iter().map(one).collect(),
        None => vec![one(&item["mailbox"])],
    })
    .collect()
}

fn check(case: &Case) -> Verdict {
    let parsed = mime::read(&case.message);
    let subject = header(&case.parse, "Subject").and_then(|v| v["text"].as_str());
    let subject = subject.map_or(Verdict::Agrees, |subject| {
        Verdict::compare(&folded(&parsed.subject), &folded(subject))
    });
    subject
        .and(|| {
            let Some(from) = header(&case.parse, "From") else {
                return Verdict::Agrees;
            };
            let got: Vec<_> = parsed
                .from
                .iter()
                .map(|c| format!("{} <{}>", c.name, c.address))
                .collect();
            Verdict::compare(&got, &shown_addresses(from))
        })
        .and(|| {
            let got = folded(&parsed.text);
            let bodies = case.parse["messages"][0]["text_body"].as_array();
            let missing = bodies.into_iter().flatten().find_map(|id| {
                let part = &case.parse["parts"][usize::try_from(id.as_u64()?).ok()?];
                let text = part["text"].as_str().filter(|_| part["kind"] != "html")?;
                (!got.contains(&folded(text))).then_some(text)
            });
            missing.map_or(Verdict::Agrees, |text| {
                Verdict::Differs(format!("no text {text:?} in {:?}", parsed.text))
            })
        })
}

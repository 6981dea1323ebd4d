//! Whole messages against the parses of Mime4j and mail-parser: part trees, decoded bodies, decoded
//! headers and texts.

use std::path::PathBuf;

use crate::folder::{corpus, files};
use crate::value::Value;

/// The shape of a message: `m[…]` for a multipart, `r(…)` for a message in a part, `.` for content.
fn shape(structure: &Value) -> String {
    let items = structure.list();
    if matches!(items.first(), Some(Value::List(_))) {
        let parts: Vec<_> = items
            .iter()
            .take_while(|i| matches!(i, Value::List(_)))
            .map(shape)
            .collect();
        return format!("m[{}]", parts.join(" "));
    }
    if items.first().is_some_and(|k| k.is_text("message"))
        && items.get(1).is_some_and(|s| s.is_text("rfc822"))
    {
        return format!("r({})", shape(&items[8]));
    }
    ".".to_owned()
}

/// The same from Mime4j's XML: `<message>` inside `<body-part>` is a message in a part.
fn xml_shape(xml: &str) -> String {
    let mut out = String::new();
    let mut rest = xml;
    let mut open: Vec<&str> = Vec::new();
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else {
            break;
        };
        let tag = &rest[start + 1..start + end];
        rest = &rest[start + end + 1..];
        let nested = open
            .last()
            .is_some_and(|o| *o == "body-part" || *o == "message");
        match tag {
            "message" if nested => out.push_str("r("),
            "multipart" => out.push_str("m["),
            "body" => out.push('.'),
            "/multipart" => {
                out.truncate(out.trim_end().len());
                out.push(']');
            }
            "/body-part" => out.push(' '),
            "/message" if open.len() > 1 => out.push(')'),
            _ => {}
        }
        match tag.strip_prefix('/') {
            Some(_) => {
                open.pop();
            }
            None => open.push(tag),
        }
    }
    out
}

/// Intended differences: name and reason.
const OTHERWISE: [(&str, &str); 13] = [
    (
        "base64encoded-rfc822message-nested",
        "an inner message may not be encoded (RFC 2046 §5.2.1); IMAP's numbers count what is stored",
    ),
    ("multi-2gifs-base64", "the same"),
    (
        "missing-boundary",
        "a multipart without parts is shown as text",
    ),
    ("missing-inner-start-boundary", "the same"),
    ("multipartnopart", "the same"),
    (
        "very-long-boundary",
        "white space at a line's end is padding (RFC 2046 §5.1.1), so the line that lacks it delimits too",
    ),
    (
        "very-very-long-boundary",
        "the boundary is past our limit: shown as text",
    ),
    ("malformedHeader-noheader", "without a header all is body"),
    ("malformedHeaderStartsBody-noheader", "the same"),
    (
        "malformedHeaderStartsBody-nocrlfcrlf",
        "a stray line is passed over where an empty line follows later",
    ),
    (
        "multipartdigestnestedemptyparts",
        "Mime4j counts the root of an inner message as a level, IMAP does not",
    ),
    ("multipartnestedemptyparts", "the same"),
    (
        "malformedHeaderStartsBody",
        "a stray line is passed over where an empty line follows later",
    ),
];

fn mime4j(folder: &str) {
    let Some(folder) = corpus(folder) else { return };
    let mut wrong = Vec::new();
    let all = files(&folder);
    for path in all
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "msg"))
    {
        let message = std::fs::read(path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if OTHERWISE.iter().any(|(n, _)| *n == name) {
            continue;
        }
        let xml = std::fs::read(path.with_extension("xml")).unwrap();
        let expected = xml_shape(&String::from_utf8_lossy(&xml));
        let got = shape(&Value::read_all(&mime::outline(&message).body_structure).unwrap()[0]);
        if got != expected {
            wrong.push(format!("{name}: {got} instead of {expected}"));
        }
        decoded_bodies(&all, name, &message, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `NAME_decoded_1_2.txt`: the decoded body of the part that IMAP calls 2.
fn decoded_bodies(all: &[PathBuf], name: &str, message: &[u8], wrong: &mut Vec<String>) {
    for path in all {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let Some(number) = stem
            .strip_prefix(name)
            .and_then(|s| s.strip_prefix("_decoded_1"))
        else {
            continue;
        };
        let part = number.trim_start_matches('_').replace('_', ".");
        let part = if part.is_empty() {
            "1".to_owned()
        } else {
            part
        };
        let expected = std::fs::read(path).unwrap();
        match mime::attachment(message, &part) {
            Some(content) if same(&content.bytes, &expected) => {}
            Some(content) => wrong.push(format!(
                "{name} part {part}: {} octets instead of {}",
                content.bytes.len(),
                expected.len()
            )),
            None => wrong.push(format!("{name}: no part {part}")),
        }
    }
}

fn same(a: &[u8], b: &[u8]) -> bool {
    let plain = |t: &[u8]| -> Vec<u8> {
        t.iter()
            .copied()
            .filter(|b| !matches!(b, b'\r' | b'\n'))
            .collect()
    };
    plain(a) == plain(b)
}

#[test]
fn part_trees_and_bodies_agree_with_mime4j() {
    mime4j("mime/mime4j-testmsgs");
}

#[test]
fn part_trees_and_bodies_agree_with_mimetools() {
    mime4j("mime/mime4j-mimetools-testmsgs");
}

/// Addresses as `name <address>`, groups opened.
fn shown_addresses(value: &serde_json::Value) -> Vec<String> {
    let one = |m: &serde_json::Value| {
        format!(
            "{} <{}>",
            m["name"].as_str().unwrap_or_default(),
            m["address"].as_str().unwrap_or_default()
        )
    };
    let list = value["address"].as_array().cloned().unwrap_or_default();
    list.iter()
        .flat_map(|item| {
            if item["mailbox"].is_object() {
                vec![one(&item["mailbox"])]
            } else {
                item["group"]["mailboxes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(one)
                    .collect()
            }
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Compares what a reader would notice: subject, authors, message id, text, number of attachments.
fn mail_parser(folder: &str, otherwise: &[(&str, &str)]) {
    let Some(folder) = corpus(folder) else { return };
    let mut wrong = Vec::new();
    for path in files(&folder)
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == "eml"))
    {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Ok(json) = std::fs::read_to_string(path.with_extension("json")) else {
            continue;
        };
        if otherwise.iter().any(|(n, _)| *n == name) {
            continue;
        }
        let parse: serde_json::Value = serde_json::from_str(&json).unwrap();
        let parsed = mime::read(&std::fs::read(&path).unwrap());
        let parts = parse["parts"].as_array().unwrap();
        let header = |name: &str| {
            let headers = parts[parse["messages"][0]["root"].as_u64().unwrap() as usize]["headers"]
                .as_array()
                .unwrap()
                .clone();
            headers
                .into_iter()
                .find(|h| h["name"].as_str().unwrap().eq_ignore_ascii_case(name))
                .map(|h| h["value"].clone())
        };
        let subject = header("Subject").and_then(|v| v["text"].as_str().map(words));
        if subject
            .as_ref()
            .is_some_and(|s| words(&parsed.subject) != *s)
        {
            wrong.push(format!(
                "{name}: subject {:?} instead of {subject:?}",
                parsed.subject
            ));
        }
        if let Some(from) = header("From") {
            let got: Vec<_> = parsed
                .from
                .iter()
                .map(|c| format!("{} <{}>", c.name, c.address))
                .collect();
            if got != shown_addresses(&from) {
                wrong.push(format!(
                    "{name}: from {got:?} instead of {:?}",
                    shown_addresses(&from)
                ));
            }
        }
        for id in parse["messages"][0]["text_body"].as_array().unwrap() {
            let part = &parts[id.as_u64().unwrap() as usize];
            let is_html = part["kind"] == "html";
            let Some(text) = part["text"].as_str().filter(|_| !is_html) else {
                continue;
            };
            if !words(&parsed.text)
                .join(" ")
                .contains(&words(text).join(" "))
            {
                wrong.push(format!(
                    "{name}: text {:?} instead of {:?}",
                    parsed.text, text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_agree_with_mail_parser_on_the_samples_of_the_rfcs() {
    mail_parser(
        "mime/mail-parser-rfc",
        &[("004", "one word alone is a local part, not a name")],
    );
}

#[test]
fn messages_agree_with_mail_parser_on_real_messages() {
    mail_parser("mime/mail-parser-thirdparty", &[]);
}

#[test]
fn messages_agree_with_mail_parser_on_single_rules() {
    mail_parser(
        "mime/mail-parser-regressions",
        &[
            (
                "blank-continuation-in-header-block",
                "one word alone is a local part, not a name",
            ),
            (
                "garbage-line-before-fold",
                "what begins with no field is all body",
            ),
            (
                "readme-example",
                "a comment is a name only where there is no other",
            ),
        ],
    );
}

#[test]
fn messages_agree_with_mail_parser_on_malformed_messages() {
    mail_parser(
        "mime/mail-parser-malformed",
        &[
            ("020", "the first Content-Type counts: a multipart"),
            ("021", "the same"),
        ],
    );
}

//! Part trees and decoded bodies against the parses of Mime4j.

use std::path::{Path, PathBuf};

use crate::value::Value;
use suites::{Exception, Suite, Suites, Verdict};

/// A message with Mime4j's parse of it.
struct Case {
    message: Vec<u8>,
    /// The part tree.
    shape: String,
    /// Decoded bodies with the numbers that IMAP gives their parts.
    bodies: Vec<(String, PathBuf)>,
}

pub fn add(all: &mut Suites) {
    for (name, data) in [
        ("mime4j", "mime/mime4j-testmsgs"),
        ("mimetools", "mime/mime4j-mimetools-testmsgs"),
    ] {
        all.add(
            Suite::new(name, data)
                .cases_min(18)
                .cases(read)
                .except(exceptions(name))
                .check(check),
        );
    }
}

impl Case {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.message).replace("\r\n", "\n")
    }

    /// The header of the message and everything else that stands between empty lines.
    fn has_block(&self, is_wanted: impl Fn(&str) -> bool) -> bool {
        let text = self.text().to_ascii_lowercase();
        text.split("\n\n").any(is_wanted)
    }

    fn boundaries(&self) -> Vec<String> {
        let text = self.text();
        let values = text.split("boundary=\"").skip(1);
        let values = values.filter_map(|rest| rest.split('"').next());
        values.map(str::to_owned).collect()
    }
}

const ENCODED_MESSAGE: Exception<Case> = Exception {
    theme: "an inner message or multipart that is encoded",
    reason: "it may not be (RFC 2046 §5.2.1, RFC 2045 §6.4); part numbers count what is stored",
    applies: |case| {
        case.has_block(|block| {
            let composite = block.contains("message/rfc822") || block.contains("multipart/");
            composite && block.contains("content-transfer-encoding: base64")
        })
    },
};

const EXCEPTIONS: [Exception<Case>; 5] = [
    ENCODED_MESSAGE,
    Exception {
        theme: "a multipart without parts",
        reason: "it must have one (RFC 2046 §5.1.1); it is shown as text, so that nothing is lost",
        applies: |case| {
            let text = case.text();
            let has_part = |boundary: &String| text.contains(&format!("\n--{boundary}\n"));
            !case.boundaries().iter().all(has_part)
        },
    },
    Exception {
        theme: "a boundary of more than 70 characters",
        reason: "70 are permitted, and white space at the end of a line is padding (RFC 2046 §5.1.1)",
        applies: |case| case.boundaries().iter().any(|boundary| boundary.len() > 70),
    },
    Exception {
        theme: "a line in the header that is no field",
        reason: "RFC 5322 §2.2 has no such line; where an empty line follows, the header goes on until there, else all is body",
        applies: |case| {
            let text = case.text();
            let header = text.split("\n\n").next().unwrap_or_default();
            let is_field = |line: &str| line.starts_with([' ', '\t']) || line.contains(':');
            !header.lines().all(is_field)
        },
    },
    Exception {
        theme: "an inner message that is a multipart",
        reason: "IMAP gives its parts the numbers below the message's own (RFC 3501 §6.4.5); Mime4j counts one level more",
        applies: |case| case.shape.contains("r(m["),
    },
];

fn exceptions(name: &str) -> &'static [Exception<Case>] {
    match name {
        "mime4j" => &EXCEPTIONS,
        _ => &[ENCODED_MESSAGE],
    }
}

fn read(folder: &Path) -> Vec<(String, Case)> {
    let all = suites::files(folder, &[]);
    let messages = suites::files(folder, &["msg"]).into_iter();
    messages
        .map(|file| {
            let name = stem(&file);
            let case = Case {
                message: suites::bytes(&file),
                shape: xml_shape(&suites::text(&file.with_extension("xml"))),
                bodies: bodies(&all, &name),
            };
            (name, case)
        })
        .collect()
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}

/// `NAME_decoded_1_2.txt`: the decoded body of the part that IMAP calls 2.
fn bodies(all: &[PathBuf], name: &str) -> Vec<(String, PathBuf)> {
    let number = |file: &PathBuf| {
        let stem = stem(file);
        let number = stem.strip_prefix(name)?.strip_prefix("_decoded_1")?;
        let part = number.trim_start_matches('_').replace('_', ".");
        Some(if part.is_empty() {
            "1".to_owned()
        } else {
            part
        })
    };
    let numbered = all
        .iter()
        .filter_map(|file| Some((number(file)?, file.clone())));
    numbered.collect()
}

fn check(case: &Case) -> Verdict {
    let outline = mime::outline(&case.message);
    let got = shape(&Value::read_all(&outline.body_structure).unwrap()[0]);
    Verdict::compare(&got, &case.shape).and(|| {
        let different = case.bodies.iter().find_map(|(part, file)| {
            let expected = suites::bytes(file);
            match mime::attachment(&case.message, part) {
                Some(content) if same(&content.bytes, &expected) => None,
                Some(content) => Some(format!(
                    "part {part}: {} bytes instead of {}",
                    content.bytes.len(),
                    expected.len()
                )),
                None => Some(format!("no part {part}")),
            }
        });
        different.map_or(Verdict::Agrees, Verdict::Differs)
    })
}

fn same(a: &[u8], b: &[u8]) -> bool {
    let plain = |t: &[u8]| -> Vec<u8> {
        let bytes = t.iter().copied();
        bytes.filter(|b| !matches!(b, b'\r' | b'\n')).collect()
    };
    plain(a) == plain(b)
}

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

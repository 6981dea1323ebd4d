//! International domain names: whatever Unicode's table has as valid is a domain here, in U-labels
//! and in A-labels.

use mail::Domain;
use std::path::Path;
use suites::{Exception, Suite, Suites, Verdict};

/// A valid name in both forms (UTS #46, without transitional processing).
struct Case {
    unicode: String,
    ascii: String,
}

pub fn add(all: &mut Suites) {
    all.add(
        Suite::new("idna", "address/idna")
            .cases_min(300)
            .cases(|folder| {
                let table = suites::files(folder, &["txt"]).into_iter().find(|file| {
                    let name = file.file_name().unwrap_or_default().to_string_lossy();
                    name.starts_with("IdnaTestV2")
                });
                valid_names(&table.unwrap())
            })
            .except(&EXCEPTIONS)
            .check(|case| {
                let domain = Domain::new(&case.unicode);
                Verdict::when(
                    domain.as_ref().is_ok_and(|d| d.as_str() == case.unicode),
                    || format!("{:?}: {domain:?}", case.unicode),
                )
                .and(|| {
                    let domain = Domain::new(&case.ascii);
                    Verdict::when(domain.is_ok(), || format!("{:?}: {domain:?}", case.ascii))
                })
            }),
    );
}

const EXCEPTIONS: [Exception<Case>; 1] = [Exception {
    theme: "symbols",
    reason: "UTS #46 maps and keeps more than IDNA2008 permits: letters, marks and digits (RFC 5892 §2.1)",
    applies: |case| case.unicode.chars().any(is_symbol),
}];

// Neither a letter, a mark nor a digit; not one of the exceptions of RFC 5892 §2.6.
fn is_symbol(c: char) -> bool {
    let is_word = c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    !is_word
        && !"-.\u{b7}\u{375}\u{5f3}\u{5f4}\u{6fd}\u{6fe}\u{f0b}\u{200c}\u{200d}\u{30fb}".contains(c)
}

// Columns: source; toUnicode; its status; toAsciiN; its status; … A blank column repeats the one
// before, `[]` is no error, `""` is an empty string.
fn valid_names(file: &Path) -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for (number, line) in suites::lines(file, "#") {
        let line = line.split('#').next().unwrap_or_default();
        let columns: Vec<String> = line.split(';').map(|c| unescaped(c.trim())).collect();
        let [source, unicode, unicode_status, ascii, ascii_status, ..] = columns.as_slice() else {
            continue;
        };
        let or = |text: &String, other: &String| match text.as_str() {
            "" => other.clone(),
            "\"\"" => String::new(),
            _ => text.clone(),
        };
        let unicode = or(unicode, source);
        let ascii = or(ascii, &unicode);
        let is_valid = |status: &str| matches!(status, "" | "[]");
        let ascii_is_valid = match ascii_status.as_str() {
            "" => is_valid(unicode_status),
            status => is_valid(status),
        };
        if is_valid(unicode_status) && ascii_is_valid && !unicode.is_empty() {
            cases.push((number.to_string(), Case { unicode, ascii }));
        }
    }
    cases
}

// `\uXXXX` and `\x{XXXX}`
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (digits, after) = match escape.strip_prefix("x{") {
            Some(braced) => braced.split_once('}').unwrap(),
            None => escape[1..].split_at(4),
        };
        let code = u32::from_str_radix(digits, 16).unwrap();
        // A surrogate alone occurs in invalid names only.
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    out.push_str(rest);
    out
}

//! What is not demanded of the tables of header fields, with the reasons.

use super::headers::text;
use serde_json::Value;
use suites::Exception;

pub const WORDS: [Exception<Value>; 1] = [Exception {
    theme: "the number of replacement characters",
    reason: "each byte that is not UTF-8 is replaced (Encoding Standard, UTF-8 decoder); RFC 2047 does not say",
    applies: |case| text(case, "output").contains('\u{FFFD}'),
}];

pub const UNSTRUCTURED: [Exception<Value>; 1] = [Exception {
    theme: "an encoded word with a bad escape",
    reason: "it is still a word (RFC 2047 §6.2 forbids to fail on it); the escape is shown",
    applies: |case| {
        let header = text(case, "header");
        let mut escapes = header
            .split("?q?")
            .skip(1)
            .flat_map(|word| word.split('=').skip(1));
        escapes.any(|rest| {
            let digits = rest.get(..2).unwrap_or_default();
            !rest.starts_with('?') && u8::from_str_radix(digits, 16).is_err()
        })
    },
}];

pub const DATES: [Exception<Value>; 8] = [
    Exception {
        theme: "a date that is no day or time",
        reason: "month, day, hour, minute and second have their ranges (RFC 5322 §3.3)",
        applies: |case| {
            let past =
                |key: &str, max: u64| case["expected"][key].as_u64().is_some_and(|n| n > max);
            past("day", 31) || past("hour", 23) || past("minute", 59)
        },
    },
    Exception {
        theme: "no name of a month",
        reason: "a date has one (RFC 5322 §3.3)",
        applies: |case| !words(case).any(|word| MONTHS.contains(&word.as_str())),
    },
    Exception {
        theme: "a Received field",
        reason: "its date is what follows the last semicolon (RFC 5322 §3.6.7); only that is passed",
        applies: |case| text(case, "header").starts_with("by "),
    },
    Exception {
        theme: "nested comments",
        reason: "comments nest (RFC 5322 §3.2.2)",
        applies: |case| text(case, "header").contains("(("),
    },
    Exception {
        theme: "a month or time in another form",
        reason: "full names, hyphens and times without seconds are seen in mail; the last are permitted (RFC 5322 §3.3)",
        applies: |case| {
            let header = text(case, "header");
            let has_seconds = header.matches(':').count() > 1;
            header.contains("June") || header.contains("-Jan-") || !has_seconds
        },
    },
    Exception {
        theme: "a year of three digits",
        reason: "1900 is added (RFC 5322 §4.3)",
        applies: |case| words(case).any(|word| word.len() == 3 && word.parse::<u16>().is_ok()),
    },
    Exception {
        theme: "a zone in letters",
        reason: "names are compared without case, and an unknown one counts as UTC (RFC 5322 §4.3)",
        applies: |case| zone(case).starts_with(|c: char| c.is_ascii_alphabetic()),
    },
    Exception {
        theme: "a zone that is not four digits with a sign, alone",
        reason: "RFC 5322 §3.3 has no other; one or two digits are hours, more are hours and minutes, none is UTC, and what follows is left out",
        applies: |case| {
            let zone = zone(case);
            let digits = zone.strip_prefix(['+', '-']).unwrap_or_default();
            digits.len() != 4 || digits.parse::<u16>().is_err()
        },
    },
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The words of a date, the names of months cut to three letters.
fn words(case: &Value) -> impl Iterator<Item = String> {
    let header = text(case, "header");
    let words = header.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(|word| {
        let cut = word
            .get(..3)
            .filter(|_| word.starts_with(|c: char| c.is_alphabetic()));
        cut.unwrap_or(word).to_ascii_lowercase()
    })
}

/// What follows the time.
fn zone(case: &Value) -> &str {
    let header = text(case, "header");
    let after = header.rsplit(':').next().unwrap_or_default();
    after
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim()
}

pub const ADDRESSES: [Exception<Value>; 7] = [
    Exception {
        theme: "comments",
        reason: "a comment is no part of name or address (RFC 5322 §3.2.2, §3.4); it is shown only where there is no name",
        applies: |case| text(case, "header").contains('('),
    },
    Exception {
        theme: "a source route, or white space in an address",
        reason: "a route is ignored, and so is the white space (RFC 5322 §4.4)",
        applies: |case| text(case, "header").contains("<@"),
    },
    Exception {
        theme: "a forgotten comma",
        reason: "one mailbox has one address (RFC 5322 §3.4): both are kept",
        applies: |case| {
            let mut items = text(case, "header").split(',');
            items.any(|item| item.matches('@').count() > 1)
        },
    },
    Exception {
        theme: "an encoded word in an address",
        reason: "it may not be there (RFC 2047 §5 (3)), and is not decoded",
        applies: |case| text(case, "header").replace("< ", "<").contains("<=?"),
    },
    Exception {
        theme: "a quoted string that does not end",
        reason: "RFC 5322 §3.2.4 has none; its quotation mark counts as any character",
        applies: |case| text(case, "header").matches('"').count() % 2 == 1,
    },
    Exception {
        theme: "a quoted word after another",
        reason: "the words of a phrase stand apart (RFC 5322 §3.2.5)",
        applies: |case| {
            text(case, "header")
                .trim()
                .find('"')
                .is_some_and(|at| at > 0)
        },
    },
    Exception {
        theme: "a name and an address without angle brackets",
        reason: "an address has no spaces (RFC 5322 §3.4.1): the words before it are a name",
        applies: |case| {
            let header = text(case, "header").trim();
            !header.contains('<') && header.contains('@') && header.contains(' ')
        },
    },
];

pub const SUBJECTS: [Exception<Value>; 2] = [
    Exception {
        theme: "a prefix of another language",
        reason: "RFC 5256 §2.1 has re, fw and fwd; a few of other languages are added, and none that is an ordinary word",
        applies: |case| {
            let subject = text(case, "input").to_lowercase();
            let Some((prefixes, _)) = subject.rsplit_once([':', '：']) else {
                return false;
            };
            let mut prefixes = prefixes.split([':', '：']);
            prefixes.any(|prefix| !["re", "fw", "fwd"].contains(&prefix.trim()))
        },
    },
    Exception {
        theme: "a list's tag before another",
        reason: "tags are removed while something is left (RFC 5256 §2.1 (4))",
        applies: |case| text(case, "expected").starts_with('['),
    },
];

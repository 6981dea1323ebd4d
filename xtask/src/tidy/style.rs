//! Vocabulary and comment width. Names follow the RFCs and common mail software, so a short list of
//! words that once stood for them is banned; comments are at most 100 columns wide.
//!
//! A line is exempt if it, or the line above it, has `tidy-allow: reason`.

use super::Finding;
use super::rust_text::code_only;

const COMMENT_COLUMNS_MAX: usize = 100;
const EXEMPT: &str = "tidy-allow:";

/// Parts of identifiers, with the standard term.
const IDENTIFIER_PARTS: [(&str, &str); 7] = [
    ("octets", "bytes"),
    ("told", "a noun for what it holds"),
    ("said", "reply, line"),
    ("whose", "owner, address"),
    ("parcel", "transaction"),
    ("veil", "redactor"),
    ("tongue", "locale"),
];

/// File names of modules, without the ending.
const MODULES: [&str; 9] = [
    "room", "house", "door", "desk", "lane", "told", "said", "whose", "words",
];

/// Words of comments and documents, with a replacement.
const PROSE: [(&str, &str); 6] = [
    ("whoever", "name the party: the client, the caller"),
    ("nobody's", "say what has no owner"),
    ("hand in", "submit"),
    ("hands in", "submits"),
    ("strangers", "remote hosts, unknown clients"),
    ("forget a", "delete"),
];

/// Texts with their own vocabulary: lessons for students, and foreign text.
const EXEMPT_FOLDERS: [&str; 3] = ["static/", "xtask/src/tidy/style.rs", ".github/"];

/// Checks one text of the project.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    if EXEMPT_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    if path.ends_with(".rs") {
        rust(path, text)
    } else if path.ends_with(".md") {
        prose(path, text.lines())
    } else {
        Vec::new()
    }
}

fn rust(path: &str, text: &str) -> Vec<Finding> {
    let code = code_only(text);
    let mut findings: Vec<Finding> = module_name(path).into_iter().collect();
    let mut exempt_before = false;
    for (number, (line, code)) in text.lines().zip(code.lines()).enumerate() {
        let exempt = line.contains(EXEMPT);
        let skip = exempt || exempt_before;
        exempt_before = exempt;
        if skip {
            continue;
        }
        let mut found = |what: String| {
            findings.push(Finding::Violation(format!("{path}:{}: {what}", number + 1)));
        };
        // The method of the standard library's IP addresses.
        let code = code.replace(".octets()", "");
        for (part, instead) in IDENTIFIER_PARTS {
            if identifiers(&code).any(|name| parts(name).any(|p| p == part)) {
                found(format!("an identifier with `{part}`; use {instead}"));
            }
        }
        let comment = line.trim_start();
        if comment.starts_with("//") {
            if line.chars().count() > COMMENT_COLUMNS_MAX {
                found(format!(
                    "a comment wider than {COMMENT_COLUMNS_MAX} columns"
                ));
            }
            for (word, instead) in banned_words(comment) {
                found(format!("“{word}” in a comment; {instead}"));
            }
        }
    }
    findings
}

fn prose<'a>(path: &str, lines: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in lines.enumerate() {
        if line.contains(EXEMPT) {
            continue;
        }
        for (word, instead) in banned_words(line) {
            findings.push(Finding::Violation(format!(
                "{path}:{}: “{word}”; {instead}",
                number + 1
            )));
        }
    }
    findings
}

fn banned_words(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let line = line.to_lowercase();
    PROSE.into_iter().filter(move |(word, _)| {
        line.match_indices(word).any(|(at, _)| {
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !joins(line[..at].chars().next_back()) && !joins(line[at + word.len()..].chars().next())
        })
    })
}

fn module_name(path: &str) -> Option<Finding> {
    let stem = path.rsplit('/').find(|part| *part != "mod.rs")?;
    let stem = stem.strip_suffix(".rs").unwrap_or(stem);
    MODULES
        .contains(&stem)
        .then(|| Finding::Violation(format!("{path}: a module named `{stem}`")))
}

fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

// `MessageId` and `message_id` have the parts `message` and `id`.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let mut parts = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && lower_before) {
            parts.push(String::new());
        }
        if let (true, Some(last)) = (c != '_', parts.last_mut()) {
            last.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
    }
    parts.into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_banned_parts_of_identifiers() {
        for code in [
            "fn next_parcel() {}",
            "struct ParcelQueue;",
            "let octets = 1;",
            "enum Told {}",
            "const TONGUE_MAX: u8 = 1;",
        ] {
            assert_eq!(check("a.rs", code).len(), 1, "{code}");
        }
    }

    #[test]
    fn ignores_strings_longer_words_and_exempt_lines() {
        for code in [
            "let a = \"parcel\";",
            "fn unveiled() {}",
            "address.octets();",
            "let octets = 4; // tidy-allow: of an address",
            "// tidy-allow: of an address\nlet octets = 4;",
        ] {
            assert_eq!(check("a.rs", code), [], "{code}");
        }
    }

    #[test]
    fn finds_words_of_prose_and_wide_comments() {
        assert_eq!(check("a.rs", "// Whoever asks.").len(), 1);
        assert_eq!(check("docs/a.md", "for whoever asks").len(), 1);
        assert_eq!(check("a.rs", &format!("// {}", "a".repeat(97))), []);
        assert_eq!(check("a.rs", &format!("// {}", "a".repeat(98))).len(), 1);
    }

    #[test]
    fn finds_modules_by_file_and_by_folder() {
        assert_eq!(check("backend/mta/src/door.rs", "").len(), 1);
        assert_eq!(check("backend/mta/src/door/mod.rs", "").len(), 1);
        assert_eq!(check("backend/mta/src/policy.rs", ""), []);
    }
}

//! Texts that must not be committed: the host of a package registry (a mirror's address in a lock
//! file), a path of one machine, a note of unfinished work.

use super::Finding;

/// Each is joined from two halves, so that this file passes its own check.
const HOSTS: [&str; 9] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("files.", "pythonhosted.org"),
    concat!("pypi.", "org"),
    concat!("deb.", "debian.org"),
    concat!("rsproxy", "."),
    concat!("artifact", "ory"),
];
const RESOLVED: &str = concat!("\"resolved\": ", "\"http");
const PATHS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];
const NOTES: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
];

/// Checks one text file of the project.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut found = |what: String| {
            findings.push(Finding::Violation(format!("{path}:{}: {what}", number + 1)));
        };
        for host in HOSTS.iter().filter(|host| line.contains(*host)) {
            found(format!("the host of a package registry ({host})"));
        }
        if line.contains(RESOLVED) {
            found("an npm lock file with download addresses".to_owned());
        }
        for folder in PATHS.iter().filter(|folder| has_path(line, folder)) {
            found(format!("a path of one machine ({folder}…)"));
        }
        for note in NOTES.iter().filter(|note| has_word(line, note)) {
            found(format!("a note of unfinished work ({note})"));
        }
    }
    if path == "Cargo.lock" {
        findings.extend(foreign_registry(text));
    }
    findings
}

/// Cargo records the public registry under one fixed name, whatever mirror is in use; any other
/// source is a mistake.
fn foreign_registry(lock: &str) -> Option<Finding> {
    let usual = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let other = lock
        .lines()
        .find(|line| line.starts_with("source = ") && *line != usual)?;
    Some(Finding::Violation(format!(
        "Cargo.lock: an unusual source: {other}"
    )))
}

/// True if the folder is the beginning of a path, and not part of a longer path or a URL.
fn has_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at].ends_with(|c: char| {
            c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~' | '}' | ')' | '*')
        })
    })
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joins = |c: Option<char>| {
            c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/' | '+' | '='))
        };
        !joins(before) && !joins(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_hosts_paths_and_notes() {
        for line in [
            concat!("\"resolved\": ", "\"https://example.net/a.tgz\""),
            concat!("see https://registry.", "npmjs.org/a"),
            concat!("let dir = \"/wo", "rk/main\";"),
            concat!("cd /ho", "me/someone"),
            concat!("// TO", "DO: later"),
        ] {
            assert_eq!(check("a.rs", line).len(), 1, "{line}");
        }
    }

    #[test]
    fn ignores_similar_texts() {
        for line in [
            concat!("https://example.net/ho", "me/"),
            concat!("frame", "/wo", "rk/"),
            concat!("a base64 line: aTO", "DOb="),
            concat!("TO", "DOs"),
        ] {
            assert_eq!(check("a.rs", line), [], "{line}");
        }
    }

    #[test]
    fn accepts_only_the_public_registry_in_a_lock_file() {
        let lock = |source: &str| format!("[[package]]\nname = \"a\"\nsource = \"{source}\"\n");
        assert_eq!(
            check(
                "Cargo.lock",
                &lock("registry+https://github.com/rust-lang/crates.io-index")
            ),
            []
        );
        assert_eq!(
            check("Cargo.lock", &lock("registry+https://mirror.example/index")).len(),
            1
        );
    }
}

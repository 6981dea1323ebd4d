//! `docs/DEPENDENCIES.md` names every dependency on a crate of a registry, with its purpose, and no
//! crate that is no longer one.

use std::collections::BTreeSet;

use super::Finding;
use toml::{Table, Value};

/// Where the dependencies are described.
const DOCUMENT: &str = "docs/DEPENDENCIES.md";

/// Checks the document against the manifests, given with their paths.
pub fn check(document: &str, manifests: &[(&str, &str)]) -> Vec<Finding> {
    let mut used = BTreeSet::new();
    let mut findings = Vec::new();
    for (path, text) in manifests {
        match text.parse::<Table>() {
            Ok(manifest) => used.extend(external(&manifest)),
            Err(e) => findings.push(Finding::Violation(format!("{path}: {}", e.message()))),
        }
    }
    let described = described(document);
    let missing = used.difference(&described).map(|name| {
        let what = format!("{DOCUMENT}: no table says what `{name}` is for");
        Finding::Violation(what)
    });
    let stale = described
        .difference(&used)
        .map(|name| Finding::Violation(format!("{DOCUMENT}: `{name}` is no dependency")));
    findings.extend(missing.chain(stale));
    findings
}

/// The crates in the first column of the tables that begin with `| crate |`.
fn described(document: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut lists_crates = false;
    for line in document.lines() {
        let cell = line.strip_prefix('|').and_then(|row| row.split('|').next());
        lists_crates = match cell.map(str::trim) {
            Some("crate") => true,
            Some(_) => lists_crates,
            None => false,
        };
        if let (true, Some(cell)) = (lists_crates, cell) {
            let quoted = cell.split('`').skip(1).step_by(2);
            names.extend(quoted.map(str::to_owned));
        }
    }
    names
}

/// The dependencies of a manifest on crates of a registry.
fn external(manifest: &Table) -> Vec<String> {
    let mut names = Vec::new();
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values);
    let workspace = manifest.get("workspace");
    let owners = workspace.into_iter().chain(targets);
    let owners = owners.filter_map(Value::as_table).chain([manifest]);
    for owner in owners {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let section = owner.get(section).and_then(Value::as_table);
            let entries = section.into_iter().flatten();
            let external = entries.filter(|(_, value)| !is_ours_or_inherited(value));
            names.extend(external.map(|(name, _)| name.clone()));
        }
    }
    names
}

fn is_ours_or_inherited(dependency: &Value) -> bool {
    let keys = dependency.as_table();
    keys.is_some_and(|keys| keys.contains_key("path") || keys.contains_key("workspace"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(document: &str, manifest: &str) -> Vec<String> {
        let findings = check(document, &[("a/Cargo.toml", manifest)]);
        let text = |finding| match finding {
            Finding::Violation(what) | Finding::Advice(what) => what,
        };
        findings.into_iter().map(text).collect()
    }

    #[test]
    fn every_crate_of_a_registry_is_described() {
        let manifest = "[workspace.dependencies]\nmail = { path = \"mail\" }\nserde = \"1\"\n\
             [dependencies]\nmail.workspace = true\nserde.workspace = true\n\
             [target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n[dev-dependencies]\nsha2 = \"0.10\"\n";
        let document = "| crate | for |\n|---|---|\n| `serde`, `sha2` | frames, `hmac` |\n";
        assert_eq!(
            violations(document, manifest),
            ["docs/DEPENDENCIES.md: no table says what `rustix` is for"]
        );
    }

    #[test]
    fn a_crate_that_is_no_dependency_is_not_described() {
        assert_eq!(
            violations("| crate |\n| `serde` | frames |", "[dependencies]\n"),
            ["docs/DEPENDENCIES.md: `serde` is no dependency"]
        );
        let another_table = "| part |\n| ours, not `serde` |";
        assert!(violations(another_table, "[dependencies]\n").is_empty());
    }
}

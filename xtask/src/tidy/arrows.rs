//! Dependencies between the project's crates. docs/ARCHITECTURE.md has a fenced block with one line
//! per crate, `crate → crate, crate …` (`→ nothing` for none, `→ anything` for all); every manifest
//! must match it. Dev-dependencies are not restricted.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;

const ORDER_FILE: &str = "docs/ARCHITECTURE.md";

/// Checks manifests (path, text) against the list in the text of docs/ARCHITECTURE.md.
pub fn check(architecture: &str, manifests: &[(&str, &str)]) -> Vec<Finding> {
    let order = match declared(architecture) {
        Ok(order) => order,
        Err(why) => return vec![Finding::Violation(format!("{ORDER_FILE}: {why}"))],
    };
    let crates: BTreeMap<String, (&str, &str)> = manifests
        .iter()
        .filter_map(|(path, text)| Some((package_name(text)?, (*path, *text))))
        .collect();
    let mut findings = Vec::new();
    for (name, (path, text)) in &crates {
        let Some(allowed) = order.get(name) else {
            findings.push(Finding::Violation(format!(
                "{path}: the crate `{name}` has no line in {ORDER_FILE}"
            )));
            continue;
        };
        for used in dependencies(text)
            .into_iter()
            .filter(|used| crates.contains_key(used))
        {
            if !allowed.allows(&used) {
                findings.push(Finding::Violation(format!(
                    "{path}: the dependency `{name} → {used}` is not listed in {ORDER_FILE}"
                )));
            }
        }
    }
    for name in order.keys().filter(|name| !crates.contains_key(*name)) {
        findings.push(Finding::Advice(format!(
            "{ORDER_FILE}: no such crate: `{name}`"
        )));
    }
    if let Some(name) = cycle(&order) {
        findings.push(Finding::Violation(format!(
            "{ORDER_FILE}: the dependencies form a cycle through `{name}`"
        )));
    }
    findings
}

#[derive(Debug, PartialEq, Eq)]
enum Allowed {
    Anything,
    These(BTreeSet<String>),
}

impl Allowed {
    fn allows(&self, name: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::These(names) => names.contains(name),
        }
    }
}

/// The first fenced block in which every line that is not empty has an arrow.
fn declared(text: &str) -> Result<BTreeMap<String, Allowed>, String> {
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            match block.take() {
                None => block = Some(Vec::new()),
                Some(lines) if is_order(&lines) => {
                    return lines
                        .iter()
                        .filter(|line| !line.trim().is_empty())
                        .try_fold(BTreeMap::new(), add);
                }
                Some(_) => {}
            }
        } else if let Some(lines) = &mut block {
            lines.push(line);
        }
    }
    Err("no fenced block of lines `crate → crates` was found".to_owned())
}

fn is_order(lines: &[&str]) -> bool {
    let mut lines = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    lines.peek().is_some() && lines.all(|line| arrow(line).is_some())
}

fn arrow(line: &str) -> Option<(&str, &str)> {
    line.split_once('→').or_else(|| line.split_once("->"))
}

fn add(
    mut order: BTreeMap<String, Allowed>,
    line: &&str,
) -> Result<BTreeMap<String, Allowed>, String> {
    let (left, right) = arrow(line).ok_or("a line without an arrow")?;
    let right = right.split('#').next().unwrap_or_default();
    if arrow(right).is_some() {
        return Err(format!("more than one arrow in a line: `{}`", line.trim()));
    }
    for name in words(left) {
        let allowed = match words(right).as_slice() {
            [one] if one == "anything" || one == "*" => Allowed::Anything,
            [one] if one == "nothing" => Allowed::These(BTreeSet::new()),
            names => Allowed::These(names.iter().cloned().collect()),
        };
        if order.insert(name.clone(), allowed).is_some() {
            return Err(format!("`{name}` has two lines"));
        }
    }
    Ok(order)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '`' | '·'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A crate that depends on itself through others.
fn cycle(order: &BTreeMap<String, Allowed>) -> Option<&str> {
    order.keys().map(String::as_str).find(|start| {
        let mut seen = BTreeSet::new();
        let mut open = vec![*start];
        while let Some(name) = open.pop() {
            let Some(Allowed::These(next)) = order.get(name) else {
                continue;
            };
            if next.contains(*start) {
                return true;
            }
            open.extend(
                next.iter()
                    .map(String::as_str)
                    .filter(|name| seen.insert(name.to_owned())),
            );
        }
        false
    })
}

pub fn package_name(manifest: &str) -> Option<String> {
    let mut in_package = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_package = line == "[package]";
        } else if let (true, Some(("name", value))) = (
            in_package,
            line.split_once('=').map(|(key, value)| (key.trim(), value)),
        ) {
            return Some(value.trim().trim_matches('"').to_owned());
        }
    }
    None
}

/// The names of all dependencies without dev-dependencies; a renamed one by its package name.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_table = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            let (table, one) = section
                .rsplit_once("dependencies.")
                .map_or((section, None), |(head, name)| (head, Some(name)));
            let for_tests = section.contains("dev-dependencies");
            in_table = !for_tests && one.is_none() && table.ends_with("dependencies");
            if let (false, Some(name)) = (for_tests, one) {
                names.insert(name.trim_matches('"').to_owned());
            }
        } else if let (true, Some((key, value))) = (in_table, line.split_once('=')) {
            if line.starts_with('#') {
                continue;
            }
            let key = key
                .trim()
                .split('.')
                .next()
                .unwrap_or_default()
                .trim_matches('"');
            let renamed = value
                .split_once("package")
                .and_then(|(_, rest)| rest.split('"').nth(1));
            names.insert(renamed.unwrap_or(key).to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "# Layout\n```\ntree/\n```\n```\nserver → queue, mail\nqueue → mail   # words only\nmail → nothing\ntests → anything\n```\n";

    fn manifest(name: &str, dependencies: &str) -> String {
        format!("[package]\nname = \"{name}\"\n\n[dependencies]\n{dependencies}\n")
    }

    fn broken(manifests: &[String]) -> Vec<Finding> {
        let listed: Vec<(&str, &str)> = manifests
            .iter()
            .map(|text| ("x/Cargo.toml", text.as_str()))
            .collect();
        check(ORDER, &listed)
            .into_iter()
            .filter(|finding| matches!(finding, Finding::Violation(_)))
            .collect()
    }

    #[test]
    fn allows_listed_dependencies() {
        let manifests = [
            manifest("queue", "mail.workspace = true\nserde = \"1\""),
            manifest("mail", ""),
            manifest("tests", "queue = { path = \"q\" }"),
        ];
        assert_eq!(broken(&manifests), []);
    }

    #[test]
    fn rejects_an_unlisted_dependency() {
        let manifests = [
            manifest("queue", ""),
            manifest("mail", "queue.workspace = true"),
        ];
        assert_eq!(
            broken(&manifests),
            [Finding::Violation(
                "x/Cargo.toml: the dependency `mail → queue` is not listed in docs/ARCHITECTURE.md"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn reads_renames_targets_and_single_tables() {
        let renamed = manifest("mail", "q = { package = \"queue\", path = \"../queue\" }");
        let target = "[package]\nname = \"mail\"\n[target.'cfg(unix)'.dependencies]\nqueue.workspace = true\n".to_owned();
        let single =
            "[package]\nname = \"mail\"\n[dependencies.queue]\npath = \"../queue\"\n".to_owned();
        for text in [renamed, target, single] {
            assert_eq!(broken(&[manifest("queue", ""), text]).len(), 1);
        }
    }

    #[test]
    fn ignores_dev_dependencies() {
        let text =
            "[package]\nname = \"mail\"\n[dev-dependencies]\nqueue.workspace = true\n[dev-dependencies.server]\npath = \"s\"\n".to_owned();
        assert_eq!(
            broken(&[manifest("queue", ""), manifest("server", ""), text]),
            []
        );
    }

    #[test]
    fn requires_a_line_for_every_crate() {
        assert_eq!(broken(&[manifest("unlisted", "")]).len(), 1);
    }

    #[test]
    fn finds_a_cycle() {
        let findings = check("```\na → b\nb → c\nc → a\n```\n", &[]);
        assert!(
            findings
                .iter()
                .any(|finding| matches!(finding, Finding::Violation(_)))
        );
        assert!(
            check("no block", &[])
                .iter()
                .any(|finding| matches!(finding, Finding::Violation(_)))
        );
    }
}

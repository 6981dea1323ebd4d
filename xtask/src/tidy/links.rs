//! Relative links of Markdown documents: the file must exist.

use super::Finding;

/// Checks one document; `exists` knows paths as seen from the top of the project.
pub fn check(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for target in targets(line) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if outside || exists(&resolve(folder, file)) {
                continue;
            }
            findings.push(Finding::Violation(format!(
                "{path}:{}: the link `{target}` leads to no file",
                number + 1
            )));
        }
    }
    findings
}

fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

fn resolve(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_relative_links_and_ignores_web_addresses() {
        let exists = |path: &str| path == "docs/A.md" || path == "backend/queue/src/lib.rs";
        for (line, broken) in [
            ("see [a](A.md) and [q](../backend/queue/src/lib.rs#L1)", 0),
            ("see [a](https://example.net/x) and [b](#below)", 0),
            ("see [a](B.md)", 1),
            ("see [a](../A.md)", 1),
        ] {
            assert_eq!(check("docs/C.md", line, &exists).len(), broken, "{line}");
        }
    }
}

//! Import cycles between the modules of a crate. Imports are the paths that begin with `crate::` or
//! `super::`; each is an edge between two siblings, the ancestors of both modules below their
//! common parent. So a parent and its child never form a cycle. Test modules are left out.
//!
//! docs/ARCHITECTURE.md lists the exceptions in a block of its own, one line per cycle:
//! `crate: module module …`.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::rust_text::code_only;

const BLOCK: &str = "```cycles";

/// Module names from the crate's root; empty for the root itself.
type ModulePath = Vec<String>;
/// For each parent, which child imports from which of its siblings.
type SiblingImports = BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>>;

/// Checks the Rust files (path, text) of all crates; `roots` are (crate name, folder of `src`).
pub fn check(
    architecture: &str,
    roots: &[(String, String)],
    files: &[(&str, &str)],
) -> Vec<Finding> {
    let exceptions = exceptions(architecture);
    let mut findings = Vec::new();
    for (name, root) in roots {
        let modules: BTreeMap<ModulePath, &str> = files
            .iter()
            .filter_map(|(path, text)| {
                let inside = path.strip_prefix(root.as_str())?.strip_prefix('/')?;
                Some((module_path(inside)?, *text))
            })
            .collect();
        for (parent, imports) in sibling_imports(&modules) {
            for cycle in cycles(&imports) {
                let full: BTreeSet<String> =
                    cycle.iter().map(|child| join(&parent, child)).collect();
                let excused = exceptions
                    .iter()
                    .any(|(krate, allowed)| krate == name && full.is_subset(allowed));
                if !excused {
                    let list: Vec<&str> = full.iter().map(String::as_str).collect();
                    findings.push(Finding::Violation(format!(
                        "{root}: the modules {} import each other",
                        list.join(", ")
                    )));
                }
            }
        }
    }
    findings
}

fn exceptions(architecture: &str) -> Vec<(String, BTreeSet<String>)> {
    architecture
        .lines()
        .skip_while(|line| line.trim() != BLOCK)
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .filter_map(|line| {
            let (name, modules) = line.split('#').next()?.split_once(':')?;
            let modules = modules.split_whitespace().map(str::to_owned).collect();
            Some((name.trim().to_owned(), modules))
        })
        .collect()
}

fn join(parent: &[String], child: &str) -> String {
    let mut path = parent.to_vec();
    path.push(child.to_owned());
    path.join("::")
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; `None` for tests and for other binaries.
fn module_path(inside: &str) -> Option<ModulePath> {
    let mut parts: Vec<String> = inside.split('/').map(str::to_owned).collect();
    let file = parts.pop()?;
    let stem = file.strip_suffix(".rs")?;
    if !matches!(stem, "mod" | "lib" | "main") {
        parts.push(stem.to_owned());
    }
    let skipped = |part: &String| part == "tests" || part == "bin";
    (!parts.iter().any(skipped)).then_some(parts)
}

fn sibling_imports(modules: &BTreeMap<ModulePath, &str>) -> SiblingImports {
    let mut all = SiblingImports::new();
    for (module, text) in modules {
        let code = code_only(text);
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for target in imports(module, code) {
            let target = (0..=target.len())
                .rev()
                .map(|length| &target[..length])
                .find(|path| modules.contains_key(*path))
                .unwrap_or_default();
            let common = module
                .iter()
                .zip(target)
                .take_while(|(a, b)| a == b)
                .count();
            // One is an ancestor of the other, or the same.
            if common == module.len() || common == target.len() {
                continue;
            }
            all.entry(module[..common].to_vec())
                .or_default()
                .entry(module[common].clone())
                .or_default()
                .insert(target[common].clone());
        }
    }
    all
}

/// The absolute paths that a module's code names.
fn imports(module: &[String], code: &str) -> Vec<ModulePath> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let joined =
                code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if joined {
                continue;
            }
            let mut base = Vec::new();
            let mut rest = &code[at..];
            if start == "super::" {
                base = module.to_vec();
                while let Some(next) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = next;
                }
            } else {
                rest = &rest[start.len()..];
            }
            expand(&base, rest, &mut found);
        }
    }
    found
}

/// Reads `a::b::{c, d::e}` and returns what follows it.
fn expand<'a>(base: &[String], text: &'a str, found: &mut Vec<ModulePath>) -> &'a str {
    let mut path = base.to_vec();
    let mut rest = text.trim_start();
    loop {
        if let Some(mut list) = rest.strip_prefix('{') {
            loop {
                list = expand(&path, list, found).trim_start();
                match list.strip_prefix(',') {
                    Some(next) => list = next,
                    None => break,
                }
            }
            return list.strip_prefix('}').unwrap_or(list);
        }
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        path.push(rest[..end].to_owned());
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(next) => rest = next,
            None => {
                found.push(path);
                // `a as b`, `*`: what is left of this entry.
                let end = rest.find([',', '}', ';']).unwrap_or(rest.len());
                return &rest[end..];
            }
        }
    }
}

/// Sets of modules that reach each other.
fn cycles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reaches: BTreeMap<&String, BTreeSet<&String>> = imports
        .keys()
        .map(|start| {
            let mut seen = BTreeSet::new();
            let mut open = vec![start];
            while let Some(name) = open.pop() {
                let next = imports.get(name).into_iter().flatten();
                open.extend(next.filter(|name| seen.insert(*name)));
            }
            (start, seen)
        })
        .collect();
    let mut cycles: Vec<BTreeSet<String>> = Vec::new();
    for (start, seen) in &reaches {
        let known = cycles.iter().any(|cycle| cycle.contains(*start));
        if known || !seen.contains(start) {
            continue;
        }
        let back = |name: &&&String| reaches.get(**name).is_some_and(|seen| seen.contains(start));
        cycles.push(
            seen.iter()
                .filter(back)
                .map(|name| (*name).clone())
                .collect(),
        );
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(architecture: &str, files: &[(&str, &str)]) -> Vec<String> {
        let roots = [("a".to_owned(), "a/src".to_owned())];
        check(architecture, &roots, files)
            .into_iter()
            .map(|finding| match finding {
                Finding::Advice(text) | Finding::Violation(text) => text,
            })
            .collect()
    }

    #[test]
    fn finds_a_cycle_of_siblings_at_any_depth() {
        let files = [
            ("a/src/lib.rs", "mod x; mod y;"),
            ("a/src/x/mod.rs", "use crate::{y::Y, z};"),
            ("a/src/x/deep.rs", "fn f() { crate::y::g(); }"),
            ("a/src/y.rs", "use super::x::deep::Deep;"),
        ];
        assert_eq!(
            found("", &files),
            ["a/src: the modules x, y import each other"]
        );
    }

    #[test]
    fn allows_nesting_tests_and_listed_exceptions() {
        let nested = [
            (
                "a/src/x.rs",
                "mod deep; use deep::D; use crate::x::deep::E;",
            ),
            ("a/src/x/deep.rs", "use super::X;"),
        ];
        assert_eq!(found("", &nested), [] as [&str; 0]);
        let tested = [
            ("a/src/x.rs", "#[cfg(test)]\nmod tests { use crate::y::Y; }"),
            ("a/src/y.rs", "use crate::x::X;"),
        ];
        assert_eq!(found("", &tested), [] as [&str; 0]);
        let cycle = [
            ("a/src/x.rs", "use crate::y::Y;"),
            ("a/src/y.rs", "use crate::x::X;"),
        ];
        assert_eq!(found("", &cycle).len(), 1);
        let architecture = "text\n```cycles\na: x y # states\n```\n";
        assert_eq!(found(architecture, &cycle), [] as [&str; 0]);
    }

    #[test]
    fn expands_use_trees() {
        let mut found = Vec::new();
        expand(&[], "a::{b, c::{d, e as f}, *}; crate::g", &mut found);
        let paths: Vec<String> = found.iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["a::b", "a::c::d", "a::c::e", "a::"]);
    }
}

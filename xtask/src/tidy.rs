//! `cargo xtask tidy`: style rules that the compiler does not check. Each checker is a pure
//! function from text to findings, tested with small inputs; this file reads the checkout and calls
//! them.

mod arrows;
mod cycles;
mod documented;
mod forbidden;
mod lengths;
mod links;
mod rust_text;
mod style;
mod waits;

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::project::Project;
use crate::terminal;

/// What a checker found: a violation fails the command, advice is only printed.
#[derive(Debug, PartialEq, Eq)]
pub enum Finding {
    /// A rule is violated.
    Violation(String),
    /// A recommendation is not followed.
    Advice(String),
}

/// A text file of the project, with its path from the top.
struct Source {
    path: String,
    text: String,
}

/// Runs all checks.
///
/// # Errors
/// A rule is violated.
pub fn command(project: &Project) -> Result<(), String> {
    let sources = sources(&project.root);
    let mut findings = Vec::new();
    for source in &sources {
        findings.extend(forbidden::check(&source.path, &source.text));
        findings.extend(style::check(&source.path, &source.text));
        findings.extend(waits::check(&source.path, &source.text));
        if has_extension(&source.path, "md") {
            let exists = |path: &str| project.root.join(path).exists();
            findings.extend(links::check(&source.path, &source.text, &exists));
        }
        if has_extension(&source.path, "rs") {
            findings.extend(lengths::check(&source.path, &source.text));
        }
    }
    let architecture =
        fs::read_to_string(project.root.join("docs/ARCHITECTURE.md")).unwrap_or_default();
    let manifests: Vec<(&str, &str)> = sources
        .iter()
        .filter(|s| is_crate_manifest(&s.path))
        .map(|s| (s.path.as_str(), s.text.as_str()))
        .collect();
    findings.extend(arrows::check(&architecture, &manifests));
    let document =
        fs::read_to_string(project.root.join("docs/DEPENDENCIES.md")).unwrap_or_default();
    let all_manifests: Vec<(&str, &str)> = sources
        .iter()
        .filter(|s| s.path.ends_with("Cargo.toml"))
        .map(|s| (s.path.as_str(), s.text.as_str()))
        .collect();
    findings.extend(documented::check(&document, &all_manifests));
    let roots: Vec<(String, String)> = manifests
        .iter()
        .filter_map(|(path, text)| {
            let folder = path.strip_suffix("/Cargo.toml")?;
            Some((arrows::package_name(text)?, format!("{folder}/src")))
        })
        .collect();
    let rust: Vec<(&str, &str)> = sources
        .iter()
        .filter(|s| has_extension(&s.path, "rs"))
        .map(|s| (s.path.as_str(), s.text.as_str()))
        .collect();
    findings.extend(cycles::check(&architecture, &roots, &rust));
    report(&findings, sources.len())
}

fn report(findings: &[Finding], files: usize) -> Result<(), String> {
    let mut violations = 0;
    for finding in findings {
        match finding {
            Finding::Violation(what) => {
                violations += 1;
                terminal::line(&format!("error  {what}"));
            }
            Finding::Advice(what) => terminal::line(&format!("advice {what}")),
        }
    }
    terminal::line(&format!(
        "{files} files checked: {violations} errors, {} recommendations",
        findings.len() - violations
    ));
    if violations == 0 {
        Ok(())
    } else {
        Err(format!("tidy: {violations} errors"))
    }
}

/// The manifest of a workspace member; not the workspace's own, and not that of the fuzz crate,
/// which is a workspace of its own.
fn is_crate_manifest(path: &str) -> bool {
    path.ends_with("/Cargo.toml") && !path.starts_with("tests/fuzz/")
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|ext| ext == extension)
}

/// All text files of the project; files that are not UTF-8 (pictures, mail in other encodings) are
/// left out.
fn sources(root: &Path) -> Vec<Source> {
    let mut files: Vec<PathBuf> = Vec::new();
    files::collect(root, &mut files);
    files.sort();
    let texts = files.into_iter().filter_map(|file| {
        let path = file
            .strip_prefix(root)
            .ok()?
            .to_string_lossy()
            .replace('\\', "/");
        let ignored = path.starts_with("data/") || path.ends_with(".swp");
        let text = if ignored {
            None
        } else {
            fs::read_to_string(&file).ok()
        };
        text.map(|text| Source { path, text })
    });
    texts.collect()
}

//! `cargo xtask tidy`: the fences that the compiler does not know. Each checker is a pure function
//! from text to findings, tested with small inputs; this file walks the checkout and hands the
//! texts out.

mod arrows;
mod forbidden;
mod languages;
mod lengths;
mod rust_text;

use std::fs;
use std::path::{Path, PathBuf};

use crate::frontend;
use crate::place::Place;
use crate::say;

/// What a checker found: it stops the build, or it is only told.
#[derive(Debug, PartialEq, Eq)]
pub enum Finding {
    /// A fence is broken.
    Broken(String),
    /// A wish is not met.
    Wish(String),
}

/// A file of the project, with its path as seen from the top.
struct Source {
    path: String,
    text: String,
}

/// Checks everything; an error if a fence is broken.
pub fn command(place: &Place) -> Result<(), String> {
    let sources = sources(&place.root);
    let mut findings = Vec::new();
    for source in &sources {
        findings.extend(forbidden::check(&source.path, &source.text));
        if has_extension(&source.path, "rs") {
            findings.extend(lengths::check(&source.path, &source.text));
        }
    }
    let order = fs::read_to_string(place.root.join("docs/ARCHITECTURE.md")).unwrap_or_default();
    let manifests: Vec<(&str, &str)> = sources
        .iter()
        .filter(|s| is_crate_manifest(&s.path))
        .map(|s| (s.path.as_str(), s.text.as_str()))
        .collect();
    findings.extend(arrows::check(&order, &manifests));
    let data: Vec<(&str, &str)> = sources
        .iter()
        .filter(|s| languages::is_data(&s.path))
        .map(|s| (s.path.as_str(), s.text.as_str()))
        .collect();
    findings.extend(languages::check(&data));
    tell(&findings, sources.len())
}

fn tell(findings: &[Finding], files: usize) -> Result<(), String> {
    let mut broken = 0;
    for finding in findings {
        match finding {
            Finding::Broken(what) => {
                broken += 1;
                say::line(&format!("BROKEN {what}"));
            }
            Finding::Wish(what) => say::line(&format!("wish   {what}")),
        }
    }
    say::line(&format!(
        "{files} files looked at: {broken} fences broken, {} wishes",
        findings.len() - broken
    ));
    if broken == 0 {
        Ok(())
    } else {
        Err(format!("tidy: {broken} fences broken"))
    }
}

/// `dir/Cargo.toml` of a member, not the workspace's own and not the fuzz crate's, which is a
/// workspace of its own.
fn is_crate_manifest(path: &str) -> bool {
    path.ends_with("/Cargo.toml") && !path.starts_with("tests/fuzz/")
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|ext| ext == extension)
}

/// Every text of the project; what cannot be read as UTF-8 (pictures, mail in old encodings) is
/// left out.
fn sources(root: &Path) -> Vec<Source> {
    let mut files: Vec<PathBuf> = Vec::new();
    frontend::collect(root, &mut files);
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

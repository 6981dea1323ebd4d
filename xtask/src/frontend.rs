//! Builds the frontend: Trunk's bundles of the webmail and of the Lab, and the data that both read,
//! combined in ./dist with a brotli and a gzip version of each file. A part is rebuilt only if its
//! sources changed: a new scenario needs no compilation.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files::{collect, copy, trunk, write};
use crate::lab;
use crate::project::{Build, Project};
use crate::terminal;

const COMPRESS: &str = include_str!("compress.mjs");

/// A part of ./dist and its sources.
struct Part {
    name: &'static str,
    sources: &'static [&'static str],
    build: fn(&Project, Build, &Path) -> Result<(), String>,
}

const PARTS: [Part; 3] = [
    Part {
        name: "webmail",
        sources: &[
            "frontend/src",
            "frontend/style",
            "frontend/head.html",
            "frontend/index.html",
            "frontend/boot.html",
            "frontend/split.mjs",
            "frontend/build.rs",
            "frontend/icons.svg",
            "frontend/Cargo.toml",
            "shared",
            "Trunk.toml",
            "Cargo.toml",
            "Cargo.lock",
        ],
        build: webmail,
    },
    // The Lab's engine is the mail server without its outermost crate.
    Part {
        name: "lab",
        sources: &[
            "frontend/src",
            "frontend/lab",
            "frontend/style",
            "frontend/head.html",
            "frontend/boot.html",
            "frontend/icons.svg",
            "frontend/Cargo.toml",
            "frontend/build.rs",
            "shared",
            "backend/auth",
            "backend/limits",
            "backend/login",
            "backend/mda",
            "backend/mra",
            "backend/msa",
            "backend/mta",
            "backend/mua",
            "backend/node",
            "backend/queue",
            "backend/sim",
            "backend/store",
            "backend/world",
            "Trunk.toml",
            "Cargo.toml",
            "Cargo.lock",
        ],
        build: lab::bundle,
    },
    Part {
        name: "data",
        sources: &["static"],
        build: data,
    },
];

/// Builds ./dist if the sources changed or if it holds another build.
pub fn build(project: &Project, build: Build) -> Result<(), String> {
    terminal::heading("frontend: the webmail and the Lab");
    let compress = project.tools().join("compress.mjs");
    write(&compress, COMPRESS)?;
    // Which build ./dist holds.
    let combined = project.wasm_target().join("bundles/combined.stamp");
    let mut changed = !project.dist().join("index.html").is_file()
        || fs::read_to_string(&combined).is_ok_and(|profile| profile != build.profile());
    for part in &PARTS {
        changed |= build_part(project, build, part, &compress)?;
    }
    if changed {
        combine(project, build)?;
    }
    write(&combined, build.profile())
}

/// True if it was rebuilt.
fn build_part(
    project: &Project,
    build: Build,
    part: &Part,
    compress: &Path,
) -> Result<bool, String> {
    let folder = folder(project, build, part);
    let stamp = folder.with_extension("stamp");
    let now = fingerprint(&project.root, part.sources);
    if folder.is_dir() && fs::read_to_string(&stamp).is_ok_and(|seen| seen == now) {
        terminal::line(&format!("{}: up to date", part.name));
        return Ok(false);
    }
    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    (part.build)(project, build, &folder)?;
    terminal::line(&format!("{}:", part.name));
    terminal::run(Command::new("node").arg(compress).arg(&folder))?;
    write(&stamp, &now)?;
    Ok(true)
}

fn folder(project: &Project, build: Build, part: &Part) -> PathBuf {
    let bundles = project.wasm_target().join("bundles");
    bundles.join(build.profile()).join(part.name)
}

fn webmail(project: &Project, build: Build, folder: &Path) -> Result<(), String> {
    trunk(project, build, "frontend/index.html", "/", folder)
}

/// The data that both bundles load at run time: explanations, scenarios and their index.
fn data(project: &Project, _build: Build, folder: &Path) -> Result<(), String> {
    let from = project.root.join("static");
    copy(&from.join("explain"), &folder.join("explain"))?;
    copy(&from.join("scenarios"), &folder.join("lab/scenarios"))?;
    write(
        &folder.join("lab/catalogue.json"),
        &lab::catalogue(&from.join("scenarios"))?,
    )
}

fn combine(project: &Project, build: Build) -> Result<(), String> {
    let _ = fs::remove_dir_all(project.dist());
    for part in &PARTS {
        // The Lab's files are served below /lab/.
        let below = if part.name == "lab" {
            project.dist().join("lab")
        } else {
            project.dist()
        };
        copy(&folder(project, build, part), &below)?;
    }
    lab::service_worker(&project.dist())
}

/// Creates ./dist, which the server embeds: it must exist even before the first frontend build.
pub fn ensure_folder(project: &Project) -> Result<(), String> {
    fs::create_dir_all(project.dist()).map_err(|e| format!("dist: {e}"))
}

fn fingerprint(root: &Path, sources: &[&str]) -> String {
    let mut files = Vec::new();
    for source in sources {
        collect(&root.join(source), &mut files);
    }
    files.sort();
    // `DefaultHasher::new` has fixed keys: the hash is the same in every run.
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.to_string_lossy().as_bytes());
        hasher.write(&fs::read(&file).unwrap_or_default());
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_any_crate_of_the_mail_server_rebuilds_the_lab() {
        let backend = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend");
        let lab = PARTS.iter().find(|part| part.name == "lab").unwrap();
        for folder in fs::read_dir(backend).unwrap() {
            let name = folder.unwrap().file_name().into_string().unwrap();
            let source = format!("backend/{name}");
            assert!(
                name == "server" || lab.sources.contains(&source.as_str()),
                "{source} is missing"
            );
        }
    }
}

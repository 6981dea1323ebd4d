//! The browser half: two bundles by Trunk, the webmail's and the Lab's, and the data both read; put
//! together in ./dist with brotli and gzip beside each file. Each part is built again only when its
//! own sources changed: a new scenario costs no compiler.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lab;
use crate::place::Place;
use crate::say;
use crate::setup::wasm_command;

const COMPRESS: &str = include_str!("compress.mjs");

/// A part of ./dist, with what it is made from.
struct Part {
    name: &'static str,
    sources: &'static [&'static str],
    make: fn(&Place, &Path) -> Result<(), String>,
}

const PARTS: [Part; 3] = [
    Part {
        name: "webmail",
        sources: &[
            "frontend/src",
            "frontend/style",
            "frontend/head.html",
            "frontend/index.html",
            "frontend/icons.svg",
            "frontend/Cargo.toml",
            "shared",
            "Trunk.toml",
            "Cargo.toml",
            "Cargo.lock",
        ],
        make: webmail,
    },
    // The Lab's engine is the mail server itself, all but its outermost crate.
    Part {
        name: "lab",
        sources: &[
            "frontend",
            "shared",
            "backend/auth",
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
        make: lab::bundle,
    },
    Part {
        name: "data",
        sources: &["static"],
        make: data,
    },
];

/// Builds ./dist if the sources are not those it was built from.
pub fn build(place: &Place) -> Result<(), String> {
    say::heading("frontend: the webmail and the Lab");
    let compress = place.tools().join("compress.mjs");
    write(&compress, COMPRESS)?;
    let mut changed = !place.dist().join("index.html").is_file();
    for part in &PARTS {
        changed |= build_part(place, part, &compress)?;
    }
    if changed { put_together(place) } else { Ok(()) }
}

/// True where it was built anew.
fn build_part(place: &Place, part: &Part, compress: &Path) -> Result<bool, String> {
    let folder = folder(place, part);
    let stamp = place
        .wasm_target()
        .join("bundles")
        .join(format!("{}.stamp", part.name));
    let now = fingerprint(&place.root, part.sources);
    if folder.is_dir() && fs::read_to_string(&stamp).is_ok_and(|seen| seen == now) {
        say::line(&format!("{}: no source changed", part.name));
        return Ok(false);
    }
    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    (part.make)(place, &folder)?;
    say::line(&format!("{}:", part.name));
    say::openly(Command::new("node").arg(compress).arg(&folder))?;
    write(&stamp, &now)?;
    Ok(true)
}

fn folder(place: &Place, part: &Part) -> PathBuf {
    place.wasm_target().join("bundles").join(part.name)
}

fn webmail(place: &Place, folder: &Path) -> Result<(), String> {
    trunk(place, "frontend/index.html", "/", folder)
}

/// Trunk's release build of a page into a folder.
pub fn trunk(place: &Place, page: &str, public: &str, folder: &Path) -> Result<(), String> {
    // Trunk is run offline, so that it uses the tools set up here and looks for no others; cargo
    // must then have its crates already.
    say::openly(wasm_command(place, "cargo").args(["fetch", "--quiet", "--locked"]))?;
    let mut command = wasm_command(place, "trunk");
    command
        .args([
            "build",
            page,
            "--release",
            "--offline",
            "--skip-version-check",
            "--public-url",
            public,
            "--dist",
        ])
        .arg(folder);
    say::openly(command.env_remove("NO_COLOR"))
}

/// What both bundles read while they run: explanations, and the scenarios with an index of them.
fn data(place: &Place, folder: &Path) -> Result<(), String> {
    let from = place.root.join("static");
    copy(&from.join("explain"), &folder.join("explain"))?;
    copy(&from.join("scenarios"), &folder.join("lab/scenarios"))?;
    write(
        &folder.join("lab/catalogue.json"),
        &lab::catalogue(&from.join("scenarios"))?,
    )
}

fn put_together(place: &Place) -> Result<(), String> {
    let _ = fs::remove_dir_all(place.dist());
    for part in &PARTS {
        // The Lab's files lie below /lab/, as its page names them; data lies where it is asked for.
        let below = if part.name == "lab" {
            place.dist().join("lab")
        } else {
            place.dist()
        };
        copy(&folder(place, part), &below)?;
    }
    Ok(())
}

/// The server embeds ./dist; it must exist for the server to compile, even before the first
/// frontend build.
pub fn ensure_folder(place: &Place) -> Result<(), String> {
    fs::create_dir_all(place.dist()).map_err(|e| format!("dist: {e}"))
}

/// Writes a file, with the folders above it.
pub fn write(file: &Path, text: &str) -> Result<(), String> {
    let above = file.parent().map_or(Ok(()), fs::create_dir_all);
    above
        .and_then(|()| fs::write(file, text))
        .map_err(|e| format!("{}: {e}", file.display()))
}

/// Copies a folder's files into another one.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    collect(from, &mut files);
    for file in files {
        let target = to.join(file.strip_prefix(from).unwrap_or(&file));
        let above = target.parent().map_or(Ok(()), fs::create_dir_all);
        above
            .and_then(|()| fs::copy(&file, &target))
            .map_err(|e| format!("{}: {e}", target.display()))?;
    }
    Ok(())
}

fn fingerprint(root: &Path, sources: &[&str]) -> String {
    let mut files = Vec::new();
    for source in sources {
        collect(&root.join(source), &mut files);
    }
    files.sort();
    // `DefaultHasher::new` has fixed keys: the same text gives the same number in every run of this
    // program.
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.to_string_lossy().as_bytes());
        hasher.write(&fs::read(&file).unwrap_or_default());
    }
    format!("{:016x}", hasher.finish())
}

/// All files below a folder (or the file itself), leaving out what builds write.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_path_buf());
        return;
    }
    let Ok(entries) = fs::read_dir(path) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !matches!(
            &*name,
            "target" | "target-wasm" | "node_modules" | "dist" | ".git" | ".tools"
        ) {
            collect(&entry.path(), files);
        }
    }
}

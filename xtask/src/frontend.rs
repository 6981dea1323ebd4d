//! The browser half: Trunk's release build into ./dist, then brotli and gzip beside each file. Built again only when a source changed.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::Place;
use crate::say;
use crate::setup::wasm_command;

const SOURCES: [&str; 6] = ["frontend", "shared", "static", "Trunk.toml", "Cargo.toml", "Cargo.lock"];
const COMPRESS: &str = include_str!("compress.mjs");

/// Builds ./dist if the sources are not those it was built from.
pub fn build(place: &Place) -> Result<(), String> {
    say::heading("frontend: Trunk's release build");
    let stamp = place.tools().join("dist-stamp");
    let now = fingerprint(&place.root);
    if place.dist().join("index.html").is_file() && fs::read_to_string(&stamp).is_ok_and(|seen| seen == now) {
        say::line("no source changed");
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    // Trunk is run offline, so that it uses the tools set up here and looks for no others; cargo must then have its crates already.
    say::openly(wasm_command(place, "cargo").args(["fetch", "--quiet", "--locked"]))?;
    say::openly(wasm_command(place, "trunk").args(["build", "--release", "--offline", "--skip-version-check"]).env_remove("NO_COLOR"))?;
    compress(place)?;
    fs::write(&stamp, now).map_err(|e| format!("{}: {e}", stamp.display()))
}

/// The server embeds ./dist; it must exist for the server to compile, even before the first frontend build.
pub fn ensure_folder(place: &Place) -> Result<(), String> {
    fs::create_dir_all(place.dist()).map_err(|e| format!("dist: {e}"))
}

fn compress(place: &Place) -> Result<(), String> {
    let script = place.tools().join("compress.mjs");
    fs::write(&script, COMPRESS).map_err(|e| format!("{}: {e}", script.display()))?;
    say::openly(Command::new("node").arg(script).arg(place.dist()))
}

fn fingerprint(root: &Path) -> String {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files);
    }
    files.sort();
    // `DefaultHasher::new` has fixed keys: the same text gives the same number in every run of this program.
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
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !matches!(&*name, "target" | "target-wasm" | "node_modules" | "dist" | ".git" | ".tools") {
            collect(&entry.path(), files);
        }
    }
}

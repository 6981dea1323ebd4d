//! Files and folders, and Trunk, which writes bundles into folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{Build, Project};
use crate::setup::wasm_command;
use crate::terminal;

/// Trunk's build of a page into a folder.
pub fn trunk(
    project: &Project,
    build: Build,
    page: &str,
    public: &str,
    folder: &Path,
) -> Result<(), String> {
    // Trunk runs offline, so that it uses the installed tools and downloads none; cargo must have
    // fetched the crates before.
    terminal::run(wasm_command(project, "cargo").args(["fetch", "--quiet", "--locked"]))?;
    let mut command = wasm_command(project, "trunk");
    command
        .args([
            "build",
            page,
            "--release",
            "--cargo-profile",
            build.wasm_profile(),
            "--offline",
            "--skip-version-check",
            "--public-url",
            public,
            "--dist",
        ])
        .arg(folder)
        // For frontend/split.mjs.
        .env("GLASSPOST_WASM_PROFILE", build.wasm_profile());
    terminal::run(command.env_remove("NO_COLOR"))
}

/// Writes a file, and creates its parent folders.
pub fn write(file: &Path, text: &str) -> Result<(), String> {
    let above = file.parent().map_or(Ok(()), fs::create_dir_all);
    above
        .and_then(|()| fs::write(file, text))
        .map_err(|e| format!("{}: {e}", file.display()))
}

/// Copies a folder recursively.
pub fn copy(from: &Path, to: &Path) -> Result<(), String> {
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

/// All files below a folder (or the file itself), without build output.
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

//! What comes through npm: wasm-opt (the package `binaryen`) into `.tools/node`, and the browser
//! tests' own packages.

use std::fs;

use crate::project::Project;
use crate::terminal;

const BINARYEN: &str = "132.0.0";

/// wasm-opt in `.tools/node`, in the version that Trunk.toml names.
pub fn wasm_opt(project: &Project) -> Result<(), String> {
    let home = project.tools().join("node");
    let manifest = home.join("node_modules/binaryen/package.json");
    let wanted = format!("\"version\": \"{BINARYEN}\"");
    if fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&wanted)) {
        terminal::line(&format!("wasm-opt (binaryen {BINARYEN}): there"));
        return Ok(());
    }
    fs::create_dir_all(&home).map_err(|e| format!("cannot make {}: {e}", home.display()))?;
    let mut command = project.command("npm");
    command
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(&home);
    command.arg(format!("binaryen@{BINARYEN}"));
    terminal::run_logged(
        &format!("wasm-opt: npm package binaryen {BINARYEN}"),
        &project.tools().join("log/binaryen.log"),
        &mut command,
    )
}

/// `npm ci` in tests/browser, again only when its lock file changed.
pub fn browser_tests(project: &Project) -> Result<(), String> {
    let home = project.browser_tests();
    let lock = fs::read_to_string(home.join("package-lock.json"))
        .map_err(|e| format!("tests/browser/package-lock.json: {e}"))?;
    let stamp = home.join("node_modules/.glasspost-lock");
    if fs::read_to_string(&stamp).is_ok_and(|seen| seen == lock) {
        terminal::line("browser tests' packages: there");
        return Ok(());
    }
    let mut command = project.command("npm");
    command
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&home);
    terminal::run_logged(
        "browser tests' packages: npm ci",
        &project.tools().join("log/npm-ci.log"),
        &mut command,
    )?;
    fs::write(&stamp, lock).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}

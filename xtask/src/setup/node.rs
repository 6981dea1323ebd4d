//! What comes through npm: wasm-opt (the package `binaryen`) and terser into `.tools/node`, and the
//! browser tests' own packages.

use std::fs;

use crate::project::Project;
use crate::terminal;

// Of the wasm-opt that Trunk.toml names.
const BINARYEN: &str = "132.0.0";
const TERSER: &str = "5.51.4";

/// wasm-opt and terser, which make the webmail's files small, in `.tools/node`.
pub fn optimizers(project: &Project) -> Result<(), String> {
    let home = project.tools().join("node");
    let packages = [("binaryen", BINARYEN), ("terser", TERSER)];
    let is_there = |(package, version): &(&str, &str)| {
        let manifest = home.join("node_modules").join(package).join("package.json");
        let wanted = format!("\"version\": \"{version}\"");
        fs::read_to_string(&manifest).is_ok_and(|text| text.contains(&wanted))
    };
    if packages.iter().all(is_there) {
        terminal::line("wasm-opt and terser: there");
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
        .arg(&home)
        .args(packages.map(|(package, version)| format!("{package}@{version}")));
    terminal::run_logged(
        "wasm-opt and terser: npm packages",
        &project.tools().join("log/optimizers.log"),
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

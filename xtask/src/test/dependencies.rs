//! Checks of what the project depends on: where the shared crates can be built, licences and
//! sources of dependencies, and that each is used.

use std::fs;

use super::count::Count;
use super::report::Report;
use crate::project::Project;
use crate::setup::wasm_command;
use crate::terminal;

/// Targets for which dependencies are checked.
const BUILT: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "wasm32-unknown-unknown",
];

/// The shared crates use no sockets, files, clock or threads; building them for wasm32 checks most
/// of that.
pub fn purity(project: &Project) -> Result<Report, String> {
    let shared = fs::read_dir(project.root.join("shared")).map_err(|e| format!("shared: {e}"))?;
    let mut names: Vec<String> = shared
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.push("sim".to_owned());
    names.sort();
    let mut command = wasm_command(project, "cargo");
    command.args(["build", "--target", "wasm32-unknown-unknown"]);
    for name in &names {
        // By folder: some dependencies have the same names.
        let folder = if name == "sim" { "backend" } else { "shared" };
        command.arg("--package").arg(format!(
            "path+file://{}",
            project.root.join(folder).join(name).display()
        ));
    }
    terminal::run(&mut command)?;
    terminal::line(&format!("built for wasm32: {}", names.join(", ")));
    Ok(Report::passed())
}

/// Licences, bans, sources and advisories of dependencies.
pub fn deny(project: &Project) -> Result<Report, String> {
    terminal::run(&mut project.cargo(&[
        "deny",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    for target in BUILT {
        let by = terminal::output(&mut project.cargo(&[
            "tree",
            "--quiet",
            "--locked",
            "--target",
            target,
            "--invert",
            "aws-lc-sys",
        ]));
        if let Some(by) = by.filter(|by| !by.trim().is_empty()) {
            return Err(format!(
                "aws-lc-sys would be linked for {target}; TLS is rustls on ring alone:\n{by}"
            ));
        }
    }
    // Advisories need the network; if they cannot be fetched, the check is skipped.
    let fetched = terminal::output(
        project
            .command("timeout")
            .args(["60", "cargo", "deny", "fetch", "db"]),
    )
    .is_some();
    let mut report = Report::passed();
    if !fetched {
        report.skip("advisories", "the advisory database cannot be fetched");
        return Ok(report);
    }
    terminal::run(&mut project.cargo(&["deny", "check", "--disable-fetch", "advisories"]))?;
    report.count.add(Count::ONE);
    Ok(report)
}

/// No crate lists a dependency that it does not use.
pub fn machete(project: &Project) -> Result<Report, String> {
    terminal::run(&mut project.cargo(&["machete", "--skip-target-dir"])).map(|()| Report::passed())
}

//! Programs built from crates into `.tools/bin`: wasm-bindgen in exactly the lock file's version,
//! wasm-split-cli, Trunk, cargo-deny, cargo-machete, cargo-fuzz. They are built without LTO and
//! with little optimization, which takes a third of the time, and in one target folder, so that
//! what they have in common is compiled once.

use std::fs;
use std::path::PathBuf;

use crate::project::Project;
use crate::terminal;

const TRUNK: &str = "0.21.14";
const WASM_SPLIT: &str = "0.2.4";
const CARGO_DENY: &str = "0.20.2";
const CARGO_MACHETE: &str = "0.9.2";
const CARGO_FUZZ: &str = "0.13.2";

/// A program that is built from a crate.
struct Program<'a> {
    krate: &'a str,
    name: &'a str,
    version: &'a str,
    options: &'a [&'a str],
    opt_level: &'a str,
}

impl<'a> Program<'a> {
    /// A program with its crate's name.
    fn new(name: &'a str, version: &'a str) -> Self {
        Self {
            krate: name,
            name,
            version,
            options: &[],
            opt_level: "1",
        }
    }
}

/// wasm-bindgen-cli in the version that Cargo.lock holds.
pub fn wasm_bindgen(project: &Project) -> Result<(), String> {
    let lock = fs::read_to_string(project.root.join("Cargo.lock"))
        .map_err(|e| format!("Cargo.lock: {e}"))?;
    let manifest = fs::read_to_string(project.root.join("Cargo.toml"))
        .map_err(|e| format!("Cargo.toml: {e}"))?;
    let version = locked_version(&lock, "wasm-bindgen")
        .or_else(|| pinned_version(&manifest, "wasm-bindgen"))
        .ok_or("neither Cargo.lock nor Cargo.toml names a version of wasm-bindgen")?;
    let program = Program {
        krate: "wasm-bindgen-cli",
        ..Program::new("wasm-bindgen", &version)
    };
    install(project, &program)
}

/// wasm-split-cli, which divides the webmail into two WebAssembly files.
pub fn wasm_split(project: &Project) -> Result<(), String> {
    let program = Program {
        krate: "wasm_split_cli_support",
        options: &["--features", "build-binary"],
        ..Program::new("wasm-split-cli", WASM_SPLIT)
    };
    install(project, &program)
}

/// Trunk.
pub fn trunk(project: &Project) -> Result<(), String> {
    let mut program = Program::new("trunk", TRUNK);
    // It mostly waits for cargo, and it is the largest of these programs.
    program.opt_level = "0";
    install(project, &program)
}

/// cargo-deny.
pub fn cargo_deny(project: &Project) -> Result<(), String> {
    install(project, &Program::new("cargo-deny", CARGO_DENY))
}

/// cargo-machete, which finds unused dependencies.
pub fn cargo_machete(project: &Project) -> Result<(), String> {
    install(project, &Program::new("cargo-machete", CARGO_MACHETE))
}

/// cargo-fuzz, which builds and runs the fuzz targets.
pub fn cargo_fuzz(project: &Project) -> Result<(), String> {
    install(project, &Program::new("cargo-fuzz", CARGO_FUZZ))
}

/// Removes what the compilation of the programs left.
pub fn discard_build(project: &Project) {
    // Absent if nothing had to be built.
    let _ = fs::remove_dir_all(build_folder(project));
}

fn build_folder(project: &Project) -> PathBuf {
    project.tools().join("build")
}

fn install(project: &Project, program: &Program<'_>) -> Result<(), String> {
    let Program {
        krate,
        name,
        version,
        options,
        opt_level,
    } = *program;
    let home = project.tools();
    // The record that `cargo install` keeps.
    let installed = fs::read_to_string(home.join(".crates.toml")).unwrap_or_default();
    if home.join("bin").join(name).is_file() && is_installed(&installed, krate, version) {
        terminal::line(&format!("{name} {version}: up to date"));
        return Ok(());
    }
    let build = |locked: bool, what: &str| {
        let mut command =
            project.cargo(&["install", krate, "--version", version, "--force", "--root"]);
        command.arg(&home).args(options);
        if locked {
            command.arg("--locked");
        }
        command
            .env("CARGO_TARGET_DIR", build_folder(project))
            .env_remove("CARGO_BUILD_TARGET")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level)
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        terminal::run_logged(what, &home.join(format!("log/{name}.log")), &mut command)
    };
    // The crate's own lock file has the versions it was tested with. If a registry mirror lacks one
    // of them, cargo resolves the versions itself.
    build(true, &format!("{name} {version}: building (some minutes)")).or_else(|_| {
        terminal::line("its lock file cannot be satisfied; retrying without it");
        build(
            false,
            &format!("{name} {version}: building without its lock file (some minutes)"),
        )
    })
}

/// True if the record of installed crates (`.crates.toml`) has the crate in this version.
fn is_installed(record: &str, krate: &str, version: &str) -> bool {
    let wanted = format!("\"{krate} {version} (");
    record.lines().any(|line| line.starts_with(&wanted))
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version(lock: &str, name: &str) -> Option<String> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock
        .lines()
        .skip_while(|line| line.trim() != wanted)
        .skip(1);
    quoted(lines.next()?.strip_prefix("version = ")?)
}

/// The version that a manifest pins with `=`.
fn pinned_version(manifest: &str, name: &str) -> Option<String> {
    let rest = manifest
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))?;
    quoted(rest.trim()).and_then(|version| version.strip_prefix('=').map(str::to_owned))
}

fn quoted(text: &str) -> Option<String> {
    text.trim()
        .strip_prefix('"')?
        .split('"')
        .next()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_crate_in_the_record_of_installed_ones() {
        let record = "[v1]\n\"trunk 0.21.14 (registry+https://index.example)\" = [\"trunk\"]\n";
        assert!(is_installed(record, "trunk", "0.21.14"));
        assert!(!is_installed(record, "trunk", "0.21.1"));
        assert!(!is_installed(record, "runk", "0.21.14"));
    }

    #[test]
    fn reads_a_version_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "absent"), None);
    }

    #[test]
    fn reads_a_pinned_version_from_the_manifest() {
        let manifest = "wasm-bindgen = \"=0.2.130\"\nwasm-bindgen-futures = \"0.4\"\n";
        assert_eq!(
            pinned_version(manifest, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(
            pinned_version("wasm-bindgen = \"0.2\"\n", "wasm-bindgen"),
            None
        );
    }
}

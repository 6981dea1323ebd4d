//! Provides the target wasm32-unknown-unknown from the first of three sources that works: it is
//! already installed (1); rustup adds it (2); or Debian's compiler builds its standard library into
//! a sysroot in `.tools` (3). `GLASSPOST_WASM_RUNG=1|2|3` forces a source.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::project::{Project, on_path};
use crate::terminal;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "wasm-ld-19";

/// Where the target comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetSource {
    /// Installed with the compiler in use.
    Present,
    /// Added by rustup.
    Rustup,
    /// Debian's compiler, with a standard library built here.
    Debian,
}

impl TargetSource {
    /// For display.
    pub fn description(self) -> &'static str {
        match self {
            Self::Present => "installed",
            Self::Rustup => "added by rustup",
            Self::Debian => "Debian's compiler with a standard library built here (.tools/sysroot)",
        }
    }
}

/// Makes the target available.
pub fn ensure(project: &Project) -> Result<TargetSource, String> {
    let forced = env::var("GLASSPOST_WASM_RUNG").ok();
    let source = match forced.as_deref() {
        None | Some("") => first_available(project)?,
        Some("1") if compiler_has_it(project) => TargetSource::Present,
        Some("1") => {
            return Err(format!(
                "GLASSPOST_WASM_RUNG=1, but the compiler in use lacks {TARGET}"
            ));
        }
        Some("2") => by_rustup(project).map(|()| TargetSource::Rustup)?,
        Some("3") => by_debian(project).map(|()| TargetSource::Debian)?,
        Some(other) => return Err(format!("GLASSPOST_WASM_RUNG is 1, 2 or 3, not `{other}`")),
    };
    remember(project, source)?;
    Ok(source)
}

fn first_available(project: &Project) -> Result<TargetSource, String> {
    if compiler_has_it(project) {
        return Ok(TargetSource::Present);
    }
    if sysroot_is_fresh(project) {
        return Ok(TargetSource::Debian);
    }
    if on_path("rustup").is_some() {
        match by_rustup(project) {
            Ok(()) => return Ok(TargetSource::Rustup),
            Err(_) => terminal::line(
                "rustup cannot add the target; using Debian's compiler for the frontend",
            ),
        }
    }
    by_debian(project).map(|()| TargetSource::Debian)
}

/// A program of the wasm build (trunk, cargo), with the environment that the target's source needs.
pub fn wasm_command(project: &Project, program: &str) -> Command {
    let mut command = project.command(program);
    command.env("CARGO_TARGET_DIR", project.wasm_target());
    if remembered(project) == "Debian" {
        // RUSTFLAGS would override the target's own flags.
        command
            .env("RUSTC", DEBIAN_RUSTC)
            .env_remove("RUSTFLAGS")
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                format!("--sysroot={}", sysroot(project).display()),
            );
    }
    command
}

fn compiler_has_it(project: &Project) -> bool {
    let root = terminal::output(project.command("rustc").args(["--print", "sysroot"]));
    root.is_some_and(|root| has_std(Path::new(&root)))
}

fn has_std(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    fs::read_dir(libraries).is_ok_and(|dir| {
        dir.flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn by_rustup(project: &Project) -> Result<(), String> {
    let mut command = project.command("rustup");
    command.args(["target", "add", TARGET]);
    terminal::run_logged(
        &format!("rustup target add {TARGET}"),
        &project.tools().join("log/rustup.log"),
        &mut command,
    )?;
    if compiler_has_it(project) {
        Ok(())
    } else {
        Err(format!(
            "rustup reported success, but {TARGET} is not there"
        ))
    }
}

fn by_debian(project: &Project) -> Result<(), String> {
    debian::wasm_compiler(project)?;
    if sysroot_is_fresh(project) {
        terminal::line("standard library for the browser's target: there");
        return Ok(());
    }
    let source = standard_library_source(project)?;
    terminal::line(&format!("standard library's source: {}", source.display()));
    let home = project.tools().join("std-build");
    let write = |name: &str, text: &str| {
        let file = home.join(name);
        file.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&file, text))
            .map_err(|e| format!("{}: {e}", file.display()))
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    write(
        "src/lib.rs",
        "//! Nothing: building it builds the standard library.\n",
    )?;
    let mut command = project.command(DEBIAN_CARGO);
    command
        .args([
            "build",
            "-Zbuild-std=std,panic_abort",
            "--release",
            "--target",
            TARGET,
        ])
        .current_dir(&home)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
        .env("CARGO_TARGET_DIR", home.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN");
    let log = project.tools().join("log/std-build.log");
    terminal::run_logged(
        "standard library for the browser's target: building",
        &log,
        &mut command,
    )?;
    copy_libraries(
        project,
        &home.join("target").join(TARGET).join("release/deps"),
    )
}

/// Fills the sysroot with the libraries of the standard library.
fn copy_libraries(project: &Project, from: &Path) -> Result<(), String> {
    let root = sysroot(project);
    let into = root.join("lib/rustlib").join(TARGET).join("lib");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&into).map_err(|e| format!("{}: {e}", into.display()))?;
    let files = fs::read_dir(from).map_err(|e| format!("{}: {e}", from.display()))?;
    for file in files.flatten() {
        let name = file.file_name();
        let text = name.to_string_lossy();
        if Path::new(&name)
            .extension()
            .is_some_and(|ext| ext == "rlib")
            && !text.starts_with("libseed-")
        {
            fs::copy(file.path(), into.join(&name)).map_err(|e| format!("{text}: {e}"))?;
        }
    }
    if !has_std(&root) {
        return Err(format!(
            "the standard library was built, but {} holds no libstd",
            into.display()
        ));
    }
    fs::write(root.join("compiler"), debian_version(project))
        .map_err(|e| format!("{}: {e}", root.display()))
}

/// True if the sysroot was built with the installed Debian compiler.
fn sysroot_is_fresh(project: &Project) -> bool {
    let root = sysroot(project);
    Path::new(DEBIAN_RUSTC).exists()
        && has_std(&root)
        && fs::read_to_string(root.join("compiler"))
            .is_ok_and(|seen| seen == debian_version(project))
}

fn debian_version(project: &Project) -> String {
    terminal::output(project.command(DEBIAN_RUSTC).arg("-vV")).unwrap_or_default()
}

fn standard_library_source(project: &Project) -> Result<PathBuf, String> {
    let root = terminal::output(project.command(DEBIAN_RUSTC).args(["--print", "sysroot"]))
        .ok_or("Debian's rustc does not start")?;
    let source = Path::new(&root).join("lib/rustlib/src/rust/library");
    if source.join("std/Cargo.toml").is_file() {
        Ok(source)
    } else {
        Err(format!(
            "the package rust-web-src is installed, but {} holds no standard library",
            source.display()
        ))
    }
}

fn sysroot(project: &Project) -> PathBuf {
    project.tools().join("sysroot")
}

fn remembered(project: &Project) -> String {
    fs::read_to_string(project.tools().join("wasm-rung")).unwrap_or_default()
}

/// Records the source. After a change of compiler the wasm build folder is deleted, since its
/// crates cannot be used ("can't find crate").
fn remember(project: &Project, source: TargetSource) -> Result<(), String> {
    // Present and Rustup are the same compiler.
    let name = if source == TargetSource::Debian {
        "Debian"
    } else {
        "rustup"
    };
    let before = remembered(project);
    if before == name {
        return Ok(());
    }
    if !before.is_empty() && project.wasm_target().exists() {
        terminal::line("the compiler has changed: clearing target-wasm");
        fs::remove_dir_all(project.wasm_target()).map_err(|e| format!("target-wasm: {e}"))?;
    }
    fs::create_dir_all(project.tools())
        .and_then(|()| fs::write(project.tools().join("wasm-rung"), name))
        .map_err(|e| format!(".tools: {e}"))
}

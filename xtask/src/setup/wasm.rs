//! The browser's target, wasm32-unknown-unknown, by the first of three rungs that holds: it is
//! there; rustup adds it; or Debian's own compiler builds its standard library into a sysroot of
//! the project's own. `GLASSPOST_WASM_RUNG=1|2|3` forces a rung.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use crate::place::{Place, on_path};
use crate::say;

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "wasm-ld-19";

/// How the target came to be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// The compiler in use has it.
    Present,
    /// rustup fetched it.
    Rustup,
    /// Debian's compiler, and a standard library built here.
    Debian,
}

impl Rung {
    /// In words.
    pub fn told(self) -> &'static str {
        match self {
            Self::Present => "the compiler in use has it",
            Self::Rustup => "added by rustup",
            Self::Debian => "Debian's compiler with a standard library built here (.tools/sysroot)",
        }
    }
}

/// Makes the target available, or says why it cannot be.
pub fn ensure(place: &Place) -> Result<Rung, String> {
    let forced = env::var("GLASSPOST_WASM_RUNG").ok();
    let rung = match forced.as_deref() {
        None | Some("") => first_that_holds(place)?,
        Some("1") if compiler_has_it(place) => Rung::Present,
        Some("1") => {
            return Err(format!(
                "GLASSPOST_WASM_RUNG=1, but the compiler in use lacks {TARGET}"
            ));
        }
        Some("2") => by_rustup(place).map(|()| Rung::Rustup)?,
        Some("3") => by_debian(place).map(|()| Rung::Debian)?,
        Some(other) => return Err(format!("GLASSPOST_WASM_RUNG is 1, 2 or 3, not `{other}`")),
    };
    remember(place, rung)?;
    Ok(rung)
}

fn first_that_holds(place: &Place) -> Result<Rung, String> {
    if compiler_has_it(place) {
        return Ok(Rung::Present);
    }
    if sysroot_is_fresh(place) {
        return Ok(Rung::Debian);
    }
    if on_path("rustup").is_some() {
        match by_rustup(place) {
            Ok(()) => return Ok(Rung::Rustup),
            Err(_) => say::line(
                "rustup can fetch nothing here; taking Debian's compiler for the browser's half",
            ),
        }
    }
    by_debian(place).map(|()| Rung::Debian)
}

/// A program for the wasm build (trunk, cargo), with the environment that the rung found in use
/// asks for.
pub fn wasm_command(place: &Place, program: &str) -> Command {
    let mut command = place.command(program);
    command.env("CARGO_TARGET_DIR", place.wasm_target());
    if remembered(place) == "Debian" {
        // RUSTFLAGS would hide the target's own flags, so it may not be set.
        command
            .env("RUSTC", DEBIAN_RUSTC)
            .env_remove("RUSTFLAGS")
            .env_remove("RUSTUP_TOOLCHAIN")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                format!("--sysroot={}", sysroot(place).display()),
            );
    }
    command
}

fn compiler_has_it(place: &Place) -> bool {
    let root = say::answer(place.command("rustc").args(["--print", "sysroot"]));
    root.is_some_and(|root| has_std(Path::new(&root)))
}

fn has_std(sysroot: &Path) -> bool {
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    fs::read_dir(libraries).is_ok_and(|dir| {
        dir.flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn by_rustup(place: &Place) -> Result<(), String> {
    let mut command = place.command("rustup");
    command.args(["target", "add", TARGET]);
    say::quietly(
        &format!("rustup target add {TARGET}"),
        &place.tools().join("log/rustup.log"),
        &mut command,
    )?;
    if compiler_has_it(place) {
        Ok(())
    } else {
        Err(format!(
            "rustup reported success, but {TARGET} is not there"
        ))
    }
}

fn by_debian(place: &Place) -> Result<(), String> {
    debian::wasm_compiler(place)?;
    if sysroot_is_fresh(place) {
        say::line("standard library for the browser's target: there");
        return Ok(());
    }
    let source = standard_library_source(place)?;
    say::line(&format!("standard library's source: {}", source.display()));
    let home = place.tools().join("std-build");
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
    let mut command = place.command(DEBIAN_CARGO);
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
    let log = place.tools().join("log/std-build.log");
    say::quietly(
        "standard library for the browser's target: building",
        &log,
        &mut command,
    )?;
    copy_libraries(
        place,
        &home.join("target").join(TARGET).join("release/deps"),
    )
}

/// The sysroot holds the standard library's parts and nothing else.
fn copy_libraries(place: &Place, from: &Path) -> Result<(), String> {
    let root = sysroot(place);
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
    fs::write(root.join("compiler"), debian_version(place))
        .map_err(|e| format!("{}: {e}", root.display()))
}

/// Whether the sysroot was built for the Debian compiler that is installed now.
fn sysroot_is_fresh(place: &Place) -> bool {
    let root = sysroot(place);
    Path::new(DEBIAN_RUSTC).exists()
        && has_std(&root)
        && fs::read_to_string(root.join("compiler")).is_ok_and(|seen| seen == debian_version(place))
}

fn debian_version(place: &Place) -> String {
    say::answer(place.command(DEBIAN_RUSTC).arg("-vV")).unwrap_or_default()
}

fn standard_library_source(place: &Place) -> Result<PathBuf, String> {
    let root = say::answer(place.command(DEBIAN_RUSTC).args(["--print", "sysroot"]))
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

fn sysroot(place: &Place) -> PathBuf {
    place.tools().join("sysroot")
}

fn remembered(place: &Place) -> String {
    fs::read_to_string(place.tools().join("wasm-rung")).unwrap_or_default()
}

/// Notes the rung. The wasm build's folder belongs to one compiler: after a change it begins anew
/// ("can't find crate" otherwise).
fn remember(place: &Place, rung: Rung) -> Result<(), String> {
    // Present and Rustup are the same compiler.
    let name = if rung == Rung::Debian {
        "Debian"
    } else {
        "rustup"
    };
    let before = remembered(place);
    if before == name {
        return Ok(());
    }
    if !before.is_empty() && place.wasm_target().exists() {
        say::line("another compiler than last time: clearing target-wasm");
        fs::remove_dir_all(place.wasm_target()).map_err(|e| format!("target-wasm: {e}"))?;
    }
    fs::create_dir_all(place.tools())
        .and_then(|()| fs::write(place.tools().join("wasm-rung"), name))
        .map_err(|e| format!(".tools: {e}"))
}

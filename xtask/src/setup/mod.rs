//! Installs and builds the required tools; does nothing if they are up to date. Everything but
//! Debian packages and the rustup target is installed in `.tools` inside the checkout.
//!
//! # Failures
//! A failed step names its log and ends the program with exit code 1; the next run continues there.

mod debian;
mod node;
mod programs;
mod suites;
mod wasm;

use std::time::Instant;

use crate::project::{Project, on_path};
use crate::terminal;

pub use wasm::wasm_command;

/// What to set up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What building and running need.
    Run,
    /// Also what testing needs: other mail programs, a browser, the licence checker, published test
    /// data.
    Test,
    /// Also what the long tests need: cargo-fuzz.
    Long,
}

/// `cargo xtask setup [run|test|long|suites]`.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    let level = match args.first().map(String::as_str) {
        None | Some("test") => Level::Test,
        Some("run") => Level::Run,
        Some("long") => Level::Long,
        Some("suites") => return suites::fetch(project),
        Some(other) => {
            return Err(format!(
                "setup knows `run`, `test`, `long` and `suites`, not `{other}`"
            ));
        }
    };
    up_to(project, level)
}

/// Sets up a level.
pub fn up_to(project: &Project, level: Level) -> Result<(), String> {
    let started = Instant::now();
    terminal::heading(match level {
        Level::Run => "setup: what building and running need",
        Level::Test => "setup: what building, running and testing need",
        Level::Long => "setup: what building, running and all tests need",
    });
    require_node()?;
    // Debian packages first: if they cannot be installed, fail before the long builds.
    debian::compiler()?;
    if level >= Level::Test {
        debian::test_programs(project)?;
        suites::fetch(project)?;
    }
    let source = wasm::ensure(project)?;
    terminal::line(&format!("wasm32-unknown-unknown: {}", source.description()));
    programs::wasm_bindgen(project)?;
    programs::wasm_split(project)?;
    programs::trunk(project)?;
    node::optimizers(project)?;
    if level >= Level::Test {
        programs::cargo_deny(project)?;
        programs::cargo_machete(project)?;
        node::browser_tests(project)?;
    }
    if level == Level::Long {
        match missing_nightly(project) {
            None => programs::cargo_fuzz(project)?,
            Some(missing) => terminal::line(&format!("fuzzing: not set up, {missing}")),
        }
    }
    programs::discard_build(project);
    terminal::line(&format!(
        "ready after {}",
        terminal::seconds(started.elapsed())
    ));
    Ok(())
}

/// What the fuzz targets lack on this machine; `None` if they can be run.
pub fn missing_for_fuzzing(project: &Project) -> Option<String> {
    missing_nightly(project).or_else(|| {
        let installed = project.tools().join("bin/cargo-fuzz").is_file();
        (!installed).then(|| "cargo-fuzz is missing (cargo xtask setup long)".to_owned())
    })
}

/// libFuzzer needs options of the compiler that only nightly has.
fn missing_nightly(project: &Project) -> Option<String> {
    let found = terminal::output(&mut project.cargo(&["+nightly", "--version"]));
    found
        .is_none()
        .then(|| "there is no nightly toolchain (rustup toolchain install nightly)".to_owned())
}

fn require_node() -> Result<(), String> {
    if on_path("node").is_some() && on_path("npm").is_some() {
        return Ok(());
    }
    Err("Node 20 or later with npm is needed (wasm-opt, terser and the browser tests come through it). \
         On Debian: apt-get install nodejs npm"
        .to_owned())
}

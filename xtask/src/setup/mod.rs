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
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// What building and running need.
    Run,
    /// Also what testing needs: other mail programs, a browser, the licence checker, published test
    /// data.
    Test,
}

/// `cargo xtask setup [run|test|suites]`.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    let level = match args.first().map(String::as_str) {
        None | Some("test") => Level::Test,
        Some("run") => Level::Run,
        Some("suites") => return suites::fetch(project),
        Some(other) => {
            return Err(format!(
                "setup knows `run`, `test` and `suites`, not `{other}`"
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
    });
    require_node()?;
    // Debian packages first: if they cannot be installed, fail before the long builds.
    debian::compiler()?;
    if level == Level::Test {
        debian::test_programs(project)?;
        suites::fetch(project)?;
    }
    let source = wasm::ensure(project)?;
    terminal::line(&format!("wasm32-unknown-unknown: {}", source.description()));
    programs::wasm_bindgen(project)?;
    programs::wasm_split(project)?;
    programs::trunk(project)?;
    node::optimizers(project)?;
    if level == Level::Test {
        programs::cargo_deny(project)?;
        programs::cargo_machete(project)?;
        node::browser_tests(project)?;
    }
    programs::discard_build(project);
    terminal::line(&format!(
        "ready after {}",
        terminal::seconds(started.elapsed())
    ));
    Ok(())
}

fn require_node() -> Result<(), String> {
    if on_path("node").is_some() && on_path("npm").is_some() {
        return Ok(());
    }
    Err("Node 20 or later with npm is needed (wasm-opt, terser and the browser tests come through it). \
         On Debian: apt-get install nodejs npm"
        .to_owned())
}

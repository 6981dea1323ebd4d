//! Set-up on a bare machine: says what it does, shows progress, does nothing the second time.
//! Everything but Debian's own packages and the rustup target lands in `.tools` inside the
//! checkout.
//!
//! Failures: a step that fails names its log and ends the program with exit code 1; the next start
//! goes on from there.

mod debian;
mod node;
mod programs;
mod wasm;

use std::time::Instant;

use crate::place::{Place, on_path};
use crate::say;

pub use wasm::wasm_command;

/// How much is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// To build and run the product.
    Run,
    /// To test it as well: foreign mail programs, a browser, the licence checker.
    Test,
}

/// `cargo xtask setup [run|test]`.
pub fn command(place: &Place, args: &[String]) -> Result<(), String> {
    let level = match args.first().map(String::as_str) {
        None | Some("test") => Level::Test,
        Some("run") => Level::Run,
        Some(other) => {
            return Err(format!(
                "setup knows the levels `run` and `test`, not `{other}`"
            ));
        }
    };
    up_to(place, level)
}

/// Brings the machine up to a level.
pub fn up_to(place: &Place, level: Level) -> Result<(), String> {
    let started = Instant::now();
    say::heading(match level {
        Level::Run => "setup: what building and running need",
        Level::Test => "setup: what building, running and testing need",
    });
    node_is_there()?;
    // Foreign packages first: where they cannot be installed, one should learn it before a long
    // build.
    debian::compiler()?;
    if level == Level::Test {
        debian::test_programs(place)?;
    }
    let rung = wasm::ensure(place)?;
    say::line(&format!("wasm32-unknown-unknown: {}", rung.told()));
    programs::wasm_bindgen(place)?;
    programs::trunk(place)?;
    node::wasm_opt(place)?;
    if level == Level::Test {
        programs::cargo_deny(place)?;
        node::browser_tests(place)?;
    }
    say::line(&format!("ready after {}", say::seconds(started.elapsed())));
    Ok(())
}

fn node_is_there() -> Result<(), String> {
    if on_path("node").is_some() && on_path("npm").is_some() {
        return Ok(());
    }
    Err("Node 20 or later with npm is needed (Trunk's wasm-opt and the browser tests come through it). \
         On Debian: apt-get install nodejs npm"
        .to_owned())
}

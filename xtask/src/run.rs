//! `cargo xtask run`: from a clone to a running product.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::place::Place;
use crate::setup::{self, Level};
use crate::{frontend, say};

/// Sets up, builds both halves, and becomes `glasspost demo` with the arguments given.
pub fn command(place: &Place, args: &[String]) -> Result<(), String> {
    setup::up_to(place, Level::Run)?;
    frontend::build(place)?;
    build_server(place)?;
    say::heading("glasspost demo");
    let error = Command::new(place.glasspost())
        .current_dir(&place.root)
        .arg("demo")
        .args(args)
        .exec();
    Err(format!(
        "cannot start {}: {error}",
        place.glasspost().display()
    ))
}

/// The release build of the program, with ./dist inside it.
pub fn build_server(place: &Place) -> Result<(), String> {
    say::heading("server: release build");
    frontend::ensure_folder(place)?;
    say::openly(&mut place.cargo(&[
        "build",
        "--release",
        "--package",
        "server",
        "--bin",
        "glasspost",
    ]))
}

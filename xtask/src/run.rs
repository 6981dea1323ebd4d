//! `cargo xtask run`: sets up, builds and starts the demonstration.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::project::Project;
use crate::setup::{self, Level};
use crate::{frontend, terminal};

/// Sets up, builds frontend and server, and executes `glasspost demo` with the given arguments.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    setup::up_to(project, Level::Run)?;
    frontend::build(project)?;
    build_server(project)?;
    terminal::heading("glasspost demo");
    let error = Command::new(project.glasspost())
        .current_dir(&project.root)
        .arg("demo")
        .args(args)
        .exec();
    Err(format!(
        "cannot start {}: {error}",
        project.glasspost().display()
    ))
}

/// Builds the server for release, with ./dist embedded.
pub fn build_server(project: &Project) -> Result<(), String> {
    terminal::heading("server: release build");
    frontend::ensure_folder(project)?;
    terminal::run(&mut project.cargo(&[
        "build",
        "--release",
        "--package",
        "server",
        "--bin",
        "glasspost",
    ]))
}

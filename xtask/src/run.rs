//! `cargo xtask run`: sets up, builds and starts the demonstration. It is compiled quickly, with
//! little optimization; `--release` starts the program as users get it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::project::{Build, Project};
use crate::setup::{self, Level};
use crate::{frontend, terminal};

/// Sets up, builds frontend and server, and executes `glasspost demo` with the given arguments.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    let (build, args) = match args {
        [first, rest @ ..] if first == "--release" => (Build::Release, rest),
        args => (Build::Quick, args),
    };
    setup::up_to(project, Level::Run)?;
    frontend::build(project, build)?;
    build_server(project, build)?;
    terminal::heading("glasspost demo");
    let program = project.glasspost(build);
    let error = Command::new(&program)
        .current_dir(&project.root)
        .arg("demo")
        .args(args)
        .exec();
    Err(format!("cannot start {}: {error}", program.display()))
}

/// Builds the server, with ./dist embedded.
pub fn build_server(project: &Project, build: Build) -> Result<(), String> {
    terminal::heading(&format!("server: {} build", build.profile()));
    frontend::ensure_folder(project)?;
    terminal::run(&mut project.cargo(&[
        "build",
        "--profile",
        build.profile(),
        "--package",
        "server",
        "--bin",
        "glasspost",
    ]))
}

//! `cargo xtask bench`: builds the release version and runs the benchmarks in tests/benches. `cargo
//! xtask bench mime` compares the two parsers of messages, and needs neither server nor webmail.

use crate::project::{Build, Project};
use crate::setup::{self, Level};
use crate::{frontend, run, terminal};

/// Runs the named benchmarks, or all.
pub fn command(project: &Project, names: &[String]) -> Result<(), String> {
    if let Some((first, rest)) = names.split_first()
        && first == "mime"
    {
        return parsers(project, rest);
    }
    setup::up_to(project, Level::Test)?;
    frontend::build(project, Build::Release)?;
    run::build_server(project, Build::Release)?;
    terminal::heading("benches: building");
    terminal::run(&mut project.cargo(&["build", "--release", "--package", "benches"]))?;
    let program = project.target().join("release/benches");
    // A thousand connections need more open files than the default limit.
    let mut command = project.command("sh");
    command
        .args(["-c", "ulimit -n 8192 2>/dev/null; exec \"$0\" \"$@\""])
        .arg(program);
    command
        .arg("--glasspost")
        .arg(project.glasspost(Build::Release))
        .arg("--dist")
        .arg(project.dist())
        .args(names);
    terminal::run(&mut command)
}

/// Runs tests/oracle; the arguments are its own.
fn parsers(project: &Project, args: &[String]) -> Result<(), String> {
    terminal::heading("benches: mime and mail-parser");
    let mut command = project.cargo(&["run", "--release", "--quiet", "--package", "oracle", "--"]);
    command.args(args);
    terminal::run(&mut command)
}

//! The project's development commands, started as `cargo xtask …`: set up, run, rebuild on change,
//! test, tidy, bench. Independent of the mail code.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a build tool; it is not simulated"
)]

mod project;
mod terminal;

mod bench;
mod dev;
mod dist;
mod files;
mod frontend;
mod lab;
mod run;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use project::Project;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup [run|test|long]
                       install and build the required tools (default: test); does nothing if they are up to date
  setup suites         fetch only the published test data that tests read
  run [--release] [--fresh] […]
                       build everything and start `glasspost demo` with these arguments; built quickly, or with
                       --release as `dist` builds it
  dev […]              the same, rebuilt and restarted when a source file changes
  dist                 the program for users: target/dist/glasspost, without debug information
  test [--fast | --long | only <step>]
                       all checks and tests; --fast skips those that need a browser or other mail programs,
                       --long adds a minute of fuzzing for each target and the tests with a thousand kills
  tidy                 style checks: module docs, lengths, dependencies, cycles, links, vocabulary
  bench [name …]       speed and size compared with the goals: delivery, imap, idle, size
  bench mime [--list]  the parser of messages compared with the crate mail-parser
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((first, rest)) => (first.as_str(), rest),
        None => ("help", &[][..]),
    };
    let result = Project::find().and_then(|project| match command {
        "setup" => setup::command(&project, rest),
        "run" => run::command(&project, rest),
        "dev" => dev::command(&project, rest),
        "dist" => dist::command(&project),
        "test" => test::command(&project, rest),
        "tidy" => tidy::command(&project),
        "bench" => bench::command(&project, rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("unknown command `{other}`\n\n{USAGE}")),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask: {why}");
            ExitCode::FAILURE
        }
    }
}

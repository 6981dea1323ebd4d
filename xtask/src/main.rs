//! The project's own commands, started as `cargo xtask …`: set up, run, rebuild on change, test,
//! tidy, bench. Knows nothing of mail.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is this program's work"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "this program starts builds; it is no part of the mail server and is not simulated"
)]

mod place;
mod say;

mod bench;
mod dev;
mod frontend;
mod lab;
mod run;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use place::Place;

const USAGE: &str = "\
usage: cargo xtask <command>

  setup [run|test]     fetch and build what the project needs (default: test); does nothing the second time
  run [--fresh] […]    build everything and start `glasspost demo`; further words go to the program
  dev […]              the same, rebuilt and restarted whenever a source file changes
  test [--fast] [only <part>]
                       everything that must hold; --fast leaves out what needs a browser or foreign programs
  tidy                 the fences: module docs, lengths, crate arrows, both languages, forbidden words
  bench [name …]       speed and size against the goals: delivery, imap, idle, size
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((first, rest)) => (first.as_str(), rest),
        None => ("help", &[][..]),
    };
    let done = Place::find().and_then(|place| match command {
        "setup" => setup::command(&place, rest),
        "run" => run::command(&place, rest),
        "dev" => dev::command(&place, rest),
        "test" => test::command(&place, rest),
        "tidy" => tidy::command(&place),
        "bench" => bench::command(&place, rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`\n\n{USAGE}")),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask: {why}");
            ExitCode::FAILURE
        }
    }
}

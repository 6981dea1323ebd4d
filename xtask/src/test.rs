//! `cargo xtask test`: everything that must hold, quick things first, each with a heading and its
//! time. A step that fails does not stop the later ones; the last line says how many tests and
//! steps passed and failed.

mod count;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::setup::{self, Level, wasm_command};
use crate::{frontend, run, say, tidy};

use count::Count;

/// One thing that must hold.
struct Step {
    name: &'static str,
    what: &'static str,
    /// What the machine must have for it; nothing beyond Rust itself if `None`.
    needs: Option<Level>,
    act: fn(&Place) -> Result<Count, String>,
}

const STEPS: [Step; 10] = [
    Step {
        name: "fmt",
        what: "the code is formatted",
        needs: None,
        act: fmt,
    },
    Step {
        name: "tidy",
        what: "the fences hold",
        needs: None,
        act: fences,
    },
    Step {
        name: "clippy",
        what: "the lints are silent",
        needs: None,
        act: clippy,
    },
    Step {
        name: "unit",
        what: "unit tests, journeys, properties",
        needs: None,
        act: unit,
    },
    Step {
        name: "purity",
        what: "the shared crates and the simulator build for wasm32",
        needs: Some(Level::Run),
        act: purity,
    },
    Step {
        name: "deny",
        what: "licences, bans and sources of foreign crates",
        needs: Some(Level::Test),
        act: deny,
    },
    Step {
        name: "frontend",
        what: "the browser half builds",
        needs: Some(Level::Run),
        act: browser_half,
    },
    Step {
        name: "server",
        what: "the program builds for release",
        needs: Some(Level::Run),
        act: program,
    },
    Step {
        name: "interop",
        what: "foreign mail programs",
        needs: Some(Level::Test),
        act: interop,
    },
    Step {
        name: "browser",
        what: "journeys in a real browser",
        needs: Some(Level::Test),
        act: browser,
    },
];

/// `cargo xtask test [--fast] [only <part>] [--long]`.
pub fn command(place: &Place, args: &[String]) -> Result<(), String> {
    let chosen = choose(args)?;
    let needs_setup = chosen
        .iter()
        .filter_map(|step| step.needs)
        .max_by_key(|level| *level == Level::Test);
    if let Some(level) = needs_setup {
        setup::up_to(place, level)?;
    }
    frontend::ensure_folder(place)?;
    let mut total = Count::default();
    let mut told: Vec<(&str, Duration, Option<String>)> = Vec::new();
    for step in chosen {
        say::heading(&format!("{}: {}", step.name, step.what));
        let started = Instant::now();
        let outcome = (step.act)(place);
        let elapsed = started.elapsed();
        let failure = match outcome {
            Ok(count) => {
                total.add(count);
                count
                    .failed
                    .gt(&0)
                    .then(|| format!("{} failed", count.failed))
            }
            Err(why) => {
                total.add(Count {
                    passed: 0,
                    failed: 1,
                });
                Some(why)
            }
        };
        say::line(&format!(
            "{} {} after {}",
            step.name,
            if failure.is_some() {
                "FAILED"
            } else {
                "passed"
            },
            say::seconds(elapsed)
        ));
        told.push((step.name, elapsed, failure));
    }
    summary(&told);
    println!("{} passed, {} failed", total.passed, total.failed);
    let failed: Vec<&str> = told
        .iter()
        .filter(|(.., failure)| failure.is_some())
        .map(|(name, ..)| *name)
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}

fn choose(args: &[String]) -> Result<Vec<&'static Step>, String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Ok(STEPS.iter().collect()),
        ["--fast"] => Ok(STEPS.iter().filter(|step| step.needs.is_none()).collect()),
        ["only", part] => {
            let found = STEPS.iter().find(|step| step.name == *part);
            let names = STEPS.map(|step| step.name).join(", ");
            found
                .map(|step| vec![step])
                .ok_or_else(|| format!("there is no part `{part}`; the parts are {names}"))
        }
        other => Err(format!(
            "test takes nothing, `--fast` or `only <part>`, not `{}`",
            other.join(" ")
        )),
    }
}

fn summary(told: &[(&str, Duration, Option<String>)]) {
    say::heading("summary");
    for (name, elapsed, failure) in told {
        let first = failure.as_deref().and_then(|why| why.lines().next());
        let verdict = first.map_or_else(|| "passed".to_owned(), |why| format!("FAILED: {why}"));
        say::line(&format!(
            "{name:<9} {:>12}  {verdict}",
            say::seconds(*elapsed)
        ));
    }
}

fn fmt(place: &Place) -> Result<Count, String> {
    say::openly(&mut place.cargo(&["fmt", "--all", "--check"])).map(|()| Count::ONE)
}

fn fences(place: &Place) -> Result<Count, String> {
    tidy::command(place).map(|()| Count::ONE)
}

fn clippy(place: &Place) -> Result<Count, String> {
    say::openly(&mut place.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
    .map(|()| Count::ONE)
}

fn unit(place: &Place) -> Result<Count, String> {
    counted(
        &mut place.cargo(&["test", "--workspace", "--no-fail-fast"]),
        count::cargo_line,
    )
}

/// Runs a test program and sums what it says of itself. It failed when it says so or when its exit
/// code says so.
fn counted(command: &mut Command, read: fn(&str) -> Option<Count>) -> Result<Count, String> {
    let mut total = Count::default();
    let ended = say::watched(command, |line| {
        if let Some(count) = read(line) {
            total.add(count);
        }
    });
    match ended {
        Err(why) if total.failed == 0 => {
            say::line(&why);
            total.failed = 1;
            Ok(total)
        }
        Ok(()) if total == Count::default() => Err("no test was run".to_owned()),
        _ => Ok(total),
    }
}

/// What is built for whom.
const BUILT: [&str; 3] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "wasm32-unknown-unknown",
];

/// Pure means: no sockets, no files, no clock, no threads. A build for the browser's target proves
/// most of it.
fn purity(place: &Place) -> Result<Count, String> {
    let shared = fs::read_dir(place.root.join("shared")).map_err(|e| format!("shared: {e}"))?;
    let mut names: Vec<String> = shared
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.push("sim".to_owned());
    names.sort();
    let mut command = wasm_command(place, "cargo");
    command.args(["build", "--target", "wasm32-unknown-unknown"]);
    for name in &names {
        // By its folder: foreign crates have some of these names too.
        let folder = if name == "sim" { "backend" } else { "shared" };
        command.arg("--package").arg(format!(
            "path+file://{}",
            place.root.join(folder).join(name).display()
        ));
    }
    say::openly(&mut command)?;
    say::line(&format!("for wasm32: {}", names.join(", ")));
    Ok(Count::ONE)
}

fn deny(place: &Place) -> Result<Count, String> {
    say::openly(&mut place.cargo(&[
        "deny",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    for target in BUILT {
        let by = say::answer(&mut place.cargo(&[
            "tree",
            "--quiet",
            "--locked",
            "--target",
            target,
            "--invert",
            "aws-lc-sys",
        ]));
        if let Some(by) = by.filter(|by| !by.trim().is_empty()) {
            return Err(format!(
                "aws-lc-sys would be linked for {target}; TLS is rustls on ring alone:\n{by}"
            ));
        }
    }
    // The advisories come from the network. Where they cannot be fetched, that is said, and is no
    // failure.
    let fetched = say::answer(
        place
            .command("timeout")
            .args(["60", "cargo", "deny", "fetch", "db"]),
    )
    .is_some();
    if !fetched {
        say::line("advisories: SKIPPED, the advisory database cannot be fetched here");
        return Ok(Count::ONE);
    }
    say::openly(&mut place.cargo(&["deny", "check", "--disable-fetch", "advisories"]))
        .map(|()| Count::ONE)
}

fn browser_half(place: &Place) -> Result<Count, String> {
    frontend::build(place).map(|()| Count::ONE)
}

fn program(place: &Place) -> Result<Count, String> {
    run::build_server(place).map(|()| Count::ONE)
}

/// The product as it is shipped: both halves built, whatever else was chosen.
fn product(place: &Place) -> Result<(), String> {
    frontend::build(place)?;
    run::build_server(place)
}

/// The Lab's engine as a program of this machine, to compare it with others and with itself in a
/// browser's.
fn lab_api(place: &Place) -> Result<PathBuf, String> {
    say::openly(&mut place.cargo(&["build", "--package", "journeys", "--bin", "lab-api"]))?;
    Ok(place.target().join("debug/lab-api"))
}

fn interop(place: &Place) -> Result<Count, String> {
    product(place)?;
    let mut command = place.command("python3");
    command.args([
        "-B",
        "-m",
        "unittest",
        "discover",
        "--verbose",
        "--start-directory",
        "tests/interop",
        "--pattern",
        "*_test.py",
    ]);
    command
        .env("GLASSPOST", place.glasspost())
        .env("LAB_API", lab_api(place)?)
        .env("PYTHONUNBUFFERED", "1");
    // unittest reports on its standard error.
    counted(&mut through_shell(&command), count::python_line)
}

fn browser(place: &Place) -> Result<Count, String> {
    product(place)?;
    let folder = fs::read_dir(place.browser_tests()).map_err(|e| format!("tests/browser: {e}"))?;
    let mut files: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    if files.is_empty() {
        return Err("tests/browser holds no *.test.mjs".to_owned());
    }
    let mut command = place.command("node");
    command
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files);
    command
        .env("GLASSPOST", place.glasspost())
        .env("LAB_API", lab_api(place)?);
    counted(&mut command, count::node_line)
}

/// The same command with its standard error joined to its standard output.
fn through_shell(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        shell.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

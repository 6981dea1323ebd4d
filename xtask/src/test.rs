//! `cargo xtask test`: all checks and tests, fast ones first, each with a heading and its time. A
//! failed step does not stop the later ones; the last line counts the tests and steps that passed,
//! failed and were skipped. Above it, skipped tests are listed with their reasons.

mod count;
mod dependencies;
mod long;
mod report;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::project::{Build, Project};
use crate::setup::{self, Level};
use crate::{frontend, run, terminal, tidy};

use count::{Count, Seen};
use report::Report;

/// One step of the command.
struct Step {
    name: &'static str,
    what: &'static str,
    /// What must be set up for it; only Rust if `None`.
    needs: Option<Level>,
    run: fn(&Project) -> Result<Report, String>,
}

const STEPS: [Step; 14] = [
    Step {
        name: "fmt",
        what: "formatting",
        needs: None,
        run: fmt,
    },
    Step {
        name: "tidy",
        what: "style checks",
        needs: None,
        run: style,
    },
    Step {
        name: "clippy",
        what: "lints",
        needs: None,
        run: clippy,
    },
    Step {
        name: "doc",
        what: "API documentation",
        needs: None,
        run: documentation,
    },
    Step {
        name: "unit",
        what: "unit tests, simulated journeys, properties",
        needs: None,
        run: unit,
    },
    Step {
        name: "purity",
        what: "the shared crates and the simulator build for wasm32",
        needs: Some(Level::Run),
        run: dependencies::purity,
    },
    Step {
        name: "deny",
        what: "licences, bans and sources of dependencies",
        needs: Some(Level::Test),
        run: dependencies::deny,
    },
    Step {
        name: "machete",
        what: "no unused dependencies",
        needs: Some(Level::Test),
        run: dependencies::machete,
    },
    Step {
        name: "frontend",
        what: "webmail and Lab",
        needs: Some(Level::Run),
        run: frontend_build,
    },
    Step {
        name: "server",
        what: "release build of the server",
        needs: Some(Level::Run),
        run: server_build,
    },
    Step {
        name: "interop",
        what: "tests with other mail programs",
        needs: Some(Level::Test),
        run: interop,
    },
    Step {
        name: "browser",
        what: "tests in a real browser",
        needs: Some(Level::Test),
        run: browser,
    },
    Step {
        name: "fuzz",
        what: "each fuzz target for a minute",
        needs: Some(Level::Long),
        run: long::fuzz,
    },
    Step {
        name: "kills",
        what: "a server that is killed a thousand times loses nothing",
        needs: Some(Level::Long),
        run: long::kills,
    },
];

/// `cargo xtask test [--fast | --long | only <step>]`.
pub fn command(project: &Project, args: &[String]) -> Result<(), String> {
    let chosen = choose(args)?;
    if let Some(level) = chosen.iter().filter_map(|step| step.needs).max() {
        setup::up_to(project, level)?;
    }
    frontend::ensure_folder(project)?;
    let mut results = Vec::new();
    for step in chosen {
        terminal::heading(&format!("{}: {}", step.name, step.what));
        let started = Instant::now();
        let outcome = (step.run)(project);
        let result = StepResult::of(step.name, started.elapsed(), outcome);
        terminal::line(&format!(
            "{} {} after {}",
            step.name,
            if result.failure.is_some() {
                "FAILED"
            } else {
                "passed"
            },
            terminal::seconds(result.elapsed)
        ));
        results.push(result);
    }
    summary(&results);
    let failed: Vec<&str> = results
        .iter()
        .filter(|result| result.failure.is_some())
        .map(|result| result.step)
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
        [] => Ok(STEPS
            .iter()
            .filter(|step| step.needs < Some(Level::Long))
            .collect()),
        ["--long"] => Ok(STEPS.iter().collect()),
        ["--fast"] => Ok(STEPS.iter().filter(|step| step.needs.is_none()).collect()),
        ["only", part] => {
            let found = STEPS.iter().find(|step| step.name == *part);
            let names = STEPS.map(|step| step.name).join(", ");
            found
                .map(|step| vec![step])
                .ok_or_else(|| format!("unknown step `{part}`; the steps are {names}"))
        }
        other => Err(format!(
            "usage: cargo xtask test [--fast | --long | only <step>], not `{}`",
            other.join(" ")
        )),
    }
}

/// How a step ended.
struct StepResult {
    step: &'static str,
    elapsed: Duration,
    report: Report,
    failure: Option<String>,
}

impl StepResult {
    fn of(step: &'static str, elapsed: Duration, outcome: Result<Report, String>) -> Self {
        let (report, failure) = match outcome {
            Ok(report) => {
                let failed = report.count.failed;
                (report, (failed > 0).then(|| format!("{failed} failed")))
            }
            Err(why) => {
                let mut report = Report::default();
                report.count.add(Count::FAILED);
                (report, Some(why))
            }
        };
        Self {
            step,
            elapsed,
            report,
            failure,
        }
    }
}

/// Lists steps and skipped tests; the last line has the numbers.
fn summary(results: &[StepResult]) {
    terminal::heading("summary");
    let mut total = Count::default();
    for result in results {
        total.add(result.report.count);
        let first = result.failure.as_deref().and_then(|why| why.lines().next());
        let verdict = first.map_or_else(|| "passed".to_owned(), |why| format!("FAILED: {why}"));
        terminal::line(&format!(
            "{:<9} {:>12}  {verdict}",
            result.step,
            terminal::seconds(result.elapsed)
        ));
    }
    if total.skipped > 0 {
        terminal::heading("skipped");
        for result in results {
            for line in result.report.skipped_lines() {
                terminal::line(&format!("{}: {line}", result.step));
            }
        }
        println!();
    }
    println!(
        "{} passed, {} failed, {} skipped",
        total.passed, total.failed, total.skipped
    );
}

fn fmt(project: &Project) -> Result<Report, String> {
    terminal::run(&mut project.cargo(&["fmt", "--all", "--check"])).map(|()| Report::passed())
}

fn style(project: &Project) -> Result<Report, String> {
    tidy::command(project).map(|()| Report::passed())
}

fn clippy(project: &Project) -> Result<Report, String> {
    terminal::run(&mut project.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
    .map(|()| Report::passed())
}

/// Builds the API documentation; broken links and other warnings are errors.
fn documentation(project: &Project) -> Result<Report, String> {
    let mut command = project.cargo(&["doc", "--no-deps", "--workspace", "--quiet"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    terminal::run(&mut command).map(|()| Report::passed())
}

fn unit(project: &Project) -> Result<Report, String> {
    counted(
        &mut project.cargo(&["test", "--workspace", "--no-fail-fast"]),
        count::cargo_line,
    )
}

/// Runs a test program and counts the results it prints. It has failed if it prints a failure or if
/// its exit code is not 0. A program without tests has not failed.
fn counted(command: &mut Command, read: fn(&str) -> Option<Seen>) -> Result<Report, String> {
    let mut report = Report::default();
    let ended = terminal::run_watched(command, |line| {
        if let Some(seen) = read(line) {
            report.see(seen);
        }
    });
    if let Err(why) = ended
        && report.count.failed == 0
    {
        terminal::line(&why);
        report.count.add(Count::FAILED);
    }
    if report == Report::default() {
        return Err("no test was run".to_owned());
    }
    Ok(report)
}

fn frontend_build(project: &Project) -> Result<Report, String> {
    frontend::build(project, Build::Release).map(|()| Report::passed())
}

fn server_build(project: &Project) -> Result<Report, String> {
    run::build_server(project, Build::Release).map(|()| Report::passed())
}

/// Builds the frontend and the server.
fn product(project: &Project) -> Result<(), String> {
    frontend::build(project, Build::Release)?;
    run::build_server(project, Build::Release)
}

/// The Lab's engine as a program of this machine, to compare it with others and with itself in a
/// browser's.
fn lab_api(project: &Project) -> Result<PathBuf, String> {
    terminal::run(&mut project.cargo(&["build", "--package", "journeys", "--bin", "lab-api"]))?;
    Ok(project.target().join("debug/lab-api"))
}

fn interop(project: &Project) -> Result<Report, String> {
    product(project)?;
    let mut command = project.command("python3");
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
        .env("GLASSPOST", project.glasspost(Build::Release))
        .env("LAB_API", lab_api(project)?)
        .env("PYTHONUNBUFFERED", "1");
    // unittest reports on standard error.
    counted(&mut with_joined_output(&command), count::python_line)
}

fn browser(project: &Project) -> Result<Report, String> {
    product(project)?;
    let folder =
        fs::read_dir(project.browser_tests()).map_err(|e| format!("tests/browser: {e}"))?;
    let mut files: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    if files.is_empty() {
        return Err("tests/browser holds no *.test.mjs".to_owned());
    }
    let mut command = project.command("node");
    command
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .args(files);
    command
        .env("GLASSPOST", project.glasspost(Build::Release))
        .env("LAB_API", lab_api(project)?);
    counted(&mut command, count::node_line)
}

/// The same command with standard error redirected to standard output.
fn with_joined_output(command: &Command) -> Command {
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

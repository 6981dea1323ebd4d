//! The long steps of `cargo xtask test --long`: every fuzz target for a minute, and the tests that
//! kill the server a thousand times. Both print the seed with which they can be repeated.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::count::{self, Count};
use super::report::Report;
use super::{counted, lab_api, product, with_joined_output};
use crate::files;
use crate::project::{Build, Project};
use crate::setup;
use crate::terminal;

const FUZZ_SECONDS: u32 = 60;
/// An input that takes longer is a failure.
const INPUT_SECONDS_MAX: u32 = 20;
const KILLS: u32 = 1000;

/// The tests that kill the server at random moments while it receives and while it sends.
const KILL_TESTS: [&str; 2] = [
    "durability_test.Durability.test_every_acknowledged_message_survives_kill_9_exactly_once",
    "outbound_test.Outbound.test_a_killed_server_loses_nothing_and_repeats_only_unsettled_messages",
];

/// Runs each fuzz target for [`FUZZ_SECONDS`]. Without a nightly toolchain the step is skipped.
pub fn fuzz(project: &Project) -> Result<Report, String> {
    if let Some(missing) = setup::missing_for_fuzzing(project) {
        terminal::line(&format!("SKIPPED: {missing}"));
        let mut report = Report::default();
        report.skip("all targets", &missing);
        return Ok(report);
    }
    let folder = project.root.join("tests/fuzz");
    // The versions of the main workspace; cargo adds those of the fuzzing library.
    fs::copy(project.root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .map_err(|e| format!("tests/fuzz/Cargo.lock: {e}"))?;
    let work = project.tools().join("fuzz");
    let seeds = work.join("seeds");
    terminal::run(
        project
            .cargo(&["run", "--quiet", "--package", "properties", "--example"])
            .arg("write-seeds")
            .arg(&seeds),
    )?;
    let log = |name: &str| project.tools().join(format!("log/fuzz-{name}.log"));
    terminal::run_logged(
        "building the fuzz targets",
        &log("build"),
        &mut cargo_fuzz(project, "build"),
    )?;
    let seed = seed("GLASSPOST_FUZZ_SEED")?;
    terminal::line(&format!(
        "seed {seed}; GLASSPOST_FUZZ_SEED={seed} repeats it"
    ));
    let mut report = Report::default();
    for target in targets(&folder)? {
        let [corpus, failing] = ["corpus", "failing"].map(|name| work.join(name).join(&target));
        for folder in [&corpus, &failing] {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let mut command = cargo_fuzz(project, "run");
        command
            .arg(&target)
            .arg(&corpus)
            .arg(seeds.join(&target))
            .arg("--")
            .arg(format!("-seed={seed}"))
            .arg(format!("-max_total_time={FUZZ_SECONDS}"))
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-artifact_prefix={}/", failing.display()));
        let what = format!("{target} for {FUZZ_SECONDS} s");
        match terminal::run_logged(&what, &log(&target), &mut command) {
            Ok(()) => report.count.add(Count::ONE),
            Err(why) => {
                report.count.add(Count::FAILED);
                terminal::line(&why);
                let text = fs::read(log(&target)).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                let input = failing_input(&text);
                terminal::line(&input.map_or_else(
                    || format!("{target}: no input was written"),
                    |path| format!("{target}: the failing input is {path}"),
                ));
            }
        }
    }
    Ok(report)
}

/// Runs [`KILL_TESTS`] with [`KILLS`] kills each, or as many as `GLASSPOST_KILLS` says.
pub fn kills(project: &Project) -> Result<Report, String> {
    product(project)?;
    let seed = seed("GLASSPOST_SEED")?;
    terminal::line(&format!("seed {seed}; GLASSPOST_SEED={seed} repeats it"));
    let kills = std::env::var("GLASSPOST_KILLS").unwrap_or_else(|_| KILLS.to_string());
    let mut command = project.command("python3");
    command
        .args(["-B", "-m", "unittest", "--verbose"])
        .args(KILL_TESTS)
        .env("PYTHONPATH", project.root.join("tests/interop"))
        .env("GLASSPOST", project.glasspost(Build::Release))
        .env("LAB_API", lab_api(project)?)
        .env("GLASSPOST_KILLS", kills)
        .env("GLASSPOST_SEED", seed.to_string())
        .env("PYTHONUNBUFFERED", "1");
    counted(&mut with_joined_output(&command), count::python_line)
}

fn cargo_fuzz(project: &Project, verb: &str) -> std::process::Command {
    let mut command = project.cargo(&["+nightly", "fuzz", verb, "--fuzz-dir", "tests/fuzz"]);
    // Built with a sanitizer: apart from the other builds.
    command.env("CARGO_TARGET_DIR", project.target().join("fuzz"));
    command
}

/// The fuzz targets, in the order of their names.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    files::collect(&folder.join("fuzz_targets"), &mut paths);
    let mut names: Vec<String> = paths
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err("tests/fuzz has no targets".to_owned());
    }
    Ok(names)
}

/// The seed that the variable names, or a new one.
fn seed(variable: &str) -> Result<u32, String> {
    match std::env::var(variable) {
        Ok(text) => text.parse().map_err(|e| format!("{variable}: {e}")),
        Err(_) => Ok(SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |since| since.subsec_nanos().max(1))),
    }
}

/// The path in libFuzzer's line `Test unit written to …`.
fn failing_input(log: &str) -> Option<&str> {
    let line = log.lines().rfind(|line| line.contains(WRITTEN))?;
    Some(line.split_once(WRITTEN)?.1.trim())
}

const WRITTEN: &str = "Test unit written to ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_failing_input_in_the_log() {
        let log = "==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='x/'; Test unit written to x/crash-0a\nBase64: AA==\n";
        assert_eq!(failing_input(log), Some("x/crash-0a"));
        assert_eq!(failing_input("Done 7 runs in 60 second(s)"), None);
    }
}

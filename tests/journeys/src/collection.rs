//! The scenarios of the Lab, read from `static/scenarios`.

use sim::scenario::{Scenario, read};
use std::fs;
use std::path::PathBuf;

/// The folder of the scenarios.
pub fn scenario_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios")
}

/// All scenarios with the names of their files, in order.
///
/// # Panics
/// Where a file cannot be read.
pub fn scenarios() -> Vec<(String, Scenario)> {
    let mut files: Vec<PathBuf> = fs::read_dir(scenario_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    files.retain(|path| name(path).starts_with(|c: char| c.is_ascii_digit()));
    files.sort();
    assert!(!files.is_empty(), "there are no scenarios");
    let scenario = |path: &PathBuf| {
        read(&fs::read_to_string(path).unwrap()).unwrap_or_else(|e| panic!("{}:{e}", name(path)))
    };
    files
        .iter()
        .map(|path| (name(path), scenario(path)))
        .collect()
}

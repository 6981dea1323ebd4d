//! The scenarios of the Lab, read from `static/scenarios`.

use sim::scenario::{Scenario, read};
use std::fs;
use std::path::PathBuf;

/// The folder of the scenarios.
pub fn scenario_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios")
}

/// All scenarios with the names of their files, ordered by file name.
///
/// # Panics
/// If a file cannot be parsed.
pub fn scenarios() -> Vec<(String, Scenario)> {
    let folder = scenario_folder();
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "there are no scenarios");
    let read_file = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let scenario = read(&text).unwrap_or_else(|e| panic!("{name}:{e}"));
        (name, scenario)
    };
    names.into_iter().map(read_file).collect()
}

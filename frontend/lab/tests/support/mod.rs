//! The runs of all scenarios, for the tests of the stage.

#![allow(dead_code, reason = "each test binary uses a part")]

use sim::api::{ApiRequest, ApiResponse, Plan, PlayedRun};
use std::path::Path;
use std::sync::LazyLock;

/// All scenarios with their runs, computed once.
pub static RUNS: LazyLock<Vec<(String, PlayedRun)>> = LazyLock::new(play_all);

/// All scenarios with their runs.
pub fn runs() -> impl Iterator<Item = (String, PlayedRun)> {
    RUNS.iter().cloned()
}

fn play_all() -> Vec<(String, PlayedRun)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the scenarios")
        .map(|file| file.expect("a file").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(|c: char| c.is_ascii_digit())
        })
        .collect();
    files.sort();
    let play = |path: &std::path::PathBuf| {
        let plan = Plan {
            scenario: std::fs::read_to_string(path).expect("a scenario"),
            edits: None,
        };
        let request = serde_json::to_string(&ApiRequest::Play(plan)).expect("a request");
        match serde_json::from_str(&sim::api::answer(&request)).expect("an answer") {
            ApiResponse::Played(played) => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                (name.into_owned(), *played)
            }
            other => panic!("{path:?}: {other:?}"),
        }
    };
    files.iter().map(play).collect()
}

/// The run of the scenario with a number.
pub fn run_of(number: u32) -> &'static PlayedRun {
    let prefix = format!("{number:02}-");
    let run = RUNS.iter().find(|(name, _)| name.starts_with(&prefix));
    &run.expect("the scenario").1
}

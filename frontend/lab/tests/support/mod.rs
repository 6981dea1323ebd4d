//! The runs of all scenarios, for the tests of the stage.

#![allow(dead_code, reason = "each test binary uses a part")]

use sim::api::{ApiRequest, ApiResponse, Plan, PlayedRun};
use sim::scenario::{EDITS_FORM, Edits};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// All scenarios with their runs, computed once.
pub static RUNS: LazyLock<Vec<(String, PlayedRun)>> = LazyLock::new(play_all);

/// All scenarios with their runs.
pub fn runs() -> impl Iterator<Item = (String, PlayedRun)> {
    RUNS.iter().cloned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios")
}

fn play_all() -> Vec<(String, PlayedRun)> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the scenarios")
        .map(|file| file.expect("a file").path())
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    names.sort();
    let played = |name: String| (name.clone(), play(&name, None));
    names.into_iter().map(played).collect()
}

/// Runs the scenario in a file, with edits if given.
fn play(name: &str, edits: Option<Edits>) -> PlayedRun {
    let path = folder().join(format!("{name}.toml"));
    let plan = Plan {
        scenario: std::fs::read_to_string(path).expect("a scenario"),
        edits,
    };
    let request = serde_json::to_string(&ApiRequest::Play(plan)).expect("a request");
    match serde_json::from_str(&sim::api::answer(&request)).expect("an answer") {
        ApiResponse::Played(played) => *played,
        other => panic!("{name}: {other:?}"),
    }
}

/// The run of the scenario with a number.
pub fn run_of(number: u32) -> &'static PlayedRun {
    let prefix = format!("{number:02}-");
    let run = RUNS.iter().find(|(name, _)| name.starts_with(&prefix));
    &run.expect("the scenario").1
}

/// A scenario's run beside its run with one of its tweaks.
pub struct ComparedRun {
    /// The scenario's file and the tweak's title.
    pub name: String,
    /// The run as the scenario describes it.
    pub without: PlayedRun,
    /// The run with the tweak.
    pub with: PlayedRun,
}

/// Every tweak of every scenario.
pub fn compared_runs() -> Vec<ComparedRun> {
    let mut all = Vec::new();
    for (name, without) in runs() {
        for (index, tweak) in without.scenario.tweaks.iter().enumerate() {
            let edits = serde_json::json!({
                "form": EDITS_FORM,
                "scenario": without.scenario.number,
                "version": without.scenario.version,
                "tweaks": [index],
            });
            let edits = serde_json::from_value(edits).expect("edits");
            all.push(ComparedRun {
                name: format!("{name}, “{}”", tweak.title.en),
                without: without.clone(),
                with: play(&name, Some(edits)),
            });
        }
    }
    all
}

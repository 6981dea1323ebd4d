//! `[many]`: what of a scenario is chance and is counted over many runs, each with a seed of its
//! own. Says what is counted; who plays and counts is the desk.

use super::read::{ScenarioError, fault};
use super::run::Run;
use super::spec::{Scenario, Text, When};
use serde::{Deserialize, Serialize};

/// Runs that may be asked for in all.
pub const MANY_RUNS_MAX: usize = 200;
/// Outcomes that are told apart.
pub const MANY_COUNTS_MAX: usize = 8;

/// `[many]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// So many runs are proposed.
    pub runs: usize,
    /// What is asked of chance.
    pub ask: Text,
    /// The outcomes.
    #[serde(rename = "count")]
    pub counts: Vec<Count>,
}

/// `[[many.count]]`: one outcome that is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// What it is called.
    pub say: Text,
    /// Each event that is such a one counts; `nth` means nothing here.
    pub when: When,
}

impl Count {
    /// How often it came in a run.
    pub fn of(&self, run: &Run) -> usize {
        run.events
            .iter()
            .filter(|event| self.when.fits(event))
            .count()
    }
}

/// Whether what is to be counted can be.
pub(super) fn countable(scenario: &Scenario) -> Result<(), ScenarioError> {
    let Some(many) = &scenario.many else {
        return Ok(());
    };
    if many.runs == 0 || many.runs > MANY_RUNS_MAX {
        return Err(fault(
            format!(
                "[many]：runs 应在 1 到 {MANY_RUNS_MAX} 之间，这里是 {}。",
                many.runs
            ),
            format!(
                "[many]: runs is {}; it may be 1 to {MANY_RUNS_MAX}",
                many.runs
            ),
        ));
    }
    if many.counts.is_empty() || many.counts.len() > MANY_COUNTS_MAX {
        return Err(fault(
            format!(
                "[many]：count 应有 1 到 {MANY_COUNTS_MAX} 项，这里有 {} 项。",
                many.counts.len()
            ),
            format!(
                "[many]: {} outcomes are counted; there may be 1 to {MANY_COUNTS_MAX}",
                many.counts.len()
            ),
        ));
    }
    Ok(())
}

//! Runs a scenario many times, each time with the next seed, and counts the outcomes. Keeps only
//! the counts.
//!
//! Failures: too many runs, a scenario with nothing to count, and a run that exceeds its share of
//! the limits are rejected. All runs of one request together may take as many turns as a single
//! run.

use super::form::{CountRequest, OutcomeCount, RunCounts};
use super::play::{Prepared, prepare};
use super::{RUN_TURNS_MAX, limits};
use crate::error::RequestProblem;
use crate::scenario::{self, Bounds, MANY_RUNS_MAX, ScenarioError};
use std::collections::BTreeMap;

/// Runs the scenario and counts its outcomes.
pub(super) fn count(asked: &CountRequest) -> Result<RunCounts, ScenarioError> {
    let Prepared { mut scenario, .. } = prepare(&asked.plan)?;
    let Some(many) = scenario.many.clone() else {
        return Err(RequestProblem::NothingToCount.into());
    };
    let end = asked.skip.saturating_add(asked.runs);
    if asked.runs == 0 || end > MANY_RUNS_MAX {
        return Err(RequestProblem::CountedRuns {
            first: asked.skip.saturating_add(1),
            runs: asked.runs,
            max: MANY_RUNS_MAX,
        }
        .into());
    }
    let bounds = Bounds {
        turns_max: RUN_TURNS_MAX / asked.runs as u64,
        ..limits()
    };
    let first = scenario.world.seed.wrapping_add(asked.skip as u64);
    let mut counts: Vec<OutcomeCount> = many
        .counts
        .iter()
        .map(|c| OutcomeCount {
            say: c.say.clone(),
            total: 0,
            runs: BTreeMap::new(),
        })
        .collect();
    for number in 0..asked.runs {
        scenario.world.seed = first.wrapping_add(number as u64);
        let run = scenario::run_within(&scenario, &bounds)?;
        for (count, counted) in many.counts.iter().zip(&mut counts) {
            let times = count.of(&run);
            counted.total += times;
            *counted.runs.entry(times).or_default() += 1;
        }
    }
    Ok(RunCounts {
        seed: first,
        runs: asked.runs,
        counts,
    })
}

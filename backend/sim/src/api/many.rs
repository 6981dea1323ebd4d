//! Plays a scenario many times, each time with the next seed, and counts what came of it. Keeps no
//! run: only the numbers.
//!
//! Failures: more runs than may be asked for, a scenario that names nothing to count, and a run
//! that goes beyond its share of the bounds are refused with a sentence. All runs of one answer
//! together take no more turns than a single one may.

use super::form::{Counted, CountedRuns, ManyRuns};
use super::play::{Prepared, prepare};
use super::{Fault, RUN_TURNS_MAX, limits};
use crate::scenario::{self, Bounds, MANY_RUNS_MAX};
use std::collections::BTreeMap;

/// Plays and counts.
pub(super) fn counted(asked: &ManyRuns) -> Result<CountedRuns, Fault> {
    let Prepared { mut scenario, .. } = prepare(&asked.plan)?;
    let Some(many) = scenario.many.clone() else {
        return Err(Fault::new(
            "这个场景没有写要数什么。".to_owned(),
            "this scenario names nothing to count".to_owned(),
        ));
    };
    let end = asked.skip.saturating_add(asked.runs);
    if asked.runs == 0 || end > MANY_RUNS_MAX {
        return Err(Fault::new(
            format!(
                "要演的次数不对：从第 {} 次起演 {} 次；一共最多 {MANY_RUNS_MAX} 次。",
                asked.skip.saturating_add(1),
                asked.runs
            ),
            format!(
                "{} runs from number {} are not to be had; there may be {MANY_RUNS_MAX}",
                asked.runs,
                asked.skip.saturating_add(1)
            ),
        ));
    }
    let bounds = Bounds {
        turns_max: RUN_TURNS_MAX / asked.runs as u64,
        ..limits()
    };
    let first = scenario.world.seed.wrapping_add(asked.skip as u64);
    let mut counts: Vec<Counted> = many
        .counts
        .iter()
        .map(|c| Counted {
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
    Ok(CountedRuns {
        seed: first,
        runs: asked.runs,
        counts,
    })
}

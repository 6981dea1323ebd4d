//! The time that the Lab's engine takes for a run of ten hosts and about a thousand events, for the
//! same through its API (with JSON), and for five virtual days of retries. Processor time, which
//! other load of the machine does not affect.

use sim::api::{ApiRequest, Plan, answer};
use sim::scenario::{Bounds, Run, Scenario, read_any, run_within};

use crate::Plan as Bench;
use crate::judging::processor_nanos;
use crate::rows::{Goal, Rows};

const TEN_HOSTS: &str = include_str!("../ten-hosts.toml");
const FIVE_DAYS: &str = include_str!("../../../static/scenarios/49-expiry.toml");
const GOAL_MS: f64 = 50.0;
const GOAL_DAYS_MS: f64 = 1_000.0;
const EVENTS_MIN: usize = 1_000;
const ROUNDS: u32 = 20;

/// Measures and adds rows; there is no peer.
pub fn run(_: &Bench, rows: &mut Rows) -> Result<(), String> {
    let ten = read_any(TEN_HOSTS).map_err(|e| e.to_string())?;
    let events = play(&ten)?.events.len();
    if events < EVENTS_MIN || ten.hosts.len() != 10 {
        return Err(format!(
            "{} hosts and {events} events are not what is to be measured",
            ten.hosts.len()
        ));
    }
    let each = millis(ROUNDS, || play(&ten).map(drop))?;
    println!("   ten hosts, {events} events: {each:.1} ms per run");
    rows.add(
        "Lab: a run of 10 hosts and 1,000 events",
        "ms",
        Some(each),
        None,
        Goal::Max(GOAL_MS),
    );
    let request = serde_json::to_string(&ApiRequest::Play(Plan {
        scenario: TEN_HOSTS.to_owned(),
        edits: None,
    }))
    .map_err(|e| e.to_string())?;
    let bytes = answer(&request).len();
    let asked = millis(ROUNDS, || {
        drop(answer(&request));
        Ok(())
    })?;
    println!(
        "   the same through the API: {asked:.1} ms, a response of {} KB",
        bytes / 1024
    );
    rows.add(
        "Lab: the same through the API (JSON)",
        "ms",
        Some(asked),
        None,
        Goal::Max(GOAL_MS),
    );
    let days = read_any(FIVE_DAYS).map_err(|e| e.to_string())?;
    let lasts = days.world.lasts.0.as_secs() / 86_400;
    let each = millis(ROUNDS, || play(&days).map(drop))?;
    println!("   {lasts} virtual days of retries: {each:.1} ms");
    rows.add(
        "Lab: five virtual days",
        "ms",
        Some(each),
        None,
        Goal::Max(GOAL_DAYS_MS),
    );
    Ok(())
}

fn play(scenario: &Scenario) -> Result<Run, String> {
    let run = run_within(scenario, &Bounds::default()).map_err(|e| e.to_string())?;
    let missing = scenario.expect.unmet(&run);
    if missing.is_empty() {
        Ok(run)
    } else {
        Err(missing
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; "))
    }
}

fn millis(rounds: u32, mut work: impl FnMut() -> Result<(), String>) -> Result<f64, String> {
    let begun = processor_nanos()?;
    (0..rounds).try_for_each(|_| work())?;
    Ok((processor_nanos()? - begun) as f64 / 1e6 / f64::from(rounds))
}

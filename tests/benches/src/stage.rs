//! The time that the player takes without a browser: to build the timeline from the events of a
//! long run, and to compute the picture at any moment, as each frame requires while the position is
//! dragged. Processor time.

use frontend::i18n::Language;
use frontend::stage::caption::Caption;
use frontend::stage::layout::{Layout, Viewport};
use frontend::stage::model::Timeline;
use frontend::stage::scene::Scene;
use sim::scenario::{Bounds, read_any, run_within};

use crate::Plan;
use crate::judging::processor_nanos;
use crate::rows::{Goal, Rows};

const TEN_HOSTS: &str = include_str!("../ten-hosts.toml");
const EVENTS_MIN: usize = 1_000;
/// Goal for the picture at any moment.
const SCRUB_GOAL_MS: f64 = 50.0;
/// Goal for the timeline, once per run; the engine has the same.
const OPEN_GOAL_MS: f64 = 200.0;
/// The number of moments that are visited, forwards and backwards.
const MOMENTS: usize = 200;
const ROUNDS: u32 = 10;

/// Measures and adds rows; there is no peer.
pub fn run(_: &Plan, rows: &mut Rows) -> Result<(), String> {
    let ten = read_any(TEN_HOSTS).map_err(|e| e.to_string())?;
    let events = run_within(&ten, &Bounds::default())
        .map_err(|e| e.to_string())?
        .events;
    if events.len() < EVENTS_MIN {
        return Err(format!(
            "{} events are not what is to be measured",
            events.len()
        ));
    }
    let begun = processor_nanos()?;
    let mut timeline = Timeline::default();
    for _ in 0..ROUNDS {
        timeline = Timeline::from_run(events.clone());
    }
    let opened = since(begun)? / f64::from(ROUNDS);
    let space = Viewport {
        width: 1280.0,
        height: 400.0,
        large: false,
    };
    let layout = Layout::fit(&timeline, space);
    // There and back by turns, so that no moment is near the one before.
    let moments = (0..MOMENTS).map(|n| {
        if n % 2 == 0 {
            n * timeline.last() / MOMENTS
        } else {
            timeline.last() - n * timeline.last() / MOMENTS
        }
    });
    let mut worst: f64 = 0.0;
    let mut sum = 0.0;
    for moment in moments {
        let begun = processor_nanos()?;
        let scene = Scene::of(&timeline, moment, None);
        let caption = Caption::of(&timeline, &scene, &layout, Language::Chinese);
        std::hint::black_box((scene, caption));
        let millis = since(begun)?;
        worst = worst.max(millis);
        sum += millis;
    }
    let (steps, each) = (timeline.len(), sum / MOMENTS as f64);
    println!(
        "   {} events, {steps} steps: opened in {opened:.1} ms; picture of a moment in {each:.2} ms, at worst {worst:.2} ms (goal: scrub in {SCRUB_GOAL_MS} ms)",
        events.len()
    );
    rows.add(
        "Player: timeline of 1,000 events",
        "ms",
        Some(opened),
        None,
        Goal::Max(OPEN_GOAL_MS),
    );
    rows.add(
        "Stage: the picture at any moment of them, at worst",
        "ms",
        Some(worst),
        None,
        Goal::Max(SCRUB_GOAL_MS),
    );
    Ok(())
}

fn since(begun: u64) -> Result<f64, String> {
    Ok((processor_nanos()? - begun) as f64 / 1e6)
}

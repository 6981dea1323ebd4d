//! Runs a scenario file and prints its events, one JSON value per line, then the outcome: for
//! authors of scenarios and for tests in other languages. `--short` prints one readable line per
//! event instead; `--tweak N` and `--exercise N` (from 1) add the steps of a tweak or an exercise,
//! and `--solved` those of the exercise's solution. Makes no assertions.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use event::{Event, Kind};
use sim::scenario::{StepSpec, read, run};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut file, mut short, mut solved, mut edits) =
        (None, false, false, Vec::<(String, usize)>::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--short" => short = true,
            "--solved" => solved = true,
            "--tweak" | "--exercise" => edits.push((
                argument,
                arguments.next().ok_or("a number is wanted")?.parse()?,
            )),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or(
        "events [--short] [--tweak N] [--exercise N [--solved]] static/scenarios/NN-name.toml",
    )?;
    let scenario = read(&std::fs::read_to_string(&file)?)?;
    let mut steps: Vec<StepSpec> = Vec::new();
    for (which, number) in edits {
        let place = number.checked_sub(1).ok_or("they are counted from 1")?;
        if which == "--tweak" {
            steps.extend(
                scenario
                    .tweaks
                    .get(place)
                    .ok_or("there is no such tweak")?
                    .steps
                    .clone(),
            );
        } else {
            let exercise = scenario
                .exercise(place)
                .ok_or("there is no such exercise")?;
            steps.extend(exercise.with(if solved { &exercise.solution } else { &[] }));
        }
    }
    let played = run(&scenario, &steps)?;
    for event in &played.events {
        println!(
            "{}",
            if short {
                line(event)
            } else {
                serde_json::to_string(event)?
            }
        );
    }
    println!("{}", serde_json::to_string(&played.outcome)?);
    if short {
        for question in &scenario.questions {
            println!("“{}”: {:?}", question.ask.en, question.answer_key(&played));
        }
        println!("missing: {:?}", scenario.expect.unmet(&played));
    }
    Ok(())
}

fn line(event: &Event) -> String {
    let seconds = event.at.since(sim::START).as_millis();
    let detail = match &event.kind {
        Kind::Line {
            speaker,
            text,
            sealed,
            ..
        } => {
            let lock = if *sealed { "=" } else { " " };
            format!(
                "{lock}{} {}",
                if *speaker == mail::session::Speaker::Client {
                    "C:"
                } else {
                    "S:"
                },
                text.replace('\n', " | ")
            )
        }
        kind => serde_json::to_string(kind).unwrap_or_default(),
    };
    format!(
        "{seconds:>9} {} {:?} [{}→{}] {} {detail}",
        event.host, event.role, event.before, event.after, event.explain
    )
}

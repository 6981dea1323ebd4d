//! Every scenario of the Lab is also a test: it must be complete in both languages, meet its
//! expectations, give the same run each time, and have exactly one correct answer to each question.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use journeys::{scenario_folder, scenarios};
use sim::scenario::{Expectation, Run, Scenario, StepSpec, Text, When, read_tracks, run};
use std::collections::BTreeSet;
use std::fs;

// Fails with all errors in one list.
fn assert_no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn played(name: &str, scenario: &Scenario) -> Run {
    run(scenario, &[]).unwrap_or_else(|e| panic!("{name}: {e}"))
}

// The events of a run as text, for authors of scenarios.
fn story(run: &Run) -> String {
    let line = |(at, e): (usize, &event::Event)| {
        format!(
            "{at:4} {} {:?} {} {}",
            e.host,
            e.role,
            e.explain,
            serde_json::to_string(&e.kind).unwrap()
        )
    };
    run.events
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_scenario_meets_its_expectations_reproducibly() {
    let mut faults = Vec::new();
    for (name, scenario) in scenarios() {
        let first = played(&name, &scenario);
        let missing = scenario.expect.unmet(&first);
        if !missing.is_empty() {
            faults.push(format!(
                "{name}: {}\n{:?}\n{}",
                missing
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "),
                first.outcome,
                story(&first)
            ));
        }
        assert_eq!(
            first.fingerprint,
            played(&name, &scenario).fingerprint,
            "{name}: two runs differ"
        );
        assert!(
            !scenario.expect.happened.is_empty(),
            "{name} promises nothing"
        );
    }
    assert_no_faults(&faults);
}

#[test]
fn every_question_has_an_event_and_one_correct_answer() {
    let mut faults = Vec::new();
    for (name, scenario) in scenarios() {
        let run = played(&name, &scenario);
        let mut last = 0;
        for question in &scenario.questions {
            let asked = &question.ask.en;
            let Some((at, right)) = question.answer_key(&run) else {
                faults.push(format!("{name}: “{asked}” is never asked\n{}", story(&run)));
                continue;
            };
            if right.len() != 1 {
                faults.push(format!(
                    "{name}: “{asked}” has {} right answers at {:?}",
                    right.len(),
                    run.events[at]
                ));
            }
            if at < last {
                faults.push(format!(
                    "{name}: “{asked}” stands behind a question that comes later"
                ));
            }
            last = at;
        }
    }
    assert_no_faults(&faults);
}

#[test]
fn every_choice_has_its_own_condition_and_response() {
    let mut faults = Vec::new();
    for (name, scenario) in scenarios() {
        for question in &scenario.questions {
            let mut answers: Vec<&str> = question
                .choices
                .iter()
                .map(|choice| choice.then.en.as_str())
                .collect();
            answers.sort_unstable();
            answers.dedup();
            let idle = question.choices.iter().any(|choice| {
                choice.when == When::default() && choice.so == Expectation::default()
            });
            if idle || answers.len() < question.choices.len() {
                faults.push(format!("{name}: “{}”", question.ask.en));
            }
        }
        assert!(scenario.questions.len() >= 2, "{name} asks too little");
    }
    assert_no_faults(&faults);
}

// The explanation keys in questions, choices and expectations.
fn named(scenario: &Scenario) -> Vec<String> {
    let promised = |e: &Expectation| {
        e.happened
            .iter()
            .chain(&e.never)
            .filter_map(|when| when.explain.clone())
            .collect::<Vec<_>>()
    };
    let mut keys = promised(&scenario.expect);
    for question in &scenario.questions {
        keys.extend(question.before.explain.clone());
        keys.extend(question.choices.iter().flat_map(|choice| {
            choice
                .when
                .explain
                .clone()
                .into_iter()
                .chain(promised(&choice.so))
        }));
    }
    keys.extend(
        scenario
            .exercises
            .iter()
            .flat_map(|exercise| promised(&exercise.goal)),
    );
    keys
}

#[test]
fn every_key_that_occurs_is_explained() {
    let text = fs::read_to_string(scenario_folder().join("../explain/en.json")).unwrap();
    let explained: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap();
    let mut missing = BTreeSet::new();
    for (name, scenario) in scenarios() {
        let events = played(&name, &scenario).events;
        let keys = named(&scenario)
            .into_iter()
            .chain(events.into_iter().map(|e| e.explain.into_owned()));
        missing.extend(
            keys.filter(|key| !explained.contains_key(key))
                .map(|key| format!("{name}: {key}")),
        );
    }
    assert_no_faults(&missing.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_scenario_has_three_interactions_and_effective_tweaks() {
    let mut faults = Vec::new();
    for (name, scenario) in scenarios() {
        let plain = played(&name, &scenario).fingerprint;
        assert!(
            scenario.questions.len() + scenario.tweaks.len() >= 3,
            "{name} has fewer than three points of interaction"
        );
        for tweak in &scenario.tweaks {
            let mut changed = scenario.clone();
            changed.world.seed = tweak.seed.unwrap_or(changed.world.seed);
            let tweaked = run(&changed, &tweak.steps)
                .unwrap_or_else(|e| panic!("{name}, “{}”: {e}", tweak.title.en));
            if tweaked.fingerprint == plain {
                faults.push(format!("{name}: “{}” changes nothing", tweak.title.en));
            }
        }
    }
    assert_no_faults(&faults);
}

#[test]
fn every_exercise_is_broken_and_only_its_solution_repairs_it() {
    let (mut faults, mut exercises) = (Vec::new(), 0);
    for (name, scenario) in scenarios() {
        for exercise in &scenario.exercises {
            exercises += 1;
            let title = &exercise.title.en;
            let play = |learner: &[StepSpec]| {
                run(&scenario, &exercise.with(learner))
                    .unwrap_or_else(|e| panic!("{name}, “{title}”: {e}"))
            };
            if exercise.unmet(&play(&[])).is_empty() {
                faults.push(format!(
                    "{name}: “{title}” is solved before anybody has done anything"
                ));
            }
            let mended = play(&exercise.solution);
            let missing = exercise.unmet(&mended);
            if !missing.is_empty() {
                faults.push(format!(
                    "{name}: “{title}” is not solved: {}\n{}",
                    missing
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join("; "),
                    story(&mended)
                ));
            }
            for wrong in &exercise.wrong {
                if exercise.unmet(&play(&wrong.steps)).is_empty() {
                    faults.push(format!(
                        "{name}: “{title}” is solved by what should not do: {}",
                        wrong.say.en
                    ));
                }
            }
        }
    }
    assert_no_faults(&faults);
    assert!(exercises >= 29, "{exercises} exercises are few");
}

#[test]
fn every_track_lists_existing_scenarios() {
    let text = fs::read_to_string(scenario_folder().join("tracks.toml")).unwrap();
    let tracks = read_tracks(&text).unwrap_or_else(|e| panic!("tracks.toml:{e}"));
    let there: Vec<_> = scenarios()
        .iter()
        .map(|(_, scenario)| (scenario.number, scenario.part))
        .collect();
    assert_eq!(tracks.len(), 4);
    for track in &tracks {
        assert!(
            track.numbers(&there).len() >= 3,
            "{}: {:?}",
            track.id,
            track.numbers(&there)
        );
        in_both_languages("tracks.toml", &[&track.title, &track.lead]);
    }
}

fn in_both_languages(name: &str, texts: &[&Text]) {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for text in texts {
        assert!(
            !chinese(&text.en) && text.en.chars().any(char::is_alphanumeric),
            "{name}: {}",
            text.en
        );
        // Codes and addresses are the same in every language.
        assert!(
            chinese(&text.zh) || text.zh.is_ascii(),
            "{name}: {}",
            text.zh
        );
    }
}

#[test]
fn every_file_has_its_number_and_texts_in_both_languages() {
    for (name, scenario) in scenarios() {
        let number = name
            .split('-')
            .next()
            .and_then(|digits| digits.parse::<u32>().ok());
        assert_eq!(number, Some(scenario.number), "{name}");
        let mut texts = vec![&scenario.title, &scenario.lead, &scenario.lesson];
        texts.extend(scenario.questions.iter().flat_map(|q| {
            [&q.ask]
                .into_iter()
                .chain(q.choices.iter().flat_map(|c| [&c.say, &c.then]))
        }));
        texts.extend(scenario.tweaks.iter().map(|t| &t.title));
        for exercise in &scenario.exercises {
            texts.extend(
                [&exercise.title, &exercise.task]
                    .into_iter()
                    .chain(&exercise.lesson)
                    .chain(&exercise.hints)
                    .chain(exercise.wrong.iter().map(|w| &w.say)),
            );
        }
        in_both_languages(&name, &texts);
    }
}

#[test]
fn equal_preferences_are_picked_at_random_over_many_seeds() {
    let (_, mut scenario) = scenarios()
        .into_iter()
        .find(|(_, scenario)| scenario.number == 23)
        .unwrap();
    scenario.steps.truncate(2);
    let mut taken = Vec::new();
    for seed in 1..=100 {
        scenario.world.seed = seed;
        let run = played("23", &scenario);
        let relayed = run.events.iter().filter_map(|e| match &e.kind {
            event::Kind::Relayed { host, .. } => Some(host == "mx1.b.test"),
            _ => None,
        });
        let messages: Vec<bool> = relayed.collect();
        assert_eq!(messages.len(), 2, "seed {seed}");
        taken.push((messages[0], messages[1]));
    }
    // Three standard deviations for a fair coin tossed a hundred times.
    let fair = 35..=65;
    let (first, changed) = (
        taken.iter().filter(|t| t.0).count(),
        taken.iter().filter(|t| t.0 != t.1).count(),
    );
    assert!(
        fair.contains(&first) && fair.contains(&changed),
        "mx1 first in {first}, the other one next in {changed} of 100"
    );
}

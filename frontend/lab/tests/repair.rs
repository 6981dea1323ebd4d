//! The repair exercises, solved as a learner would: each solution, and each fix that only seems to
//! work, made with the editor's own operations at the place where the editor shows the fault.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use frontend::i18n::Language;
use lab::build::edits::{self, Origin};
use lab::build::kinds::kind_of;
use lab::build::zone;
use lab::repair_lesson::repair_lesson;
use mail::Duration;
use serde_json::Value;
use sim::scenario::{
    AliasSpec, Edits, Exercise, HostSpec, Scenario, Span, Step, StepSpec, edited, read, run,
    with_exercise,
};
use std::fs;
use std::path::PathBuf;

/// An event that is at most this much earlier than the wanted one is edited; otherwise an event is
/// added.
const JUST_BEFORE: Duration = Duration::from_secs(5);

fn scenarios() -> Vec<(String, Scenario)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut all: Vec<(String, Scenario)> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            name.starts_with(|c: char| c.is_ascii_digit())
                .then(|| (name, read(&fs::read_to_string(&path).unwrap()).unwrap()))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// An exercise that is open in the editor.
struct Opened {
    file: Scenario,
    base: Scenario,
    edits: Edits,
}

impl Opened {
    fn new(file: &Scenario, place: usize) -> Opened {
        Opened {
            file: file.clone(),
            base: with_exercise(file, Some(place)).unwrap(),
            edits: Edits {
                exercise: Some(place),
                ..Edits::of(file)
            },
        }
    }

    fn is_solved(&self, exercise: &Exercise) -> bool {
        let played = edited(&self.file, &self.edits).unwrap();
        exercise.unmet(&run(&played, &[]).unwrap()).is_empty()
    }

    /// Applies a step of the solution with the operations of the editor.
    fn repair(&mut self, wanted: &StepSpec) {
        let from_start = wanted.at == Span(Duration::ZERO);
        match &wanted.step {
            Step::Zone { set, remove } if from_start => self.edit_records(set, remove),
            Step::Settings { host, set } if from_start => {
                self.edit_host(host, |host| merge(&mut host.settings, set));
            }
            Step::Alias { host, name, to } if from_start => self.edit_host(host, |host| {
                host.aliases.retain(|alias| alias.name != *name);
                if !to.is_empty() {
                    host.aliases.push(AliasSpec {
                        name: name.clone(),
                        to: to.clone(),
                    });
                }
            }),
            Step::Quota {
                host,
                person,
                bytes,
            } if from_start => self.edit_host(host, |host| {
                let person = host.people.iter_mut().find(|p| p.address == *person);
                person.unwrap().quota = *bytes;
            }),
            Step::Dkim { host, key } if from_start => {
                self.edit_host(host, |host| host.dkim.push(key.clone()));
            }
            _ => self.edit_event(wanted),
        }
    }

    fn edit_host(&mut self, name: &str, change: impl FnOnce(&mut HostSpec)) {
        let hosts = edits::hosts(&self.base, &self.edits);
        let (mut host, _) = hosts.into_iter().find(|(h, _)| h.name == name).unwrap();
        change(&mut host);
        edits::put_host(&self.base, &mut self.edits, host);
    }

    fn edit_records(&mut self, set: &str, remove: &[String]) {
        let text = edits::zone(&self.base, &self.edits).to_owned();
        let same = |row: &zone::Row, name: &str, kind: &str| {
            row.name.trim_end_matches('.') == name.trim_end_matches('.') && row.kind == kind
        };
        let mut fresh = text.clone();
        for wanted in zone::rows(set) {
            let there = zone::rows(&fresh);
            let there = there.iter().find(|r| same(r, &wanted.name, &wanted.kind));
            fresh = match there {
                Some(row) => {
                    let line = row.line;
                    zone::put(&fresh, &zone::Row { line, ..wanted })
                }
                None => zone::add(&fresh, &wanted),
            };
        }
        for record in remove {
            let (name, kind) = record.split_once(' ').unwrap();
            let there = zone::rows(&fresh);
            let row = there.iter().find(|r| same(r, name, kind));
            fresh = zone::remove(&fresh, row.expect("the editor shows the record to remove"));
        }
        assert_eq!(zone::faults(&fresh), []);
        edits::put_zone(&self.base, &mut self.edits, &fresh);
    }

    /// Changes the event that is wrong, or adds one.
    fn edit_event(&mut self, wanted: &StepSpec) {
        let rows = edits::steps(&self.base, &self.edits);
        let wrong = rows.iter().rev().filter(|row| !row.off).find(|row| {
            let close = row.step.at.0 + JUST_BEFORE >= wanted.at.0;
            let earlier = row.step.at <= wanted.at;
            earlier && same_subject(&row.step, wanted) && (close || is_settings_or_submit(wanted))
        });
        match wrong {
            Some(row) => {
                let at = row.step.at;
                let step = wanted.step.clone();
                edits::put_step(&mut self.edits, row.from, row.place, StepSpec { at, step });
            }
            None => self.edits.steps.push(wanted.clone()),
        }
        edits::last_until(&self.base, &mut self.edits, wanted.at);
    }
}

fn is_settings_or_submit(step: &StepSpec) -> bool {
    matches!(step.step, Step::Settings { .. } | Step::Submit { .. })
}

/// Whether two events change the same thing, or submit the same message.
fn same_subject(a: &StepSpec, b: &StepSpec) -> bool {
    let value = |step: &StepSpec| serde_json::to_value(step).unwrap();
    let (a, b) = (value(a), value(b));
    let Some(kind) = kind_of(&a).filter(|kind| kind_of(&b) == Some(kind)) else {
        return false;
    };
    let own = |step: &Value| {
        kind.key
            .split('.')
            .fold(step.clone(), |v, key| v[key].clone())
    };
    let (a, b) = (own(&a), own(&b));
    let record = |step: &Value| {
        let row = zone::rows(step["set"].as_str().unwrap_or_default());
        row.first().map(|row| (row.name.clone(), row.kind.clone()))
    };
    ["host", "between", "name", "message"]
        .iter()
        .all(|key| a[key] == b[key])
        && record(&a) == record(&b)
        && !a.is_string()
}

fn merge(into: &mut serde_json::Map<String, Value>, edit: &serde_json::Map<String, Value>) {
    for (key, fresh) in edit {
        match (into.get_mut(key), fresh) {
            (Some(Value::Object(old)), Value::Object(fresh)) => merge(old, fresh),
            _ => drop(into.insert(key.clone(), fresh.clone())),
        }
    }
}

#[test]
fn the_editor_solves_every_exercise_where_it_is_broken() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for (name, file) in scenarios() {
        for (place, exercise) in file.exercises.iter().enumerate() {
            count += 1;
            let mut opened = Opened::new(&file, place);
            if opened.is_solved(exercise) {
                faults.push(format!("{name} {place}: solved without any edit"));
            }
            exercise
                .solution
                .iter()
                .for_each(|step| opened.repair(step));
            if !opened.is_solved(exercise) {
                faults.push(format!(
                    "{name} {place}: not solved by {}",
                    opened.edits.to_json()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count >= 29, "{count} exercises are few");
}

#[test]
fn fixes_that_only_seem_to_work_do_not_solve_an_exercise_in_the_editor() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for (name, file) in scenarios() {
        for (place, exercise) in file.exercises.iter().enumerate() {
            for wrong in &exercise.wrong {
                count += 1;
                let mut opened = Opened::new(&file, place);
                wrong.steps.iter().for_each(|step| opened.repair(step));
                if opened.is_solved(exercise) {
                    faults.push(format!("{name} {place}: solved by “{}”", wrong.say.en));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count >= 15, "{count} wrong fixes are few");
}

#[test]
fn preventing_the_messages_of_an_exercise_does_not_solve_it() {
    let mut faults = Vec::new();
    for (name, file) in scenarios() {
        for (place, exercise) in file.exercises.iter().enumerate() {
            let opened = Opened::new(&file, place);
            let rows = edits::steps(&opened.base, &opened.edits);
            let traffic = rows.iter().filter(|row| {
                assert_eq!(row.from, Origin::File);
                matches!(row.step.step, Step::Submit { .. } | Step::Type { .. })
            });
            let mut silent = Opened::new(&file, place);
            for row in traffic {
                edits::switch_step(&mut silent.edits, row.place, false);
            }
            if silent.is_solved(exercise) {
                faults.push(format!("{name} {place}"));
            }
        }
    }
    assert!(faults.is_empty(), "solved without mail: {faults:?}");
}

#[test]
fn every_exercise_of_the_files_says_what_its_own_repair_teaches() {
    for (name, file) in scenarios() {
        for exercise in &file.exercises {
            let lesson = exercise.lesson.as_ref();
            assert!(lesson.is_some_and(|text| *text != file.lesson), "{name}");
        }
    }
}

#[test]
fn an_exercise_without_a_text_names_the_cause_and_the_fix() {
    let (_, file) = scenarios().remove(0);
    let exercise = Exercise {
        lesson: None,
        ..file.exercises[0].clone()
    };
    let own = [StepSpec {
        step: Step::Alias {
            host: "mail.b.test".into(),
            name: "team@b.test".into(),
            to: vec!["bob@b.test".into()],
        },
        ..exercise.solution[0].clone()
    }];
    let expected = [
        "故障：DNS 记录变更：b.test. MX 10 192.0.2.99.。修复：DNS 记录变更：b.test. MX 10 mail.b.test.。",
        "The fault: DNS records change: b.test. MX 10 192.0.2.99.. The fix: DNS records change: b.test. MX 10 mail.b.test..",
    ];
    let texts = Language::ALL.map(|language| repair_lesson(language, &exercise, &[]));
    assert_eq!(texts, expected);
    let text = repair_lesson(Language::English, &exercise, &own);
    assert!(
        text.contains("192.0.2.99") && text.contains("bob@b.test"),
        "{text}"
    );
}

//! The scenario of an open exercise: the file's scenario with the fault written into it, so that an
//! editor shows the broken records and hosts, and the learner repairs them there.
//!
//! Steps of the exercise at the beginning of the run that change records, settings, aliases, quotas
//! or keys become part of the zone and the hosts. All other steps follow the file's steps.

use super::settings;
use super::spec::{AliasSpec, HostSpec, Scenario, Span, Step, StepSpec};
use crate::error::RequestProblem;
use mail::Duration;
use std::collections::BTreeSet;
use std::mem::discriminant;

/// The scenario that edits apply to: the file, with the fault of the open exercise, if any.
///
/// # Errors
/// If there is no such exercise.
pub fn with_exercise(file: &Scenario, exercise: Option<usize>) -> Result<Scenario, RequestProblem> {
    let mut broken = file.clone();
    let Some(place) = exercise else {
        return Ok(broken);
    };
    let exercise = file
        .exercises
        .get(place)
        .ok_or(RequestProblem::NoExercise {
            number: place + 1,
            count: file.exercises.len(),
        })?;
    for spec in &exercise.edits {
        if !fold(&mut broken, &[], spec) {
            broken.steps.push(spec.clone());
        }
    }
    Ok(broken)
}

/// Like [`with_exercise`], with the changes that the chosen tweaks make at the beginning, so that
/// an editor shows the world of the run; and the steps of the tweaks that remain steps.
///
/// # Errors
/// If there is no such exercise or tweak.
pub(super) fn with_tweaks(
    file: &Scenario,
    exercise: Option<usize>,
    tweaks: &[usize],
) -> Result<(Scenario, Vec<StepSpec>), RequestProblem> {
    let mut base = with_exercise(file, exercise)?;
    let mut rest = Vec::new();
    for place in tweaks {
        let tweak = file.tweaks.get(*place).ok_or(RequestProblem::NoTweak {
            number: place + 1,
            count: file.tweaks.len(),
        })?;
        for spec in &tweak.steps {
            if !fold(&mut base, &rest, spec) {
                rest.push(spec.clone());
            }
        }
    }
    Ok((base, rest))
}

/// Writes a step at the beginning of the run into the scenario; `false` for one that must remain a
/// step. `after` are steps that follow the scenario's.
pub(super) fn fold(scenario: &mut Scenario, after: &[StepSpec], spec: &StepSpec) -> bool {
    let at_start = |at: Span| at == Span(Duration::ZERO);
    // An earlier step of the same kind would override the value in the zone or the host.
    let after_others =
        scenario.steps.iter().chain(after).any(|other| {
            at_start(other.at) && discriminant(&other.step) == discriminant(&spec.step)
        });
    at_start(spec.at) && !after_others && write_into(scenario, &spec.step)
}

/// Writes a change of the world into the scenario; `false` for one that must remain a step.
fn write_into(scenario: &mut Scenario, step: &Step) -> bool {
    if let Step::Zone { set, remove } = step {
        let zone = replace_records(&scenario.world.zone, set, remove);
        return zone.map(|zone| scenario.world.zone = zone).is_some();
    }
    let (Step::Settings { host: name, .. }
    | Step::Alias { host: name, .. }
    | Step::Quota { host: name, .. }
    | Step::Dkim { host: name, .. }) = step
    else {
        return false;
    };
    let host = scenario.hosts.iter_mut().find(|host| host.name == *name);
    host.is_some_and(|host| write_into_host(host, step))
}

pub(super) fn write_into_host(host: &mut HostSpec, step: &Step) -> bool {
    match step {
        Step::Settings { set, .. } => settings::merge(&mut host.settings, set),
        Step::Alias { name, to, .. } => {
            host.aliases.retain(|alias| alias.name != *name);
            if !to.is_empty() {
                host.aliases.push(AliasSpec {
                    name: name.clone(),
                    to: to.clone(),
                });
            }
        }
        Step::Quota { person, bytes, .. } => {
            let Some(person) = host.people.iter_mut().find(|p| p.address == *person) else {
                return false;
            };
            person.quota = *bytes;
        }
        Step::Dkim { key, .. } => {
            host.dkim
                .retain(|old| (&old.domain, &old.selector) != (&key.domain, &key.selector));
            host.dkim.push(key.clone());
        }
        _ => return false,
    }
    true
}

/// The name of a record, in lower case and without the final dot, and its type.
pub(super) type RecordKey = (String, String);

/// Replaces the records of a zone file: those of `set` replace all of the same name and type, and
/// those in `remove` (`name TYPE`) are removed. `None` if a record is not alone on its line.
pub(super) fn replace_records(zone: &str, set: &str, remove: &[String]) -> Option<String> {
    let replaced = changed_records(set, remove)?;
    let (mut kept, mut first) = (Vec::new(), None);
    for line in zone.lines() {
        match record_key(line).ok()? {
            Some(key) if replaced.contains(&key) => first = first.or(Some(kept.len())),
            _ => kept.push(line),
        }
    }
    let at = first.unwrap_or(kept.len());
    let fresh = set.lines().filter(|line| !line.trim().is_empty());
    kept.splice(at..at, fresh);
    Some(kept.join("\n") + "\n")
}

/// The records that a change of the zone sets or removes. `None` as for [`replace_records`].
pub(super) fn changed_records(set: &str, remove: &[String]) -> Option<BTreeSet<RecordKey>> {
    let mut changed = BTreeSet::new();
    for line in set.lines() {
        changed.extend(record_key(line).ok()?);
    }
    for record in remove {
        let (name, kind) = record.split_once(' ')?;
        changed.insert(key(name, kind));
    }
    Some(changed)
}

/// The lines of a zone that contain these records.
pub(super) fn records_of(zone: &str, wanted: &BTreeSet<RecordKey>) -> String {
    let is_wanted =
        |line: &&str| matches!(record_key(line), Ok(Some(key)) if wanted.contains(&key));
    let lines: Vec<&str> = zone.lines().filter(is_wanted).collect();
    lines.join("\n")
}

pub(super) fn key(name: &str, kind: &str) -> RecordKey {
    let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
    (name, kind.trim().to_ascii_uppercase())
}

/// A line that is not a single record: a directive, or part of an entry over several lines.
struct Unsupported;

/// The record of a line; `None` for a comment or an empty line.
fn record_key(line: &str) -> Result<Option<RecordKey>, Unsupported> {
    let code = line.split(';').next().unwrap_or_default();
    if code.trim().is_empty() {
        return Ok(None);
    }
    let several_lines = code.contains(['(', ')']) && !line.contains('"');
    if line.starts_with(['$', ' ', '\t']) || several_lines {
        return Err(Unsupported);
    }
    let mut words = code.split_whitespace();
    let name = words.next().ok_or(Unsupported)?;
    let kind = words
        .find(|word| !word.eq_ignore_ascii_case("IN") && word.parse::<u32>().is_err())
        .ok_or(Unsupported)?;
    Ok(Some(key(name, kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    const ZONE: &str = "; records\na.test. MX 10 mx.a.test.\na.test. 300 IN TXT \"one; (two)\"\nmx.a.test. A 192.0.2.25\n";

    #[track_caller]
    fn check(set: &str, remove: &[&str], expected: &str) {
        let remove: Vec<String> = remove.iter().map(|r| (*r).to_owned()).collect();
        assert_eq!(
            replace_records(ZONE, set, &remove).as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn records_of_the_same_name_and_type_are_replaced_in_place() {
        check(
            "A.test MX 0 .",
            &[],
            "; records\nA.test MX 0 .\na.test. 300 IN TXT \"one; (two)\"\nmx.a.test. A 192.0.2.25\n",
        );
        check(
            "",
            &["a.test TXT", "mx.a.test A"],
            "; records\na.test. MX 10 mx.a.test.\n",
        );
        check(
            "b.test. MX 10 mx.a.test.",
            &[],
            &format!("{ZONE}b.test. MX 10 mx.a.test.\n"),
        );
    }

    #[test]
    fn zones_with_directives_or_multiline_entries_are_not_changed() {
        for zone in ["$ORIGIN a.test.\n@ MX 0 .\n", "a.test. TXT (\n \"x\" )\n"] {
            assert_eq!(replace_records(zone, "a.test. MX 0 .", &[]), None, "{zone}");
        }
    }

    #[test]
    fn the_fault_of_an_exercise_is_in_the_zone_and_the_hosts() {
        let first = read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap();
        let broken = with_exercise(&first, Some(0)).unwrap();
        assert!(broken.world.zone.contains("b.test. MX 10 192.0.2.99."));
        assert!(!broken.world.zone.contains("10 mail.b.test."));
        assert_eq!(broken.steps, first.steps);

        let circling = with_exercise(&first, Some(1)).unwrap();
        let aliases: Vec<_> = circling.hosts.iter().flat_map(|h| &h.aliases).collect();
        assert_eq!(aliases.len(), 2);
        assert_eq!(circling.steps.len(), first.steps.len() + 1);

        assert_eq!(with_exercise(&first, None), Ok(first.clone()));
        assert!(with_exercise(&first, Some(9)).is_err());
    }
}

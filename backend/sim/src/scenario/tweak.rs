//! Toggles the tweaks of a scenario.
//!
//! A learner's own zone and hosts replace those of the scenario, so toggling a tweak changes them
//! as well.

use super::edit::{Edits, RecordEdit};
use super::exercise::{
    RecordKey, changed_records, fold, key, records_of, replace_records, with_tweaks,
    write_into_host,
};
use super::spec::{AliasSpec, HostSpec, Scenario, Sections, SigningSpec, Step};
use crate::error::RequestProblem;
use serde_json::Value;
use std::collections::BTreeSet;

/// The scenario that edits apply to: the file, with the fault of the open exercise and the changes
/// that the chosen tweaks make at the beginning.
///
/// # Errors
/// If there is no such exercise or tweak.
pub fn base(file: &Scenario, edits: &Edits) -> Result<Scenario, RequestProblem> {
    with_tweaks(file, edits.exercise, &edits.tweaks).map(|(base, _)| base)
}

/// Switches a tweak on or off, also in the zone and the hosts that the learner edited.
///
/// # Errors
/// If there is no such tweak.
pub fn switch_tweak(
    file: &Scenario,
    edits: &mut Edits,
    place: usize,
) -> Result<(), RequestProblem> {
    let before = edits.tweaks.len();
    edits.tweaks.retain(|chosen| *chosen != place);
    let on = edits.tweaks.len() == before;
    let (mut without, rest) = with_tweaks(file, edits.exercise, &edits.tweaks)?;
    let plain = without.clone();
    let tweak = file.tweaks.get(place).ok_or(RequestProblem::NoTweak {
        number: place + 1,
        count: file.tweaks.len(),
    })?;
    for spec in &tweak.steps {
        if fold(&mut without, &rest, spec) {
            if on {
                apply(edits, &spec.step);
            } else {
                restore(edits, &spec.step, &plain);
            }
        }
    }
    if on {
        edits.tweaks.push(place);
    }
    drop_unchanged(edits, &base(file, edits)?);
    Ok(())
}

fn apply(edits: &mut Edits, step: &Step) {
    if let Step::Zone { set, remove } = step {
        let Some(changed) = changed_records(set, remove) else {
            return;
        };
        forget_records(&mut edits.records, &changed);
        let zone = edits.zone.as_deref();
        if let Some(zone) = zone.and_then(|zone| replace_records(zone, set, remove)) {
            edits.zone = Some(zone);
        }
    } else if let Some(host) = own_host(&mut edits.hosts, step) {
        write_into_host(host, step);
    }
}

/// Restores in the learner's records and hosts what a step had changed.
fn restore(edits: &mut Edits, step: &Step, plain: &Scenario) {
    if let Step::Zone { set, remove } = step {
        let Some(changed) = changed_records(set, remove) else {
            return;
        };
        forget_records(&mut edits.records, &changed);
        let old = records_of(&plain.world.zone, &changed);
        let all: Vec<String> = changed
            .iter()
            .map(|(n, kind)| format!("{n} {kind}"))
            .collect();
        let zone = edits.zone.as_deref();
        if let Some(zone) = zone.and_then(|zone| replace_records(zone, &old, &all)) {
            edits.zone = Some(zone);
        }
        return;
    }
    let Some(host) = own_host(&mut edits.hosts, step) else {
        return;
    };
    let Some(old) = plain.hosts.iter().find(|old| old.name == host.name) else {
        return;
    };
    match step {
        Step::Settings { set, .. } => restore_settings(&mut host.settings, set, &old.settings),
        Step::Alias { name, .. } => {
            let named = |alias: &&AliasSpec| alias.name == *name;
            host.aliases.retain(|alias| alias.name != *name);
            host.aliases
                .extend(old.aliases.iter().filter(named).cloned());
        }
        Step::Quota { person, .. } => {
            let quota = old.people.iter().find(|p| p.address == *person);
            let mut mine = host.people.iter_mut().filter(|p| p.address == *person);
            if let (Some(old), Some(mine)) = (quota, mine.next()) {
                mine.quota = old.quota;
            }
        }
        Step::Dkim { key, .. } => {
            let same = |k: &SigningSpec| k.domain == key.domain && k.selector == key.selector;
            host.dkim.retain(|k| !same(k));
            host.dkim
                .extend(old.dkim.iter().filter(|k| same(k)).cloned());
        }
        _ => {}
    }
}

/// The learner's host that a step changes.
fn own_host<'a>(hosts: &'a mut [HostSpec], step: &Step) -> Option<&'a mut HostSpec> {
    match step {
        Step::Settings { host: name, .. }
        | Step::Alias { host: name, .. }
        | Step::Quota { host: name, .. }
        | Step::Dkim { host: name, .. } => hosts.iter_mut().find(|host| host.name == *name),
        _ => None,
    }
}

fn forget_records(records: &mut Vec<RecordEdit>, changed: &BTreeSet<RecordKey>) {
    records.retain(|edit| !changed.contains(&key(&edit.name, &format!("{:?}", edit.record))));
}

/// Restores each value of `set` to its value in `old`.
fn restore_settings(settings: &mut Sections, set: &Sections, old: &Sections) {
    let none = Sections::new();
    for (name, value) in set {
        let before = old.get(name);
        if let (Value::Object(below), Some(Value::Object(mine))) = (value, settings.get_mut(name)) {
            let before = before.and_then(Value::as_object).unwrap_or(&none);
            restore_settings(mine, below, before);
            if mine.is_empty() && before.is_empty() {
                settings.remove(name);
            }
            continue;
        }
        match before {
            Some(before) => drop(settings.insert(name.clone(), before.clone())),
            None => drop(settings.remove(name)),
        }
    }
}

/// Drops edits that are equal to the scenario.
fn drop_unchanged(edits: &mut Edits, base: &Scenario) {
    edits.zone = edits.zone.take().filter(|zone| *zone != base.world.zone);
    edits.hosts.retain(|host| !base.hosts.contains(host));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::spec::{Span, StepSpec};
    use crate::scenario::{edited, read};
    use mail::Duration;

    fn first() -> Scenario {
        read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap()
    }

    /// The index of the tweak with a step of the wanted kind at the beginning.
    fn place(file: &Scenario, wanted: fn(&Step) -> bool) -> usize {
        let is = |spec: &StepSpec| spec.at == Span(Duration::ZERO) && wanted(&spec.step);
        let place = file.tweaks.iter().position(|t| t.steps.iter().any(is));
        place.expect("a tweak of this kind")
    }

    #[test]
    fn a_chosen_tweak_is_in_the_zone_and_can_be_overridden() {
        let file = first();
        let zone = place(&file, |step| matches!(step, Step::Zone { .. }));
        let mut edits = Edits::of(&file);
        switch_tweak(&file, &mut edits, zone).unwrap();
        let (tweaked, rest) = with_tweaks(&file, None, &edits.tweaks).unwrap();
        assert_ne!(tweaked.world.zone, file.world.zone);
        assert!(
            !rest
                .iter()
                .any(|spec| matches!(spec.step, Step::Zone { .. }))
        );
        // The learner's zone overrides the tweak.
        edits.zone = Some(file.world.zone.clone());
        let played = edited(&file, &edits).unwrap();
        assert_eq!(played.world.zone, file.world.zone);
        assert_eq!(played.steps, file.steps);
    }

    #[test]
    fn toggling_a_tweak_changes_the_zone_of_the_learner() {
        let file = first();
        let zone = place(&file, |step| matches!(step, Step::Zone { .. }));
        let own = format!("{}extra.test. A 192.0.2.77\n", file.world.zone);
        let mut edits = Edits {
            zone: Some(own.clone()),
            ..Edits::of(&file)
        };
        switch_tweak(&file, &mut edits, zone).unwrap();
        let with = edits.zone.clone().unwrap();
        assert!(with.contains("extra.test.") && with != own, "{with}");
        switch_tweak(&file, &mut edits, zone).unwrap();
        let sorted = |zone: &str| {
            let mut lines: Vec<String> = zone.lines().map(str::to_owned).collect();
            lines.sort();
            lines.retain(|line| !line.trim().is_empty());
            lines
        };
        assert_eq!(sorted(&edits.zone.unwrap()), sorted(&own));
    }

    #[test]
    fn toggling_a_tweak_changes_the_settings_of_an_edited_host() {
        let all = [first()];
        let mut file = all[0].clone();
        let name = file
            .hosts
            .iter()
            .find(|h| !h.people.is_empty())
            .unwrap()
            .name
            .clone();
        let set: Sections = serde_json::from_str(r#"{"queue":{"give_up_after":"2d"}}"#).unwrap();
        file.tweaks[0].steps = vec![StepSpec {
            at: Span(Duration::ZERO),
            step: Step::Settings {
                host: name.clone(),
                set,
            },
        }];
        let mut host = file.hosts.iter().find(|h| h.name == name).unwrap().clone();
        host.address = "192.0.2.26".to_owned();
        let mut edits = Edits {
            hosts: vec![host.clone()],
            ..Edits::of(&file)
        };
        switch_tweak(&file, &mut edits, 0).unwrap();
        let give_up = |edits: &Edits| edits.hosts[0].settings["queue"]["give_up_after"].clone();
        assert_eq!(give_up(&edits), Value::from("2d"));
        switch_tweak(&file, &mut edits, 0).unwrap();
        assert_eq!(edits.hosts, [host]);
        assert!(edits.tweaks.is_empty());
    }

    #[test]
    fn an_unknown_tweak_is_rejected() {
        let file = first();
        assert!(switch_tweak(&file, &mut Edits::of(&file), 99).is_err());
    }
}

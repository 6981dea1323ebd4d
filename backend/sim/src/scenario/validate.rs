//! Checks whether a scenario can run: references between its parts are valid, names and addresses
//! are allowed in the Lab, zones and dialogues can be parsed, times are within the run, and every
//! number is within its limit. Scenarios from files and scenarios edited by a learner get the same
//! checks.
//!
//! Failures: the first error is returned, with the host or the step that contains it.

use super::limits::{
    CLOCK_SECONDS_MAX, DIALOGUE_LINES_MAX, DOMAINS_MAX, HOSTS_MAX, LASTS_MAX, LATENCY_MAX,
    MANY_COUNTS_MAX, MANY_RUNS_MAX, PEOPLE_MAX, RECIPIENTS_MAX, STEPS_MAX, ZONE_BYTES_MAX,
};
use super::spec::{Fault, HostSpec, Runs, Scenario, Step, StepSpec};
use super::{dialogue, publish, settings, tampering};
use crate::error::{
    Context, Counted, HostProblem, NameProblem, Problem, RequestProblem, ScenarioError,
    StepProblem, Within,
};
use crate::lab;
use mail::{Address, Domain, Duration};
use std::collections::BTreeSet;
use world::zone::Zones;

/// Validates a scenario completely.
///
/// # Errors
/// The first error.
pub(super) fn scenario(scenario: &Scenario) -> Result<(), ScenarioError> {
    structure(scenario)?;
    world(scenario)?;
    let mut addresses = BTreeSet::new();
    for spec in &scenario.hosts {
        let context = || Context::Host(spec.name.clone());
        host(spec).within(context)?;
        if !addresses.insert(spec.address.as_str()) {
            let taken = HostProblem::DuplicateAddress(spec.address.clone());
            return Err(taken).within(context);
        }
    }
    for (place, spec) in scenario.steps.iter().enumerate() {
        step(scenario, spec).within(|| Context::Step(place + 1, spec.at))?;
    }
    Ok(())
}

/// Checks that hosts, steps, exercises, questions and counts are complete and refer to existing
/// hosts.
///
/// # Errors
/// The first error.
pub(super) fn structure(scenario: &Scenario) -> Result<(), ScenarioError> {
    let names = host_names(scenario)?;
    at_most(Counted::Hosts, scenario.hosts.len(), HOSTS_MAX)?;
    let steps: Vec<&Step> = all_steps(scenario).collect();
    at_most(Counted::Steps, steps.len(), STEPS_MAX)?;
    for host in steps.into_iter().flat_map(named_hosts) {
        if !names.contains(host) {
            return Err(HostProblem::Unknown(host.to_owned()).into());
        }
    }
    for exercise in &scenario.exercises {
        if exercise.hints.is_empty() || exercise.solution.is_empty() {
            return Err(RequestProblem::ExerciseIncomplete(exercise.title.clone()).into());
        }
    }
    for question in &scenario.questions {
        if question.choices.len() < 2 {
            return Err(RequestProblem::NoChoice(question.ask.clone()).into());
        }
    }
    many(scenario)
}

fn host_names(scenario: &Scenario) -> Result<BTreeSet<&str>, ScenarioError> {
    let mut names = BTreeSet::new();
    for host in &scenario.hosts {
        let context = || Context::Host(host.name.clone());
        if !names.insert(host.name.as_str()) {
            return Err(HostProblem::DuplicateName(host.name.clone()).into());
        }
        settings::read(&host.settings)
            .within(|| Context::Settings)
            .within(context)?;
        if host.runs == Runs::Nothing && !host.script.is_empty() {
            return Err(HostProblem::UnusedScript).within(context);
        }
    }
    Ok(names)
}

// The steps of the file, its tweaks and its exercises.
fn all_steps(scenario: &Scenario) -> impl Iterator<Item = &Step> {
    let tweaks = scenario.tweaks.iter().flat_map(|tweak| &tweak.steps);
    let exercises = scenario.exercises.iter().flat_map(|exercise| {
        exercise
            .edits
            .iter()
            .chain(&exercise.solution)
            .chain(exercise.wrong.iter().flat_map(|wrong| &wrong.steps))
    });
    let all = scenario.steps.iter().chain(tweaks).chain(exercises);
    all.map(|spec| &spec.step)
}

fn named_hosts(step: &Step) -> Vec<&str> {
    match step {
        Step::Submit { on, to_host, .. } | Step::Type { on, to_host, .. } => vec![on, to_host],
        Step::Fault(fault) => fault.hosts(),
        Step::Settings { host, .. }
        | Step::Alias { host, .. }
        | Step::Quota { host, .. }
        | Step::Dkim { host, .. } => vec![host],
        Step::Zone { .. } => Vec::new(),
    }
}

fn many(scenario: &Scenario) -> Result<(), ScenarioError> {
    let Some(many) = &scenario.many else {
        return Ok(());
    };
    let counts = many.counts.len();
    if !(1..=MANY_RUNS_MAX).contains(&many.runs) {
        return Err(RequestProblem::ManyRuns {
            runs: many.runs,
            max: MANY_RUNS_MAX,
        }
        .into());
    }
    if !(1..=MANY_COUNTS_MAX).contains(&counts) {
        return Err(RequestProblem::ManyCounts {
            counts,
            max: MANY_COUNTS_MAX,
        }
        .into());
    }
    Ok(())
}

fn at_most(what: Counted, count: usize, max: usize) -> Result<(), ScenarioError> {
    if count > max {
        return Err(Problem::TooMany { what, count, max }.into());
    }
    Ok(())
}

/// Checks the duration of the run.
///
/// # Errors
/// If the run is too long.
pub(super) fn length(scenario: &Scenario) -> Result<(), ScenarioError> {
    if scenario.world.lasts.0 > LASTS_MAX {
        return Err(StepProblem::TooLong {
            days_max: LASTS_MAX.as_secs() / 86_400,
        }
        .into());
    }
    Ok(())
}

fn world(scenario: &Scenario) -> Result<(), ScenarioError> {
    length(scenario)?;
    let world = &scenario.world;
    latency(world.latency.0)?;
    let tweaks = scenario.tweaks.iter().flat_map(|tweak| &tweak.steps);
    let edited = scenario.steps.iter().chain(tweaks).map(|spec| &spec.step);
    let edited: usize = edited
        .map(|step| match step {
            Step::Zone { set, .. } => set.len(),
            _ => 0,
        })
        .sum();
    at_most(
        Counted::ZoneBytes,
        world.zone.len() + edited,
        ZONE_BYTES_MAX,
    )?;
    zone(scenario, &world.zone)?;
    let people = scenario.hosts.iter().map(|host| host.people.len()).sum();
    at_most(Counted::People, people, PEOPLE_MAX)?;
    let domains = scenario.hosts.iter().map(|host| host.domains.len()).sum();
    at_most(Counted::Domains, domains, DOMAINS_MAX)
}

fn latency(latency: Duration) -> Result<(), ScenarioError> {
    if latency > LATENCY_MAX {
        return Err(StepProblem::Latency {
            seconds_max: LATENCY_MAX.as_secs(),
        }
        .into());
    }
    Ok(())
}

fn zone(scenario: &Scenario, text: &str) -> Result<(), ScenarioError> {
    let text = publish::zone_text(scenario.world.seed, text)?;
    Zones::read(&text)?;
    Ok(())
}

fn host(host: &HostSpec) -> Result<(), ScenarioError> {
    lab::admissible(&host.name, &host.address)?;
    Domain::new(&host.name).map_err(|e| NameProblem::domain(&host.name, e))?;
    for domain in &host.domains {
        lab_domain(domain)?;
    }
    for person in &host.people {
        address(&person.address)?;
    }
    for (port, dialogues) in &host.script {
        if port.parse::<u16>().is_err() {
            return Err(NameProblem::NotAPort(port.clone()).into());
        }
        for text in dialogues {
            dialogue(text)?;
        }
    }
    if host.runs == Runs::Script && host.script.is_empty() {
        return Err(HostProblem::NoScript.into());
    }
    Ok(())
}

// Domains of the Lab must not be confused with those of the real network.
fn lab_domain(name: &str) -> Result<(), ScenarioError> {
    Domain::new(name).map_err(|e| NameProblem::domain(name, e))?;
    if lab::is_lab_name(name) {
        Ok(())
    } else {
        Err(NameProblem::NotALabDomain(name.to_owned()).into())
    }
}

fn address(text: &str) -> Result<(), ScenarioError> {
    match text.parse::<Address>() {
        Ok(_) => Ok(()),
        Err(_) => Err(NameProblem::NotAnAddress(text.to_owned()).into()),
    }
}

fn dialogue(text: &str) -> Result<(), ScenarioError> {
    at_most(
        Counted::DialogueLines,
        text.lines().count(),
        DIALOGUE_LINES_MAX,
    )?;
    dialogue::acts(text)?;
    Ok(())
}

fn step(scenario: &Scenario, spec: &StepSpec) -> Result<(), ScenarioError> {
    let lasts = scenario.world.lasts;
    if spec.at > lasts {
        return Err(StepProblem::AfterEnd { lasts }.into());
    }
    match &spec.step {
        // A lesson may send malformed headers; a malformed envelope is not sent at all.
        Step::Submit { from, to, .. } => {
            at_most(Counted::Recipients, to.len(), RECIPIENTS_MAX)?;
            if !from.is_empty() {
                address(from)?;
            }
            to.iter().try_for_each(|to| address(to))
        }
        Step::Type { lines, .. } => dialogue(lines),
        Step::Zone { set, .. } => zone(scenario, set),
        Step::Fault(spec) => fault(spec),
        Step::Settings { host, set } => {
            let of = scenario.hosts.iter().find(|spec| spec.name == *host);
            let mut sections = of.map(|spec| spec.settings.clone()).unwrap_or_default();
            settings::merge(&mut sections, set);
            settings::read(&sections)
                .map(drop)
                .within(|| Context::Settings)
                .within(|| Context::Host(host.clone()))
        }
        Step::Alias { name, to, .. } => {
            at_most(Counted::AliasTargets, to.len(), RECIPIENTS_MAX)?;
            settings::alias_name(name)?;
            to.iter().try_for_each(|to| address(to))
        }
        Step::Quota { person, .. } => address(person),
        Step::Dkim { key, .. } => lab_domain(&key.domain),
    }
}

fn fault(fault: &Fault) -> Result<(), ScenarioError> {
    match fault {
        Fault::Link {
            latency: Some(span),
            ..
        }
        | Fault::Path {
            latency: Some(span),
            ..
        } => latency(span.0),
        Fault::Clock { seconds, .. }
            if seconds.unsigned_abs() > CLOCK_SECONDS_MAX.unsigned_abs() =>
        {
            Err(StepProblem::Clock {
                seconds_max: CLOCK_SECONDS_MAX,
            }
            .into())
        }
        Fault::Dns { answer, .. } => Ok(tampering::dns_failure(answer).map(drop)?),
        Fault::Certificate { kind, host } => {
            Ok(tampering::certificate(host, kind, crate::START).map(drop)?)
        }
        other => Ok(tampering::rule(other).map(drop)?),
    }
}

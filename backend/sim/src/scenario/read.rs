//! Reads a scenario's file and looks whether it fits together, before anything runs.

use super::settings;
use super::spec::{Runs, Scenario, Step};
use std::collections::BTreeSet;
use std::fmt;

/// Hosts of one scenario.
pub const HOSTS_MAX: usize = 40;
/// Steps of one scenario, tweaks included.
pub const STEPS_MAX: usize = 2_000;
/// Octets of a scenario's file.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// Line and column, from 1, where it is known.
    pub place: Option<(usize, usize)>,
    /// A sentence.
    pub why: String,
}

impl ScenarioError {
    pub(super) fn at(text: &str, offset: Option<usize>, why: &str) -> ScenarioError {
        ScenarioError { place: offset.map(|offset| place(text, offset)), why: why.to_owned() }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for ScenarioError {}

fn fault(why: String) -> ScenarioError {
    ScenarioError { place: None, why }
}

/// Reads a scenario (TOML).
///
/// # Errors
/// See [`ScenarioError`].
pub fn read(text: &str) -> Result<Scenario, ScenarioError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(fault(format!("the file has {} octets; at most {FILE_BYTES_MAX} are read", text.len())));
    }
    let wrong = |e: toml::de::Error| ScenarioError::at(text, e.span().map(|span| span.start), e.message());
    let scenario: Scenario = toml::from_str(text).map_err(wrong)?;
    check(&scenario)?;
    Ok(scenario)
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1)
}

/// Whether all that is named is there, and everything stays within bounds.
pub(super) fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    let mut names = BTreeSet::new();
    for host in &scenario.hosts {
        if !names.insert(host.name.as_str()) {
            return Err(fault(format!("there are two hosts {}", host.name)));
        }
        if let Err(why) = settings::understood(&host.settings) {
            return Err(fault(format!("{}: settings: {why}", host.name)));
        }
        if host.runs == Runs::Nothing && !host.script.is_empty() {
            return Err(fault(format!("{} has a script but does not run one", host.name)));
        }
    }
    if scenario.hosts.len() > HOSTS_MAX {
        return Err(fault(format!("{} hosts are too many; {HOSTS_MAX} are allowed", scenario.hosts.len())));
    }
    let tweaks = scenario.tweaks.iter().flat_map(|tweak| &tweak.steps);
    let exercises = scenario.exercises.iter().flat_map(|exercise| exercise.edits.iter().chain(&exercise.solution));
    let steps: Vec<&Step> = scenario.steps.iter().chain(tweaks).chain(exercises).map(|s| &s.step).collect();
    if steps.len() > STEPS_MAX {
        return Err(fault(format!("{} steps are too many; {STEPS_MAX} are allowed", steps.len())));
    }
    for host in steps.into_iter().flat_map(named_hosts) {
        if !names.contains(host) {
            return Err(fault(format!("a step names the host {host}, which is not there")));
        }
    }
    for exercise in &scenario.exercises {
        if exercise.hints.is_empty() || exercise.solution.is_empty() {
            return Err(fault(format!("the exercise “{}” wants a hint and a solution", exercise.title.en)));
        }
    }
    for question in &scenario.questions {
        if question.choices.len() < 2 {
            return Err(fault(format!("the question “{}” leaves no choice", question.ask.en)));
        }
    }
    Ok(())
}

fn named_hosts(step: &Step) -> Vec<&str> {
    match step {
        Step::Submit { on, to_host, .. } | Step::Type { on, to_host, .. } => vec![on, to_host],
        Step::Fault(fault) => fault.hosts(),
        Step::Settings { host, .. } | Step::Alias { host, .. } | Step::Quota { host, .. } | Step::Dkim { host, .. } => vec![host],
        Step::Zone { .. } => Vec::new(),
    }
}

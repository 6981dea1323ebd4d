//! Reads a scenario's file and looks whether it fits together, before anything runs.

use super::many;
use super::plain::plain;
use super::settings;
use super::spec::{Runs, Scenario, Step, Text};
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
    /// The same in Chinese.
    pub zh: String,
}

impl ScenarioError {
    pub(super) fn at(text: &str, offset: Option<usize>, why: &str) -> ScenarioError {
        ScenarioError {
            place: offset.map(|offset| place(text, offset)),
            ..foreign(why)
        }
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

/// What is wrong, in both languages.
pub(super) fn fault(zh: String, why: String) -> ScenarioError {
    ScenarioError {
        place: None,
        why,
        zh,
    }
}

pub(super) fn too_long(text: &str) -> ScenarioError {
    let there = text.len();
    fault(
        format!("文件有 {there} 个字节，最多读 {FILE_BYTES_MAX} 个。"),
        format!("the file has {there} octets; at most {FILE_BYTES_MAX} are read"),
    )
}

/// What is wrong, in the words of another reader: of the grammar, of a zone, of the server's
/// settings.
pub(super) fn foreign(heard: &str) -> ScenarioError {
    let Text { zh, en: why } = plain(heard);
    ScenarioError {
        place: None,
        why,
        zh,
    }
}

/// What is wrong, with the place in front of it.
pub(super) fn within([zh, en]: [&str; 2], error: ScenarioError) -> ScenarioError {
    ScenarioError {
        why: format!("{en}: {}", error.why),
        zh: format!("{zh}：{}", error.zh),
        ..error
    }
}

/// Reads a scenario (TOML).
///
/// # Errors
/// See [`ScenarioError`].
pub fn read(text: &str) -> Result<Scenario, ScenarioError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(too_long(text));
    }
    let wrong =
        |e: toml::de::Error| ScenarioError::at(text, e.span().map(|span| span.start), e.message());
    let scenario: Scenario = toml::from_str(text).map_err(wrong)?;
    check(&scenario)?;
    Ok(scenario)
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line = before.matches('\n').count() + 1;
    (
        line,
        before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1,
    )
}

/// Whether all that is named is there, and everything stays within bounds.
pub(super) fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    let mut names = BTreeSet::new();
    for host in &scenario.hosts {
        if !names.insert(host.name.as_str()) {
            return Err(fault(
                format!("有两台主机都叫 {}。", host.name),
                format!("there are two hosts {}", host.name),
            ));
        }
        if let Err(why) = settings::understood(&host.settings) {
            return Err(foreign(&format!("{}: settings: {why}", host.name)));
        }
        if host.runs == Runs::Nothing && !host.script.is_empty() {
            return Err(fault(
                format!("{} 写了对白，却什么也不运行。", host.name),
                format!("{} has a script but does not run one", host.name),
            ));
        }
    }
    if scenario.hosts.len() > HOSTS_MAX {
        return Err(fault(
            format!(
                "{} 台主机太多了，最多 {HOSTS_MAX} 台。",
                scenario.hosts.len()
            ),
            format!(
                "{} hosts are too many; {HOSTS_MAX} are allowed",
                scenario.hosts.len()
            ),
        ));
    }
    let tweaks = scenario.tweaks.iter().flat_map(|tweak| &tweak.steps);
    let exercises = scenario.exercises.iter().flat_map(|exercise| {
        exercise
            .edits
            .iter()
            .chain(&exercise.solution)
            .chain(exercise.wrong.iter().flat_map(|wrong| &wrong.steps))
    });
    let steps: Vec<&Step> = scenario
        .steps
        .iter()
        .chain(tweaks)
        .chain(exercises)
        .map(|s| &s.step)
        .collect();
    if steps.len() > STEPS_MAX {
        return Err(fault(
            format!("{} 个步骤太多了，最多 {STEPS_MAX} 个。", steps.len()),
            format!(
                "{} steps are too many; {STEPS_MAX} are allowed",
                steps.len()
            ),
        ));
    }
    for host in steps.into_iter().flat_map(named_hosts) {
        if !names.contains(host) {
            return Err(fault(
                format!("有一个步骤提到主机 {host}，可是没有这台主机。"),
                format!("a step names the host {host}, which is not there"),
            ));
        }
    }
    for exercise in &scenario.exercises {
        if exercise.hints.is_empty() || exercise.solution.is_empty() {
            return Err(fault(
                format!("练习“{}”缺提示或解法。", exercise.title.zh),
                format!(
                    "the exercise “{}” wants a hint and a solution",
                    exercise.title.en
                ),
            ));
        }
    }
    for question in &scenario.questions {
        if question.choices.len() < 2 {
            return Err(fault(
                format!("问题“{}”没有可选的答案。", question.ask.zh),
                format!("the question “{}” leaves no choice", question.ask.en),
            ));
        }
    }
    many::countable(scenario)
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

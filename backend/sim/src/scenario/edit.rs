//! A learner's edits: chosen tweaks, further steps, records, hosts, seed, durations. Edits belong
//! to one version of one scenario, so that a link to them keeps its meaning. An edit made during
//! playback is a step at that time; earlier events stay the same.
//!
//! Failures: edits of another scenario, version or format, and edits that do not fit the scenario,
//! are rejected with a [`ScenarioError`]; the edited scenario is validated like one from a file.

use super::exercise::with_tweaks;
use super::limits::EDITS_BYTES_MAX;
use super::spec::{HostSpec, Scenario, Span, Step, StepSpec};

use super::validate;
use crate::diagnose;
use crate::error::{Document, HostProblem, Problem, RequestProblem, ScenarioError, StepProblem};
use mail::Duration;
use mail::dns::RecordType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The format of [`Edits`] that is written and read.
pub const EDITS_FORM: u32 = 1;

/// A learner's edits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Edits {
    /// [`EDITS_FORM`].
    pub form: u32,
    /// The number of the scenario.
    pub scenario: u32,
    /// The version of the scenario.
    pub version: u32,
    /// The open exercise, by its index in the file. The other edits apply to the scenario with the
    /// exercise's fault: see [`super::with_exercise`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercise: Option<usize>,
    /// The chosen tweaks, by index in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tweaks: Vec<usize>,
    /// Another seed, if changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Another duration of the run, if changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Span>,
    /// Another default latency, if changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Span>,
    /// Another zone file, if changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Records that are changed from the beginning of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordEdit>,
    /// Hosts that are added, or replace those of the same name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostSpec>,
    /// Hosts that are removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_hosts: Vec<String>,
    /// Steps that are removed, by index: those of the file, followed by those of the exercise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_steps: Vec<usize>,
    /// Steps that are added; they follow the file's steps of the same time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepSpec>,
}

/// Replaces all records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordEdit {
    /// The name: `a.test`.
    pub name: String,
    /// The type: `MX`.
    #[serde(rename = "type")]
    pub record: RecordType,
    /// The data as in a zone file: `10 mail.a.test.`
    #[serde(default)]
    pub data: Vec<String>,
}

impl Edits {
    /// Empty edits of this scenario.
    pub fn of(scenario: &Scenario) -> Edits {
        Edits {
            form: EDITS_FORM,
            scenario: scenario.number,
            version: scenario.version,
            exercise: None,
            tweaks: Vec::new(),
            seed: None,
            lasts: None,
            latency: None,
            zone: None,
            records: Vec::new(),
            hosts: Vec::new(),
            without_hosts: Vec::new(),
            without_steps: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Parses edits from the JSON of [`Edits::to_json`].
    ///
    /// # Errors
    /// If the text is too long or cannot be parsed.
    pub fn read(text: &str) -> Result<Edits, ScenarioError> {
        if text.len() > EDITS_BYTES_MAX {
            return Err(Problem::TooLarge {
                document: Document::Edits,
                bytes: text.len(),
                bytes_max: EDITS_BYTES_MAX,
            }
            .into());
        }
        serde_json::from_str(text).map_err(|error| diagnose::json::<Edits>(text, &error))
    }

    /// Serializes the edits as JSON, for a link.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        let Edits {
            form: _,
            scenario: _,
            version: _,
            exercise,
            tweaks,
            seed,
            lasts,
            latency,
            zone,
            records,
            hosts,
            ..
        } = self;
        let world = exercise.is_none()
            && seed.is_none()
            && lasts.is_none()
            && latency.is_none()
            && zone.is_none();
        let rest =
            self.without_hosts.is_empty() && self.without_steps.is_empty() && self.steps.is_empty();
        world && rest && tweaks.is_empty() && records.is_empty() && hosts.is_empty()
    }
}

/// Applies a learner's edits to a scenario.
///
/// # Errors
/// See the module documentation.
pub fn edited(file: &Scenario, edits: &Edits) -> Result<Scenario, ScenarioError> {
    check_scenario(file, edits)?;
    let (scenario, tweaked) = &with_tweaks(file, edits.exercise, &edits.tweaks)?;
    let mut fresh = scenario.clone();
    fresh.world.lasts = edits.lasts.unwrap_or(fresh.world.lasts);
    fresh.world.latency = edits.latency.unwrap_or(fresh.world.latency);
    if let Some(zone) = &edits.zone {
        fresh.world.zone.clone_from(zone);
    }
    edit_hosts(&mut fresh, edits)?;
    fresh.steps = steps(scenario, tweaked, edits)?;
    let seed = edits
        .tweaks
        .iter()
        .filter_map(|place| scenario.tweaks.get(*place)?.seed)
        .next_back();
    fresh.world.seed = edits.seed.or(seed).unwrap_or(fresh.world.seed);
    validate::scenario(&fresh)?;
    Ok(fresh)
}

fn check_scenario(scenario: &Scenario, edits: &Edits) -> Result<(), RequestProblem> {
    if edits.form != EDITS_FORM {
        return Err(RequestProblem::EditsForm {
            form: edits.form,
            known: EDITS_FORM,
        });
    }
    if edits.scenario != scenario.number {
        return Err(RequestProblem::OtherScenario {
            edits: edits.scenario,
            scenario: scenario.number,
        });
    }
    if edits.version != scenario.version {
        return Err(RequestProblem::OtherVersion {
            scenario: scenario.number,
            edits: edits.version,
            version: scenario.version,
        });
    }
    Ok(())
}

fn edit_hosts(fresh: &mut Scenario, edits: &Edits) -> Result<(), HostProblem> {
    for name in &edits.without_hosts {
        let before = fresh.hosts.len();
        fresh.hosts.retain(|host| host.name != *name);
        if fresh.hosts.len() == before {
            return Err(HostProblem::RemovedUnknown(name.clone()));
        }
    }
    for host in &edits.hosts {
        match fresh.hosts.iter_mut().find(|there| there.name == host.name) {
            Some(there) => *there = host.clone(),
            None => fresh.hosts.push(host.clone()),
        }
    }
    let names: BTreeSet<&String> = edits.hosts.iter().map(|host| &host.name).collect();
    if names.len() < edits.hosts.len() {
        return Err(HostProblem::EditedTwice);
    }
    Ok(())
}

// Steps of the same time are ordered: records, the file and the exercise, the tweaks, the learner.
fn steps(
    scenario: &Scenario,
    tweaked: &[StepSpec],
    edits: &Edits,
) -> Result<Vec<StepSpec>, ScenarioError> {
    let mut steps: Vec<StepSpec> = edits.records.iter().map(record_step).collect();
    let count = scenario.steps.len();
    let removed: BTreeSet<usize> = edits.without_steps.iter().copied().collect();
    if let Some(place) = removed.iter().find(|place| **place >= count) {
        return Err(StepProblem::RemovedUnknown {
            number: place + 1,
            count,
        }
        .into());
    }
    let kept = scenario.steps.iter().enumerate();
    let kept = kept.filter(|(place, _)| !removed.contains(place));
    steps.extend(kept.map(|(_, step)| step.clone()));
    let mut chosen = BTreeSet::new();
    for place in &edits.tweaks {
        let twice = !chosen.insert(place);
        if let Some(tweak) = scenario.tweaks.get(*place).filter(|_| twice) {
            return Err(RequestProblem::TweakTwice(tweak.title.clone()).into());
        }
    }
    steps.extend(tweaked.iter().cloned());
    steps.extend(edits.steps.iter().cloned());
    Ok(steps)
}

fn record_step(edit: &RecordEdit) -> StepSpec {
    let kind = format!("{:?}", edit.record).to_uppercase();
    let name = edit.name.trim_end_matches('.');
    let set = edit
        .data
        .iter()
        .map(|data| format!("{name}. {kind} {data}\n"))
        .collect();
    let step = Step::Zone {
        set,
        remove: vec![format!("{name} {kind}")],
    };
    StepSpec {
        at: Span(Duration::ZERO),
        step,
    }
}

//! What a learner changed: tweaks that were chosen, steps in addition, records, hosts, seed,
//! lengths. Edits belong to one version of one scenario, so that a link to them means the same
//! tomorrow. An edit made "at this moment" is a step at that time: what happened before is
//! not touched by it.
//!
//! Failures: edits of another scenario, another version or another form, and edits that do not fit
//! together with the scenario, are refused with a sentence that says where; a scenario that comes
//! out of them must be as sound as one from a file.

use super::read::{ScenarioError, fault, foreign};
use super::sound::sound;
use super::spec::{HostSpec, Scenario, Span, Step, StepSpec};
use mail::Duration;
use mail::dns::RecordType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The form of [`Edits`] that is written and understood here.
pub const EDITS_FORM: u32 = 1;
/// Octets of edits as JSON.
pub const EDITS_BYTES_MAX: usize = 512 * 1024;

/// What a learner changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Edits {
    /// [`EDITS_FORM`].
    pub form: u32,
    /// Of this scenario.
    pub scenario: u32,
    /// In this version.
    pub version: u32,
    /// The broken world of this exercise, counted from 0 in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exercise: Option<usize>,
    /// Tweaks that are on, counted from 0 in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tweaks: Vec<usize>,
    /// Another seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Another end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Span>,
    /// Another usual latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Span>,
    /// Another zone file in place of the scenario's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Records that are other from the beginning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordEdit>,
    /// Hosts in place of those of the same name, or in addition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostSpec>,
    /// Hosts that are not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_hosts: Vec<String>,
    /// Steps of the file that do not happen, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_steps: Vec<usize>,
    /// Steps in addition; at the same moment they come after the file's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepSpec>,
}

/// All records of one type that a name has from now on; none: it has no such record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordEdit {
    /// `a.test`
    pub name: String,
    /// `MX`
    #[serde(rename = "type")]
    pub record: RecordType,
    /// As in a zone file: `10 mail.a.test.`
    #[serde(default)]
    pub data: Vec<String>,
}

impl Edits {
    /// None, of this scenario.
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

    /// Reads what [`Edits::to_json`] wrote.
    ///
    /// # Errors
    /// Where it is too long or not understood.
    pub fn read(text: &str) -> Result<Edits, ScenarioError> {
        if text.len() > EDITS_BYTES_MAX {
            return Err(fault(
                format!(
                    "改动有 {} 个字节，最多读 {EDITS_BYTES_MAX} 个。",
                    text.len()
                ),
                format!(
                    "the edits have {} octets; at most {EDITS_BYTES_MAX} are read",
                    text.len()
                ),
            ));
        }
        serde_json::from_str(text).map_err(|e| ScenarioError {
            place: Some((e.line(), e.column())),
            ..foreign(&super::json::sentence(&e))
        })
    }

    /// As they stand in a link.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// True where nothing was changed.
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
        let plain = exercise.is_none()
            && seed.is_none()
            && lasts.is_none()
            && latency.is_none()
            && zone.is_none();
        let rest =
            self.without_hosts.is_empty() && self.without_steps.is_empty() && self.steps.is_empty();
        plain && rest && tweaks.is_empty() && records.is_empty() && hosts.is_empty()
    }
}

/// The scenario as the learner changed it: a scenario like any other, that can be played, written
/// down and changed again.
///
/// # Errors
/// See the module.
pub fn edited(scenario: &Scenario, edits: &Edits) -> Result<Scenario, ScenarioError> {
    belong(scenario, edits)?;
    let mut fresh = scenario.clone();
    fresh.world.lasts = edits.lasts.unwrap_or(fresh.world.lasts);
    fresh.world.latency = edits.latency.unwrap_or(fresh.world.latency);
    if let Some(zone) = &edits.zone {
        fresh.world.zone.clone_from(zone);
    }
    edit_hosts(&mut fresh, edits)?;
    fresh.steps = steps(scenario, edits)?;
    let tweaked = edits
        .tweaks
        .iter()
        .filter_map(|place| scenario.tweaks.get(*place)?.seed)
        .next_back();
    fresh.world.seed = edits.seed.or(tweaked).unwrap_or(fresh.world.seed);
    sound(&fresh)?;
    Ok(fresh)
}

fn belong(scenario: &Scenario, edits: &Edits) -> Result<(), ScenarioError> {
    let Scenario {
        number, version, ..
    } = scenario;
    if edits.form != EDITS_FORM {
        return Err(fault(
            format!(
                "这些改动的格式是第 {} 版，这里只懂第 {EDITS_FORM} 版。",
                edits.form
            ),
            format!(
                "the edits are written in form {}; form {EDITS_FORM} is understood here",
                edits.form
            ),
        ));
    }
    if edits.scenario != *number {
        return Err(fault(
            format!(
                "这些改动属于第 {} 号场景，而这里是第 {number} 号。",
                edits.scenario
            ),
            format!(
                "the edits belong to scenario {}, and this is scenario {number}",
                edits.scenario
            ),
        ));
    }
    if edits.version != *version {
        let told = if edits.version < *version {
            "an older"
        } else {
            "a newer"
        };
        let theirs = edits.version;
        let older = if edits.version < *version {
            "旧"
        } else {
            "新"
        };
        return Err(fault(
            format!(
                "这些改动属于第 {number} 号场景的{older}版本 {theirs}，而这里是 {version}：它们说的也许已经不成立了。"
            ),
            format!(
                "the edits belong to {told} version of scenario {number}: {theirs}, and this is {version}; what they say might not hold any more"
            ),
        ));
    }
    Ok(())
}

fn edit_hosts(fresh: &mut Scenario, edits: &Edits) -> Result<(), ScenarioError> {
    for name in &edits.without_hosts {
        let before = fresh.hosts.len();
        fresh.hosts.retain(|host| host.name != *name);
        if fresh.hosts.len() == before {
            return Err(fault(
                format!("要去掉的主机 {name} 不存在。"),
                format!("the host {name} is to be taken away and is not there"),
            ));
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
        return Err(fault(
            "同一台主机改了两次。".to_owned(),
            "one host is changed twice".to_owned(),
        ));
    }
    Ok(())
}

// Records first, then the file's, the exercise's, the tweaks', the learner's: what happens at the
// same moment happens in this order.
fn steps(scenario: &Scenario, edits: &Edits) -> Result<Vec<StepSpec>, ScenarioError> {
    let mut steps: Vec<StepSpec> = edits.records.iter().map(record_step).collect();
    let left_out: BTreeSet<usize> = edits.without_steps.iter().copied().collect();
    if let Some(place) = left_out
        .iter()
        .find(|place| **place >= scenario.steps.len())
    {
        return Err(fault(
            format!(
                "要去掉的第 {} 步不存在，一共只有 {} 步。",
                place + 1,
                scenario.steps.len()
            ),
            format!(
                "step {} is to be left out and is not there; there are {}",
                place + 1,
                scenario.steps.len()
            ),
        ));
    }
    let kept = scenario
        .steps
        .iter()
        .enumerate()
        .filter(|(place, _)| !left_out.contains(place));
    steps.extend(kept.map(|(_, step)| step.clone()));
    if let Some(place) = edits.exercise {
        let there = scenario.exercises.get(place);
        let exercise = there.ok_or_else(|| {
            fault(
                format!(
                    "没有第 {} 个练习，一共只有 {} 个。",
                    place + 1,
                    scenario.exercises.len()
                ),
                format!(
                    "there is no exercise {}; there are {}",
                    place + 1,
                    scenario.exercises.len()
                ),
            )
        })?;
        steps.extend(exercise.edits.iter().cloned());
    }
    let mut on = BTreeSet::new();
    for place in &edits.tweaks {
        let there = scenario.tweaks.get(*place);
        let tweak = there.ok_or_else(|| {
            fault(
                format!(
                    "没有第 {} 个小改动，一共只有 {} 个。",
                    place + 1,
                    scenario.tweaks.len()
                ),
                format!(
                    "there is no tweak {}; there are {}",
                    place + 1,
                    scenario.tweaks.len()
                ),
            )
        })?;
        if !on.insert(place) {
            return Err(fault(
                format!("小改动“{}”打开了两次。", tweak.title.zh),
                format!("the tweak “{}” is on twice", tweak.title.en),
            ));
        }
        steps.extend(tweak.steps.iter().cloned());
    }
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

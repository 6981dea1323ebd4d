//! Whether a scenario can be played at all: names and addresses that the Lab takes, zones and
//! dialogues that can be read, times within the run, everything within bounds. What
//! [`read`](super::read) asks of a file is asked here of one that a learner has changed as well.
//!
//! Failures: the first thing that is wrong is named, with the host or the step where it is.

use super::fault::Fault;
use super::people;
use super::publish;
use super::read::{ScenarioError, check, fault, foreign, within};
use super::run::{self, LASTS_MAX};
use super::settings;
use super::spec::{HostSpec, Runs, Scenario, Step, StepSpec};
use crate::lab;
use mail::{Address, Domain, Duration};
use std::collections::BTreeSet;
use world::zone::Zones;

/// Octets of the zone's text, and of all zone texts in the steps together.
pub const ZONE_BYTES_MAX: usize = 256 * 1024;
/// People of all hosts together.
pub const PEOPLE_MAX: usize = 500;
/// Domains of all hosts together.
pub const DOMAINS_MAX: usize = 500;
/// Recipients of one message that is handed in.
pub const RECIPIENTS_MAX: usize = 1_000;
/// Lines of one dialogue.
pub const DIALOGUE_LINES_MAX: usize = 5_000;
/// One way between two hosts.
pub const LATENCY_MAX: Duration = Duration::from_secs(3_600);
/// A clock may be wrong by so much: ten years.
pub const CLOCK_SECONDS_MAX: i64 = 315_360_000;

fn bound([zh, what]: [&str; 2], there: usize, max: usize) -> Result<(), ScenarioError> {
    if there > max {
        Err(fault(
            format!("{zh}：{there} 太多了，最多 {max}。"),
            format!("{what}: {there} are too many; {max} are allowed"),
        ))
    } else {
        Ok(())
    }
}

/// Everything at once.
///
/// # Errors
/// The first fault, with its place in words.
pub(super) fn sound(scenario: &Scenario) -> Result<(), ScenarioError> {
    check(scenario)?;
    let world = &scenario.world;
    if world.lasts.0 > LASTS_MAX {
        return Err(fault(
            format!("场景最多持续 {} 天。", LASTS_MAX.as_secs() / 86_400),
            format!(
                "the scenario lasts longer than {} days",
                LASTS_MAX.as_secs() / 86_400
            ),
        ));
    }
    latency(["整个世界", "the world"], world.latency.0)?;
    let tweaks = scenario.tweaks.iter().flat_map(|t| &t.steps);
    let all_steps = scenario.steps.iter().chain(tweaks).map(|s| &s.step);
    let edited: usize = all_steps
        .map(|step| {
            if let Step::Zone { set, .. } = step {
                set.len()
            } else {
                0
            }
        })
        .sum();
    bound(
        ["区域文本的字节数", "octets of zone text"],
        world.zone.len() + edited,
        ZONE_BYTES_MAX,
    )?;
    Zones::read(&zone_text(scenario, &world.zone)?)
        .map_err(|e| foreign(&format!("the zone, {e}")))?;
    bound(
        ["人", "people"],
        scenario.hosts.iter().map(|h| h.people.len()).sum(),
        PEOPLE_MAX,
    )?;
    bound(
        ["域", "domains"],
        scenario.hosts.iter().map(|h| h.domains.len()).sum(),
        DOMAINS_MAX,
    )?;
    let mut addresses = BTreeSet::new();
    for host in &scenario.hosts {
        host_is_sound(host).map_err(|e| within([&host.name, &host.name], e))?;
        if !addresses.insert(host.address.as_str()) {
            return Err(fault(
                format!("{}：地址 {} 已经是另一台主机的。", host.name, host.address),
                format!(
                    "{}: the address {} is another host's",
                    host.name, host.address
                ),
            ));
        }
    }
    for (place, step) in scenario.steps.iter().enumerate() {
        let (number, at) = (place + 1, step.at);
        let told = [
            format!("第 {number} 步（{at}）"),
            format!("step {number} (at {at})"),
        ];
        step_is_sound(scenario, step).map_err(|e| within([&told[0], &told[1]], e))?;
    }
    Ok(())
}

fn latency([zh, en]: [&str; 2], latency: Duration) -> Result<(), ScenarioError> {
    let fits = latency <= LATENCY_MAX;
    if fits {
        Ok(())
    } else {
        Err(fault(
            format!("{zh}：单程超过 {} 秒太久了。", LATENCY_MAX.as_secs()),
            format!(
                "{en}: a way of more than {} seconds is too long",
                LATENCY_MAX.as_secs()
            ),
        ))
    }
}

fn host_is_sound(host: &HostSpec) -> Result<(), ScenarioError> {
    lab::admissible(&host.name, &host.address).map_err(|e| foreign(&e.to_string()))?;
    Domain::new(&host.name).map_err(|e| foreign(&e.to_string()))?;
    for domain in &host.domains {
        lab_name(domain)?;
    }
    for person in &host.people {
        address(&person.address)?;
    }
    for (port, dialogues) in &host.script {
        if port.parse::<u16>().is_err() {
            return Err(fault(
                format!("“{port}”不是端口。"),
                format!("`{port}` is no port"),
            ));
        }
        for text in dialogues {
            dialogue(text)?;
        }
    }
    if host.runs == Runs::Script && host.script.is_empty() {
        return Err(fault(
            "它该按对白演，可是没有对白。".to_owned(),
            "it runs a script, and there is none".to_owned(),
        ));
    }
    Ok(())
}

// Nothing of the Lab can be mistaken for the real network.
fn lab_name(name: &str) -> Result<(), ScenarioError> {
    let wrong = |why: &str| foreign(&format!("`{name}`: {why}"));
    Domain::new(name).map_err(|e| wrong(&e.to_string()))?;
    if lab::is_lab_name(name) {
        Ok(())
    } else {
        Err(wrong("a domain of the Lab ends in .test or .example"))
    }
}

fn address(text: &str) -> Result<(), ScenarioError> {
    text.parse::<Address>().map(|_| ()).map_err(|_| {
        fault(
            format!("“{text}”不是地址。"),
            format!("`{text}` is no address"),
        )
    })
}

fn dialogue(text: &str) -> Result<(), ScenarioError> {
    bound(
        ["对白的行数", "lines of a dialogue"],
        text.lines().count(),
        DIALOGUE_LINES_MAX,
    )?;
    people::acts(text).map(|_| ()).map_err(|e| foreign(&e.0))
}

fn zone_text(scenario: &Scenario, text: &str) -> Result<String, ScenarioError> {
    publish::zone_text(scenario.world.seed, text).map_err(|e| foreign(&e.0))
}

fn step_is_sound(scenario: &Scenario, step: &StepSpec) -> Result<(), ScenarioError> {
    if step.at > scenario.world.lasts {
        return Err(fault(
            format!("那时场景已经结束，它只持续 {}。", scenario.world.lasts),
            format!(
                "the run has ended by then; it lasts {}",
                scenario.world.lasts
            ),
        ));
    }
    match &step.step {
        // What an untidy program sends as addresses may be part of the lesson; what cannot be one
        // is not sent at all.
        Step::Submit { from, to, .. } => {
            bound(["收信人", "recipients"], to.len(), RECIPIENTS_MAX)?;
            if !from.is_empty() {
                address(from)?;
            }
            to.iter().try_for_each(|to| address(to))
        }
        Step::Type { lines, .. } => dialogue(lines),
        Step::Zone { set, .. } => Zones::read(&zone_text(scenario, set)?)
            .map(|_| ())
            .map_err(|e| foreign(&format!("the zone, {e}"))),
        Step::Fault(
            Fault::Link {
                latency: Some(way), ..
            }
            | Fault::Way {
                latency: Some(way), ..
            },
        ) => latency(["线路", "the link"], way.0),
        Step::Fault(Fault::Clock { seconds, .. })
            if seconds.unsigned_abs() > CLOCK_SECONDS_MAX.unsigned_abs() =>
        {
            Err(fault(
                format!("时钟最多差 {CLOCK_SECONDS_MAX} 秒。"),
                format!("a clock may be wrong by {CLOCK_SECONDS_MAX} seconds at most"),
            ))
        }
        Step::Fault(Fault::Dns { answer, .. }) => {
            run::failure(answer).map(|_| ()).map_err(|e| foreign(&e.0))
        }
        Step::Fault(Fault::Certificate { kind, host }) => {
            run::certificate(host, kind, crate::START)
                .map(|_| ())
                .map_err(|e| foreign(&e.0))
        }
        Step::Fault(broken) => run::rule(broken).map(|_| ()).map_err(|e| foreign(&e.0)),
        Step::Settings { host, set } => {
            let mut settings = scenario
                .hosts
                .iter()
                .find(|h| h.name == *host)
                .map(|h| h.settings.clone())
                .unwrap_or_default();
            settings::merge(&mut settings, set);
            settings::understood(&settings)
                .map(|_| ())
                .map_err(|e| foreign(&format!("{host}: settings: {e}")))
        }
        Step::Alias { name, to, .. } => {
            bound(
                ["别名的去处", "targets of an alias"],
                to.len(),
                RECIPIENTS_MAX,
            )?;
            settings::alias_name(name).map_err(|e| foreign(&e.0))?;
            to.iter().try_for_each(|to| address(to))
        }
        Step::Quota { person, .. } => address(person),
        Step::Dkim { key, .. } => lab_name(&key.domain),
    }
}

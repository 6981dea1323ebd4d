//! Runs a scenario: starts the hosts, executes each step at its time, advances virtual time to the
//! end, and collects the outcome.
//!
//! Failures: a step that cannot be executed, and a run beyond its [`Bounds`], end the run with a
//! [`ScenarioError`].

mod faults;
mod hosts;
mod steps;

use super::limits::{EVENTS_MAX, TURNS_MAX};
use super::outcome::Outcome;
use super::spec::{Runs, Scenario, Step, StepSpec};
use super::{publish, settings, validate};
use crate::capture::CapturedPiece;
use crate::clock::START;
use crate::error::{Context, Problem, RunProblem, ScenarioError, Within};
use crate::lab::Lab;
use crate::link::Link;
use crate::messages::AcceptedMessage;
use crate::tape::fingerprint;
use event::Event;
use hosts::Hosts;
use mail::{Address, Time};
use std::cell::Cell;
use world::zone::Zones;

/// A completed run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// All events in their true order.
    pub events: Vec<Event>,
    /// The state of all mailboxes and queues at the end of the run.
    pub outcome: Outcome,
    /// Hash of the events: equal for the same scenario, seed and edits.
    pub fingerprint: u64,
    /// The virtual time at the end of the run.
    pub ended: Time,
    /// The messages as hosts accepted them.
    pub messages: Vec<AcceptedMessage>,
    /// The true time of each event.
    pub moments: Vec<Time>,
    /// The captured network traffic, if requested, and whether it is complete.
    pub carried: (Vec<CapturedPiece>, bool),
}

/// Runs a scenario; `edits` are further steps (tweaks, fault cards, changed records).
///
/// ```
/// let scenario = sim::scenario::read(r#"
/// number = 1
/// version = 1
/// part = "basics"
/// title = { zh = "问候", en = "Greeting" }
/// lead = { zh = "客户端连接后退出。", en = "A client connects and leaves." }
/// lesson = { zh = "服务器先说话。", en = "The server speaks first." }
/// expect = {}
/// [world]
/// seed = 1
/// lasts = "1m"
/// zone = ""
/// [[host]]
/// name = "laptop.a.test"
/// address = "192.0.2.1"
/// runs = "nothing"
/// [[host]]
/// name = "mail.b.test"
/// address = "198.51.100.25"
/// runs = "glasspost"
/// domains = ["b.test"]
/// [[step]]
/// at = "1s"
/// [step.type]
/// on = "laptop.a.test"
/// to-host = "mail.b.test"
/// port = 25
/// lines = """
/// < 220
/// > QUIT
/// / listen
/// """
/// "#)?;
/// let run = sim::scenario::run(&scenario, &[])?;
/// let keys: Vec<&str> = run.events.iter().map(|event| event.explain.as_ref()).collect();
/// assert_eq!(
///     keys,
///     ["connect.smtp", "smtp.reply.220", "smtp.quit", "smtp.reply.221", "closed"]
/// );
/// # Ok::<(), sim::scenario::ScenarioError>(())
/// ```
///
/// # Errors
/// The step or the part that failed, or the limit that was reached.
pub fn run(scenario: &Scenario, edits: &[StepSpec]) -> Result<Run, ScenarioError> {
    play(scenario, edits, &Bounds::default())
}

/// Runs a scenario that already contains its edits, within limits.
///
/// # Errors
/// See [`run`].
pub fn run_within(scenario: &Scenario, bounds: &Bounds) -> Result<Run, ScenarioError> {
    play(scenario, &[], bounds)
}

/// The limits of a run, and whether the network is captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Maximum number of events.
    pub events_max: usize,
    /// Maximum number of turns of all tasks together.
    pub turns_max: u64,
    /// Whether to capture the network traffic.
    pub listens: bool,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            events_max: EVENTS_MAX,
            turns_max: TURNS_MAX,
            listens: false,
        }
    }
}

fn play(scenario: &Scenario, edits: &[StepSpec], bounds: &Bounds) -> Result<Run, ScenarioError> {
    validate::length(scenario)?;
    let mut steps: Vec<&StepSpec> = scenario.steps.iter().chain(edits).collect();
    // Steps of the same time keep the order of the file, with edits last.
    steps.sort_by_key(|step| step.at);
    let in_run = || Context::Run;
    let mut stage = Stage::new(scenario, &steps, bounds).within(in_run)?;
    for step in steps {
        // Settings at the beginning were already used when the host started.
        if step.at.0.is_zero() && matches!(step.step, Step::Settings { .. }) {
            continue;
        }
        stage.advance(START + step.at.0).within(in_run)?;
        stage.step(&step.step).within(in_run)?;
    }
    stage
        .advance(START + scenario.world.lasts.0)
        .within(in_run)?;
    stage.finish().within(in_run)
}

/// The virtual world of a run.
struct Stage<'a> {
    hosts: Hosts<'a>,
    bounds: &'a Bounds,
    turns: Cell<u64>,
}

impl<'a> Stage<'a> {
    fn new(
        scenario: &'a Scenario,
        steps: &[&StepSpec],
        bounds: &'a Bounds,
    ) -> Result<Stage<'a>, ScenarioError> {
        let text = publish::zone_text(scenario.world.seed, &scenario.world.zone)?;
        let zones = Zones::read(&text)?;
        for zone in &scenario.world.signed {
            zones.sign(zone);
        }
        let mut lab = Lab::new(scenario.world.seed, zones);
        if bounds.listens {
            lab.capture().start();
        }
        lab.set_usual_link(Link::slow(scenario.world.latency.0));
        for host in &scenario.hosts {
            lab.host(&host.name, &host.address)?;
        }
        let mut hosts = Hosts::new(lab, scenario);
        for step in steps.iter().filter(|step| step.at.0.is_zero()) {
            if let Step::Settings { host, set } = &step.step {
                settings::merge(hosts.settings.entry(host.clone()).or_default(), set);
            }
        }
        for host in &scenario.hosts {
            hosts.start(host)?;
        }
        Ok(Stage {
            hosts,
            bounds,
            turns: Cell::new(0),
        })
    }

    // Advances virtual time, within the limits.
    fn advance(&self, to: Time) -> Result<(), Problem> {
        let Bounds {
            events_max,
            turns_max,
            ..
        } = *self.bounds;
        let lab = &self.hosts.lab;
        let within = || {
            self.turns.set(self.turns.get() + 1);
            self.turns.get() <= turns_max && lab.events() <= events_max
        };
        lab.executor().run(Some(to), within)?;
        let at = lab.now();
        if lab.events() > events_max {
            return Err(RunProblem::TooManyEvents {
                max: events_max,
                at,
            }
            .into());
        }
        if self.turns.get() > turns_max {
            return Err(RunProblem::TooManyTurns { max: turns_max, at }.into());
        }
        Ok(())
    }

    fn finish(self) -> Result<Run, ScenarioError> {
        let Hosts { lab, .. } = &self.hosts;
        let mut outcome = Outcome::default();
        let specs = self.hosts.scenario.hosts.iter();
        for host in specs.filter(|host| host.runs == Runs::Glasspost) {
            let context = || Context::Host(host.name.clone());
            let store = self.hosts.store(&host.name)?;
            let people: Vec<Address> = host
                .people
                .iter()
                .filter_map(|person| person.address.parse().ok())
                .collect();
            let name = host.name.clone();
            let found = lab.complete(async move {
                store.journeys().flush().await?;
                let mut found = Outcome::default();
                found.add_host(&name, &store, &people).await.map(|()| found)
            });
            let found = found
                .map_err(Problem::from)
                .and_then(|found| Ok(found.map_err(|e| RunProblem::Failed(e.to_string()))?))
                .within(context)?;
            outcome.mailboxes.extend(found.mailboxes);
            outcome.queued.extend(found.queued);
        }
        let (moments, events): (Vec<Time>, Vec<Event>) = lab.timed().into_iter().unzip();
        let scripted = self.hosts.scenario.hosts.iter();
        let scripted = scripted.filter(|host| host.runs == Runs::Script);
        let scripted: Vec<_> = scripted
            .map(|host| (host.name.as_str(), host.address.as_str()))
            .collect();
        outcome.count_taken(&scripted, &events);
        Ok(Run {
            fingerprint: fingerprint(&events),
            events,
            outcome,
            ended: lab.now(),
            messages: lab.messages().all(),
            moments,
            carried: lab.capture().pieces(),
        })
    }
}

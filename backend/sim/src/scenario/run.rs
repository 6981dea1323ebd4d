//! Plays a scenario: makes the hosts, lets each step happen at its time, lets the world run on to
//! the end, and looks what came of it.

mod faults;

use super::outcome::Outcome;
use super::people;
use super::publish;
use super::settings::{self, Sections};
use super::spec::{HostSpec, Runs, Scenario, Step, StepSpec};
use super::told;
use crate::Act;
use crate::capture::Passing;
use crate::lab::{Lab, LabError, START};
use crate::link::Link;
use crate::messages::RunMessage;
use crate::script::{listen_with, perform};
use crate::tape::fingerprint;
use crate::tls::Certificate;
use event::Event;
use mail::{Address, Domain, Duration, Secret, Time};
use node::{Node, NodeConfig, Service};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use store::{NewAccount, Store, Writing};
use world::zone::Zones;
use world::{BoxFuture, Connection, World};

pub(super) use faults::{certificate, failure, rule};

/// Events of one run; a run that makes more is broken off.
pub const EVENTS_MAX: usize = 200_000;
/// Turns that the tasks of one run take; a run that takes more is broken off.
pub const TURNS_MAX: u64 = 50_000_000;
/// How long a run may last in virtual time.
pub const LASTS_MAX: Duration = Duration::from_secs(400 * 86_400);

/// Why a scenario could not be played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError(pub String);

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RunError {}

impl From<LabError> for RunError {
    fn from(error: LabError) -> RunError {
        RunError(error.to_string())
    }
}

pub(super) fn broken(what: &str, why: impl fmt::Display) -> RunError {
    RunError(format!("{what}: {why}"))
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Everything that happened, in the order in which it truly happened.
    pub events: Vec<Event>,
    /// Where everything is at the end.
    pub outcome: Outcome,
    /// Stands for the events: the same scenario, seed and edits have the same.
    pub fingerprint: u64,
    /// The virtual time at the end.
    pub ended: Time,
    /// The messages as hosts took them.
    pub messages: Vec<RunMessage>,
    /// When each of the events truly happened.
    pub moments: Vec<Time>,
    /// What the network carried, where it was listened to, and whether that is all.
    pub carried: (Vec<Passing>, bool),
}

/// Plays a scenario; `edits` are steps in addition (tweaks, fault cards, changed records).
///
/// # Errors
/// What could not be made, or where it was broken off.
pub fn run(scenario: &Scenario, edits: &[StepSpec]) -> Result<Run, RunError> {
    play(scenario, edits, &Bounds::default())
}

/// Plays a scenario that has its edits in it, within bounds.
///
/// # Errors
/// As [`run`].
pub fn run_within(scenario: &Scenario, bounds: &Bounds) -> Result<Run, RunError> {
    play(scenario, &[], bounds)
}

/// How much a run may be, and whether somebody listens on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Events.
    pub events_max: usize,
    /// Turns of all tasks together.
    pub turns_max: u64,
    /// Whether what the network carries is kept.
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

fn play(scenario: &Scenario, edits: &[StepSpec], bounds: &Bounds) -> Result<Run, RunError> {
    if scenario.world.lasts.0 > LASTS_MAX {
        return Err(RunError(format!(
            "the scenario lasts longer than {} days",
            LASTS_MAX.as_secs() / 86_400
        )));
    }
    let mut steps: Vec<&StepSpec> = scenario.steps.iter().chain(edits).collect();
    // What happens at the same moment happens in the order of the file, edits last.
    steps.sort_by_key(|step| step.at);
    let mut stage = Stage::set(scenario, &steps, bounds)?;
    for step in steps {
        // Settings of the beginning were there when the host started.
        if step.at.0.is_zero() && matches!(step.step, Step::Settings { .. }) {
            continue;
        }
        stage.advance(START + step.at.0)?;
        stage.step(&step.step)?;
    }
    stage.advance(START + scenario.world.lasts.0)?;
    stage.look()
}

/// The world while it runs.
struct Stage<'a> {
    lab: Lab,
    scenario: &'a Scenario,
    bounds: &'a Bounds,
    turns: Cell<u64>,
    nodes: BTreeMap<String, Node>,
    /// How each host is set up now.
    settings: BTreeMap<String, Sections>,
    /// Hosts whose disk holds what the scenario gives them.
    settled: BTreeSet<String>,
}

impl<'a> Stage<'a> {
    fn set(
        scenario: &'a Scenario,
        steps: &[&StepSpec],
        bounds: &'a Bounds,
    ) -> Result<Stage<'a>, RunError> {
        let text = publish::zone_text(scenario.world.seed, &scenario.world.zone)?;
        let zones = Zones::read(&text).map_err(|e| broken("the zone", e))?;
        scenario
            .world
            .signed
            .iter()
            .for_each(|zone| zones.sign(zone));
        let mut lab = Lab::new(scenario.world.seed, zones);
        if bounds.listens {
            lab.capture().start();
        }
        lab.set_usual_link(Link::slow(scenario.world.latency.0));
        for host in &scenario.hosts {
            lab.host(&host.name, &host.address)?;
        }
        let mut settings: BTreeMap<String, Sections> = scenario
            .hosts
            .iter()
            .map(|h| (h.name.clone(), h.settings.clone()))
            .collect();
        for step in steps.iter().filter(|step| step.at.0.is_zero()) {
            if let Step::Settings { host, set } = &step.step {
                settings::merge(settings.entry(host.clone()).or_default(), set);
            }
        }
        let mut stage = Stage {
            lab,
            scenario,
            bounds,
            turns: Cell::new(0),
            nodes: BTreeMap::new(),
            settings,
            settled: BTreeSet::new(),
        };
        for host in &scenario.hosts {
            stage.wake(host)?;
        }
        Ok(stage)
    }

    fn host(&self, name: &str) -> Result<&'a HostSpec, RunError> {
        self.scenario
            .hosts
            .iter()
            .find(|h| h.name == name)
            .ok_or_else(|| RunError(format!("there is no host {name}")))
    }

    // Begins what runs on a host.
    fn wake(&mut self, host: &HostSpec) -> Result<(), RunError> {
        match host.runs {
            Runs::Glasspost => self.start(host),
            Runs::Script => self.play(host),
            Runs::Nothing => Ok(()),
        }
    }

    // This very mail server, on the disk as it lies there.
    fn start(&mut self, host: &HostSpec) -> Result<(), RunError> {
        let sections = self.settings.get(&host.name).cloned().unwrap_or_default();
        let store = self
            .lab
            .store_costing(&host.name, settings::password_cost(&sections))?;
        let world = self.lab.world(&host.name)?;
        let seed = self.scenario.world.seed;
        let fresh = self.settled.insert(host.name.clone());
        let (people, beside, spec) = (store.clone(), world.clone(), host.clone());
        let made = self.lab.complete(async move {
            settle(&people, &beside, &spec).await?;
            if fresh {
                settings::keep(&people, seed, &spec, beside.now()).await?;
            }
            settings::node_config(&people, seed, &spec, &sections).await
        });
        let config = made.map_err(|e| broken(&host.name, e))??;
        let node = Node::new(
            world,
            store,
            NodeConfig {
                shows_secrets: true,
                journeys_written: Writing::WithMessage,
                ..config
            },
        );
        let queue = node.queue().clone();
        // Nobody else works on this disk: what a crashed host was trying is due again.
        let taken_back = self.lab.complete(async move { queue.take_back().await });
        taken_back
            .map_err(|e| broken(&host.name, e))?
            .map_err(|e| broken(&host.name, e))?;
        node.start();
        self.serve_policy(host)?;
        let served = Service::ALL
            .into_iter()
            .filter(|service| !host.script.contains_key(&service.port().to_string()));
        for service in served {
            let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), service.port());
            let listening = node.clone();
            let bound = self
                .lab
                .complete(async move { listening.listen(service, at).await });
            bound
                .map_err(|e| broken(&host.name, e))?
                .map_err(|e| broken(&host.name, e))?;
        }
        self.nodes.insert(host.name.clone(), node);
        // Ports that somebody plays are not served.
        self.play(host)
    }

    // A policy is served where the settings speak of one.
    fn serve_policy(&self, host: &HostSpec) -> Result<(), RunError> {
        let sections = self.settings.get(&host.name);
        let Some(mode) = sections
            .and_then(|s| s.get("outbound"))
            .and_then(|o| o.get("mta_sts_mode"))
            .cloned()
        else {
            return Ok(());
        };
        let mode = serde_json::from_value(mode).map_err(|e| broken(&host.name, e))?;
        let names = publish::policy_names(&host.name, &host.domains);
        self.lab.set_certificate(
            &host.name,
            Some(Certificate {
                names,
                ..Certificate::good(&host.name)
            }),
        )?;
        let (world, name) = (
            self.lab.world(&host.name)?,
            Domain::new(&host.name).map_err(|e| broken(&host.name, e))?,
        );
        let served = self
            .lab
            .complete(async move { publish::serve_policy(world, mode, name).await });
        served
            .map_err(|e| broken(&host.name, e))?
            .map_err(|e| broken(&host.name, e))
    }

    // Changes what lies in a host's store, beside the running server.
    fn keep<F: Future<Output = Result<(), RunError>> + Send + 'static>(
        &self,
        host: &str,
        change: impl FnOnce(Store) -> F,
    ) -> Result<(), RunError> {
        let store = match self.nodes.get(host) {
            Some(node) => node.store().clone(),
            None => self.lab.store(host)?,
        };
        self.lab
            .complete(change(store))
            .map_err(|e| broken(host, e))?
    }

    // The server is stopped and started again with other settings.
    fn set_up_anew(&mut self, host: &str, set: &Sections) -> Result<(), RunError> {
        settings::merge(self.settings.entry(host.to_owned()).or_default(), set);
        if self.nodes.contains_key(host) {
            let up = self.lab.is_up(host)?;
            self.crash(host)?;
            self.lab.set_up(host, up)?;
            self.start(self.host(host)?)?;
        }
        Ok(())
    }

    // Where a mail server of ours is at the other end, that one tells what is said; otherwise the
    // played part does.
    fn play(&mut self, host: &HostSpec) -> Result<(), RunError> {
        let ours: Vec<IpAddr> = self
            .scenario
            .hosts
            .iter()
            .filter(|h| h.runs == Runs::Glasspost)
            .filter_map(|h| h.address.parse().ok())
            .collect();
        for (port, dialogues) in &host.script {
            let port: u16 = port
                .parse()
                .map_err(|_| RunError(format!("{}: `{port}` is no port", host.name)))?;
            let scripts = dialogues
                .iter()
                .map(|text| people::acts(text))
                .collect::<Result<Vec<Vec<Act>>, _>>()?;
            let world = self.lab.world(&host.name)?;
            let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
            let (ours, name, beside) = (ours.clone(), host.name.clone(), world.clone());
            let play =
                move |connection: Connection, acts: Vec<Act>| -> BoxFuture<'static, Vec<u8>> {
                    let (world, name) = (beside.clone(), name.clone());
                    match ours.contains(&connection.remote.ip()) {
                        true => Box::pin(async move { perform(&world, connection, &acts).await }),
                        false => Box::pin(told::play(world, name, connection, acts)),
                    }
                };
            let listening = self.lab.complete(async move {
                listen_with(&world, at, scripts, true, play)
                    .await
                    .map(|_| ())
            });
            listening
                .map_err(|e| broken(&host.name, e))?
                .map_err(|e| broken(&host.name, e))?;
        }
        Ok(())
    }

    fn advance(&self, to: Time) -> Result<(), RunError> {
        let Bounds {
            events_max,
            turns_max,
            ..
        } = *self.bounds;
        let within = || {
            self.turns.set(self.turns.get() + 1);
            self.turns.get() <= turns_max && self.lab.events() <= events_max
        };
        match self.lab.executor().run(Some(to), within) {
            Err(overrun) => Err(RunError(overrun.to_string())),
            Ok(_) if self.lab.events() > events_max => Err(RunError(format!(
                "more than {events_max} events: a loop, most likely; broken off at {}",
                self.lab.now()
            ))),
            Ok(_) if self.turns.get() > turns_max => Err(RunError(format!(
                "the run is too much work; broken off after {turns_max} turns at {}",
                self.lab.now()
            ))),
            Ok(_) => Ok(()),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), RunError> {
        match step {
            Step::Submit {
                on,
                to_host,
                port,
                login,
                password,
                from,
                to,
                message,
            } => {
                let world = self.lab.world(on)?;
                let server = self.host(to_host)?;
                let login = login.as_ref().map(|who| {
                    let right = server
                        .people
                        .iter()
                        .find(|p| p.address == *who)
                        .map(|p| p.password.clone());
                    (who.clone(), password.clone().or(right).unwrap_or_default())
                });
                let submission = people::Submission {
                    server_name: to_host.clone(),
                    server: self.address(server, *port)?,
                    client_name: on.clone(),
                    scram: self
                        .settings
                        .get(to_host)
                        .is_some_and(settings::speaks_of_logins),
                    login,
                    sender: from.clone(),
                    recipients: to.clone(),
                    message: message.replace("\r\n", "\n").replace('\n', "\r\n"),
                };
                world
                    .clone()
                    .tasks
                    .spawn(Box::pin(people::submit(world, submission)));
            }
            Step::Type {
                on,
                to_host,
                port,
                tls,
                lines,
            } => {
                let world = self.lab.world(on)?;
                let at = self.address(self.host(to_host)?, *port)?;
                let acts = people::acts(lines)?;
                world.clone().tasks.spawn(Box::pin(people::type_lines(
                    world,
                    on.clone(),
                    to_host.clone(),
                    at,
                    *tls,
                    acts,
                )));
            }
            Step::Fault(fault) => self.fault(fault)?,
            Step::Settings { host, set } => self.set_up_anew(host, set)?,
            Step::Alias { host, name, to } => {
                let (name, to) = (name.clone(), to.clone());
                self.keep(host, async move |store| {
                    settings::set_alias(&store, &name, &to).await
                })?;
            }
            Step::Quota {
                host,
                person,
                bytes,
            } => {
                let (person, bytes) = (person.clone(), *bytes);
                self.keep(host, async move |store| {
                    settings::set_quota(&store, &person, bytes).await
                })?;
            }
            Step::Dkim { host, key } => {
                let (key, seed, now) = (key.clone(), self.scenario.world.seed, self.lab.now());
                self.keep(host, async move |store| {
                    settings::keep_key(&store, seed, &key, now).await
                })?;
            }
            Step::Zone { set, remove } => self.edit_zone(set, remove)?,
        }
        Ok(())
    }

    fn address(&self, host: &HostSpec, port: u16) -> Result<SocketAddr, RunError> {
        let ip = host
            .address
            .parse()
            .map_err(|_| RunError(format!("{}: `{}` is no address", host.name, host.address)))?;
        Ok(SocketAddr::new(ip, port))
    }

    fn edit_zone(&self, set: &str, remove: &[String]) -> Result<(), RunError> {
        for line in remove {
            let (name, kind) = line
                .split_once(' ')
                .ok_or_else(|| RunError(format!("`{line}`: a name and a type are wanted")))?;
            let kind = serde_json::from_value(serde_json::Value::String(kind.trim().to_owned()));
            self.lab.zones().remove(
                name,
                kind.map_err(|_| RunError(format!("`{line}` names no type of record")))?,
            );
        }
        let fresh = Zones::read(&publish::zone_text(self.scenario.world.seed, set)?)
            .map_err(|e| broken("the zone", e))?;
        self.lab.zones().replace_with(&fresh);
        Ok(())
    }

    fn look(self) -> Result<Run, RunError> {
        let mut outcome = Outcome::default();
        for host in self
            .scenario
            .hosts
            .iter()
            .filter(|h| h.runs == Runs::Glasspost)
        {
            let store = match self.nodes.get(&host.name) {
                Some(node) => node.store().clone(),
                None => self.lab.store(&host.name)?,
            };
            let people: Vec<Address> = host
                .people
                .iter()
                .filter_map(|p| p.address.parse().ok())
                .collect();
            let name = host.name.clone();
            let looked = self.lab.complete(async move {
                store.journeys().flush().await?;
                let mut found = Outcome::default();
                found.look(&name, &store, &people).await.map(|()| found)
            });
            let found = looked
                .map_err(|e| broken(&host.name, e))?
                .map_err(|e| broken(&host.name, e))?;
            outcome.mailboxes.extend(found.mailboxes);
            outcome.queued.extend(found.queued);
        }
        let (moments, events): (Vec<Time>, Vec<Event>) = self.lab.timed().into_iter().unzip();
        let fingerprint = fingerprint(&events);
        Ok(Run {
            events,
            outcome,
            fingerprint,
            ended: self.lab.now(),
            messages: self.lab.messages().all(),
            moments,
            carried: self.lab.capture().pieces(),
        })
    }
}

// Domains and people, where they are not there yet.
async fn settle(store: &Store, world: &World, host: &HostSpec) -> Result<(), RunError> {
    let wrong = |what: &str, why: &dyn fmt::Display| broken(&format!("{}: {what}", host.name), why);
    for domain in &host.domains {
        let domain = Domain::new(domain).map_err(|e| wrong(domain, &e))?;
        store
            .add_domain(&domain)
            .await
            .map_err(|e| wrong(domain.as_str(), &e))?;
    }
    for person in &host.people {
        let address: Address = person
            .address
            .parse()
            .map_err(|_| wrong(&person.address, &"no address"))?;
        if store
            .account_of(&address)
            .await
            .map_err(|e| wrong(&person.address, &e))?
            .is_some()
        {
            continue;
        }
        let mut salt = [0; 16];
        world.rng.fill(&mut salt);
        let new = NewAccount {
            address,
            name: person.name.clone(),
            password: Secret::new(person.password.as_bytes()),
        };
        store
            .add_account(new, salt, world.now())
            .await
            .map_err(|e| wrong(&person.address, &e))?;
    }
    Ok(())
}

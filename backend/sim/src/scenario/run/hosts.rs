//! The lifecycle of a scenario's hosts: start, restart with other settings, crash.

use super::super::script_recorder;
use super::super::settings;
use super::super::spec::{HostSpec, Runs, Scenario, Sections};
use super::super::{dialogue, publish};
use crate::error::{Context, HostProblem, NameProblem, Problem, RunProblem, ScenarioError, Within};
use crate::lab::Lab;
use crate::script::{Act, listen_with, perform};
use crate::tls::Certificate;
use mail::{Address, Domain, Secret};
use node::{Node, NodeConfig, Service};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use store::{JourneyWrites, NewAccount, Store};
use world::{BoxFuture, Connection, World};

/// The hosts of a run in their virtual world.
pub(super) struct Hosts<'a> {
    pub(super) lab: Lab,
    pub(super) scenario: &'a Scenario,
    // The current settings of each host.
    pub(super) settings: BTreeMap<String, Sections>,
    nodes: BTreeMap<String, Node>,
    // Hosts whose store already contains the data of the scenario.
    populated: BTreeSet<String>,
}

fn failed(reason: impl fmt::Display) -> Problem {
    RunProblem::Failed(reason.to_string()).into()
}

impl<'a> Hosts<'a> {
    /// Creates the hosts of a scenario without starting them.
    pub(super) fn new(lab: Lab, scenario: &'a Scenario) -> Hosts<'a> {
        let settings = scenario.hosts.iter();
        Hosts {
            lab,
            scenario,
            settings: settings
                .map(|host| (host.name.clone(), host.settings.clone()))
                .collect(),
            nodes: BTreeMap::new(),
            populated: BTreeSet::new(),
        }
    }

    /// The host with a name.
    ///
    /// # Errors
    /// If there is no such host.
    pub(super) fn spec(&self, name: &str) -> Result<&'a HostSpec, HostProblem> {
        let mut hosts = self.scenario.hosts.iter();
        hosts
            .find(|host| host.name == name)
            .ok_or_else(|| HostProblem::Unknown(name.to_owned()))
    }

    /// The store of a host, whether it runs or not.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(super) fn store(&self, host: &str) -> Result<Store, ScenarioError> {
        match self.nodes.get(host) {
            Some(node) => Ok(node.store().clone()),
            None => Ok(self.lab.store(host)?),
        }
    }

    /// Starts the program of a host.
    ///
    /// # Errors
    /// If settings, accounts or scripts are invalid.
    pub(super) fn start(&mut self, host: &HostSpec) -> Result<(), ScenarioError> {
        match host.runs {
            Runs::Glasspost => self.start_server(host),
            Runs::Script => self.start_script(host),
            Runs::Nothing => Ok(()),
        }
        .within(|| Context::Host(host.name.clone()))
    }

    // Runs a future to completion.
    fn complete<T: Send + 'static, E: fmt::Display + Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.lab.complete(future)?.map_err(failed)
    }

    // Starts this mail server on the host's disk.
    fn start_server(&mut self, host: &HostSpec) -> Result<(), ScenarioError> {
        let node = self.node(host)?;
        let queue = node.queue().clone();
        // No other process uses this disk: messages that a crashed host was sending are due again.
        self.complete(async move { queue.take_back().await })?;
        node.start();
        self.serve_policy(host)?;
        for service in Service::ALL {
            // Scripted ports are not served by the node.
            if host.script.contains_key(&service.port().to_string()) {
                continue;
            }
            let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), service.port());
            let node = node.clone();
            self.complete(async move { node.listen(service, at).await })?;
        }
        self.nodes.insert(host.name.clone(), node);
        self.start_script(host)
    }

    // Opens the host's store, fills it on the first start, and builds the node.
    fn node(&mut self, host: &HostSpec) -> Result<Node, ScenarioError> {
        let sections = self.settings.get(&host.name).cloned().unwrap_or_default();
        let cost = settings::password_cost(&sections);
        let store = self.lab.store_costing(&host.name, cost)?;
        let world = self.lab.world(&host.name)?;
        let seed = self.scenario.world.seed;
        let first_start = self.populated.insert(host.name.clone());
        let (opened, beside, spec) = (store.clone(), world.clone(), host.clone());
        let config = self.lab.complete(async move {
            add_accounts(&opened, &beside, &spec).await?;
            if first_start {
                settings::store_extras(&opened, seed, &spec, beside.now()).await?;
            }
            settings::node_config(&opened, seed, &spec, &sections).await
        });
        let config = NodeConfig {
            shows_secrets: true,
            journeys_written: JourneyWrites::WithMessage,
            ..config.map_err(Problem::from)??
        };
        Ok(Node::new(world, store, config))
    }

    // Serves the MTA-STS policy of a host if its settings contain one.
    fn serve_policy(&self, host: &HostSpec) -> Result<(), ScenarioError> {
        let sections = self.settings.get(&host.name);
        let mode = sections
            .and_then(|sections| sections.get("outbound"))
            .and_then(|outbound| outbound.get("mta_sts_mode"));
        let Some(mode) = mode.cloned() else {
            return Ok(());
        };
        let mode = serde_json::from_value(mode).map_err(failed)?;
        let names = publish::policy_names(&host.name, &host.domains);
        let certificate = Certificate {
            names,
            ..Certificate::good(&host.name)
        };
        self.lab.set_certificate(&host.name, Some(certificate))?;
        let world = self.lab.world(&host.name)?;
        let name = Domain::new(&host.name).map_err(|e| NameProblem::domain(&host.name, e))?;
        self.complete(async move { publish::serve_policy(world, mode, name).await })?;
        Ok(())
    }

    // Listens on the scripted ports. If this mail server is the client, it records the events of
    // the connection; otherwise the scripted server does.
    fn start_script(&self, host: &HostSpec) -> Result<(), ScenarioError> {
        let servers = self.scenario.hosts.iter();
        let ours: Vec<IpAddr> = servers
            .filter(|host| host.runs == Runs::Glasspost)
            .filter_map(|host| host.address.parse().ok())
            .collect();
        for (port, dialogues) in &host.script {
            let port: u16 = port
                .parse()
                .map_err(|_| NameProblem::NotAPort(port.clone()))?;
            let scripts = dialogues
                .iter()
                .map(|text| dialogue::acts(text))
                .collect::<Result<Vec<Vec<Act>>, _>>()?;
            let world = self.lab.world(&host.name)?;
            let at = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port);
            let (ours, name, beside) = (ours.clone(), host.name.clone(), world.clone());
            let play =
                move |connection: Connection, acts: Vec<Act>| -> BoxFuture<'static, Vec<u8>> {
                    let (world, name) = (beside.clone(), name.clone());
                    if ours.contains(&connection.remote.ip()) {
                        Box::pin(async move { perform(&world, connection, &acts).await })
                    } else {
                        Box::pin(script_recorder::play(world, name, connection, acts))
                    }
                };
            self.complete(async move {
                let listening = listen_with(&world, at, scripts, true, play).await;
                listening.map(drop)
            })?;
        }
        Ok(())
    }

    /// Changes the data in a host's store while the server runs.
    ///
    /// # Errors
    /// The error of the change.
    pub(super) fn change_store<F: Future<Output = Result<(), Problem>> + Send + 'static>(
        &self,
        host: &str,
        change: impl FnOnce(Store) -> F,
    ) -> Result<(), ScenarioError> {
        let store = self.store(host)?;
        let changed = self.lab.complete(change(store)).map_err(Problem::from);
        changed
            .and_then(|changed| changed)
            .within(|| Context::Host(host.to_owned()))
    }

    /// Restarts the server of a host with changed settings.
    ///
    /// # Errors
    /// See [`Hosts::start`].
    pub(super) fn change_settings(
        &mut self,
        host: &str,
        set: &Sections,
    ) -> Result<(), ScenarioError> {
        settings::merge(self.settings.entry(host.to_owned()).or_default(), set);
        if self.nodes.contains_key(host) {
            let up = self.lab.is_up(host)?;
            self.crash(host)?;
            self.lab.set_up(host, up)?;
            let spec = self.spec(host)?;
            self.start_server(spec)
                .within(|| Context::Host(host.to_owned()))?;
        }
        Ok(())
    }

    /// Crashes a host: its tasks end, its disk is kept. Events still in its recorder's memory are
    /// written first, because the Lab has shown them.
    ///
    /// # Errors
    /// If there is no such host.
    pub(super) fn crash(&mut self, host: &str) -> Result<(), ScenarioError> {
        if let Some(node) = self.nodes.remove(host) {
            let journeys = node.store().journeys().clone();
            // On a full disk these events are lost with the host.
            let _ = self.lab.complete(async move { journeys.flush().await });
        }
        Ok(self.lab.crash(host)?)
    }
}

// Adds the domains and accounts that are not in the store yet.
async fn add_accounts(store: &Store, world: &World, host: &HostSpec) -> Result<(), ScenarioError> {
    for domain in &host.domains {
        let domain = Domain::new(domain).map_err(|e| NameProblem::domain(domain, e))?;
        store.add_domain(&domain).await.map_err(failed)?;
    }
    for person in &host.people {
        let address: Address = person
            .address
            .parse()
            .map_err(|e| NameProblem::address(&person.address, e))?;
        if store.account_of(&address).await.map_err(failed)?.is_some() {
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
            .map_err(failed)
            .within(|| Context::Item(person.address.clone()))?;
    }
    Ok(())
}

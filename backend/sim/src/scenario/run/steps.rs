//! Executes the steps of a run.

use super::super::spec::{HostSpec, Step};
use super::super::{dialogue, people, publish, settings};
use super::Stage;
use crate::error::{ScenarioError, ZoneProblem};
use crate::lab::LabError;
use std::net::SocketAddr;
use world::zone::Zones;

impl Stage<'_> {
    /// Executes one step at the current time.
    ///
    /// # Errors
    /// If a host does not exist, or a part of the step is invalid.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), ScenarioError> {
        let hosts = &mut self.hosts;
        match step {
            Step::Submit { .. } => self.submit(step)?,
            Step::Type {
                on,
                to_host,
                port,
                tls,
                lines,
            } => {
                let world = hosts.lab.world(on)?;
                let at = socket_address(hosts.spec(to_host)?, *port)?;
                let acts = dialogue::acts(lines)?;
                let (on, to_host) = (on.clone(), to_host.clone());
                let typing = people::type_lines(world.clone(), on, to_host, at, *tls, acts);
                world.tasks.spawn(Box::pin(typing));
            }
            Step::Fault(fault) => self.apply_fault(fault)?,
            Step::Settings { host, set } => hosts.change_settings(host, set)?,
            Step::Alias { host, name, to } => {
                let (name, to) = (name.clone(), to.clone());
                hosts.change_store(host, async move |store| {
                    settings::set_alias(&store, &name, &to).await
                })?;
            }
            Step::Quota {
                host,
                person,
                bytes,
            } => {
                let (person, bytes) = (person.clone(), *bytes);
                hosts.change_store(host, async move |store| {
                    settings::set_quota(&store, &person, bytes).await
                })?;
            }
            Step::Dkim { host, key } => {
                let (key, seed) = (key.clone(), hosts.scenario.world.seed);
                let now = hosts.lab.now();
                hosts.change_store(host, async move |store| {
                    settings::store_key(&store, seed, &key, now).await
                })?;
            }
            Step::Zone { set, remove } => self.edit_zone(set, remove)?,
        }
        Ok(())
    }

    fn submit(&self, step: &Step) -> Result<(), ScenarioError> {
        let Step::Submit {
            on,
            to_host,
            port,
            login,
            password,
            from,
            to,
            message,
        } = step
        else {
            return Ok(());
        };
        let world = self.hosts.lab.world(on)?;
        let server = self.hosts.spec(to_host)?;
        let login = login.as_ref().map(|user| {
            let account = server.people.iter().find(|person| person.address == *user);
            let own = account.map(|person| person.password.clone());
            (user.clone(), password.clone().or(own).unwrap_or_default())
        });
        let settings = self.hosts.settings.get(to_host);
        let submission = people::Submission {
            server_name: to_host.clone(),
            server: socket_address(server, *port)?,
            client_name: on.clone(),
            scram: settings.is_some_and(settings::configures_login),
            login,
            sender: from.clone(),
            recipients: to.clone(),
            message: message.replace("\r\n", "\n").replace('\n', "\r\n"),
        };
        let program = people::submit(world.clone(), submission);
        world.tasks.spawn(Box::pin(program));
        Ok(())
    }

    fn edit_zone(&self, set: &str, remove: &[String]) -> Result<(), ScenarioError> {
        let zones = self.hosts.lab.zones();
        for line in remove {
            let (name, kind) = line
                .split_once(' ')
                .ok_or_else(|| ZoneProblem::NoNameAndType(line.clone()))?;
            let kind = serde_json::Value::String(kind.trim().to_owned());
            let kind =
                serde_json::from_value(kind).map_err(|_| ZoneProblem::UnknownType(line.clone()))?;
            zones.remove(name, kind);
        }
        let seed = self.hosts.scenario.world.seed;
        zones.replace_with(&Zones::read(&publish::zone_text(seed, set)?)?);
        Ok(())
    }
}

fn socket_address(host: &HostSpec, port: u16) -> Result<SocketAddr, LabError> {
    let address = host.address.parse();
    let address = address.map_err(|_| LabError::NoAddress(host.address.clone()))?;
    Ok(SocketAddr::new(address, port))
}

//! Hosts known only from the network's definition, and unique names for people.

use super::same_name;
use crate::stage::known_host::KnownHost;
use crate::stage::model::{Host, HostKey, Side, Topology};
use event::Role;

impl Topology {
    /// Adds hosts of the network that offer services but took part in no connection.
    pub(super) fn add_silent_hosts(&mut self, network: &[KnownHost]) {
        for known in network.iter().filter(|known| known.serves) {
            let there =
                |h: &Host| h.person.is_none() && [&known.name, &known.address].contains(&&h.name);
            if !self.hosts.iter().any(there) {
                let key = HostKey::Host(known.name.to_ascii_lowercase());
                let agent = self.agent_for(key, Role::Mta);
                self.agents[agent].used = false;
            }
        }
    }

    /// Gives people the shortest unique names: the local part, the address, or the local part with
    /// the machine.
    pub(super) fn label_people(&mut self) {
        let labels: Vec<Option<String>> = self.hosts.iter().map(|h| self.label_of(h)).collect();
        for (host, label) in self.hosts.iter_mut().zip(labels) {
            host.label = label.unwrap_or_else(|| host.name.clone());
        }
    }

    fn label_of(&self, host: &Host) -> Option<String> {
        let HostKey::Person(side, account, machine) = &host.key else {
            return None;
        };
        let (local, _) = account.split_once('@')?;
        let others = || {
            self.hosts.iter().filter_map(|other| match &other.key {
                HostKey::Person(side, account, machine) => Some((side, account, machine)),
                HostKey::Host(_) => None,
            })
        };
        let namesake = |other: &str| {
            let (its_local, _) = other.split_once('@').unwrap_or((other, ""));
            its_local.eq_ignore_ascii_case(local) && !same_name(other, account)
        };
        if others().any(|(_, other, _)| namesake(other)) {
            return Some(account.clone());
        }
        let elsewhere = |its: &(&Side, &String, &Option<String>)| {
            its.0 == side && same_name(its.1, account) && its.2 != machine
        };
        let device = machine.as_deref().and_then(|name| name.split('.').next());
        match device {
            Some(device) if others().any(|other| elsewhere(&other)) => {
                Some(format!("{local} · {device}"))
            }
            _ => Some(local.to_owned()),
        }
    }
}

impl HostKey {
    /// Whether both are the same host; a person may be named by the account with or without its
    /// domain.
    pub(super) fn is_same(&self, other: &HostKey) -> bool {
        match (self, other) {
            (HostKey::Host(a), HostKey::Host(b)) => a == b,
            (HostKey::Person(side, a, machine), HostKey::Person(its_side, b, its_machine)) => {
                side == its_side && machine == its_machine && same_name(a, b)
            }
            _ => false,
        }
    }
}

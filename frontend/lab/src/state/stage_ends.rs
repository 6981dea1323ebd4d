//! The connection on the stage, as the fields of a fault card take it.

use frontend::stage::model::Timeline;
use sim::api::HostShown;
use sim::scenario::Chosen;

/// Who talks to whom on the stage; empty without a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageEnds {
    /// The client's machine.
    pub client: String,
    /// The server.
    pub server: String,
    /// The account that signed in.
    pub account: String,
    /// The server's port.
    pub port: String,
}

impl StageEnds {
    /// The ends of a connection of a timeline, in a run with these hosts.
    pub fn of(timeline: &Timeline, connection: Option<usize>, hosts: &[HostShown]) -> StageEnds {
        let connection = connection.and_then(|number| timeline.connections.get(number));
        let Some(connection) = connection else {
            return StageEnds::default();
        };
        let topology = &timeline.topology;
        let host = |agent: usize| topology.hosts[topology.agents[agent].host].name.clone();
        // A person's machine is drawn by its user; the run knows it by its address.
        let ip = connection
            .client
            .address
            .rsplit_once(':')
            .map_or("", |(ip, _)| ip);
        let machine = hosts.iter().find(|host| host.address == ip);
        StageEnds {
            client: machine.map_or_else(|| host(connection.client_agent), |m| m.name.clone()),
            server: host(connection.server_agent),
            account: connection.account.clone().unwrap_or_default(),
            port: connection
                .port()
                .map(|port| port.to_string())
                .unwrap_or_default(),
        }
    }

    /// What a field takes from the connection, where that is on offer.
    pub fn choice(&self, key: &str, kind: Chosen, offered: &[String]) -> Option<String> {
        let wanted = match (key, kind) {
            ("from", _) => &self.client,
            ("to" | "host", _) => &self.server,
            (_, Chosen::Person) => &self.account,
            (_, Chosen::Port) => &self.port,
            _ => return None,
        };
        offered.contains(wanted).then(|| wanted.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_card_takes_the_connection_on_the_stage() {
        let ends = StageEnds {
            client: "mail.a.test".into(),
            server: "mail.b.test".into(),
            account: "bob@b.test".into(),
            port: "25".into(),
        };
        let hosts = ["laptop.a.test", "mail.a.test", "mail.b.test"].map(str::to_owned);
        let check = |key: &str, kind, offered: &[String], expected: Option<&str>| {
            assert_eq!(
                ends.choice(key, kind, offered).as_deref(),
                expected,
                "{key}"
            );
        };
        check("from", Chosen::Host, &hosts, Some("mail.a.test"));
        check("to", Chosen::Server, &hosts, Some("mail.b.test"));
        check("host", Chosen::Server, &hosts, Some("mail.b.test"));
        let people = ["alice@a.test", "bob@b.test"].map(str::to_owned);
        check("person", Chosen::Person, &people, Some("bob@b.test"));
        check(
            "port",
            Chosen::Port,
            &["587", "25"].map(str::to_owned),
            Some("25"),
        );
        check("host", Chosen::Server, &hosts[..1], None);
        check("name", Chosen::Name, &hosts, None);
        let none = StageEnds::default();
        assert_eq!(none.choice("from", Chosen::Host, &hosts), None);
    }
}

//! The connection on the stage, as initial values for the fields of a fault card.

use frontend::stage::model::Timeline;
use sim::api::HostShown;
use sim::scenario::Chosen;

/// The two ends of the connection on the stage; empty without a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageEnds {
    /// The client host.
    pub client: String,
    /// The server host.
    pub server: String,
    /// The account that the client signed in with.
    pub account: String,
    /// The server's port.
    pub port: String,
}

impl StageEnds {
    /// The ends of a connection in the timeline of a run with these hosts.
    pub fn of(timeline: &Timeline, connection: Option<usize>, hosts: &[HostShown]) -> StageEnds {
        let connection = connection.and_then(|number| timeline.connections.get(number));
        let Some(connection) = connection else {
            return StageEnds::default();
        };
        let topology = &timeline.topology;
        let host = |agent: usize| topology.hosts[topology.agents[agent].host].name.clone();
        // The stage shows a user instead of the computer; the run knows the computer by its
        // address.
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

    /// The value of the connection for a field, if it is among the options.
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
    fn fault_card_fields_default_to_the_connection_on_the_stage() {
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

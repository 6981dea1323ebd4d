//! Who can read a step: for each line, which observers see its content and which see only metadata.
//! TLS protects one hop; the administrators of both hosts read everything. `byte_visibility`
//! classifies the bytes of a line.

use super::i18n::{host_name, say};
use super::model::{AgentId, StepKind, Timeline};
use crate::i18n::Language;
use event::{Kind, Protocol};
use mail::session::Speaker;

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Plain,
    /// From STARTTLS on (RFC 3207).
    StartTls,
    /// From the first byte on (RFC 8314 §3).
    Tls,
}

/// A party that might observe a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observer {
    /// Other people on the same wireless network as a person's mail client.
    Wifi,
    /// Network providers that carry the packets between two machines.
    Carrier,
    /// The administrators of a host.
    Administrator(String),
    /// The administrators of a host that relays the message.
    Relay(String),
    /// The person who uses a mail client.
    Person(String),
    /// Name servers, and the networks between.
    Resolver,
}

/// How much an observer sees of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Every byte.
    Reads,
    /// Only who communicates with whom, when and how much.
    Traffic,
}

/// The observers of a step and what each sees. Only administrators or users see what happens within
/// a host; nobody sees a wait.
pub fn observers(
    timeline: &Timeline,
    position: usize,
    language: Language,
) -> Vec<(Observer, Visibility)> {
    let Some(step) = timeline.steps.get(position) else {
        return Vec::new();
    };
    let StepKind::Event(number) = step.kind else {
        return Vec::new();
    };
    let event = &timeline.events[number];
    let mut seen = Vec::new();
    match (&event.kind, step.connection) {
        (Kind::Line { sealed, .. }, Some(connection)) => {
            let connection = &timeline.connections[connection];
            let outside = if *sealed || connection.protocol == Protocol::Web {
                Visibility::Traffic
            } else {
                Visibility::Reads
            };
            for agent in [connection.client_agent, connection.server_agent] {
                let observer = end(timeline, agent, language);
                let person = matches!(observer, Observer::Person(_));
                seen.push((observer, Visibility::Reads));
                if person {
                    seen.push((Observer::Wifi, outside));
                }
            }
            seen.push((Observer::Carrier, outside));
        }
        (Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }, Some(connection)) => {
            let connection = &timeline.connections[connection];
            for agent in [connection.client_agent, connection.server_agent] {
                seen.push((end(timeline, agent, language), Visibility::Reads));
            }
            seen.push((Observer::Carrier, Visibility::Traffic));
        }
        // RFC 1035: DNS queries are not encrypted.
        (Kind::Dns { .. }, _) => {
            seen.extend(
                step.agent
                    .map(|agent| (end(timeline, agent, language), Visibility::Reads)),
            );
            seen.push((Observer::Resolver, Visibility::Reads));
            seen.push((Observer::Carrier, Visibility::Reads));
        }
        _ => seen.extend(
            step.agent
                .map(|agent| (end(timeline, agent, language), Visibility::Reads)),
        ),
    }
    seen
}

fn end(timeline: &Timeline, agent: AgentId, language: Language) -> Observer {
    let host = &timeline.topology.hosts[timeline.topology.agents[agent].host];
    let name = host_name(language, host);
    let number = timeline.topology.agents[agent].host;
    let at = |agent: AgentId| timeline.topology.agents[agent].host == number;
    let mut between_hosts = timeline
        .connections
        .iter()
        .filter(|t| t.protocol == Protocol::Smtp);
    if host.person.is_some() {
        Observer::Person(name)
    } else if between_hosts.clone().any(|t| at(t.server_agent))
        && between_hosts.any(|t| at(t.client_agent))
    {
        Observer::Relay(name)
    } else {
        Observer::Administrator(name)
    }
}

/// The encryption of a connection, as far as known at a position.
pub fn encryption(timeline: &Timeline, connection: usize, position: usize) -> Encryption {
    let mut spoke = false;
    for i in timeline.connection_until(connection, position) {
        match timeline.event(i).map(|e| &e.kind) {
            Some(Kind::Tls(_)) => {
                return if spoke {
                    Encryption::StartTls
                } else {
                    Encryption::Tls
                };
            }
            Some(Kind::Line { sealed: true, .. }) if !spoke => return Encryption::Tls,
            Some(Kind::Line {
                speaker: Speaker::Client,
                ..
            }) => spoke = true,
            _ => {}
        }
    }
    Encryption::Plain
}

/// A hop over which a message's content was transferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopEncryption {
    /// The sending agent.
    pub from: AgentId,
    /// The receiving agent.
    pub to: AgentId,
    /// Its encryption when the content was transferred.
    pub encryption: Encryption,
}

/// The hops over which a message's content was transferred up to a position.
pub fn hop_encryptions(timeline: &Timeline, message: usize, position: usize) -> Vec<HopEncryption> {
    let mut found: Vec<HopEncryption> = Vec::new();
    for i in 0..timeline.len().min(position + 1) {
        let step = &timeline.steps[i];
        let (Some(connection), Some(event)) = (
            step.connection.filter(|_| step.message == Some(message)),
            timeline.event(i),
        ) else {
            continue;
        };
        let parties = &timeline.connections[connection];
        let (from, to) = match &event.kind {
            Kind::Line {
                speaker: Speaker::Client,
                ..
            } if event.explain == "smtp.message" => (parties.client_agent, parties.server_agent),
            Kind::Fetched { .. } => (parties.server_agent, parties.client_agent),
            _ => continue,
        };
        let hop = HopEncryption {
            from,
            to,
            encryption: encryption(timeline, connection, i),
        };
        if !found.contains(&hop) {
            found.push(hop);
        }
    }
    found
}

/// An observer's label.
pub fn observer_text(language: Language, observer: &Observer) -> String {
    match observer {
        Observer::Wifi => {
            say(language, "同一个 Wi-Fi 上的人", "people on the same Wi-Fi").to_owned()
        }
        Observer::Carrier => {
            say(language, "沿途的网络运营商", "network providers on the way").to_owned()
        }
        Observer::Resolver => say(language, "域名服务器", "DNS servers").to_owned(),
        Observer::Administrator(host) => {
            format!("{} {host}", say(language, "管理员：", "administrators of"))
        }
        Observer::Relay(host) => format!(
            "{} {host}",
            say(language, "中继管理员：", "administrators of the relay")
        ),
        Observer::Person(who) => who.clone(),
    }
}

/// A description of what an observer sees.
pub fn visibility_text(language: Language, visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Reads => say(language, "可以读到每个字节", "can read every byte"),
        Visibility::Traffic => say(
            language,
            "只能看到通信双方和数据量",
            "sees only who communicates with whom, and how much",
        ),
    }
}

/// A description of a hop's encryption.
pub fn encryption_text(language: Language, encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Plain => say(language, "明文", "unencrypted"),
        Encryption::StartTls => say(language, "STARTTLS 之后加密", "encrypted from STARTTLS on"),
        Encryption::Tls => say(language, "全程 TLS 加密", "encrypted from the first byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    fn check(line: &str, wifi: Visibility) {
        let t = Timeline::from_events(samples::local_delivery());
        let is_line = |i: &usize| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { text, .. }) if text.starts_with(line));
        let at = (0..t.len()).find(is_line).expect("the line is there");
        let seen = observers(&t, at, Language::English);
        assert!(seen.contains(&(Observer::Wifi, wifi)), "{line}: {seen:?}");
        assert!(
            seen.contains(&(
                Observer::Administrator("mail.glasspost.test".into()),
                Visibility::Reads
            )),
            "{line}"
        );
    }

    #[test]
    fn only_the_ends_can_read_what_follows_starttls() {
        check("EHLO laptop", Visibility::Reads);
        check("STARTTLS", Visibility::Reads);
        check("MAIL FROM", Visibility::Traffic);
    }

    #[test]
    fn each_hop_of_a_message_names_its_encryption() {
        let t = Timeline::from_events(samples::greylisted());
        let encryptions: Vec<Encryption> = hop_encryptions(&t, 0, t.last())
            .iter()
            .map(|s| s.encryption)
            .collect();
        assert_eq!(encryptions, [Encryption::StartTls, Encryption::Plain]);
        let t = Timeline::from_events(samples::local_delivery());
        assert_eq!(
            hop_encryptions(&t, 0, t.last()).len(),
            2,
            "submission and fetch"
        );
    }
}

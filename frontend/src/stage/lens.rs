//! Who can read this: for each line, which people on the way see its words, and which see only that
//! somebody speaks with somebody. TLS seals a stretch from end to end of that stretch and no
//! farther: the administrators of each host in between read everything. Which octets of a
//! line are what is `readers`.

use super::i18n::{host_name, say};
use super::places::RoomId;
use super::timeline::{Timeline, What};
use crate::i18n::Language;
use event::{Kind, Protocol};
use mail::session::Speaker;

/// How a connection is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// Not at all.
    Plain,
    /// From STARTTLS on (RFC 3207).
    StartTls,
    /// From its first octet (RFC 8314 §3).
    Tls,
}

/// Somebody who might look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Watcher {
    /// Others on the same wireless network as a person's program.
    Wifi,
    /// Those who carry the packets between two machines.
    Carrier,
    /// Who runs a host.
    Administrator(String),
    /// Who runs a host that takes the message from another one and hands it on.
    Relay(String),
    /// The person at a program.
    Person(String),
    /// Name servers and whoever carries questions to them.
    Resolver,
}

/// What somebody sees of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Every octet.
    Reads,
    /// Who speaks with whom, when and how much; not the words.
    Traffic,
}

/// Who sees a step, and how it is sealed; empty for what happens inside a host only in so far as
/// its administrators may look.
pub fn watchers(timeline: &Timeline, position: usize, language: Language) -> Vec<(Watcher, Sight)> {
    let Some(step) = timeline.steps.get(position) else {
        return Vec::new();
    };
    let What::Event(number) = step.what else {
        return Vec::new();
    };
    let event = &timeline.events[number];
    let mut seen = Vec::new();
    match (&event.kind, step.talk) {
        (Kind::Line { sealed, .. }, Some(talk)) => {
            let talk = &timeline.talks[talk];
            let outside = if *sealed || talk.protocol == Protocol::Web {
                Sight::Traffic
            } else {
                Sight::Reads
            };
            for room in [talk.client_room, talk.server_room] {
                let watcher = end(timeline, room, language);
                let person = matches!(watcher, Watcher::Person(_));
                seen.push((watcher, Sight::Reads));
                if person {
                    seen.push((Watcher::Wifi, outside));
                }
            }
            seen.push((Watcher::Carrier, outside));
        }
        (Kind::Connect { .. } | Kind::Tls(_) | Kind::Closed { .. }, Some(talk)) => {
            let talk = &timeline.talks[talk];
            for room in [talk.client_room, talk.server_room] {
                seen.push((end(timeline, room, language), Sight::Reads));
            }
            seen.push((Watcher::Carrier, Sight::Traffic));
        }
        // RFC 1035: questions go in the clear.
        (Kind::Dns { .. }, _) => {
            seen.extend(
                step.room
                    .map(|room| (end(timeline, room, language), Sight::Reads)),
            );
            seen.push((Watcher::Resolver, Sight::Reads));
            seen.push((Watcher::Carrier, Sight::Reads));
        }
        _ => seen.extend(
            step.room
                .map(|room| (end(timeline, room, language), Sight::Reads)),
        ),
    }
    seen
}

fn end(timeline: &Timeline, room: RoomId, language: Language) -> Watcher {
    let host = &timeline.places.hosts[timeline.places.rooms[room].host];
    let name = host_name(language, host);
    let number = timeline.places.rooms[room].host;
    let at = |room: RoomId| timeline.places.rooms[room].host == number;
    let mut between_hosts = timeline
        .talks
        .iter()
        .filter(|t| t.protocol == Protocol::Smtp);
    if host.person.is_some() {
        Watcher::Person(name)
    } else if between_hosts.clone().any(|t| at(t.server_room))
        && between_hosts.any(|t| at(t.client_room))
    {
        Watcher::Relay(name)
    } else {
        Watcher::Administrator(name)
    }
}

/// How a conversation is sealed, as far as a position.
pub fn seal(timeline: &Timeline, talk: usize, position: usize) -> Seal {
    let mut spoke = false;
    for i in timeline.talk_until(talk, position) {
        match timeline.event(i).map(|e| &e.kind) {
            Some(Kind::Tls(_)) => return if spoke { Seal::StartTls } else { Seal::Tls },
            Some(Kind::Line { sealed: true, .. }) if !spoke => return Seal::Tls,
            Some(Kind::Line {
                speaker: Speaker::Client,
                ..
            }) => spoke = true,
            _ => {}
        }
    }
    Seal::Plain
}

/// A stretch over which a message's content goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From whom.
    pub from: RoomId,
    /// To whom.
    pub to: RoomId,
    /// How it was sealed when the content went.
    pub seal: Seal,
}

/// The stretches over which a message's content has gone up to a position.
pub fn stretches(timeline: &Timeline, message: usize, position: usize) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for i in 0..timeline.len().min(position + 1) {
        let step = &timeline.steps[i];
        let (Some(talk), Some(event)) = (
            step.talk.filter(|_| step.message == Some(message)),
            timeline.event(i),
        ) else {
            continue;
        };
        let parties = &timeline.talks[talk];
        let (from, to) = match &event.kind {
            Kind::Line {
                speaker: Speaker::Client,
                ..
            } if event.explain == "smtp.message" => (parties.client_room, parties.server_room),
            Kind::Fetched { .. } => (parties.server_room, parties.client_room),
            _ => continue,
        };
        let stretch = Stretch {
            from,
            to,
            seal: seal(timeline, talk, i),
        };
        if !found.contains(&stretch) {
            found.push(stretch);
        }
    }
    found
}

/// A watcher's name.
pub fn watcher_words(language: Language, watcher: &Watcher) -> String {
    match watcher {
        Watcher::Wifi => {
            say(language, "同一个 Wi-Fi 上的人", "people on the same Wi-Fi").to_owned()
        }
        Watcher::Carrier => {
            say(language, "沿途的网络运营商", "the providers in between").to_owned()
        }
        Watcher::Resolver => say(language, "域名服务器", "the name servers").to_owned(),
        Watcher::Administrator(host) => {
            format!("{} {host}", say(language, "管理员：", "administrators of"))
        }
        Watcher::Relay(host) => format!(
            "{} {host}",
            say(language, "中转站管理员：", "administrators of the relay")
        ),
        Watcher::Person(who) => who.clone(),
    }
}

/// What somebody sees, in words.
pub fn sight_words(language: Language, sight: Sight) -> &'static str {
    match sight {
        Sight::Reads => say(language, "读得到每个字节", "reads every byte"),
        Sight::Traffic => say(
            language,
            "只看得到谁在和谁通话、有多长",
            "sees only who speaks with whom, and how much",
        ),
    }
}

/// How a stretch is sealed, in words.
pub fn seal_words(language: Language, seal: Seal) -> &'static str {
    match seal {
        Seal::Plain => say(language, "明文", "in the clear"),
        Seal::StartTls => say(language, "STARTTLS 之后加密", "sealed from STARTTLS on"),
        Seal::Tls => say(language, "TLS 从头加密", "sealed from the first byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    fn check(line: &str, wifi: Sight) {
        let t = Timeline::from_events(samples::local_delivery());
        let says = |i: &usize| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { text, .. }) if text.starts_with(line));
        let at = (0..t.len()).find(says).expect("the line is there");
        let seen = watchers(&t, at, Language::English);
        assert!(seen.contains(&(Watcher::Wifi, wifi)), "{line}: {seen:?}");
        assert!(
            seen.contains(&(
                Watcher::Administrator("mail.glasspost.test".into()),
                Sight::Reads
            )),
            "{line}"
        );
    }

    #[test]
    fn what_goes_before_starttls_is_read_by_all_and_what_goes_after_by_both_ends_only() {
        check("EHLO laptop", Sight::Reads);
        check("STARTTLS", Sight::Reads);
        check("MAIL FROM", Sight::Traffic);
    }

    #[test]
    fn a_messages_stretches_are_told_with_how_each_was_sealed() {
        let t = Timeline::from_events(samples::greylisted());
        let seals: Vec<Seal> = stretches(&t, 0, t.last()).iter().map(|s| s.seal).collect();
        assert_eq!(seals, [Seal::StartTls, Seal::Plain]);
        let t = Timeline::from_events(samples::local_delivery());
        assert_eq!(stretches(&t, 0, t.last()).len(), 2, "submission and fetch");
    }
}

//! Compares the stage at the end of every scenario with the outcome that the simulator computed:
//! the queues, the messages that each host is responsible for, and the number of messages.

mod support;

use event::{Kind, Protocol};
use frontend::stage::model::{Copy, CopyStatus, Timeline};
use frontend::stage::scene::Scene;
use lab::state::network::timeline;
use mail::session::Speaker;
use std::collections::{BTreeMap, BTreeSet};
use support::{run_of, runs};

/// The mail server that is responsible for a copy it has not settled.
fn unsettled_at(t: &Timeline, copy: &Copy) -> Option<String> {
    let open = matches!(copy.status, CopyStatus::InTransit | CopyStatus::Deferred(_));
    let host = &t.topology.hosts[t.topology.agents[copy.responsible?].host];
    (open && host.recorded && host.person.is_none()).then(|| host.name.clone())
}

#[test]
fn final_queues_and_responsibilities_match_the_run() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = timeline(&played);
        let scene = Scene::at(&t, t.last());
        let queued: BTreeMap<String, usize> = played.outcome.queued.into_iter().collect();

        let waiting: BTreeSet<(String, usize)> = scene
            .clocks
            .iter()
            .filter_map(|clock| {
                let host = &t.topology.hosts[t.topology.agents[clock.agent].host];
                Some((host.name.clone(), clock.key?.message))
            })
            .collect();
        let mut shown: BTreeMap<String, usize> = BTreeMap::new();
        for (host, _) in waiting {
            *shown.entry(host).or_default() += 1;
        }
        if shown != queued {
            faults.push(format!("{name}: queues {queued:?}, shown {shown:?}"));
        }

        let state = t.state(t.last());
        for (number, message) in state.message_states.iter().enumerate() {
            for copy in &message.copies {
                if let Some(host) = unsettled_at(&t, copy)
                    && !queued.contains_key(&host)
                {
                    faults.push(format!(
                        "{name}: {host} still has message {number} of {} messages: {copy:?}",
                        t.messages.len()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The hosts that are responsible for each recipient of each message after a step.
fn holders(t: &Timeline, step: usize) -> BTreeMap<(usize, String), BTreeSet<String>> {
    let mut holders: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
    for (number, message) in t.state(step).message_states.iter().enumerate() {
        for copy in &message.copies {
            let Some(agent) = copy.responsible else {
                continue;
            };
            let host = &t.topology.hosts[t.topology.agents[agent].host];
            let recipient = (number, copy.recipient.clone());
            holders
                .entry(recipient)
                .or_default()
                .insert(host.name.clone());
        }
    }
    holders
}

/// Whether the final reply to the message was lost: two hosts are responsible from then on (RFC
/// 1047).
fn lost_a_reply(t: &Timeline, message: usize) -> bool {
    (0..t.len()).any(|step| t.is_lost(step) && t.steps[step].message == Some(message))
}

#[test]
fn at_every_step_one_host_is_responsible_for_each_recipient() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = timeline(&played);
        for step in 0..t.len() {
            for ((message, recipient), hosts) in holders(&t, step) {
                if hosts.len() > 1 && !lost_a_reply(&t, message) {
                    faults.push(format!("{name}, step {step}: {recipient} is at {hosts:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn responsibility_moves_only_when_a_host_accepts_or_settles_the_message() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = timeline(&played);
        for step in 1..t.len() {
            let before = holders(&t, step - 1);
            for (recipient, hosts) in holders(&t, step) {
                let old = before.get(&recipient);
                let came = hosts
                    .iter()
                    .find(|host| old.is_none_or(|old| !old.contains(*host)));
                let kind = t.event(step).map(|event| &event.kind);
                let accepts = match kind {
                    Some(Kind::Line {
                        speaker: Speaker::Server,
                        text,
                        ..
                    }) => text.starts_with('2'),
                    Some(Kind::Accepted { .. } | Kind::Delivered { .. } | Kind::Relayed { .. }) => {
                        true
                    }
                    // An alias created another copy.
                    Some(Kind::Attempt { .. }) => old.is_none(),
                    _ => false,
                };
                if let Some(host) = came.filter(|_| !accepts) {
                    faults.push(format!("{name}, step {step}: {host} by {kind:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Number of messages that users deleted with POP3 (RFC 1939 §6: at QUIT) or EXPUNGE (RFC 9051
/// §7.5.1).
fn deleted(t: &Timeline) -> usize {
    let mut marked: BTreeMap<usize, usize> = BTreeMap::new();
    let mut deleted = 0;
    for (number, step) in t.steps.iter().enumerate() {
        let (Some(connection), Some(event)) = (step.connection, t.event(number)) else {
            continue;
        };
        let Kind::Line { speaker, text, .. } = &event.kind else {
            continue;
        };
        match (t.connections[connection].protocol, speaker) {
            (Protocol::Pop3, Speaker::Client) if text.starts_with("DELE") => {
                *marked.entry(connection).or_default() += 1;
            }
            (Protocol::Pop3, Speaker::Client) if text.starts_with("QUIT") => {
                deleted += marked.remove(&connection).unwrap_or_default();
            }
            (Protocol::Imap, Speaker::Server) => {
                deleted += text
                    .lines()
                    .filter(|line| line.ends_with(" EXPUNGE"))
                    .count();
            }
            _ => {}
        }
    }
    deleted
}

#[test]
fn the_stage_shows_as_many_messages_as_the_mailboxes_contain() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = timeline(&played);
        let state = t.state(t.last());
        let arrived =
            |copy: &&Copy| matches!(copy.status, CopyStatus::Delivered(_) | CopyStatus::Read);
        let shown: usize = state
            .message_states
            .iter()
            .map(|message| message.copies.iter().filter(arrived).count())
            .sum();
        let there: usize = played
            .outcome
            .mailboxes
            .iter()
            .map(|m| m.subjects.len())
            .sum();
        if shown != there + deleted(&t) {
            faults.push(format!(
                "{name}: {there} messages in mailboxes, {} deleted, {shown} shown",
                deleted(&t)
            ));
        }
        let nameless = t.messages.iter().filter(|m| m.sender.is_none()).count();
        if nameless > 0 {
            faults.push(format!("{name}: {nameless} messages without a sender"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The Message-ID of a message, which identifies it across hosts; its text if it has none.
fn message_id(text: &str) -> String {
    let header = text.lines().take_while(|line| !line.is_empty());
    let id = header
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("Message-ID"));
    id.map_or(text, |(_, value)| value.trim()).to_owned()
}

#[test]
fn the_stage_shows_as_many_messages_as_were_accepted() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let ids: BTreeSet<String> = played
            .messages
            .iter()
            .map(|m| message_id(&m.text))
            .collect();
        let t = timeline(&played);
        let accepted = t.messages.iter().filter(|m| !m.journeys.is_empty()).count();
        if accepted != ids.len() {
            faults.push(format!(
                "{name}: {} messages accepted, {accepted} shown",
                ids.len()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_host_that_is_down_is_unreachable_until_it_answers() {
    let down_at_end = |number: u32| {
        let t = timeline(run_of(number));
        let scene = Scene::at(&t, t.last());
        let down = t.topology.hosts.iter().zip(&scene.unreachable);
        let down = down.filter(|(_, down)| **down);
        down.map(|(host, _)| host.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(down_at_end(22), ["mx1.b.test"]);
    assert_eq!(down_at_end(49), ["mail.b.test"]);
    assert!(down_at_end(48).is_empty(), "it came back");
}

#[test]
fn a_host_is_shown_as_down_for_exactly_its_downtime() {
    let mut downtimes = 0;
    for (name, played) in runs() {
        let t = timeline(&played);
        for host in &played.hosts {
            let Some(shown) = t.topology.hosts.iter().position(|h| h.name == host.name) else {
                continue;
            };
            for down in &host.down {
                downtimes += 1;
                for (event, at) in played.moments.iter().enumerate() {
                    let position = t.position_of_event(event).expect("a position");
                    let is_down = down.from <= *at && down.until.is_none_or(|until| *at < until);
                    let scene = Scene::at(&t, position);
                    if host.down.len() == 1 {
                        assert_eq!(scene.unreachable[shown], is_down, "{name}, event {event}");
                    }
                }
            }
        }
    }
    assert!(downtimes > 2, "{downtimes}");
}

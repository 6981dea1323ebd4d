//! The stage at the end of every scenario against the outcome that the simulator computed: the
//! queues, the messages that a host is responsible for, and the number of messages.

use frontend::stage::model::{Copy, CopyStatus, Timeline};
use frontend::stage::scene::Scene;
use sim::api::{ApiRequest, ApiResponse, Plan, PlayedRun};
use std::collections::BTreeMap;
use std::path::Path;

fn runs() -> Vec<(String, PlayedRun)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the scenarios")
        .map(|file| file.expect("a file").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(|c: char| c.is_ascii_digit())
        })
        .collect();
    files.sort();
    let play = |path: &std::path::PathBuf| {
        let plan = Plan {
            scenario: std::fs::read_to_string(path).expect("a scenario"),
            edits: None,
        };
        let request = serde_json::to_string(&ApiRequest::Play(plan)).expect("a request");
        match serde_json::from_str(&sim::api::answer(&request)).expect("an answer") {
            ApiResponse::Played(played) => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                (name.into_owned(), *played)
            }
            other => panic!("{path:?}: {other:?}"),
        }
    };
    files.iter().map(play).collect()
}

/// The mail server that is responsible for a copy it has not settled.
fn unsettled_at(t: &Timeline, copy: &Copy) -> Option<String> {
    let open = matches!(copy.status, CopyStatus::InTransit | CopyStatus::Deferred(_));
    let host = &t.topology.hosts[t.topology.agents[copy.responsible?].host];
    (open && host.recorded && host.person.is_none()).then(|| host.name.clone())
}

#[test]
fn at_the_end_queues_and_responsibilities_are_those_of_the_run() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = Timeline::from_run(played.events);
        let scene = Scene::at(&t, t.last());
        let queued: BTreeMap<String, usize> = played.outcome.queued.into_iter().collect();

        let mut shown: BTreeMap<String, usize> = BTreeMap::new();
        for clock in scene.clocks.iter().filter(|clock| clock.key.is_some()) {
            let host = &t.topology.hosts[t.topology.agents[clock.agent].host];
            *shown.entry(host.name.clone()).or_default() += 1;
        }
        let hosts = |all: &BTreeMap<String, usize>| all.keys().cloned().collect::<Vec<_>>();
        if hosts(&shown) != hosts(&queued) {
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

#[test]
fn every_message_in_a_mailbox_is_one_of_the_messages_on_the_stage() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = Timeline::from_run(played.events);
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
        if shown < there {
            faults.push(format!(
                "{name}: {there} messages in mailboxes, {shown} shown"
            ));
        }
        let nameless = t.messages.iter().filter(|m| m.sender.is_none()).count();
        if nameless > 0 {
            faults.push(format!("{name}: {nameless} messages without a sender"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_host_that_is_down_is_drawn_as_unreachable_until_it_answers() {
    let runs = runs();
    let down_at_end = |number: &str| {
        let (_, played) = runs
            .iter()
            .find(|(name, _)| name.starts_with(number))
            .expect("the scenario");
        let t = Timeline::from_run(played.events.clone());
        let scene = Scene::at(&t, t.last());
        let down = t.topology.hosts.iter().zip(&scene.unreachable);
        let down = down.filter(|(_, down)| **down);
        down.map(|(host, _)| host.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(down_at_end("22-"), ["mx1.b.test"]);
    assert_eq!(down_at_end("49-"), ["mail.b.test"]);
    assert!(down_at_end("48-").is_empty(), "it came back");
}

//! At the end of a run, the events, queues and mailboxes agree: no message is in transit if the
//! queue is empty. Checked for every scenario, tweak and exercise.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind};
use journeys::scenarios;
use mail::JourneyId;
use sim::scenario::{Run, Runs, Scenario, StepSpec, run};
use std::collections::{BTreeMap, BTreeSet};

// The recipients of each message that a host has accepted and not yet settled, by host and journey.
fn unsettled(events: &[Event]) -> BTreeMap<(&str, JourneyId), BTreeSet<String>> {
    let mut open: BTreeMap<(&str, JourneyId), BTreeSet<String>> = BTreeMap::new();
    for event in events {
        let Some(journey) = event.journey else {
            continue;
        };
        let message = (event.host.as_ref(), journey);
        match &event.kind {
            Kind::Accepted { recipients, .. } => {
                let all = recipients.iter().map(|r| r.to_lowercase());
                open.entry(message).or_default().extend(all);
            }
            Kind::Attempt { recipients, .. } => {
                // An alias has been replaced by its targets.
                let waiting = open.entry(message).or_default();
                for recipient in recipients {
                    waiting.insert(recipient.to_lowercase());
                }
            }
            Kind::Relayed { recipient, .. }
            | Kind::Delivered { recipient, .. }
            | Kind::Bounced { recipient, .. } => {
                if let Some(waiting) = open.get_mut(&message) {
                    waiting.remove(&recipient.to_lowercase());
                }
            }
            _ => {}
        }
    }
    open.retain(|_, waiting| !waiting.is_empty());
    open
}

// The number of deliveries to each mailbox, by host and mailbox name as in the outcome.
fn deliveries(events: &[Event]) -> BTreeMap<(String, String), usize> {
    let mut all = BTreeMap::new();
    for event in events {
        if let Kind::Delivered { mailbox, .. } = &event.kind {
            *all.entry((event.host.to_string(), mailbox.clone()))
                .or_default() += 1;
        }
    }
    all
}

fn faults(scenario: &Scenario, run: &Run) -> Vec<String> {
    let mut faults = Vec::new();
    let open = unsettled(&run.events);
    let queued = |host: &str| {
        let found = run.outcome.queued.iter().find(|(name, _)| name == host);
        found.map_or(0, |(_, count)| *count)
    };
    let nodes = scenario
        .hosts
        .iter()
        .filter(|h| h.runs == Runs::Glasspost)
        .map(|h| h.name.as_str());
    for host in nodes {
        let open: Vec<_> = open.iter().filter(|((at, _), _)| *at == host).collect();
        if open.len() != queued(host) {
            faults.push(format!(
                "{host} queues {}, under way: {open:?}",
                queued(host)
            ));
        }
    }
    let removes = run.events.iter().any(|e| {
        ["pop3.dele", "imap.expunge", "imap.store", "imap.move"].contains(&e.explain.as_ref())
    });
    let mut stored: BTreeMap<(String, String), usize> = BTreeMap::new();
    for mailbox in &run.outcome.mailboxes {
        *stored
            .entry((mailbox.host.clone(), mailbox.name.clone()))
            .or_default() += mailbox.subjects.len();
    }
    let delivered = deliveries(&run.events);
    for place in stored
        .keys()
        .chain(delivered.keys())
        .collect::<BTreeSet<_>>()
    {
        let (there, came) = (
            stored.get(place).copied().unwrap_or(0),
            delivered.get(place).copied().unwrap_or(0),
        );
        if there > came || (there < came && !removes) {
            faults.push(format!("{place:?} holds {there}, delivered: {came}"));
        }
    }
    faults
}

fn check(name: &str, scenario: &Scenario, steps: &[StepSpec], all: &mut Vec<String>) {
    let run = run(scenario, steps).unwrap_or_else(|e| panic!("{name}: {e}"));
    let found = faults(scenario, &run);
    all.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
}

#[test]
fn events_queues_and_mailboxes_agree_at_the_end_of_every_run() {
    let mut all = Vec::new();
    for (name, scenario) in scenarios() {
        check(&name, &scenario, &[], &mut all);
        for tweak in &scenario.tweaks {
            let mut changed = scenario.clone();
            changed.world.seed = tweak.seed.unwrap_or(changed.world.seed);
            let name = format!("{name}, “{}”", tweak.title.en);
            check(&name, &changed, &tweak.steps, &mut all);
        }
        for exercise in &scenario.exercises {
            let name = format!("{name}, “{}”", exercise.title.en);
            check(&name, &scenario, &exercise.with(&[]), &mut all);
            let solved = exercise.with(&exercise.solution);
            check(&format!("{name}, solved"), &scenario, &solved, &mut all);
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn an_accepted_message_is_unsettled_until_every_recipient_is_settled() {
    let scenarios = scenarios();
    let (_, scenario) = scenarios.iter().find(|(_, s)| s.number == 1).unwrap();
    let run = run(scenario, &[]).unwrap();
    let accepted = run
        .events
        .iter()
        .position(|e| matches!(e.kind, Kind::Accepted { .. }))
        .unwrap();
    assert_eq!(unsettled(&run.events[..=accepted]).len(), 1);
    assert!(unsettled(&run.events).is_empty());
}

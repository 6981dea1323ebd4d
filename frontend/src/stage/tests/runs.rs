//! Tests on runs of many messages recorded by the Lab.

use super::name;
use crate::stage::known_host::{Downtime, KnownHost};
use crate::stage::layout::Layout;
use crate::stage::message_state::COPIES_MAX;
use crate::stage::model::{AgentId, CopyStatus, Location, Side, StepKind, Timeline};
use crate::stage::player::{Player, STEP_MS};
use crate::stage::samples;
use crate::stage::scene::Scene;
use event::{Event, Kind, Reason};
use mail::Duration;

#[test]
fn a_run_joins_the_journeys_of_each_message() {
    let runs: Vec<Timeline> = samples::runs()
        .into_iter()
        .map(Timeline::from_run)
        .collect();
    let description: Vec<(usize, usize)> = runs
        .iter()
        .map(|t| {
            (
                t.messages.len(),
                t.steps.iter().filter(|s| s.message.is_none()).count(),
            )
        })
        .collect();
    assert_eq!(
        description
            .iter()
            .map(|(messages, _)| *messages)
            .collect::<Vec<_>>(),
        [1, 1, 1, 1]
    );
    for t in &runs {
        for message in &t.messages {
            assert!(
                message.journeys.len() >= 2,
                "the journeys at both hosts belong to one message: {message:?}"
            );
        }
    }
}

#[test]
fn each_final_250_transfers_responsibility() {
    let t = Timeline::from_run(samples::runs().remove(0));
    let last = Scene::at(&t, t.last());
    assert_eq!(
        last.message_state
            .copies
            .iter()
            .map(|c| c.status.clone())
            .collect::<Vec<_>>(),
        [CopyStatus::Read]
    );
    let mut holders: Vec<String> = Vec::new();
    for i in 0..t.len() {
        let holder = Scene::at(&t, i).message_state.copies[0]
            .responsible
            .map_or("-".into(), |r| name(&t, r));
        if holders.last() != Some(&holder) {
            holders.push(holder);
            let kind = t.event(i).map(|e| &e.kind);
            assert!(
                i == 0 || matches!(kind, Some(Kind::Line { text, .. }) if text.starts_with("250 ")),
                "step {i}: {kind:?}"
            );
        }
    }
    assert_eq!(holders, ["writer", "mail.a.test/msa", "mail.b.test/mda"]);
}

#[test]
fn a_lost_250_leaves_two_copies() {
    let t = Timeline::from_run(samples::runs().remove(1));
    let most = (0..t.len())
        .map(|i| Scene::at(&t, i).message_state.copies.len())
        .max();
    assert_eq!(
        most,
        Some(2),
        "the copy whose 250 was lost, and the one that is sent again"
    );
    let last = Scene::at(&t, t.last()).message_state;
    assert!(
        last.copies
            .iter()
            .all(|c| matches!(c.status, CopyStatus::Delivered(_) | CopyStatus::Read)),
        "{:?}",
        last.copies
    );
}

#[test]
fn a_message_with_many_lost_250s_draws_a_bounded_number_of_copies() {
    let run = samples::runs().remove(1);
    let rounds = (0..16_u64).flat_map(|round| {
        run.iter().cloned().map(move |mut e| {
            e.at = e.at + Duration::from_secs(3600) * u32::try_from(round).unwrap();
            e.seq += round << 32;
            e.span.0 ^= round << 48;
            e.parent
                .iter_mut()
                .for_each(|parent| parent.0 ^= round << 48);
            e
        })
    });
    let t = Timeline::from_events(rounds.collect());
    let copies = Scene::at(&t, t.last()).message_state.copies.len();
    assert!((3..=COPIES_MAX).contains(&copies), "{copies}");
}

#[test]
fn any_step_of_a_long_run_is_computed_from_a_nearby_checkpoint() {
    use crate::stage::run_state::CHECKPOINT_STEPS;
    let t = Timeline::from_run(samples::crowd(50));
    assert!(t.len() > 1000);
    let mut replayed = 0;
    for position in [
        0,
        CHECKPOINT_STEPS - 2,
        CHECKPOINT_STEPS - 1,
        CHECKPOINT_STEPS,
        t.len() / 2,
        t.last(),
    ] {
        let state = t.state(position);
        assert_eq!(state.steps, position + 1);
        replayed = replayed.max(t.steps_replayed_for(position));
    }
    assert!(
        replayed < CHECKPOINT_STEPS,
        "at most {} steps are replayed, here {replayed}",
        CHECKPOINT_STEPS - 1
    );
}

#[test]
fn player_stops_at_the_gate_and_counts_attempts_to_pass_it() {
    let t = Timeline::from_run(samples::runs().remove(0));
    let gate = 40;
    let at = t.position_of_event(gate).expect("a position");
    let mut player = Player::default();
    player.stop_before(&t, Some(at));
    player.go(&t, t.last());
    assert_eq!((player.position, player.limit_hits), (at - 1, 1));
    player.step(&t, true);
    assert_eq!((player.position, player.limit_hits), (at - 1, 2));
    player.toggle(&t);
    assert_eq!((player.playing, player.limit_hits), (false, 3));
    player.go(&t, 3);
    player.toggle(&t);
    player.tick(&t, STEP_MS * 5000.0);
    player.tick(&t, STEP_MS * 2.0);
    assert_eq!(
        (player.position, player.playing, player.limit_hits),
        (at - 1, false, 4)
    );
    player.stop_before(&t, None);
    player.step(&t, true);
    assert!(player.position >= at);
}

#[test]
fn events_recorded_by_both_ends_share_one_position() {
    let events = samples::runs().remove(0);
    let t = Timeline::from_run(events.clone());
    for (index, event) in events.iter().enumerate() {
        let at = t
            .position_of_event(index)
            .expect("each event has a position");
        let shown = t.event(at).expect("an event is shown there");
        let same = shown == event
            || matches!((&shown.kind, &event.kind), (Kind::Line { text: a, .. }, Kind::Line { text: b, .. }) if a == b);
        assert!(
            same || shown.explain == event.explain,
            "{index}: {event:?} {shown:?}"
        );
        let first = t.event_of_position(at).expect("it maps back");
        assert!(first <= index);
    }
}

#[test]
fn every_term_of_runs_and_journeys_is_explained_in_both_languages() {
    use crate::stage::explain::Explanations;
    use crate::stage::terms;
    let files = [
        include_str!("../../../../static/explain/en.json"),
        include_str!("../../../../static/explain/zh-CN.json"),
    ];
    let mut all = samples::runs();
    all.extend([
        samples::recorded(),
        samples::local_delivery(),
        samples::greylisted(),
        samples::bounced(),
    ]);
    for file in files {
        let explanations = Explanations::read(file);
        for event in all.iter().flatten() {
            let fields: Vec<String> = if let Kind::Accepted { added, .. } = &event.kind {
                added.clone()
            } else {
                vec![]
            };
            let records = if let Kind::Dns {
                answer: Ok(records),
                ..
            } = &event.kind
            {
                records.clone()
            } else {
                vec![]
            };
            let line_terms = terms::line_terms(event).into_iter().flatten();
            let written = fields
                .iter()
                .flat_map(|f| terms::field(f))
                .chain(records.iter().flat_map(terms::record));
            let keys = line_terms
                .chain(written)
                .filter_map(|p| p.key)
                .chain([event.explain.to_string()]);
            for key in keys {
                // An explanation of the whole protocol family is too general for a term.
                let found = explanations.found_at(&key);
                let specific = found.is_some_and(|at| {
                    at == key
                        || at.contains('.')
                        || !matches!(at, "smtp" | "imap" | "pop3" | "header" | "ehlo")
                });
                assert!(specific, "{key} is explained by {found:?}");
            }
        }
    }
}

#[test]
fn a_wrong_host_clock_does_not_change_the_run() {
    let mut events = samples::runs().remove(0);
    for event in events.iter_mut().filter(|e| e.host == "mail.b.test") {
        event.at = event.at - Duration::from_secs(3600);
    }
    let (right, wrong) = (
        Timeline::from_run(samples::runs().remove(0)),
        Timeline::from_run(events),
    );
    assert_eq!(wrong.messages.len(), 1);
    let waits = |t: &Timeline| {
        t.steps
            .iter()
            .filter(|s| matches!(s.kind, StepKind::Wait(_)))
            .count()
    };
    assert_eq!(
        (wrong.len(), waits(&wrong), wrong.connections.len()),
        (right.len(), waits(&right), right.connections.len())
    );
}

#[test]
fn an_envelope_is_on_its_way_until_the_reply_that_transfers_responsibility() {
    let journeys = [
        samples::local_delivery(),
        samples::recorded(),
        samples::unknown_client_on_25(),
        samples::greylisted(),
        samples::bounced(),
    ];
    let journeys = journeys.into_iter().map(Timeline::from_events);
    for t in journeys.chain(samples::runs().into_iter().map(Timeline::from_run)) {
        let host = |agent: AgentId| t.topology.agents[agent].host;
        for i in 0..t.len() {
            for message in Scene::at(&t, i).messages {
                let (Location::In(at), Some(holder)) = (message.location, message.responsible)
                else {
                    continue;
                };
                // The reader's program shows the message; the mailbox stays responsible.
                let is_read = t.topology.hosts[host(at)].person == Some(Side::Reads);
                assert!(
                    is_read || host(at) == host(holder),
                    "step {i}: drawn at {}, held by {}",
                    name(&t, at),
                    name(&t, holder)
                );
            }
        }
    }
}

#[test]
fn runs_side_by_side_have_one_layout_and_show_what_has_happened_only() {
    let left = samples::runs().remove(0);
    let mut right = left.clone();
    let attempt = right
        .iter()
        .find(|e| matches!(e.kind, Kind::Attempt { .. }))
        .cloned()
        .expect("an attempt");
    right.push(Event {
        kind: Kind::Unreachable {
            peer: "mx9.c.test [192.0.2.9]:25".into(),
            reason: Reason::None,
        },
        at: right.last().expect("events").at,
        ..attempt
    });
    // The network of the second run has the host, and has it down from the beginning.
    let mx9 = KnownHost {
        name: "mx9.c.test".into(),
        address: "192.0.2.9".into(),
        serves: true,
        is_named: false,
        account: None,
        down: vec![Downtime {
            from: 0,
            until: None,
        }],
    };
    let (l, r) = Timeline::pair((left.clone(), Vec::new()), (right, vec![mx9]));
    assert!(l.topology.hosts.len() > Timeline::from_run(left).topology.hosts.len());
    for width in [390.0, 700.0, 1200.0] {
        assert_eq!(Layout::new(&l, width), Layout::new(&r, width));
    }
    for i in 0..l.len() {
        let (one, other) = (Scene::at(&l, i), Scene::at(&r, i));
        assert_eq!(one.unreachable, other.unreachable, "step {i}");
        assert_eq!(one.messages, other.messages, "step {i}");
    }
    assert!(Scene::at(&r, r.last()).unreachable.contains(&true));
}

//! Tests of timelines, scenes and playback on hand-written and recorded journeys.

use super::model::{AgentId, CopyStatus, Location, PostmarkKind, Side, StepKind, Timeline};
use super::player::{Player, STEP_MS};
use super::samples;
use super::scene::Scene;
use super::timeline::StepUnit;
use event::{Event, Kind, Role};
use mail::Duration;

mod layout;
mod runs;

/// `host/ROLE` for an agent, `writer` and `reader` for people.
fn name(t: &Timeline, agent: AgentId) -> String {
    let agent = t.topology.agents[agent];
    let host = &t.topology.hosts[agent.host];
    match host.person {
        Some(Side::Writes) => "writer".into(),
        Some(Side::Reads) => "reader".into(),
        None => format!("{}/{:?}", host.name, agent.role).to_lowercase(),
    }
}

fn location(t: &Timeline, location: Location) -> String {
    match location {
        Location::Unknown => "?".into(),
        Location::In(agent) => name(t, agent),
        Location::Between(a, b) => format!("{} ~ {}", name(t, a), name(t, b)),
    }
}

/// Each change of the location of one recipient's copy or of the responsible agent.
fn path(events: Vec<Event>, recipient: usize) -> Vec<String> {
    let t = Timeline::from_events(events);
    let mut description = Vec::new();
    for i in 0..t.len() {
        let copy = &Scene::at(&t, i).message_state.copies[recipient];
        let line = format!(
            "{} | {}",
            location(&t, copy.location),
            copy.responsible.map_or("-".into(), |b| name(&t, b))
        );
        if description.last() != Some(&line) {
            description.push(line);
        }
    }
    description
}

fn check(events: Vec<Event>, recipient: usize, expected: &[&str]) {
    assert_eq!(path(events, recipient), expected);
}

#[test]
fn responsibility_moves_only_with_the_final_250() {
    check(
        samples::local_delivery(),
        0,
        &[
            "writer | writer",
            "writer ~ mail.glasspost.test/msa | writer",
            "mail.glasspost.test/msa | writer",
            "mail.glasspost.test/mta | writer",
            "mail.glasspost.test/mda | writer",
            "mail.glasspost.test/mda | mail.glasspost.test/mda",
            "mail.glasspost.test/mra | mail.glasspost.test/mda",
            "reader | mail.glasspost.test/mda",
        ],
    );
}

#[test]
fn shows_a_recorded_journey_from_end_to_end() {
    let (msa, mta, mda) = (
        "mail.glasspost.test/msa",
        "mail.glasspost.test/mta",
        "mail.glasspost.test/mda",
    );
    let path_of_both = [
        "writer | writer".to_owned(),
        format!("writer ~ {msa} | writer"),
        format!("{msa} | writer"),
    ];
    let to_bob = [
        format!("{mta} | writer"),
        format!("{mda} | writer"),
        format!("{mda} | {mda}"),
        format!("mail.glasspost.test/mra | {mda}"),
        format!("reader | {mda}"),
    ];
    let to_carol = [
        format!("{msa} | {msa}"),
        format!("{mta} | {msa}"),
        format!("{mta} | -"),
    ];
    assert_eq!(
        path(samples::recorded(), 0),
        [&path_of_both[..], &to_bob[..]].concat()
    );
    assert_eq!(
        path(samples::recorded(), 1),
        [&path_of_both[..], &to_carol[..]].concat()
    );
}

#[test]
fn shows_an_unknown_client_by_address_and_ehlo_name() {
    check(
        samples::unknown_client_on_25(),
        0,
        &[
            "192.0.2.77/mta | 192.0.2.77/mta",
            "192.0.2.77/mta ~ mail.glasspost.test/mta | 192.0.2.77/mta",
            "mail.glasspost.test/mta | 192.0.2.77/mta",
            "mail.glasspost.test/mda | 192.0.2.77/mta",
            "mail.glasspost.test/mda | mail.glasspost.test/mda",
        ],
    );
    let t = Timeline::from_events(samples::unknown_client_on_25());
    let first = &t.topology.hosts[t.topology.order[0]];
    assert_eq!(
        (first.name.as_str(), first.ehlo_name.as_deref()),
        ("192.0.2.77", Some("shell.example"))
    );
}

#[test]
fn retries_a_greylisted_copy_while_the_other_stays_delivered() {
    let ours = |role: &str| format!("mail.glasspost.test/{role}");
    let (msa, mta, wire) = (
        ours("msa"),
        ours("mta"),
        format!("{} ~ mx.b.test/mta", ours("mta")),
    );
    let pairs = [
        ("writer", "writer"),
        (&format!("writer ~ {msa}"), "writer"),
        (&msa, "writer"),
        (&msa, &msa),
        (&mta, &msa),
        (&wire, &msa),
    ];
    let mut expected: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} | {b}")).collect();
    expected.push("mx.b.test/mta | mx.b.test/mta".into());
    assert_eq!(path(samples::greylisted(), 1), expected);
    let t = Timeline::from_events(samples::greylisted());
    let wait = t
        .steps
        .iter()
        .position(|s| matches!(s.kind, StepKind::Wait(_)))
        .expect("five minutes pass");
    let scene = Scene::at(&t, wait);
    assert_eq!(scene.clocks.len(), 1);
    assert_eq!(scene.clocks[0].idle.map(|d| d.as_secs()), Some(300));
    assert!(matches!(
        scene.message_state.copies[1].status,
        CopyStatus::Deferred(_)
    ));
    assert!(matches!(
        scene.message_state.copies[0].status,
        CopyStatus::Delivered(_)
    ));
    assert_eq!(
        scene.messages.len(),
        2,
        "the two copies are at different agents"
    );
}

#[test]
fn a_bounced_message_has_no_responsible_agent() {
    let description = path(samples::bounced(), 0);
    assert_eq!(
        description.last().map(String::as_str),
        Some("mail.glasspost.test/mta | -")
    );
    let t = Timeline::from_events(samples::bounced());
    let last = Scene::at(&t, t.last());
    assert!(
        matches!(&last.message_state.copies[0].status, CopyStatus::Bounced(reply, Some(_)) if reply.code == 550)
    );
    assert_eq!(last.messages[0].stamp, Some(PostmarkKind::Bounced));
}

#[test]
fn a_message_from_the_browser_reaches_the_recipients_open_tab() {
    check(
        samples::composed_and_pushed(),
        0,
        &[
            "writer | writer",
            "mail.glasspost.test/msa | mail.glasspost.test/msa",
            "mail.glasspost.test/mta | mail.glasspost.test/msa",
            "mail.glasspost.test/mda | mail.glasspost.test/mda",
            "reader | mail.glasspost.test/mda",
        ],
    );
    let t = Timeline::from_events(samples::composed_and_pushed());
    let pushed = (0..t.len())
        .find(|i| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Pushed { .. })))
        .expect("a push");
    let (from, to) = Scene::at(&t, pushed).wire.expect("a wire to the tab");
    assert_eq!(
        (name(&t, from), name(&t, to)),
        ("mail.glasspost.test/mda".into(), "reader".into())
    );
}

#[test]
fn events_recorded_by_both_ends_are_shown_once() {
    let t = Timeline::from_events(samples::both_ends());
    assert_eq!(t.connections.len(), 1);
    let lines = t
        .events
        .iter()
        .filter(|e| matches!(e.kind, Kind::Line { .. }))
        .count();
    assert_eq!(
        lines, 11,
        "greeting, EHLO, MAIL, RCPT and DATA with replies, content, the final reply"
    );
    let hosts: Vec<&str> = t
        .topology
        .order
        .iter()
        .map(|h| t.topology.hosts[*h].name.as_str())
        .collect();
    assert_eq!(hosts, ["mx.a.test", "mx.b.test"]);
}

#[test]
fn shows_the_roles_in_delivery_order() {
    let t = Timeline::from_events(samples::local_delivery());
    let agents: Vec<Role> = t
        .topology
        .order
        .iter()
        .flat_map(|h| &t.topology.hosts[*h].agents)
        .map(|r| t.topology.agents[*r].role)
        .collect();
    assert_eq!(
        agents,
        [
            Role::Mua,
            Role::Msa,
            Role::Mta,
            Role::Mda,
            Role::Mra,
            Role::Mua
        ]
    );
    let t = Timeline::from_events(samples::bounced());
    let mda = t
        .topology
        .agent_at(samples::OURS, Role::Mda)
        .expect("shown although unused");
    assert!(!t.topology.agents[mda].used);
}

#[test]
fn a_command_its_checks_and_its_reply_form_one_exchange() {
    let t = Timeline::from_events(samples::local_delivery());
    let exchange = |text: &str| {
        let is = |e: &Event| matches!(&e.kind, Kind::Line { text: t, .. } if t.starts_with(text));
        let i = (0..t.len())
            .find(|i| t.event(*i).is_some_and(is))
            .expect("the line is there");
        t.steps[i].exchange
    };
    assert_eq!(exchange("RCPT"), exchange("250 2.1.5"));
    assert_eq!(
        exchange("2143"),
        exchange("250 2.0.0 Accepted"),
        "acceptance and delivery happen before the final reply"
    );
    assert!(exchange("MAIL") < exchange("RCPT"));
}

#[test]
fn stepping_forward_and_back_visits_the_same_positions() {
    for events in [
        samples::local_delivery(),
        samples::greylisted(),
        samples::bounced(),
        samples::composed_and_pushed(),
    ] {
        let t = Timeline::from_events(events);
        for unit in [StepUnit::Event, StepUnit::Exchange, StepUnit::Hop] {
            let (mut there, mut at) = (vec![], t.forward(0, unit));
            while at != t.last() {
                there.push(at);
                let next = t.forward(at, unit);
                assert!(next > at);
                at = next;
            }
            let mut back = vec![];
            at = t.back(t.last(), unit);
            while at > 0 {
                back.push(at);
                at = t.back(at, unit);
            }
            back.reverse();
            assert!(
                there.iter().all(|p| back.contains(p))
                    || unit == StepUnit::Exchange && back.len() + 1 >= there.len(),
                "{unit:?}"
            );
        }
        for i in 0..t.len() {
            assert_eq!(t.position(t.fraction(i)), i);
        }
    }
}

#[test]
fn shows_an_earlier_reader_connection_when_it_fetches() {
    let mut all = samples::local_delivery();
    let mut hour = Duration::from_secs(3600);
    for e in all.iter_mut().filter(|e| e.span == mail::SpanId(3)) {
        if matches!(&e.kind, Kind::Line { text, .. } if text.starts_with("a3")) {
            hour = Duration::ZERO;
        }
        e.at = e.at - hour;
    }
    let t = Timeline::from_events(all);
    assert_eq!(
        t.messages[0].origin.map(|r| name(&t, r)).as_deref(),
        Some("writer")
    );
    assert!(matches!(
        &t.event(0).map(|e| &e.kind),
        Some(Kind::Connect {
            protocol: event::Protocol::Submission,
            ..
        })
    ));
    let waits: Vec<u64> = t
        .steps
        .iter()
        .filter_map(|s| {
            if let StepKind::Wait(d) = s.kind {
                Some(d.as_secs())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(waits, [65], "the hour before the message is skipped");
}

#[test]
fn assigns_replies_to_pipelined_commands() {
    let mut s = samples::Script::new();
    s.span("mx.a.test", Role::Mta, 1, Some(9));
    let (a, b) = (
        samples::party(Role::Mta, "192.0.2.1:4", Some("mx.a.test")),
        samples::party(Role::Mta, "192.0.2.2:25", Some("mx.b.test")),
    );
    s.connect(event::Protocol::Smtp, a, b)
        .s("220 mx.b.test", "greeted")
        .c("EHLO mx.a.test")
        .s("250 PIPELINING", "hello");
    s.c("MAIL FROM:<a@a.test>")
        .c("RCPT TO:<b@b.test>")
        .c("RCPT TO:<c@b.test>")
        .c("DATA");
    s.s("250 2.1.0 Ok", "mail")
        .s("250 2.1.5 Ok", "rcpt")
        .s("550 5.1.1 No", "rcpt")
        .s("354 Go", "data");
    let t = Timeline::from_events(s.events);
    let asked = Scene::at(&t, t.last()).message_state.asked.clone();
    assert_eq!(
        asked,
        [
            ("b@b.test".to_owned(), Some(true)),
            ("c@b.test".to_owned(), Some(false))
        ]
    );
    assert_eq!(t.steps[3].exchange + 1, t.steps[4].exchange);
    assert_eq!(
        t.steps[4].exchange,
        t.steps[t.last()].exchange,
        "one exchange"
    );
}

#[test]
fn the_header_grows_and_added_fields_are_marked() {
    let t = Timeline::from_events(samples::local_delivery());
    let before = t.steps.iter().position(|s| s.notable).expect("TLS");
    assert!(Scene::at(&t, before).message_state.header.is_empty());
    let header = Scene::at(&t, t.last()).message_state.header.clone();
    let added: Vec<bool> = header.iter().map(|f| f.added.is_some()).collect();
    // Return-Path by the MDA, Received by the MTA, then the author's fields.
    assert_eq!(added, [true, true, false, false, false, false]);
    let t = Timeline::from_events(samples::recorded());
    let header = Scene::at(&t, t.last()).message_state.header.clone();
    assert!(
        header.len() == 3 && header.iter().all(|f| f.added.is_some()),
        "if only the added fields are known, all count as added"
    );
}

#[test]
fn the_envelope_follows_the_dialogue() {
    let t = Timeline::from_events(samples::greylisted());
    let refused = (0..t.len())
        .find(|i| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { text, .. }) if text.starts_with("451")))
        .expect("greylisting");
    let message_state = Scene::at(&t, refused).message_state;
    assert_eq!(
        message_state.sender.as_deref(),
        Some("alice@glasspost.test")
    );
    assert_eq!(
        message_state.asked,
        [("carol@b.test".to_owned(), Some(false))]
    );
    assert_eq!(Scene::at(&t, refused - 1).message_state.asked[0].1, None);
}

#[test]
fn late_events_do_not_move_the_current_step() {
    let all = samples::greylisted();
    let whole = Timeline::from_events(all.clone());
    for cut in [1, 7, 20, all.len() - 1] {
        let mut grown = Timeline::from_events(all[..cut].to_vec());
        let looked_at = grown.last() / 2;
        let event = grown.event(looked_at).cloned();
        let mut player = Player::default();
        player.go(&grown, looked_at);
        for later in all[cut..].chunks(3) {
            let newer = grown.merged(later.to_vec());
            player.grow(&grown, &newer);
            grown = newer;
            if looked_at > 0 && !player.playing {
                assert_eq!(grown.event(player.position).cloned(), event);
            }
        }
        assert_eq!(grown, whole);
    }
}

#[test]
fn player_follows_only_when_at_the_end() {
    let all = samples::local_delivery();
    let (old, new) = (
        Timeline::from_events(all[..10].to_vec()),
        Timeline::from_events(all),
    );
    let mut player = Player::default();
    player.go(&old, old.last());
    player.grow(&old, &new);
    assert!(player.playing && player.position == old.last());
    let mut player = Player::default();
    player.go(&old, 2);
    player.grow(&old, &new);
    assert!(!player.playing && player.position == 2);
}

#[test]
fn unordered_and_duplicate_events_give_the_same_timeline() {
    let all = samples::greylisted();
    let mut mixed = all.clone();
    mixed.reverse();
    mixed.extend(all[..5].to_vec());
    let (mixed, straight) = (Timeline::from_events(mixed), Timeline::from_events(all));
    assert_eq!(
        (mixed.steps, mixed.events, mixed.wires),
        (straight.steps, straight.events, straight.wires)
    );
}

#[test]
fn playback_shows_each_step_long_enough_and_stops_at_the_end() {
    let t = Timeline::from_events(samples::unknown_client_on_25());
    let mut player = Player::default();
    player.toggle(&t);
    assert!(!player.tick(&t, STEP_MS - 1.0));
    assert!(player.tick(&t, 2.0));
    assert_eq!(player.position, 1);
    player.tick(&t, STEP_MS * 1000.0);
    player.tick(&t, STEP_MS * 2.0);
    assert_eq!((player.position, player.playing), (t.last(), false));
    player.toggle(&t);
    assert_eq!(player.position, 0, "play at the end starts over");
}

#[test]
fn a_scene_is_a_pure_function_of_the_step() {
    let t = Timeline::from_events(samples::greylisted());
    for i in [0, 5, t.last()] {
        assert_eq!(Scene::at(&t, i), Scene::at(&t, i));
    }
    assert_eq!(Scene::at(&Timeline::default(), 3), Scene::default());
}

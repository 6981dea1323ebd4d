//! The hosts and users on the stage of every scenario, their names, and the texts about them.

mod support;

use event::{Kind, Role};
use frontend::i18n::Language;
use frontend::stage::caption::Caption;
use frontend::stage::i18n::host_name;
use frontend::stage::known_host::KnownHost;
use frontend::stage::layout::Layout;
use frontend::stage::map::step_summary;
use frontend::stage::model::{Side, Timeline};
use frontend::stage::scene::Scene;
use frontend::stage::sentences::sentence;
use frontend::stage::storyboard::{self, Theme};
use lab::state::network::timeline;
use sim::scenario::Runs;
use support::{run_of, runs};

#[test]
fn the_storyboard_marks_a_host_that_is_down() {
    let t = timeline(run_of(22));
    for language in Language::ALL {
        let svg = storyboard::svg(&t, 0, t.last(), language, Theme::Light);
        assert!(svg.contains("✗ mx1.b.test"), "{language:?}");
        assert!(!svg.contains("✗ mx2.b.test"), "{language:?}");
    }
}

#[test]
fn every_server_of_the_network_is_drawn() {
    for (name, played) in runs() {
        let t = timeline(&played);
        let servers = played
            .hosts
            .iter()
            .filter(|host| host.runs != Runs::Nothing);
        for server in servers {
            let there = t.topology.hosts.iter().any(|h| h.name == server.name);
            assert!(there, "{name}: {} is missing", server.name);
        }
    }
}

#[test]
fn users_have_distinct_names_that_are_not_addresses() {
    let mut faults = Vec::new();
    for (name, played) in runs() {
        let t = timeline(&played);
        let machines: Vec<&str> = played.hosts.iter().map(|h| h.address.as_str()).collect();
        let people = || t.topology.hosts.iter().filter(|host| host.person.is_some());
        for person in people() {
            if machines.contains(&person.name.as_str()) {
                faults.push(format!("{name}: {} is an address", person.name));
            }
            let label = host_name(Language::English, person);
            let same = people().filter(|other| {
                other.person == person.person && host_name(Language::English, other) == label
            });
            if same.count() > 1 {
                faults.push(format!("{name}: two people are called {label}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_sender_is_the_signed_in_user_whatever_the_envelope_says() {
    let t = timeline(run_of(20));
    let writers = t
        .topology
        .hosts
        .iter()
        .filter(|host| host.person == Some(Side::Writes));
    let writers: Vec<&str> = writers.map(|host| host.name.as_str()).collect();
    assert!(
        !writers.iter().any(|name| name.starts_with("carol")),
        "{writers:?}"
    );
    assert!(
        writers.iter().any(|name| name.starts_with("alice")),
        "{writers:?}"
    );
}

#[test]
fn a_client_that_reaches_no_server_is_not_shown_as_one() {
    for number in [17, 18] {
        let played = run_of(number);
        let t = timeline(played);
        for agent in &t.topology.agents {
            let host = &t.topology.hosts[agent.host];
            let machine = played.hosts.iter().find(|h| h.name == host.name);
            let serves = machine.is_none_or(|machine| machine.runs != Runs::Nothing);
            assert!(
                serves || matches!(agent.role, Role::Mua | Role::Mta),
                "{number}: {:?} {}",
                agent.role,
                host.name
            );
        }
    }
}

#[test]
fn text_inside_a_message_is_not_shown_as_a_command() {
    let t = timeline(run_of(47));
    let mut inside = 0;
    for step in 0..t.len() {
        let Some(event) = t
            .event(step)
            .filter(|event| event.explain == "smtp.message")
        else {
            continue;
        };
        let Kind::Line { text, .. } = &event.kind else {
            continue;
        };
        inside += usize::from(text.starts_with("MAIL FROM"));
        for language in Language::ALL {
            let shown = sentence(&t, step, language);
            let content = [
                "a line of the message",
                "邮件中的一行",
                "message content",
                "邮件内容",
            ];
            assert!(content.iter().any(|words| shown.contains(words)), "{shown}");
        }
    }
    assert!(inside > 0, "no command inside a message");
}

#[test]
fn the_map_never_repeats_a_sentence() {
    for (name, played) in runs() {
        let t = timeline(&played);
        for language in Language::ALL {
            let sentences: Vec<String> = (0..t.len())
                .filter_map(|step| step_summary(&t, step, language))
                .collect();
            let repeated = sentences.windows(2).find(|two| two[0] == two[1]);
            assert!(repeated.is_none(), "{name}: {repeated:?}");
        }
    }
}

#[test]
fn the_outcome_counts_messages_accepted_by_scripted_servers() {
    let taken = |number| run_of(number).outcome.taken.clone();
    assert_eq!(taken(6), [("mail.b.test".to_owned(), 1)]);
    assert!(taken(47).contains(&("old.b.test".to_owned(), 2)));
    assert!(taken(1).is_empty());
}

#[test]
fn a_delivered_message_begins_with_its_return_path() {
    let t = timeline(run_of(3));
    let state = t.state(t.last());
    let of_carol = |m: &&std::sync::Arc<frontend::stage::model::MessageState>| {
        m.sender.as_deref() == Some("carol@a.test")
    };
    let message = state
        .message_states
        .iter()
        .find(of_carol)
        .expect("Carol's message");
    assert_eq!(message.header[0].text, "Return-Path: <carol@a.test>");
    assert!(message.header[0].added.is_some());
    let all = message
        .header
        .iter()
        .filter(|f| f.text.starts_with("Return-Path:"));
    assert_eq!(all.count(), 1);
}

#[test]
fn a_network_without_events_is_drawn() {
    let host = |name: &str, serves| KnownHost {
        name: name.to_owned(),
        address: "192.0.2.25".to_owned(),
        serves,
        is_named: false,
        account: None,
        down: Vec::new(),
    };
    let hosts = vec![host("mail.a.test", true), host("laptop.a.test", false)];
    let t = Timeline::from_network(Vec::new(), hosts);
    let scene = Scene::at(&t, 0);
    let layout = Layout::new(&t, 1000.0);
    assert_eq!(layout.frames.len(), 1);
    assert!(Caption::of(&t, &scene, &layout, Language::English).is_none());
}

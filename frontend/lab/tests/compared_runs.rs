//! Each scenario beside itself with each of its tweaks, as the comparison shows them: until they
//! diverge, both halves show and say the same.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod support;

use frontend::i18n::Language;
use frontend::stage::compare::JointTimeline;
use frontend::stage::layout::Layout;
use frontend::stage::model::Timeline;
use frontend::stage::scene::Scene;
use frontend::stage::sentences::sentence;
use lab::state::network::network;
use support::{ComparedRun, compared_runs};

/// Identifiers have at least this number of hexadecimal digits; they differ in every run.
const ID_DIGITS_MIN: usize = 12;

fn pair(run: &ComparedRun) -> (Timeline, Timeline) {
    let side = |played: &sim::api::PlayedRun| (played.events.clone(), network(played));
    Timeline::pair(side(&run.without), side(&run.with))
}

fn without_ids(text: &str) -> String {
    let is_id =
        |word: &&str| word.len() >= ID_DIGITS_MIN && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let ids: Vec<&str> = words.filter(is_id).collect();
    ids.iter()
        .fold(text.to_owned(), |text, id| text.replace(id, "#"))
}

#[test]
fn both_halves_say_and_show_the_same_until_the_runs_diverge() {
    let runs = compared_runs();
    assert!(runs.len() > 100, "{} tweaks", runs.len());
    let (mut seen, mut different) = (0, Vec::new());
    for run in &runs {
        let (left, right) = pair(run);
        let joint = JointTimeline::new(&left, &right);
        let alike = joint.divergence.unwrap_or(joint.steps.len());
        for step in 0..alike {
            let (l, r) = joint.at(step);
            for language in Language::ALL {
                let texts = [(&left, l), (&right, r)]
                    .map(|(timeline, at)| without_ids(&sentence(timeline, at, language)));
                if texts[0] != texts[1] {
                    different.push(format!("{}, step {step}: {texts:#?}", run.name));
                }
            }
            if Scene::at(&left, l).unreachable != Scene::at(&right, r).unreachable {
                different.push(format!("{}, step {step}: unreachable hosts", run.name));
            }
            seen += 1;
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(seen > 1000, "only {seen} steps");
}

#[test]
fn a_machine_is_drawn_once_in_both_halves() {
    for run in compared_runs() {
        let (left, right) = pair(&run);
        assert_eq!(Layout::new(&left, 900.0), Layout::new(&right, 900.0));
        let networks = [network(&run.without), network(&run.with)];
        for (timeline, network) in [&left, &right].into_iter().zip(&networks) {
            let is_drawn = |wanted: &str| {
                let mut hosts = timeline.topology.hosts.iter();
                hosts.any(|host| host.person.is_none() && host.name == wanted)
            };
            for known in network {
                assert!(
                    !(is_drawn(&known.name) && is_drawn(&known.address)),
                    "{}: {} is drawn by name and by address",
                    run.name,
                    known.name
                );
            }
        }
    }
}

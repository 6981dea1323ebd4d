//! Hand-made journeys, told step by step: what the stage must show.

use super::course::{Fate, Spot, Stamp};
use super::layout::{Layout, at};
use super::places::{RoomId, Side};
use super::player::{Player, STEP_MS};
use super::samples;
use super::scene::Scene;
use super::timeline::{Timeline, Unit, What};
use event::{Event, Kind, Role};
use mail::Duration;

/// `host/ROLE` for a room, `writer` and `reader` for people.
fn name(t: &Timeline, room: RoomId) -> String {
    let room = t.places.rooms[room];
    let host = &t.places.hosts[room.host];
    match host.person {
        Some(Side::Writes) => "writer".into(),
        Some(Side::Reads) => "reader".into(),
        None => format!("{}/{:?}", host.name, room.role).to_lowercase(),
    }
}

fn spot(t: &Timeline, spot: Spot) -> String {
    match spot {
        Spot::Unknown => "?".into(),
        Spot::In(room) => name(t, room),
        Spot::Between(a, b) => format!("{} ~ {}", name(t, a), name(t, b)),
    }
}

/// Each change of: where the copy of one receiver is, who holds the baton for it.
fn way(events: Vec<Event>, recipient: usize) -> Vec<String> {
    let t = Timeline::from_events(events);
    let mut told = Vec::new();
    for i in 0..t.len() {
        let copy = &Scene::at(&t, i).course.copies[recipient];
        let line = format!("{} | {}", spot(&t, copy.spot), copy.baton.map_or("-".into(), |b| name(&t, b)));
        if told.last() != Some(&line) {
            told.push(line);
        }
    }
    told
}

fn check(events: Vec<Event>, recipient: usize, expected: &[&str]) {
    assert_eq!(way(events, recipient), expected);
}

#[test]
fn a_local_letter_goes_from_writer_to_reader_and_the_baton_moves_with_the_final_250_only() {
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
fn a_recorded_journey_is_shown_from_end_to_end() {
    let (msa, mta, mda) = ("mail.glasspost.test/msa", "mail.glasspost.test/mta", "mail.glasspost.test/mda");
    let way_of_both = ["writer | writer".to_owned(), format!("writer ~ {msa} | writer"), format!("{msa} | writer")];
    let to_bob = [
        format!("{mta} | writer"),
        format!("{mda} | writer"),
        format!("{mda} | {mda}"),
        format!("mail.glasspost.test/mra | {mda}"),
        format!("reader | {mda}"),
    ];
    let to_carol = [format!("{msa} | {msa}"), format!("{mta} | {msa}"), format!("{mta} | -")];
    assert_eq!(way(samples::recorded(), 0), [&way_of_both[..], &to_bob[..]].concat());
    assert_eq!(way(samples::recorded(), 1), [&way_of_both[..], &to_carol[..]].concat());
}

#[test]
fn a_stranger_on_port_25_is_shown_by_address_and_by_what_it_says_of_itself() {
    check(
        samples::stranger_on_25(),
        0,
        &[
            "192.0.2.77/mta | 192.0.2.77/mta",
            "192.0.2.77/mta ~ mail.glasspost.test/mta | 192.0.2.77/mta",
            "mail.glasspost.test/mta | 192.0.2.77/mta",
            "mail.glasspost.test/mda | 192.0.2.77/mta",
            "mail.glasspost.test/mda | mail.glasspost.test/mda",
        ],
    );
    let t = Timeline::from_events(samples::stranger_on_25());
    let first = &t.places.hosts[t.places.order[0]];
    assert_eq!((first.name.as_str(), first.says.as_deref()), ("192.0.2.77", Some("shell.example")));
}

#[test]
fn a_greylisted_copy_waits_and_comes_back_while_the_other_lies_delivered() {
    let ours = |role: &str| format!("mail.glasspost.test/{role}");
    let (msa, mta, wire) = (ours("msa"), ours("mta"), format!("{} ~ mx.b.test/mta", ours("mta")));
    let pairs = [("writer", "writer"), (&format!("writer ~ {msa}"), "writer"), (&msa, "writer"), (&msa, &msa), (&mta, &msa), (&wire, &msa)];
    let mut expected: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} | {b}")).collect();
    expected.push("mx.b.test/mta | mx.b.test/mta".into());
    assert_eq!(way(samples::greylisted(), 1), expected);
    let t = Timeline::from_events(samples::greylisted());
    let wait = t.steps.iter().position(|s| matches!(s.what, What::Wait(_))).expect("five minutes pass");
    let scene = Scene::at(&t, wait);
    assert_eq!(scene.clocks.len(), 1);
    assert_eq!(scene.clocks[0].idle.map(|d| d.as_secs()), Some(300));
    assert!(matches!(scene.course.copies[1].fate, Fate::Waiting(_)));
    assert!(matches!(scene.course.copies[0].fate, Fate::Delivered(_)));
    assert_eq!(scene.letters.len(), 2, "the two copies lie in different rooms");
}

#[test]
fn a_refused_letter_is_returned_and_nobody_holds_it() {
    let told = way(samples::bounced(), 0);
    assert_eq!(told.last().map(String::as_str), Some("mail.glasspost.test/mta | -"));
    let t = Timeline::from_events(samples::bounced());
    let last = Scene::at(&t, t.last());
    assert!(matches!(&last.course.copies[0].fate, Fate::Returned(reply, Some(_)) if reply.code == 550));
    assert_eq!(last.letters[0].stamp, Some(Stamp::Returned));
}

#[test]
fn a_letter_written_in_the_browser_reaches_the_open_tab_of_its_reader() {
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
    let pushed = (0..t.len()).find(|i| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Pushed { .. }))).expect("a push");
    let (from, to) = Scene::at(&t, pushed).wire.expect("a wire to the tab");
    assert_eq!((name(&t, from), name(&t, to)), ("mail.glasspost.test/mda".into(), "reader".into()));
}

#[test]
fn what_both_ends_of_a_connection_record_is_shown_once() {
    let t = Timeline::from_events(samples::both_ends());
    assert_eq!(t.talks.len(), 1);
    let lines = t.events.iter().filter(|e| matches!(e.kind, Kind::Line { .. })).count();
    assert_eq!(lines, 11, "greeting, EHLO, MAIL, RCPT and DATA with replies, content, the final reply");
    let hosts: Vec<&str> = t.places.order.iter().map(|h| t.places.hosts[*h].name.as_str()).collect();
    assert_eq!(hosts, ["mx.a.test", "mx.b.test"]);
}

#[test]
fn five_roles_are_shown_in_the_order_of_the_way() {
    let t = Timeline::from_events(samples::local_delivery());
    let rooms: Vec<Role> = t.places.order.iter().flat_map(|h| &t.places.hosts[*h].rooms).map(|r| t.places.rooms[*r].role).collect();
    assert_eq!(rooms, [Role::Mua, Role::Msa, Role::Mta, Role::Mda, Role::Mra, Role::Mua]);
    let t = Timeline::from_events(samples::bounced());
    let mda = t.places.room_at(samples::OURS, Role::Mda).expect("shown though not needed");
    assert!(!t.places.rooms[mda].used);
}

#[test]
fn a_command_with_its_reply_and_what_was_decided_in_between_is_one_turn() {
    let t = Timeline::from_events(samples::local_delivery());
    let turn = |text: &str| {
        let is = |e: &Event| matches!(&e.kind, Kind::Line { text: t, .. } if t.starts_with(text));
        let i = (0..t.len()).find(|i| t.event(*i).is_some_and(is)).expect("the line is there");
        t.steps[i].turn
    };
    assert_eq!(turn("RCPT"), turn("250 2.1.5"));
    assert_eq!(turn("2143"), turn("250 2.0.0 Accepted"), "acceptance and delivery happen before the final reply");
    assert!(turn("MAIL") < turn("RCPT"));
}

#[test]
fn stepping_forward_and_back_meets_the_same_places() {
    for events in [samples::local_delivery(), samples::greylisted(), samples::bounced(), samples::composed_and_pushed()] {
        let t = Timeline::from_events(events);
        for unit in [Unit::Event, Unit::Turn, Unit::Hop] {
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
            assert!(there.iter().all(|p| back.contains(p)) || unit == Unit::Turn && back.len() + 1 >= there.len(), "{unit:?}");
        }
        for i in 0..t.len() {
            assert_eq!(t.position(t.fraction(i)), i);
        }
    }
}

#[test]
fn a_reader_who_came_before_the_letter_is_told_of_when_he_turns_to_it() {
    let mut all = samples::local_delivery();
    let mut hour = Duration::from_secs(3600);
    for e in all.iter_mut().filter(|e| e.span == mail::SpanId(3)) {
        if matches!(&e.kind, Kind::Line { text, .. } if text.starts_with("a3")) {
            hour = Duration::ZERO;
        }
        e.at = e.at - hour;
    }
    let t = Timeline::from_events(all);
    assert_eq!(t.letters[0].origin.map(|r| name(&t, r)).as_deref(), Some("writer"));
    assert!(matches!(&t.event(0).map(|e| &e.kind), Some(Kind::Connect { protocol: event::Protocol::Submission, .. })));
    let waits: Vec<u64> = t.steps.iter().filter_map(|s| if let What::Wait(d) = s.what { Some(d.as_secs()) } else { None }).collect();
    assert_eq!(waits, [65], "the hour before the letter is not waited for");
}

#[test]
fn replies_to_commands_sent_in_one_go_are_given_to_the_right_ones() {
    let mut s = samples::Script::new();
    s.span("mx.a.test", Role::Mta, 1, Some(9));
    let (a, b) =
        (samples::party(Role::Mta, "192.0.2.1:4", Some("mx.a.test")), samples::party(Role::Mta, "192.0.2.2:25", Some("mx.b.test")));
    s.connect(event::Protocol::Smtp, a, b).s("220 mx.b.test", "greeted").c("EHLO mx.a.test").s("250 PIPELINING", "hello");
    s.c("MAIL FROM:<a@a.test>").c("RCPT TO:<b@b.test>").c("RCPT TO:<c@b.test>").c("DATA");
    s.s("250 2.1.0 Ok", "mail").s("250 2.1.5 Ok", "rcpt").s("550 5.1.1 No", "rcpt").s("354 Go", "data");
    let t = Timeline::from_events(s.events);
    let asked = Scene::at(&t, t.last()).course.asked.clone();
    assert_eq!(asked, [("b@b.test".to_owned(), Some(true)), ("c@b.test".to_owned(), Some(false))]);
    assert_eq!(t.steps[3].turn + 1, t.steps[4].turn);
    assert_eq!(t.steps[4].turn, t.steps[t.last()].turn, "one turn");
}

#[test]
fn the_header_grows_and_what_was_added_is_known() {
    let t = Timeline::from_events(samples::local_delivery());
    let before = t.steps.iter().position(|s| s.notable).expect("TLS");
    assert!(Scene::at(&t, before).course.header.is_empty());
    let header = Scene::at(&t, t.last()).course.header.clone();
    let added: Vec<bool> = header.iter().map(|f| f.added.is_some()).collect();
    assert_eq!(added, [true, false, false, false, false]);
    let t = Timeline::from_events(samples::recorded());
    let header = Scene::at(&t, t.last()).course.header.clone();
    assert!(header.len() == 2 && header.iter().all(|f| f.added.is_some()), "where only the added fields are told, all are new");
}

#[test]
fn the_envelope_is_heard_as_it_is_spoken() {
    let t = Timeline::from_events(samples::greylisted());
    let refused = (0..t.len())
        .find(|i| matches!(t.event(*i).map(|e| &e.kind), Some(Kind::Line { text, .. }) if text.starts_with("451")))
        .expect("greylisting");
    let course = Scene::at(&t, refused).course;
    assert_eq!(course.sender.as_deref(), Some("alice@glasspost.test"));
    assert_eq!(course.asked, [("carol@b.test".to_owned(), Some(false))]);
    assert_eq!(Scene::at(&t, refused - 1).course.asked[0].1, None);
}

#[test]
fn events_that_come_later_do_not_move_what_one_looks_at() {
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
fn who_stands_at_the_end_follows_and_who_does_not_stays() {
    let all = samples::local_delivery();
    let (old, new) = (Timeline::from_events(all[..10].to_vec()), Timeline::from_events(all));
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
fn events_out_of_order_and_twice_give_the_same_timeline() {
    let all = samples::greylisted();
    let mut mixed = all.clone();
    mixed.reverse();
    mixed.extend(all[..5].to_vec());
    let (mixed, straight) = (Timeline::from_events(mixed), Timeline::from_events(all));
    assert_eq!((mixed.steps, mixed.events, mixed.wires), (straight.steps, straight.events, straight.wires));
}

#[test]
fn playing_takes_each_step_for_as_long_as_it_can_be_read_and_stops_at_the_end() {
    let t = Timeline::from_events(samples::stranger_on_25());
    let mut player = Player::default();
    player.toggle(&t);
    assert!(!player.tick(&t, STEP_MS - 1.0));
    assert!(player.tick(&t, 2.0));
    assert_eq!(player.position, 1);
    player.tick(&t, STEP_MS * 1000.0);
    player.tick(&t, STEP_MS * 2.0);
    assert_eq!((player.position, player.playing), (t.last(), false));
    player.toggle(&t);
    assert_eq!(player.position, 0, "play at the end begins anew");
}

#[test]
fn a_scene_is_a_pure_function_of_the_step() {
    let t = Timeline::from_events(samples::greylisted());
    for i in [0, 5, t.last()] {
        assert_eq!(Scene::at(&t, i), Scene::at(&t, i));
    }
    assert_eq!(Scene::at(&Timeline::default(), 3), Scene::default());
}

#[test]
fn everything_stands_on_the_sheet_at_every_width_and_nothing_overlaps() {
    for events in [samples::local_delivery(), samples::greylisted(), samples::composed_and_pushed(), samples::both_ends()] {
        let t = Timeline::from_events(events);
        for width in [320.0, 360.0, 390.0, 720.0, 1000.0, 1280.0, 1920.0] {
            let sheet = Layout::new(&t, width);
            for (i, (_, a)) in sheet.frames.iter().enumerate() {
                assert!(a.x >= 0.0 && a.x + a.w <= width + 0.5, "frame {i} at width {width}: {a:?}");
                for (_, b) in &sheet.frames[i + 1..] {
                    assert!(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, "width {width}: {a:?} {b:?}");
                }
            }
            for wire in &sheet.wires {
                let middle = at(&wire.way, 0.5);
                assert!(middle.x > 0.0 && middle.x < width && middle.y > 0.0 && middle.y < sheet.height);
            }
        }
    }
}

#[test]
fn a_thousand_events_are_laid_out_and_shown_quickly_enough_to_scrub() {
    let mut all = Vec::new();
    for round in 0..16_u64 {
        let shift = Duration::from_secs(round * 1000);
        all.extend(samples::greylisted().into_iter().map(|mut e| {
            e.at = e.at + shift;
            e.seq += round * 1000;
            e.span = mail::SpanId(e.span.0 + round * 100);
            e.parent = e.parent.map(|p| mail::SpanId(p.0 + round * 100));
            e
        }));
    }
    assert!(all.len() >= 900, "{}", all.len());
    let t = Timeline::from_events(all);
    let sheet = Layout::new(&t, 1280.0);
    let last = Scene::at(&t, t.last());
    assert!(!sheet.frames.is_empty() && last.position == t.last());
}

#[test]
fn a_run_tells_each_letter_by_itself_and_what_belongs_to_none() {
    let runs: Vec<Timeline> = samples::runs().into_iter().map(Timeline::from_run).collect();
    let told: Vec<(usize, usize)> = runs.iter().map(|t| (t.letters.len(), t.steps.iter().filter(|s| s.letter.is_none()).count())).collect();
    assert_eq!(told.iter().map(|(letters, _)| *letters).collect::<Vec<_>>(), [1, 1, 1, 1]);
    for t in &runs {
        for letter in &t.letters {
            assert!(letter.journeys.len() >= 2, "both hosts' numbers are of one letter: {letter:?}");
        }
    }
}

#[test]
fn a_first_letter_goes_through_all_hands_and_its_baton_with_each_final_250() {
    let t = Timeline::from_run(samples::runs().remove(0));
    let last = Scene::at(&t, t.last());
    assert_eq!(last.course.copies.iter().map(|c| c.fate.clone()).collect::<Vec<_>>(), [Fate::Read]);
    let mut holders: Vec<String> = Vec::new();
    for i in 0..t.len() {
        let holder = Scene::at(&t, i).course.copies[0].baton.map_or("-".into(), |r| name(&t, r));
        if holders.last() != Some(&holder) {
            holders.push(holder);
            let kind = t.event(i).map(|e| &e.kind);
            assert!(i == 0 || matches!(kind, Some(Kind::Line { text, .. }) if text.starts_with("250 ")), "step {i}: {kind:?}");
        }
    }
    assert_eq!(holders, ["writer", "mail.a.test/msa", "mail.b.test/mda"]);
}

#[test]
fn a_lost_250_leaves_two_copies_and_both_hosts_answer_for_theirs() {
    let t = Timeline::from_run(samples::runs().remove(1));
    let most = (0..t.len()).map(|i| Scene::at(&t, i).course.copies.len()).max();
    assert_eq!(most, Some(2), "the one that arrived unheard, and the one that is sent again");
    let last = Scene::at(&t, t.last()).course;
    assert!(last.copies.iter().all(|c| matches!(c.fate, Fate::Delivered(_) | Fate::Read)), "{:?}", last.copies);
}

#[test]
fn fifty_letters_under_way_each_have_a_place_and_a_baton_and_none_lies_on_another() {
    let t = Timeline::from_run(samples::crowd(50));
    assert_eq!(t.letters.len(), 50);
    let scene = Scene::of(&t, t.last(), Some(7));
    assert_eq!((scene.letters.len(), scene.batons.len(), scene.clocks.len()), (50, 50, 50));
    assert_eq!(scene.letters.iter().filter(|l| l.main).map(|l| l.key.letter).collect::<Vec<_>>(), [7]);
    for width in [390.0, 1280.0] {
        let sheet = Layout::new(&t, width);
        let places: Vec<_> = scene.letters.iter().filter_map(|l| sheet.letter(l)).collect();
        assert_eq!(places.len(), 50);
        for (i, (a, scale)) in places.iter().enumerate() {
            assert!(a.x > 0.0 && a.x < width && a.y < sheet.height, "{a:?}");
            let apart = |b: &crate::stage::layout::Point| (a.x - b.x).abs() > 40.0 * scale || (a.y - b.y).abs() > 30.0 * scale;
            assert!(places[i + 1..].iter().all(|(b, _)| apart(b)), "letter {i} at width {width}");
        }
    }
}

#[test]
fn any_step_of_a_long_run_is_reached_from_a_kept_state_nearby() {
    use crate::stage::state::EVERY;
    let t = Timeline::from_run(samples::crowd(50));
    assert!(t.len() > 1000);
    let mut made = 0;
    for position in [0, EVERY - 2, EVERY - 1, EVERY, t.len() / 2, t.last()] {
        let state = t.state(position);
        assert_eq!(state.steps, position + 1);
        made = made.max(t.steps_made_for(position));
    }
    assert!(made < EVERY, "at most {} steps are made anew, here {made}", EVERY - 1);
}

#[test]
fn nothing_is_shown_beyond_a_gate_and_whoever_wants_to_go_there_knocks() {
    let t = Timeline::from_run(samples::runs().remove(0));
    let gate = 40;
    let at = t.position_of_event(gate).expect("a position");
    let mut player = Player::default();
    player.stop_before(&t, Some(at));
    player.go(&t, t.last());
    assert_eq!((player.position, player.knocks), (at - 1, 1));
    player.step(&t, true);
    assert_eq!((player.position, player.knocks), (at - 1, 2));
    player.toggle(&t);
    assert_eq!((player.playing, player.knocks), (false, 3));
    player.go(&t, 3);
    player.toggle(&t);
    player.tick(&t, STEP_MS * 5000.0);
    player.tick(&t, STEP_MS * 2.0);
    assert_eq!((player.position, player.playing, player.knocks), (at - 1, false, 4));
    player.stop_before(&t, None);
    player.step(&t, true);
    assert!(player.position >= at);
}

#[test]
fn each_event_of_a_run_has_its_position_and_what_both_ends_told_has_one_together() {
    let events = samples::runs().remove(0);
    let t = Timeline::from_run(events.clone());
    for (index, event) in events.iter().enumerate() {
        let at = t.position_of_event(index).expect("each event has a position");
        let shown = t.event(at).expect("an event is shown there");
        let same =
            shown == event || matches!((&shown.kind, &event.kind), (Kind::Line { text: a, .. }, Kind::Line { text: b, .. }) if a == b);
        assert!(same || shown.explain == event.explain, "{index}: {event:?} {shown:?}");
        let first = t.event_of_position(at).expect("it leads back");
        assert!(first <= index);
    }
}

#[test]
fn everything_that_occurs_in_runs_and_journeys_is_explained_in_both_languages() {
    use crate::stage::explain::Explanations;
    use crate::stage::parts;
    let files = [include_str!("../../../static/explain/en.json"), include_str!("../../../static/explain/zh-CN.json")];
    let mut all = samples::runs();
    all.extend([samples::recorded(), samples::local_delivery(), samples::greylisted(), samples::bounced()]);
    for file in files {
        let explanations = Explanations::read(file);
        for event in all.iter().flatten() {
            let fields: Vec<String> = if let Kind::Accepted { added, .. } = &event.kind { added.clone() } else { vec![] };
            let records = if let Kind::Dns { answer: Ok(records), .. } = &event.kind { records.clone() } else { vec![] };
            let spoken = parts::spoken(event).into_iter().flatten();
            let written = fields.iter().flat_map(|f| parts::field(f)).chain(records.iter().flat_map(parts::record));
            let keys = spoken.chain(written).filter_map(|p| p.key).chain([event.explain.to_string()]);
            for key in keys {
                // One's own family alone says too little: at least its kind must be named.
                let found = explanations.found_at(&key);
                let enough =
                    found.is_some_and(|at| at == key || at.contains('.') || !matches!(at, "smtp" | "imap" | "pop3" | "header" | "ehlo"));
                assert!(enough, "{key} is explained by {found:?}");
            }
        }
    }
}

#[test]
fn a_host_whose_clock_is_wrong_takes_part_in_the_same_run_and_its_letter_is_the_same_one() {
    let mut events = samples::runs().remove(0);
    for event in events.iter_mut().filter(|e| e.host == "mail.b.test") {
        event.at = event.at - Duration::from_secs(3600);
    }
    let (right, wrong) = (Timeline::from_run(samples::runs().remove(0)), Timeline::from_run(events));
    assert_eq!(wrong.letters.len(), 1);
    let waits = |t: &Timeline| t.steps.iter().filter(|s| matches!(s.what, What::Wait(_))).count();
    assert_eq!((wrong.len(), waits(&wrong), wrong.talks.len()), (right.len(), waits(&right), right.talks.len()));
}

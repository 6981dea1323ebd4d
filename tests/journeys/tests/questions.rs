//! The questions of all lessons: earlier texts do not give the answers away, and the position of
//! the correct answer follows no pattern.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind, Verdict};
use journeys::scenarios;
use mail::session::Speaker;
use sim::scenario::{Run, Text, run};
use std::collections::BTreeSet;

// The connection of an event, as client and server address. Both sides record it, each under its
// own span.
fn connection<'a>(events: &'a [Event], event: &Event) -> Option<(&'a str, &'a str)> {
    events.iter().find_map(|e| match &e.kind {
        Kind::Connect { client, server, .. } if e.span == event.span => {
            Some((client.address.as_str(), server.address.as_str()))
        }
        _ => None,
    })
}

// Earlier events that already show the event of the question: the same line as recorded by the
// other side, and the failed checks that decide a reply.
fn giveaways(run: &Run, asked: usize) -> Vec<usize> {
    let events = &run.events;
    let event = &events[asked];
    let own = connection(events, event);
    let same_line = |e: &Event| match (&e.kind, &event.kind) {
        (
            Kind::Line { speaker, text, .. },
            Kind::Line {
                speaker: own_speaker,
                text: own_text,
                ..
            },
        ) => {
            e.span != event.span
                && speaker == own_speaker
                && text == own_text
                && connection(events, e) == own
        }
        _ => false,
    };
    // A line takes some time to reach the other side.
    let recent = |at: usize| run.moments[asked].since(run.moments[at]).as_millis() < 1_000;
    let recorded = (0..asked).filter(|at| recent(*at) && same_line(&events[*at]));
    let is_reply = matches!(
        event.kind,
        Kind::Line {
            speaker: Speaker::Server,
            ..
        }
    );
    let failed = |e: &Event| {
        matches!(
            e.kind,
            Kind::Check {
                verdict: Verdict::Fail,
                ..
            }
        )
    };
    let since_line = (0..asked)
        .rev()
        .filter(|at| events[*at].span == event.span)
        .take_while(|at| !matches!(events[*at].kind, Kind::Line { .. }));
    let checks = since_line.filter(|at| is_reply && failed(&events[*at]));
    recorded.chain(checks).collect()
}

#[test]
fn playback_stops_before_the_event_that_answers_the_question() {
    let (mut faults, mut earlier) = (Vec::new(), 0);
    for (name, scenario) in scenarios() {
        let run = run(&scenario, &[]).unwrap();
        for (number, question) in scenario.questions.iter().enumerate() {
            let (stop, _) = question.answer_key(&run).unwrap();
            let asked = question.before.find(&run.events).unwrap();
            earlier += usize::from(stop < asked);
            for at in giveaways(&run, asked) {
                if at < stop {
                    faults.push(format!(
                        "{name}: question {} stops at {stop}, and event {at} shows the answer: {}",
                        number + 1,
                        serde_json::to_string(&run.events[at].kind).unwrap()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        earlier > 20,
        "only {earlier} stops are earlier than the event"
    );
}

#[test]
fn every_question_has_three_choices() {
    let mut few = Vec::new();
    for (name, scenario) in scenarios() {
        for question in &scenario.questions {
            if question.choices.len() < 3 {
                few.push(format!("{name}: “{}”", question.ask.en));
            }
        }
    }
    assert!(few.is_empty(), "{}", few.join("\n"));
}

#[test]
fn correct_answers_are_distributed_evenly() {
    let mut places = [0_usize; 3];
    let mut total = 0;
    for (name, scenario) in scenarios() {
        let run = run(&scenario, &[]).unwrap();
        let right: Vec<usize> = scenario
            .questions
            .iter()
            .filter_map(|question| question.answer_key(&run))
            .filter_map(|(_, right)| right.first().copied())
            .collect();
        assert!(
            right.windows(2).any(|two| two[0] != two[1]),
            "{name}: the right answer is always the same: {right:?}"
        );
        for place in right {
            places[place.min(2)] += 1;
            total += 1;
        }
    }
    // Within 10 % of an equal share.
    for count in places {
        assert!(
            (count * 30).abs_diff(total * 10) <= total,
            "{places:?} of {total}"
        );
    }
}

/// Common words, which reveal nothing about an answer.
const COMMON: &str = "a an the of to in on at by for from with as and or but not no yes it its is \
    are be was were will would what who whom which where when how that this there then than one \
    own all any each more only same other first second third still now once again says host \
    server message messages mail alice bob carol domain answer answers goes comes has have had \
    does do two three after before because though so if his her hers";

/// Word families: a text that uses one word of a family gives away an answer in another.
const FAMILIES: &[(&str, &str)] = &[
    ("encrypted", "tls"),
    ("encrypt", "tls"),
    ("signs", "sign"),
    ("signed", "sign"),
    ("passes", "pass"),
    ("green", "pass"),
    ("fails", "fail"),
    ("broken", "break"),
    ("breaks", "break"),
    ("returned", "bounce"),
    ("back", "come"),
    ("listed", "list"),
    ("lists", "list"),
    ("taken", "take"),
    ("takes", "take"),
];

/// Words that describe an outcome: a single one in a title or an introduction gives the answer
/// away.
const OUTCOMES: &[&str] = &[
    "pass",
    "fail",
    "softfail",
    "permerror",
    "refused",
    "rejected",
    "accepted",
    "bounce",
    "junk",
    "inbox",
    "later",
    "helo",
    "innocent",
    "base64",
    "seen",
    "locked",
    "marked",
];

// The words of a text, reduced to their families, without common words, numbers and host names.
fn words(text: &str) -> BTreeSet<String> {
    let common: BTreeSet<&str> = COMMON.split_whitespace().collect();
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '.' | '@'))
        .map(|word| word.trim_matches(['-', '.']).to_lowercase())
        .filter(|word| word.contains(char::is_alphabetic) && !word.contains(['.', '@']))
        .filter(|word| !common.contains(word.as_str()))
        .map(|word| {
            let family = FAMILIES.iter().find(|(member, _)| *member == word);
            family.map_or(word, |(_, family)| (*family).to_owned())
        })
        .collect()
}

// The reply code at the start of an answer.
fn code(text: &str) -> Option<&str> {
    let code = text.get(..3)?;
    code.bytes().all(|b| b.is_ascii_digit()).then_some(code)
}

// The words by which a text that is read before the question gives away its correct answer, if it
// does: the reply code, most of the words that only the correct answer has, or, in a heading, a
// word for the outcome.
fn given_away(read: &str, heading: bool, right: &str, others: &[&str]) -> Option<BTreeSet<String>> {
    let only_right =
        |code: &&str| read.contains(*code) && !others.iter().any(|o| o.contains(*code));
    if let Some(code) = code(right).filter(only_right) {
        return Some(BTreeSet::from([code.to_owned()]));
    }
    let known: BTreeSet<String> = others.iter().flat_map(|other| words(other)).collect();
    let own: BTreeSet<String> = words(right).difference(&known).cloned().collect();
    let shared: BTreeSet<String> = own.intersection(&words(read)).cloned().collect();
    let most = shared.len() > 1 && shared.len() * 5 >= own.len() * 3;
    let outcome = heading && shared.iter().any(|word| OUTCOMES.contains(&word.as_str()));
    (most || outcome).then_some(shared)
}

#[test]
fn earlier_texts_do_not_give_answers_away() {
    let mut faults = Vec::new();
    for (name, scenario) in scenarios() {
        let run = run(&scenario, &[]).unwrap();
        let mut asked: Vec<_> = scenario
            .questions
            .iter()
            .filter_map(|question| Some((question.answer_key(&run)?, question)))
            .collect();
        asked.sort_by_key(|((stop, _), _)| *stop);
        for (at, ((_, right), question)) in asked.iter().enumerate() {
            for chinese in [false, true] {
                let say = |text: &Text| {
                    if chinese {
                        text.zh.clone()
                    } else {
                        text.en.clone()
                    }
                };
                let mut read = vec![(say(&scenario.title), true), (say(&scenario.lead), true)];
                let earlier = asked[..at].iter();
                read.extend(earlier.map(|(_, earlier)| (say(&earlier.ask), false)));
                let choices: Vec<String> = question.choices.iter().map(|c| say(&c.say)).collect();
                let wrong = (0..choices.len()).filter(|choice| !right.contains(choice));
                let ask = say(&question.ask);
                let mut others: Vec<&str> = wrong.map(|c| choices[c].as_str()).collect();
                others.push(&ask);
                for right in right.iter().map(|choice| &choices[*choice]) {
                    faults.extend(read.iter().filter_map(|(text, heading)| {
                        let shared = given_away(text, *heading, right, &others)?;
                        Some(format!("{name}: “{text}” tells “{right}”: {shared:?}"))
                    }));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn detects_a_title_that_gives_the_answer_away() {
    let wrong = ["The inbox, with a warning", "It is refused, 550"];
    let check = |read: &str, right: &str| given_away(read, true, right, &wrong).is_some();
    assert!(check(
        "Greylisting: please come back",
        "451: please come back later"
    ));
    assert!(check("The bounce will say 556", "556: it comes back"));
    assert!(check("SPF is green both times", "pass"));
    assert!(!check("Greylisting", "451: please come back later"));
    assert!(!check("Two hosts", "550 5.7.1"));
}

//! The questions of all lessons: they do not give themselves away, and the place of the right
//! answer tells nothing.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use event::{Event, Kind, Verdict};
use journeys::scenarios;
use mail::session::Speaker;
use sim::scenario::{Run, run};

// The connection of an event: both sides record it under a span of their own.
fn connection<'a>(events: &'a [Event], event: &Event) -> Option<(&'a str, &'a str)> {
    events.iter().find_map(|e| match &e.kind {
        Kind::Connect { client, server, .. } if e.span == event.span => {
            Some((client.address.as_str(), server.address.as_str()))
        }
        _ => None,
    })
}

// Events that show what happens at the event in question: the same line as the other side recorded
// it, and the failed checks that decide a reply.
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
    // A line takes a moment to the other side.
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
fn the_place_of_the_right_answer_follows_no_habit() {
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
    // Within a tenth of a third.
    for count in places {
        assert!(
            (count * 30).abs_diff(total * 10) <= total,
            "{places:?} of {total}"
        );
    }
}

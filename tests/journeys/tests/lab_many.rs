//! Many runs of one scenario: counted alike whoever asks in one go or in portions, and refused
//! beyond the bounds.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use sim::api::{Answer, CountedRuns, ManyRuns, Plan, Request, answer};
use sim::scenario::{Edits, MANY_COUNTS_MAX, MANY_RUNS_MAX, read};

const EQUAL_MX: &str = include_str!("../../../static/scenarios/23-equal-mx.toml");
const FIRST_MESSAGE: &str = include_str!("../../../static/scenarios/01-first-message.toml");
/// Messages of one run of the first scenario.
const MESSAGES: usize = 8;

fn ask(scenario: &str, edits: Option<Edits>, skip: usize, runs: usize) -> Answer {
    let request = Request::Many(ManyRuns {
        plan: Plan {
            scenario: scenario.to_owned(),
            edits,
        },
        skip,
        runs,
    });
    serde_json::from_str(&answer(&serde_json::to_string(&request).unwrap())).unwrap()
}

fn counted(edits: Option<Edits>, skip: usize, runs: usize) -> CountedRuns {
    match ask(EQUAL_MX, edits, skip, runs) {
        Answer::Counted(counted) => counted,
        other => panic!("{other:?}"),
    }
}

/// What is said to somebody who asks for too much.
fn check(scenario: &str, skip: usize, runs: usize, expected: &str) {
    match ask(scenario, None, skip, runs) {
        Answer::Refused(refused) => {
            assert!(refused.why.en.contains(expected), "{}", refused.why.en)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hundred_runs_spread_the_messages_over_both_hosts_and_a_fair_coin_would_do_so_too() {
    let all = counted(None, 0, 100);
    assert_eq!(
        (all.seed, all.runs, all.counts.len()),
        (read(EQUAL_MX).unwrap().world.seed, 100, 2)
    );
    let (first, second) = (&all.counts[0], &all.counts[1]);
    assert_eq!(
        first.total + second.total,
        100 * MESSAGES,
        "each message takes one of them"
    );
    // Three standard deviations of a fair coin thrown eight hundred times.
    assert!(
        first.total.abs_diff(100 * MESSAGES / 2) <= 42,
        "{}",
        first.total
    );
    assert_eq!(first.runs.values().sum::<usize>(), 100);
    for (times, runs) in &first.runs {
        assert_eq!(
            second.runs.get(&(MESSAGES - times)),
            Some(runs),
            "what one of them did not take the other did"
        );
    }
    assert!(
        first.runs.len() > 4,
        "one run is not like another: {:?}",
        first.runs
    );
}

#[test]
fn portions_count_what_one_question_counts_and_edits_count_as_well() {
    let whole = counted(None, 0, 10);
    let (one, two) = (counted(None, 0, 4), counted(None, 4, 6));
    assert_eq!(two.seed, one.seed + 4);
    for (n, count) in whole.counts.iter().enumerate() {
        assert_eq!(count.total, one.counts[n].total + two.counts[n].total);
    }
    // The fourth tweak makes the second host a spare.
    let spare = Edits {
        tweaks: vec![3],
        ..Edits::of(&read(EQUAL_MX).unwrap())
    };
    let all_at_one = counted(Some(spare), 0, 5);
    assert_eq!(
        all_at_one
            .counts
            .iter()
            .map(|c| c.total)
            .collect::<Vec<_>>(),
        [5 * MESSAGES, 0]
    );
}

#[test]
fn more_runs_than_may_be_had_and_what_names_nothing_to_count_are_refused() {
    check(EQUAL_MX, 0, 0, "0 runs");
    check(EQUAL_MX, 0, MANY_RUNS_MAX + 1, "there may be 200");
    check(EQUAL_MX, MANY_RUNS_MAX, 1, "there may be 200");
    check(EQUAL_MX, usize::MAX, 1, "there may be 200");
    check(FIRST_MESSAGE, 0, 1, "names nothing to count");
    assert!(
        matches!(
            ask(EQUAL_MX, None, MANY_RUNS_MAX - 1, 1),
            Answer::Counted(_)
        ),
        "the last one may be had"
    );
}

#[test]
fn a_file_that_counts_too_much_or_nothing_is_refused() {
    let with = |runs: usize, counts: usize| {
        let (head, rest) = EQUAL_MX.split_once("[many]").unwrap();
        let expect = rest.split_once("[expect]").unwrap().1;
        let one = "[[many.count]]\nsay = { zh = \"一\", en = \"one\" }\nwhen = { explain = \"queue.relayed\" }\n";
        read(&format!(
            "{head}[many]\nruns = {runs}\nask = {{ zh = \"几？\", en = \"How many?\" }}\n{}[expect]{expect}",
            one.repeat(counts)
        ))
    };
    assert!(with(1, 1).is_ok() && with(MANY_RUNS_MAX, MANY_COUNTS_MAX).is_ok());
    for (runs, counts) in [(0, 1), (MANY_RUNS_MAX + 1, 1), (1, MANY_COUNTS_MAX + 1)] {
        let refused = with(runs, counts).unwrap_err();
        assert!(refused.why.contains("[many]"), "{refused:?}");
    }
}

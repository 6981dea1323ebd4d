//! Many runs of one scenario: the counts are the same in one request and in batches, and requests
//! beyond the limits are rejected.

#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

use sim::api::{ApiRequest, ApiResponse, CountRequest, Plan, RunCounts, answer};
use sim::error::RequestProblem;
use sim::scenario::{Edits, MANY_COUNTS_MAX, MANY_RUNS_MAX, read};

const EQUAL_MX: &str = include_str!("../../../static/scenarios/23-equal-mx.toml");
const FIRST_MESSAGE: &str = include_str!("../../../static/scenarios/01-first-message.toml");
/// Number of messages in one run of the first scenario.
const MESSAGES: usize = 8;

fn ask(scenario: &str, edits: Option<Edits>, skip: usize, runs: usize) -> ApiResponse {
    let request = ApiRequest::Many(CountRequest {
        plan: Plan {
            scenario: scenario.to_owned(),
            edits,
        },
        skip,
        runs,
    });
    serde_json::from_str(&answer(&serde_json::to_string(&request).unwrap())).unwrap()
}

fn counted(edits: Option<Edits>, skip: usize, runs: usize) -> RunCounts {
    match ask(EQUAL_MX, edits, skip, runs) {
        ApiResponse::Counted(counted) => counted,
        other => panic!("{other:?}"),
    }
}

fn check_refused(scenario: &str, skip: usize, runs: usize, expected: RequestProblem) {
    match ask(scenario, None, skip, runs) {
        ApiResponse::Refused(refused) => assert_eq!(refused.problem, expected.into()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hundred_runs_spread_messages_evenly_over_equal_hosts() {
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
    // Three standard deviations for a fair coin tossed eight hundred times.
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
fn batches_give_the_same_counts_and_edits_apply() {
    let whole = counted(None, 0, 10);
    let (one, two) = (counted(None, 0, 4), counted(None, 4, 6));
    assert_eq!(two.seed, one.seed + 4);
    for (n, count) in whole.counts.iter().enumerate() {
        assert_eq!(count.total, one.counts[n].total + two.counts[n].total);
    }
    // The fourth tweak makes the second host a backup.
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
fn rejects_too_many_runs_and_scenarios_with_nothing_to_count() {
    let out_of_range = |first, runs| RequestProblem::CountedRuns {
        first,
        runs,
        max: MANY_RUNS_MAX,
    };
    for (skip, runs, first) in [
        (0, 0, 1),
        (0, MANY_RUNS_MAX + 1, 1),
        (MANY_RUNS_MAX, 1, MANY_RUNS_MAX + 1),
        (usize::MAX, 1, usize::MAX),
    ] {
        check_refused(EQUAL_MX, skip, runs, out_of_range(first, runs));
    }
    check_refused(FIRST_MESSAGE, 0, 1, RequestProblem::NothingToCount);
    assert!(
        matches!(
            ask(EQUAL_MX, None, MANY_RUNS_MAX - 1, 1),
            ApiResponse::Counted(_)
        ),
        "the last run is allowed"
    );
}

#[test]
fn rejects_a_file_that_counts_too_much_or_nothing() {
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
        let expected = if counts > MANY_COUNTS_MAX {
            RequestProblem::ManyCounts {
                counts,
                max: MANY_COUNTS_MAX,
            }
        } else {
            RequestProblem::ManyRuns {
                runs,
                max: MANY_RUNS_MAX,
            }
        };
        let refused = with(runs, counts).unwrap_err();
        assert_eq!(refused.problem, expected.into());
    }
}

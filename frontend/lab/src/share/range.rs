//! The exported range of a run. Steps count from 0 here and from 1 in the interface; the simulator
//! counts events.

use frontend::stage::model::Timeline;
use sim::api;

/// A part of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// The whole run.
    #[default]
    All,
    /// Up to the current step.
    Before,
    /// From the current step on.
    After,
    /// From the first to the second step, both included.
    Steps(usize, usize),
}

impl Range {
    /// The first and last step of the range; `here` is the current step, `last` the run's last.
    /// Swapped ends are put in order.
    pub fn steps(self, here: usize, last: usize) -> (usize, usize) {
        let (from, to) = match self {
            Range::All => (0, last),
            Range::Before => (0, here),
            Range::After => (here, last),
            Range::Steps(from, to) => (from.min(to), from.max(to)),
        };
        (from.min(last), to.min(last))
    }
}

/// The events of a range of steps, as the simulator counts them; `None` for the whole run and for
/// steps without events.
pub fn events((from, to): (usize, usize), timeline: &Timeline, all: usize) -> Option<api::Range> {
    if from == 0 && to >= timeline.last() {
        return None;
    }
    let shown = |event: &usize| {
        timeline
            .position_of_event(*event)
            .is_some_and(|position| (from..=to).contains(&position))
    };
    let first = (0..all).find(shown)?;
    let last = (0..all).rev().find(shown)?;
    Some(api::Range { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::{read, run};

    #[test]
    fn a_range_stays_within_the_run() {
        let check = |range: Range, expected| assert_eq!(range.steps(7, 30), expected, "{range:?}");
        check(Range::All, (0, 30));
        check(Range::Before, (0, 7));
        check(Range::After, (7, 30));
        check(Range::Steps(3, 9), (3, 9));
        check(Range::Steps(9, 3), (3, 9));
        check(Range::Steps(30, 31), (30, 30));
        check(Range::Steps(99, 99), (30, 30));
    }

    #[test]
    fn steps_are_converted_to_their_events() {
        let scenario = read(include_str!(
            "../../../../static/scenarios/01-first-message.toml"
        ))
        .unwrap();
        let played = run(&scenario, &[]).unwrap().events;
        let (all, timeline) = (played.len(), Timeline::from_run(played));
        assert_eq!(events((0, timeline.last()), &timeline, all), None);
        let (middle, end) = (timeline.last() / 2, timeline.last());
        let first = events((0, middle), &timeline, all).unwrap();
        let rest = events((middle, end), &timeline, all).unwrap();
        assert_eq!((first.first, rest.last), (0, all - 1));
        assert!(
            rest.first <= first.last,
            "the step that is shown is in both"
        );
        assert_eq!(timeline.position_of_event(rest.first), Some(middle));
    }
}

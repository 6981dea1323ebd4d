//! Corrects the clocks of hosts. The order of the events of a run is known, but each host records
//! its own clock; this module derives each host's offset from the events before and after on other
//! hosts. Journeys recorded by a single clock are left unchanged.

use event::Event;
use mail::Time;
use std::collections::HashMap;

/// Offsets up to this many microseconds are not corrected, since they may be transmission delay.
const APART_MICROS_MIN: i64 = 1_000_000;

/// The corrected time of each event; `events` are in their true order.
pub(super) fn true_times(events: &[Event]) -> Vec<Time> {
    let offsets = offsets(events);
    events
        .iter()
        .map(|e| Time(e.at.0 + offsets.get(e.host.as_ref()).copied().unwrap_or(0)))
        .collect()
}

/// Microseconds to add to each host's clock. The clock of the first event's host is the reference.
fn offsets(events: &[Event]) -> HashMap<&str, i64> {
    let Some(first) = events.first().map(|e| e.host.as_ref()) else {
        return HashMap::new();
    };
    let mut bounds: HashMap<&str, (i64, i64)> = HashMap::new();
    let (mut before, mut since): (i64, Vec<&Event>) = (i64::MIN, Vec::new());
    for event in events {
        if event.host == first {
            // Events of other hosts since then happened before this one.
            for earlier in since.drain(..) {
                let bound = bounds
                    .entry(earlier.host.as_ref())
                    .or_insert((i64::MIN, i64::MAX));
                bound.1 = bound.1.min(event.at.0.saturating_sub(earlier.at.0));
            }
            before = event.at.0;
        } else {
            let bound = bounds
                .entry(event.host.as_ref())
                .or_insert((i64::MIN, i64::MAX));
            bound.0 = bound.0.max(before.saturating_sub(event.at.0));
            since.push(event);
        }
    }
    bounds
        .into_iter()
        .map(|(host, (least, most))| (host, nearest(least, most)))
        .collect()
}

/// The smallest correction within the bounds; zero if none is needed.
fn nearest(least: i64, most: i64) -> i64 {
    if least > APART_MICROS_MIN {
        least
    } else if most < -APART_MICROS_MIN {
        most
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Kind, Role};
    use mail::{Duration, SpanId};

    fn check(recorded: &[(&'static str, i64)], expected: &[i64]) {
        let event = |(host, secs): &(&'static str, i64)| Event {
            at: Time::from_secs(*secs),
            seq: 0,
            journey: None,
            span: SpanId(1),
            parent: None,
            host: (*host).into(),
            role: Role::Mta,
            before: "".into(),
            after: "".into(),
            explain: "closed".into(),
            claimed: false,
            kind: Kind::Closed {
                after: Duration::ZERO,
            },
        };
        let events: Vec<Event> = recorded.iter().map(event).collect();
        assert_eq!(
            true_times(&events)
                .iter()
                .map(|t| t.secs())
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn corrects_a_wrong_clock_and_keeps_a_right_one() {
        check(
            &[("a", 10), ("b", 10), ("a", 11), ("b", 40)],
            &[10, 10, 11, 40],
        );
        check(
            &[("a", 10), ("b", 3610), ("a", 11), ("b", 3640)],
            &[10, 11, 11, 41],
        );
        check(&[("a", 3610), ("b", 10), ("a", 3611)], &[3610, 3610, 3611]);
        check(&[], &[]);
    }
}

//! Compares two runs: finds the first difference and builds one joint timeline. Values that differ
//! in every run (journeys, spans, sequence numbers, queue IDs, times) are ignored.

use super::model::{StepKind, Timeline};
use super::sentences::sentence;
use super::topology::bare_address;
use crate::i18n::Language;
use event::{Event, Kind};

/// Where two runs diverge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Index of the left run's first event that differs; its length if it has ended there.
    pub left: usize,
    /// The same for the right run.
    pub right: usize,
}

/// The first difference, or `None` if both runs are the same.
pub fn first_difference(left: &[Event], right: &[Event]) -> Option<Difference> {
    let same = left
        .iter()
        .zip(right)
        .take_while(|(a, b)| alike(a, b))
        .count();
    (same < left.len() || same < right.len()).then_some(Difference {
        left: same,
        right: same,
    })
}

/// Whether two events are equal apart from values that differ in every run.
pub fn alike(a: &Event, b: &Event) -> bool {
    a.host == b.host
        && a.role == b.role
        && a.explain == b.explain
        && a.before == b.before
        && a.after == b.after
        && same(&a.kind, &b.kind)
}

fn same(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (
            Kind::Connect {
                protocol: p,
                client: c,
                server: s,
            },
            Kind::Connect {
                protocol: q,
                client: d,
                server: t,
            },
        ) => {
            // The client's port is another one in every run.
            let addresses = [c, d].map(|client| bare_address(&client.address));
            let clients = c.role == d.role && addresses[0] == addresses[1];
            p == q && clients && s.address == t.address && s.name == t.name
        }
        (
            Kind::Line {
                speaker: s,
                text: t,
                sealed: l,
                ..
            },
            Kind::Line {
                speaker: u,
                text: v,
                sealed: m,
                ..
            },
        ) => s == u && l == m && without_numbers(t) == without_numbers(v),
        (
            Kind::Dns {
                question: q,
                answer: a,
                ..
            },
            Kind::Dns {
                question: r,
                answer: b,
                ..
            },
        ) => q == r && a == b,
        (
            Kind::Check {
                check: n,
                verdict: v,
                reason: w,
                ..
            },
            Kind::Check {
                check: m,
                verdict: u,
                reason: x,
                ..
            },
        ) => n == m && v == u && without_numbers(&w.english()) == without_numbers(&x.english()),
        (Kind::Closed { .. }, Kind::Closed { .. }) => true,
        (a, b) => same_progress(a, b),
    }
}

// [`same`] for events that report the progress of a message.
fn same_progress(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (
            Kind::Accepted {
                sender: s,
                recipients: r,
                added: f,
                ..
            },
            Kind::Accepted {
                sender: t,
                recipients: q,
                added: g,
                ..
            },
        ) => {
            // Fields contain dates and IDs, so only their names are compared.
            s == t
                && r == q
                && f.len() == g.len()
                && f.iter().zip(g).all(|(x, y)| name(x) == name(y))
        }
        (
            Kind::Deferred {
                recipient: r,
                reply: s,
                ..
            },
            Kind::Deferred {
                recipient: q,
                reply: t,
                ..
            },
        ) => r == q && s.code == t.code && s.enhanced == t.enhanced,
        (
            Kind::Relayed {
                recipient: r,
                host: h,
                ..
            },
            Kind::Relayed {
                recipient: q,
                host: g,
                ..
            },
        ) => r == q && h == g,
        (
            Kind::Bounced {
                recipient: r,
                reply: s,
                ..
            },
            Kind::Bounced {
                recipient: q,
                reply: t,
                ..
            },
        ) => r == q && s.code == t.code,
        (a, b) => a == b,
    }
}

fn name(field: &str) -> &str {
    field.split(':').next().unwrap_or_default()
}

/// Minimum length of a run of hexadecimal digits that counts as an identifier.
const ID_DIGITS_MIN: usize = 12;

/// Replaces the identifiers in a text by `#`.
fn without_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        if run.len() >= ID_DIGITS_MIN {
            kept.push('#');
        } else {
            kept.push_str(&run);
        }
        run.clear();
        kept.push(c);
    }
    kept
}

/// Two timelines on one clock: for each joint step, the position that each shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JointTimeline {
    /// Positions in the left and the right timeline.
    pub steps: Vec<(usize, usize)>,
    /// The first joint step at which they differ.
    pub divergence: Option<usize>,
}

impl JointTimeline {
    /// Joins both timelines: step by step while they are alike, then by time.
    pub fn new(left: &Timeline, right: &Timeline) -> JointTimeline {
        let kind = |timeline: &Timeline, i: usize| timeline.steps.get(i).map(|step| step.kind);
        let alike_at = |i: usize| match (kind(left, i), kind(right, i)) {
            (Some(StepKind::Event(_)), Some(StepKind::Event(_))) => {
                let events = left.event(i).zip(right.event(i));
                events.is_some_and(|(a, b)| alike(a, b)) && left.is_lost(i) == right.is_lost(i)
            }
            // Waits are alike if they are stated alike.
            (Some(StepKind::Wait(_)), Some(StepKind::Wait(_))) => {
                let text = |timeline| sentence(timeline, i, Language::English);
                text(left) == text(right)
            }
            _ => false,
        };
        let common = (0..left.len().min(right.len()))
            .take_while(|i| alike_at(*i))
            .count();
        let mut steps: Vec<(usize, usize)> = (0..common).map(|i| (i, i)).collect();
        let divergence = (common < left.len() || common < right.len()).then_some(common);
        let (mut l, mut r) = (common, common);
        while l < left.len() || r < right.len() {
            let next = |t: &Timeline, i: usize| t.steps.get(i).map(|s| s.at);
            match (next(left, l), next(right, r)) {
                (Some(a), Some(b)) if a == b => (l, r) = (l + 1, r + 1),
                (Some(a), Some(b)) if a < b => l += 1,
                (Some(_), None) => l += 1,
                _ => r += 1,
            }
            steps.push((l.saturating_sub(1), r.saturating_sub(1)));
        }
        JointTimeline { steps, divergence }
    }

    /// The last joint step.
    pub fn last(&self) -> usize {
        self.steps.len().saturating_sub(1)
    }

    /// The left and right positions at a joint step; clamped to the last.
    pub fn at(&self, step: usize) -> (usize, usize) {
        self.steps
            .get(step.min(self.last()))
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::samples;

    fn check(left: Vec<Event>, right: Vec<Event>, expected: Option<usize>) {
        assert_eq!(
            first_difference(&left, &right),
            expected.map(|i| Difference { left: i, right: i })
        );
        let joint = JointTimeline::new(
            &Timeline::from_run(left.clone()),
            &Timeline::from_run(right.clone()),
        );
        assert_eq!(joint.divergence.is_some(), expected.is_some());
        assert_eq!(
            joint.at(joint.last()),
            (
                Timeline::from_run(left).last(),
                Timeline::from_run(right).last()
            ),
            "both runs play to their ends"
        );
    }

    #[test]
    fn runs_diverge_at_the_first_difference_regardless_of_ids() {
        let one = samples::greylisted();
        let mut renumbered = one.clone();
        for e in &mut renumbered {
            e.seq += 100;
            e.span = mail::SpanId(e.span.0 + 50);
            e.parent = e.parent.map(|p| mail::SpanId(p.0 + 50));
            e.journey = Some(mail::JourneyId(99));
        }
        check(one.clone(), renumbered, None);
        check(one.clone(), one[..20].to_vec(), Some(20));
        let mut other = one.clone();
        let at = other
            .iter()
            .position(|e| matches!(&e.kind, Kind::Line { text, .. } if text.starts_with("451")))
            .expect("greylisting");
        if let Kind::Line { text, .. } = &mut other[at].kind {
            *text = "250 2.1.5 Ok".into();
        }
        check(one, other, Some(at));
    }

    #[test]
    fn only_long_numbers_count_as_ids() {
        assert_eq!(
            without_numbers("250 2.0.0 Accepted as 69a543810bcb4fe0"),
            "250 2.0.0 Accepted as #\0"
        );
        assert_eq!(without_numbers("SIZE=450"), "SIZE=450\0");
    }
}

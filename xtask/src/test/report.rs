//! What a step of `cargo xtask test` found: how many tests passed, failed and were skipped, and why
//! the skipped ones did not run.

use std::collections::BTreeMap;

use super::count::{Count, Seen, Skip};

/// Most names that are printed for one reason.
const NAMES_MAX: usize = 8;

/// The result of a step that ran.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub count: Count,
    pub skips: Vec<Skip>,
}

impl Report {
    /// One check that passed.
    pub fn passed() -> Self {
        Self {
            count: Count::ONE,
            skips: Vec::new(),
        }
    }

    /// Adds what a line of output contains.
    pub fn see(&mut self, seen: Seen) {
        self.count.add(seen.count);
        self.skips.extend(seen.skip);
    }

    /// Adds one check that did not run.
    pub fn skip(&mut self, name: &str, reason: &str) {
        self.count.add(Count::SKIPPED);
        self.skips.push(Skip {
            name: name.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// The skipped tests, one line for each reason; then the number of those without a name.
    pub fn skipped_lines(&self) -> Vec<String> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for skip in &self.skips {
            reasons.entry(&skip.reason).or_default().push(&skip.name);
        }
        let mut lines: Vec<String> = reasons
            .into_iter()
            .map(|(reason, names)| reason_line(reason, &names))
            .collect();
        let named = u32::try_from(self.skips.len()).unwrap_or(u32::MAX);
        if let nameless @ 1.. = self.count.skipped.saturating_sub(named) {
            lines.push(format!("{nameless} × not named by the test program"));
        }
        lines
    }
}

fn reason_line(reason: &str, names: &[&str]) -> String {
    let reason = if reason.is_empty() {
        "no reason given"
    } else {
        reason
    };
    let mut list = names[..names.len().min(NAMES_MAX)].join(", ");
    if let more @ 1.. = names.len().saturating_sub(NAMES_MAX) {
        list.push_str(&format!(" and {more} more"));
    }
    format!("{} × {reason}: {list}", names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_grouped_by_reason() {
        let mut report = Report::passed();
        for i in 0..10 {
            report.skip(&format!("case-{i}"), "a theme");
        }
        report.skip("other", "");
        report.count.add(Count::SKIPPED);
        assert_eq!(
            report.skipped_lines(),
            [
                "1 × no reason given: other",
                "10 × a theme: case-0, case-1, case-2, case-3, case-4, case-5, case-6, case-7 and 2 more",
                "1 × not named by the test program",
            ]
        );
        assert_eq!(report.count.skipped, 12);
    }

    #[test]
    fn nothing_skipped_is_no_line() {
        assert!(Report::passed().skipped_lines().is_empty());
    }
}

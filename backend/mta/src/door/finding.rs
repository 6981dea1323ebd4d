//! What a check found out, and what it weighs. Findings add up to a [`Score`].

use super::config::Weigh;
use super::dns::Asked;
use event::{Kind, Verdict};
use mail::Time;

/// The outcome of one check.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub at: Time,
    /// The check's name in the journey: `ptr`, `helo`, `dnsbl` …
    pub check: &'static str,
    pub verdict: Verdict,
    /// The record or number that decided.
    pub why: String,
    /// Added to the score; below zero speaks for the client.
    pub points: i32,
    /// Reason enough to refuse by itself.
    pub refuses: bool,
    /// Questions that led to it.
    pub asked: Vec<Asked>,
}

impl Finding {
    /// All is well, or nothing can be said.
    pub(super) fn harmless(
        at: Time,
        check: &'static str,
        verdict: Verdict,
        why: impl Into<String>,
        asked: Vec<Asked>,
    ) -> Finding {
        Finding {
            at,
            check,
            verdict,
            why: why.into(),
            points: 0,
            refuses: false,
            asked,
        }
    }

    /// It is not well; what follows is as configured.
    pub(super) fn fault(
        at: Time,
        check: &'static str,
        weigh: Weigh,
        why: impl Into<String>,
        asked: Vec<Asked>,
    ) -> Finding {
        let points = if let Weigh::Score(points) = weigh {
            points
        } else {
            0
        };
        Finding {
            at,
            check,
            verdict: Verdict::Fail,
            why: why.into(),
            points,
            refuses: weigh == Weigh::Refuse,
            asked,
        }
    }

    /// As the journey tells it: the questions, then the check.
    pub(super) fn told(&self) -> impl Iterator<Item = (Time, Kind)> + '_ {
        let why = if self.points == 0 {
            self.why.clone()
        } else {
            format!("{}: {:+} points", self.why, self.points)
        };
        let check = (self.at, Kind::text_check(self.check, self.verdict, &why));
        self.asked
            .iter()
            .map(Asked::told)
            .chain(std::iter::once(check))
    }
}

/// What the checks at the door add up to, for whoever judges the message as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// The sum.
    pub points: i32,
    /// The sum is high enough for the folder Junk.
    pub junk: bool,
    /// Trusted, or on the list of whom to let through: nothing was weighed.
    pub allowed: bool,
    /// What weighed: check and points.
    pub parts: Vec<(&'static str, i32)>,
}

impl Score {
    /// `5 points: ptr +2, dnsbl +3`.
    pub fn words(&self) -> String {
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|(check, points)| format!("{check} {points:+}"))
            .collect();
        if parts.is_empty() {
            format!("{} points", self.points)
        } else {
            format!("{} points: {}", self.points, parts.join(", "))
        }
    }
}

//! The result of one check and its weight. Findings add up to a [`Score`].

use super::config::Weight;
use super::dns_cache::DnsLookup;
use event::catalogue::inbound::ScorePart;
use event::{Check, Kind, Reason, Verdict};
use mail::Time;

/// The result of one check.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub at: Time,
    pub check: Check,
    pub verdict: Verdict,
    /// The record or number that decided.
    pub reason: Reason,
    /// Added to the score; a negative number speaks for the client.
    pub points: i32,
    /// Sufficient to reject by itself.
    pub rejects: bool,
    /// The DNS lookups that it is based on.
    pub lookups: Vec<DnsLookup>,
}

impl Finding {
    /// A check that passes or cannot be decided.
    pub(super) fn harmless(
        at: Time,
        check: Check,
        verdict: Verdict,
        reason: impl Into<Reason>,
        lookups: Vec<DnsLookup>,
    ) -> Finding {
        Finding {
            at,
            check,
            verdict,
            reason: reason.into(),
            points: 0,
            rejects: false,
            lookups,
        }
    }

    /// A check that fails, with the configured consequence.
    pub(super) fn failure(
        at: Time,
        check: Check,
        weight: Weight,
        reason: impl Into<Reason>,
        lookups: Vec<DnsLookup>,
    ) -> Finding {
        Finding {
            points: weight.points(),
            rejects: weight == Weight::Reject,
            ..Finding::harmless(at, check, Verdict::Fail, reason, lookups)
        }
    }

    /// The events: the lookups, then the check.
    pub(super) fn events(&self) -> impl Iterator<Item = (Time, Kind)> + '_ {
        let reason = match self.points {
            0 => self.reason.clone(),
            points => Reason::Weighed {
                reason: Box::new(self.reason.clone()),
                points,
            },
        };
        let check = Kind::Check {
            check: self.check.clone(),
            verdict: self.verdict,
            reason,
            proof: Vec::new(),
        };
        self.lookups
            .iter()
            .map(DnsLookup::event)
            .chain(std::iter::once((self.at, check)))
    }
}

/// The sum of all findings about a client, for the decision about the message as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// The sum.
    pub points: i32,
    /// The sum is high enough for the folder Junk.
    pub junk: bool,
    /// Trusted or on the allow list: nothing was scored.
    pub allowed: bool,
    /// The checks that contributed, with their points.
    pub parts: Vec<(Check, i32)>,
}

impl Score {
    pub(super) fn reason_parts(&self) -> Vec<ScorePart> {
        let part = |(check, points): &(Check, i32)| ScorePart::Points {
            check: check.clone(),
            points: *points,
        };
        self.parts.iter().map(part).collect()
    }
}

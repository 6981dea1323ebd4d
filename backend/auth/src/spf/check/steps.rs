//! The proof steps of an evaluation.

use super::{Evaluation, LOOKUPS_MAX, Stop, VOID_LOOKUPS_MAX};
use crate::spf::SpfResult;
use event::catalogue::authentication::{SpfMatch, SpfReason};
use event::{Flip, ProofFact, TermOutcome};
use std::net::IpAddr;

impl Evaluation<'_, '_> {
    pub(super) fn record_term(
        &mut self,
        place: usize,
        term: &str,
        tried: &Result<Option<SpfMatch>, Stop>,
    ) {
        let outcome = match tried {
            // An included record has its own steps below.
            Ok(Some(SpfMatch::IncludeBecause { .. })) => TermOutcome::Match {
                how: SpfMatch::Include,
            },
            Ok(Some(how)) => TermOutcome::Match { how: how.clone() },
            Ok(None) => TermOutcome::NoMatch,
            Err(stop) => TermOutcome::Error {
                reason: SpfReason::clone(&stop.reason),
            },
        };
        self.proof.step_at(
            place,
            ProofFact::Term {
                term: term.to_owned(),
                outcome,
                lookups: self.lookups,
                void_lookups: self.voids,
            },
        );
    }

    // Records the smallest change in DNS that would turn the result.
    pub(super) fn flip(&mut self, result: SpfResult, domain: &str) {
        let term = match self.ip {
            IpAddr::V4(four) => format!("ip4:{four}"),
            IpAddr::V6(six) => format!("ip6:{six}"),
        };
        let decided = self.decided.take();
        let change = match (result, decided) {
            // A term beyond the lookup limit can be replaced by one that needs no lookup.
            (SpfResult::PermError, Some((decided, domain)))
                if self.lookups > LOOKUPS_MAX || self.voids > VOID_LOOKUPS_MAX =>
            {
                Flip::ReplaceTerm {
                    new: term,
                    term: decided,
                    domain,
                }
            }
            (SpfResult::Pass | SpfResult::PermError, Some((term, domain))) => {
                Flip::RemoveTerm { term, domain }
            }
            (SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral, _) => Flip::AddTerm {
                term,
                domain: domain.to_owned(),
            },
            (SpfResult::None, _) => Flip::PublishRecord {
                domain: domain.to_owned(),
                text: format!("v=spf1 {term} -all"),
            },
            _ => return,
        };
        self.proof.step(ProofFact::Flip(change));
    }
}

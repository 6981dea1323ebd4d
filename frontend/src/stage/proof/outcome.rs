//! The subject of a check, its result, and the deciding terms of a record.

use event::Reason;
use event::catalogue::authentication::{AuthResult, SpfIdentity, SpfMatch, SpfReason};

/// Subject and result of an authentication check; empty for other checks.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    /// The identity that SPF checked.
    pub identity: Option<SpfIdentity>,
    /// The checked domain; empty if there is none.
    pub domain: &'a str,
    /// The result as named by RFC 8601; empty for other checks.
    pub result: &'static str,
}

impl<'a> Outcome<'a> {
    pub(super) fn of(reason: &'a Reason) -> Outcome<'a> {
        let mut outcome = Outcome::default();
        match reason {
            Reason::Spf {
                identity,
                domain,
                result,
                ..
            } => {
                outcome.identity = Some(*identity);
                outcome.domain = domain;
                outcome.result = result.as_str();
            }
            Reason::Dkim { domain, result, .. } | Reason::Dmarc { domain, result, .. } => {
                outcome.domain = domain;
                outcome.result = result.as_str();
            }
            Reason::Arc { result, .. } => outcome.result = result.as_str(),
            Reason::DkimUnsigned => outcome.result = AuthResult::None.as_str(),
            Reason::DmarcNotEvaluated { .. } => outcome.result = AuthResult::PermError.as_str(),
            _ => {}
        }
        outcome
    }

    /// The identity and the domain, such as `MAIL FROM a.test`, or only the domain for checks with
    /// a single identity.
    pub(super) fn subject(&self) -> String {
        match self.identity {
            Some(identity) => format!("{} {}", identity.as_str(), self.domain),
            None => self.domain.to_owned(),
        }
    }
}

/// The deciding terms of SPF records, from the outermost inwards.
pub(super) fn deciding_terms(reason: &Reason) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut next = match reason {
        Reason::Spf { reason, .. } => Some(reason),
        _ => None,
    };
    while let Some(reason) = next {
        next = match reason {
            SpfReason::Matched { term, how, .. } => {
                terms.push(term.as_str());
                match how {
                    SpfMatch::IncludeBecause { reason } => Some(reason),
                    _ => None,
                }
            }
            SpfReason::Redirect { reason, .. }
            | SpfReason::RedirectWithoutRecord { reason, .. }
            | SpfReason::Include { reason, .. } => Some(reason),
            SpfReason::Syntax { term, .. } | SpfReason::TooManyLookups { term, .. } => {
                terms.push(term.as_str());
                None
            }
            _ => None,
        };
    }
    terms
}

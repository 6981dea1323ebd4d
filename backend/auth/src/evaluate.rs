//! Evaluates the authentication methods for one message, in the order SPF, DKIM, ARC, DMARC:
//! records each check, writes Authentication-Results, and combines the actions.

use crate::action::{Action, requested_action, spf_rejection, strictness};
use crate::arc::{Arc, ArcResult};
use crate::dkim::{Dkim, DkimResult};
use crate::dmarc::{self, Dmarc, DmarcResult, Identifiers};
use crate::dns::{DnsLookup, DnsLookups};
use crate::message::{AUTHORS_MAX, IncomingMessage};
use crate::policies::{Mode, Policies};
use crate::proof::Proof;
use crate::results;
use crate::spf::{self, Spf, SpfCheck, SpfResult};
use event::catalogue::authentication::{DmarcReason, SpfIdentity};
use event::{Check, ProofStep, Reason, Verdict};
use mail::Address;
use std::net::IpAddr;
use world::World;

/// Where a message comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The client's address.
    pub ip: IpAddr,
    /// Its name in HELO or EHLO.
    pub helo: &'a str,
    /// MAIL FROM; `None` is the null sender.
    pub sender: Option<&'a Address>,
    /// This host's name, used as authserv-id (RFC 8601 §2.5).
    pub host: &'a str,
}

/// The result of one check, for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// SPF, DKIM, ARC or DMARC.
    pub check: Check,
    /// The outcome.
    pub verdict: Verdict,
    /// What decided it.
    pub reason: Reason,
    /// The steps of the proof.
    pub proof: Vec<ProofStep>,
    /// The number of DNS lookups made up to the end of this check.
    pub lookups: usize,
}

/// The evaluation of one message.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The DNS lookups.
    pub lookups: Vec<DnsLookup>,
    /// The checks, in their order.
    pub checks: Vec<CheckResult>,
    /// The Authentication-Results field with its line end.
    pub field: String,
    /// The action that the configuration asks for.
    pub action: Action,
    /// The results, for aggregate reports.
    pub verdicts: Verdicts,
}

/// The results of the methods.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    /// For MAIL FROM, or for HELO where the sender is null.
    pub spf: Option<Spf>,
    /// Each signature.
    pub dkim: Vec<Dkim>,
    /// The chain.
    pub arc: Option<Arc>,
    /// The worst of the authors' domains.
    pub dmarc: Option<Dmarc>,
    /// DMARC failed, but a trusted ARC seal overrides that.
    pub overridden: bool,
}

/// Evaluates the methods that `policies` names.
pub async fn evaluate(
    world: &World,
    policies: &Policies,
    origin: Origin<'_>,
    message: &IncomingMessage,
) -> Evaluation {
    let mut evaluator = Evaluator {
        dns: DnsLookups::new(world),
        checks: Vec::new(),
        results: Vec::new(),
        verdicts: Verdicts::default(),
    };
    let mut action = Action::Accept;
    if policies.spf != Mode::Off || policies.dmarc != Mode::Off {
        action = evaluator.spf(origin, policies.spf == Mode::Enforce).await;
    }
    if policies.dkim != Mode::Off || policies.dmarc != Mode::Off {
        evaluator.dkim(message).await;
    }
    if policies.arc != Mode::Off {
        evaluator.arc(message).await;
    }
    if policies.dmarc != Mode::Off {
        let requested = evaluator.dmarc(origin, policies, message).await;
        if action == Action::Accept && policies.dmarc == Mode::Enforce {
            action = requested;
        }
    }
    let Evaluator {
        dns,
        checks,
        results,
        verdicts,
    } = evaluator;
    Evaluation {
        lookups: dns.into_lookups(),
        checks,
        field: results::field(origin.host, &results),
        action,
        verdicts,
    }
}

struct Evaluator<'a> {
    dns: DnsLookups<'a>,
    checks: Vec<CheckResult>,
    results: Vec<String>,
    verdicts: Verdicts,
}

impl Evaluator<'_> {
    fn record(&mut self, check: Check, verdict: Verdict, reason: Reason, proof: &Proof) {
        let lookups = self.dns.count();
        self.checks.push(CheckResult {
            check,
            verdict,
            reason,
            proof: proof.steps().to_vec(),
            lookups,
        });
    }

    // HELO and MAIL FROM (RFC 7208 §2.3, §2.4).
    async fn spf(&mut self, origin: Origin<'_>, enforce: bool) -> Action {
        let check = SpfCheck {
            ip: origin.ip,
            helo: origin.helo,
            local: "postmaster",
            domain: origin.helo,
            receiver: origin.host,
        };
        let helo = spf::check(&mut self.dns, check).await;
        let mut rejected = spf_rejection(&helo, enforce);
        // The HELO name is recorded only where its domain has a record, or where there is no
        // sender.
        if helo.result != SpfResult::None || origin.sender.is_none() {
            self.results.push(results::spf(&helo, "helo", origin.helo));
            let reason = spf_reason(SpfIdentity::Helo, origin.helo.to_owned(), &helo);
            self.record(Check::Spf, verdict(helo.result), reason, &helo.proof);
        }
        let Some(sender) = origin.sender else {
            self.verdicts.spf = Some(helo);
            return rejected.unwrap_or(Action::Accept);
        };
        let domain = sender.domain().map(ToString::to_string).unwrap_or_default();
        let check = SpfCheck {
            local: sender.local().as_str(),
            domain: &domain,
            ..check
        };
        let from = spf::check(&mut self.dns, check).await;
        self.results
            .push(results::spf(&from, "mailfrom", &sender.host().to_string()));
        let reason = spf_reason(SpfIdentity::MailFrom, sender.host().to_string(), &from);
        self.record(Check::Spf, verdict(from.result), reason, &from.proof);
        rejected = rejected.or_else(|| spf_rejection(&from, enforce));
        self.verdicts.spf = Some(from);
        rejected.unwrap_or(Action::Accept)
    }

    async fn dkim(&mut self, message: &IncomingMessage) {
        let verdicts = message.verify_dkim(&mut self.dns).await;
        if verdicts.is_empty() {
            self.results.push("dkim=none".into());
            let none = Proof::default();
            self.record(Check::Dkim, Verdict::Neutral, Reason::DkimUnsigned, &none);
        }
        for dkim in &verdicts {
            let verdict = match dkim.result {
                DkimResult::Pass => Verdict::Pass,
                DkimResult::Fail => Verdict::Fail,
                _ => Verdict::Neutral,
            };
            let signer = dkim.domain.as_deref().unwrap_or("?");
            self.results.push(results::dkim(dkim));
            let reason = Reason::Dkim {
                domain: signer.to_owned(),
                result: dkim.result.into(),
                reason: dkim.reason.clone(),
            };
            self.record(Check::Dkim, verdict, reason, &dkim.proof);
        }
        self.verdicts.dkim = verdicts;
    }

    async fn arc(&mut self, message: &IncomingMessage) {
        let arc = message.verify_arc(&mut self.dns).await;
        if let Some(result) = results::arc(&arc) {
            self.results.push(result);
            let verdict = match arc.result {
                ArcResult::Pass => Verdict::Pass,
                ArcResult::Fail => Verdict::Fail,
                _ => Verdict::Neutral,
            };
            let reason = Reason::Arc {
                result: arc.result.into(),
                reason: arc.reason.clone(),
            };
            self.record(Check::Arc, verdict, reason, &Proof::default());
        }
        self.verdicts.arc = Some(arc);
    }

    async fn dmarc(
        &mut self,
        origin: Origin<'_>,
        policies: &Policies,
        message: &IncomingMessage,
    ) -> Action {
        let identifiers = self.identifiers(origin);
        let authors = message.author_domains();
        if authors.len() > AUTHORS_MAX {
            self.results.push("dmarc=permerror".into());
            let reason = Reason::DmarcNotEvaluated {
                reason: DmarcReason::TooManyAuthors {
                    limit: AUTHORS_MAX as u32,
                },
            };
            self.record(Check::Dmarc, Verdict::Fail, reason, &Proof::default());
            return Action::Junk;
        }
        let mut worst: Option<Dmarc> = None;
        // RFC 9989 §4.1: with several authors, each domain is evaluated and the strictest result
        // counts.
        for author in &authors {
            let found = dmarc::evaluate(&mut self.dns, author, &identifiers).await;
            if worst
                .as_ref()
                .is_none_or(|w| strictness(&found) > strictness(w))
            {
                worst = Some(found);
            }
        }
        let Some(dmarc) = worst else {
            self.results.push("dmarc=permerror".into());
            let reason = Reason::DmarcNotEvaluated {
                reason: DmarcReason::NoAuthor,
            };
            self.record(Check::Dmarc, Verdict::Neutral, reason, &Proof::default());
            return Action::Accept;
        };
        self.results.push(results::dmarc(&dmarc));
        let verdict = match dmarc.result {
            DmarcResult::Pass => Verdict::Pass,
            DmarcResult::Fail => Verdict::Fail,
            _ => Verdict::Neutral,
        };
        let mut reason = dmarc.reason.clone();
        let mut action = requested_action(&dmarc);
        if action != Action::Accept
            && policies.arc == Mode::Enforce
            && self.has_trusted_seal(policies)
        {
            reason = DmarcReason::Overridden {
                reason: Box::new(reason),
            };
            action = Action::Accept;
            self.verdicts.overridden = true;
        }
        let reason = Reason::Dmarc {
            domain: dmarc.domain.clone(),
            result: dmarc.result.into(),
            reason,
        };
        self.record(Check::Dmarc, verdict, reason, &dmarc.proof);
        self.verdicts.dmarc = Some(dmarc);
        action
    }

    fn identifiers(&self, origin: Origin<'_>) -> Identifiers {
        let of = |result: DkimResult| {
            self.verdicts
                .dkim
                .iter()
                .filter(move |d| d.result == result)
                .filter_map(|d| d.domain.clone())
                .collect()
        };
        let spf = self.verdicts.spf.as_ref();
        let sender = || match origin.sender {
            Some(sender) => sender.domain().map(|d| d.to_string()),
            None => Some(origin.helo.to_owned()),
        };
        let with = |result: SpfResult| spf.filter(|s| s.result == result).and_then(|_| sender());
        Identifiers {
            spf: with(SpfResult::Pass),
            spf_temporary: with(SpfResult::TempError),
            dkim: of(DkimResult::Pass),
            dkim_temporary: of(DkimResult::TempError),
        }
    }

    fn has_trusted_seal(&self, policies: &Policies) -> bool {
        self.verdicts.arc.as_ref().is_some_and(|arc| {
            arc.result == ArcResult::Pass
                && arc.sealer.as_ref().is_some_and(|s| {
                    policies
                        .trusted_sealers
                        .iter()
                        .any(|t| t.eq_ignore_ascii_case(s))
                })
                && arc
                    .saw
                    .as_ref()
                    .is_some_and(|saw| saw.split(';').any(|r| r.trim().starts_with("dmarc=pass")))
        })
    }
}

fn spf_reason(identity: SpfIdentity, domain: String, spf: &Spf) -> Reason {
    Reason::Spf {
        identity,
        domain,
        result: spf.result.into(),
        reason: spf.reason.clone(),
    }
}

fn verdict(result: SpfResult) -> Verdict {
    match result {
        SpfResult::Pass => Verdict::Pass,
        SpfResult::Fail => Verdict::Fail,
        _ => Verdict::Neutral,
    }
}

#[cfg(test)]
mod tests;

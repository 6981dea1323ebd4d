//! `check_host()` (RFC 7208 §4): evaluates a record and the records that it includes, within the
//! limits, and finds the term that decides.

mod lookups;
mod mechanisms;
mod steps;

use super::SpfResult;
use super::macros::MacroText;
use super::record::{Qualifier, SpfRecord, is_record};
use crate::dns::{DnsLookups, is_name, to_ascii};
use crate::proof::Proof;
use event::catalogue::authentication::{SpfMatch, SpfReason};
use event::{ProofFact, TermOutcome};
use mail::dns::Failure;
use std::net::IpAddr;
use world::BoxFuture;

/// The most terms that need DNS lookups (RFC 7208 §4.6.4).
pub const LOOKUPS_MAX: u32 = 10;
/// The most lookups without an answer (RFC 7208 §4.6.4).
pub const VOID_LOOKUPS_MAX: u32 = 2;
/// The most hosts of one `mx`, and names of one `ptr` (RFC 7208 §4.6.4).
const NAMES_MAX: usize = 10;

/// The parameters of a check.
#[derive(Clone, Copy, Debug)]
pub struct SpfCheck<'a> {
    /// The address of the sending host.
    pub ip: IpAddr,
    /// Its name in HELO or EHLO.
    pub helo: &'a str,
    /// The sender's local part; `postmaster` where there is none.
    pub local: &'a str,
    /// The domain to check: of MAIL FROM or of HELO.
    pub domain: &'a str,
    /// The name of this host, for explanations.
    pub receiver: &'a str,
}

/// The result of a check, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spf {
    /// The result.
    pub result: SpfResult,
    /// The domain that was checked.
    pub domain: String,
    /// Which record and term decided.
    pub reason: SpfReason,
    /// The explanation of the domain for a failure (RFC 7208 §6.2).
    pub explanation: Option<String>,
    /// The steps of the proof, record by record and term by term.
    pub proof: Proof,
}

/// Checks whether `ip` may send in the name of `domain`.
pub async fn check(dns: &mut DnsLookups<'_>, asked: SpfCheck<'_>) -> Spf {
    let ip = match asked.ip {
        // A mapped address is an IPv4 client (RFC 7208 §5).
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(asked.ip, IpAddr::V4),
        four => four,
    };
    let domain = to_ascii(asked.domain);
    let local = if asked.local.is_empty() {
        "postmaster"
    } else {
        asked.local
    };
    let mut evaluation = Evaluation {
        dns,
        ip,
        local,
        sender: domain.clone(),
        helo: asked.helo,
        receiver: asked.receiver,
        lookups: 0,
        voids: 0,
        names: None,
        proof: Proof::default(),
        decided: None,
    };
    evaluation.proof.step(ProofFact::Client { address: ip });
    let DomainResult {
        result,
        reason,
        exp,
    } = evaluation.domain_result(domain.clone()).await;
    let explanation = match exp {
        Some((exp, at)) if result == SpfResult::Fail => evaluation.explain(&exp, &at).await,
        _ => None,
    };
    evaluation.flip(result, &domain);
    Spf {
        result,
        domain,
        reason,
        explanation,
        proof: evaluation.proof,
    }
}

struct Evaluation<'w, 'a> {
    dns: &'w mut DnsLookups<'a>,
    ip: IpAddr,
    local: &'w str,
    sender: String,
    helo: &'w str,
    receiver: &'w str,
    lookups: u32,
    voids: u32,
    // The validated names of the client (RFC 7208 §5.5), once they were looked up.
    names: Option<Vec<String>>,
    proof: Proof,
    // The term that decided, with its domain.
    decided: Option<(String, String)>,
}

/// The result of one domain's record.
struct DomainResult {
    result: SpfResult,
    reason: SpfReason,
    exp: Option<(MacroText, String)>,
}

/// A final result that ends the evaluation.
struct Stop {
    result: SpfResult,
    reason: Box<SpfReason>,
}

impl Stop {
    fn new(result: SpfResult, reason: SpfReason) -> Stop {
        Stop {
            result,
            reason: Box::new(reason),
        }
    }

    fn temporary(reason: SpfReason) -> Stop {
        Stop::new(SpfResult::TempError, reason)
    }

    fn permanent(reason: SpfReason) -> Stop {
        Stop::new(SpfResult::PermError, reason)
    }
}

impl DomainResult {
    fn of(result: SpfResult, reason: SpfReason) -> DomainResult {
        DomainResult {
            result,
            reason,
            exp: None,
        }
    }
}

impl From<Stop> for DomainResult {
    fn from(stop: Stop) -> DomainResult {
        DomainResult::of(stop.result, *stop.reason)
    }
}

impl Evaluation<'_, '_> {
    // Boxed: records include each other.
    fn domain_result(&mut self, domain: String) -> BoxFuture<'_, DomainResult> {
        Box::pin(async move {
            // RFC 7208 §4.3: malformed, or not of several labels.
            if !is_name(&domain) || !domain.contains('.') || domain.starts_with('[') {
                return DomainResult::of(SpfResult::None, SpfReason::NotADomain { name: domain });
            }
            let found = self.record(&domain).await;
            match &found {
                Ok((text, _)) => self.proof.step(ProofFact::Record {
                    name: domain.clone(),
                    text: text.clone(),
                }),
                Err(stop) => self.proof.step(ProofFact::NoSpfRecord {
                    name: domain.clone(),
                    reason: SpfReason::clone(&stop.reason),
                }),
            }
            match found {
                Ok((text, record)) => self
                    .terms_result(&domain, &text, record)
                    .await
                    .unwrap_or_else(DomainResult::from),
                Err(stop) => DomainResult::from(stop),
            }
        })
    }

    // RFC 7208 §4.4 and §4.5.
    async fn record(&mut self, domain: &str) -> Result<(String, SpfRecord), Stop> {
        let owned = || domain.to_owned();
        let texts = match self.dns.texts(domain).await {
            Ok(texts) => texts,
            Err(Failure::NoSuchName) => {
                return Err(Stop::new(
                    SpfResult::None,
                    SpfReason::NoSuchDomain { domain: owned() },
                ));
            }
            Err(failure) => {
                return Err(Stop::new(
                    SpfResult::TempError,
                    SpfReason::Dns {
                        name: owned(),
                        record: "TXT".to_owned(),
                        failure,
                    },
                ));
            }
        };
        let mut records = texts.into_iter().filter(|t| is_record(t));
        let Some(text) = records.next() else {
            return Err(Stop::new(
                SpfResult::None,
                SpfReason::NoRecord { domain: owned() },
            ));
        };
        if records.next().is_some() {
            return Err(Stop::new(
                SpfResult::PermError,
                SpfReason::SeveralRecords { domain: owned() },
            ));
        }
        match SpfRecord::parse(&text) {
            Ok(record) => Ok((text, record)),
            Err(term) => Err(Stop::new(
                SpfResult::PermError,
                SpfReason::Syntax {
                    term: term.to_owned(),
                    domain: owned(),
                    record: text.clone(),
                },
            )),
        }
    }

    async fn terms_result(
        &mut self,
        domain: &str,
        text: &str,
        record: SpfRecord,
    ) -> Result<DomainResult, Stop> {
        for directive in &record.directives {
            let place = self.proof.place();
            self.proof.descend();
            let tried = self.matches(domain, &directive.mechanism).await;
            self.proof.ascend();
            self.record_term(place, &directive.text, &tried);
            if tried.as_ref().map_or(true, Option::is_some) {
                // Of the terms that decided one after the other, the outermost comes last.
                self.decided = Some((directive.text.clone(), domain.to_owned()));
            }
            let Some(how) = tried? else { continue };
            let result = match directive.qualifier {
                Qualifier::Pass => SpfResult::Pass,
                Qualifier::Fail => SpfResult::Fail,
                Qualifier::SoftFail => SpfResult::SoftFail,
                Qualifier::Neutral => SpfResult::Neutral,
            };
            let reason = SpfReason::Matched {
                term: directive.text.clone(),
                domain: domain.to_owned(),
                how,
                record: text.to_owned(),
            };
            return Ok(DomainResult {
                result,
                reason,
                exp: record.exp.map(|exp| (exp, domain.to_owned())),
            });
        }
        if let Some(redirect) = &record.redirect {
            return self.redirect_result(domain, redirect).await;
        }
        self.proof.step(ProofFact::NoTermMatches);
        // RFC 7208 §4.7
        Ok(DomainResult::of(
            SpfResult::Neutral,
            SpfReason::NoMatch {
                domain: domain.to_owned(),
                address: self.ip,
                record: text.to_owned(),
            },
        ))
    }

    // RFC 7208 §6.1
    async fn redirect_result(
        &mut self,
        domain: &str,
        redirect: &MacroText,
    ) -> Result<DomainResult, Stop> {
        self.count_lookup(domain, "redirect")?;
        let target = self.name(redirect, domain).await;
        self.proof.step(ProofFact::Term {
            term: format!("redirect={target}"),
            outcome: TermOutcome::Match {
                how: SpfMatch::Include,
            },
            lookups: self.lookups,
            void_lookups: self.voids,
        });
        self.proof.descend();
        let found = self.domain_result(target.clone()).await;
        self.proof.ascend();
        let domain = domain.to_owned();
        let reason = Box::new(found.reason);
        if found.result == SpfResult::None {
            return Err(Stop::permanent(SpfReason::RedirectWithoutRecord {
                domain,
                target,
                reason,
            }));
        }
        Ok(DomainResult {
            result: found.result,
            reason: SpfReason::Redirect {
                domain,
                target,
                reason,
            },
            exp: found.exp,
        })
    }

    async fn explain(&mut self, exp: &MacroText, domain: &str) -> Option<String> {
        let name = self.name(exp, domain).await;
        // RFC 7208 §6.2: an invalid explanation is ignored.
        let texts = self.dns.texts(&name).await.ok()?;
        let [text] = texts.as_slice() else {
            return None;
        };
        let macros = MacroText::explanation(text)?;
        let validated = self.validated_for(&macros, domain).await;
        let explanation = macros.expand(&self.values(domain, &validated));
        (explanation.is_ascii() && !explanation.contains(|c: char| c.is_ascii_control()))
            .then_some(explanation)
    }
}

#[cfg(test)]
mod tests;

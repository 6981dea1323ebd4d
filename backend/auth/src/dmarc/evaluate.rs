//! The verdict for an author's domain (RFC 9989 §5.3): finds the policy that applies
//! ([`discovery`](super::discovery)), compares the verified identifiers with it
//! ([`alignment`](super::alignment)), and says why ([`narration`](super::narration)).
//!
//! Failures: DNS that does not answer makes the verdict `temperror`.

use super::alignment::{Alignments, Checker};
use super::discovery::{Published, published};
use super::narration;
use super::record::{DmarcRecord, Policy};
use super::walk::{organizational, walk};
use crate::ask::{Asking, to_ascii};
use crate::proof::Proof;
use event::ProofFact;
use event::catalogue::authentication::{AuthResult, DmarcReason};

/// Results (RFC 8601 §2.7, RFC 9989 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DmarcResult {
    /// The domain publishes no policy.
    None,
    /// A verified domain speaks for the author's.
    Pass,
    /// None does.
    Fail,
    /// DNS failed.
    TempError,
    /// The message has no author's domain that could be asked.
    PermError,
}

impl DmarcResult {
    /// As in Authentication-Results.
    pub fn as_str(self) -> &'static str {
        match self {
            DmarcResult::None => "none",
            DmarcResult::Pass => "pass",
            DmarcResult::Fail => "fail",
            DmarcResult::TempError => "temperror",
            DmarcResult::PermError => "permerror",
        }
    }
}

impl From<DmarcResult> for AuthResult {
    fn from(result: DmarcResult) -> AuthResult {
        match result {
            DmarcResult::None => AuthResult::None,
            DmarcResult::Pass => AuthResult::Pass,
            DmarcResult::Fail => AuthResult::Fail,
            DmarcResult::TempError => AuthResult::TempError,
            DmarcResult::PermError => AuthResult::PermError,
        }
    }
}

/// What was verified before, without regard to the author.
#[derive(Clone, Debug, Default)]
pub struct Identifiers {
    /// The domain that passed SPF for MAIL FROM (for the null sender: HELO).
    pub spf: Option<String>,
    /// SPF could not be decided for this domain.
    pub spf_temporary: Option<String>,
    /// The domains of signatures that passed.
    pub dkim: Vec<String>,
    /// Those that could not be decided.
    pub dkim_temporary: Vec<String>,
}

/// A verdict and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// The verdict.
    pub result: DmarcResult,
    /// The author's domain.
    pub domain: String,
    /// What is to be done where it fails; `t=y` is taken into account.
    pub policy: Policy,
    /// Where the record stands, and the record.
    pub record: Option<(String, DmarcRecord)>,
    /// The domain that SPF passed is aligned.
    pub spf_aligned: bool,
    /// The domain of a signature that passed is aligned.
    pub dkim_aligned: bool,
    /// What decided.
    pub reason: DmarcReason,
    /// Name by name and domain by domain.
    pub proof: Proof,
}

/// Evaluates one author's domain.
pub async fn evaluate(asking: &mut Asking<'_>, author: &str, identifiers: &Identifiers) -> Dmarc {
    let domain = to_ascii(author);
    let mut proof = Proof::default();
    proof.step(ProofFact::Author {
        domain: domain.clone(),
    });
    let walked = match walk(asking, &domain).await {
        Ok(walked) => walked,
        Err((name, failure)) => {
            let reason = DmarcReason::Dns { name, failure };
            return without_policy(DmarcResult::TempError, domain, reason, proof);
        }
    };
    narration::walk(&walked, &mut proof);
    let found = match published(asking, &walked).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let reason = DmarcReason::NoRecord {
                domain: domain.clone(),
            };
            return without_policy(DmarcResult::None, domain, reason, proof);
        }
        Err((name, failure)) => {
            let reason = DmarcReason::Dns { name, failure };
            return without_policy(DmarcResult::TempError, domain, reason, proof);
        }
    };
    let organization = organizational(&walked).to_owned();
    proof.step(ProofFact::Organization {
        domain: organization.clone(),
    });
    let mut checker = Checker::new(asking, &domain, &organization);
    let alignments = checker
        .compare(&found.record, identifiers, &mut proof)
        .await;
    let applied = found.applied();
    narration::policy(&found, &mut proof);
    let (result, reason) = narration::conclude(&domain, &alignments, identifiers, &found);
    proof.step(ProofFact::Flip(narration::flip(
        result,
        &domain,
        identifiers,
    )));
    let Alignments { dkim, spf, .. } = alignments;
    let Published { name, record, .. } = found;
    Dmarc {
        result,
        domain,
        policy: applied,
        record: Some((name, record)),
        spf_aligned: spf.is_some(),
        dkim_aligned: dkim.is_some(),
        reason,
        proof,
    }
}

fn without_policy(result: DmarcResult, domain: String, reason: DmarcReason, proof: Proof) -> Dmarc {
    Dmarc {
        result,
        domain,
        policy: Policy::None,
        record: None,
        spf_aligned: false,
        dkim_aligned: false,
        reason,
        proof,
    }
}

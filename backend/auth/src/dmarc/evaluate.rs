//! Evaluates DMARC for one author's domain (RFC 9989 §5.3): finds the policy that applies
//! ([`discovery`](super::discovery)), compares the verified identifiers with the domain
//! ([`alignment`](super::alignment)), and gives the reason and the proof
//! ([`narration`](super::narration)).
//!
//! Failures: a failed lookup makes the result `temperror`.

use super::alignment::{Alignments, Checker};
use super::discovery::{Published, published};
use super::identifiers::Identifiers;
use super::narration;
use super::record::{DmarcRecord, Policy};
use super::result::DmarcResult;
use super::walk::{organizational, walk};
use crate::dns::{DnsLookups, to_ascii};
use crate::proof::Proof;
use event::ProofFact;
use event::catalogue::authentication::DmarcReason;

/// The result for one author's domain, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// The result.
    pub result: DmarcResult,
    /// The author's domain.
    pub domain: String,
    /// The policy for a message that fails; `t=y` is taken into account.
    pub policy: Policy,
    /// The record that applies, with the domain that publishes it.
    pub record: Option<(String, DmarcRecord)>,
    /// The domain that passed SPF is aligned.
    pub spf_aligned: bool,
    /// The domain of a signature that passed is aligned.
    pub dkim_aligned: bool,
    /// What decided.
    pub reason: DmarcReason,
    /// The steps of the proof: the lookups, then the identifiers.
    pub proof: Proof,
}

/// Evaluates one author's domain.
pub async fn evaluate(dns: &mut DnsLookups<'_>, author: &str, identifiers: &Identifiers) -> Dmarc {
    let domain = to_ascii(author);
    let mut proof = Proof::default();
    proof.step(ProofFact::Author {
        domain: domain.clone(),
    });
    let walked = match walk(dns, &domain).await {
        Ok(walked) => walked,
        Err((name, failure)) => {
            let reason = DmarcReason::Dns { name, failure };
            return without_policy(DmarcResult::TempError, domain, reason, proof);
        }
    };
    narration::walk(&walked, &mut proof);
    let found = match published(dns, &walked).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            let reason = narration::no_record(&domain, &walked);
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
    let mut checker = Checker::new(dns, &domain, &organization);
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

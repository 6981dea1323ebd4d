//! The reason and the proof steps of a DMARC result. Makes no lookups.

use super::alignment::Alignments;
use super::discovery::Published;
use super::identifiers::Identifiers;
use super::record::PolicyFault;
use super::result::DmarcResult;
use super::walk::Walk;
use crate::proof::Proof;
use event::catalogue::authentication::{AuthMethod, DmarcReason, VerifiedDomain};
use event::{Flip, ProofFact};

/// Records the names of the tree walk and their records.
pub(super) fn walk(walked: &Walk, proof: &mut Proof) {
    for name in &walked.asked {
        let place = format!("_dmarc.{name}");
        let usable = walked.found.iter().find(|(found, _)| found == name);
        let unusable = walked.unusable.iter().find(|found| found.name == *name);
        let text = usable
            .map(|(_, record)| &record.text)
            .or(unusable.map(|found| &found.text));
        proof.step(match text {
            Some(text) => ProofFact::PolicyRecord {
                name: place,
                text: text.clone(),
            },
            None => ProofFact::NoPolicyRecord { name: place },
        });
    }
}

/// Why no record applies.
pub(super) fn no_record(domain: &str, walked: &Walk) -> DmarcReason {
    match &walked.unusable {
        Some(unusable) => {
            let name = format!("_dmarc.{}", unusable.name);
            match &unusable.fault {
                PolicyFault::Unknown(policy) => DmarcReason::UnknownPolicy {
                    name,
                    policy: policy.clone(),
                },
                PolicyFault::Missing => DmarcReason::MissingPolicy { name },
                PolicyFault::Version(beginning) => DmarcReason::WrongBeginning {
                    name,
                    beginning: beginning.clone(),
                },
            }
        }
        None => DmarcReason::NoRecord {
            domain: domain.to_owned(),
        },
    }
}

/// Records the policy of the domain.
pub(super) fn policy(found: &Published, proof: &mut Proof) {
    match &found.record.policy_fault {
        Some(PolicyFault::Unknown(policy)) => proof.step(ProofFact::UnknownPolicy {
            policy: policy.clone(),
        }),
        Some(PolicyFault::Missing) => proof.step(ProofFact::MissingPolicy),
        // Such a record is never found.
        Some(PolicyFault::Version(_)) | None => {}
    }
    proof.step(ProofFact::Policy {
        tag: found.tag.to_owned(),
        stated: found.stated.into(),
        applied: found.applied().into(),
    });
}

/// The result and its reason.
pub(super) fn conclude(
    domain: &str,
    alignments: &Alignments,
    identifiers: &Identifiers,
    found: &Published,
) -> (DmarcResult, DmarcReason) {
    let with_record = |reason| DmarcReason::WithRecord {
        reason: Box::new(reason),
        tag: found.tag.to_owned(),
        policy: found.stated.into(),
        name: format!("_dmarc.{}", found.name),
        record: found.record.text.clone(),
    };
    let aligned = |method, verified: &String| {
        with_record(DmarcReason::Aligned {
            method,
            verified: verified.clone(),
            domain: domain.to_owned(),
        })
    };
    let Alignments {
        dkim,
        spf,
        undecided,
    } = alignments;
    match (dkim, spf, undecided) {
        (Some(signer), ..) => (DmarcResult::Pass, aligned(AuthMethod::Dkim, signer)),
        (None, Some(sender), _) => (DmarcResult::Pass, aligned(AuthMethod::Spf, sender)),
        (None, None, Some(reason)) => (DmarcResult::TempError, with_record(reason.clone())),
        (None, None, None) => {
            let reason = with_record(unaligned(domain, identifiers));
            let reason = if found.record.testing {
                DmarcReason::Testing {
                    reason: Box::new(reason),
                    applied: found.applied().into(),
                }
            } else {
                reason
            };
            (DmarcResult::Fail, reason)
        }
    }
}

fn unaligned(domain: &str, identifiers: &Identifiers) -> DmarcReason {
    let by = |method| {
        move |domain: &String| VerifiedDomain::By {
            method,
            domain: domain.clone(),
        }
    };
    let verified: Vec<VerifiedDomain> = identifiers
        .dkim
        .iter()
        .map(by(AuthMethod::Dkim))
        .chain(identifiers.spf.iter().map(by(AuthMethod::Spf)))
        .collect();
    let domain = domain.to_owned();
    if verified.is_empty() {
        DmarcReason::NothingVerified { domain }
    } else {
        DmarcReason::NotAligned { verified, domain }
    }
}

/// The smallest change that would turn the result.
pub(super) fn flip(result: DmarcResult, domain: &str, identifiers: &Identifiers) -> Flip {
    match result {
        DmarcResult::Pass => Flip::Unalign,
        _ if identifiers.dkim.is_empty() && identifiers.spf.is_none() => Flip::Sign {
            domain: domain.to_owned(),
        },
        _ => Flip::Align,
    }
}

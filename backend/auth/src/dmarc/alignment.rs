//! Whether verified domains are aligned with the author's (RFC 9989 §4.4).

use super::identifiers::Identifiers;
use super::record::{Alignment, DmarcRecord};
use super::walk::{organizational, walk};
use crate::dns::{DnsLookups, to_ascii};
use crate::proof::Proof;
use event::ProofFact;
use event::catalogue::authentication::{AlignmentMode, AuthMethod, DmarcReason};

/// The identifiers that are aligned.
#[derive(Default)]
pub(super) struct Alignments {
    /// The first aligned domain of a signature that passed.
    pub dkim: Option<String>,
    /// The domain that passed SPF, where it is aligned.
    pub spf: Option<String>,
    /// Why a failure would not be final.
    pub undecided: Option<DmarcReason>,
}

/// Compares domains with one author's.
pub(super) struct Checker<'s, 'a> {
    dns: &'s mut DnsLookups<'a>,
    author: &'s str,
    organization: &'s str,
    undecided: Option<DmarcReason>,
}

impl<'s, 'a> Checker<'s, 'a> {
    pub(super) fn new(
        dns: &'s mut DnsLookups<'a>,
        author: &'s str,
        organization: &'s str,
    ) -> Checker<'s, 'a> {
        Checker {
            dns,
            author,
            organization,
            undecided: None,
        }
    }

    /// Compares what was verified; where nothing is aligned, also what could not be decided.
    pub(super) async fn compare(
        &mut self,
        record: &DmarcRecord,
        identifiers: &Identifiers,
        proof: &mut Proof,
    ) -> Alignments {
        let mut found = Alignments::default();
        for signer in &identifiers.dkim {
            let aligned = self.aligned(signer, record.dkim).await;
            proof.step(identifier(AuthMethod::Dkim, signer, record.dkim, aligned));
            if aligned {
                found.dkim = Some(signer.clone());
                break;
            }
        }
        if let Some(sender) = &identifiers.spf {
            let aligned = self.aligned(sender, record.spf).await;
            proof.step(identifier(AuthMethod::Spf, sender, record.spf, aligned));
            found.spf = aligned.then(|| sender.clone());
        }
        for (method, verified) in [
            (AuthMethod::Dkim, !identifiers.dkim.is_empty()),
            (AuthMethod::Spf, identifiers.spf.is_some()),
        ] {
            if !verified {
                proof.step(ProofFact::NoIdentifier { method });
            }
        }
        found.undecided = self.undecided.take();
        if found.dkim.is_none() && found.spf.is_none() {
            self.compare_undecided(record, identifiers, &mut found)
                .await;
        }
        found
    }

    async fn compare_undecided(
        &mut self,
        record: &DmarcRecord,
        identifiers: &Identifiers,
        found: &mut Alignments,
    ) {
        for signer in &identifiers.dkim_temporary {
            if self.aligned(signer, record.dkim).await {
                found.undecided = Some(DmarcReason::DkimUndecided {
                    domain: signer.clone(),
                });
            }
        }
        if let Some(sender) = &identifiers.spf_temporary
            && self.aligned(sender, record.spf).await
        {
            found.undecided = Some(DmarcReason::SpfUndecided {
                domain: sender.clone(),
            });
        }
    }

    // RFC 9989 §4.4
    async fn aligned(&mut self, verified: &str, mode: Alignment) -> bool {
        let verified = to_ascii(verified);
        if verified == self.author {
            return true;
        }
        if mode == Alignment::Strict {
            return false;
        }
        // A domain outside the organization's name cannot be of it: no lookup is needed.
        let within =
            verified == self.organization || verified.ends_with(&format!(".{}", self.organization));
        if !within {
            return false;
        }
        match walk(self.dns, &verified).await {
            Ok(walked) => organizational(&walked) == self.organization,
            Err((name, failure)) => {
                self.undecided = Some(DmarcReason::Dns { name, failure });
                false
            }
        }
    }
}

fn identifier(method: AuthMethod, domain: &str, mode: Alignment, aligned: bool) -> ProofFact {
    let domain = domain.to_owned();
    let mode = match mode {
        Alignment::Strict => AlignmentMode::Strict,
        Alignment::Relaxed => AlignmentMode::Relaxed,
    };
    if aligned {
        ProofFact::Identifier {
            method,
            domain,
            mode,
        }
    } else {
        ProofFact::UnalignedIdentifier {
            method,
            domain,
            mode,
        }
    }
}

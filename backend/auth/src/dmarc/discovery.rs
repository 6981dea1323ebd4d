//! Finds the DMARC record and the policy in it that apply to an author's domain (RFC 9989 §4.10.1).

use super::record::{DmarcRecord, Policy, Psd};
use super::walk::{Walk, organizational};
use crate::dns::DnsLookups;
use mail::dns::{Failure, RecordType};

/// The record that applies.
pub(super) struct Published {
    /// The domain that publishes it, without `_dmarc.`.
    pub name: String,
    pub record: DmarcRecord,
    /// The published policy.
    pub stated: Policy,
    /// The tag of that policy: `p`, `sp`, `np`.
    pub tag: &'static str,
}

impl Published {
    /// The policy to apply: with `t=y` the next milder one (RFC 9989 §4.7).
    pub(super) fn applied(&self) -> Policy {
        if self.record.testing {
            self.stated.milder()
        } else {
            self.stated
        }
    }
}

/// Finds the record: the domain's own, or that of its organization, or that of its public suffix.
///
/// # Errors
/// The name for which DNS failed.
pub(super) async fn published(
    dns: &mut DnsLookups<'_>,
    walked: &Walk,
) -> Result<Option<Published>, (String, Failure)> {
    let found = |name: &str, record: &DmarcRecord, stated, tag| {
        Ok(Some(Published {
            name: name.to_owned(),
            record: record.clone(),
            stated,
            tag,
        }))
    };
    if let Some((name, record)) = walked
        .found
        .first()
        .filter(|(name, _)| *name == walked.start)
    {
        return found(name, record, record.policy, "p");
    }
    let organization = organizational(walked);
    let by_name = |name: &str| walked.found.iter().find(|(n, _)| n == name);
    let Some((name, record)) =
        by_name(organization).or_else(|| walked.found.iter().find(|(_, r)| r.psd == Psd::Yes))
    else {
        return Ok(None);
    };
    if record.nonexistent == record.subdomains {
        return found(name, record, record.subdomains, "sp");
    }
    // RFC 9989 §3.2.13: a name that DNS answers with NXDOMAIN does not exist.
    match dns.records(&walked.start, RecordType::A).await {
        Ok(_) => found(name, record, record.subdomains, "sp"),
        Err(Failure::NoSuchName) => found(name, record, record.nonexistent, "np"),
        Err(failure) => Err((walked.start.clone(), failure)),
    }
}

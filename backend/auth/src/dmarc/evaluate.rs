//! The verdict for an author's domain (RFC 9989 §5.3): the policy that applies, and whether a
//! verified identifier is aligned with it.

use super::record::{Alignment, DmarcRecord, Policy, Psd};
use super::walk::{Walk, organizational, walk};
use crate::ask::{Asking, to_ascii};
use crate::proof::Proof;
use mail::dns::{Failure, RecordType};

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
    pub why: String,
    /// Name by name and domain by domain.
    pub proof: Proof,
}

/// Evaluates one author's domain.
pub async fn evaluate(asking: &mut Asking<'_>, author: &str, identifiers: &Identifiers) -> Dmarc {
    let domain = to_ascii(author);
    let mut told = Proof::default();
    told.step(&format!("author {domain}"));
    let none = |result, why, proof| Dmarc {
        result,
        domain: domain.clone(),
        policy: Policy::None,
        record: None,
        spf_aligned: false,
        dkim_aligned: false,
        why,
        proof,
    };
    let walked = match walk(asking, &domain).await {
        Ok(walked) => walked,
        Err((name, failure)) => {
            return none(DmarcResult::TempError, format!("{name}: {failure}"), told);
        }
    };
    for name in &walked.asked {
        match walked.found.iter().find(|(found, _)| found == name) {
            Some((_, record)) => told.step(&format!("walk _dmarc.{name} record {}", record.text)),
            None => told.step(&format!("walk _dmarc.{name} none")),
        }
    }
    let (place, record, stated, tag) = match applies(asking, &walked).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            return none(
                DmarcResult::None,
                format!("neither {domain} nor a domain above it publishes a DMARC record"),
                told,
            );
        }
        Err((name, failure)) => {
            return none(DmarcResult::TempError, format!("{name}: {failure}"), told);
        }
    };
    let policy = if record.testing {
        stated.milder()
    } else {
        stated
    };
    let organization = organizational(&walked).to_owned();
    told.step(&format!("organization {organization}"));
    let mut aligning = Aligning {
        asking,
        author: &domain,
        organization: &organization,
        temporary: None,
    };
    let mut dkim = None;
    for signer in &identifiers.dkim {
        let aligned = aligning.aligned(signer, record.dkim).await;
        told.step(&identifier("dkim", signer, record.dkim, aligned));
        if aligned {
            dkim = Some(signer.clone());
            break;
        }
    }
    let mut spf = None;
    if let Some(sender) = &identifiers.spf {
        let aligned = aligning.aligned(sender, record.spf).await;
        told.step(&identifier("spf", sender, record.spf, aligned));
        spf = aligned.then(|| sender.clone());
    }
    for (what, there) in [
        ("dkim", !identifiers.dkim.is_empty()),
        ("spf", identifiers.spf.is_some()),
    ] {
        if !there {
            told.step(&format!("identifier {what} none"));
        }
    }
    told.step(&format!("policy {tag} {stated} {policy}"));
    let mut undecided = aligning.temporary.take();
    if dkim.is_none() && spf.is_none() {
        for signer in &identifiers.dkim_temporary {
            if aligning.aligned(signer, record.dkim).await {
                undecided = Some(format!(
                    "the signature of {signer} could not be verified for now"
                ));
            }
        }
        if let Some(sender) = &identifiers.spf_temporary
            && aligning.aligned(sender, record.spf).await
        {
            undecided = Some(format!("SPF of {sender} could not be decided for now"));
        }
    }
    let proof = format!("{tag}={stated} at _dmarc.{place}: {}", record.text);
    let aligned = |name: &str, what: &str| {
        format!("{what} verified {name}, which speaks for {domain}; {proof}")
    };
    let (result, why) = match (&dkim, &spf, undecided) {
        (Some(signer), ..) => (DmarcResult::Pass, aligned(signer, "DKIM")),
        (None, Some(sender), _) => (DmarcResult::Pass, aligned(sender, "SPF")),
        (None, None, Some(why)) => (DmarcResult::TempError, format!("{why}; {proof}")),
        (None, None, None) => {
            let test = if record.testing {
                format!("; t=y makes that {policy}")
            } else {
                String::new()
            };
            (
                DmarcResult::Fail,
                format!("{}; {proof}{test}", unaligned(&domain, identifiers)),
            )
        }
    };
    told.step(&match result {
        DmarcResult::Pass => "flip unalign".to_owned(),
        _ if identifiers.dkim.is_empty() && identifiers.spf.is_none() => {
            format!("flip sign {domain}")
        }
        _ => "flip align".to_owned(),
    });
    let (spf_aligned, dkim_aligned) = (spf.is_some(), dkim.is_some());
    Dmarc {
        result,
        domain,
        policy,
        record: Some((place, record)),
        spf_aligned,
        dkim_aligned,
        why,
        proof: told,
    }
}

fn identifier(what: &str, domain: &str, how: Alignment, aligned: bool) -> String {
    let how = if how == Alignment::Strict {
        "strict"
    } else {
        "relaxed"
    };
    format!(
        "identifier {what} {domain} {how} {}",
        if aligned { "aligned" } else { "unaligned" }
    )
}

fn unaligned(domain: &str, identifiers: &Identifiers) -> String {
    let verified: Vec<String> = identifiers
        .dkim
        .iter()
        .map(|d| format!("DKIM verified {d}"))
        .chain(identifiers.spf.iter().map(|d| format!("SPF verified {d}")))
        .collect();
    if verified.is_empty() {
        format!("neither SPF nor DKIM verified any domain, so none speaks for {domain}")
    } else {
        format!("{}, which does not speak for {domain}", verified.join(", "))
    }
}

type Applies = Option<(String, DmarcRecord, Policy, &'static str)>;

// The record that applies, and which policy of it (RFC 9989 §4.10.1).
async fn applies(asking: &mut Asking<'_>, walked: &Walk) -> Result<Applies, (String, Failure)> {
    if let Some((name, record)) = walked
        .found
        .first()
        .filter(|(name, _)| *name == walked.start)
    {
        return Ok(Some((name.clone(), record.clone(), record.policy, "p")));
    }
    let organization = organizational(walked);
    let by_name = |name: &str| walked.found.iter().find(|(n, _)| n == name);
    // The organization's, or else the public suffix's.
    let Some((name, record)) =
        by_name(organization).or_else(|| walked.found.iter().find(|(_, r)| r.psd == Psd::Yes))
    else {
        return Ok(None);
    };
    if record.nonexistent == record.subdomains {
        return Ok(Some((
            name.clone(),
            record.clone(),
            record.subdomains,
            "sp",
        )));
    }
    // RFC 9989 §3.2.13: a name that DNS answers with NXDOMAIN does not exist.
    let exists = match asking.ask(&walked.start, RecordType::A).await {
        Ok(_) => true,
        Err(Failure::NoSuchName) => false,
        Err(failure) => return Err((walked.start.clone(), failure)),
    };
    let (policy, tag) = if exists {
        (record.subdomains, "sp")
    } else {
        (record.nonexistent, "np")
    };
    Ok(Some((name.clone(), record.clone(), policy, tag)))
}

struct Aligning<'s, 'a> {
    asking: &'s mut Asking<'a>,
    author: &'s str,
    organization: &'s str,
    temporary: Option<String>,
}

impl Aligning<'_, '_> {
    // RFC 9989 §4.4
    async fn aligned(&mut self, verified: &str, how: Alignment) -> bool {
        let verified = to_ascii(verified);
        if verified == self.author {
            return true;
        }
        if how == Alignment::Strict {
            return false;
        }
        // Without a common ancestor of the organization's name they cannot be of it, and nothing
        // need be asked.
        let within =
            verified == self.organization || verified.ends_with(&format!(".{}", self.organization));
        if !within {
            return false;
        }
        match walk(self.asking, &verified).await {
            Ok(walked) => organizational(&walked) == self.organization,
            Err((name, failure)) => {
                self.temporary = Some(format!("{name}: {failure}"));
                false
            }
        }
    }
}

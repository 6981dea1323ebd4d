//! Parses a DMARC record (RFC 9989 §4.7). The obsolete tags `pct=`, `rf=` and `ri=` are ignored.

use crate::dkim::tags::Tags;
use event::catalogue::authentication::DmarcDisposition;
use percent_encoding::percent_decode_str;
use std::fmt;

/// The policy of a domain for messages that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Policy {
    /// No action.
    None,
    /// File them in Junk.
    Quarantine,
    /// Reject them.
    Reject,
}

impl Policy {
    /// The value of `p=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }

    fn parse(text: &str) -> Option<Policy> {
        [Policy::None, Policy::Quarantine, Policy::Reject]
            .into_iter()
            .find(|p| p.as_str().eq_ignore_ascii_case(text))
    }

    /// The next milder policy, which applies with `t=y` (RFC 9989 §4.7).
    pub fn milder(self) -> Policy {
        match self {
            Policy::Reject => Policy::Quarantine,
            _ => Policy::None,
        }
    }
}

impl From<Policy> for DmarcDisposition {
    fn from(policy: Policy) -> DmarcDisposition {
        match policy {
            Policy::None => DmarcDisposition::None,
            Policy::Quarantine => DmarcDisposition::Quarantine,
            Policy::Reject => DmarcDisposition::Reject,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How closely a verified domain must match the author's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alignment {
    /// It belongs to the same organization.
    Relaxed,
    /// It is the same domain.
    Strict,
}

/// `psd=`: whether the domain is a public suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Psd {
    /// It is a public suffix: others register names below it.
    Yes,
    /// It is an organizational domain.
    No,
    /// It does not say.
    Unknown,
}

/// An address for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportAddress {
    /// The address without `mailto:`.
    pub address: String,
    /// The largest report that it accepts, in bytes, where given.
    pub bytes_max: Option<u64>,
}

/// A parsed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DmarcRecord {
    /// `p=`; `none` where it is invalid but the record asks for reports.
    pub policy: Policy,
    /// What is wrong with `p=`, where it is invalid.
    pub policy_fault: Option<PolicyFault>,
    /// `sp=`: for existing subdomains.
    pub subdomains: Policy,
    /// `np=`: for subdomains that do not exist.
    pub nonexistent: Policy,
    /// `psd=`
    pub psd: Psd,
    /// `t=y`: the policy is in testing.
    pub testing: bool,
    /// `adkim=`
    pub dkim: Alignment,
    /// `aspf=`
    pub spf: Alignment,
    /// `fo=`
    pub failure_options: String,
    /// `rua=`
    pub aggregate: Vec<ReportAddress>,
    /// `ruf=`
    pub failure: Vec<ReportAddress>,
    /// The text of the record.
    pub text: String,
}

/// Why a record states no policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFault {
    /// The record does not begin with the tag `v=DMARC1`, but with this (RFC 9989 §4.7).
    Version(String),
    /// A value that is none of the three.
    Unknown(String),
    /// There is no `p=`.
    Missing,
}

impl DmarcRecord {
    /// `dmarc-record = dmarc-version *(*WSP ";" *WSP dmarc-tag) …`; `dmarc-version = "v" *WSP "="
    /// *WSP %s"DMARC1"`. `None`: it is not a DMARC record, or one that must be treated as absent
    /// (RFC 9989 §4.7, §4.10.1).
    pub fn parse(text: &str) -> Option<DmarcRecord> {
        if !has_version(text) {
            return None;
        }
        let tags = lenient(text);
        let get = |name: &str| {
            tags.iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| *v)
        };
        let aggregate = addresses(get("rua").unwrap_or_default());
        let policy = match get("p").and_then(Policy::parse) {
            Some(policy) => policy,
            None if !aggregate.is_empty() => Policy::None,
            None => return None,
        };
        // RFC 9989 §4.7: sp= defaults to p=, np= to sp=.
        let policy_fault = policy_fault(get("p"));
        let unreadable = policy_fault.is_some();
        let subdomains = if unreadable {
            policy
        } else {
            get("sp").and_then(Policy::parse).unwrap_or(policy)
        };
        let nonexistent = if unreadable {
            policy
        } else {
            get("np").and_then(Policy::parse).unwrap_or(subdomains)
        };
        let alignment = |name| {
            if get(name).is_some_and(|v| v.eq_ignore_ascii_case("s")) {
                Alignment::Strict
            } else {
                Alignment::Relaxed
            }
        };
        Some(DmarcRecord {
            policy,
            policy_fault,
            subdomains,
            nonexistent,
            psd: match get("psd").map(str::to_ascii_lowercase).as_deref() {
                Some("y") => Psd::Yes,
                Some("n") => Psd::No,
                _ => Psd::Unknown,
            },
            testing: get("t").is_some_and(|v| v.eq_ignore_ascii_case("y")),
            dkim: alignment("adkim"),
            spf: alignment("aspf"),
            failure_options: get("fo").unwrap_or("0").to_owned(),
            aggregate,
            failure: addresses(get("ruf").unwrap_or_default()),
            text: text.to_owned(),
        })
    }
}

/// Characters of a record's beginning that are quoted.
const BEGINNING_CHARS_MAX: usize = 60;

/// What makes a record unusable that is meant as a DMARC record: a wrong beginning, or neither a
/// policy nor an address for reports (RFC 9989 §4.7).
pub fn unusable_policy(text: &str) -> Option<PolicyFault> {
    if !has_version(text) {
        let beginning = text.split(';').next().unwrap_or_default();
        let beginning = beginning.chars().take(BEGINNING_CHARS_MAX).collect();
        let meant = text.to_ascii_lowercase().contains("dmarc1");
        return meant.then_some(PolicyFault::Version(beginning));
    }
    if DmarcRecord::parse(text).is_some() {
        return None;
    }
    let tags = lenient(text);
    let policy = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case("p"));
    policy_fault(policy.map(|(_, value)| *value))
}

fn policy_fault(value: Option<&str>) -> Option<PolicyFault> {
    match value {
        None => Some(PolicyFault::Missing),
        Some(value) if Policy::parse(value).is_none() => {
            Some(PolicyFault::Unknown(value.to_owned()))
        }
        Some(_) => None,
    }
}

fn has_version(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first
        .split_once('=')
        .is_some_and(|(name, version)| name.trim_end() == "v" && version.trim() == "DMARC1")
}

// A tag of invalid syntax is ignored (RFC 9989 §4.7: "syntax errors … SHOULD be discarded").
fn lenient(text: &str) -> Vec<(&str, &str)> {
    match Tags::parse(text) {
        Ok(tags) => tags.into_pairs(),
        Err(_) => text
            .split(';')
            .filter_map(|s| s.split_once('='))
            .map(|(n, v)| (n.trim(), v.trim()))
            .collect(),
    }
}

// `dmarc-uri *(*WSP "," *WSP dmarc-uri)`; only `mailto:`. The obsolete size limit after `!` is
// still read.
fn addresses(list: &str) -> Vec<ReportAddress> {
    list.split(',')
        .filter_map(|uri| address(uri.trim()))
        .collect()
}

fn address(uri: &str) -> Option<ReportAddress> {
    let rest = uri
        .get(..7)
        .filter(|s| s.eq_ignore_ascii_case("mailto:"))
        .map(|_| &uri[7..])?;
    let (address, limit) = match rest.rsplit_once('!') {
        Some((address, limit)) => (address, Some(limit.split_whitespace().collect::<String>())),
        None => (rest, None),
    };
    let bytes_max = limit.and_then(|limit| {
        let digits = limit.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let shift = match limit[digits.len()..].to_ascii_lowercase().as_str() {
            "k" => 10,
            "m" => 20,
            "g" => 30,
            "t" => 40,
            _ => 0,
        };
        digits
            .parse::<u64>()
            .ok()
            .and_then(|n| n.checked_mul(1 << shift))
    });
    // RFC 3986 §2.1
    let decoded = percent_decode_str(address).decode_utf8_lossy();
    let address: String = decoded.split_whitespace().collect();
    address
        .contains('@')
        .then_some(ReportAddress { address, bytes_max })
}

#[cfg(test)]
mod tests;

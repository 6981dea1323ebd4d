//! The names of a client: its PTR record, whether that name resolves back to the address, and
//! whether its HELO name can be true. RFC 5321 §4.1.4 forbids rejecting because of HELO alone, so
//! by default most of these checks only score; RFC 1912 §2.1 expects both names to match.
//!
//! Failures: a DNS failure makes a check neutral.

use super::config::{Checks, Weight};
use super::dns_cache::{DnsCache, DnsLookup};
use super::finding::Finding;
use event::catalogue::inbound::{HeloReason, PtrReason};
use event::{Check, Verdict};
use futures_util::future::join_all;
use mail::dns::{Failure, Question, Record, RecordType};
use mail::{Domain, Host};
use smtp::server::Hello;
use std::net::IpAddr;
use world::address_answers;

/// Names of one address that are checked (the limit of RFC 7208 §4.6.4).
pub(super) const NAMES_MAX: usize = 10;

/// The name of the client's address.
#[derive(Clone, Debug)]
pub(super) struct ClientName {
    /// All names in the PTR records.
    pub claimed: Vec<Domain>,
    /// The name that resolves back to the address.
    pub confirmed: Option<Domain>,
    pub finding: Option<Finding>,
}

fn address_type(address: IpAddr) -> RecordType {
    if address.is_ipv4() {
        RecordType::A
    } else {
        RecordType::Aaaa
    }
}

/// Forward-confirmed reverse DNS (iprev, RFC 8601 §3).
pub(super) async fn reverse_name(dns: &DnsCache, checks: &Checks, address: IpAddr) -> ClientName {
    let reverse = dns.lookup(Question::reverse(address)).await;
    let claimed = claimed_names(&reverse);
    if claimed.is_empty() {
        return ClientName {
            claimed,
            confirmed: None,
            finding: no_name_finding(checks, address, reverse),
        };
    }
    let questions = claimed
        .iter()
        .take(NAMES_MAX)
        .map(|name| dns.lookup(Question::new(name.as_str(), address_type(address))));
    let forward = join_all(questions).await;
    let resolves_back = |asked: &DnsLookup| {
        asked
            .answer
            .as_ref()
            .is_ok_and(|a| address_answers(&a.records).any(|a| a == address))
    };
    let confirmed = claimed
        .iter()
        .zip(&forward)
        .find(|(_, asked)| resolves_back(asked))
        .map(|(name, _)| name.clone());
    let finding = match &confirmed {
        Some(name) => confirmed_name_finding(address, name, reverse, forward),
        None => unconfirmed_name_finding(checks, address, &claimed[0], reverse, forward),
    };
    let shown = checks.ptr_unconfirmed != Weight::Off || finding.verdict != Verdict::Fail;
    ClientName {
        claimed,
        confirmed,
        finding: shown.then_some(finding),
    }
}

// The names in the PTR records of an answer.
fn claimed_names(reverse: &DnsLookup) -> Vec<Domain> {
    let Ok(answer) = &reverse.answer else {
        return Vec::new();
    };
    answer
        .records
        .iter()
        .filter_map(|record| {
            if let Record::Ptr(name) = record {
                Some(name.clone())
            } else {
                None
            }
        })
        .collect()
}

// The finding on an address without a PTR record, or where DNS failed.
fn no_name_finding(checks: &Checks, address: IpAddr, reverse: DnsLookup) -> Option<Finding> {
    let at = reverse.at;
    match reverse.answer {
        Err(failure) if failure != Failure::NoSuchName => Some(Finding::harmless(
            at,
            Check::Ptr,
            Verdict::Neutral,
            PtrReason::Dns { address, failure },
            vec![reverse],
        )),
        _ if checks.ptr_missing == Weight::Off => None,
        _ => Some(Finding::failure(
            at,
            Check::Ptr,
            checks.ptr_missing,
            PtrReason::Missing { address },
            vec![reverse],
        )),
    }
}

fn confirmed_name_finding(
    address: IpAddr,
    name: &Domain,
    reverse: DnsLookup,
    forward: Vec<DnsLookup>,
) -> Finding {
    let at = last_answer(&forward).unwrap_or(reverse.at);
    let name = name.to_string();
    Finding::harmless(
        at,
        Check::Ptr,
        Verdict::Pass,
        PtrReason::Confirmed { address, name },
        std::iter::once(reverse).chain(forward).collect(),
    )
}

// No claimed name resolves back; `name` is the first of them.
fn unconfirmed_name_finding(
    checks: &Checks,
    address: IpAddr,
    name: &Domain,
    reverse: DnsLookup,
    forward: Vec<DnsLookup>,
) -> Finding {
    let at = last_answer(&forward).unwrap_or(reverse.at);
    let name = name.to_string();
    let undecided = any_undecided(&forward);
    let lookups = std::iter::once(reverse).chain(forward).collect();
    if undecided {
        let why = PtrReason::Unresolved { name };
        Finding::harmless(at, Check::Ptr, Verdict::Neutral, why, lookups)
    } else {
        let why = PtrReason::Unconfirmed { address, name };
        Finding::failure(at, Check::Ptr, checks.ptr_unconfirmed, why, lookups)
    }
}

// When the last of some lookups was answered.
fn last_answer(lookups: &[DnsLookup]) -> Option<mail::Time> {
    lookups.iter().map(|lookup| lookup.at).max()
}

// Whether a lookup failed in a way that leaves open what the records are.
fn any_undecided(lookups: &[DnsLookup]) -> bool {
    lookups.iter().any(|lookup| {
        matches!(
            lookup.answer,
            Err(Failure::Timeout | Failure::ServerFailure)
        )
    })
}

/// The result of checking a HELO name.
#[derive(Clone, Debug)]
pub(super) struct HelloName {
    /// The name, where it resolves to the client's address.
    pub confirmed: Option<Domain>,
    pub finding: Option<Finding>,
}

/// Checks a HELO name without DNS. Returns the domain to look up; the error is the final result.
pub(super) fn hello_syntax(
    checks: &Checks,
    hello: &Hello,
    address: IpAddr,
    own: bool,
    at: mail::Time,
) -> Result<Domain, Box<HelloName>> {
    let failure = |weight: Weight, why: HeloReason| {
        let finding = (weight != Weight::Off)
            .then(|| Finding::failure(at, Check::Helo, weight, why, Vec::new()));
        Err(Box::new(HelloName {
            confirmed: None,
            finding,
        }))
    };
    match &hello.host {
        Some(_) if own => failure(
            checks.helo_own,
            HeloReason::OwnName {
                name: hello.name.clone(),
            },
        ),
        Some(Host::Literal(literal)) if literal.to_canonical() == address => {
            let finding = Finding::harmless(
                at,
                Check::Helo,
                Verdict::Pass,
                HeloReason::AddressLiteral {
                    name: hello.name.clone(),
                },
                Vec::new(),
            );
            Err(Box::new(HelloName {
                confirmed: None,
                finding: Some(finding),
            }))
        }
        Some(Host::Literal(_)) => failure(
            checks.helo_literal,
            HeloReason::OtherLiteral {
                name: hello.name.clone(),
                address,
            },
        ),
        Some(Host::Domain(domain)) if domain.as_str().contains('.') => Ok(domain.clone()),
        Some(Host::Domain(_)) | None => failure(
            checks.helo_syntax,
            HeloReason::NotFullyQualified {
                name: hello.name.clone(),
            },
        ),
    }
}

/// Checks in DNS whether a HELO name exists and resolves to the client. A name in one of our
/// domains (`ours`) must, or it is forged; our own web server, for example, passes.
pub(super) async fn hello_name(
    dns: &DnsCache,
    checks: &Checks,
    name: Domain,
    address: IpAddr,
    ours: bool,
) -> HelloName {
    let own_kind = dns
        .lookup(Question::new(name.as_str(), address_type(address)))
        .await;
    let addresses: Vec<IpAddr> = own_kind
        .answer
        .as_ref()
        .map(|a| address_answers(&a.records).collect())
        .unwrap_or_default();
    if addresses.contains(&address) {
        let finding = Finding::harmless(
            own_kind.at,
            Check::Helo,
            Verdict::Pass,
            HeloReason::Confirmed {
                name: name.to_string(),
                address,
            },
            vec![own_kind],
        );
        return HelloName {
            confirmed: Some(name),
            finding: Some(finding),
        };
    }
    let mut asked = vec![own_kind];
    if addresses.is_empty() && asked[0].answer.is_ok() {
        // The name exists without an address of this family: look for the other family and for
        // MX.
        let other = if address.is_ipv4() {
            RecordType::Aaaa
        } else {
            RecordType::A
        };
        for record in [other, RecordType::Mx] {
            asked.push(dns.lookup(Question::new(name.as_str(), record)).await);
        }
    }
    HelloName {
        confirmed: None,
        finding: other_name_finding(checks, &name, address, ours, asked),
    }
}

// The finding on a HELO name that does not resolve to the client.
fn other_name_finding(
    checks: &Checks,
    name: &Domain,
    address: IpAddr,
    ours: bool,
    asked: Vec<DnsLookup>,
) -> Option<Finding> {
    let at = last_answer(&asked).unwrap_or_default();
    let known = asked
        .iter()
        .any(|a| a.answer.as_ref().is_ok_and(|a| !a.records.is_empty()));
    let name = name.to_string();
    let (weight, why) = match (known, any_undecided(&asked)) {
        (_, false) if ours => (
            Some(checks.helo_own),
            HeloReason::OwnDomain { name, address },
        ),
        (true, _) => (None, HeloReason::OtherAddress { name, address }),
        (false, true) => (None, HeloReason::DnsFailure { name }),
        (false, false) => (Some(checks.helo_unresolved), HeloReason::Unknown { name }),
    };
    match weight {
        None => Some(Finding::harmless(
            at,
            Check::Helo,
            Verdict::Neutral,
            why,
            asked,
        )),
        Some(Weight::Off) => None,
        Some(weight) => Some(Finding::failure(at, Check::Helo, weight, why, asked)),
    }
}

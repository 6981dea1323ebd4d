//! The names of a client: what DNS calls its address (PTR), whether that name leads back to it, and
//! whether what it says in HELO can be true. RFC 5321 §4.1.4 forbids refusing for HELO alone by
//! default, so most of it only weighs; the Internet expects both (RFC 1912 §2.1).

use super::config::{Checks, Weigh};
use super::dns::{Asked, Dns};
use super::finding::Finding;
use event::Verdict;
use futures_util::future::join_all;
use mail::dns::{Failure, Question, Record, RecordType};
use mail::{Domain, Host};
use smtp::server::Hello;
use std::net::IpAddr;
use world::address_answers;

/// Names of one address that are looked at (as RFC 7208 §4.6.4 does).
pub(super) const NAMES_MAX: usize = 10;

/// What is known of an address's name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// All names that it has.
    pub claimed: Vec<Domain>,
    /// The one that leads back.
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
pub(super) async fn name_of(dns: &Dns, checks: &Checks, address: IpAddr) -> Named {
    let reverse = dns.ask(Question::reverse(address)).await;
    let at = reverse.at;
    let claimed: Vec<Domain> = match &reverse.answer {
        Ok(answer) => answer
            .records
            .iter()
            .filter_map(|r| {
                if let Record::Ptr(name) = r {
                    Some(name.clone())
                } else {
                    None
                }
            })
            .collect(),
        Err(_) => Vec::new(),
    };
    let failure = reverse
        .answer
        .as_ref()
        .err()
        .copied()
        .filter(|f| *f != Failure::NoSuchName);
    if let Some(failure) = failure {
        let why = format!("{address}: {failure}");
        return Named {
            claimed,
            confirmed: None,
            finding: Some(Finding::harmless(
                at,
                "ptr",
                Verdict::Neutral,
                why,
                vec![reverse],
            )),
        };
    }
    if claimed.is_empty() {
        let fault = Finding::fault(
            at,
            "ptr",
            checks.ptr_missing,
            format!("{address} has no name (PTR)"),
            vec![reverse],
        );
        return Named {
            claimed,
            confirmed: None,
            finding: (checks.ptr_missing != Weigh::Off).then_some(fault),
        };
    }
    let questions = claimed
        .iter()
        .take(NAMES_MAX)
        .map(|name| dns.ask(Question::new(name.as_str(), address_type(address))));
    let forward = join_all(questions).await;
    let leads_back = |asked: &Asked| {
        asked
            .answer
            .as_ref()
            .is_ok_and(|a| address_answers(&a.records).any(|a| a == address))
    };
    let confirmed = claimed
        .iter()
        .zip(&forward)
        .find(|(_, asked)| leads_back(asked))
        .map(|(name, _)| name.clone());
    let undecided = forward
        .iter()
        .any(|a| matches!(a.answer, Err(Failure::Timeout | Failure::ServerFailure)));
    let at = forward.iter().map(|a| a.at).max().unwrap_or(at);
    let proofs = std::iter::once(reverse).chain(forward).collect();
    let finding = match &confirmed {
        Some(name) => Finding::harmless(
            at,
            "ptr",
            Verdict::Pass,
            format!("{address} is {name}, and {name} is {address}"),
            proofs,
        ),
        None if undecided => Finding::harmless(
            at,
            "ptr",
            Verdict::Neutral,
            format!("{}: its address is not known", claimed[0]),
            proofs,
        ),
        None => {
            let why = format!(
                "{address} calls itself {}, but that name does not lead back to it",
                claimed[0]
            );
            Finding::fault(at, "ptr", checks.ptr_unconfirmed, why, proofs)
        }
    };
    let told = checks.ptr_unconfirmed != Weigh::Off || finding.verdict != Verdict::Fail;
    Named {
        claimed,
        confirmed,
        finding: told.then_some(finding),
    }
}

/// What is known of a HELO name.
#[derive(Clone, Debug)]
pub(super) struct Greeted {
    /// The name, where DNS confirms that it is the client's.
    pub confirmed: Option<Domain>,
    pub finding: Option<Finding>,
}

/// What HELO says without DNS: a finding, or a domain to look up.
pub(super) fn hello_words(
    checks: &Checks,
    hello: &Hello,
    address: IpAddr,
    own: bool,
    at: mail::Time,
) -> Result<Domain, Greeted> {
    let fault = |weigh: Weigh, why: String| {
        let finding =
            (weigh != Weigh::Off).then(|| Finding::fault(at, "helo", weigh, why, Vec::new()));
        Err(Greeted {
            confirmed: None,
            finding,
        })
    };
    match &hello.host {
        Some(_) if own => fault(checks.helo_own, format!("{} is our own name", hello.name)),
        Some(Host::Literal(said)) if said.to_canonical() == address => {
            let finding = Finding::harmless(
                at,
                "helo",
                Verdict::Pass,
                format!("{} is the client's address", hello.name),
                Vec::new(),
            );
            Err(Greeted {
                confirmed: None,
                finding: Some(finding),
            })
        }
        Some(Host::Literal(_)) => fault(
            checks.helo_literal,
            format!("{} is not the client's address {address}", hello.name),
        ),
        Some(Host::Domain(domain)) if domain.as_str().contains('.') => Ok(domain.clone()),
        Some(Host::Domain(_)) | None => fault(
            checks.helo_syntax,
            format!("{:?} is no full domain", hello.name),
        ),
    }
}

/// Whether DNS knows a HELO name, and whether it is the client's. One of our domains (`ours`) it
/// must be, or it is a forgery: our web server, say, has its name.
pub(super) async fn hello_name(
    dns: &Dns,
    checks: &Checks,
    name: Domain,
    address: IpAddr,
    ours: bool,
) -> Greeted {
    let own_kind = dns
        .ask(Question::new(name.as_str(), address_type(address)))
        .await;
    let addresses: Vec<IpAddr> = own_kind
        .answer
        .as_ref()
        .map(|a| address_answers(&a.records).collect())
        .unwrap_or_default();
    if addresses.contains(&address) {
        let finding = Finding::harmless(
            own_kind.at,
            "helo",
            Verdict::Pass,
            format!("{name} is {address}"),
            vec![own_kind],
        );
        return Greeted {
            confirmed: Some(name),
            finding: Some(finding),
        };
    }
    let mut asked = vec![own_kind];
    if addresses.is_empty() && asked[0].answer.is_ok() {
        // The name is there without such an address: perhaps with one of the other kind, or as a
        // mail domain.
        let other = if address.is_ipv4() {
            RecordType::Aaaa
        } else {
            RecordType::A
        };
        for record in [other, RecordType::Mx] {
            asked.push(dns.ask(Question::new(name.as_str(), record)).await);
        }
    }
    let at = asked.iter().map(|a| a.at).max().unwrap_or_default();
    let known = asked
        .iter()
        .any(|a| a.answer.as_ref().is_ok_and(|a| !a.records.is_empty()));
    let undecided = asked
        .iter()
        .any(|a| matches!(a.answer, Err(Failure::Timeout | Failure::ServerFailure)));
    let finding = match (known, undecided) {
        (_, false) if ours && checks.helo_own == Weigh::Off => {
            return Greeted {
                confirmed: None,
                finding: None,
            };
        }
        (_, false) if ours => Finding::fault(
            at,
            "helo",
            checks.helo_own,
            format!("{name} is our own domain, and not {address}"),
            asked,
        ),
        (true, _) => Finding::harmless(
            at,
            "helo",
            Verdict::Neutral,
            format!("{name} is known, but not as {address}"),
            asked,
        ),
        (false, true) => Finding::harmless(
            at,
            "helo",
            Verdict::Neutral,
            format!("{name}: DNS does not answer"),
            asked,
        ),
        (false, false) if checks.helo_unresolved == Weigh::Off => {
            return Greeted {
                confirmed: None,
                finding: None,
            };
        }
        (false, false) => Finding::fault(
            at,
            "helo",
            checks.helo_unresolved,
            format!("{name} is not known to DNS"),
            asked,
        ),
    };
    Greeted {
        confirmed: None,
        finding: Some(finding),
    }
}

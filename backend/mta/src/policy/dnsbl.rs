//! DNS lists (RFC 5782): looks up the client's address or the sender's domain in block lists and
//! welcome lists, all at the same time.
//!
//! Failures: a list that does not answer contributes nothing.

use super::config::{DnsList, ListKind, Weight};
use super::dns_cache::{DnsCache, DnsLookup};
use super::finding::Finding;
use event::catalogue::inbound::ListReason;
use event::{Check, Verdict};
use futures_util::future::join_all;
use mail::Domain;
use mail::dns::{Failure, Question, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr};

// Length of a list's own text in the journey.
const TEXT_CHARS_MAX: usize = 200;

/// The name of an address in a list: its bytes or nibbles in reverse (RFC 5782
/// §2.1, §2.4).
pub(super) fn listed_name(address: IpAddr, zone: &str) -> String {
    let reverse = Question::reverse(address).name;
    let labels = reverse
        .trim_end_matches(".in-addr.arpa")
        .trim_end_matches(".ip6.arpa");
    format!("{labels}.{zone}")
}

/// Looks an address up in all lists of addresses.
pub(super) async fn address(dns: &DnsCache, lists: &[DnsList], address: IpAddr) -> Vec<Finding> {
    let fitting = lists
        .iter()
        .filter(|l| l.kind != ListKind::Domain && l.weight != Weight::Off);
    let lookups = fitting.map(|list| {
        look_up(
            dns,
            list,
            listed_name(address, &list.zone),
            address.to_string(),
        )
    });
    combine(join_all(lookups).await, address.to_string())
}

/// Looks a sender domain up in all lists of domains.
pub(super) async fn domain(dns: &DnsCache, lists: &[DnsList], domain: &Domain) -> Vec<Finding> {
    let fitting = lists
        .iter()
        .filter(|l| l.kind == ListKind::Domain && l.weight != Weight::Off);
    // RFC 5782 §3: the domain itself, before the list's zone.
    let lookups = fitting.map(|list| {
        look_up(
            dns,
            list,
            format!("{domain}.{}", list.zone),
            domain.to_string(),
        )
    });
    combine(join_all(lookups).await, domain.to_string())
}

enum ListResult {
    Listed(Finding),
    NotListed(DnsLookup),
    NoAnswer(DnsLookup),
}

async fn look_up(dns: &DnsCache, list: &DnsList, name: String, subject: String) -> ListResult {
    let asked = dns
        .lookup(Question::new(name.as_str(), RecordType::A))
        .await;
    let answers: Vec<Ipv4Addr> = match &asked.answer {
        Ok(answer) => answer
            .records
            .iter()
            .filter_map(|r| if let Record::A(a) = r { Some(*a) } else { None })
            .collect(),
        Err(Failure::NoSuchName) => Vec::new(),
        Err(Failure::Timeout | Failure::ServerFailure) => return ListResult::NoAnswer(asked),
    };
    let Some(answer) = answers
        .into_iter()
        .find(|a| list.answers.iter().any(|wanted| wanted.contains(*a)))
    else {
        return ListResult::NotListed(asked);
    };
    // RFC 5782 §2.1: the TXT record beside it says why.
    let words = dns.lookup(Question::new(name, RecordType::Txt)).await;
    let text = words.answer.as_ref().ok().and_then(|a| {
        a.records.iter().find_map(|r| {
            if let Record::Txt(text) = r {
                Some(text.chars().take(TEXT_CHARS_MAX).collect::<String>())
            } else {
                None
            }
        })
    });
    let (at, list_name) = (words.at, list.zone.clone());
    let answer = IpAddr::V4(answer);
    let reason = match text {
        Some(text) => ListReason::ListedWithText {
            subject,
            list: list_name,
            answer,
            text,
        },
        None => ListReason::Listed {
            subject,
            list: list_name,
            answer,
        },
    };
    let lookups = vec![asked, words];
    ListResult::Listed(match (list.kind, list.weight) {
        (ListKind::Welcome, weight) => Finding {
            points: -weight.points().abs(),
            ..Finding::harmless(at, Check::Dnswl, Verdict::Pass, reason, lookups)
        },
        (ListKind::Domain, weight) => Finding::failure(at, Check::Rhsbl, weight, reason, lookups),
        (ListKind::Block, weight) => Finding::failure(at, Check::Dnsbl, weight, reason, lookups),
    })
}

// One finding for each list that has the subject, one for all that do not, one for all that did not
// answer.
fn combine(results: Vec<ListResult>, subject: String) -> Vec<Finding> {
    let (mut found, mut no, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for result in results {
        match result {
            ListResult::Listed(finding) => found.push(finding),
            ListResult::NotListed(asked) => no.push(asked),
            ListResult::NoAnswer(asked) => silent.push(asked),
        }
    }
    let last = |lookups: &[DnsLookup]| lookups.iter().map(|l| l.at).max().unwrap_or_default();
    if !no.is_empty() {
        let reason = ListReason::NotListed {
            subject: subject.clone(),
            lists: zones(&no, &subject),
        };
        let at = last(&no);
        let finding = Finding::harmless(at, Check::Dnsbl, Verdict::Pass, reason, no);
        found.push(finding);
    }
    if !silent.is_empty() {
        let reason = ListReason::NoAnswer {
            lists: zones(&silent, &subject),
        };
        let at = last(&silent);
        let finding = Finding::harmless(at, Check::Dnsbl, Verdict::Neutral, reason, silent);
        found.push(finding);
    }
    found
}

// The zones of the lists: the part of each name after the address or domain.
fn zones(lookups: &[DnsLookup], subject: &str) -> Vec<String> {
    let labels = subject.parse::<IpAddr>().map_or_else(
        |_| subject.matches('.').count() + 1,
        |a| if a.is_ipv4() { 4 } else { 32 },
    );
    let zone = |lookup: &DnsLookup| {
        lookup
            .question
            .name
            .splitn(labels + 1, '.')
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    lookups.iter().map(zone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_name_has_bytes_or_nibbles_in_reverse() {
        assert_eq!(
            listed_name("192.0.2.99".parse().unwrap(), "bad.test"),
            "99.2.0.192.bad.test"
        );
        let six = listed_name("2001:db8:1:2:3:4:567:89ab".parse().unwrap(), "ugly.test");
        // The example of RFC 5782 §2.4.
        assert_eq!(
            six,
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.test"
        );
    }
}

//! Lists in DNS (RFC 5782): is this address, or this sender's domain, of ill repute; or of good
//! one? All lists are asked side by side. A list that does not answer says nothing.

use super::config::{DnsList, ListKind, Weigh};
use super::dns::{Asked, Dns};
use super::finding::Finding;
use event::Verdict;
use futures_util::future::join_all;
use mail::Domain;
use mail::dns::{Failure, Question, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr};

// So much of a list's own words is shown.
const REASON_CHARS_MAX: usize = 200;

/// The name under which an address stands in a list: its octets or nibbles in reverse (RFC 5782
/// §2.1, §2.4).
pub(super) fn listed_name(address: IpAddr, zone: &str) -> String {
    let reverse = Question::reverse(address).name;
    let labels = reverse
        .trim_end_matches(".in-addr.arpa")
        .trim_end_matches(".ip6.arpa");
    format!("{labels}.{zone}")
}

/// What all lists of addresses say.
pub(super) async fn address(dns: &Dns, lists: &[DnsList], address: IpAddr) -> Vec<Finding> {
    let fitting = lists
        .iter()
        .filter(|l| l.kind != ListKind::Domain && l.weigh != Weigh::Off);
    let asked = fitting.map(|list| {
        one(
            dns,
            list,
            listed_name(address, &list.zone),
            address.to_string(),
        )
    });
    together(join_all(asked).await, address.to_string())
}

/// What all lists of domains say.
pub(super) async fn domain(dns: &Dns, lists: &[DnsList], domain: &Domain) -> Vec<Finding> {
    let fitting = lists
        .iter()
        .filter(|l| l.kind == ListKind::Domain && l.weigh != Weigh::Off);
    // RFC 5782 §3: the name as it is, before the list's own.
    let asked = fitting.map(|list| {
        one(
            dns,
            list,
            format!("{domain}.{}", list.zone),
            domain.to_string(),
        )
    });
    together(join_all(asked).await, domain.to_string())
}

enum Said {
    Yes(Finding),
    No(Asked),
    Nothing(Asked),
}

async fn one(dns: &Dns, list: &DnsList, name: String, who: String) -> Said {
    let asked = dns.ask(Question::new(name.as_str(), RecordType::A)).await;
    let answers: Vec<Ipv4Addr> = match &asked.answer {
        Ok(answer) => answer
            .records
            .iter()
            .filter_map(|r| if let Record::A(a) = r { Some(*a) } else { None })
            .collect(),
        Err(Failure::NoSuchName) => Vec::new(),
        Err(Failure::Timeout | Failure::ServerFailure) => return Said::Nothing(asked),
    };
    let Some(answer) = answers
        .into_iter()
        .find(|a| list.answers.iter().any(|wanted| wanted.hold(*a)))
    else {
        return Said::No(asked);
    };
    // RFC 5782 §2.1: the TXT record beside it says why.
    let words = dns.ask(Question::new(name, RecordType::Txt)).await;
    let text = words.answer.as_ref().ok().and_then(|a| {
        a.records.iter().find_map(|r| {
            if let Record::Txt(text) = r {
                Some(text.chars().take(REASON_CHARS_MAX).collect::<String>())
            } else {
                None
            }
        })
    });
    let at = words.at;
    let text = text.map_or_else(String::new, |t| format!(" ({t})"));
    let why = format!("{who} is on {}: {answer}{text}", list.zone);
    let proofs = vec![asked, words];
    Said::Yes(match (list.kind, list.weigh) {
        (ListKind::Welcome, weigh) => {
            let points = if let Weigh::Score(points) = weigh {
                -points.abs()
            } else {
                0
            };
            Finding {
                points,
                ..Finding::harmless(at, "dnswl", Verdict::Pass, why, proofs)
            }
        }
        (ListKind::Domain, weigh) => Finding::fault(at, "rhsbl", weigh, why, proofs),
        (ListKind::Block, weigh) => Finding::fault(at, "dnsbl", weigh, why, proofs),
    })
}

// One finding for each list that says yes; one for all that say no; one for all that do not answer.
fn together(said: Vec<Said>, who: String) -> Vec<Finding> {
    let (mut found, mut no, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for said in said {
        match said {
            Said::Yes(finding) => found.push(finding),
            Said::No(asked) => no.push(asked),
            Said::Nothing(asked) => silent.push(asked),
        }
    }
    let last = |asked: &[Asked]| asked.iter().map(|a| a.at).max().unwrap_or_default();
    if !no.is_empty() {
        let why = format!("{who} is not on {}", zones(&no, &who));
        found.push(Finding::harmless(
            last(&no),
            "dnsbl",
            Verdict::Pass,
            why,
            no,
        ));
    }
    if !silent.is_empty() {
        let why = format!("no answer from {}", zones(&silent, &who));
        found.push(Finding::harmless(
            last(&silent),
            "dnsbl",
            Verdict::Neutral,
            why,
            silent,
        ));
    }
    found
}

// The lists' names: what stands behind the address or domain that was asked about.
fn zones(asked: &[Asked], who: &str) -> String {
    let labels = who.parse::<IpAddr>().map_or_else(
        |_| who.matches('.').count() + 1,
        |a| if a.is_ipv4() { 4 } else { 32 },
    );
    let zone = |a: &Asked| {
        a.question
            .name
            .splitn(labels + 1, '.')
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    asked.iter().map(zone).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_in_a_list_with_its_bytes_or_nibbles_in_reverse() {
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
